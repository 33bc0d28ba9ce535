// SPDX-License-Identifier: MIT
#include "runtime/oci/config/words.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* clang-format off */
#define RLIMIT(n) { "RLIMIT_" #n, RLIMIT_##n, NULL }
const struct field_word words_rlimits[] = {
	RLIMIT(AS), RLIMIT(CORE), RLIMIT(CPU), RLIMIT(DATA), RLIMIT(FSIZE),
	RLIMIT(LOCKS), RLIMIT(MEMLOCK), RLIMIT(MSGQUEUE), RLIMIT(NICE),
	RLIMIT(NOFILE), RLIMIT(NPROC), RLIMIT(RSS), RLIMIT(RTPRIO),
	RLIMIT(RTTIME), RLIMIT(SIGPENDING), RLIMIT(STACK),
	{ NULL, 0, NULL },
};

const struct field_word words_io_classes[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT, NULL },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE, NULL },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE, NULL },
	{ NULL, 0, NULL },
};

const struct field_word words_schedulers[] = {
	{ "SCHED_OTHER", SCHED_NORMAL, NULL },
	{ "SCHED_FIFO", SCHED_FIFO, NULL },
	{ "SCHED_RR", SCHED_RR, NULL },
	{ "SCHED_BATCH", SCHED_BATCH, NULL },
	{ "SCHED_ISO", 0, "Linux has the number and no such scheduler" },
	{ "SCHED_IDLE", SCHED_IDLE, NULL },
	{ "SCHED_DEADLINE", SCHED_DEADLINE, NULL },
	{ NULL, 0, NULL },
};

#define SCHEDULER_FLAG(n) { "SCHED_FLAG_" #n, SCHED_FLAG_##n, NULL }
const struct field_word words_scheduler_flags[] = {
	SCHEDULER_FLAG(RESET_ON_FORK), SCHEDULER_FLAG(RECLAIM),
	SCHEDULER_FLAG(DL_OVERRUN), SCHEDULER_FLAG(KEEP_POLICY),
	SCHEDULER_FLAG(KEEP_PARAMS), SCHEDULER_FLAG(UTIL_CLAMP_MIN),
	SCHEDULER_FLAG(UTIL_CLAMP_MAX),
	{ NULL, 0, NULL },
};

const struct field_word words_namespaces[] = {
	{ "cgroup", CLONE_NEWCGROUP, NULL },
	{ "ipc", CLONE_NEWIPC, NULL },
	{ "mount", CLONE_NEWNS, NULL },
	{ "network", CLONE_NEWNET, NULL },
	{ "pid", CLONE_NEWPID, NULL },
	{ "time", CLONE_NEWTIME, NULL },
	{ "user", CLONE_NEWUSER, NULL },
	{ "uts", CLONE_NEWUTS, NULL },
	{ NULL, 0, NULL },
};

/* The schema has the first four; the engines write the recursive ones. */
const struct field_word words_propagation[] = {
	{ "private", MS_PRIVATE, NULL },
	{ "shared", MS_SHARED, NULL },
	{ "slave", MS_SLAVE, NULL },
	{ "unbindable", MS_UNBINDABLE, NULL },
	{ "rprivate", MS_PRIVATE | MS_REC, NULL },
	{ "rshared", MS_SHARED | MS_REC, NULL },
	{ "rslave", MS_SLAVE | MS_REC, NULL },
	{ "runbindable", MS_UNBINDABLE | MS_REC, NULL },
	{ NULL, 0, NULL },
};

const struct field_word words_domains[] = {
	{ "LINUX", PER_LINUX, NULL },
	{ "LINUX32", PER_LINUX32, NULL },
	{ NULL, 0, NULL },
};

const struct field_word words_memory_modes[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT, NULL },
	{ "MPOL_BIND", MPOL_BIND, NULL },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE, NULL },
	{ "MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE, NULL },
	{ "MPOL_PREFERRED", MPOL_PREFERRED, NULL },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY, NULL },
	{ "MPOL_LOCAL", MPOL_LOCAL, NULL },
	{ NULL, 0, NULL },
};

const struct field_word words_memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING, NULL },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES, NULL },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES, NULL },
	{ NULL, 0, NULL },
};

/* KILL is the old name of KILL_THREAD. What profiles say most comes first. */
const struct field_word words_seccomp_actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, NULL },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, NULL },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, NULL },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, NULL },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, NULL },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, NULL },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, NULL },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, NULL },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, NULL },
	{ NULL, 0, NULL },
};

const struct field_word words_seccomp_ops[] = {
	{ "SCMP_CMP_NE", SECCOMP_OP_NE, NULL },
	{ "SCMP_CMP_LT", SECCOMP_OP_LT, NULL },
	{ "SCMP_CMP_LE", SECCOMP_OP_LE, NULL },
	{ "SCMP_CMP_EQ", SECCOMP_OP_EQ, NULL },
	{ "SCMP_CMP_GE", SECCOMP_OP_GE, NULL },
	{ "SCMP_CMP_GT", SECCOMP_OP_GT, NULL },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_OP_MASKED_EQ, NULL },
	{ NULL, 0, NULL },
};

#define ARCHITECTURE(n) \
	{ "SCMP_ARCH_" #n, (uint64_t)1 << SECCOMP_ARCH_##n, NULL },
const struct field_word words_seccomp_archs[] = {
	SECCOMP_ARCHITECTURES(ARCHITECTURE)
	{ NULL, 0, NULL },
};

#define SECCOMP_FLAG(n) \
	{ "SECCOMP_FILTER_FLAG_" #n, SECCOMP_FILTER_FLAG_##n, NULL }
const struct field_word words_seccomp_flags[] = {
	SECCOMP_FLAG(TSYNC), SECCOMP_FLAG(LOG), SECCOMP_FLAG(SPEC_ALLOW),
	SECCOMP_FLAG(WAIT_KILLABLE_RECV),
	{ NULL, 0, NULL },
};
/* clang-format on */

const char *words_name(const struct field_word *words, uint64_t value)
{
	for (; words->word; words++)
		if (words->value == value && !words->why)
			return words->word;
	return NULL;
}

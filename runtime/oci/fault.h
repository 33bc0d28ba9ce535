/* SPDX-License-Identifier: MIT */
/*
 * fault: how a container's first process tells its starter what failed.
 *
 * It travels through a close-on-exec pipe: a failure, or a message with error
 * 0: of stage WAIT or GATE ("waiting there"), of stage SECCOMP ("take my
 * listener"), or of stage EXEC ("about to execute") followed by end of file
 * when the program runs. What fails behind the gate travels through the
 * gate's own. Writes are smaller than PIPE_BUF and so never cut. The reaper
 * inherits the pipe and speaks the same.
 */
#ifndef CLOISTER_OCI_FAULT_H
#define CLOISTER_OCI_FAULT_H

#include <stdint.h>
#include <unistd.h>

#include "runtime/base/err.h"

/* Row: enumerator, word of error messages. Order is the order of the work. */
#define OCI_STAGES(ROW)                                                       \
	ROW(PROCESS, "process")                                               \
	ROW(ENTER, "namespaces of the container")                             \
	ROW(JOIN, "namespace to join:")                                       \
	ROW(CGROUP_NAMESPACE, "cgroup namespace")                             \
	ROW(NETWORK, "network namespace")                                     \
	ROW(HOST_NAME, "hostname or domainname")                                            \
	ROW(TIME_NAMESPACE, "time namespace")                                 \
	ROW(USER_NAMESPACE, "user namespace")                                 \
	ROW(WAIT, "wait")                                                     \
	ROW(SYSCTL, "sysctl")                                                 \
	ROW(ROOT, "root")                                                     \
	ROW(MOUNT, "mount")                                                   \
	ROW(DEVICE, "device")                                                 \
	ROW(MASK, "mask")                                                     \
	ROW(READ_ONLY_PATH, "read-only path")                                 \
	ROW(CREATE_HOOK, "createContainer hook")                              \
	ROW(STDIO, "standard stream")                                         \
	ROW(TERMINAL, "terminal")                                             \
	ROW(CONSOLE, "/dev/console")                                          \
	ROW(CWD, "working directory")                                         \
	ROW(ROOT_READ_ONLY, "read-only root")                                 \
	ROW(ROOT_PROPAGATION, "rootfsPropagation")                            \
	ROW(RLIMIT, "rlimit")                                                 \
	ROW(OOM_SCORE, "oom_score_adj")                                       \
	ROW(CPUS, "execCPUAffinity")                                          \
	ROW(SCHEDULER, "scheduler")                                           \
	ROW(IO_PRIORITY, "ioPriority")                                        \
	ROW(PERSONALITY, "personality")                                       \
	ROW(MEMORY_POLICY, "memoryPolicy")                                    \
	ROW(KEYRING, "session keyring")                                       \
	ROW(LABEL, "SELinux label")                                           \
	ROW(DESCRIPTORS, "descriptors")                                       \
	ROW(BOUNDING, "bounding capabilities")                                \
	ROW(USER, "user")                                                     \
	ROW(CAPABILITIES, "capabilities")                                     \
	ROW(NO_NEW_PRIVILEGES, "no_new_privs")                                \
	ROW(LOOKUP, "exec")                                                   \
	ROW(START_HOOK, "startContainer hook")                                \
	ROW(GATE, "gate")                                                     \
	ROW(SECCOMP, "seccomp")                                               \
	ROW(INIT, "exec init")                                                \
	ROW(EXEC, "exec")

enum oci_stage {
#define OCI_STAGE_ENUM(id, word) OCI_STAGE_##id,
	OCI_STAGES(OCI_STAGE_ENUM)
#undef OCI_STAGE_ENUM
	OCI_STAGE_COUNT
};

struct oci_fault {
	uint32_t stage;		/* enum oci_stage */
	int32_t error;		/* errno value; 0: there, and about to go on */
	uint32_t index;		/* row of the stage's table */
};

/* Safe between clone and exec. Nothing can be done about a failing write. */
static inline void oci_fault_send(int fd, enum oci_stage stage, int error,
				  uint32_t index)
{
	const struct oci_fault fault = {
		.stage = (uint32_t)stage,
		.error = error,
		.index = index,
	};

	if (write(fd, &fault, sizeof(fault)) < 0)
		return;
}

/*
 * Says in words what a fault that was read means: "container: STAGE OBJECT".
 * `object` is what the stage was about, e.g. the program, or NULL.
 * Returns -errno of the fault, -EPROTO if it is none.
 */
int oci_fault_explain(const struct oci_fault *fault, const char *object,
		      struct err *e);

/*
 * Reads what comes out of a gate that was opened (spec.gate_fault_fd) up to
 * its end: 0 when the program runs, the fault in words, -ECHILD when the
 * process was killed before, or -EPROTO. `program` is args[0].
 */
int oci_fault_hear(int fd, const char *program, struct err *e);

#endif

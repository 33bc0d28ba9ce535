// SPDX-License-Identifier: MIT
#include "runtime/oci/child.h"

#include <unistd.h>

#include "runtime/base/fd.h"

/*
 * The order is the design:
 * - the old root goes before anything in the image is looked at, so that no
 *   path can reach it; only hooks that ask for it make it stay until they ran;
 * - file systems are made before the old root goes: in a user namespace the
 *   kernel makes procfs and sysfs only for who sees them already;
 * - masks come after the mounts, which could lie over them;
 * - whatever can be found wrong with the program is found before the gate;
 * - whatever needs privilege comes before the user changes;
 * - seccomp comes last, because it would refuse the steps before it; without
 *   no_new_privs it needs CAP_SYS_ADMIN and comes before that goes.
 */
static const struct child_step steps[] = {
	{ OCI_STAGE_PROCESS, child_process },
	{ OCI_STAGE_CPUS, child_cpus_initial },
	{ OCI_STAGE_CGROUP_NAMESPACE, child_cgroup_namespace },
	{ OCI_STAGE_NETWORK, child_network },
	{ OCI_STAGE_JOIN, child_ipc },
	{ OCI_STAGE_HOST_NAME, child_host_name },
	{ OCI_STAGE_TIME_NAMESPACE, child_time_namespace },
	{ OCI_STAGE_WAIT, child_wait },
	{ OCI_STAGE_USER_NAMESPACE, child_user_namespace },
	{ OCI_STAGE_SYSCTL, child_sysctls },
	{ OCI_STAGE_MOUNT, child_make_mounts },
	{ OCI_STAGE_ROOT, child_root },
	{ OCI_STAGE_MOUNT, child_mounts },
	{ OCI_STAGE_DEVICE, child_devices },
	{ OCI_STAGE_MASK, child_mask },
	{ OCI_STAGE_READ_ONLY_PATH, child_read_only_paths },
	{ OCI_STAGE_CREATE_HOOK, child_create_hooks },
	{ OCI_STAGE_ROOT, child_root_entered },
	{ OCI_STAGE_STDIO, child_stdio },
	{ OCI_STAGE_TERMINAL, child_terminal },
	{ OCI_STAGE_CONSOLE, child_console },
	{ OCI_STAGE_CWD, child_cwd },
	{ OCI_STAGE_ROOT_READ_ONLY, child_root_read_only },
	{ OCI_STAGE_MOUNT, child_mounts_read_only },
	{ OCI_STAGE_ROOT_PROPAGATION, child_root_propagation },
	{ OCI_STAGE_RLIMIT, child_rlimits },
	{ OCI_STAGE_OOM_SCORE, child_oom_score },
	{ OCI_STAGE_CPUS, child_cpus_final },
	{ OCI_STAGE_SCHEDULER, child_scheduler },
	{ OCI_STAGE_IO_PRIORITY, child_io_priority },
	{ OCI_STAGE_PERSONALITY, child_personality },
	{ OCI_STAGE_MEMORY_POLICY, child_memory_policy },
	{ OCI_STAGE_KEYRING, child_keyring },
	{ OCI_STAGE_LABEL, child_label },
	{ OCI_STAGE_DESCRIPTORS, child_descriptors },
	{ OCI_STAGE_BOUNDING, child_bounding },
	{ OCI_STAGE_SECCOMP, child_seccomp_early },
	{ OCI_STAGE_USER, child_user },
	{ OCI_STAGE_CAPABILITIES, child_capabilities },
	{ OCI_STAGE_NO_NEW_PRIVILEGES, child_no_new_privileges },
	{ OCI_STAGE_LOOKUP, child_lookup },
	{ OCI_STAGE_SECCOMP, child_seccomp_listened },
	{ OCI_STAGE_GATE, child_gate },
	{ OCI_STAGE_START_HOOK, child_start_hooks },
	{ OCI_STAGE_SECCOMP, child_seccomp_late },
	{ OCI_STAGE_INIT, child_init },
	{ OCI_STAGE_EXEC, child_exec },
};

bool child_is_excused(const struct child *c)
{
	return c->is_mapped && !c->pid;
}

void child_run_steps(struct child *c, const struct child_step *rows,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r;

		c->index = 0;
		r = rows[i].run(c);
		if (r < 0) {
			oci_fault_send(c->fault_fd, rows[i].stage, -r,
				       c->index);
			break;
		}
	}
	_exit(125);
}

void child_run(struct child *c)
{
	child_run_steps(c, steps, ARRAY_SIZE(steps));
}

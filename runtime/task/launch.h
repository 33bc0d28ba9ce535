/*
 * launch: from a container of the plan and its unpacked image to the words of
 * the executor. Pure: it opens nothing and starts nothing.
 */
#ifndef CLOISTER_TASK_LAUNCH_H
#define CLOISTER_TASK_LAUNCH_H

#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/image.h"
#include "runtime/oci/oci.h"
#include "runtime/task/names.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

#define LAUNCH_LABEL_MAX 96
#define LAUNCH_CGROUP_MAX 320
#define LAUNCH_OPTIONS_MAX 256
#define LAUNCH_MOUNTS_MAX (OCI_DEFAULT_MOUNTS + 64)
#define LAUNCH_DEVICES_MAX 32
#define LAUNCH_SETTINGS_MAX 64
#define LAUNCH_RLIMITS_MAX 16
#define LAUNCH_PIDS_MAX 1024	/* processes of one container, unless the
				   document has a pidsLimit for the task */
#define LAUNCH_NOFILE 65535	/* as ECS sets it on Fargate */

struct launch_input {
	const struct plan_instance *instance;
	const struct plan_task *task_plan;
	const struct plan_container *plan;
	const struct task_state *task;
	const struct image_reply *image;
};

/* One block; the spec points into it and into the input. `volumes` are to be
 * given their sources. */
struct launch {
	struct oci_spec spec;	/* fds are -1: the caller fills them in */
	char process_label[LAUNCH_LABEL_MAX];
	char file_label[LAUNCH_LABEL_MAX];
	char cgroup[LAUNCH_CGROUP_MAX];
	char hostname[PLAN_HOSTNAME_MAX + 1];
	struct names names;	/* for the root's /etc, before the start */
	char shm_options[LAUNCH_OPTIONS_MAX];
	struct oci_mount mounts[LAUNCH_MOUNTS_MAX];
	struct oci_mount *volumes;	/* of these the mount points, in the plan's order */
	struct oci_mount *secrets;	/* to be given its source; NULL: none */
	struct oci_mount *shared_memory;	/* of the task, to be given its source,
						   or NULL */
	struct oci_sysctl settings[LAUNCH_SETTINGS_MAX];
	struct oci_device devices[LAUNCH_DEVICES_MAX];
	struct oci_rlimit rlimits[LAUNCH_RLIMITS_MAX];
	char tmpfs_options[LAUNCH_MOUNTS_MAX][LAUNCH_OPTIONS_MAX];
	const char *args[2 * IMAGE_STRINGS_MAX + 1];
	const char *env[2 * IMAGE_STRINGS_MAX + 1];
	char env_text[2 * IMAGE_TEXT_MAX];
	size_t env_used;
	size_t env_count;
};

/*
 * Fills a launch. The image must have passed image_reply_check(), the task's
 * plan intake's rules. The block is the caller's to free, with
 * wipe_free().
 * Returns 0 or -errno: -ENOEXEC neither task nor image names a program,
 * -E2BIG too many arguments or variables, -EINVAL an unknown word.
 */
int launch_new(const struct launch_input *in, struct launch **out,
	       struct err *e);

/*
 * launch_new() for the container's health check: the same process with the
 * check's program, and nobody who reads what it says.
 */
int launch_check_new(const struct launch_input *in, struct launch **out,
		     struct err *e);

/*
 * What one container may write into its root: of a task with ephemeralStorage
 * an equal share of what its volumes leave, so that all bounds together are
 * that one; else PLAN_ROOT_MIB.
 */
uint64_t launch_root_bytes(const struct plan_task *task);

/* Limits of the cgroup of a whole task; zero fields where the task has none. */
void launch_task_limits(const struct plan_task *task,
			struct oci_resources *limits);

/* The set of capabilities that a container gets, policy/grants.h's algebra. */
uint64_t launch_capabilities(const struct plan_task *task,
			     const struct plan_container *c);

/* Of these, what the document had to permit. */
uint64_t launch_granted(const struct plan_task *task, uint64_t capabilities);

/* "tasks/<task id>/<container name>" into `path`. */
void launch_cgroup(const struct task_state *task,
		   const struct plan_container *c,
		   char path[LAUNCH_CGROUP_MAX]);

/* "system_u:object_r:task_file_t:s0:cA,cB" into `label`. */
void launch_file_label(const struct task_state *task,
		       char label[LAUNCH_LABEL_MAX]);

/* Label of a process that runs for the task alone and was granted nothing. */
void launch_plain_label(const struct task_state *task,
			const struct plan_task *plan,
			char label[LAUNCH_LABEL_MAX]);

/* "system_u:system_r:TYPE:s0:cA,cB", TYPE by what the container may do. */
void launch_process_label(const struct task_state *task,
			  const struct plan_task *plan,
			  const struct plan_container *c,
			  char label[LAUNCH_LABEL_MAX]);

#endif

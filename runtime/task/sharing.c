// SPDX-License-Identifier: MIT
/*
 * pidMode and ipcMode task. An ipc namespace is held by a descriptor; a pid
 * namespace ends with its first process, so that cannot be a container's: it is
 * the reaper alone, with an empty root and no capability.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/image/image.h"
#include "runtime/oci/oci.h"
#include "runtime/task/world_inner.h"

#define HOLDER_ID 65534
#define HOLDER_LIMIT_MS 30000
#define HOLDER_BYTES (UINT64_C(8) << 20)
#define HOLDER_ROOT_BYTES 65536
#define SHM_NAME_MAX 64

static void holder_cgroup(const struct task_state *task,
			  char path[LAUNCH_CGROUP_MAX])
{
	/* No container has a plus in its name. */
	snprintf(path, LAUNCH_CGROUP_MAX, "tasks/%s/+holder", task->id);
}

static void shm_name(const struct task_state *task, char name[SHM_NAME_MAX])
{
	snprintf(name, SHM_NAME_MAX, "%s-shm", task->id);
}

int place_open_namespace(int32_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* ---------------------------------------------------------------- processes */

static const struct oci_mount *device_mount(void)
{
	const struct oci_mount *m = oci_default_mounts;

	while (strcmp(m->destination, "/dev") != 0)
		m++;
	return m;
}

static void fill_holder(struct oci_spec *spec, const char *const *nothing)
{
	oci_spec_init(spec);
	spec->namespaces.unshare = OCI_DEFAULT_NAMESPACES;
	spec->limit_ms = HOLDER_LIMIT_MS;
	spec->mounts = device_mount();
	spec->mount_count = 1;
	spec->is_root_read_only = true;
	spec->resources.memory_max = HOLDER_BYTES;
	spec->resources.pids_max = 1;
	spec->process.args = nothing;
	spec->process.env = nothing;
	spec->process.has_init = true;
	spec->process.uid = HOLDER_ID;
	spec->process.gid = HOLDER_ID;
	spec->process.is_no_new_privileges = true;
	/* Its end would be that of all containers. */
	spec->process.has_oom_score_adj = true;
	spec->process.oom_score_adj = -1000;
}

static int start_holder(struct place *p, const char *cgroup,
			struct oci_started *started, struct err *e)
{
	static const char *const nothing[] = { NULL };
	char process[LAUNCH_LABEL_MAX], file[LAUNCH_LABEL_MAX];
	const struct image_volume empty = {
		.label = file,
		.bytes = HOLDER_ROOT_BYTES,
		.mode = "0755",
	};
	AUTO_CLOSE int root = -1;
	AUTO_CLOSE int reaper = -1;
	struct oci_spec spec;
	int r = place_open_reaper(&reaper, e);

	launch_plain_label(p->task, p->task_plan, process);
	launch_file_label(p->task, file);
	if (r == 0)
		r = image_tmpfs(&empty, &root, e);
	if (r < 0)
		return r;
	fill_holder(&spec, nothing);
	spec.cgroup = cgroup;
	spec.root_fd = root;
	spec.mount_label = file;
	spec.process.init_fd = reaper;
	spec.process.selinux_label = process;
	r = oci_seccomp_default(0, &spec.seccomp, e);
	if (r < 0)
		return r;
	return oci_start(&spec, OCI_PARENT_IS_MINE, started, e);
}

/* That of a runtime that crashed goes first: its containers have all ended. */
static int make_pid(struct place *p, struct err *e)
{
	struct oci_started started;
	char cgroup[LAUNCH_CGROUP_MAX];
	AUTO_CLOSE int pidfd = -1;
	int r;

	holder_cgroup(p->task, cgroup);
	r = oci_end(cgroup, HOLDER_LIMIT_MS, e);
	if (r < 0 && r != -ENOENT)
		return r;
	r = start_holder(p, cgroup, &started, e);
	if (r < 0)
		return r;
	pidfd = started.pidfd;
	p->held_task->pid_fd = place_open_namespace(started.pid, "pid");
	if (p->held_task->pid_fd < 0)
		r = err_set(e, errno, "open(pid namespace of the task)");
	/* It was this process's if that is still there. */
	else
		r = oci_signal(pidfd, 0, e);
	if (r < 0)
		fd_close(&p->held_task->pid_fd);
	return r;
}

/* ------------------------------------------------------------------- memory */

/* As large as the container wants it that wants most. */
static uint64_t shm_bytes(const struct plan_task *task)
{
	int64_t mib = 1;

	for (uint32_t i = 0; i < task->containers.count; i++) {
		int64_t wanted = task->containers.items[i]
					 .linux_parameters.shared_memory_mib;

		mib = wanted > mib ? wanted : mib;
	}
	return (uint64_t)mib << 20;
}

static int make_ipc(struct place *p, struct err *e)
{
	char name[SHM_NAME_MAX], label[LAUNCH_LABEL_MAX];
	const struct image_volume shm = {
		.name = name,
		.label = label,
		.bytes = shm_bytes(p->task_plan),
		.mode = "1777",
	};
	int r;

	shm_name(p->task, name);
	launch_file_label(p->task, label);
	r = image_volume_make(&shm, e);
	return r < 0 ? r : oci_ipc_new(&p->held_task->ipc_fd, e);
}

int sharing_make(struct place *p, struct err *e)
{
	int r = 0;

	if (p->task_plan->ipc_mode == PLAN_OF_TASK && p->held_task->ipc_fd < 0)
		r = make_ipc(p, e);
	if (r == 0 && p->task_plan->pid_mode == PLAN_OF_TASK &&
	    p->held_task->pid_fd < 0)
		r = make_pid(p, e);
	return r;
}

/* ------------------------------------------------------- coming and leaving */

int sharing_join(const struct place *p, struct launch *l, struct err *e)
{
	char name[SHM_NAME_MAX];

	l->spec.namespaces.join[OCI_NAMESPACE_PID] = p->held_task->pid_fd;
	l->spec.namespaces.join[OCI_NAMESPACE_IPC] = p->held_task->ipc_fd;
	if (!l->shared_memory)
		return 0;
	shm_name(p->task, name);
	return image_volume_open(name, &l->shared_memory->source_fd, e);
}

void sharing_leave(struct launch *l)
{
	if (l->shared_memory)
		fd_close(&l->shared_memory->source_fd);
}

void sharing_recover(struct place *p)
{
	if (p->task_plan->ipc_mode == PLAN_OF_TASK && p->held_task->ipc_fd < 0)
		p->held_task->ipc_fd =
			place_open_namespace(p->self->pid, "ipc");
	if (p->task_plan->pid_mode == PLAN_OF_TASK && p->held_task->pid_fd < 0)
		p->held_task->pid_fd =
			place_open_namespace(p->self->pid, "pid");
}

void sharing_end(struct world *w, uint32_t t)
{
	const struct task_state *task = &w->state->tasks[t];
	char cgroup[LAUNCH_CGROUP_MAX], name[SHM_NAME_MAX];
	struct err e = ERR_NONE;
	int r;

	fd_close(&w->tasks[t].pid_fd);
	fd_close(&w->tasks[t].ipc_fd);
	shm_name(task, name);
	image_volume_drop(name);
	holder_cgroup(task, cgroup);
	r = oci_end(cgroup, HOLDER_LIMIT_MS, &e);
	if (r < 0 && r != -ENOENT)
		err_print(2, "runtime", &e);
}

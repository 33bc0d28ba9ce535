#include "runtime/task/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "runtime/base/fd.h"
#include "runtime/oci/oci.h"
#include "runtime/task/cards.h"
#include "runtime/task/kin.h"
#include "runtime/task/launch.h"
#include "runtime/task/world_inner.h"

#define INIT_PID 1

struct place place_of(void *ctx, uint32_t t, uint32_t c)
{
	struct world *w = ctx;
	struct place p = {
		.w = w,
		.task = &w->state->tasks[t],
		.self = &w->state->tasks[t].containers[c],
		.held_task = &w->tasks[t],
		.held = &w->tasks[t].containers[c],
	};

	p.task_plan = &w->plan->tasks.items[p.task->plan_index];
	p.plan = &p.task_plan->containers.items[c];
	launch_cgroup(p.task, p.plan, p.cgroup);
	return p;
}

static int world_image(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct place p = place_of(ctx, t, c);
	const struct image_reply *ignored;

	return images_get(&p.w->images, p.plan->image, p.plan->user, &ignored,
			  e);
}

static int world_signal(void *ctx, uint32_t t, uint32_t c, int signo,
			struct err *e)
{
	struct place p = place_of(ctx, t, c);
	int r;

	if (p.held->pidfd < 0)
		return 0;
	r = oci_signal(p.held->pidfd, signo, e);
	return r == -ESRCH ? 0 : r;
}

static int world_kill(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct place p = place_of(ctx, t, c);
	int r = oci_kill_all(p.cgroup, e);

	return r == -ENOENT ? 0 : r;
}

static int watch_events(struct place *p, struct err *e)
{
	struct epoll_event ev = {
		.events = EPOLLPRI,
		.data.u64 = p->w->events_tag,
	};
	int r;

	if (p->held->events_fd >= 0)
		return 0;
	r = oci_events_fd(p->cgroup, &p->held->events_fd, e);
	if (r < 0)
		return r;
	if (epoll_ctl(p->w->epoll, EPOLL_CTL_ADD, p->held->events_fd, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(cgroup.events)");
	return 0;
}

/* Watch first, look second: no change between the two can be missed. */
static int world_is_empty(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct place p = place_of(ctx, t, c);
	int r = oci_is_empty(p.cgroup, e);

	if (r != 0)
		return r;
	r = watch_events(&p, e);
	return r < 0 ? r : oci_is_empty(p.cgroup, e);
}

static int world_clean(void *ctx, uint32_t t, uint32_t c, uint64_t *oom_kills,
		       struct err *e)
{
	struct place p = place_of(ctx, t, c);

	*oom_kills = 0;
	fd_close(&p.held->pidfd);
	fd_close(&p.held->events_fd);
	fd_close(&p.held->check_faults);
	fd_close(&p.held->check_output);
	place_note_end(&p);
	if (oci_oom_kills(p.cgroup, oom_kills, e) == -ENOENT)
		return 0;
	return oci_clean(p.cgroup, e);
}

const struct engine_ops world_ops = {
	.network = cards_ask,
	.image = world_image,
	.start = place_start,
	.check = check_start,
	.end_check = check_end,
	.hear_check = check_hear,
	.signal = world_signal,
	.kill = world_kill,
	.is_empty = world_is_empty,
	.clean = world_clean,
	.release = place_release,
};

void world_init(struct world *w, struct state *s, const struct plan *p, int bus,
		int store_fd, int epoll, uint64_t events_tag)
{
	w->state = s;
	w->plan = p;
	w->bus = bus;
	w->epoll = epoll;
	w->events_tag = events_tag;
	w->links_fd = -1;
	w->images.store_fd = store_fd;
	for (uint32_t t = 0; t < STATE_TASKS_MAX; t++) {
		w->tasks[t].network_fd = -1;
		w->tasks[t].pid_fd = -1;
		w->tasks[t].ipc_fd = -1;
		for (uint32_t c = 0; c < PLAN_CONTAINERS_MAX; c++)
			w->tasks[t].containers[c] =
				(struct world_container){ -1, -1, -1, -1, -1 };
	}
}

static bool is_in_cgroup(int32_t pid, const char *cgroup)
{
	char path[64], text[LAUNCH_CGROUP_MAX + 16],
		want[LAUNCH_CGROUP_MAX + 8];
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	snprintf(want, sizeof(want), "0::/%s", cgroup);
	return fd_read_file(AT_FDCWD, path, text, sizeof(text), &e) > 0 &&
	       strcmp(text, want) == 0;
}

/*
 * The pid is proven after the pidfd is open, so it is this process's. One that
 * the container itself has started may have it by now: that is not init's.
 */
int place_open_member(const struct place *p, int32_t pid)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0 || !is_in_cgroup(pid, p->cgroup) ||
	    !kin_is_child(pid, INIT_PID))
		return -1;
	return take_fd(&pidfd);
}

static void recover_container(struct place *p)
{
	AUTO_CLOSE int pidfd = -1;

	if (p->self->pid <= 0 || p->self->has_ended)
		return;
	pidfd = place_open_member(p, p->self->pid);
	if (pidfd < 0)
		return;
	p->held_task->is_prepared = true;
	if (p->held_task->network_fd < 0 && !p->plan->is_network_disabled &&
	    p->task_plan->network_mode != PLAN_NETWORK_HOST)
		p->held_task->network_fd =
			place_open_namespace(p->self->pid, "net");
	sharing_recover(p);
	p->held->pidfd = take_fd(&pidfd);
	check_recover(p);
}

void world_recover(struct world *w)
{
	for (uint32_t t = 0; t < w->state->task_count; t++) {
		uint32_t index = w->state->tasks[t].plan_index;
		uint32_t n = w->plan->tasks.items[index].containers.count;

		for (uint32_t c = 0; c < n; c++) {
			struct place p = place_of(w, t, c);

			recover_container(&p);
		}
		if (w->tasks[t].is_prepared &&
		    w->plan->tasks.items[index].network_mode !=
			    PLAN_NETWORK_HOST)
			tell_recovered(w, t);
		/* Cards of a task without a process are on their way back. */
		if (!w->tasks[t].is_prepared)
			w->state->tasks[t].attachment = 0;
	}
}

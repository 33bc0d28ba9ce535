// SPDX-License-Identifier: MIT
/*
 * Health checks as processes. The container can hold up what comes to it, so
 * nobody waits for a check to begin: its pipe of faults hangs up when it has.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>

#include "runtime/base/fd.h"
#include "runtime/base/wipe.h"
#include "runtime/oci/fault.h"
#include "runtime/oci/oci.h"
#include "runtime/task/check_output.h"
#include "runtime/task/world_inner.h"

/* What a container has of its own beside its network, which is its task's. */
#define CHECK_NAMESPACES                                            \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP | CLONE_NEWNET)

/* Only its end is of interest, and that is always told. */
static int watch(const struct place *p, int faults, struct err *e)
{
	struct epoll_event ev = { .events = 0, .data.u64 = p->w->events_tag };

	if (epoll_ctl(p->w->epoll, EPOLL_CTL_ADD, faults, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(health check)");
	return 0;
}

static int begin(struct place *p, struct launch *l, struct err *e)
{
	AUTO_CLOSE int faults = -1;
	AUTO_CLOSE int pidfd = -1;
	struct oci_started started = { .pidfd = -1 };
	int r = oci_seccomp_default(l->spec.process.capabilities.bounding,
				    &l->spec.seccomp, e);

	if (r == 0)
		r = oci_exec_begin(&l->spec, p->held->pidfd, CHECK_NAMESPACES,
				   OCI_PARENT_IS_MINE, &started, &faults, e);
	if (r < 0)
		return r;
	pidfd = started.pidfd;
	r = watch(p, faults, e);
	if (r < 0) {
		oci_signal(pidfd, SIGKILL, NULL);
		return r;
	}
	p->self->health.pid = started.pid;
	p->held->check_pidfd = take_fd(&pidfd);
	p->held->check_faults = take_fd(&faults);
	return 0;
}

int check_start(void *ctx, uint32_t t, uint32_t c)
{
	AUTO_WIPE struct launch *l = NULL;
	struct place p = place_of(ctx, t, c);
	struct launch_input in = {
		.instance = &p.w->plan->instance,
		.task_plan = p.task_plan,
		.plan = p.plan,
		.task = p.task,
	};
	AUTO_CLOSE int output = -1;
	struct err e = ERR_NONE;
	int r = images_get(&p.w->images, p.plan->image, p.plan->user, &in.image,
			   &e);

	fd_close(&p.held->check_pidfd);
	fd_close(&p.held->check_faults);
	fd_close(&p.held->check_output);
	if (r <= 0)
		return r < 0 ? r : -EAGAIN;
	r = launch_check_new(&in, &l, &e);
	if (r == 0)
		r = check_output_open(&p.held->check_output, &output, &e);
	if (r < 0)
		return r;
	l->spec.process.stdout_fd = output;
	l->spec.process.stderr_fd = output;
	return begin(&p, l, &e);
}

void check_hear(void *ctx, uint32_t t, uint32_t c)
{
	struct place p = place_of(ctx, t, c);

	check_output_read(p.held->check_output, p.self->health.output);
	fd_close(&p.held->check_output);
}

void check_end(void *ctx, uint32_t t, uint32_t c)
{
	struct place p = place_of(ctx, t, c);
	struct err e = ERR_NONE;

	if (p.held->check_pidfd >= 0)
		oci_signal(p.held->check_pidfd, SIGKILL, &e);
	fd_close(&p.held->check_pidfd);
}

/* What failed tells of it by its end. */
static void hear(struct place *p)
{
	const struct oci_started started = { p->self->health.pid,
					     p->held->check_pidfd };
	char label[LAUNCH_LABEL_MAX];
	struct err e = ERR_NONE;
	int r = oci_fault_hear(p->held->check_faults, NULL, &e);

	fd_close(&p->held->check_faults);
	if (r < 0 || !started.pid || started.pidfd < 0)
		return;
	launch_process_label(p->task, p->task_plan, p->plan, label);
	if (oci_verify_label(&started, label, &e) == 0)
		return;
	err_print(2, "runtime", &e);
	oci_signal(started.pidfd, SIGKILL, NULL);
}

static bool has_begun(int faults)
{
	struct pollfd end = { .fd = faults, .events = 0 };

	return faults >= 0 && poll(&end, 1, 0) > 0;
}

void world_hear_checks(struct world *w)
{
	for (uint32_t t = 0; t < w->state->task_count; t++) {
		for (uint32_t c = 0; c < PLAN_CONTAINERS_MAX; c++) {
			int faults = w->tasks[t].containers[c].check_faults;
			struct place p;

			if (!has_begun(faults))
				continue;
			p = place_of(w, t, c);
			hear(&p);
		}
	}
}

/* Nobody reads what it writes any more: it counts as not run, and another is
   due at once. */
void check_recover(struct place *p)
{
	AUTO_CLOSE int pidfd = -1;

	if (p->self->health.pid <= 0)
		return;
	pidfd = place_open_member(p, p->self->health.pid);
	if (pidfd >= 0)
		oci_signal(pidfd, SIGKILL, NULL);
	p->self->health.pid = 0;
}

// SPDX-License-Identifier: MIT
#include "fake.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int fake_image(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	if (f->c[c].image < 0)
		return err_set(e, -f->c[c].image, "layer digest");
	return f->c[c].image;
}

static int fake_start(void *ctx, uint32_t t, uint32_t c)
{
	struct fake *f = ctx;

	if (f->c[c].start < 0)
		return f->c[c].start;
	f->c[c].started++;
	f->state->tasks[t].containers[c].pid = ++f->next_pid;
	f->state->tasks[t].containers[c].stop_signal = SIGTERM;
	return 0;
}

static int fake_check(void *ctx, uint32_t t, uint32_t c)
{
	struct fake *f = ctx;

	f->c[c].checks++;
	if (f->c[c].check < 0)
		return f->c[c].check;
	f->state->tasks[t].containers[c].health.pid = ++f->next_pid;
	return 0;
}

static void fake_end_check(void *ctx, uint32_t t, uint32_t c)
{
	struct fake *f = ctx;

	(void)t;
	f->c[c].checks_ended++;
}

static void fake_hear_check(void *ctx, uint32_t t, uint32_t c)
{
	struct fake *f = ctx;

	snprintf(f->state->tasks[t].containers[c].health.output,
		 HEALTH_OUTPUT_MAX + 1, "check %d", f->c[c].checks);
}

static int fake_signal(void *ctx, uint32_t t, uint32_t c, int signo,
		       struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	f->c[c].signalled++;
	f->c[c].last_signal = signo;
	if (f->order_count < FAKE_ORDER_MAX)
		f->order[f->order_count++] = (int)c;
	return 0;
}

static int fake_kill(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	f->c[c].killed++;
	return 0;
}

static int fake_is_empty(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	return !f->c[c].is_busy;
}

static int fake_clean(void *ctx, uint32_t t, uint32_t c, uint64_t *kills,
		      struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	*kills = f->c[c].oom_kills;
	f->c[c].cleaned++;
	return 0;
}

static void fake_release(void *ctx, uint32_t t)
{
	struct fake *f = ctx;

	(void)t;
	f->released++;
}

static int fake_network(void *ctx, uint32_t t, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	if (f->network < 0)
		return err_set(e, -f->network, "network card");
	return f->network;
}

static const struct engine_ops fake_ops = {
	.network = fake_network,
	.image = fake_image,
	.start = fake_start,
	.check = fake_check,
	.end_check = fake_end_check,
	.hear_check = fake_hear_check,
	.signal = fake_signal,
	.kill = fake_kill,
	.is_empty = fake_is_empty,
	.clean = fake_clean,
	.release = fake_release,
};

static char names[CONTAINERS][2] = { "a", "b", "c", "d" };
static char family[] = "web";

int fake_engine_init(struct fake_engine *f)
{
	int fd = -1, r;

	for (int i = 0; i < CONTAINERS; i++) {
		f->containers[i] = (struct plan_container){
			.name = names[i],
			.is_essential = true,
			.stop_timeout_s = 30,
		};
		f->fake.c[i].image = 1;
	}
	f->fake.network = 1;
	f->task = (struct plan_task){
		.family = family,
		.containers = { 2, f->containers },
		.count = 1,
	};
	f->plan.tasks.count = 1;
	f->plan.tasks.items = &f->task;
	r = state_new(&f->state, &fd, NULL);
	if (r < 0)
		return r;
	close(fd);
	f->fake.state = f->state;
	f->g = (struct engine){
		.state = f->state,
		.plan = &f->plan,
		.ops = &fake_ops,
		.ctx = &f->fake,
		.room = { FAKE_CPU_UNITS, FAKE_MEMORY_MIB },
		.is_unsettled = true,
	};
	return state_add_tasks(f->state, &f->plan, 0, NULL);
}

void fake_engine_depend(struct fake_engine *f, int i, int on,
			enum plan_condition condition)
{
	f->dependencies[i] = (struct plan_dependency){ names[on], condition };
	f->containers[i].depends_on.count = 1;
	f->containers[i].depends_on.items = &f->dependencies[i];
}

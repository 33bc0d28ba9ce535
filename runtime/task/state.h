/*
 * state: everything the engine must remember, in one block of shared memory.
 *
 * The block is a memfd that init keeps (bus name "state"), mapped MAP_SHARED:
 * when runtime dies, the next one maps it and goes on where the tables stand.
 * So each change of a container's phase is written before the deed that it
 * announces (STARTING before clone) or after the deed that it reports
 * (RUNNING after exec). It holds numbers and short texts, no pointers; the
 * plan is kept beside it and the two fit together by index.
 */
#ifndef CLOISTER_TASK_STATE_H
#define CLOISTER_TASK_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/err.h"
#include "runtime/task/plan.h"

#define STATE_REASON_MAX 160
#define STATE_TASKS_MAX (2 * PLAN_INSTANCES_MAX) /* old and new ones */
#define STATE_CATEGORIES 1024	/* c0..c1023 of the policy */
#define STATE_PAIRS (STATE_CATEGORIES * (STATE_CATEGORIES - 1u) / 2)

enum container_phase {
	CONTAINER_PENDING,	/* waits for its dependencies or image */
	CONTAINER_PULLED,	/* its image is there */
	CONTAINER_CREATED,	/* being made; after a crash: half made */
	CONTAINER_RUNNING,
	CONTAINER_STOPPING,	/* stop signal sent, deadline armed */
	CONTAINER_ENDING,	/* first process ended, cgroup not yet empty */
	CONTAINER_STOPPED,
	CONTAINER_PHASE_COUNT
};

enum task_phase {
	TASK_PENDING,
	TASK_RUNNING,		/* every container runs or has run */
	TASK_STOPPING,
	TASK_STOPPED,
	TASK_PHASE_COUNT
};

/* Times that are noted, CLOCK_BOOTTIME in ms, 0: not yet. See moves.h. */
enum container_time {
	CONTAINER_NO_TIME,
	CONTAINER_PULL_STARTED_AT,
	CONTAINER_PULL_STOPPED_AT,
	CONTAINER_CREATED_AT,
	CONTAINER_STARTED_AT,
	CONTAINER_FINISHED_AT,
	CONTAINER_TIME_COUNT
};

enum task_time {
	TASK_NO_TIME,
	TASK_CREATED_AT,
	TASK_PULL_STARTED_AT,
	TASK_PULL_STOPPED_AT,
	TASK_STARTED_AT,
	TASK_STOPPING_AT,
	TASK_EXECUTION_STOPPED_AT,
	TASK_STOPPED_AT,
	TASK_TIME_COUNT
};

/* What a task that is not admitted waits for, see placement.h. */
enum task_wait {
	TASK_WAITS_FOR_NOTHING,
	TASK_WAITS_FOR_DAEMONS,
	TASK_WAITS_FOR_CPU,
	TASK_WAITS_FOR_MEMORY,
	TASK_WAITS_FOR_PORT,
	TASK_WAIT_COUNT
};

extern const char *const task_wait_words[TASK_WAIT_COUNT];

/* ECS's TaskStopCode, as far as one instance can tell. */
enum task_stop_code {
	TASK_STOP_NONE,
	TASK_STOP_FAILED_TO_START,
	TASK_STOP_ESSENTIAL_EXITED,
	TASK_STOP_TERMINATION_NOTICE,
	TASK_STOP_SCHEDULER,		/* a newer document has it no more */
	TASK_STOP_CODE_COUNT
};

extern const char *const container_phase_words[CONTAINER_PHASE_COUNT];
extern const char *const task_phase_words[TASK_PHASE_COUNT];
extern const char *const task_stop_code_words[TASK_STOP_CODE_COUNT];

/* ECS's health words, as far as a check can tell. */
enum container_health {
	HEALTH_NONE,		/* no check */
	HEALTH_UNKNOWN,		/* not yet, or not any more */
	HEALTH_HEALTHY,
	HEALTH_UNHEALTHY,
	HEALTH_COUNT
};

extern const char *const container_health_words[HEALTH_COUNT];

#define HEALTH_OUTPUT_MAX 1024 /* bytes kept, as ECS keeps them */

/* The health check of a container that runs; CLOCK_BOOTTIME. */
struct health_state {
	int64_t since_ms;		/* when it got this status */
	int32_t exit_code;		/* of the last check that ended */
	uint32_t status;		/* enum container_health */
	uint32_t failures;		/* in a row, of those that count */
	int32_t pid;			/* of the running check; 0: none */
	int64_t due_ms;			/* of the next one, while none runs */
	int64_t limit_ms;		/* of the running one */
	/* What the last check wrote first: for the customer alone, never for
	   the operator. Any bytes but NUL. */
	char output[HEALTH_OUTPUT_MAX + 1];
};

struct container_state {
	uint32_t phase;			/* enum container_phase */
	int32_t pid;			/* 0: none */
	int32_t wait_status;		/* valid if has_ended */
	int32_t stop_signal;		/* from the image, default SIGTERM */
	bool has_started;
	bool has_ended;
	bool is_killed_by_us;
	int64_t stop_deadline_ms;	/* CLOCK_BOOTTIME, valid in STOPPING */
	int64_t at_ms[CONTAINER_TIME_COUNT];	/* by enum container_time */
	uint32_t restarts;		/* by its restart policy */
	int64_t restart_at_ms;		/* valid in PENDING if restarts > 0 */
	struct health_state health;
	char reason[STATE_REASON_MAX];
};

struct task_state {
	uint32_t plan_index;		/* into plan.tasks */
	uint32_t phase;			/* enum task_phase */
	uint32_t stop_code;		/* enum task_stop_code */
	uint32_t attachment;		/* whose cards it has, from 1 on; 0: none */
	bool is_admitted;		/* has its place on the instance */
	uint32_t wait;			/* enum task_wait, until then */
	bool is_dismissed;		/* counts for its entry no more; once it
					   is STOPPED its row is free */
	int64_t at_ms[TASK_TIME_COUNT];	/* by enum task_time */
	uint16_t categories[2];		/* lower first */
	char id[CHANNEL_TASK_ID_MAX];
	char reason[STATE_REASON_MAX];
	struct container_state containers[PLAN_CONTAINERS_MAX];
};

struct state {
	uint64_t magic;
	uint64_t size;
	uint32_t last_stream;		/* the n of "log/<n>", from 1 on */
	uint32_t next_pair;		/* goes up only: no pair comes back */
	uint32_t task_count;
	bool is_draining;
	char drain_reason[STATE_REASON_MAX];
	bool is_ready_told;
	int64_t idle_since_ms;		/* -1: tasks are alive */
	int64_t drain_deadline_ms;	/* CLOCK_BOOTTIME; 0: no drain yet */
	struct task_state tasks[STATE_TASKS_MAX];
};

/*
 * Makes a new zeroed state in a memfd and maps it. `*fd` is owned by the
 * caller, `*s` stays mapped for the life of the process.
 */
int state_new(struct state **s, int *fd, struct err *e);

/*
 * Maps the state of an earlier runtime from `fd` (not consumed).
 * -EBADMSG: the block is not one of this version's.
 */
int state_attach(int fd, struct state **s, struct err *e);

/*
 * The nth pair of distinct categories, lower first, in a fixed order:
 * STATE_PAIRS of them. -ENOSPC when n is past the last.
 */
int state_category_pair(uint32_t n, uint16_t pair[2]);

/*
 * Fills the task table at `now_ms`: `count` tasks of each entry, each with a
 * random id of 32 hexadecimal digits and the next pair of categories.
 * -ENOSPC when the table or the boot's categories do not suffice for all of
 * them, and none was added; -errno of getrandom(2).
 */
int state_add_tasks(struct state *s, const struct plan *p, int64_t now_ms,
		    struct err *e);

/*
 * One more task of entry `index`, at `now_ms`, in a row that is free.
 * -ENOSPC: no row or no pair of categories is; -errno of getrandom(2).
 */
int state_add_task(struct state *s, uint32_t index, int64_t now_ms,
		   struct err *e);

/* The cards that the task has of those that its entry names; NULL: none. */
static inline const struct plan_attachment *
state_attachment(const struct task_state *task, const struct plan_task *plan)
{
	return task->attachment && task->attachment <= plan->attachments.count ?
		       &plan->attachments.items[task->attachment - 1] :
		       NULL;
}

#endif

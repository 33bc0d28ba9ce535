// SPDX-License-Identifier: MIT
/* What the engine says of tasks and containers, and how it moves them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"

#define UNIX(of, time) RECORD_N(moves_unix_ms((of)->at_ms[time]))

void engine_set_reason(char reason[STATE_REASON_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(reason, STATE_REASON_MAX, fmt, ap) < 0)
		reason[0] = '\0';
	va_end(ap);
}

void report_task(const struct subject *s)
{
	RECORD(TASK_STATE, RECORD_W(s->task->id),
	       RECORD_W(s->task_plan->family),
	       RECORD_W(task_phase_words[s->task->phase]),
	       RECORD_W(task_stop_code_words[s->task->stop_code]),
	       RECORD_W(s->task->reason), RECORD_W(moves_task_desired(s->task)),
	       UNIX(s->task, TASK_CREATED_AT),
	       UNIX(s->task, TASK_PULL_STARTED_AT),
	       UNIX(s->task, TASK_PULL_STOPPED_AT),
	       UNIX(s->task, TASK_STARTED_AT), UNIX(s->task, TASK_STOPPING_AT),
	       UNIX(s->task, TASK_EXECUTION_STOPPED_AT),
	       UNIX(s->task, TASK_STOPPED_AT));
}

void report_container(const struct subject *s)
{
	int status = s->self->wait_status;
	bool has_ended = s->self->has_ended;

	RECORD(CONTAINER_STATE, RECORD_W(s->task->id), RECORD_W(s->plan->name),
	       RECORD_W(container_phase_words[s->self->phase]),
	       RECORD_N(has_ended ? engine_exit_code(status) : -1),
	       RECORD_N(has_ended && WIFSIGNALED(status) ? WTERMSIG(status) :
							   0),
	       RECORD_W(s->self->reason),
	       RECORD_W(moves_desired(s->task, s->self)),
	       UNIX(s->self, CONTAINER_CREATED_AT),
	       UNIX(s->self, CONTAINER_STARTED_AT),
	       UNIX(s->self, CONTAINER_FINISHED_AT));
}

/* A fault of ours: it is said, and nothing is changed. */
static void report_fault(const struct subject *s, const char *container,
			 const char *phase, const char *event)
{
	RECORD(ENGINE_FAULT, RECORD_W(s->task->id), RECORD_W(container),
	       RECORD_W(phase), RECORD_W(event));
}

bool engine_move(const struct subject *s, enum container_event event)
{
	uint32_t phase = s->self->phase;

	if (moves_container(s->self, event, s->now_ms) == 0)
		return true;
	report_fault(s, s->plan->name, container_phase_words[phase],
		     container_event_words[event]);
	return false;
}

bool engine_move_task(const struct subject *s, enum task_event event)
{
	uint32_t phase = s->task->phase;

	if (moves_task(s->task, event, s->now_ms) == 0)
		return true;
	report_fault(s, "", task_phase_words[phase], task_event_words[event]);
	return false;
}

#include "runtime/task/state.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"

#define STATE_MAGIC 0x31617473636c6f69ull

const char *const container_phase_words[CONTAINER_PHASE_COUNT] = {
	[CONTAINER_PENDING] = "PENDING",   [CONTAINER_PULLED] = "PULLED",
	[CONTAINER_CREATED] = "CREATED",   [CONTAINER_RUNNING] = "RUNNING",
	[CONTAINER_STOPPING] = "STOPPING", [CONTAINER_ENDING] = "ENDING",
	[CONTAINER_STOPPED] = "STOPPED",
};

const char *const container_health_words[HEALTH_COUNT] = {
	[HEALTH_NONE] = "NONE",
	[HEALTH_UNKNOWN] = "UNKNOWN",
	[HEALTH_HEALTHY] = "HEALTHY",
	[HEALTH_UNHEALTHY] = "UNHEALTHY",
};

const char *const task_phase_words[TASK_PHASE_COUNT] = {
	[TASK_PENDING] = "PENDING",
	[TASK_RUNNING] = "RUNNING",
	[TASK_STOPPING] = "STOPPING",
	[TASK_STOPPED] = "STOPPED",
};

const char *const task_wait_words[TASK_WAIT_COUNT] = {
	[TASK_WAITS_FOR_NOTHING] = "",	[TASK_WAITS_FOR_DAEMONS] = "daemons",
	[TASK_WAITS_FOR_CPU] = "cpu",	[TASK_WAITS_FOR_MEMORY] = "memory",
	[TASK_WAITS_FOR_PORT] = "port",
};

const char *const task_stop_code_words[TASK_STOP_CODE_COUNT] = {
	[TASK_STOP_NONE] = "",
	[TASK_STOP_FAILED_TO_START] = "TaskFailedToStart",
	[TASK_STOP_ESSENTIAL_EXITED] = "EssentialContainerExited",
	[TASK_STOP_TERMINATION_NOTICE] = "TerminationNotice",
	[TASK_STOP_SCHEDULER] = "ServiceSchedulerInitiated",
};

static int map(int fd, struct state **s, struct err *e)
{
	void *p = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return err_set(e, errno, "mmap(state)");
	*s = p;
	return 0;
}

int state_new(struct state **s, int *fd, struct err *e)
{
	AUTO_CLOSE int memory = memfd_create("state", MFD_CLOEXEC);
	int r;

	if (memory < 0)
		return err_set(e, errno, "memfd_create(state)");
	if (ftruncate(memory, sizeof(struct state)) < 0)
		return err_set(e, errno, "ftruncate(state)");
	r = map(memory, s, e);
	if (r < 0)
		return r;
	(*s)->magic = STATE_MAGIC;
	(*s)->size = sizeof(struct state);
	(*s)->idle_since_ms = -1;
	*fd = take_fd(&memory);
	return 0;
}

int state_attach(int fd, struct state **s, struct err *e)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat(state)");
	if (st.st_size != (off_t)sizeof(struct state))
		return err_set(e, EBADMSG, "state of %lld bytes",
			       (long long)st.st_size);
	r = map(fd, s, e);
	if (r < 0)
		return r;
	if ((*s)->magic != STATE_MAGIC || (*s)->size != sizeof(struct state) ||
	    (*s)->task_count > STATE_TASKS_MAX || (*s)->next_pair > STATE_PAIRS)
		return err_set(e, EBADMSG, "state of another version");
	return 0;
}

int state_category_pair(uint32_t n, uint16_t pair[2])
{
	uint32_t low = 0;
	uint32_t row = STATE_CATEGORIES - 1;

	while (row > 0 && n >= row) {
		n -= row;
		row--;
		low++;
	}
	if (row == 0)
		return -ENOSPC;
	pair[0] = (uint16_t)low;
	pair[1] = (uint16_t)(low + 1 + n);
	return 0;
}

static int make_id(char id[CHANNEL_TASK_ID_MAX], struct err *e)
{
	unsigned char bytes[(CHANNEL_TASK_ID_MAX - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_set(e, errno, "getrandom(task id)");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static struct task_state *free_row(struct state *s)
{
	for (uint32_t t = 0; t < s->task_count; t++)
		if (s->tasks[t].phase == TASK_STOPPED &&
		    s->tasks[t].is_dismissed)
			return &s->tasks[t];
	return s->task_count < STATE_TASKS_MAX ? &s->tasks[s->task_count] :
						 NULL;
}

/* Whoever maps the state after a crash sees the old row or the whole new one:
   what makes it count is written last. */
static void publish(struct state *s, struct task_state *row,
		    const struct task_state *new)
{
	*row = *new;
	atomic_signal_fence(memory_order_release);
	s->next_pair++;
	row->is_dismissed = false;
	row->phase = TASK_PENDING;
	if (row == &s->tasks[s->task_count])
		s->task_count++;
}

int state_add_task(struct state *s, uint32_t index, int64_t now_ms,
		   struct err *e)
{
	struct task_state *row = free_row(s);
	struct task_state new = { .plan_index = index,
				  .phase = TASK_STOPPED,
				  .is_dismissed = true,
				  .at_ms = { [TASK_CREATED_AT] = now_ms } };
	int r;

	if (!row)
		return err_set(e, ENOSPC, "%d tasks are there already",
			       STATE_TASKS_MAX);
	r = make_id(new.id, e);
	if (r < 0)
		return r;
	if (state_category_pair(s->next_pair, new.categories) < 0)
		return err_set(e, ENOSPC,
			       "all %u pairs of categories of this "
			       "boot are used",
			       STATE_PAIRS);
	publish(s, row, &new);
	return 0;
}

/* All tasks of a plan fit in, or none of them is added. */
static int check_room(const struct state *s, const struct plan *p,
		      struct err *e)
{
	uint32_t pairs_left = STATE_PAIRS - s->next_pair;
	uint32_t rows_left = STATE_TASKS_MAX - s->task_count;
	int64_t wanted = 0;

	for (uint32_t i = 0; i < p->tasks.count; i++)
		wanted += p->tasks.items[i].count;
	if (wanted > rows_left)
		return err_set(e, ENOSPC, "%lld tasks, room for %u of %d",
			       (long long)wanted, rows_left, STATE_TASKS_MAX);
	if (wanted > pairs_left)
		return err_set(e, ENOSPC,
			       "%lld tasks, %u of the boot's %u pairs of "
			       "categories are left",
			       (long long)wanted, pairs_left, STATE_PAIRS);
	return 0;
}

int state_add_tasks(struct state *s, const struct plan *p, int64_t now_ms,
		    struct err *e)
{
	int r = check_room(s, p, e);

	for (uint32_t i = 0; r == 0 && i < p->tasks.count; i++)
		for (int64_t n = 0; r == 0 && n < p->tasks.items[i].count; n++)
			r = state_add_task(s, i, now_ms, e);
	return r;
}

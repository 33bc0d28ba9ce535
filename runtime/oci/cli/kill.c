// SPDX-License-Identifier: MIT
/* Commands that end containers: kill, delete. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/hooks.h"
#include "runtime/oci/cli/life.h"
#include "runtime/oci/cli/log.h"
#include "runtime/oci/cli/members.h"
#include "runtime/oci/cli/proc.h"
#include "runtime/oci/cli/signals.h"
#include "runtime/oci/cli/store.h"

#define DEFAULT_SIGNAL "TERM"

/* Engines look for these words and for those of ESRCH. */
static int not_running(struct err *e)
{
	return err_set(e, ESRCH, "container not running");
}

static int kill_first(const struct store *s, int signo, struct err *e)
{
	AUTO_CLOSE int pidfd = -1;
	int r = proc_open(s->state.pid, s->state.start_ticks, &pidfd, e);

	return r < 0 ? r : oci_signal(pidfd, signo, e);
}

/* SIGKILL at once, so that none can start another in time. */
static int kill_all(const struct store *s, int signo, struct err *e)
{
	const char *cgroup = s->state.cgroup;
	size_t sent;
	int r;

	if (signo == SIGKILL) {
		r = oci_is_empty(cgroup, e);
		if (r == 0)
			return oci_kill_all(cgroup, e);
		return r < 0 ? r : not_running(e);
	}
	r = members_signal(cgroup, signo, &sent, e);

	if (r < 0)
		return r;
	return sent ? 0 : not_running(e);
}

/* A stopped container may have processes left that share its pid namespace
 * with others: only --all is for them. */
static int kill_container(const struct store *s, int signo, bool is_all,
			  struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0)
		return r;
	if (is_all && s->state.cgroup)
		return kill_all(s, signo, e);
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return not_running(e);
	r = kill_first(s, signo, e);
	return r == -ESRCH ? not_running(e) : r;
}

int command_kill(struct cli *cli, struct err *e)
{
	const char *word = cli->argument_count > 1 ? cli->arguments[1] :
						     DEFAULT_SIGNAL;
	struct store s;
	int signo;
	int r = signals_parse(word, &signo, e);

	if (r < 0)
		return r;
	/* Without the lock: whoever starts it may wait for what is in it. */
	r = store_get(&s, cli->options.root, cli->arguments[0], STORE_LOOK, e);
	if (r == 0)
		r = kill_container(&s, signo, cli->options.is_all, e);
	store_close(&s);
	return r;
}

static int delete_found(struct store *s, bool is_forced, struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0)
		return r;
	if (status != STATUS_STOPPED && status != STATUS_CREATED && !is_forced)
		return err_set(e, EBUSY,
			       "cannot delete container %s that is not "
			       "stopped: %s",
			       s->id, status_word(status));
	return life_end(s, e);
}

/*
 * Whoever creates or starts it may wait for what is in it (a hook, a file
 * system); one that was killed meanwhile has left its lock to a process in it.
 * Without those they end, and the lock is free.
 */
static void end_work(struct cli *cli)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0], STORE_LOOK,
			  NULL);

	if (r == 0 && s.state.cgroup && store_is_at_work(&s))
		(void)oci_kill_all(s.state.cgroup, NULL);
	store_close(&s);
}

int command_delete(struct cli *cli, struct err *e)
{
	bool is_forced = cli->options.is_forced;
	struct store s;
	int r;

	if (is_forced)
		end_work(cli);
	r = store_get(&s, cli->options.root, cli->arguments[0], STORE_CHANGE,
		      e);
	if (r == 0)
		r = delete_found(&s, is_forced, e);
	else if (r == -ENOENT && is_forced)
		r = 0;
	store_close(&s);
	return r;
}

// SPDX-License-Identifier: MIT
/* Commands that bring containers to life: create, start, run. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/console.h"
#include "runtime/oci/cli/creation.h"
#include "runtime/oci/cli/hooks.h"
#include "runtime/oci/cli/life.h"
#include "runtime/oci/fault.h"

int command_create(struct cli *cli, struct err *e)
{
	static struct creation c;
	int r = creation_open(&c, cli->arguments[0], &cli->options, true, e);

	if (r == 0)
		r = creation_start(&c, e);
	if (r == 0)
		creation_keep(&c);
	creation_close(&c);
	return r;
}

/* ------------------------------------------------------------------- start */

struct opening {
	int gate;
	int faults;
};

/* The gate has a reader only while the process waits there. */
static int open_gate(const struct store *s, struct opening *o, struct err *e)
{
	/* For both, so that the open does not wait; the gate says whether there
	 * is somebody to hear. */
	int flags = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;

	o->faults = openat(s->dir, STORE_FAULT, O_RDONLY | flags);
	if (o->faults < 0)
		return err_set(e, errno, "open(%s of %s)", STORE_FAULT, s->id);
	o->gate = openat(s->dir, STORE_GATE, O_WRONLY | flags);
	if (o->gate < 0 && errno == ENXIO)
		return err_set(e, ESRCH, "container not running");
	if (o->gate < 0)
		return err_set(e, errno, "open(%s of %s)", STORE_GATE, s->id);
	if (fcntl(o->faults, F_SETFL, 0) < 0)
		return err_set(e, errno, "fcntl(%s of %s)", STORE_FAULT, s->id);
	if (write(o->gate, "", 1) != 1)
		return err_set(e, errno, "write(%s of %s)", STORE_GATE, s->id);
	return 0;
}

/* What does not run is no container any more: its process has ended. */
static int start_created(struct store *s, struct err *e)
{
	struct opening o = { -1, -1 };
	struct err undone = ERR_NONE;
	int r = open_gate(s, &o, e);

	if (r == 0)
		r = oci_fault_hear(o.faults, s->state.program, e);
	fd_close(&o.gate);
	fd_close(&o.faults);
	if (r == 0) {
		/* From here on it is "running". */
		unlinkat(s->dir, STORE_GATE, 0);
		unlinkat(s->dir, STORE_FAULT, 0);
	} else if (life_end(s, &undone) < 0) {
		log_error(LOG_WARNING, &undone);
	}
	return r;
}

static int check_created(const struct store *s, struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0 || status == STATUS_CREATED)
		return r;
	if (status == STATUS_STOPPED)
		return err_set(e, ESRCH,
			       "cannot start a container that has stopped");
	return err_set(e, EINVAL,
		       "cannot start an already running container: it is %s",
		       status_word(status));
}

int command_start(struct cli *cli, struct err *e)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0],
			  STORE_CHANGE, e);

	if (r == 0)
		r = check_created(&s, e);
	if (r == 0)
		r = start_created(&s, e);
	if (r == 0) {
		/* Hooks may ask for the container, or kill it. */
		store_unlock(&s);
		hooks_run_all("poststart", &s.state.poststart, &s.state,
			      STATUS_RUNNING);
	}
	store_close(&s);
	return r;
}

/* --------------------------------------------------------------------- run */

/* In the foreground its terminal comes to us. */
static int make_pair(struct creation *c, int *ours, struct err *e)
{
	int ends[2];

	if (!c->spec->process.terminal.is_wanted || c->terminal_socket >= 0 ||
	    c->options->is_detached)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, errno, "socketpair()");
	*ours = ends[0];
	creation_set_terminal(c, ends[1]);
	return 0;
}

static int run_foreground(struct creation *c, int signals, int socket_fd,
			  struct err *e)
{
	AUTO_CLOSE int master = -1;
	int r = 0;
	int status;

	if (socket_fd >= 0)
		r = console_receive(socket_fd, &master, e);
	if (r < 0)
		return r;
	creation_keep(c);
	store_unlock(&c->store);
	hooks_run_all("poststart", &c->store.state.poststart, &c->store.state,
		      STATUS_RUNNING);
	status = console_wait(&c->started, signals, master, e);
	if (c->options->is_kept)
		return status;
	r = store_lock(&c->store, e);
	/* Somebody else has deleted it. */
	if (r == -ENOENT)
		return status;
	if (r == 0)
		r = life_end(&c->store, e);
	return r < 0 ? r : status;
}

static int run_started(struct creation *c, int signals, int socket_fd,
		       struct err *e)
{
	if (!c->options->is_detached)
		return run_foreground(c, signals, socket_fd, e);
	creation_keep(c);
	store_unlock(&c->store);
	hooks_run_all("poststart", &c->store.state.poststart, &c->store.state,
		      STATUS_RUNNING);
	return 0;
}

int command_run(struct cli *cli, struct err *e)
{
	static struct creation c;
	AUTO_CLOSE int signals = -1;
	AUTO_CLOSE int cancel = -1;
	AUTO_CLOSE int ours = -1;
	int r = creation_open(&c, cli->arguments[0], &cli->options, false, e);

	if (r == 0)
		r = make_pair(&c, &ours, e);
	if (r == 0 && !cli->options.is_detached)
		r = console_block_signals(&signals, e);
	/* What is in the container can hold up the start, but not us. */
	if (r == 0 && !cli->options.is_detached)
		r = console_cancel_signals(&cancel, e);
	if (r == 0) {
		c.spec->cancel_fd = cancel;
		r = creation_start(&c, e);
	}
	if (r == 0)
		r = run_started(&c, signals, ours, e);
	creation_close(&c);
	return r;
}

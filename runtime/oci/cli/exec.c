// SPDX-License-Identifier: MIT
/* The command exec: one more process in a container. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/console.h"
#include "runtime/oci/cli/descriptors.h"
#include "runtime/oci/cli/listener.h"
#include "runtime/oci/cli/pid_file.h"
#include "runtime/oci/cli/proc.h"
#include "runtime/oci/cli/store.h"

struct execution {
	const struct options *options;
	struct store store;
	struct config *container; /* the saved config.json */
	struct config *process;	  /* of --process, or NULL */
	struct oci_spec *spec;	  /* what is executed */
	struct oci_started started;
	int container_pidfd;
	int terminal;	     /* ours, in the foreground */
	int terminal_socket; /* the executor's */
	gid_t *groups;	     /* with those of the options */
	const char **env;
};

static int load_process(struct execution *x, struct err *e)
{
	const char *path = x->options->process;
	AUTO_CLOSE int fd = -1;

	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open(process %s)", path);
	return config_load_process(fd, path, &x->process, e);
}

/* Its seccomp program is the container's, whoever says the rest. */
static int load_container(struct execution *x, struct err *e)
{
	AUTO_CLOSE int fd = openat(x->store.dir, STORE_CONFIG,
				   O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_set(e, errno, "open(%s of %s)", STORE_CONFIG,
			       x->store.id);
	r = config_load_running(fd, STORE_CONFIG, &x->container, e);
	if (r < 0)
		return r;
	x->spec = config_spec(x->container);
	if (x->process)
		x->spec->process = config_spec(x->process)->process;
	return 0;
}

/* ----------------------------------------------------- options over process */

static int set_arguments(struct execution *x, struct cli *cli, struct err *e)
{
	union {
		char **in;
		const char *const *out;
	} words = { .in = cli->arguments + 1 };

	if (cli->argument_count > 1 && x->process)
		return err_set(e, EINVAL,
			       "--process and a program: one or the other");
	if (cli->argument_count == 1 && !x->process)
		return err_set(e, EINVAL, "exec: no program and no --process");
	if (!x->process) {
		x->spec->process.args = words.out;
		x->spec->process.terminal.is_wanted = false;
	}
	return 0;
}

static int parse_id(const char **text, uint32_t *id)
{
	char *end;
	unsigned long n;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(*text, &end, 10);
	if (errno || n >= UINT32_MAX)
		return -EINVAL;
	*text = end;
	*id = (uint32_t)n;
	return 0;
}

/* "UID" or "UID:GID", in numbers: names would be the image's to choose. */
static int set_user(struct execution *x, struct err *e)
{
	struct oci_process *p = &x->spec->process;
	const char *at = x->options->user;

	if (!at)
		return 0;
	if (parse_id(&at, &p->uid) == 0 && !*at)
		return 0;
	if (*at++ == ':' && parse_id(&at, &p->gid) == 0 && !*at)
		return 0;
	return err_set(e, EINVAL, "option --user %s: UID or UID:GID",
		       x->options->user);
}

static int set_groups(struct execution *x, struct err *e)
{
	const struct option_list *list = &x->options->groups;
	struct oci_process *p = &x->spec->process;

	if (list->count == 0)
		return 0;
	x->groups = calloc(p->group_count + list->count, sizeof(gid_t));
	if (!x->groups)
		return err_set(e, ENOMEM, "calloc(groups)");
	if (p->group_count > 0)
		memcpy(x->groups, p->groups, p->group_count * sizeof(gid_t));
	for (size_t i = 0; i < list->count; i++) {
		const char *at = list->items[i];

		if (parse_id(&at, &x->groups[p->group_count + i]) < 0 || *at)
			return err_set(e, EINVAL, "option --additional-gids %s",
				       list->items[i]);
	}
	p->groups = x->groups;
	p->group_count += list->count;
	return 0;
}

static int set_capabilities(struct execution *x, struct err *e)
{
	const struct option_list *list = &x->options->capabilities;
	struct oci_capabilities *c = &x->spec->process.capabilities;

	for (size_t i = 0; i < list->count; i++) {
		const struct grant_row *row = grant_find(list->items[i]);

		if (!row)
			return err_set(e, EINVAL, "option --cap %s",
				       list->items[i]);
		c->bounding |= UINT64_C(1) << row->capability;
		c->permitted |= UINT64_C(1) << row->capability;
		c->effective |= UINT64_C(1) << row->capability;
	}
	return 0;
}

static bool has_name_of(const char *variable, const char *other)
{
	size_t len = strcspn(other, "=");

	return strncmp(variable, other, len) == 0 && variable[len] == '=';
}

/* What is given takes the place of what has its name. */
static int set_environment(struct execution *x, struct err *e)
{
	const struct option_list *list = &x->options->env;
	const char *const *from = x->spec->process.env;
	size_t count = 0;

	if (list->count == 0)
		return 0;
	while (from && from[count])
		count++;
	x->env = calloc(count + list->count + 1, sizeof(*x->env));
	if (!x->env)
		return err_set(e, ENOMEM, "calloc(environment)");
	if (count > 0)
		memcpy(x->env, from, count * sizeof(*x->env));
	for (size_t i = 0; i < list->count; i++) {
		size_t at = 0;

		if (list->items[i][0] == '=' || !strchr(list->items[i], '='))
			return err_set(e, EINVAL, "option --env %s: NAME=VALUE",
				       list->items[i]);
		while (at < count && !has_name_of(x->env[at], list->items[i]))
			at++;
		x->env[at] = list->items[i];
		count += at == count;
	}
	x->spec->process.env = x->env;
	return 0;
}

static int set_rest(struct execution *x, struct err *e)
{
	const struct options *o = x->options;
	struct oci_process *p = &x->spec->process;

	if (o->apparmor && *o->apparmor)
		return err_set(e, EOPNOTSUPP,
			       "option --apparmor: not supported");
	if (o->cwd)
		p->cwd = o->cwd;
	if (o->process_label)
		p->selinux_label = o->process_label;
	if (o->is_no_new_privileges)
		p->is_no_new_privileges = true;
	if (o->is_terminal)
		p->terminal.is_wanted = true;
	p->stdin_fd = STDIN_FILENO;
	p->stdout_fd = STDOUT_FILENO;
	p->stderr_fd = STDERR_FILENO;
	return descriptors_preserve(p, o->preserve_fds, e);
}

static int set_process(struct execution *x, struct cli *cli, struct err *e)
{
	int r = set_arguments(x, cli, e);

	if (r == 0)
		r = set_user(x, e);
	if (r == 0)
		r = set_groups(x, e);
	if (r == 0)
		r = set_capabilities(x, e);
	if (r == 0)
		r = set_environment(x, e);
	return r < 0 ? r : set_rest(x, e);
}

/* ------------------------------------------------------------- the process */

static int set_terminal(struct execution *x, struct err *e)
{
	struct oci_terminal *t = &x->spec->process.terminal;
	const char *path = x->options->console_socket;
	int ends[2];
	int r;

	if (path && !t->is_wanted)
		return err_set(e, EINVAL,
			       "--console-socket: no terminal is wanted");
	if (!t->is_wanted)
		return 0;
	if (!path && x->options->is_detached)
		return err_set(e, EINVAL,
			       "terminal: --console-socket is missing");
	if (path) {
		r = console_connect(path, &x->terminal_socket, e);
		t->socket_fd = x->terminal_socket;
		return r;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, errno, "socketpair()");
	x->terminal = ends[0];
	x->terminal_socket = ends[1];
	t->socket_fd = ends[1];
	return 0;
}

static int on_listener(void *context, const struct oci_started *started, int fd,
		       struct err *e)
{
	struct execution *x = context;

	return listener_send(x->container, &x->store.state, started->pid, fd,
			     e);
}

static int check_status(const struct execution *x, struct err *e)
{
	enum status status;
	int r = store_status(&x->store, &status, e);

	if (r < 0)
		return r;
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_set(e, ESRCH,
			       "container not running: cannot exec in a "
			       "container that is %s",
			       status_word(status));
	if (status == STATUS_PAUSED && !x->options->is_paused_ignored)
		return err_set(e, EBUSY, "cannot exec in a paused container");
	return 0;
}

/*
 * A cgroup that has passed controllers on takes no process: then it goes
 * where the container's first process has gone.
 */
static int start_beside_first(struct execution *x, struct err *e)
{
	const struct state *s = &x->store.state;
	char path[PROC_CGROUP_MAX];
	size_t len = strlen(s->cgroup);
	int r = proc_cgroup(s->pid, path, e);

	if (r < 0)
		return r;
	if (strncmp(path, s->cgroup, len) != 0 || path[len] != '/')
		return err_set(e, EBUSY, "cgroup %s", s->cgroup);
	x->spec->cgroup = path;
	r = oci_exec(x->spec, x->container_pidfd, s->namespaces,
		     OCI_PARENT_IS_CALLER, &x->started, e);
	x->spec->cgroup = s->cgroup;
	return r;
}

static int start_process(struct execution *x, struct err *e)
{
	const struct state *s = &x->store.state;
	int r = proc_open(s->pid, s->start_ticks, &x->container_pidfd, e);

	if (r < 0)
		return r;
	x->spec->cgroup = s->cgroup;
	x->spec->calls.context = x;
	if (config_listener_path(x->container))
		x->spec->calls.listener = on_listener;
	r = oci_exec(x->spec, x->container_pidfd, s->namespaces,
		     OCI_PARENT_IS_CALLER, &x->started, e);
	if (r == -EBUSY)
		r = start_beside_first(x, e);
	if (r == 0 && x->options->pid_file)
		r = pid_file_write(x->options->pid_file, x->started.pid, e);
	return r;
}

static int wait_process(struct execution *x, int signals, struct err *e)
{
	AUTO_CLOSE int master = -1;
	int r = 0;

	if (x->terminal >= 0)
		r = console_receive(x->terminal, &master, e);
	return r < 0 ? r : console_wait(&x->started, signals, master, e);
}

/* One that is not told of its pid or terminal is of no use to the caller. */
static void end_process(struct execution *x)
{
	oci_signal(x->started.pidfd, SIGKILL, NULL);
	console_reap(&x->started, NULL);
}

static int run(struct execution *x, struct err *e)
{
	AUTO_CLOSE int signals = -1;
	AUTO_CLOSE int cancel = -1;
	int r = set_terminal(x, e);

	if (r == 0 && !x->options->is_detached)
		r = console_block_signals(&signals, e);
	/* What is in the container can hold up the start, but not us. */
	if (r == 0 && !x->options->is_detached)
		r = console_cancel_signals(&cancel, e);
	x->spec->cancel_fd = cancel;
	/* In a paused container it waits: whoever resumes it needs the lock. */
	store_unlock(&x->store);
	if (r == 0)
		r = start_process(x, e);
	if (r == 0 && !x->options->is_detached)
		r = wait_process(x, signals, e);
	if (r < 0 && x->started.pidfd >= 0)
		end_process(x);
	return r;
}

static void release(struct execution *x)
{
	fd_close(&x->started.pidfd);
	fd_close(&x->container_pidfd);
	fd_close(&x->terminal);
	fd_close(&x->terminal_socket);
	free(x->groups);
	free(x->env);
	config_free(x->process);
	config_free(x->container);
	store_close(&x->store);
}

int command_exec(struct cli *cli, struct err *e)
{
	struct execution x = {
		.options = &cli->options,
		.store = { .root = -1, .dir = -1 },
		.started = { .pidfd = -1 },
		.container_pidfd = -1,
		.terminal = -1,
		.terminal_socket = -1,
	};
	int r = load_process(&x, e);

	if (r == 0)
		r = store_get(&x.store, cli->options.root, cli->arguments[0],
			      STORE_SHARE, e);
	if (r == 0)
		r = check_status(&x, e);
	if (r == 0)
		r = load_container(&x, e);
	if (r == 0)
		r = set_process(&x, cli, e);
	if (r == 0)
		r = run(&x, e);
	release(&x);
	return r;
}

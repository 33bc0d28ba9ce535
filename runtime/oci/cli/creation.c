// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/creation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cli/console.h"
#include "runtime/oci/cli/descriptors.h"
#include "runtime/oci/cli/hooks.h"
#include "runtime/oci/cli/life.h"
#include "runtime/oci/cli/listener.h"
#include "runtime/oci/cli/pid_file.h"
#include "runtime/oci/cli/proc.h"

/* ------------------------------------------------------- what is remembered */

static void set_hooks(struct creation *c, enum config_hook which,
		      struct state_hooks *out)
{
	out->list = config_hooks(c->bundle.config, which, &out->count);
}

/* Same pairs, other names: what the store keeps knows no config.json. */
static int copy_annotations(struct creation *c, struct err *e)
{
	struct state *s = &c->store.state;
	size_t count;
	const struct config_annotation *from =
		config_annotations(c->bundle.config, &count);
	struct state_pair *to;

	if (count == 0)
		return 0;
	to = calloc(count, sizeof(*to));
	if (!to)
		return err_set(e, ENOMEM, "calloc(annotations)");
	for (size_t i = 0; i < count; i++)
		to[i] = (struct state_pair){ from[i].key, from[i].value };
	s->words = to; /* freed with the state */
	s->annotations = to;
	s->annotation_count = count;
	return 0;
}

static int fill_state(struct creation *c, struct err *e)
{
	struct state *s = &c->store.state;
	const char *path = config_cgroup(c->bundle.config);
	int n = path ? snprintf(c->cgroup, sizeof(c->cgroup), "%s", path) :
		       snprintf(c->cgroup, sizeof(c->cgroup), "cloister-%s",
				c->store.id);

	if (n < 0 || (size_t)n >= sizeof(c->cgroup))
		return err_set(e, ENAMETOOLONG, "linux.cgroupsPath");
	log_time(c->created);
	s->id = c->store.id;
	s->bundle = c->bundle.path;
	s->rootfs = c->bundle.rootfs;
	s->created = c->created;
	s->owner = "root";
	s->cgroup = c->cgroup;
	s->program = c->spec->process.args[0];
	s->namespaces = oci_own_namespaces(&c->spec->namespaces);
	s->is_creating = true;
	set_hooks(c, CONFIG_PRESTART, &c->prestart);
	set_hooks(c, CONFIG_CREATE_RUNTIME, &c->create_runtime);
	set_hooks(c, CONFIG_POSTSTART, &s->poststart);
	set_hooks(c, CONFIG_POSTSTOP, &s->poststop);
	return copy_annotations(c, e);
}

/* ------------------------------------------------------------- preparations */

/* Open for reading and writing: neither open waits, no end is ever the last. */
static int make_fifo(struct creation *c, const char *name, int *fd,
		     struct err *e)
{
	if (mkfifoat(c->store.dir, name, 0600) < 0)
		return err_set(e, errno, "mkfifo(%s)", name);
	*fd = openat(c->store.dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(%s)", name) : 0;
}

static int make_gate(struct creation *c, struct err *e)
{
	int r;

	if (!c->has_gate)
		return 0;
	r = make_fifo(c, STORE_GATE, &c->gate, e);
	if (r == 0)
		r = make_fifo(c, STORE_FAULT, &c->gate_fault, e);
	c->spec->gate_fd = c->gate;
	c->spec->gate_fault_fd = c->gate_fault;
	return r;
}

static int set_streams(struct creation *c, struct err *e)
{
	struct oci_process *p = &c->spec->process;

	p->stdin_fd = STDIN_FILENO;
	p->stdout_fd = STDOUT_FILENO;
	p->stderr_fd = STDERR_FILENO;
	p->keeps_keyring = c->options->is_no_new_keyring;
	return descriptors_preserve(p, c->options->preserve_fds, e);
}

static int connect_terminal(struct creation *c, struct err *e)
{
	const char *path = c->options->console_socket;
	int fd;
	int r;

	if (path && !c->spec->process.terminal.is_wanted)
		return err_set(e, EINVAL,
			       "--console-socket: process.terminal is false");
	if (!path)
		return 0;
	r = console_connect(path, &fd, e);
	if (r == 0)
		creation_set_terminal(c, fd);
	return r;
}

void creation_set_terminal(struct creation *c, int socket_fd)
{
	c->terminal_socket = socket_fd;
	c->spec->process.terminal.socket_fd = socket_fd;
}

static int begin(struct creation *c, const char *id, struct err *e)
{
	int r = store_check_id(id, e);

	if (r == 0)
		r = bundle_open(&c->bundle, c->options->bundle, e);
	if (r == 0)
		r = store_open(&c->store, c->options->root, true, e);
	if (r == 0)
		r = store_add(&c->store, id, e);
	return r;
}

int creation_open(struct creation *c, const char *id,
		  const struct options *options, bool has_gate, struct err *e)
{
	int r;

	*c = (struct creation){
		.options = options,
		.store = { .root = -1, .dir = -1 },
		.bundle = { .dir = -1, .rootfs_dir = -1, .root = -1 },
		.started = { .pidfd = -1 },
		.terminal_socket = -1,
		.gate = -1,
		.gate_fault = -1,
		.state_fds = { -1, -1 },
		.has_gate = has_gate,
	};
	r = begin(c, id, e);
	if (r < 0)
		return r;
	c->is_stored = true;
	c->spec = config_spec(c->bundle.config);
	c->spec->root_fd = c->bundle.root;
	r = fill_state(c, e);
	if (r == 0)
		r = bundle_copy_config(&c->bundle, c->store.dir, STORE_CONFIG,
				       e);
	if (r == 0)
		r = store_save(&c->store, e);
	if (r == 0)
		r = make_gate(c, e);
	if (r == 0)
		r = set_streams(c, e);
	return r < 0 ? r : connect_terminal(c, e);
}

/* ------------------------------------------------------------------- hooks */

/* For hooks that the container runs, the pid is the one that it sees. */
static int write_state(struct creation *c, int fd, enum status status,
		       struct err *e)
{
	struct state seen = c->store.state;
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = proc_inner_pid(seen.pid, &seen.pid, e);

	if (r == 0)
		r = state_json(&seen, status, &text, &length, e);
	if (r == 0)
		r = fd_write_all(fd, text, length);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 && text ? err_set(e, -r, "write(state for hooks)") : r;
}

/* The namespaces are there and the root is still ours. */
static int on_created(void *context, const struct oci_started *started,
		      struct err *e)
{
	struct creation *c = context;
	struct state *s = &c->store.state;
	struct proc_facts facts;
	int r = proc_read(started->pid, &facts, e);

	c->has_called = true;
	if (r < 0)
		return r;
	s->pid = started->pid;
	s->start_ticks = facts.start_ticks;
	r = store_save(&c->store, e);
	if (r == 0 && c->state_fds[0] >= 0)
		r = write_state(c, c->state_fds[0], STATUS_CREATING, e);
	if (r == 0 && c->state_fds[1] >= 0)
		r = write_state(c, c->state_fds[1], STATUS_CREATED, e);
	if (r == 0)
		r = hooks_run("prestart", &c->prestart, s, STATUS_CREATING, e);
	if (r == 0)
		r = hooks_run("createRuntime", &c->create_runtime, s,
			      STATUS_CREATING, e);
	return r;
}

static int on_listener(void *context, const struct oci_started *started, int fd,
		       struct err *e)
{
	struct creation *c = context;

	return listener_send(c->bundle.config, &c->store.state, started->pid,
			     fd, e);
}

static int make_state_fd(size_t hooks, int *fd, int *spec_fd, struct err *e)
{
	if (hooks == 0)
		return 0;
	*fd = memfd_create("state", MFD_CLOEXEC);
	if (*fd < 0)
		return err_set(e, errno, "memfd_create(state)");
	*spec_fd = *fd;
	return 0;
}

static int set_calls(struct creation *c, struct err *e)
{
	struct oci_hooks *h = &c->spec->hooks;
	size_t inner = h->create_container_count + h->start_container_count;
	int r = make_state_fd(h->create_container_count, &c->state_fds[0],
			      &h->create_state_fd, e);

	if (r == 0)
		r = make_state_fd(h->start_container_count, &c->state_fds[1],
				  &h->start_state_fd, e);
	h->root_place = c->bundle.rootfs;
	c->spec->calls.context = c;
	/* Without hooks nobody has to wait for us. */
	if (inner + c->prestart.count + c->create_runtime.count > 0)
		c->spec->calls.created = on_created;
	if (config_listener_path(c->bundle.config))
		c->spec->calls.listener = on_listener;
	return r;
}

/* ------------------------------------------------------------------- start */

static int check_terminal(const struct creation *c, struct err *e)
{
	if (c->spec->process.terminal.is_wanted && c->terminal_socket < 0)
		return err_set(e, EINVAL,
			       "process.terminal: --console-socket is missing");
	return 0;
}

/* Once it runs: remembered for good, and told to whoever waits for the pid. */
static int finish(struct creation *c, struct err *e)
{
	struct state *s = &c->store.state;
	struct proc_facts facts;
	int r = proc_read(c->started.pid, &facts, e);

	if (r < 0)
		return r;
	s->pid = c->started.pid;
	s->start_ticks = facts.start_ticks;
	s->is_creating = false;
	if (c->options->pid_file)
		r = pid_file_write(c->options->pid_file, s->pid, e);
	return r < 0 ? r : store_save(&c->store, e);
}

int creation_start(struct creation *c, struct err *e)
{
	int r = check_terminal(c, e);

	if (r == 0)
		r = set_calls(c, e);
	if (r == 0)
		r = oci_cgroup_parents(c->cgroup, &c->cgroup_parents, e);
	c->spec->cgroup = c->cgroup;
	if (r == 0)
		r = oci_start(c->spec, OCI_PARENT_IS_CALLER, &c->started, e);
	return r < 0 ? r : finish(c, e);
}

void creation_keep(struct creation *c)
{
	c->is_kept = true;
}

/* A failed oci_start() has left nothing; what came before it is ours. */
static void undo(struct creation *c)
{
	struct err e = ERR_NONE;
	int r;

	if (c->started.pidfd >= 0) {
		/* It is our child: no zombie stays for our parent. */
		oci_signal(c->started.pidfd, SIGKILL, NULL);
		console_reap(&c->started, NULL);
		r = life_clear_cgroup(c->cgroup, &e);
	} else {
		r = 0;
	}
	oci_cgroup_parents_undo(c->cgroup, c->cgroup_parents);
	if (r == 0)
		r = store_remove(&c->store, &e);
	if (r < 0)
		log_error(LOG_WARNING, &e);
	if (c->has_called)
		hooks_run_all("poststop", &c->store.state.poststop,
			      &c->store.state, STATUS_STOPPED);
}

void creation_close(struct creation *c)
{
	if (c->is_stored && !c->is_kept)
		undo(c);
	fd_close(&c->terminal_socket);
	fd_close(&c->gate);
	fd_close(&c->gate_fault);
	fd_close(&c->state_fds[0]);
	fd_close(&c->state_fds[1]);
	fd_close(&c->started.pidfd);
	store_close(&c->store);
	bundle_close(&c->bundle);
}

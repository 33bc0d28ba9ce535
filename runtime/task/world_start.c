// SPDX-License-Identifier: MIT
/* Starting one container: its log pipes, its note, its process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/channel.h"
#include "runtime/base/fd.h"
#include "runtime/base/grant_note.h"
#include "runtime/base/record.h"
#include "runtime/base/wipe.h"
#include "runtime/image/etc.h"
#include "runtime/image/files.h"
#include "runtime/oci/oci.h"
#include "runtime/task/volumes.h"
#include "runtime/task/world_inner.h"

#define REAPER_PATH "/usr/lib/cloister/reaper"
#define START_LIMIT_MS 30000 /* less than init waits for a sign of life */

static void fill_stream(struct place *p, enum channel_source source,
			struct channel_stream *m)
{
	*m = (struct channel_stream){
		.source = source,
		.number = ++p->w->state->last_stream,
		.memory_max = (uint64_t)p->plan->memory_mib << 20,
	};
	memcpy(m->task_id, p->task->id, sizeof(m->task_id));
	snprintf(m->family, sizeof(m->family), "%s", p->task_plan->family);
	snprintf(m->container, sizeof(m->container), "%s", p->plan->name);
	snprintf(m->image, sizeof(m->image), "%s", p->plan->image);
}

/*
 * A pipe whose read end goes to uplink (and to init, for uplink's successor);
 * the write end is the container's.
 */
static int make_stream(struct place *p, enum channel_source source,
		       int *write_fd, struct err *e)
{
	AUTO_CLOSE int reader = -1;
	struct channel_stream meta;
	char name[BUS_NAME_MAX];
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2(log)");
	reader = ends[0];
	*write_fd = ends[1];
	fill_stream(p, source, &meta);
	snprintf(name, sizeof(name), "log/%u", meta.number);
	r = bus_keep(p->w->bus, BUS_UPLINK, name, reader, &meta, sizeof(meta),
		     e);
	return r;
}

static int fill_volumes(const struct place *p, struct launch *l, struct err *e)
{
	for (uint32_t i = 0; i < p->plan->mount_points.count; i++) {
		int r = volumes_open(p->task, p->task_plan,
				     &p->plan->mount_points.items[i],
				     &l->volumes[i].source_fd, e);

		if (r < 0)
			return r;
	}
	return 0;
}

static void close_sources(const struct place *p, struct launch *l)
{
	for (uint32_t i = 0; i < p->plan->mount_points.count; i++)
		fd_close(&l->volumes[i].source_fd);
	if (l->secrets)
		fd_close(&l->secrets->source_fd);
}

/* They lie in memory that only this container sees, for its user alone. */
static int fill_secrets(const struct place *p, const struct image_reply *image,
			struct launch *l, struct err *e)
{
	const struct plan_pairs *from = &p->plan->secrets;
	struct image_file items[PLAN_SECRETS_MAX];
	const struct image_files files = {
		.label = l->file_label,
		.uid = image->uid,
		.gid = image->gid,
		.items = items,
		.count = from->count,
	};

	if (!l->secrets)
		return 0;
	for (uint32_t i = 0; i < from->count; i++)
		items[i] = (struct image_file){ from->items[i].name,
						from->items[i].value };
	return image_files(&files, &l->secrets->source_fd, e);
}

static void record_grants(const struct place *p, uint64_t capabilities)
{
	uint64_t granted = launch_granted(p->task_plan, capabilities);

	for (unsigned int i = 0; i < grant_count; i++) {
		const struct grant_row *row = &grant_rows[i];

		if (granted & UINT64_C(1) << row->capability)
			RECORD(GRANT_GIVEN, RECORD_W(p->task->id),
			       RECORD_W(p->plan->name), RECORD_W(row->name));
	}
}

/*
 * Tells init of a container with privilege: before it starts, so that none
 * ever runs without a note, and, with an empty `set`, after it has ended.
 */
static int send_note(const struct place *p, uint64_t set, const char *label,
		     struct err *e)
{
	struct bus_message m = { .kind = BUS_GRANT,
				 .meta_len = sizeof(struct grant_note) };
	struct grant_note note = { .set = set };
	int r;

	snprintf(note.task, sizeof(note.task), "%s", p->task->id);
	snprintf(note.container, sizeof(note.container), "%s", p->plan->name);
	snprintf(note.label, sizeof(note.label), "%s", label);
	memcpy(m.meta, &note, sizeof(note));
	r = bus_send(p->w->bus, &m, -1);
	return r < 0 ? err_set(e, -r, "bus_send(grant)") : 0;
}

static uint64_t grants_of(const struct place *p)
{
	return launch_granted(p->task_plan,
			      launch_capabilities(p->task_plan, p->plan));
}

/* A lost word shows in the evidence as a grant too many, never as a missing
   one. */
void place_note_end(const struct place *p)
{
	struct err e = ERR_NONE;

	if (grants_of(p) && send_note(p, 0, "", &e) < 0)
		err_print(2, "runtime", &e);
}

static void join_network(const struct place *p, struct oci_namespaces *n)
{
	int network_fd = p->held_task->network_fd;

	if (network_fd < 0 || p->plan->is_network_disabled)
		return;
	n->join[OCI_NAMESPACE_NETWORK] = network_fd;
	n->unshare &= ~(uint64_t)CLONE_NEWNET;
}

/* Beneath the root, where nothing of the image runs yet. */
static int write_names(const struct names *n, int root, struct err *e)
{
	int r = etc_write(root, "hostname", n->hostname, e);

	if (r == 0)
		r = etc_write(root, "hosts", n->hosts, e);
	if (r == 0)
		r = etc_write(root, "resolv.conf", n->resolv, e);
	return r;
}

int place_open_reaper(int *fd, struct err *e)
{
	*fd = open(REAPER_PATH, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(%s)", REAPER_PATH) : 0;
}

static int run(struct place *p, const struct image_reply *image,
	       struct launch *l, struct err *e)
{
	AUTO_CLOSE int root = -1;
	AUTO_CLOSE int reaper = -1;
	char name[VOLUMES_NAME_MAX];
	const struct image_root_options root_options = {
		.image = image,
		.name = name,
		.label = l->file_label,
		.writable_bytes = launch_root_bytes(p->task_plan),
	};
	struct oci_started started;
	int r;

	volumes_root_name(p->task, (uint32_t)(p->self - p->task->containers),
			  name);
	r = image_root(&root_options, &root, e);
	if (r == 0)
		r = write_names(&l->names, root, e);
	if (r < 0)
		return r;
	if (l->spec.process.has_init)
		r = place_open_reaper(&reaper, e);
	if (r < 0)
		return r;
	l->spec.root_fd = root;
	l->spec.limit_ms = START_LIMIT_MS;
	l->spec.process.init_fd = reaper;
	join_network(p, &l->spec.namespaces);
	r = oci_seccomp_default(l->spec.process.capabilities.bounding,
				&l->spec.seccomp, e);
	if (r == 0)
		r = oci_start(&l->spec, OCI_PARENT_IS_MINE, &started, e);
	if (r != 0)
		return r;
	p->self->pid = started.pid;
	p->self->stop_signal = image->stop_signal ? image->stop_signal :
						    SIGTERM;
	p->held->pidfd = started.pidfd;
	return 0;
}

/* After a failed start nothing of the container is left, nor is its note. */
static int run_noted(struct place *p, const struct image_reply *image,
		     struct launch *l, struct err *e)
{
	uint64_t set = grants_of(p);
	int r = set ? send_note(p, set, l->process_label, e) : 0;

	if (r < 0)
		return r;
	r = run(p, image, l, e);
	if (r < 0)
		place_note_end(p);
	return r;
}

static int start(struct place *p, const struct image_reply *image, int out,
		 int err_fd, struct err *e)
{
	AUTO_WIPE struct launch *l = NULL;
	const struct launch_input in = {
		.instance = &p->w->plan->instance,
		.task_plan = p->task_plan,
		.plan = p->plan,
		.task = p->task,
		.image = image,
	};
	int r = launch_new(&in, &l, e);

	if (r < 0)
		return r;
	l->spec.process.stdout_fd = out;
	l->spec.process.stderr_fd = err_fd;
	r = fill_volumes(p, l, e);
	if (r == 0)
		r = fill_secrets(p, image, l, e);
	if (r == 0)
		r = sharing_join(p, l, e);
	if (r == 0)
		r = run_noted(p, image, l, e);
	close_sources(p, l);
	sharing_leave(l);
	if (r == 0)
		record_grants(p, l->spec.process.capabilities.bounding);
	return r;
}

int place_start(void *ctx, uint32_t t, uint32_t c)
{
	AUTO_CLOSE int out = -1;
	AUTO_CLOSE int err_fd = -1;
	struct place p = place_of(ctx, t, c);
	const struct image_reply *image = NULL;
	struct err e = ERR_NONE;
	int r = images_get(&p.w->images, p.plan->image, p.plan->user, &image,
			   &e);

	if (r <= 0)
		return r < 0 ? r : -EAGAIN;
	/* Many that are held up in a row are no silence of ours. */
	bus_tell(p.w->bus, BUS_ALIVE, 0, NULL);
	r = make_stream(&p, CHANNEL_STDOUT, &out, &e);
	if (r == 0)
		r = make_stream(&p, CHANNEL_STDERR, &err_fd, &e);
	if (r == 0)
		r = place_prepare_task(&p, &e);
	if (r == 0)
		r = start(&p, image, out, err_fd, &e);
	if (r < 0 && err_fd >= 0)
		err_print(err_fd, "CannotStartContainerError", &e);
	return r;
}

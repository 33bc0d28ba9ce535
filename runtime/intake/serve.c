// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/base/wipe.h"
#include "runtime/intake/document.h"
#include "runtime/intake/envelope.h"
#include "runtime/intake/force.h"
#include "runtime/intake/intake.h"
#include "runtime/intake/smbios.h"

/* The document from its bytes to what they say. */
struct job {
	char *bytes;		/* owned, may hold secrets */
	struct force_mark mark; /* of the bytes */
	struct trust trust;
	struct envelope envelope; /* points into both */
	struct unused unused;
	struct plan *plan; /* owned; NULL for none */
	struct refusal why;
};

static void job_free(struct job *j)
{
	wipe_free(j->bytes);
	plan_free(j->plan);
}

enum gift {
	GIFT_DOCUMENT,
	GIFT_FORCE,
	GIFT_IDENTITY,
	GIFT_RECORDS,
	GIFT_SMBIOS,
	GIFT_TRUST,
	GIFT_COUNT
};

static const char *const gift_names[GIFT_COUNT] = {
	[GIFT_DOCUMENT] = "document", [GIFT_FORCE] = FORCE_NAME,
	[GIFT_IDENTITY] = "identity", [GIFT_RECORDS] = "records",
	[GIFT_SMBIOS] = "smbios",     [GIFT_TRUST] = "trust",
};

struct gifts {
	int fd[GIFT_COUNT]; /* -1: was not given */
	struct force force; /* serial 0 without GIFT_FORCE */
};

static void gifts_close(struct gifts *g)
{
	for (size_t i = 0; i < GIFT_COUNT; i++)
		fd_close(&g->fd[i]);
}

/* Keeps `fd` if its name is one that we use, else closes it. */
static void take_gift(struct gifts *g, const char *name, int fd)
{
	AUTO_CLOSE int given = fd;

	for (size_t i = 0; i < GIFT_COUNT; i++) {
		if (strcmp(gift_names[i], name) != 0)
			continue;
		fd_close(&g->fd[i]);
		g->fd[i] = take_fd(&given);
	}
}

/* 1: BUS_START came, 0: more to come. */
static int take_message(int bus, struct gifts *g, struct err *e)
{
	struct bus_message m;
	int fd;
	int r = bus_receive(bus, &m, &fd);

	if (r == -EAGAIN)
		return 0;
	if (r == 0)
		return err_set(e, EPIPE, "bus: init is gone");
	if (r < 0)
		return err_set(e, -r, "recvmsg(bus)");
	take_gift(g, m.kind == BUS_GIVE ? m.name : "", fd);
	if (m.kind == BUS_GIVE && strcmp(m.name, FORCE_NAME) == 0 &&
	    !force_read(&m, &g->force))
		return err_set(e, EBADMSG, "bus: " FORCE_NAME);
	return m.kind == BUS_START;
}

static int gather(int bus, struct gifts *g, struct err *e)
{
	struct pollfd wait = { .fd = bus, .events = POLLIN };
	int r = 0;

	while (r == 0) {
		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return err_set(e, errno, "poll(bus)");
		r = take_message(bus, g, e);
	}
	return r < 0 ? r : 0;
}

static int seal_plan(const struct plan *p, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	size_t len;
	int r = plan_pack(p, &data, &len, e);

	return r < 0 ? r : fd_sealed("plan", data, len, e);
}

static void tell_refusal(const struct refusal *why)
{
	if (why->capability[0])
		RECORD(GRANT_REFUSED, RECORD_W(why->task),
		       RECORD_W(why->container), RECORD_W(why->capability),
		       RECORD_W(why->reason));
	RECORD(DOCUMENT_REFUSED, RECORD_W(why->path), RECORD_W(why->reason));
}

static void tell_accepted(const struct job *job)
{
	const struct envelope *envelope = &job->envelope;
	const struct plan *p = job->plan;
	int64_t tasks = 0;

	for (uint32_t i = 0; i < p->tasks.count; i++)
		tasks += p->tasks.items[i].count;
	RECORD(DOCUMENT_ACCEPTED, RECORD_W(p->instance.id),
	       RECORD_N(envelope->len), RECORD_N(tasks),
	       RECORD_W(envelope->key), RECORD_N(envelope->serial),
	       RECORD_N(envelope->expires_s));
	unused_tell(&job->unused);
}

/* Whoever read it before has left its end behind. */
static ssize_t read_whole(int fd, char *text, size_t cap)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return fd_read_all(fd, text, cap);
}

/* A machine without a name obeys what is meant for its group or for all. */
static int read_trust(const struct gifts *g, struct trust *t,
		      struct refusal *why)
{
	char text[TRUST_FILE_MAX];
	ssize_t n = read_whole(g->fd[GIFT_TRUST], text, sizeof(text));
	int r;

	refusal_set_path(why, "trust");
	if (n < 0)
		return refuse(why,
			      "the image's trust file cannot be read, "
			      "error %d",
			      (int)-n);
	if (n == (ssize_t)sizeof(text))
		return refuse(why, "the image's trust file is too long");
	r = trust_parse(text, (size_t)n, t, why);
	if (r < 0)
		return r;
	n = read_whole(g->fd[GIFT_IDENTITY], text, TRUST_IDENTITY_MAX + 2);
	trust_identify(t, text, n < 0 ? 0 : (size_t)n);
	return 0;
}

/*
 * Where a document may be, in this order; the first that is there counts, and
 * if it does not hold, none of the others is looked at.
 */
static const struct source_row {
	enum gift gift;
	int (*open)(int fd, struct refusal *why); /* NULL: it is one */
} sources[] = {
	{ GIFT_DOCUMENT, NULL }, /* QEMU's fw_cfg; later, courier */
	{ GIFT_SMBIOS, smbios_open_document },
};

/* Makes it GIFT_DOCUMENT. Returns 0, -EINVAL with `why` filled, -ENOMEM. */
static int find_document(struct gifts *g, struct refusal *why)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct source_row *row = &sources[i];
		int fd = g->fd[row->gift];

		if (fd < 0)
			continue;
		if (!row->open)
			return 0;
		fd = row->open(fd, why);
		if (fd >= 0)
			g->fd[GIFT_DOCUMENT] = fd;
		if (fd == -EINVAL || fd == -ENOMEM || fd >= 0)
			return fd < 0 ? fd : 0;
		if (fd != -ENOENT)
			return refuse(why, "cannot be read, error %d", -fd);
	}
	refusal_set_path(why, "$");
	return refuse(why, "no document was given to the instance");
}

/* The only part that sees bytes that nobody has vouched for. */
static int open_document(const struct gifts *g, struct job *job)
{
	struct refusal *why = &job->why;
	size_t len;
	int r;

	r = document_read(g->fd[GIFT_DOCUMENT], &job->bytes, &len, why);
	if (r == 0)
		r = read_trust(g, &job->trust, why);
	return r < 0 ? r :
		       envelope_open(job->bytes, len, &job->trust, time(NULL),
				     &job->envelope, why);
}

static enum intake_verdict judge(struct job *job)
{
	return intake_judge_noting(job->envelope.document, job->envelope.len,
				   &job->plan, &job->why, &job->unused);
}

/* Nothing is in force: in any case runtime must know the instance. */
static enum intake_verdict take_first(int bus, const struct gifts *g,
				      struct job *job, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	enum intake_verdict verdict = judge(job);
	int r = 0;

	if (!job->plan)
		return verdict;
	fd = seal_plan(job->plan, e);
	r = fd < 0 ? fd : bus_keep(bus, BUS_RUNTIME, "plan", fd, NULL, 0, e);
	if (r == 0 && verdict == INTAKE_ACCEPTED)
		r = force_keep(bus,
			       &(struct force){ job->envelope.serial, job->mark,
						g->force.refused },
			       fd, e);
	return r < 0 ? INTAKE_FAILED : verdict;
}

/*
 * Follows the document in force, or changes nothing. Runtime is told before
 * the next intake is: who ends in between has the same document judged again.
 */
static enum intake_verdict take_newer(int bus, const struct gifts *g,
				      struct job *job, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	struct force f = { job->envelope.serial, job->mark, g->force.refused };
	enum intake_verdict verdict;
	int r = force_judge(&g->force, f.serial, &job->mark, &job->why);

	if (r <= 0)
		return r < 0 ? INTAKE_REFUSED : INTAKE_UNCHANGED;
	verdict = judge(job);
	if (verdict != INTAKE_ACCEPTED)
		return verdict;
	fd = seal_plan(job->plan, e);
	r = fd < 0 ? fd :
		     bus_keep(bus, BUS_RUNTIME, "newer", fd, &f.serial,
			      sizeof(f.serial), e);
	if (r == 0)
		r = force_keep(bus, &f, fd, e);
	return r < 0 ? INTAKE_FAILED : verdict;
}

static enum intake_verdict take(int bus, const struct gifts *g, struct job *job,
				struct err *e)
{
	int r = open_document(g, job);

	if (r == -ENOMEM)
		return INTAKE_FAILED;
	if (r < 0)
		return INTAKE_REFUSED;
	return g->force.serial ? take_newer(bus, g, job, e) :
				 take_first(bus, g, job, e);
}

/* A refusal is told once for the same bytes, however often they come. */
static enum intake_verdict keep_on(int bus, const struct gifts *g,
				   struct job *job, enum intake_verdict verdict,
				   struct err *e)
{
	struct force f = g->force;

	if (verdict == INTAKE_REFUSED || verdict == INTAKE_REFUSED_WITH_PLAN) {
		f.refused = job->mark;
		if (force_keep(bus, &f, g->fd[GIFT_FORCE], e) < 0)
			return INTAKE_FAILED;
	}
	return verdict == INTAKE_FAILED ? verdict : INTAKE_ACCEPTED;
}

static void tell(const struct job *job, enum intake_verdict verdict)
{
	switch (verdict) {
	case INTAKE_ACCEPTED:
		tell_accepted(job);
		break;
	case INTAKE_REFUSED:
	case INTAKE_REFUSED_WITH_PLAN:
		tell_refusal(&job->why);
		break;
	case INTAKE_FAILED:
	case INTAKE_UNCHANGED:
		break;
	}
}

enum intake_verdict intake_serve(int bus, struct err *e)
{
	__attribute__((cleanup(gifts_close))) struct gifts gifts = {
		.fd = { -1, -1, -1, -1, -1, -1 }
	};
	__attribute__((cleanup(job_free))) struct job job = { .bytes = NULL };
	enum intake_verdict verdict;
	int r;

	if (gather(bus, &gifts, e) < 0)
		return INTAKE_FAILED;
	record_use_socket(gifts.fd[GIFT_RECORDS]);
	r = find_document(&gifts, &job.why);
	if (r == 0 && force_mark_fd(gifts.fd[GIFT_DOCUMENT], &job.mark) == 0 &&
	    gifts.force.serial &&
	    force_is_mark(&job.mark, &gifts.force.refused))
		return INTAKE_ACCEPTED;
	verdict = r == 0       ? take(bus, &gifts, &job, e) :
		  r == -ENOMEM ? INTAKE_FAILED :
				 INTAKE_REFUSED;
	if (verdict == INTAKE_FAILED && !e->code)
		err_set(e, ENOMEM, "document: %s: %s", job.why.path,
			job.why.reason);
	tell(&job, verdict);
	return gifts.force.serial ? keep_on(bus, &gifts, &job, verdict, e) :
				    verdict;
}

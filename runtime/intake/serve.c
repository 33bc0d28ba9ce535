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
#include "runtime/intake/intake.h"

/* The document from its bytes to what they say. */
struct job {
	char *bytes; /* owned, may hold secrets */
	struct trust trust;
	struct envelope envelope; /* points into both */
	struct unused unused;
};

static void job_free(struct job *j)
{
	wipe_free(j->bytes);
}

enum gift {
	GIFT_DOCUMENT,
	GIFT_IDENTITY,
	GIFT_RECORDS,
	GIFT_TRUST,
	GIFT_COUNT
};

static const char *const gift_names[GIFT_COUNT] = {
	[GIFT_DOCUMENT] = "document",
	[GIFT_IDENTITY] = "identity",
	[GIFT_RECORDS] = "records",
	[GIFT_TRUST] = "trust",
};

struct gifts {
	int fd[GIFT_COUNT]; /* -1: was not given */
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

static int send_plan(int bus, const struct plan *p, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	AUTO_CLOSE int fd = -1;
	size_t len;
	int r = plan_pack(p, &data, &len, e);

	if (r < 0)
		return r;
	fd = fd_sealed("plan", data, len, e);
	if (fd < 0)
		return fd;
	return bus_keep(bus, BUS_RUNTIME, "plan", fd, NULL, 0, e);
}

static void tell_refusal(const struct refusal *why)
{
	if (why->capability[0])
		RECORD(GRANT_REFUSED, RECORD_W(why->task),
		       RECORD_W(why->container), RECORD_W(why->capability),
		       RECORD_W(why->reason));
	RECORD(DOCUMENT_REFUSED, RECORD_W(why->path), RECORD_W(why->reason));
}

static void tell_accepted(const struct plan *p, const struct job *job)
{
	const struct envelope *envelope = &job->envelope;
	int64_t tasks = 0;

	for (uint32_t i = 0; i < p->tasks.count; i++)
		tasks += p->tasks.items[i].count;
	RECORD(DOCUMENT_ACCEPTED, RECORD_W(p->instance.id),
	       RECORD_N(envelope->len), RECORD_N(tasks),
	       RECORD_W(envelope->key), RECORD_N(envelope->serial),
	       RECORD_N(envelope->expires_s));
	unused_tell(&job->unused);
}

/* A machine without a name obeys what is meant for its group or for all. */
static int read_trust(const struct gifts *g, struct trust *t,
		      struct refusal *why)
{
	char text[TRUST_FILE_MAX];
	ssize_t n = fd_read_all(g->fd[GIFT_TRUST], text, sizeof(text));
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
	n = fd_read_all(g->fd[GIFT_IDENTITY], text, TRUST_IDENTITY_MAX + 2);
	trust_identify(t, text, n < 0 ? 0 : (size_t)n);
	return 0;
}

/* The only part that sees bytes that nobody has vouched for. */
static int open_document(const struct gifts *g, char **bytes, struct trust *t,
			 struct envelope *out, struct refusal *why)
{
	size_t len;
	int r;

	refusal_set_path(why, "$");
	if (g->fd[GIFT_DOCUMENT] < 0)
		return refuse(why, "no document was given to the instance");
	r = document_read(g->fd[GIFT_DOCUMENT], bytes, &len, why);
	if (r == 0)
		r = read_trust(g, t, why);
	return r < 0 ? r : envelope_open(*bytes, len, t, time(NULL), out, why);
}

static enum intake_verdict read_and_judge(const struct gifts *g,
					  struct job *job, struct plan **p,
					  struct refusal *why)
{
	int r = open_document(g, &job->bytes, &job->trust, &job->envelope, why);

	if (r < 0)
		return r == -ENOMEM ? INTAKE_FAILED : INTAKE_REFUSED;
	return intake_judge_noting(job->envelope.document, job->envelope.len, p,
				   why, &job->unused);
}

enum intake_verdict intake_serve(int bus, struct err *e)
{
	__attribute__((cleanup(
		gifts_close))) struct gifts gifts = { { -1, -1, -1, -1 } };
	__attribute__((cleanup(job_free))) struct job job = { .bytes = NULL };
	struct refusal why = { .path = "" };
	enum intake_verdict verdict;
	struct plan *p = NULL;

	if (gather(bus, &gifts, e) < 0)
		return INTAKE_FAILED;
	record_use_socket(gifts.fd[GIFT_RECORDS]);
	verdict = read_and_judge(&gifts, &job, &p, &why);
	if (verdict == INTAKE_FAILED)
		err_set(e, ENOMEM, "document: %s: %s", why.path, why.reason);
	if (p && send_plan(bus, p, e) < 0)
		verdict = INTAKE_FAILED;
	else if (p && verdict == INTAKE_ACCEPTED)
		tell_accepted(p, &job);
	else if (verdict != INTAKE_FAILED)
		tell_refusal(&why);
	plan_free(p);
	return verdict;
}

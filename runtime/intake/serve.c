// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/document.h"
#include "runtime/intake/intake.h"

struct gifts {
	int document; /* -1: none was given */
	int records;
};

static void gifts_close(struct gifts *g)
{
	fd_close(&g->document);
	fd_close(&g->records);
}

/* Keeps `fd` if its name is one that we use, else closes it. */
static void take_gift(struct gifts *g, const char *name, int fd)
{
	AUTO_CLOSE int given = fd;

	if (strcmp(name, "document") == 0) {
		fd_close(&g->document);
		g->document = take_fd(&given);
	} else if (strcmp(name, "records") == 0) {
		fd_close(&g->records);
		g->records = take_fd(&given);
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
	AUTO_FREE void *data = NULL;
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

static void tell_accepted(const struct plan *p, size_t len)
{
	int64_t tasks = 0;

	for (uint32_t i = 0; i < p->tasks.count; i++)
		tasks += p->tasks.items[i].count;
	RECORD(DOCUMENT_ACCEPTED, RECORD_W(p->instance.id), RECORD_N(len),
	       RECORD_N(tasks));
}

static enum intake_verdict read_and_judge(int document, struct plan **p,
					  struct refusal *why, size_t *len)
{
	AUTO_FREE char *bytes = NULL;
	int r;

	refusal_set_path(why, "$");
	if (document < 0) {
		refuse(why, "no document was given to the instance");
		return INTAKE_REFUSED;
	}
	r = document_read(document, &bytes, len, why);
	if (r < 0)
		return r == -ENOMEM ? INTAKE_FAILED : INTAKE_REFUSED;
	return intake_judge(bytes, *len, p, why);
}

enum intake_verdict intake_serve(int bus, struct err *e)
{
	__attribute__((cleanup(gifts_close))) struct gifts gifts = { -1, -1 };
	struct refusal why = { .path = "" };
	enum intake_verdict verdict;
	struct plan *p = NULL;
	size_t len = 0;

	if (gather(bus, &gifts, e) < 0)
		return INTAKE_FAILED;
	record_use_socket(gifts.records);
	verdict = read_and_judge(gifts.document, &p, &why, &len);
	if (verdict == INTAKE_FAILED)
		err_set(e, ENOMEM, "document: %s: %s", why.path, why.reason);
	if (p && send_plan(bus, p, e) < 0)
		verdict = INTAKE_FAILED;
	else if (p && verdict == INTAKE_ACCEPTED)
		tell_accepted(p, len);
	else if (verdict != INTAKE_FAILED)
		tell_refusal(&why);
	plan_free(p);
	return verdict;
}

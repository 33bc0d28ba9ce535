// SPDX-License-Identifier: MIT
/*
 * Every case of hostile.list goes through the service as it ships, without its
 * sandbox: as the first document, and as a newer one while another is in
 * force. Nothing comes of any, and each is one record with a reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/force.h"
#include "runtime/intake/intake.h"
#include "tests/unit/intake/cases.h"

#include "signing.h"

#include "kselftest_harness.h"

#define LIST "tests/unit/intake/hostile.list"
#define COMMENT "cloister/1 serial=8 " SIGNING_FUTURE " audience=*"
#define COLUMNS 3
#define HEAD_LINES 4

struct bytes {
	char *at; /* owned */
	size_t len;
};

static void bytes_free(struct bytes *b)
{
	free(b->at);
}

#define AUTO_BYTES __attribute__((cleanup(bytes_free)))

/* ------------------------------------------------------------- the cases */

static const struct frame_row {
	const char *word;
	const struct judge_frame *frame;
} frames[] = {
	{ "instance", &frame_instance },   { "document", &frame_document },
	{ "entry", &frame_entry },	   { "task", &frame_task },
	{ "container", &frame_container }, { "containers", &frame_containers },
};

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c);

	return at && c ? (int)(at - digits) : 0;
}

/* \n, \r, \t, \\ and \xNN of the list, in place; the length without them. */
static size_t unescape(char *text)
{
	static const char from[] = "nrt\\", to[] = "\n\r\t\\";
	char *out = text;

	for (const char *in = text; *in; in++) {
		const char *known = *in == '\\' ? strchr(from, in[1]) : NULL;

		if (known) {
			*out++ = to[known - from];
			in++;
		} else if (in[0] == '\\' && in[1] == 'x') {
			*out++ = (char)(digit(in[2]) * 16 + digit(in[3]));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

static struct bytes sign_with(const char *comment, const char *document,
			      size_t len)
{
	struct bytes b = { .len = 0 };

	b.at = signing_envelope(1, "ED", comment, document, len, &b.len);
	return b;
}

static struct bytes good(const char *comment)
{
	static const char document[] =
		"{\"schemaVersion\":1,\"instance\":{\"id\":\"i-7\"},"
		"\"tasks\":[]}";

	return sign_with(comment, document, sizeof(document) - 1);
}

/* A good document with line `number` of its head replaced. */
static struct bytes with_line(unsigned long number, const char *text)
{
	AUTO_BYTES struct bytes b = good(COMMENT);
	struct bytes out = { .at = calloc(1, b.len + strlen(text) + 1) };
	const char *from = b.at, *end = b.at + b.len;

	for (unsigned long i = 1; out.at && i <= HEAD_LINES; i++) {
		const char *next = memchr(from, '\n', (size_t)(end - from));
		size_t len = (size_t)(next - from);

		from = i == number ? text : from;
		len = i == number ? strlen(text) : len;
		memcpy(out.at + out.len, from, len);
		out.len += len;
		out.at[out.len++] = '\n';
		from = next + 1;
	}
	memcpy(out.at + out.len, from, (size_t)(end - from));
	out.len += (size_t)(end - from);
	return out;
}

static struct bytes damaged(const char *how, const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);
	struct bytes b;

	if (strcmp(how, "line") == 0)
		return with_line(n, text + 2);
	b = good(COMMENT);
	if (strcmp(how, "cut") == 0)
		b.len = n < b.len ? n : b.len;
	else if (n < b.len)
		b.at[n] ^= 1;
	return b;
}

/* The document of a case as it comes to intake. */
static struct bytes make_case(const char *frame, char *text)
{
	AUTO_FREE char *document = NULL;
	size_t len = unescape(text);

	if (strcmp(frame, "raw") == 0)
		return (struct bytes){ memcpy(calloc(1, len + 1), text, len),
				       len };
	if (strcmp(frame, "json") == 0)
		return sign_with(COMMENT, text, len);
	if (strcmp(frame, "comment") == 0)
		return good(text);
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		if (strcmp(frame, frames[i].word) == 0)
			document = judge_document(frames[i].frame, text);
	return document ? sign_with(COMMENT, document, strlen(document)) :
			  damaged(frame, text);
}

/* ------------------------------------------------------------ the service */

struct outcome {
	enum intake_verdict verdict;
	unsigned int refusals;
	unsigned int others; /* records that tell of no refusal */
	char path[RECORD_WORD_MAX + 1];
	bool has_reason;
	unsigned int plans; /* kept for runtime, with a task */
	unsigned int kept;  /* all else that is not refused or force */
	int64_t serial;	    /* in force after it; 0: none */
};

static int give(int bus, const char *name, const void *at, size_t len,
		const struct force *f)
{
	struct bus_message m = { .kind = BUS_GIVE, .service = BUS_INTAKE };
	AUTO_CLOSE int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, at, len) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	strcpy(m.name, name);
	if (f) {
		m.meta_len = sizeof(*f);
		memcpy(m.meta, f, sizeof(*f));
	}
	return bus_send(bus, &m, fd);
}

static int give_all(int bus, int records, const struct bytes *b,
		    const struct force *f)
{
	AUTO_FREE char *trust = signing_trust(1, "test");
	struct bus_message m = { .kind = BUS_GIVE,
				 .service = BUS_INTAKE,
				 .name = "records" };

	if (!trust || bus_send(bus, &m, records) < 0 ||
	    give(bus, "trust", trust, strlen(trust), NULL) < 0 ||
	    give(bus, "identity", "i-7\n", 4, NULL) < 0 ||
	    (f && give(bus, FORCE_NAME, "p", 1, f) < 0) ||
	    give(bus, "document", b->at, b->len, NULL) < 0)
		return -1;
	return bus_tell(bus, BUS_START, 0, NULL);
}

static void read_records(int fd, struct outcome *o)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	ssize_t n;

	while ((n = recv(fd, wire, sizeof(wire), MSG_DONTWAIT)) > 0) {
		if (record_parse(wire, (size_t)n, &r) < 0)
			o->others++;
		else if (r.kind == RECORD_DOCUMENT_REFUSED) {
			o->refusals++;
			snprintf(o->path, sizeof(o->path), "%s",
				 r.values[0].word);
			o->has_reason = r.values[1].word[0];
		} else if (r.kind != RECORD_GRANT_REFUSED) {
			o->others++;
		}
	}
}

static bool has_task(int fd)
{
	AUTO_FREE void *data = NULL;
	struct plan *p = NULL;
	size_t len;
	bool has_any;

	if (fd_read_sealed(fd, PLAN_BYTES_MAX, &data, &len, NULL) < 0 ||
	    plan_unpack(data, len, &p, NULL) < 0)
		return true;
	has_any = !p->is_refused || p->tasks.count;
	plan_free(p);
	return has_any;
}

static void read_kept(int bus, struct outcome *o)
{
	for (;;) {
		AUTO_CLOSE int fd = -1;
		struct bus_message m;
		struct force f;

		if (bus_receive(bus, &m, &fd) != 1)
			return;
		if (strcmp(m.name, "plan") == 0)
			o->plans += has_task(fd);
		else if (strcmp(m.name, FORCE_NAME) == 0 && force_read(&m, &f))
			o->serial = f.serial;
		else
			o->kept++;
	}
}

static struct outcome serve(const struct bytes *b, const struct force *f)
{
	struct outcome o = { .verdict = INTAKE_FAILED };
	int bus[2], records[2];
	struct err e = ERR_NONE;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, bus) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, records) < 0)
		abort();
	if (give_all(bus[0], records[1], b, f) == 0)
		o.verdict = intake_serve(bus[1], &e);
	read_records(records[0], &o);
	read_kept(bus[0], &o);
	for (int i = 0; i < 2; i++) {
		close(bus[i]);
		close(records[i]);
	}
	return o;
}

/* ------------------------------------------------------------------ tests */

static bool is_refused_first(const struct outcome *o, const char *path)
{
	return (o->verdict == INTAKE_REFUSED ||
		o->verdict == INTAKE_REFUSED_WITH_PLAN) &&
	       o->refusals == 1 && !o->others && !o->plans && !o->kept &&
	       !o->serial && o->has_reason && strcmp(o->path, path) == 0;
}

static bool is_refused_later(const struct outcome *o, const char *path)
{
	return o->verdict == INTAKE_ACCEPTED && o->refusals == 1 &&
	       !o->others && !o->plans && !o->kept && o->serial == 7 &&
	       o->has_reason && strcmp(o->path, path) == 0;
}

/* frame, path and text of a line, split in place; false for a remark. */
static bool split(char *line, char *column[COLUMNS])
{
	line[strcspn(line, "\n")] = '\0';
	column[0] = line;
	for (size_t i = 1; i < COLUMNS; i++) {
		column[i] = strchr(column[i - 1], '\t');
		if (!column[i])
			return false;
		*column[i]++ = '\0';
	}
	return line[0] != '#';
}

TEST(every_hostile_document_is_refused_and_says_why)
{
	const struct force in_force = { .serial = 7 };
	AUTO_FREE char *line = NULL;
	FILE *list = fopen(LIST, "re");
	size_t cap = 0, cases = 0;

	ASSERT_NE(NULL, list);
	while (getline(&line, &cap, list) >= 0) {
		char *column[COLUMNS];
		struct outcome o;

		if (!split(line, column))
			continue;
		{
			AUTO_BYTES struct bytes b =
				make_case(column[0], column[2]);

			cases++;
			o = serve(&b, NULL);
			EXPECT_TRUE(is_refused_first(&o, column[1]))
			{
				TH_LOG("case %zu %s: %d %u %u %u %u %s", cases,
				       column[0], (int)o.verdict, o.refusals,
				       o.others, o.plans, o.kept, o.path);
			}
			o = serve(&b, &in_force);
			EXPECT_TRUE(is_refused_later(&o, column[1]))
			{
				TH_LOG("case %zu %s, later: %d %u %s", cases,
				       column[0], (int)o.verdict, o.refusals,
				       o.path);
			}
		}
	}
	fclose(list);
	EXPECT_LE(300, cases);
}

TEST_HARNESS_MAIN

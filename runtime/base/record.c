#include "runtime/base/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"

#define N(field)                     \
	{                            \
		field, RECORD_NUMBER \
	}
#define W(field)                   \
	{                          \
		field, RECORD_WORD \
	}
#define T(field)                   \
	{                          \
		field, RECORD_TEXT \
	}
#define FIELDS(...)         \
	{                   \
		__VA_ARGS__ \
	}

/* clang-format off */
#define FIELDS_BOOT_EVIDENCE FIELDS(W("image_version"), W("kernel"), \
	W("root_hash"), W("policy_sha256"), N("selinux_enforcing"), \
	W("lockdown"), N("modules_closed"), N("sysctls_checked"), \
	N("mounts_checked"), N("listening_sockets"), N("host_processes"), \
	N("guards"))
#define FIELDS_BOOT_READY FIELDS(N("kernel_ms"), N("verity_ms"), \
	N("policy_ms"), N("services_ms"), N("first_task_ms"), N("total_ms"))
#define FIELDS_BOOT_FAILED FIELDS(W("step"), W("reason"))
#define FIELDS_EVIDENCE FIELDS(N("sequence"), W("cause"), N("piece"), \
	N("pieces"), W("sha256"), T("text"))
#define FIELDS_EVIDENCE_SEALED FIELDS(N("sequence"), W("sha256"))
#define FIELDS_INTEGRITY_LOST FIELDS(W("reason"))
#define FIELDS_SERVICE_STARTED FIELDS(W("service"), N("pid"), N("restarts"))
#define FIELDS_SERVICE_ENDED FIELDS(W("service"), N("pid"), N("exit_code"), \
	N("signal"), N("restarts"), N("will_restart"))
#define FIELDS_DOCUMENT_ACCEPTED FIELDS(W("instance"), N("bytes"), N("tasks"), \
	W("key"), N("serial"), N("expires_s"))
#define FIELDS_DOCUMENT_REFUSED FIELDS(W("path"), W("reason"))
#define FIELDS_DOCUMENT_CHANGED FIELDS(N("serial"), N("starts"), N("stops"))
#define FIELDS_CHANGE_REFUSED FIELDS(N("serial"), W("path"), W("reason"))
#define FIELDS_DOCUMENT_UNREACHABLE FIELDS(W("url"), W("reason"))
#define FIELDS_FIELD_UNUSED FIELDS(W("path"), W("reason"), N("times"))
#define FIELDS_PLACEMENT_REFUSED FIELDS(W("path"), W("reason"))
#define FIELDS_GRANT_GIVEN FIELDS(W("task"), W("container"), W("capability"))
#define FIELDS_GRANT_REFUSED FIELDS(W("task"), W("container"), \
	W("capability"), W("reason"))
#define FIELDS_GRANT_USED FIELDS(W("source"), W("class"), W("permission"), \
	N("uses"))
#define FIELDS_POLICY_CHANGED FIELDS(W("change"), N("value"))
#define FIELDS_METADATA_OPENED FIELDS(W("http_endpoint"))
#define FIELDS_IMAGE_UNPACKED FIELDS(W("image"), W("digest"), N("layers"), \
	N("bytes"), N("ms"))
#define FIELDS_IMAGE_REFUSED FIELDS(W("image"), W("reason"))
#define FIELDS_TASK_STATE FIELDS(W("task"), W("family"), W("state"), \
	W("stop_code"), W("reason"), W("desired"), N("created_unix_ms"), \
	N("pull_started_unix_ms"), N("pull_stopped_unix_ms"), \
	N("started_unix_ms"), N("stopping_unix_ms"), \
	N("execution_stopped_unix_ms"), N("stopped_unix_ms"))
#define FIELDS_TASK_WAITING FIELDS(W("task"), W("family"), W("waits_for"), \
	N("wanted"), N("available"))
#define FIELDS_PORT_MAPPED FIELDS(W("task"), W("container"), W("protocol"), \
	N("host_port"), N("container_port"))
#define FIELDS_CONTAINER_STATE FIELDS(W("task"), W("container"), W("state"), \
	N("exit_code"), N("signal"), W("reason"), W("desired"), \
	N("created_unix_ms"), N("started_unix_ms"), N("finished_unix_ms"))
#define FIELDS_CONTAINER_RESTARTED FIELDS(W("task"), W("container"), \
	N("restarts"), N("exit_code"), N("signal"), W("reason"), N("delay_ms"))
#define FIELDS_CONTAINER_HEALTH FIELDS(W("task"), W("container"), W("status"), \
	N("failures"))
#define FIELDS_CONTAINER_OOM FIELDS(W("task"), W("container"), N("kills"), \
	N("memory_max"))
#define FIELDS_ENGINE_FAULT FIELDS(W("task"), W("container"), W("state"), \
	W("event"))
#define FIELDS_DENIAL FIELDS(W("source"), W("target"), W("class"), \
	W("permission"), N("permissive"))
#define FIELDS_SECCOMP_KILL FIELDS(W("source"), N("syscall"), N("signal"))
#define FIELDS_KERNEL_LOST FIELDS(N("messages"))
#define FIELDS_LOG_GAP FIELDS(W("task"), W("container"), W("stream"), \
	N("lines"), N("bytes"))
#define FIELDS_EXPORT_REJECTED FIELDS(W("channel"), N("status"), N("items"))
#define FIELDS_DRAIN_STARTED FIELDS(W("cause"), N("bound_ms"))
#define FIELDS_DRAIN_ENDED FIELDS(W("cause"), N("ms"))
#define FIELDS_LIFETIME_SET FIELDS(N("drain_at_s"), N("dead_at_s"))
#define FIELDS_WINDOW_CHOSEN FIELDS(W("reason"), N("drain_unix_s"), \
	N("latest_unix_s"))
#define FIELDS_LIFETIME_OVER FIELDS(W("drain"), N("dead_at_s"))
#define FIELDS_RECORDS_LOST FIELDS(N("records"))
/* clang-format on */

const struct record_row record_rows[RECORD_KIND_COUNT] = {
#define RECORD_AS_ROW(id, wire_name, level, emitter)  \
	[RECORD_##id] = { .name = wire_name,          \
			  .severity = RECORD_##level, \
			  .origin = BUS_##emitter,    \
			  .fields = FIELDS_##id },
	RECORD_TABLE(RECORD_AS_ROW)
#undef RECORD_AS_ROW
};

struct record_header {
	uint32_t kind;
	uint32_t lost;
	uint64_t unix_ns;
	uint64_t boot_ns;
};

static int record_socket = -1;
static uint32_t record_lost;

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_.:/@+,=*[]()<>-$?%;'! ", c));
}

static bool is_text_char(char c)
{
	return is_word_char(c) || c == '"' || c == '{' || c == '}';
}

struct letters {
	size_t max;
	bool (*is_one)(char c);
};

static const struct letters letters[] = {
	[RECORD_WORD] = { RECORD_WORD_MAX, is_word_char },
	[RECORD_TEXT] = { RECORD_TEXT_MAX, is_text_char },
};

static bool is_made_of(const struct letters *l, const char *text)
{
	size_t len = strlen(text);

	if (len > l->max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!l->is_one(text[i]))
			return false;
	return true;
}

bool record_is_word(const char *text)
{
	return is_made_of(&letters[RECORD_WORD], text);
}

bool record_is_text(const char *text)
{
	return is_made_of(&letters[RECORD_TEXT], text);
}

void record_use_socket(int fd)
{
	record_socket = fd;
}

static size_t field_count(const struct record_row *row)
{
	size_t n = 0;

	while (n < RECORD_FIELDS_MAX && row->fields[n].name)
		n++;
	return n;
}

static size_t put_word(char *wire, const char *word, const struct letters *l)
{
	uint16_t len = (uint16_t)strnlen(word, l->max);

	memcpy(wire, &len, sizeof(len));
	for (uint16_t i = 0; i < len; i++)
		wire[sizeof(len) + i] = l->is_one(word[i]) ? word[i] : '?';
	wire[sizeof(len) + len] = '\0';
	return sizeof(len) + len + 1;
}

static size_t encode(char *wire, enum record_kind kind,
		     const struct record_value *values, size_t count)
{
	const struct record_row *row = &record_rows[kind];
	struct record_header h = {
		.kind = kind,
		.lost = record_lost,
		.unix_ns = clock_ns(CLOCK_REALTIME),
		.boot_ns = clock_ns(CLOCK_BOOTTIME),
	};
	size_t at = sizeof(h);

	memcpy(wire, &h, sizeof(h));
	for (size_t i = 0; i < count; i++) {
		if (row->fields[i].type == RECORD_NUMBER) {
			memcpy(wire + at, &values[i].number, sizeof(int64_t));
			at += sizeof(int64_t);
		} else {
			at += put_word(wire + at,
				       values[i].word ? values[i].word : "",
				       &letters[row->fields[i].type]);
		}
	}
	return at;
}

static void say_record(const struct record_row *row,
		       const struct record_value *values, size_t count)
{
	char text[800];
	size_t at = 0;

	for (size_t i = 0; i < count && at < sizeof(text); i++) {
		const struct record_field *f = &row->fields[i];
		int n = f->type == RECORD_NUMBER ?
				snprintf(text + at, sizeof(text) - at,
					 " %s=%lld", f->name,
					 (long long)values[i].number) :
				snprintf(text + at, sizeof(text) - at, " %s=%s",
					 f->name,
					 values[i].word ? values[i].word : "");

		if (n < 0)
			break;
		at += (size_t)n;
	}
	say(2, row->name, "%s", text + (at > 0));
}

int record_emit(enum record_kind kind, const struct record_value *values,
		size_t count)
{
	const struct record_row *row = &record_rows[kind];
	char wire[RECORD_WIRE_MAX];
	size_t len;

	if (count != field_count(row))
		return -EINVAL;
	if (row->severity >= RECORD_WARN)
		say_record(row, values, count);
	len = encode(wire, kind, values, count);
	if (send(record_socket, wire, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		record_lost++;
		return -errno;
	}
	record_lost = 0;
	return 0;
}

static bool get_number(const char *wire, size_t len, size_t *at,
		       struct record_value *v)
{
	if (len - *at < sizeof(int64_t))
		return false;
	memcpy(&v->number, wire + *at, sizeof(int64_t));
	*at += sizeof(int64_t);
	return true;
}

static bool get_word(char *wire, size_t len, size_t *at,
		     const struct letters *l, struct record_value *v)
{
	uint16_t n;

	if (len - *at < sizeof(n))
		return false;
	memcpy(&n, wire + *at, sizeof(n));
	*at += sizeof(n);
	if (n > l->max || len - *at < (size_t)n + 1 || wire[*at + n] != '\0' ||
	    strlen(wire + *at) != n || !is_made_of(l, wire + *at))
		return false;
	v->word = wire + *at;
	*at += (size_t)n + 1;
	return true;
}

int record_parse(void *wire, size_t len, struct record *r)
{
	const struct record_row *row;
	struct record_header h;
	size_t at = sizeof(h);

	if (len < sizeof(h) || len > RECORD_WIRE_MAX)
		return -EBADMSG;
	memcpy(&h, wire, sizeof(h));
	if (h.kind >= RECORD_KIND_COUNT)
		return -EBADMSG;
	row = &record_rows[h.kind];
	*r = (struct record){
		.kind = (enum record_kind)h.kind,
		.unix_ns = h.unix_ns,
		.boot_ns = h.boot_ns,
		.lost = h.lost,
		.count = field_count(row),
	};
	for (size_t i = 0; i < r->count; i++) {
		bool is_good =
			row->fields[i].type == RECORD_NUMBER ?
				get_number(wire, len, &at, &r->values[i]) :
				get_word(wire, len, &at,
					 &letters[row->fields[i].type],
					 &r->values[i]);

		if (!is_good)
			return -EBADMSG;
	}
	return at == len ? 0 : -EBADMSG;
}

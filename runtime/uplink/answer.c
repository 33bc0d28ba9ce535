#include "runtime/uplink/answer.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/retry.h"

static void append(char *text, size_t cap, size_t *used, const char *at,
		   size_t len)
{
	size_t room = cap - *used;
	size_t n = len < room ? len : room;

	memcpy(text + *used, at, n);
	*used += n;
}

static void take_retry_after(struct answer *a)
{
	a->retry_after_s = retry_after_parse(a->value);
}

static void take_tag(struct answer *a)
{
	strcpy(a->tag, a->value);
}

static const struct header_row {
	const char *field;
	void (*take)(struct answer *a);
} header_rows[] = {
	{ "etag", take_tag },
	{ "retry-after", take_retry_after },
};

/* A header line is complete when the next one, or the body, begins. */
static void end_header(struct answer *a)
{
	bool is_whole = a->value_len < sizeof(a->value);

	for (size_t i = 0; is_whole && i < ARRAY_SIZE(header_rows); i++) {
		const char *field = header_rows[i].field;

		if (a->field_len != strlen(field) ||
		    strncasecmp(a->field, field, a->field_len) != 0)
			continue;
		a->value[a->value_len] = '\0';
		header_rows[i].take(a);
	}
	a->field_len = 0;
	a->value_len = 0;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
	struct answer *a = p->data;

	if (a->value_len > 0)
		end_header(a);
	append(a->field, sizeof(a->field), &a->field_len, at, len);
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
	struct answer *a = p->data;

	append(a->value, sizeof(a->value), &a->value_len, at, len);
	return 0;
}

static int on_headers(http_parser *p)
{
	struct answer *a = p->data;

	end_header(a);
	a->status = p->status_code;
	return 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
	struct answer *a = p->data;

	append(a->room.body, a->room.body_max, &a->body_len, at, len);
	if (a->room.ends_when_full && a->body_len == a->room.body_max) {
		a->is_complete = true;
		a->is_last = true;
		http_parser_pause(p, 1);
	}
	return 0;
}

static int on_complete(http_parser *p)
{
	struct answer *a = p->data;

	/* 100 Continue and its like come before the answer, not instead. */
	if (p->status_code < 200) {
		a->body_len = 0;
		return 0;
	}
	a->is_complete = true;
	a->is_last = !http_should_keep_alive(p);
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers,
	.on_body = on_body,
	.on_message_complete = on_complete,
};

void answer_seed(void)
{
	size_t seed = 0;

	/* Early in boot there may be no randomness yet: any seed but 0 is
	 * taken as it is, and answers are bounded anyway. */
	(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
	json_object_seed(seed ? seed : 1);
}

void answer_start(struct answer *a, const struct answer_room *room)
{
	*a = (struct answer){ .room = *room };
	a->retry_after_s = RETRY_AFTER_NONE;
	http_parser_init(&a->parser, HTTP_RESPONSE);
	a->parser.data = a;
}

int answer_feed(struct answer *a, const char *data, size_t len)
{
	size_t used;

	a->wire_bytes += len;
	if (a->wire_bytes > a->room.wire_max)
		return -EFBIG;
	used = http_parser_execute(&a->parser, &settings, data, len);
	if (!a->is_complete)
		return len == 0 || used != len ? -EBADMSG : 0;
	/* We ask one thing at a time: nothing may follow the answer. */
	if (used < len)
		a->is_last = true;
	return 1;
}

static int64_t member_int(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (json_is_integer(v))
		return json_integer_value(v);
	/* 64-bit numbers are strings in OTLP's JSON. */
	return json_is_string(v) ? retry_after_parse(json_string_value(v)) : 0;
}

int64_t answer_rejected(const struct answer *a)
{
	json_t *root = json_loadb(a->room.body, a->body_len, 0, NULL);
	const json_t *partial = json_object_get(root, "partialSuccess");
	int64_t logs = member_int(partial, "rejectedLogRecords");
	int64_t points = member_int(partial, "rejectedDataPoints");

	json_decref(root);
	return (logs > 0 ? logs : 0) + (points > 0 ? points : 0);
}

// SPDX-License-Identifier: MIT
#include "runtime/metadata/request.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/description.h"
#include "runtime/base/fd.h"

static int on_url(struct http_parser *p, const char *at, size_t len)
{
	struct request *r = p->data;
	size_t room = sizeof(r->url) - r->url_len;
	size_t n = len < room ? len : room;

	memcpy(r->url + r->url_len, at, n);
	r->url_len += n;
	r->is_url_cut = r->is_url_cut || n < len;
	return 0;
}

/* A body is of no interest: whatever follows is not read as anything. */
static int on_headers(struct http_parser *p)
{
	struct request *r = p->data;

	r->is_complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static const struct http_parser_settings settings = {
	.on_url = on_url,
	.on_headers_complete = on_headers,
};

void request_start(struct request *r)
{
	memset(r, 0, offsetof(struct request, url));
	http_parser_init(&r->parser, HTTP_REQUEST);
	r->parser.data = r;
}

int request_feed(struct request *r, const void *data, size_t len)
{
	size_t used;

	if (len > REQUEST_WIRE_MAX - r->wire_bytes)
		return -EFBIG;
	r->wire_bytes += len;
	used = http_parser_execute(&r->parser, &settings, data, len);
	if (r->is_complete)
		return 1;
	return used != len || r->parser.upgrade ? -EBADMSG : 0;
}

/* The path of the target; what follows a '?' does not count. */
static bool find_path(const struct request *r, const char **path, size_t *len)
{
	struct http_parser_url url;

	http_parser_url_init(&url);
	if (http_parser_parse_url(r->url, r->url_len, 0, &url) != 0 ||
	    !(url.field_set & 1 << UF_PATH))
		return false;
	*path = r->url + url.field_data[UF_PATH].off;
	*len = url.field_data[UF_PATH].len;
	return true;
}

static bool take(const char **at, size_t *len, const char *text)
{
	size_t n = strlen(text);

	if (*len < n || memcmp(*at, text, n) != 0)
		return false;
	*at += n;
	*len -= n;
	return true;
}

/* A number from 1 to `count`, as it is written and in no other way. */
static bool take_number(const char **at, size_t *len, uint32_t count,
			uint32_t *n)
{
	*n = 0;
	if (*len == 0 || **at == '0')
		return false;
	while (*len > 0 && **at >= '0' && **at <= '9') {
		*n = *n * 10 + (uint32_t)(**at - '0');
		if (*n > count)
			return false;
		(*at)++;
		(*len)--;
	}
	return *n > 0;
}

static bool find_what(const char *at, size_t len, enum request_what *what)
{
	static const struct {
		const char *path;
		enum request_what what;
	} rows[] = {
		{ "", REQUEST_CONTAINER },
		{ "/task", REQUEST_TASK },
		/* Tags are ECS's; without any it answers the same. */
		{ "/taskWithTags", REQUEST_TASK },
		{ "/stats", REQUEST_STATS },
		{ "/task/stats", REQUEST_TASK_STATS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (len != strlen(rows[i].path) ||
		    memcmp(at, rows[i].path, len) != 0)
			continue;
		*what = rows[i].what;
		return true;
	}
	return false;
}

struct request_verdict request_judge(const struct request *r,
				     const char *task_id, uint32_t count)
{
	struct request_verdict v = { .status = 404 };
	const char *at;
	size_t len;

	if (r->is_url_cut) {
		v.status = 414;
		return v;
	}
	if (!find_path(r, &at, &len) || !take(&at, &len, DESCRIPTION_PATH) ||
	    !take(&at, &len, task_id) || !take(&at, &len, "-") ||
	    !take_number(&at, &len, count, &v.container) ||
	    !find_what(at, len, &v.what))
		return v;
	v.container--;
	v.status = r->parser.method == HTTP_GET ? 200 : 405;
	return v;
}

// SPDX-License-Identifier: MIT
#include "runtime/metadata/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"

#define HEAD_MAX 256

static const struct status {
	unsigned int number;
	const char *words;
	const char *header; /* one more */
} statuses[] = {
	{ 200, "OK", "" },
	{ 400, "Bad Request", "" },
	{ 404, "Not Found", "" },
	{ 405, "Method Not Allowed", "Allow: GET\r\n" },
	{ 414, "URI Too Long", "" },
	{ 429, "Too Many Requests", "" },
	{ 431, "Request Header Fields Too Large", "" },
	{ 503, "Service Unavailable", "" },
};

static const struct status *find(unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].number == number)
			return &statuses[i];
	return &statuses[ARRAY_SIZE(statuses) - 1];
}

char *answer_new(unsigned int status, const char *body, size_t len,
		 size_t *answer_len)
{
	const struct status *s = find(status);
	char message[HEAD_MAX];
	char *text;
	int head;

	if (!body) {
		len = (size_t)snprintf(message, sizeof(message),
				       "{\"message\":\"%s\"}", s->words);
		body = message;
	}
	text = malloc(HEAD_MAX + len);
	if (!text)
		return NULL;
	head = snprintf(text, HEAD_MAX,
			"HTTP/1.1 %u %s\r\n"
			"Content-Type: application/json\r\n"
			"Content-Length: %zu\r\n"
			"%sConnection: close\r\n\r\n",
			s->number, s->words, len, s->header);
	memcpy(text + head, body, len);
	*answer_len = (size_t)head + len;
	return text;
}

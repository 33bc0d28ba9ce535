/* SPDX-License-Identifier: MIT */
#include "init/chain.h"

#include <string.h>

#include "runtime/base/record.h"

static struct canon document;

void chain_start(struct chain *c, chain_writer *write)
{
	*c = (struct chain){ .write = write };
	memset(c->last, '0', sizeof(c->last) - 1);
}

static void digest(const char *text, size_t len, char hex[SHA256_HEX])
{
	struct sha256 h = sha256_start();

	sha256_add(&h, text, len);
	sha256_end_hex(&h, hex);
}

static int write_document(struct chain *c, const char *cause,
			  char facts[SHA256_HEX], struct err *e)
{
	size_t head;
	int r;

	canon_start(&document);
	canon_open(&document, NULL, '{');
	canon_number(&document, "format", 1);
	canon_number(&document, "sequence", c->sequence + 1);
	canon_word(&document, "previous", c->last);
	canon_word(&document, "cause", cause);
	head = document.len;
	r = c->write(&document, e);
	canon_close(&document, '}');
	if (r == 0)
		r = canon_end(&document, e);
	digest(document.text + head, document.len - head, facts);
	return r;
}

static void emit(const struct chain *c, const char *cause)
{
	size_t pieces = (document.len + RECORD_TEXT_MAX - 1) / RECORD_TEXT_MAX;
	char text[RECORD_TEXT_MAX + 1];

	for (size_t i = 0; i < pieces; i++) {
		size_t at = i * RECORD_TEXT_MAX;
		size_t n = document.len - at;

		if (n > RECORD_TEXT_MAX)
			n = RECORD_TEXT_MAX;
		memcpy(text, document.text + at, n);
		text[n] = '\0';
		RECORD(EVIDENCE, RECORD_N(c->sequence), RECORD_W(cause),
		       RECORD_N(i + 1), RECORD_N(pieces), RECORD_W(c->last),
		       RECORD_W(text));
	}
}

int chain_add(struct chain *c, const char *cause, bool only_if_changed,
	      int64_t now_ms, struct err *e)
{
	char facts[SHA256_HEX];
	int r;

	if (c->is_sealed)
		return 0;
	r = write_document(c, cause, facts, e);
	c->look_ms = now_ms + CHAIN_LOOK_MS;
	if (r < 0)
		return r;
	c->cause = NULL;
	if (only_if_changed && strcmp(facts, c->facts) == 0)
		return 0;
	memcpy(c->facts, facts, sizeof(facts));
	c->sequence++;
	digest(document.text, document.len, c->last);
	c->next_ms = now_ms + CHAIN_GAP_MS;
	emit(c, cause);
	return 1;
}

void chain_mark(struct chain *c, const char *cause)
{
	if (!c->cause)
		c->cause = cause;
}

int64_t chain_due_ms(const struct chain *c)
{
	if (c->sequence == 0 || c->is_sealed)
		return 0;
	return c->cause && c->next_ms < c->look_ms ? c->next_ms : c->look_ms;
}

int chain_check(struct chain *c, int64_t now_ms, struct err *e)
{
	int64_t due_ms = chain_due_ms(c);

	if (!due_ms || now_ms < due_ms)
		return 0;
	return chain_add(c, c->cause ? c->cause : "look", true, now_ms, e);
}

int chain_seal(struct chain *c, int64_t now_ms, struct err *e)
{
	int r = 0;

	if (c->is_sealed)
		return 0;
	if (c->cause)
		r = chain_add(c, c->cause, true, now_ms, e);
	c->is_sealed = true;
	RECORD(EVIDENCE_SEALED, RECORD_N(c->sequence), RECORD_W(c->last));
	return r < 0 ? r : 0;
}

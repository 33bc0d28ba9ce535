/* SPDX-License-Identifier: MIT */
/*
 * chain: evidence documents, one after the other, each holding its number and
 * the SHA-256 of the one before, so that none can be left out, changed or
 * added without a trace.
 *
 * A document is canonical JSON: {"format":1,"sequence":1,"previous":"<64
 * hexadecimal digits>","cause":"boot", ...what the writer adds}. It leaves in
 * pieces, as EVIDENCE records whose texts joined are the document. The first
 * one's "previous" is all zeros; EVIDENCE_SEALED names the last.
 *
 * Order of use: chain_start(), chain_add() for the first, chain_mark() for
 * everything that may have changed something, chain_check() from the loop,
 * chain_seal() once at the end.
 */
#ifndef CLOISTER_INIT_CHAIN_H
#define CLOISTER_INIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "init/canon.h"
#include "init/sha256.h"
#include "runtime/base/err.h"

#define CHAIN_GAP_MS 2000	/* between two documents */
#define CHAIN_LOOK_MS 60000	/* between two looks when nothing was marked */

/* Adds the facts as members of the open object; returns 0 or -errno. */
typedef int chain_writer(struct canon *c, struct err *e);

struct chain {
	chain_writer *write;
	int64_t sequence;		/* of the last document, 0: none */
	char last[SHA256_HEX];		/* its digest */
	char facts[SHA256_HEX];		/* digest of what the writer wrote */
	const char *cause;		/* why to look again, NULL: nothing */
	int64_t next_ms;		/* not before */
	int64_t look_ms;		/* not after */
	bool is_sealed;
};

/* An empty chain of what `write` writes. */
void chain_start(struct chain *c, chain_writer *write);

/*
 * Writes a document and emits it, unless `only_if_changed` and the facts are
 * those of the one before. `cause` must be a literal. `now_ms`: CLOCK_BOOTTIME.
 * Returns 1 if it was emitted, 0 if not, or -errno of the writer.
 */
int chain_add(struct chain *c, const char *cause, bool only_if_changed,
	      int64_t now_ms, struct err *e);

/* Something may have changed; the first cause since the last document counts. */
void chain_mark(struct chain *c, const char *cause);

/* Does what is due: chain_add() of what was marked, or a look. As that. */
int chain_check(struct chain *c, int64_t now_ms, struct err *e);

/* When chain_check() has something to do; 0: never. */
int64_t chain_due_ms(const struct chain *c);

/* Emits what is marked and EVIDENCE_SEALED; later calls of all do nothing. */
int chain_seal(struct chain *c, int64_t now_ms, struct err *e);

#endif

/*
 * text: bytes that a task wrote, looked at as UTF-8 and as lines.
 *
 * No side effects, no state: the same bytes always give the same pieces, so
 * that lines keep their numbers when uplink is killed and reads them again.
 * Trusts nothing: any byte sequence of any length is a legal input.
 */
#ifndef CLOISTER_UPLINK_TEXT_H
#define CLOISTER_UPLINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_PIECE_MAX 16384	/* bytes of one log record's body */

struct text_piece {
	size_t body;		/* bytes that belong to the record */
	size_t consumed;	/* body and its newline, if it has one */
	bool has_newline;
};

/*
 * Takes the next piece from the front of `data`: up to and including the
 * first newline, or TEXT_PIECE_MAX bytes of a longer line (fewer, by at most
 * three, where that would cut a character). `is_final` says that nothing
 * will follow, so that a last line without newline is a piece too.
 * Returns false when there is no whole piece yet.
 */
bool text_next_piece(const char *data, size_t len, bool is_final,
		     struct text_piece *piece);

#endif

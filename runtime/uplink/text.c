#include "runtime/uplink/text.h"

#include <string.h>

#include "runtime/base/utf8.h"

/* Where to cut a line longer than TEXT_PIECE_MAX: not inside a character. */
static size_t cut_before_character(const char *data, size_t len)
{
	size_t at = TEXT_PIECE_MAX;

	while (at > TEXT_PIECE_MAX - 3 &&
	       utf8_is_continuation((unsigned char)data[at]))
		at--;
	if (at + utf8_length(data + at, len - at) > TEXT_PIECE_MAX)
		return at;
	return TEXT_PIECE_MAX;
}

bool text_next_piece(const char *data, size_t len, bool is_final,
		     struct text_piece *piece)
{
	size_t window = len < TEXT_PIECE_MAX + 1 ? len : TEXT_PIECE_MAX + 1;
	const char *newline = window ? memchr(data, '\n', window) : NULL;

	if (newline) {
		piece->body = (size_t)(newline - data);
		piece->consumed = piece->body + 1;
		piece->has_newline = true;
		return true;
	}
	if (len <= TEXT_PIECE_MAX && (!is_final || len == 0))
		return false;
	piece->body = len > TEXT_PIECE_MAX ? cut_before_character(data, len) :
					     len;
	piece->consumed = piece->body;
	piece->has_newline = false;
	return true;
}

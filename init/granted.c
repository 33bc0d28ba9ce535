/* SPDX-License-Identifier: MIT */
#include "init/granted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/record.h"

static struct grant_note notes[GRANTED_MAX]; /* set 0: free */
static unsigned int more;

static bool is_word(const char *text, size_t cap)
{
	return memchr(text, '\0', cap) && record_is_word(text);
}

/* A container's name may be longer than a word. */
static bool is_name(const char *text, size_t cap)
{
	char one[2] = "";

	if (!memchr(text, '\0', cap))
		return false;
	for (; *text; text++) {
		one[0] = *text;
		if (!record_is_word(one))
			return false;
	}
	return true;
}

static struct grant_note *find(const struct grant_note *like)
{
	for (size_t i = 0; i < GRANTED_MAX; i++)
		if (notes[i].set && strcmp(notes[i].task, like->task) == 0 &&
		    strcmp(notes[i].container, like->container) == 0)
			return &notes[i];
	return NULL;
}

static struct grant_note *find_free(void)
{
	for (size_t i = 0; i < GRANTED_MAX; i++)
		if (!notes[i].set)
			return &notes[i];
	return NULL;
}

int granted_take(const void *meta, size_t len, struct err *e)
{
	struct grant_note note, *place;

	if (len != sizeof(note))
		return err_set(e, EBADMSG, "note of %zu bytes", len);
	memcpy(&note, meta, sizeof(note));
	if (!is_word(note.task, sizeof(note.task)) ||
	    !is_name(note.container, sizeof(note.container)) ||
	    !is_word(note.label, sizeof(note.label)))
		return err_set(e, EBADMSG, "text of a note");
	place = find(&note);
	if (!place && note.set)
		place = find_free();
	if (place)
		*place = note;
	else if (note.set)
		more++;
	else if (more > 0)
		more--;
	return 0;
}

void granted_write(struct canon *c)
{
	char hex[17];

	canon_open(c, "grants", '[');
	for (size_t i = 0; i < GRANTED_MAX; i++) {
		if (!notes[i].set)
			continue;
		snprintf(hex, sizeof(hex), "%016llx",
			 (unsigned long long)notes[i].set);
		canon_open(c, NULL, '{');
		canon_word(c, "task", notes[i].task);
		canon_word(c, "container", notes[i].container);
		canon_word(c, "label", notes[i].label);
		canon_word(c, "capabilities", hex);
		canon_close(c, '}');
	}
	canon_close(c, ']');
	canon_number(c, "grants_more", more);
}

void granted_clear(void)
{
	memset(notes, 0, sizeof(notes));
	more = 0;
}

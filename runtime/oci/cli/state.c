// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

#define NUMBER_MAX 24
#define KEY_MAX 32

/* Keys of single strings. */
struct text_row {
	const char *key;
	size_t offset;
};

/* clang-format off */
static const struct text_row texts[] = {
	{ "id", offsetof(struct state, id) },
	{ "bundle", offsetof(struct state, bundle) },
	{ "rootfs", offsetof(struct state, rootfs) },
	{ "created", offsetof(struct state, created) },
	{ "owner", offsetof(struct state, owner) },
	{ "cgroup", offsetof(struct state, cgroup) },
	{ "program", offsetof(struct state, program) },
};
/* clang-format on */

#define MAGIC "cloister-state"
#define MAGIC_VERSION "1"

static const char *const status_words[] = {
#define STATUS_WORD(id, word) [STATUS_##id] = word,
	STATUSES(STATUS_WORD)
#undef STATUS_WORD
};

_Static_assert(ARRAY_SIZE(status_words) == STATUS_COUNT, "a word is missing");

const char *status_word(enum status status)
{
	return status_words[status];
}

/* ---------------------------------------------------------------- writing */

struct sink {
	char *bytes; /* NULL: only counts */
	size_t length;
};

static void put_string(struct sink *k, const char *text)
{
	size_t len = strlen(text) + 1;

	if (k->bytes)
		memcpy(k->bytes + k->length, text, len);
	k->length += len;
}

static void put(struct sink *k, const char *key, const char *value)
{
	put_string(k, key);
	put_string(k, value);
}

static void put_number(struct sink *k, const char *key, uint64_t value)
{
	char text[NUMBER_MAX];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(k, key, text);
}

static void put_list(struct sink *k, const char *key, const char *const *list)
{
	for (; list && *list; list++)
		put(k, key, *list);
}

static void put_hooks(struct sink *k, const char *kind,
		      const struct state_hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		put(k, kind, hooks->list[i].path);
		put_number(k, "timeout", hooks->list[i].timeout_s);
		put_list(k, "arg", hooks->list[i].args);
		put_list(k, "env", hooks->list[i].env);
	}
}

static const char *text_at(const struct state *s, size_t offset)
{
	return *(const char *const *)((const char *)s + offset);
}

static void put_state(struct sink *k, const struct state *s)
{
	put(k, MAGIC, MAGIC_VERSION);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (text_at(s, texts[i].offset))
			put(k, texts[i].key, text_at(s, texts[i].offset));
	put_number(k, "pid", (uint64_t)s->pid);
	put_number(k, "start", s->start_ticks);
	put_number(k, "namespaces", s->namespaces);
	put_number(k, "creating", s->is_creating);
	for (size_t i = 0; i < s->annotation_count; i++) {
		put(k, "annotation", s->annotations[i].name);
		put(k, "value", s->annotations[i].value);
	}
	put_hooks(k, "poststart", &s->poststart);
	put_hooks(k, "poststop", &s->poststop);
	put(k, "end", "");
}

int state_encode(const struct state *s, char **bytes, size_t *length,
		 struct err *e)
{
	struct sink k = { .bytes = NULL };

	put_state(&k, s);
	if (k.length > STATE_BYTES_MAX)
		return err_set(e, EFBIG, "state of %zu bytes", k.length);
	k.bytes = malloc(k.length);
	if (!k.bytes)
		return err_set(e, ENOMEM, "malloc(state)");
	k.length = 0;
	put_state(&k, s);
	*bytes = k.bytes;
	*length = k.length;
	return 0;
}

/* ---------------------------------------------------------------- reading */

/* One pass counts what the second fills. */
struct source {
	const char *at;
	const char *end;
	const char *key;
	const char *value;
};

static const char *take_string(struct source *c)
{
	const char *text = c->at;
	const char *nul = memchr(text, '\0', (size_t)(c->end - text));

	if (!nul)
		return NULL;
	c->at = nul + 1;
	return text;
}

/* 1: a pair; 0: "end", the last; -EBADMSG. */
static int next(struct source *c)
{
	c->key = take_string(c);
	c->value = c->key ? take_string(c) : NULL;
	if (!c->value)
		return -EBADMSG;
	if (strcmp(c->key, "end") != 0)
		return 1;
	return c->at == c->end ? 0 : -EBADMSG;
}

static bool is_key(const struct source *c, const char *key)
{
	return strcmp(c->key, key) == 0;
}

static int number(const struct source *c, uint64_t max, uint64_t *out)
{
	char *end;

	if (*c->value < '0' || *c->value > '9')
		return -EBADMSG;
	errno = 0;
	*out = strtoull(c->value, &end, 10);
	return errno || *end || *out > max ? -EBADMSG : 0;
}

static int set_number(struct state *s, const struct source *c)
{
	uint64_t n = 0;
	int r = 0;

	if (is_key(c, "pid")) {
		r = number(c, INT32_MAX, &n);
		s->pid = (pid_t)n;
	} else if (is_key(c, "start")) {
		r = number(c, UINT64_MAX, &s->start_ticks);
	} else if (is_key(c, "namespaces")) {
		r = number(c, UINT64_MAX, &s->namespaces);
	} else if (is_key(c, "creating")) {
		r = number(c, 1, &n);
		s->is_creating = n;
	} else {
		r = -EBADMSG;
	}
	return r;
}

static bool set_text(struct state *s, const struct source *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!is_key(c, texts[i].key))
			continue;
		*(const char **)((char *)s + texts[i].offset) = c->value;
		return true;
	}
	return false;
}

/*
 * Lists in one block: annotations, hooks, and the words of the hooks'
 * arguments and environments with a NULL behind each list.
 */
struct lists {
	size_t annotations;
	size_t hooks;
	size_t words;
};

struct filling {
	struct state_pair *pair;
	struct oci_hook *hook;
	const char **word;
	struct oci_hook *open; /* the hook that arguments belong to */
	const char *list;      /* key of the word list that is open */
};

static bool is_hook(const struct source *c)
{
	return is_key(c, "poststart") || is_key(c, "poststop");
}

static bool is_word(const struct source *c)
{
	return is_key(c, "arg") || is_key(c, "env");
}

static int count(const char *bytes, size_t length, struct lists *n)
{
	struct source c = { .at = bytes, .end = bytes + length };
	int r;

	if (next(&c) != 1 || !is_key(&c, MAGIC) ||
	    strcmp(c.value, MAGIC_VERSION) != 0)
		return -EBADMSG;
	while ((r = next(&c)) == 1) {
		n->annotations += is_key(&c, "annotation");
		n->hooks += is_hook(&c);
		n->words += is_word(&c);
	}
	/* A NULL after the arguments and one after the environment. */
	n->words += 2 * n->hooks;
	return r;
}

/* Arguments come before the environment; a list that is empty stays NULL. */
static int add_word(struct filling *f, const struct source *c)
{
	const char *const **list;

	if (!f->open)
		return -EBADMSG;
	list = is_key(c, "arg") ? &f->open->args : &f->open->env;
	if (!*list)
		*list = f->word;
	else if (!f->list || strcmp(f->list, c->key) != 0)
		return -EBADMSG;
	else
		f->word--; /* the NULL that ended it so far */
	f->list = c->key;
	*f->word++ = c->value;
	*f->word++ = NULL;
	return 0;
}

static int add_hook(struct state *s, struct filling *f, const struct source *c)
{
	struct state_hooks *hooks = is_key(c, "poststart") ? &s->poststart :
							     &s->poststop;

	/* The hooks of a kind stand together. */
	if (!hooks->list)
		hooks->list = f->hook;
	else if (hooks->list + hooks->count != f->hook)
		return -EBADMSG;
	hooks->count++;
	f->open = f->hook++;
	f->open->path = c->value;
	f->list = NULL;
	return 0;
}

static int set_timeout(const struct filling *f, const struct source *c)
{
	uint64_t n;
	int r = f->open ? number(c, UINT32_MAX, &n) : -EBADMSG;

	if (r == 0)
		f->open->timeout_s = (uint32_t)n;
	return r;
}

static int set_pair(struct state *s, struct filling *f, const struct source *c)
{
	if (is_key(c, "annotation")) {
		f->pair[s->annotation_count++] =
			(struct state_pair){ c->value, "" };
		return 0;
	}
	if (is_key(c, "value")) {
		if (s->annotation_count == 0)
			return -EBADMSG;
		f->pair[s->annotation_count - 1].value = c->value;
		return 0;
	}
	if (is_hook(c))
		return add_hook(s, f, c);
	if (is_word(c))
		return add_word(f, c);
	if (is_key(c, "timeout"))
		return set_timeout(f, c);
	return set_text(s, c) ? 0 : set_number(s, c);
}

static int fill(struct state *s, size_t length, const struct lists *n)
{
	struct source c = { .at = s->bytes, .end = s->bytes + length };
	struct filling f = { .pair = s->words };
	int r;

	f.hook = (struct oci_hook *)(f.pair + n->annotations);
	f.word = (const char **)(f.hook + n->hooks);
	s->annotations = f.pair;
	(void)next(&c); /* the magic */
	while ((r = next(&c)) == 1) {
		r = set_pair(s, &f, &c);
		if (r < 0)
			return r;
	}
	return s->id && s->bundle && s->cgroup ? r : -EBADMSG;
}

int state_decode(char *bytes, size_t length, struct state *out, struct err *e)
{
	struct lists n = { .annotations = 0 };
	int r;

	*out = (struct state){ .bytes = bytes };
	r = count(bytes, length, &n);
	if (r == 0) {
		out->words =
			calloc(1, n.annotations * sizeof(struct state_pair) +
					  n.hooks * sizeof(struct oci_hook) +
					  n.words * sizeof(char *) + 1);
		r = out->words ? fill(out, length, &n) : -ENOMEM;
	}
	if (r == 0)
		return 0;
	state_free(out);
	return err_set(e, -r, "state of the container");
}

void state_free(struct state *s)
{
	free(s->bytes);
	free(s->words);
	*s = (struct state){ .pid = 0 };
}

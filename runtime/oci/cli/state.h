/* SPDX-License-Identifier: MIT */
/*
 * state: what is remembered of a container, as bytes and as JSON.
 *
 * The bytes are NUL-terminated strings, a key and a value in turn, with
 * "end" as the last key, so that half a file is not taken for a whole one.
 * Written by this program alone, but read as if by a stranger: every string
 * ends inside the file, numbers are numbers, lists have a maximum.
 */
#ifndef CLOISTER_OCI_CLI_STATE_H
#define CLOISTER_OCI_CLI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/oci/oci.h"

#define STATE_OCI_VERSION "1.3.0"	/* of the specification, for the JSON */
#define STATE_BYTES_MAX (1U << 20)

/* Row: enumerator, word of the specification ("paused" is runc's). */
#define STATUSES(ROW)                                                         \
	ROW(CREATING, "creating")                                             \
	ROW(CREATED, "created")                                               \
	ROW(RUNNING, "running")                                               \
	ROW(PAUSED, "paused")                                                 \
	ROW(STOPPED, "stopped")

enum status {
#define STATUS_ENUM(id, word) STATUS_##id,
	STATUSES(STATUS_ENUM)
#undef STATUS_ENUM
	STATUS_COUNT
};

struct state_pair {
	const char *name;
	const char *value;
};

struct state_hooks {
	const struct oci_hook *list;
	size_t count;
};

/*
 * Strings borrow: from whoever filled the struct, or, after state_decode(),
 * from `bytes` and `words`, which state_free() frees.
 */
struct state {
	const char *id;
	const char *bundle;		/* absolute */
	const char *rootfs;		/* absolute, as the bundle says */
	const char *created;		/* RFC 3339 */
	const char *owner;
	const char *cgroup;		/* beneath the cgroup2 root */
	const char *program;		/* args[0], for messages */
	pid_t pid;			/* 0: none yet */
	uint64_t start_ticks;
	uint64_t namespaces;		/* CLONE_NEW flags: those of its own */
	bool is_creating;		/* create has not returned */
	const struct state_pair *annotations;
	size_t annotation_count;
	struct state_hooks poststart;
	struct state_hooks poststop;
	char *bytes;
	void *words;
};

const char *status_word(enum status status);

/*
 * Makes the bytes of `s`; the caller frees `*bytes`.
 * Returns 0, -EFBIG (more than STATE_BYTES_MAX) or -ENOMEM.
 */
int state_encode(const struct state *s, char **bytes, size_t *length,
		 struct err *e);

/*
 * Reads bytes; takes `bytes` over (malloc'd, `length` bytes), also when it
 * fails. Returns 0, -EBADMSG or -ENOMEM. state_free() afterwards.
 */
int state_decode(char *bytes, size_t length, struct state *out,
		 struct err *e);

void state_free(struct state *s);

/*
 * The state as the specification wants it for hooks and `state`, with runc's
 * additions (rootfs, created, owner), and a newline. The caller frees
 * `*text`, which is NUL-terminated. Returns 0 or -ENOMEM.
 * Source: OCI runtime-spec, runtime.md "State".
 */
int state_json(const struct state *s, enum status status, char **text,
	       size_t *length, struct err *e);

struct json;

/* The same as one value of a larger text. */
void state_json_value(struct json *j, const struct state *s,
		      enum status status);

/* Enough room for state_json_value(). */
size_t state_json_room(const struct state *s);

#endif

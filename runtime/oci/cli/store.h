/* SPDX-License-Identifier: MIT */
/*
 * store: the containers of a machine as directories of the state directory.
 *
 *	ROOT/ID/state		runtime/oci/cli/state.h, replaced as a whole
 *	ROOT/ID/config.json	what the container was created from
 *	ROOT/ID/gate		FIFO at which its process waits for `start`
 *	ROOT/ID/fault		FIFO in which it says what failed after that
 *
 * ROOT belongs to the caller and is writable by nobody else. Paths in it are
 * opened by directory descriptors. Who changes a container holds its lock
 * (flock(2) on its directory); who only looks does not wait for it.
 */
#ifndef CLOISTER_OCI_CLI_STORE_H
#define CLOISTER_OCI_CLI_STORE_H

#include "runtime/oci/cli/state.h"

#define STORE_ROOT "/run/cloister"
#define STORE_ID_MAX 255	/* NAME_MAX: an id is a directory's name */

#define STORE_CONFIG "config.json"
#define STORE_GATE "gate"
#define STORE_FAULT "fault"

struct store {
	int root;
	int dir;		/* of one container, also its lock; -1: none */
	bool is_locked;		/* by us */
	char id[STORE_ID_MAX + 1];
	struct state state;	/* state.id is NULL while there is none yet */
};

enum store_lock {
	STORE_LOOK,		/* no lock */
	STORE_SHARE,		/* with others that do not change it */
	STORE_CHANGE,		/* alone */
};

/*
 * An id is 1..255 of the bytes A-Z a-z 0-9 _ + - . and does not begin with a
 * dot. Returns 0, -EINVAL or -ENAMETOOLONG.
 */
int store_check_id(const char *id, struct err *e);

/*
 * Opens the state directory `root` (NULL: STORE_ROOT), made with its parents
 * (0700) if it is missing and `is_made`. store_close() afterwards, also when
 * it fails. -EPERM: it belongs to or can be written by somebody else.
 * -ENOENT (not with is_made): there is none.
 */
int store_open(struct store *s, const char *root, bool is_made,
	       struct err *e);

/*
 * Makes the directory of a new container (0700), locked with STORE_CHANGE.
 * -EEXIST: there is one of that id.
 */
int store_add(struct store *s, const char *id, struct err *e);

/*
 * Opens a container and reads its state, in an opened store. -ENOENT: "does
 * not exist". A container whose creation has not come far has no state.id.
 */
int store_find(struct store *s, const char *id, enum store_lock lock,
	       struct err *e);

/*
 * store_open() and store_find() in one: also without a state directory the
 * container "does not exist". store_close() afterwards, also when it fails.
 */
int store_get(struct store *s, const char *root, const char *id,
	      enum store_lock lock, struct err *e);

/* Writes s->state. It is there as a whole or not at all. */
int store_save(struct store *s, struct err *e);

/* What the container of s->state does now. Source: runtime-spec, "State". */
int store_status(const struct store *s, enum status *status, struct err *e);

/* Somebody else holds the lock to change it: creates, starts, deletes it. */
bool store_is_at_work(const struct store *s);

/* Removes all that is remembered of the container. */
int store_remove(struct store *s, struct err *e);

/* Gives the lock back; the container stays open. */
void store_unlock(struct store *s);

/* Takes it again (STORE_CHANGE). -ENOENT: it was removed meanwhile. */
int store_lock(struct store *s, struct err *e);

/* Closes the container, not the store. */
void store_leave(struct store *s);

void store_close(struct store *s);

/*
 * Calls `each` with every container found (STORE_LOOK), in no order; it
 * returns 0 to go on. One that cannot be read is a warning in the log.
 * Returns 0 or what `each` said.
 */
int store_list(struct store *s,
	       int (*each)(struct store *s, void *context, struct err *e),
	       void *context, struct err *e);

#endif

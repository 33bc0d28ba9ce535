/*
 * keeper: the descriptors that init holds for services, and who may put what
 * there for whom.
 *
 * A service that crashes finds what it kept when it starts again, and a
 * descriptor goes from one service to another only along a row of the table.
 * init never reads from, writes to or looks into what it keeps.
 *
 * Trust: senders are known by the socket that a message came through; names
 * and counts are checked here, contents by whoever uses them.
 */
#ifndef CLOISTER_INIT_KEEPER_H
#define CLOISTER_INIT_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/bus.h"
#include "runtime/base/description.h"
#include "runtime/base/err.h"

#define KEEPER_STREAMS_MAX 5120	/* 256 tasks, 10 containers, 2 streams */
#define KEEPER_MAX (2 * KEEPER_STREAMS_MAX + 3 * DESCRIPTION_TASKS_MAX + 16)

enum keeper_right {
	KEEPER_KEEP = 1,
	KEEPER_DROP = 2,
	KEEPER_REPLACE = 4,	/* keep under a name that is taken */
};

struct keeper_rule {
	enum bus_service sender;
	enum bus_service owner;		/* for whom it is kept */
	const char *name;		/* ends in '/': a decimal number follows */
	unsigned int rights;		/* enum keeper_right, or-ed */
	size_t max;			/* kept at once under this rule's name */
};

extern const struct keeper_rule keeper_rules[];
extern const size_t keeper_rules_count;

/*
 * The rule by which `sender` may do something with `name` of `owner`, or
 * NULL. A number after the '/' has 1 to 10 digits and no leading zero.
 */
const struct keeper_rule *keeper_rule_of(enum bus_service sender,
					 enum bus_service owner,
					 const char *name);

/*
 * Keeps `*fd` as message `m` (BUS_KEEP) from `sender` says, with a copy of the
 * meta data; takes the fd over (sets it to -1) on success only. It is due to
 * be given to its owner unless the owner sent it.
 * Returns 0; -EPERM no rule; -EBADF no fd; -EEXIST the name is taken and may
 * not be replaced; -ENOSPC the rule's count is reached; -ENOMEM.
 */
int keeper_keep(enum bus_service sender, const struct bus_message *m, int *fd,
		struct err *e);

/* BUS_DROP from `sender`. Returns 0, -EPERM no rule, -ENOENT not kept. */
int keeper_drop(enum bus_service sender, const struct bus_message *m,
		struct err *e);

/* True if `name` is kept for `owner`. */
bool keeper_has(enum bus_service owner, const char *name);

/* Number of descriptors kept for `owner`. */
size_t keeper_count(enum bus_service owner);

/*
 * Sends every descriptor of `owner` that is due through `sock`. Returns 0
 * when none is left, -EAGAIN when the queue is full (call again when it can be
 * written), else -errno of the send.
 */
int keeper_give(enum bus_service owner, int sock);

/* A new process serves `owner`: everything is due again. */
void keeper_renew(enum bus_service owner);

/* Closes `name` of `owner`, if it is kept. */
void keeper_forget(enum bus_service owner, const char *name);

/* Closes everything of `owner`. */
void keeper_clear(enum bus_service owner);

#endif

/*
 * house: what the instance document asks of the instance itself: network,
 * uplink's configuration and guard, the place for images.
 */
#ifndef CLOISTER_TASK_HOUSE_H
#define CLOISTER_TASK_HOUSE_H

#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/err.h"
#include "runtime/task/plan.h"

/*
 * Does all of it, after telling init the lifetime that the document asks for;
 * safe to repeat after a crash. `guard` is the map that init gave. A network
 * that cannot be set up, or an endpoint that is none, is said on the console
 * and does not stop the tasks: their logs wait.
 * Returns -errno when images could not be stored, the guard not be closed or
 * uplink not be told.
 */
int house_set_up(const struct plan *p, int guard, struct err *e);

/*
 * What a newer plan changes of the instance itself: tells init a lifetime or
 * an event window that is not the same. init takes what is earlier alone.
 */
int house_follow(const struct plan *now, const struct plan *next,
		 struct err *e);

/*
 * The set of capabilities that tasks of this instance may hold: the default
 * ones and what the document permits.
 */
uint64_t house_permitted(const struct plan *p);

/* Fills uplink's configuration. -E2BIG: more attributes than it can carry. */
int house_channel_config(const struct plan *p, const char *image_version,
			 struct channel_config *c, struct err *e);

#endif

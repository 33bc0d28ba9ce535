/*
 * handout: what init itself gives to services: the instance document, the
 * keys that documents are signed with, the name that the firmware gave the
 * machine, the store, the kernel log, the map of uplink's guard and both ends
 * of the record sockets. All of it goes into the keeper, so that a service that
 * starts again gets it again.
 */
#ifndef CLOISTER_INIT_HANDOUT_H
#define CLOISTER_INIT_HANDOUT_H

#include "runtime/base/err.h"

/*
 * Makes the record sockets, uses one for init's own records, and gives the
 * other ends to the keeper; opens the others for it. A document, a name or a store that
 * is not there is said on the console and no error: intake and
 * runtime report what they lack.
 * Needs the device labels and guard_set_up(). Returns 0 or -errno.
 */
int handout_prepare(struct err *e);

#endif

/*
 * lockdown: the kernel's own lock against root. It comes from the command
 * line of the boot image; init only proves that it is there.
 */
#ifndef CLOISTER_INIT_LOCKDOWN_H
#define CLOISTER_INIT_LOCKDOWN_H

#include "runtime/base/err.h"

#define LOCKDOWN_WORD_MAX 24

/*
 * Takes the active word out of the kernel's list, e.g. "integrity" of
 * "none [integrity] confidentiality". Returns 0, -EBADMSG for another shape,
 * -EPERM for a level below integrity (none, or one that init does not know).
 */
int lockdown_level_of(const char *text, char word[LOCKDOWN_WORD_MAX],
		      struct err *e);

/* The same of /sys/kernel/security/lockdown. */
int lockdown_read_back(char word[LOCKDOWN_WORD_MAX], struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * text: configurations for tests, written with ' where JSON has ".
 *
 * text_load() completes a few members of one object to a whole config.json
 * that is accepted without them.
 */
#ifndef CLOISTER_TESTS_OCI_CONFIG_TEXT_H
#define CLOISTER_TESTS_OCI_CONFIG_TEXT_H

#include "runtime/oci/config/config.h"

enum text_slot {
	TEXT_TOP,	/* members of the document itself */
	TEXT_PROCESS,
	TEXT_LINUX,
	TEXT_RESOURCES,
	TEXT_SECCOMP,
	TEXT_MOUNT,	/* of the only mount */
};

/* Loads it from memory. Returns what config_load() does. */
int text_load(enum text_slot slot, const char *members, struct config **out,
	      struct err *e);

/* A file in memory, with ' turned into ". The caller owns the fd. */
int text_file(const char *text);

#endif

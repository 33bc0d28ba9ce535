/* SPDX-License-Identifier: MIT */
/*
 * rows: every property of the specification with values that are accepted and
 * values that are refused, written with ' where JSON has ".
 */
#ifndef CLOISTER_TESTS_OCI_CONFIG_ROWS_H
#define CLOISTER_TESTS_OCI_CONFIG_ROWS_H

#include "tests/unit/oci/config/text.h"

/* One value of a property of a group. */
struct row_case {
	const char *property; /* NULL ends the group */
	const char *members;  /* that hold it */
	int error;	      /* 0: accepted */
	/*
	 * What the message says behind the place of the property; with @ all
	 * that it begins with. NULL: nothing in particular.
	 */
	const char *words;
};

/* Properties of one object, and what stands around it. */
struct row_group {
	const char *table; /* "process.user" */
	enum text_slot slot;
	const char *before, *after;
	const char *place; /* of a property, without it: "process.user." */
	const struct row_case *cases;
};

extern const struct row_group row_groups[];	/* ends at table NULL */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * seccomp: the default profile of a task, as tables.
 *
 * Three answers: what the lists allow is allowed; what is known and kept from
 * tasks fails with EPERM (or the row's own error); what nobody knew when the
 * lists were written fails with ENOSYS, as on an older kernel, so that
 * libraries fall back. The compiler (runtime/oci/seccomp.c) adds the system
 * calls of the granted capabilities (policy/grants.h): a granted name is
 * allowed whole and its rows here do not count.
 *
 * One architecture: the native one. Others fail with ENOSYS.
 */
#ifndef CLOISTER_POLICY_SECCOMP_H
#define CLOISTER_POLICY_SECCOMP_H

#include <stdint.h>

enum seccomp_compare {
	SECCOMP_EQUAL,		/* argument == value */
	SECCOMP_BELOW,		/* argument < value */
	SECCOMP_ABOVE,		/* argument > value */
	SECCOMP_MASKED,		/* (argument & mask) == value */
};

/* A system call whose answer depends on one argument. */
struct seccomp_when {
	const char *name;	/* NULL ends the table */
	int error;		/* 0: allow, else fail with this errno */
	unsigned int argument;	/* 0..5 */
	enum seccomp_compare compare;
	uint64_t mask;		/* SECCOMP_MASKED only */
	uint64_t value;
};

struct seccomp_refused {
	const char *name;	/* NULL ends the table */
	int error;
};

/* Number of a system call that libseccomp's own list may not have yet; these
 * numbers are the same on every architecture. */
struct seccomp_number {
	const char *name;	/* NULL ends the table */
	int number;
};

/* Allowed whatever the arguments, NULL-terminated. */
extern const char *const seccomp_allowed[];

/* Allowed or refused by an argument. */
extern const struct seccomp_when seccomp_when[];

/* Known and refused. */
extern const struct seccomp_refused seccomp_refused[];

extern const struct seccomp_number seccomp_numbers[];

/* What a system call that no table knows fails with. */
#define SECCOMP_UNKNOWN_ERROR ENOSYS

#endif

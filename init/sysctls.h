/*
 * sysctls: kernel settings of the house, each written and read back, and the
 * states that the boot parameters should have led to. A setting that the
 * kernel refuses, lacks or shows differently stops the boot: nobody would
 * look at a warning on a machine that nobody logs in to. The table, with a
 * reason for each row, is init/settings.
 * Source: Documentation/admin-guide/sysctl/, networking/ip-sysctl.rst, the
 * Kernel Self Protection Project's recommended settings.
 */
#ifndef CLOISTER_INIT_SYSCTLS_H
#define CLOISTER_INIT_SYSCTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/err.h"

#define SYSCTLS_VALUE_MAX 128

enum sysctls_how {
	SYSCTLS_SET,
	SYSCTLS_SET_IF_THERE,	/* a kernel without the file lacks the feature */
	SYSCTLS_CHECK,		/* read only: the kernel must bring it along */
	SYSCTLS_STATE,		/* the same, anywhere */
};

struct sysctls_row {
	const char *path;	/* below /proc/sys; SYSCTLS_STATE: from / on */
	const char *value;
	enum sysctls_how how;
};

extern const struct sysctls_row sysctls_rows[];
extern const size_t sysctls_count;

/*
 * Writes every row below the directory fd `settings` (of /proc/sys) and reads
 * each back, states below `root`; blanks and tabs between numbers count the
 * same. Needs CAP_SYS_ADMIN, CAP_NET_ADMIN and, for two rows, CAP_SETPCAP with
 * CAP_SYS_MODULE. Returns the number of rows in force; -EDOM for a value that
 * reads back differently; -ENOENT for a missing file that must be there.
 */
int sysctls_apply_at(int settings, int root, struct err *e);

/* The same on /proc/sys and /. */
int sysctls_apply(struct err *e);

/*
 * Of the rows those that a network link takes over when it comes to be: before
 * the drivers of links. Returns how many; errors as above.
 */
int sysctls_apply_defaults_at(int settings, struct err *e);

/* The same on /proc/sys. */
int sysctls_apply_defaults(struct err *e);

/*
 * Reads a row's value as it is now. Returns 1; 0 where the kernel lacks a file
 * that it may lack; -errno.
 */
int sysctls_read(int dir, const struct sysctls_row *row,
		 char value[SYSCTLS_VALUE_MAX], struct err *e);

/* True if both are the same words, however blanks and tabs set them apart. */
bool sysctls_is_same(const char *a, const char *b);

#endif

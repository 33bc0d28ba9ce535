/*
 * cgstat: numbers out of the text files of cgroup v2 and procfs.
 *
 * Pure functions over NUL-terminated text; each returns false where the text
 * has no such number. Source: Documentation/admin-guide/cgroup-v2.rst,
 * Documentation/accounting/psi.rst, proc(5).
 */
#ifndef CLOISTER_UPLINK_CGSTAT_H
#define CLOISTER_UPLINK_CGSTAT_H

#include <stdbool.h>
#include <stdint.h>

enum cgstat_form {
	CGSTAT_FLAT,	/* "N": memory.current; key unused */
	CGSTAT_KEYED,	/* "key N" or "key: N" lines: cpu.stat, meminfo */
	CGSTAT_NESTED,	/* "device key=N ..." lines, summed: io.stat */
	CGSTAT_PRESSURE,/* "some ... total=N" line: key is "some" or "full" */
};

/* Reads the number `key` from `text`, a file of the given form. */
bool cgstat_read(enum cgstat_form form, const char *text, const char *key,
		 int64_t *n);

/*
 * Reads the `index`-th (from 0) space-separated decimal of a line such as
 * /proc/loadavg.
 */
bool cgstat_decimal(const char *text, unsigned int index, double *d);

#endif

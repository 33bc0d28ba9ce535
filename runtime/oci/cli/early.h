/* SPDX-License-Identifier: MIT */
/*
 * early: self_protect() before libc begins.
 *
 * A command that starts processes executes itself a second time, see self.h.
 * By then libc has relocated this program, which writes to a dozen pages, and
 * main() has read the options: all of it for nothing. So the entry point of
 * the static program (early_entry.S) comes here first. This is for speed
 * alone: whatever is not as expected, libc begins as always, and self_protect()
 * decides, and says what is wrong.
 *
 * What runs here has no relocations, thread pointer or errno: no pointer in
 * constant data, no stack protector, no libc but functions on memory.
 */
#ifndef CLOISTER_OCI_CLI_EARLY_H
#define CLOISTER_OCI_CLI_EARLY_H

/*
 * `stack` is the first stack pointer: argc, argv, NULL, the environment, NULL,
 * the auxiliary vector. Executes this program from a read-only copy of its
 * mount if one of its words is a command that starts processes and it was not
 * started from such a copy; returns if not, or if anything fails, with nothing
 * left open.
 * Source: System V ABI, AMD64, "Initial Stack and Register State".
 */
void early_protect(char **stack);

/* A system call: its result or -errno, by value. In early_entry.S. */
long early_call(long number, long a, long b, long c, long d, long e);

#endif

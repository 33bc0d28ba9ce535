/* SPDX-License-Identifier: MIT */
/*
 * tracer: which system calls the programs of the machine make, by name, while
 * the test image runs. A BPF program on the kernel's entry counts nothing and
 * keeps nothing but what it saw: who and what.
 */
#ifndef CLOISTER_TEST_TRACER_H
#define CLOISTER_TEST_TRACER_H

/*
 * Begins. Ends the program where the kernel does not let it. The unpacker,
 * whose program is runtime's, is told by its control group, as "unpack".
 */
void tracer_begin(void);

/*
 * Says what was seen on the console, sorted, as lines
 * "saboteur: calls <name>: <number>" in decimal, once each.
 */
void tracer_tell(void);

#endif

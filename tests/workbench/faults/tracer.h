/* SPDX-License-Identifier: MIT */
/*
 * tracer: runs a command and lets one of its system calls fail.
 *
 * Processes are counted from 0 (the command) in the order in which they come
 * to be, system calls from 0 in each process (in the command from its exec
 * on): that numbers every call of a command that does the same each time.
 * Calls that the kernel never fails, or whose failure nobody could act on, are
 * not counted (tracer.c lists them).
 *
 * The caller is a subreaper with no other children. Needs CAP_SYS_PTRACE.
 * Source: ptrace(2).
 */
#ifndef CLOISTER_TESTS_FAULTS_TRACER_H
#define CLOISTER_TESTS_FAULTS_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRACER_PROCESSES_MAX 16
#define TRACER_NOBODY (-1)

struct tracer_fault {
	int process;		/* TRACER_NOBODY: nothing fails */
	size_t call;
	int error;		/* errno value that the call gives */
};

struct tracer_result {
	int status;		/* wait status of the command */
	bool is_hung;		/* it had to be killed after the timeout */
	bool is_injected;	/* the call came and failed */
	long number;		/* of the call that failed */
	int process_count;
	size_t calls[TRACER_PROCESSES_MAX];
};

/*
 * Runs argv with standard input and output on /dev/null and standard error on
 * `output_fd`. What the command leaves running goes on untraced. 0 or -errno.
 */
int tracer_run(char *const *argv, int output_fd,
	       const struct tracer_fault *fault, unsigned int timeout_s,
	       struct tracer_result *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * rss: how much memory processes have, counted by the page. What getrusage(2)
 * says is kept by each processor for itself and may lack hundreds of KiB.
 */
#ifndef CLOISTER_TESTS_BENCH_RSS_H
#define CLOISTER_TESTS_BENCH_RSS_H

#include <sys/types.h>

/* The resident set of a process in KiB, or -1. */
long rss_now(pid_t pid);

/*
 * Watches `pid`, a child that asked to be traced (PTRACE_TRACEME) and has
 * executed its program, and all that it starts, until it has ended. Returns
 * the largest resident set that one of them ended with, in KiB, and the wait
 * status of `pid` in `*status`; -1 when it cannot be watched.
 */
long rss_watch(pid_t pid, int *status);

#endif

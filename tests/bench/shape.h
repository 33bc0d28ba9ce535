/* SPDX-License-Identifier: MIT */
/*
 * shape: the container that every runtime of the bench starts, as far as it is
 * not in the executor's own tables. It is what engines ask for by default: six
 * namespaces, the default mounts, masked and read-only paths (runtime/oci/oci.h),
 * 14 capabilities (policy/grants.h), no_new_privs, the default seccomp profile
 * (policy/seccomp.h), a limit on open files, and a cgroup with limits and a
 * device program.
 *
 * describe.c writes it as config.json for runtimes, floor.c does it with the
 * fewest system calls, engine.c fills a struct oci_spec.
 */
#ifndef CLOISTER_TESTS_BENCH_SHAPE_H
#define CLOISTER_TESTS_BENCH_SHAPE_H

#define SHAPE_HOSTNAME "bench"
#define SHAPE_OOM_SCORE_ADJ 0
#define SHAPE_OPEN_FILES 65536
#define SHAPE_MEMORY_MAX (256 << 20)
#define SHAPE_CPU_SHARES 1024	/* of cgroup v1, as config.json has it */
#define SHAPE_CPU_WEIGHT 39	/* the same for cgroup v2 */
#define SHAPE_PIDS_MAX 1024
#define SHAPE_UMASK 0022

#endif

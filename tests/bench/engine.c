// SPDX-License-Identifier: MIT
/*
 * The executor without a command line: what the instance's engine does for
 * each container, in a process that goes on. The shape as a struct oci_spec.
 *
 *   bench_engine self ROOTFS      for each number on standard input so many
 *                                 containers, started one after another, as
 *                                 the engine does, and awaited; answers with
 *                                 "nanoseconds KIB", its resident set
 *   bench_engine alive ROOTFS N   starts N that wait for ever, prints
 *                                 "engine nanoseconds" for each start
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "policy/grants.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/oci.h"
#include "tests/bench/rss.h"
#include "tests/bench/shape.h"

static struct oci_spec spec;

/* All but the cgroup, the root and the arguments. */
static int describe(struct err *e)
{
	static const char *const env[] = { "PATH=/bin", "HOME=/root", NULL };
	static const struct oci_rlimit files = { RLIMIT_NOFILE,
						 { SHAPE_OPEN_FILES,
						   SHAPE_OPEN_FILES } };
	uint64_t set = grant_default_set();

	oci_spec_init(&spec);
	spec.process.env = env;
	spec.process.umask = SHAPE_UMASK;
	spec.process.capabilities = (struct oci_capabilities){
		.bounding = set,
		.permitted = set,
		.effective = set,
	};
	spec.process.is_no_new_privileges = true;
	spec.process.has_oom_score_adj = true;
	spec.process.oom_score_adj = SHAPE_OOM_SCORE_ADJ;
	spec.process.rlimits = &files;
	spec.process.rlimit_count = 1;
	spec.process.stdin_fd = 0;
	spec.process.stdout_fd = 1;
	spec.process.stderr_fd = 2;
	spec.hostname = SHAPE_HOSTNAME;
	spec.mounts = oci_default_mounts;
	spec.mount_count = OCI_DEFAULT_MOUNTS;
	spec.masked = oci_default_masked;
	spec.masked_count = oci_default_masked_count;
	spec.read_only = oci_default_read_only;
	spec.read_only_count = oci_default_read_only_count;
	spec.namespaces.unshare = OCI_DEFAULT_NAMESPACES;
	spec.resources.memory_max = SHAPE_MEMORY_MAX;
	spec.resources.cpu_weight = SHAPE_CPU_WEIGHT;
	spec.resources.pids_max = SHAPE_PIDS_MAX;
	return oci_seccomp_default(set, &spec.seccomp, e);
}

static const char *const ends[] = { "/nothing", NULL };
static const char *const waits[] = { "/nothing", "wait", NULL };

static void must(int r, const struct err *e)
{
	if (r >= 0)
		return;
	err_print(2, "bench_engine", e);
	_exit(1);
}

/* The cgroup of a container, until the next is named. */
static const char *cgroup_of(unsigned long number)
{
	static char name[32];

	snprintf(name, sizeof(name), "engine-%lu", number);
	return name;
}

/* Starts one; gives its pid. */
static pid_t start(int rootfs, unsigned long number)
{
	struct oci_started started;
	struct err e = ERR_NONE;

	spec.cgroup = cgroup_of(number);
	spec.root_fd = sys_clone_mount(rootfs, 0);
	if (spec.root_fd < 0)
		must(err_set(&e, -spec.root_fd, "open_tree(rootfs)"), &e);
	must(oci_start(&spec, OCI_PARENT_IS_CALLER, &started, &e), &e);
	close(spec.root_fd);
	close(started.pidfd);
	return started.pid;
}

#define AT_ONCE_MAX 128

static void from_start_to_exit(int rootfs, unsigned long count)
{
	static pid_t pids[AT_ONCE_MAX];
	struct err e = ERR_NONE;

	spec.process.args = ends;
	for (unsigned long i = 0; i < count; i++)
		pids[i] = start(rootfs, i);
	for (unsigned long i = 0; i < count; i++) {
		int status = 0;

		if (waitpid(pids[i], &status, 0) < 0 || status != 0)
			must(err_set(&e, EIO, "the container failed"), &e);
		must(oci_clean(cgroup_of(i), &e), &e);
	}
}

static int answer(int rootfs)
{
	unsigned long count;

	while (scanf("%lu", &count) == 1 && count <= AT_ONCE_MAX) {
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);
		uint64_t end;

		from_start_to_exit(rootfs, count);
		end = clock_ns(CLOCK_MONOTONIC);
		printf("%llu %ld\n", (unsigned long long)(end - begin),
		       rss_now(getpid()));
		fflush(stdout);
	}
	return 0;
}

static int keep_alive(int rootfs, unsigned long count)
{
	spec.process.args = waits;
	for (unsigned long i = 0; i < count; i++) {
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);

		start(rootfs, i);
		printf("engine %llu\n",
		       (unsigned long long)(clock_ns(CLOCK_MONOTONIC) - begin));
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool is_alive = argc == 4 && strcmp(argv[1], "alive") == 0;
	struct err e = ERR_NONE;
	int rootfs;

	if (!is_alive && (argc != 3 || strcmp(argv[1], "self") != 0)) {
		say(2, "bench_engine", "self ROOTFS | alive ROOTFS N");
		return 2;
	}
	rootfs = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rootfs < 0)
		must(err_set(&e, errno, "open(%s)", argv[2]), &e);
	must(describe(&e), &e);
	return is_alive ? keep_alive(rootfs, strtoul(argv[3], NULL, 10)) :
			  answer(rootfs);
}

/* SPDX-License-Identifier: MIT */
/*
 * container: what the executor's tests share. A test gets a private mount
 * namespace with cgroup2 at /sys/fs/cgroup, a cgroup of its own, and a small
 * root file system on tmpfs that holds /bin/probe and whatever it adds.
 */
#ifndef CLOISTER_TESTS_OCI_CONTAINER_H
#define CLOISTER_TESTS_OCI_CONTAINER_H

#include "runtime/oci/oci.h"

struct container {
	int root;			/* detached tmpfs */
	char cgroup[80];
	char parent[64];
	char output[65536];		/* of the container's stdout */
	int status;			/* wait status */
	struct err err;
	struct oci_spec spec;
	struct oci_mount mounts[32];	/* what spec.mounts leads to, and so on */
	struct oci_device devices[8];
	struct oci_rlimit rlimits[4];
	gid_t groups[4];
	const char *args[16];
	const char *env[8];
};

/* NULL when the host can run these tests, else what is missing. */
const char *container_missing(void);

/* Private namespaces of the test process, once per test. 0 or -errno. */
int container_prepare(void);

/*
 * A fresh root and spec: "/bin/probe" with no command, the default mounts,
 * paths, namespaces and capabilities. 0 or -errno.
 */
int container_new(struct container *c);

/* One more mount: a tmpfs at `where`, for the caller to change. */
struct oci_mount *container_add_mount(struct container *c, const char *where);

/* One more device node. */
void container_add_device(struct container *c, const struct oci_device *d);

/* Sets args to "probe" and the words up to NULL. */
void container_args(struct container *c, ...);

/* Copies the probe to `path` in the root. */
int container_add_probe(struct container *c, const char *path, mode_t mode);

/* A file with `text`, a directory, a link in the root. */
int container_add_file(struct container *c, const char *path,
		       const char *text, mode_t mode);
int container_add_directory(struct container *c, const char *path);
int container_add_link(struct container *c, const char *path,
		       const char *target);

/*
 * Starts it with its stdout on a pipe, reads that to its end, waits, cleans.
 * Returns what oci_start() returned; output and status hold the rest.
 */
int container_run(struct container *c);

/* container_new(), args "probe" + words up to NULL, container_run(). */
int container_probe(struct container *c, ...);

/*
 * In a TEST_F whose fixture has a container `c`: runs the probe with these
 * words and expects the start to succeed; says why not.
 */
#define RUN(...)                                               \
	do {                                                   \
		container_args(&self->c, __VA_ARGS__, NULL);   \
		ASSERT_EQ(0, container_run(&self->c))          \
		{                                              \
			TH_LOG("%s (%d)", self->c.err.message, \
			       self->c.err.code);              \
		}                                              \
	} while (0)

/* The same, and what it prints is exactly this, or holds this. */
#define PRINTS(text, ...)                           \
	do {                                        \
		RUN(__VA_ARGS__);                   \
		ASSERT_STREQ(text, self->c.output); \
	} while (0)

#define HAS(text)                                            \
	ASSERT_NE(NULL, strstr(self->c.output, text))        \
	{                                                    \
		TH_LOG("no %s in %s", text, self->c.output); \
	}

/* Only starts; the caller ends it with container_end(). */
int container_start(struct container *c, struct oci_started *started,
		    int *output);
int container_end(struct container *c, struct oci_started *started,
		  int *output);

/* Number of cgroups below the test's own, and of its open descriptors. */
int container_count_cgroups(struct container *c);
int container_count_fds(void);

/* Ends the test's cgroup. */
void container_free(struct container *c);

/* A directory of the build: "reaper" beside the tests' directories. */
int container_open_built(const char *name);

#endif

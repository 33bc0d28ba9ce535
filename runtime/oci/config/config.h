/* SPDX-License-Identifier: MIT */
/*
 * config: a bundle's config.json into a struct oci_spec.
 *
 * The OCI runtime specification 1.3 for Linux, all of it: a value that it
 * calls invalid is -EINVAL, a feature that is not to be had here (AppArmor,
 * what only cgroup v1 has, Intel RDT, other platforms) -EOPNOTSUPP, and the
 * message begins with the property ("process.rlimits[2].type: ..."). Unknown
 * properties are ignored, as the specification demands.
 *
 * Order of use: config_load(), then take what is needed, fill in what only
 * the caller knows (see config_spec()), oci_start(), config_free(). A struct
 * config owns all memory and descriptors that the spec it gives refers to:
 * sources of binds and namespaces to join are opened while it is loaded.
 *
 * Trusts whoever wrote the file to name files of the host; nothing of the
 * container's root is looked at.
 */
#ifndef CLOISTER_OCI_CONFIG_CONFIG_H
#define CLOISTER_OCI_CONFIG_CONFIG_H

#include <stddef.h>

#include "runtime/base/err.h"
#include "runtime/oci/oci.h"

#define CONFIG_BYTES_MAX (4 << 20)	/* of a file */

/* Versions of the specification; what lies between is accepted, and newer ones
 * of the same line. */
#define CONFIG_VERSION_MIN "1.0.0"
#define CONFIG_VERSION_MAX "1.3.0"

struct config;

enum config_hook {		/* the order in which they run */
	CONFIG_PRESTART,	/* old name: like createRuntime, before it */
	CONFIG_CREATE_RUNTIME,
	CONFIG_CREATE_CONTAINER,
	CONFIG_START_CONTAINER,
	CONFIG_POSTSTART,
	CONFIG_POSTSTOP,
	CONFIG_HOOK_COUNT
};

struct config_annotation {
	const char *key;
	const char *value;
};

/*
 * Reads `file` (usually "config.json"), relative to the bundle's directory
 * `bundle_fd`, as are the sources of mounts that do not begin with "/".
 * Returns 0, -EBADMSG (no JSON), -EINVAL, -EOPNOTSUPP, -EFBIG (the file),
 * -E2BIG (its seccomp program), -ENOMEM or the error of opening what it names,
 * with nothing kept.
 */
int config_load(int bundle_fd, const char *file, struct config **out,
		struct err *e);

/*
 * The same for the file of `exec --process` (the object `process` alone) and
 * of `update --resources` (the object `linux.resources`), read from `fd` to
 * its end; `name` is for messages. Of the others' parts the spec then has
 * what oci_spec_init() gives.
 */
int config_load_process(int fd, const char *name, struct config **out,
			struct err *e);
int config_load_resources(int fd, const char *name, struct config **out,
			  struct err *e);

/*
 * The config.json of a container that runs, as it was kept, for one more
 * process in it. Nothing of the host is opened: no sources of mounts (the spec
 * has no mounts) and no namespaces (none is joined).
 */
int config_load_running(int fd, const char *name, struct config **out,
			struct err *e);

/* NULL is accepted. */
void config_free(struct config *c);

/*
 * What the file says, to be completed in place by the caller, who owns what it
 * puts in: root_fd (config_root()), cgroup (config_cgroup()), the standard
 * streams, process.terminal.socket_fd, hooks.create_state_fd and the like,
 * gate and calls. All else is set, hooks of the container included. With a
 * seccomp listener (config_listener_path()) calls.listener is needed.
 */
struct oci_spec *config_spec(struct config *c);

/* root.path: as it stands, relative to the bundle or absolute. */
const char *config_root(const struct config *c);

/* The version that the file says it is of. */
const char *config_version(const struct config *c);

/*
 * linux.cgroupsPath as a path beneath the cgroup2 root, without a leading
 * "/"; NULL if the file has none: then the caller chooses.
 */
const char *config_cgroup(const struct config *c);

const struct oci_hook *config_hooks(const struct config *c,
				    enum config_hook which, size_t *count);

const struct config_annotation *config_annotations(const struct config *c,
						   size_t *count);

/* linux.seccomp.listenerPath and listenerMetadata, or NULL. */
const char *config_listener_path(const struct config *c);
const char *config_listener_metadata(const struct config *c);

/*
 * NULL-terminated: what was let pass although it has no effect, such as names
 * of capabilities that this kernel does not know. One line each, plain ASCII.
 */
const char *const *config_warnings(const struct config *c);

/*
 * Writes a config.json with sane defaults (`cloister spec`), and the features
 * of this runtime as of the specification's features.md, from the same tables
 * that read. Returns 0 or -errno of the write.
 */
int config_write_template(int fd, struct err *e);
int config_write_features(int fd, struct err *e);

#endif

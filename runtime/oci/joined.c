// SPDX-License-Identifier: MIT
#include "runtime/oci/joined.h"

#include <errno.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/path.h"

bool joined_mounts(const struct oci_spec *spec)
{
	return spec->namespaces.join[OCI_NAMESPACE_MOUNT] >= 0;
}

/* In the words of config.json; NULL: nothing of the kind. */
static const char *unwanted(const struct oci_spec *spec)
{
	const struct {
		bool is_wanted;
		const char *field;
	} rows[] = {
		{ spec->mount_count, "mounts" },
		{ spec->is_root_read_only, "root.readonly" },
		{ spec->root_propagation, "linux.rootfsPropagation" },
		{ spec->mount_label, "linux.mountLabel" },
		{ spec->device_count, "linux.devices" },
		{ spec->masked_count, "linux.maskedPaths" },
		{ spec->read_only_count, "linux.readonlyPaths" },
		{ spec->hooks.create_container_count, "hooks.createContainer" },
		{ spec->namespaces.unshare & CLONE_NEWUSER,
		  "a new user namespace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is_wanted)
			return rows[i].field;
	return NULL;
}

/* The host's is not given to containers. */
static int check_others(int fd, struct err *e)
{
	AUTO_CLOSE int proc = fd_open_proc(e);
	struct stat theirs, ours;

	if (proc < 0)
		return proc;
	if (fstat(fd, &theirs) < 0 ||
	    fstatat(proc, "self/ns/mnt", &ours, 0) < 0)
		return err_set(e, errno, "fstat(mount namespace)");
	if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
		return err_set(e, EOPNOTSUPP,
			       "container: mount namespace of the caller");
	return 0;
}

int joined_check(const struct oci_spec *spec, struct err *e)
{
	const char *field = unwanted(spec);

	if (spec->namespaces.unshare & CLONE_NEWNS)
		return 0;
	if (!joined_mounts(spec))
		return err_set(e, EOPNOTSUPP, "container: no mount namespace");
	if (field)
		return err_set(e, EINVAL,
			       "container: %s in the mount namespace of others",
			       field);
	return check_others(spec->namespaces.join[OCI_NAMESPACE_MOUNT], e);
}

int joined_enter(struct child *c)
{
	c->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0)
		return -errno;
	/* Missing, it is missed by who wants something of it. */
	c->dev_fd = path_open_strict(c->root_fd, "/dev", O_DIRECTORY);
	return 0;
}

// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cli/log.h"

#define CONFIG_FILE "config.json"

static int open_directory(struct bundle *b, const char *path, struct err *e)
{
	if (!realpath(path, b->path))
		return err_set(e, errno, "bundle %s", path);
	b->dir = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir < 0)
		return err_set(e, errno, "open(bundle %s)", b->path);
	return 0;
}

static int open_root(struct bundle *b, struct err *e)
{
	const char *root = config_root(b->config);
	int n = snprintf(b->rootfs, sizeof(b->rootfs), "%s%s%s",
			 root[0] == '/' ? "" : b->path,
			 root[0] == '/' ? "" : "/", root);

	if (n < 0 || (size_t)n >= sizeof(b->rootfs))
		return err_set(e, ENAMETOOLONG, "root.path %s", root);
	if (config_spec(b->config)->namespaces.join[OCI_NAMESPACE_MOUNT] >= 0)
		return 0; /* that of the namespace */
	b->rootfs_dir = open(b->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (b->rootfs_dir < 0)
		return err_set(e, errno, "open(root.path %s)", b->rootfs);
	b->root = sys_clone_mount(b->rootfs_dir, AT_RECURSIVE);
	if (b->root < 0)
		return err_set(e, -b->root, "open_tree(root.path %s)",
			       b->rootfs);
	return 0;
}

static void say_warnings(const struct config *c)
{
	const char *const *warning = config_warnings(c);

	for (; warning && *warning; warning++)
		log_say(LOG_WARNING, "%s: %s", CONFIG_FILE, *warning);
}

int bundle_open(struct bundle *b, const char *path, struct err *e)
{
	int r;

	*b = (struct bundle){ .dir = -1, .rootfs_dir = -1, .root = -1 };
	r = open_directory(b, path ? path : ".", e);
	if (r == 0)
		r = config_load(b->dir, CONFIG_FILE, &b->config, e);
	if (r < 0)
		return r;
	say_warnings(b->config);
	return open_root(b, e);
}

void bundle_close(struct bundle *b)
{
	fd_close(&b->dir);
	fd_close(&b->rootfs_dir);
	if (b->root >= 0)
		fd_close(&b->root);
	config_free(b->config);
	b->config = NULL;
}

static int copy(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, CONFIG_BYTES_MAX);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

int bundle_copy_config(const struct bundle *b, int to, const char *name,
		       struct err *e)
{
	AUTO_CLOSE int from = openat(b->dir, CONFIG_FILE, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int out = -1;
	int r;

	if (from < 0)
		return err_set(e, errno, "open(%s/%s)", b->path, CONFIG_FILE);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = out < 0 ? -errno : copy(from, out);
	return r < 0 ? err_set(e, -r, "copy(%s)", CONFIG_FILE) : 0;
}

// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/devices.h"
#include "runtime/oci/path.h"

/* clang-format off */
const struct oci_device devices_default[] = {
	{ "/dev/null",    'c', 1, 3, 0666, "rwm" },
	{ "/dev/zero",    'c', 1, 5, 0666, "rwm" },
	{ "/dev/full",    'c', 1, 7, 0666, "rwm" },
	{ "/dev/random",  'c', 1, 8, 0666, "rwm" },
	{ "/dev/urandom", 'c', 1, 9, 0666, "rwm" },
	{ "/dev/tty",     'c', 5, 0, 0666, "rwm" },
};
/* clang-format on */

const size_t devices_default_count = ARRAY_SIZE(devices_default);

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

const char *devices_name(const struct oci_spec *spec, uint32_t index)
{
	if (index < devices_default_count)
		return devices_default[index].path;
	index -= (uint32_t)devices_default_count;
	if (index < spec->device_count)
		return spec->devices[index].path;
	index -= (uint32_t)spec->device_count;
	return index < ARRAY_SIZE(links) ? links[index].name : NULL;
}

/* Opens the directory of "/dev/a/b" in our /dev, made if it is missing. */
static int open_parent(int dev, const char *name, const char **last)
{
	const char *slash = strchr(name, '/');
	char dir[64];

	*last = slash ? slash + 1 : name;
	if (!slash)
		return path_open_strict(dev, ".", O_DIRECTORY);
	if ((size_t)(slash - name) >= sizeof(dir) || strchr(*last, '/'))
		return -EINVAL;
	memcpy(dir, name, (size_t)(slash - name));
	dir[slash - name] = '\0';
	return path_make_strict(dev, dir, 0755);
}

/*
 * In the /dev that we have just mounted nothing can be in the way; a node of
 * the spec that is there already is a mistake of the spec.
 */
static int make_node(int dev, const struct oci_device *d)
{
	AUTO_CLOSE int parent = -1;
	const char *last;
	mode_t type = d->type == 'b' ? S_IFBLK : S_IFCHR;

	if (strncmp(d->path, "/dev/", 5) != 0)
		return -EINVAL;
	parent = open_parent(dev, d->path + 5, &last);
	if (parent < 0)
		return parent;
	return sys_result(mknodat(parent, last, type | d->mode,
				  makedev(d->major, d->minor)));
}

int child_devices(struct child *c)
{
	const struct oci_spec *spec = c->spec;
	int r = 0;

	for (size_t i = 0; r == 0 && i < devices_default_count; i++) {
		c->index = (uint32_t)i;
		r = make_node(c->dev_fd, &devices_default[i]);
	}
	for (size_t i = 0; r == 0 && i < spec->device_count; i++) {
		c->index = (uint32_t)(devices_default_count + i);
		r = make_node(c->dev_fd, &spec->devices[i]);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(links); i++) {
		c->index = (uint32_t)(devices_default_count +
				      spec->device_count + i);
		r = sys_result(
			symlinkat(links[i].target, c->dev_fd, links[i].name));
	}
	return r;
}

int child_open_null(const struct child *c)
{
	AUTO_CLOSE int fd = sys_openat2(c->dev_fd, "null", O_RDWR | O_NOCTTY, 0,
					RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
						RESOLVE_NO_XDEV);
	struct stat st;

	if (fd < 0)
		return take_fd(&fd);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return -ENODEV;
	return take_fd(&fd);
}

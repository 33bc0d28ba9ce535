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
#include "runtime/oci/joined.h"
#include "runtime/oci/path.h"

/* clang-format off */
const struct oci_device devices_default[DEVICES_DEFAULT] = {
	{ "/dev/null",    'c', 1, 3, 0666, "rwm", 0, 0 },
	{ "/dev/zero",    'c', 1, 5, 0666, "rwm", 0, 0 },
	{ "/dev/full",    'c', 1, 7, 0666, "rwm", 0, 0 },
	{ "/dev/random",  'c', 1, 8, 0666, "rwm", 0, 0 },
	{ "/dev/urandom", 'c', 1, 9, 0666, "rwm", 0, 0 },
	{ "/dev/tty",     'c', 5, 0, 0666, "rwm", 0, 0 },
};
/* clang-format on */

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

size_t devices_count(const struct oci_spec *spec)
{
	return DEVICES_DEFAULT + spec->device_count;
}

const struct oci_device *devices_at(const struct oci_spec *spec, size_t index)
{
	return index < DEVICES_DEFAULT ?
		       &devices_default[index] :
		       &spec->devices[index - DEVICES_DEFAULT];
}

const char *devices_name(const struct oci_spec *spec, uint32_t index)
{
	if (index < devices_count(spec))
		return devices_at(spec, index)->path;
	index -= (uint32_t)devices_count(spec);
	return index < ARRAY_SIZE(links) ? links[index].name : NULL;
}

/* The directory of "a/b" in our /dev, made if it is missing: in `*opened`, or
 * /dev itself. */
static int open_parent(int dev, const char *name, const char **last,
		       int *opened)
{
	const char *slash = strrchr(name, '/');
	char dir[PATH_MAX];

	*last = slash ? slash + 1 : name;
	if (!slash)
		return dev;
	if ((size_t)(slash - name) >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, name, (size_t)(slash - name));
	dir[slash - name] = '\0';
	*opened = path_make_strict(dev, dir, true);
	return *opened;
}

static mode_t type_of(char letter)
{
	switch (letter) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default:
		return S_IFCHR;
	}
}

static dev_t number_of(const struct oci_device *d)
{
	return d->type == 'p' ? 0 : makedev(d->major, d->minor);
}

int devices_prove(int fd, const struct oci_device *d)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return (st.st_mode & S_IFMT) == type_of(d->type) &&
			       st.st_rdev == number_of(d) ?
		       0 :
		       -ENODEV;
}

/* A node that is there already will do if it is the same, of no other mount. */
static int check_node(int parent, const char *name, const struct oci_device *d)
{
	AUTO_CLOSE int fd = sys_openat2(parent, name, O_PATH | O_NOFOLLOW, 0,
					RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	int r = fd < 0 ? fd : devices_prove(fd, d);

	return r == -ENODEV ? -EEXIST : r;
}

static int make_node(int parent, const char *name, const struct oci_device *d)
{
	int r = sys_result(mknodat(parent, name, type_of(d->type) | d->mode,
				   number_of(d)));

	if (r == -EEXIST)
		return check_node(parent, name, d);
	if (r == 0 && (d->uid || d->gid))
		r = sys_result(fchownat(parent, name, d->uid, d->gid,
					AT_SYMLINK_NOFOLLOW));
	return r;
}

/* Owner and mode are those of the host's node. */
static int mount_node(int parent, const char *name, int node)
{
	AUTO_CLOSE int where = path_make_strict(parent, name, false);

	return where < 0 ? take_fd(&where) : sys_attach_mount(node, where);
}

/* mknodat(2) would take the directory for what it names, or climb. */
static bool is_name(const char *last)
{
	return *last && strcmp(last, ".") != 0 && strcmp(last, "..") != 0;
}

static int add_device(const struct child *c, const struct oci_device *d,
		      int node)
{
	AUTO_CLOSE int opened = -1;
	const char *last;
	int parent;

	if (strncmp(d->path, "/dev/", 5) != 0)
		return -EINVAL;
	parent = open_parent(c->dev_fd, d->path + 5, &last, &opened);
	if (parent < 0)
		return parent;
	if (!is_name(last))
		return -EINVAL;
	return node < 0 ? make_node(parent, last, d) :
			  mount_node(parent, last, node);
}

/* One that is there already will do if it says the same. */
static int make_link(int dev, const char *name, const char *target)
{
	char there[64];
	ssize_t n;

	if (symlinkat(target, dev, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	n = readlinkat(dev, name, there, sizeof(there));
	return n == (ssize_t)strlen(target) &&
			       memcmp(there, target, (size_t)n) == 0 ?
		       0 :
		       -EEXIST;
}

/* The host's multiplexer, which engines list among the devices of a privileged
 * container: in its place is the link to the container's own. */
static bool is_multiplexer(const struct oci_device *d)
{
	return strcmp(d->path, "/dev/ptmx") == 0;
}

/* The caller's own /dev is taken as it is. */
static bool is_dev_bound(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (spec->mounts[i].source_fd >= 0 &&
		    path_is(spec->mounts[i].destination, "dev"))
			return true;
	return false;
}

int child_devices(struct child *c)
{
	const struct oci_spec *spec = c->spec;
	size_t count = devices_count(spec);
	int r = 0;

	if (joined_mounts(spec))
		return 0;
	if (c->dev_fd < 0)
		c->dev_fd = path_make_strict(c->root_fd, "/dev", true);
	if (c->dev_fd < 0)
		return c->dev_fd;
	if (is_dev_bound(spec))
		return 0;
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct oci_device *d = devices_at(spec, i);

		c->index = (uint32_t)i;
		if (!is_multiplexer(d))
			r = add_device(c, d,
				       c->device_fds ? c->device_fds[i] : -1);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(links); i++) {
		c->index = (uint32_t)(DEVICES_DEFAULT + spec->device_count + i);
		r = make_link(c->dev_fd, links[i].name, links[i].target);
	}
	return r;
}

/* It may be a mount; what it is says its number alone. */
int child_open_null(const struct child *c)
{
	AUTO_CLOSE int fd = sys_openat2(c->dev_fd, "null", O_RDWR | O_NOCTTY, 0,
					RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	int r = fd < 0 ? fd : devices_prove(fd, &devices_default[0]);

	return r < 0 ? r : take_fd(&fd);
}

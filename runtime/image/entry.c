// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer_inner.h"
#include "runtime/image/limits.h"
#include "runtime/image/tree.h"

#define MODE_BITS 07777

/* Where an entry goes; name "" is the root of the layer itself. */
struct place {
	struct layer *l;
	struct archive_entry *entry;
	int parent;
	const char *name;
	const char *path; /* of a directory, for its time */
};

static struct timespec time_of(struct archive_entry *entry)
{
	return (struct timespec){ .tv_sec = archive_entry_mtime(entry),
				  .tv_nsec = archive_entry_mtime_nsec(entry) };
}

static bool is_wanted_xattr(const char *name)
{
	if (strcmp(name, "security.capability") == 0)
		return true;
	/* Overlayfs would take these for its own marks. */
	if (strncmp(name, "user.overlay.", 13) == 0)
		return false;
	return strncmp(name, "user.", 5) == 0;
}

static int set_xattrs(int fd, struct archive_entry *entry, struct err *e)
{
	int left = archive_entry_xattr_reset(entry);
	const char *name;
	const void *value;
	size_t size;

	if (left > LAYER_XATTRS_MAX)
		return err_set(e, EFBIG, "more than %d xattrs",
			       LAYER_XATTRS_MAX);
	while (archive_entry_xattr_next(entry, &name, &value, &size) ==
	       ARCHIVE_OK) {
		if (!is_wanted_xattr(name) ||
		    fsetxattr(fd, name, value, size, 0) == 0)
			continue;
		if (errno == ENOSPC || errno == ENOTSUP)
			return err_set(e, errno, "setxattr");
		return err_set(e, EBADMSG, "setxattr: not a value for it");
	}
	return 0;
}

static int check_owner(struct archive_entry *entry, struct err *e)
{
	if (archive_entry_uid(entry) < 0 || archive_entry_gid(entry) < 0 ||
	    archive_entry_uid(entry) > LAYER_OWNER_MAX ||
	    archive_entry_gid(entry) > LAYER_OWNER_MAX)
		return err_set(e, EOVERFLOW, "owner is not in 0..%d",
			       LAYER_OWNER_MAX);
	return 0;
}

/* Owner first: it clears mode bits and capabilities. */
static int set_attributes(int fd, struct archive_entry *entry, struct err *e)
{
	mode_t mode = archive_entry_mode(entry) & MODE_BITS;
	const struct timespec times[2] = { time_of(entry), time_of(entry) };
	int r;

	if (fchown(fd, (uid_t)archive_entry_uid(entry),
		   (gid_t)archive_entry_gid(entry)) < 0)
		return err_set(e, errno, "fchown");
	r = set_xattrs(fd, entry, e);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0)
		return err_set(e, errno, "fchmod");
	if (futimens(fd, times) < 0)
		return err_set(e, errno, "futimens");
	return 0;
}

/* For what cannot be opened without harm: links and fifos. */
static int set_attributes_at(const struct place *p, struct err *e)
{
	const struct timespec times[2] = { time_of(p->entry),
					   time_of(p->entry) };

	if (fchownat(p->parent, p->name, (uid_t)archive_entry_uid(p->entry),
		     (gid_t)archive_entry_gid(p->entry),
		     AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "fchownat");
	if (utimensat(p->parent, p->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "utimensat");
	return 0;
}

int layer_clear(struct layer *l, int parent, const char *name,
		bool keep_directory)
{
	enum layer_was was = LAYER_WAS_NOTHING;
	struct stat st;
	int r;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? LAYER_WAS_NOTHING : -errno;
	if (S_ISDIR(st.st_mode) && keep_directory)
		return LAYER_WAS_DIRECTORY;
	if (tree_is_whiteout(&st))
		was = LAYER_WAS_WHITEOUT;
	r = tree_remove(l->o.base, parent, name);
	return r < 0 ? r : (int)was;
}

static int clear(const struct place *p, struct err *e)
{
	int r = layer_clear(p->l, p->parent, p->name, false);

	return r < 0 ? err_set(e, -r, "removing what was there") : 0;
}

static int write_at(int fd, const char *data, size_t len, off_t at,
		    struct err *e)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "write");
		data += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Blocks come with their offsets: between them are holes. */
static int write_data(const struct place *p, int fd, la_int64_t size,
		      struct err *e)
{
	for (;;) {
		const void *data;
		size_t len;
		la_int64_t at;
		int status = archive_read_data_block(p->l->archive, &data, &len,
						     &at);
		int r;

		if (status == ARCHIVE_EOF)
			break;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return err_set(e, EBADMSG, "damaged or cut short");
		if (at < 0 || at > size || len > (uint64_t)(size - at))
			return err_set(e, EBADMSG, "data beyond its size");
		r = write_at(fd, data, len, at, e);
		if (r < 0)
			return r;
	}
	return ftruncate(fd, size) < 0 ? err_set(e, errno, "ftruncate") : 0;
}

static int make_file(const struct place *p, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	la_int64_t size = archive_entry_size(p->entry);
	struct layer *l = p->l;
	int r;

	if (size < 0 || (uint64_t)size > l->o.bytes_max - l->counts.bytes)
		return err_set(e, EFBIG, "layer: more than %llu bytes",
			       (unsigned long long)l->o.bytes_max);
	l->counts.bytes += (uint64_t)size;
	r = clear(p, e);
	if (r < 0)
		return r;
	fd = openat(p->parent, p->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, errno, "open(new file)");
	r = write_data(p, fd, size, e);
	return r < 0 ? r : set_attributes(fd, p->entry, e);
}

static int make_symlink(const struct place *p, struct err *e)
{
	const char *target = archive_entry_symlink(p->entry);
	int r;

	if (!target || !target[0])
		return err_set(e, EBADMSG, "symbolic link to nothing");
	if (strlen(target) >= PATH_MAX)
		return err_set(e, ENAMETOOLONG, "symbolic link's target");
	r = clear(p, e);
	if (r < 0)
		return r;
	if (symlinkat(target, p->parent, p->name) < 0)
		return err_set(e, errno, "symlink");
	return set_attributes_at(p, e);
}

static int make_fifo(const struct place *p, struct err *e)
{
	int r = clear(p, e);

	if (r < 0)
		return r;
	if (mkfifoat(p->parent, p->name, 0600) < 0)
		return err_set(e, errno, "mkfifo");
	r = set_attributes_at(p, e);
	if (r < 0)
		return r;
	if (fchmodat(p->parent, p->name,
		     archive_entry_mode(p->entry) & MODE_BITS, 0) < 0)
		return err_set(e, errno, "fchmodat");
	return 0;
}

static int make_directory(const struct place *p, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	const char *name = p->name[0] ? p->name : ".";
	int was = LAYER_WAS_DIRECTORY;
	int r;

	if (p->name[0])
		was = layer_clear(p->l, p->parent, name, true);
	if (was < 0)
		return err_set(e, -was, "removing what was there");
	if (was != LAYER_WAS_DIRECTORY && mkdirat(p->parent, name, 0700) < 0)
		return err_set(e, errno, "mkdir");
	dir = openat(p->parent, name,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open(directory)");
	/* It was removed below and is made anew: nothing shows through. */
	r = was == LAYER_WAS_WHITEOUT ? layer_mark_opaque(dir, e) : 0;
	if (r == 0)
		r = set_attributes(dir, p->entry, e);
	return r < 0 ? r : layer_remember(p->l, p->path, time_of(p->entry), e);
}

/* clang-format off */
static const struct {
	mode_t type;
	int (*make)(const struct place *p, struct err *e);
} makers[] = {
	{ AE_IFREG, make_file },
	{ AE_IFDIR, make_directory },
	{ AE_IFLNK, make_symlink },
	{ AE_IFIFO, make_fifo },
};
/* clang-format on */

static int make(const struct place *p, struct err *e)
{
	mode_t type = archive_entry_filetype(p->entry);
	int r = check_owner(p->entry, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (makers[i].type == type)
			return makers[i].make(p, e);
	if (type != AE_IFCHR && type != AE_IFBLK)
		return err_set(e, EBADMSG, "entry of an unknown type");
	p->l->counts.devices++;
	return 0;
}

static bool is_linkable(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISLNK(st->st_mode) ||
	       S_ISFIFO(st->st_mode);
}

static int parse_path(const char *text, struct layer_path *path, struct err *e)
{
	int r = text ? layer_path_parse(text, path) : -EBADMSG;

	if (r == -EPERM)
		return err_set(e, EPERM, "name climbs with '..'");
	return r < 0 ? err_set(e, -r, "name") : 0;
}

/*
 * linkat(2) without AT_SYMLINK_FOLLOW: a link to a symbolic link is one more
 * name of that link, never of what it points to.
 */
static int make_hard_link(const struct place *p, struct err *e)
{
	AUTO_CLOSE int from = -1;
	struct layer_path target = { .name = "" };
	struct stat st;
	struct stat old;
	int r = parse_path(archive_entry_hardlink(p->entry), &target, e);

	if (r < 0)
		return err_wrap(e, "hard link's target");
	from = tree_open_dir(p->l->o.root, target.parent);
	if (from < 0 || !target.name[0] ||
	    fstatat(from, target.name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_linkable(&st))
		return err_set(e, EBADMSG, "hard link to no file of the layer");
	if (fstatat(p->parent, p->name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
	    old.st_ino == st.st_ino && old.st_dev == st.st_dev)
		return 0;
	r = clear(p, e);
	if (r < 0)
		return r;
	/* It may have been below what was just removed. */
	if (linkat(from, target.name, p->parent, p->name, 0) < 0)
		return err_set(e, errno == ENOENT ? EBADMSG : errno, "link");
	return 0;
}

/* A whiteout is a name: it cannot have anything below it. */
static bool has_whiteout_parent(const char *parent)
{
	while (*parent) {
		if (layer_is_whiteout_name(parent))
			return true;
		parent += strcspn(parent, "/");
		parent += *parent == '/';
	}
	return false;
}

static int open_parent(struct layer *l, const char *path)
{
	int fd = tree_make_dirs(l->o.root, path);

	/* What is in the way, or loops, makes the layer a bad one. */
	return fd == -ENOTDIR || fd == -ELOOP || fd == -ENOENT || fd == -EXDEV ?
		       -EBADMSG :
		       fd;
}

static int place_entry(struct place *p, struct err *e)
{
	bool is_link = archive_entry_hardlink(p->entry) != NULL;

	if (!p->name[0] &&
	    (is_link || archive_entry_filetype(p->entry) != AE_IFDIR))
		return err_set(e, EBADMSG, "the root is no directory");
	if (layer_is_whiteout_name(p->name)) {
		if (!is_link && archive_entry_filetype(p->entry) != AE_IFREG)
			return err_set(e, EBADMSG, "whiteout is no file");
		return layer_whiteout(p->parent, p->name, e);
	}
	return is_link ? make_hard_link(p, e) : make(p, e);
}

int layer_entry(struct layer *l, struct archive_entry *entry, struct err *e)
{
	AUTO_CLOSE int parent = -1;
	struct layer_path path = { .name = "" };
	struct place p = { .l = l, .entry = entry };
	int r = parse_path(archive_entry_pathname(entry), &path, e);

	if (r < 0)
		return r;
	if (has_whiteout_parent(path.parent))
		return err_set(e, EBADMSG, "entry below a whiteout");
	parent = open_parent(l, path.parent);
	if (parent < 0)
		return err_set(e, -parent, "its directory");
	p.parent = parent;
	p.name = path.name;
	p.path = archive_entry_pathname(entry);
	return place_entry(&p, e);
}

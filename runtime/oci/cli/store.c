// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cli/log.h"
#include "runtime/oci/cli/proc.h"

#define STATE_FILE "state"
#define STATE_NEW "state.new"

static bool is_id_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' ||
	       c == '.';
}

int store_check_id(const char *id, struct err *e)
{
	size_t len = strlen(id);

	if (len > STORE_ID_MAX)
		return err_set(e, ENAMETOOLONG,
			       "container id of %zu bytes, at most %d", len,
			       STORE_ID_MAX);
	if (len == 0 || id[0] == '.')
		return err_set(e, EINVAL, "container id \"%s\"", id);
	for (size_t i = 0; i < len; i++)
		if (!is_id_byte(id[i]))
			return err_set(e, EINVAL,
				       "container id: byte %zu is not of "
				       "A-Z a-z 0-9 _ + - .",
				       i + 1);
	return 0;
}

/* ------------------------------------------------------------ the directory */

static int make_parents(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t at = 1; at <= len; at++) {
		if (path[at] != '/' && path[at] != '\0')
			continue;
		memcpy(part, path, at);
		part[at] = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int check_root(int root, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(root, &st) < 0)
		return err_set(e, errno, "fstat(%s)", path);
	if (st.st_uid != geteuid() || (st.st_mode & 0022))
		return err_set(e, EPERM,
			       "state directory %s is not ours alone: "
			       "user %u, mode %o",
			       path, st.st_uid, st.st_mode & 07777);
	return 0;
}

int store_open(struct store *s, const char *root, bool is_made, struct err *e)
{
	int r;

	*s = (struct store){ .root = -1, .dir = -1 };
	root = root ? root : STORE_ROOT;
	s->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0 && errno == ENOENT && is_made) {
		r = make_parents(root);
		if (r < 0)
			return err_set(e, -r, "mkdir(%s)", root);
		s->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (s->root < 0)
		return err_set(e, errno, "open(state directory %s)", root);
	return check_root(s->root, root, e);
}

void store_unlock(struct store *s)
{
	flock(s->dir, LOCK_UN);
	s->is_locked = false;
}

void store_leave(struct store *s)
{
	state_free(&s->state);
	fd_close(&s->dir);
	s->is_locked = false;
}

void store_close(struct store *s)
{
	store_leave(s);
	fd_close(&s->root);
}

/* ------------------------------------------------------------ one container */

/* A directory that was removed while we waited for its lock is no more. */
static int check_linked(const struct store *s)
{
	struct stat held, named;

	if (fstat(s->dir, &held) < 0 ||
	    fstatat(s->root, s->id, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return held.st_dev == named.st_dev && held.st_ino == named.st_ino ?
		       0 :
		       -ENOENT;
}

static int take_lock(struct store *s, enum store_lock lock)
{
	static const int operations[] = {
		[STORE_SHARE] = LOCK_SH,
		[STORE_CHANGE] = LOCK_EX,
	};
	int r;

	if (lock == STORE_LOOK)
		return 0;
	do
		r = sys_result(flock(s->dir, operations[lock]));
	while (r == -EINTR);
	s->is_locked = r == 0;
	return r < 0 ? r : check_linked(s);
}

int store_lock(struct store *s, struct err *e)
{
	int r = take_lock(s, STORE_CHANGE);

	return r < 0 ? err_set(e, -r, "flock(container %s)", s->id) : 0;
}

static int open_dir(struct store *s, const char *id, enum store_lock lock)
{
	memcpy(s->id, id, strlen(id) + 1);
	s->dir = openat(s->root, id,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return s->dir < 0 ? -errno : take_lock(s, lock);
}

int store_add(struct store *s, const char *id, struct err *e)
{
	int r = store_check_id(id, e);

	if (r < 0)
		return r;
	r = sys_result(mkdirat(s->root, id, 0700));
	if (r == -EEXIST)
		return err_set(e, EEXIST,
			       "container with given ID already exists: %s",
			       id);
	if (r < 0)
		return err_set(e, -r, "mkdir(container %s)", id);
	r = open_dir(s, id, STORE_CHANGE);
	if (r == 0)
		return 0;
	/* -ENOENT: it is not there, or not the one that we made. */
	if (r != -ENOENT)
		unlinkat(s->root, id, AT_REMOVEDIR);
	return err_set(e, -r, "open(container %s)", id);
}

static int read_state(struct store *s, struct err *e)
{
	AUTO_CLOSE int fd =
		openat(s->dir, STATE_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FREE char *bytes = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open(state of %s)", s->id);
	if (st.st_size > STATE_BYTES_MAX)
		return err_set(e, EFBIG, "state of %s", s->id);
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return err_set(e, ENOMEM, "malloc(state)");
	n = fd_read_all(fd, bytes, (size_t)st.st_size);
	if (n < 0)
		return err_set(e, (int)-n, "read(state of %s)", s->id);
	return state_decode(take_ptr(&bytes), (size_t)n, &s->state, e);
}

int store_find(struct store *s, const char *id, enum store_lock lock,
	       struct err *e)
{
	int r = store_check_id(id, e);

	if (r < 0)
		return r;
	r = open_dir(s, id, lock);
	if (r == -ENOENT)
		r = err_set(e, ENOENT, "container %s does not exist", id);
	else if (r < 0)
		r = err_set(e, -r, "open(container %s)", id);
	else
		r = read_state(s, e);
	if (r < 0)
		store_leave(s);
	return r;
}

int store_get(struct store *s, const char *root, const char *id,
	      enum store_lock lock, struct err *e)
{
	int r = store_check_id(id, e);

	*s = (struct store){ .root = -1, .dir = -1 };
	if (r < 0)
		return r;
	r = store_open(s, root, false, e);
	if (r == -ENOENT)
		return err_set(e, ENOENT, "container %s does not exist", id);
	return r < 0 ? r : store_find(s, id, lock, e);
}

int store_save(struct store *s, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *bytes = NULL;
	size_t length;
	int r = state_encode(&s->state, &bytes, &length, e);

	if (r < 0)
		return r;
	fd = openat(s->dir, STATE_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	r = fd < 0 ? -errno : fd_write_all(fd, bytes, length);
	if (r == 0)
		r = sys_result(renameat(s->dir, STATE_NEW, s->dir, STATE_FILE));
	return r < 0 ? err_set(e, -r, "write(state of %s)", s->id) : 0;
}

int store_remove(struct store *s, struct err *e)
{
	int copy = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	int r = list ? 0 : -errno;

	while (r == 0 && (d = readdir(list)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = sys_result(unlinkat(s->dir, d->d_name, 0));
	if (list)
		closedir(list);
	else
		fd_close(&copy);
	if (r == 0)
		r = sys_result(unlinkat(s->root, s->id, AT_REMOVEDIR));
	return r < 0 ? err_set(e, -r, "remove(state of %s)", s->id) : 0;
}

/* One that went away meanwhile is not there; one that cannot be read does not
 * hide the others. */
static int visit(struct store *s, const char *id,
		 int (*each)(struct store *s, void *context, struct err *e),
		 void *context, struct err *e)
{
	struct err why = ERR_NONE;
	int r = store_find(s, id, STORE_LOOK, &why);

	if (r == 0) {
		r = each(s, context, e);
		store_leave(s);
		return r;
	}
	if (r != -ENOENT && r != -ENOTDIR)
		log_error(LOG_WARNING, &why);
	return 0;
}

int store_list(struct store *s,
	       int (*each)(struct store *s, void *context, struct err *e),
	       void *context, struct err *e)
{
	int copy = openat(s->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	int r = 0;

	if (!list) {
		r = err_set(e, errno, "opendir(state directory)");
		fd_close(&copy);
		return r;
	}
	while (r == 0 && (d = readdir(list)))
		/* What has no id as its name is not ours. */
		if (store_check_id(d->d_name, NULL) == 0)
			r = visit(s, d->d_name, each, context, e);
	closedir(list);
	return r;
}

/* ------------------------------------------------------------------- status */

/* Asking with our own lock would change that; nobody else holds it then. */
bool store_is_at_work(const struct store *s)
{
	if (s->is_locked)
		return false;
	if (flock(s->dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(s->dir, LOCK_UN);
	return false;
}

/* Also one that waits for its start may be held still. */
static int live_status(const struct store *s, enum status *status,
		       struct err *e)
{
	int r = oci_is_frozen(s->state.cgroup, e);

	if (r > 0)
		*status = STATUS_PAUSED;
	else if (faccessat(s->dir, STORE_GATE, F_OK, 0) == 0)
		*status = STATUS_CREATED;
	else
		*status = STATUS_RUNNING;
	return r == -ENOENT || r > 0 ? 0 : r;
}

int store_status(const struct store *s, enum status *status, struct err *e)
{
	AUTO_CLOSE int pidfd = -1;
	int r;

	*status = STATUS_STOPPED;
	if (!s->state.id || s->state.is_creating) {
		*status = store_is_at_work(s) ? STATUS_CREATING :
						STATUS_STOPPED;
		return 0;
	}
	r = proc_open(s->state.pid, s->state.start_ticks, &pidfd, e);
	if (r == -ESRCH)
		return 0;
	return r < 0 ? r : live_status(s, status, e);
}

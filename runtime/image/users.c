// SPDX-License-Identifier: MIT
#include "runtime/image/users.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"
#include "runtime/image/limits.h"
#include "runtime/image/reply.h"
#include "runtime/image/tree.h"

#define ETC "etc"
#define FIELDS_MAX 7
#define ID_DIGITS_MAX 10

static bool is_opaque(int dir)
{
	return fgetxattr(dir, TREE_OPAQUE, NULL, 0) > 0;
}

/*
 * Looks in one layer. 1 with `*fd` when the file is there, 0 when the layer
 * below may have it, -ENOENT when nobody has it, else -errno.
 */
static int open_in_layer(int layer, const char *name, int *fd)
{
	AUTO_CLOSE int etc = -1;
	struct stat st;

	if (fstatat(layer, ETC, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT || is_opaque(layer) ? -ENOENT : 0;
	if (!S_ISDIR(st.st_mode))
		return -ENOENT;
	etc = openat(layer, ETC,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (etc < 0)
		return -errno;
	if (fstatat(etc, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return is_opaque(etc) || is_opaque(layer) ? -ENOENT : 0;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	*fd = openat(etc, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? -errno : 1;
}

static int open_merged(int layers, const struct image_reply *reply,
		       const char *name, int *fd)
{
	for (uint32_t i = reply->layer_count; i-- > 0;) {
		AUTO_CLOSE int layer = -1;
		char layer_name[IMAGE_DIGEST_MAX];
		int r;

		image_layer_name(reply->layers[i], layer_name);
		layer = fd_open_beneath(layers, layer_name,
					O_RDONLY | O_DIRECTORY, 0,
					RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
		if (layer < 0)
			return layer;
		r = open_in_layer(layer, name, fd);
		if (r != 0)
			return r;
	}
	return -ENOENT;
}

/* An image without the file has an empty one. */
static int read_merged(int layers, const struct image_reply *reply,
		       const char *name, char **text, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *block = calloc(1, USERS_FILE_MAX + 1);
	int r = open_merged(layers, reply, name, &fd);
	ssize_t n = 0;

	if (!block)
		return err_set(e, ENOMEM, "etc/%s", name);
	if (r < 0 && r != -ENOENT)
		return err_set(e, -r, "open(etc/%s)", name);
	if (r > 0)
		n = fd_read_all(fd, block, USERS_FILE_MAX + 1);
	if (n < 0)
		return err_set(e, (int)-n, "read(etc/%s)", name);
	if (n > USERS_FILE_MAX)
		return err_set(e, EFBIG, "etc/%s: more than %u bytes", name,
			       USERS_FILE_MAX);
	*text = take_ptr(&block);
	return 0;
}

/* Takes the next line off a text and cuts it into fields; false at the end. */
static bool next_line(char **text, char *fields[FIELDS_MAX], size_t *count)
{
	char *line = strsep(text, "\n");

	if (!line)
		return false;
	*count = 0;
	while (line && *count < FIELDS_MAX)
		fields[(*count)++] = strsep(&line, ":");
	return true;
}

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len > 0 && len <= ID_DIGITS_MAX && !text[len];
}

/* Ids over the limit all count as one too many. */
static uint32_t to_id(const char *digits)
{
	uint64_t n = 0;

	for (; *digits; digits++)
		n = n * 10 + (uint64_t)(*digits - '0');
	return n > LAYER_OWNER_MAX ? LAYER_OWNER_MAX + 1 : (uint32_t)n;
}

struct user {
	const char *name; /* NULL: a number without a line */
	const char *home;
	uint32_t uid;
	uint32_t gid;
};

/* passwd(5): name:password:uid:gid:comment:home:shell */
static bool find_user(char *text, const char *wanted, struct user *u)
{
	bool by_number = is_number(wanted);
	char *f[FIELDS_MAX];
	size_t n;

	while (next_line(&text, f, &n)) {
		if (n < 6 || !f[0][0] || !is_number(f[2]) || !is_number(f[3]))
			continue;
		if (by_number ? to_id(f[2]) != u->uid :
				strcmp(f[0], wanted) != 0)
			continue;
		*u = (struct user){ .name = f[0],
				    .home = f[5],
				    .uid = to_id(f[2]),
				    .gid = to_id(f[3]) };
		return true;
	}
	return false;
}

/* group(5): name:password:gid:member,member */
static bool find_group(char *text, const char *wanted, uint32_t *gid)
{
	char *f[FIELDS_MAX];
	size_t n;

	while (next_line(&text, f, &n)) {
		if (n < 3 || !is_number(f[2]) || strcmp(f[0], wanted) != 0)
			continue;
		*gid = to_id(f[2]);
		return true;
	}
	return false;
}

static bool is_listed(char *members, const char *name)
{
	const char *one;

	while ((one = strsep(&members, ",")) != NULL)
		if (strcmp(one, name) == 0)
			return true;
	return false;
}

static int add_groups(char *text, const char *name, struct image_reply *reply,
		      struct err *e)
{
	char *f[FIELDS_MAX];
	size_t n;

	while (next_line(&text, f, &n)) {
		if (n < 4 || !is_number(f[2]) || !is_listed(f[3], name))
			continue;
		if (to_id(f[2]) > LAYER_OWNER_MAX)
			return err_set(e, ERANGE, "group id over %d",
				       LAYER_OWNER_MAX);
		if (reply->group_count == IMAGE_GROUPS_MAX)
			return err_set(e, E2BIG, "more than %d groups",
				       IMAGE_GROUPS_MAX);
		reply->groups[reply->group_count++] = to_id(f[2]);
	}
	return 0;
}

static int set_group(char *groups, const char *wanted, const struct user *u,
		     struct image_reply *reply, struct err *e)
{
	reply->gid = u->gid;
	if (!wanted[0])
		return u->name ? add_groups(groups, u->name, reply, e) : 0;
	if (is_number(wanted))
		reply->gid = to_id(wanted);
	else if (!find_group(groups, wanted, &reply->gid))
		return err_set(e, ENOENT,
			       "the group is not in the image's etc/group");
	return 0;
}

static int set_user(char *users, const char *wanted, struct user *u,
		    struct image_reply *reply, struct err *e)
{
	const char *home;

	*u = (struct user){ .uid = 0 };
	if (is_number(wanted))
		u->uid = to_id(wanted);
	if (!find_user(users, wanted, u) && !is_number(wanted))
		return err_set(e, ENOENT,
			       "the user is not in the image's etc/passwd");
	reply->uid = u->uid;
	home = u->home && u->home[0] == '/' ? u->home : "/";
	return image_reply_text(reply, home, &reply->home, e);
}

int users_resolve(int layers, const char *spec, struct image_reply *reply,
		  struct err *e)
{
	AUTO_FREE char *users = NULL;
	AUTO_FREE char *groups = NULL;
	char wanted[IMAGE_USER_MAX];
	struct user u;
	char *group;
	int r;

	memcpy(wanted, spec, strlen(spec) + 1);
	group = strchr(wanted, ':');
	if (group)
		*group++ = '\0';
	r = read_merged(layers, reply, "passwd", &users, e);
	if (r == 0)
		r = read_merged(layers, reply, "group", &groups, e);
	if (r == 0)
		r = set_user(users, wanted[0] ? wanted : "0", &u, reply, e);
	if (r == 0)
		r = set_group(groups, group ? group : "", &u, reply, e);
	if (r == 0 &&
	    (reply->uid > LAYER_OWNER_MAX || reply->gid > LAYER_OWNER_MAX))
		return err_set(e, ERANGE, "user or group id over %d",
			       LAYER_OWNER_MAX);
	return r;
}

#include "init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

/* clang-format off */
const struct mounts_row mounts_rows[] = {
	/* Verified, and nothing on it gains privilege by its mode bits. */
	{ .target = "/", .type = "erofs", .when = MOUNTS_THERE,
	  .attributes = RDONLY | NOSUID | NODEV },
	/* A process sees itself and its children in spirit: what it could not
	   trace does not exist for it. Not subset=pid: sysctls, mountinfo and
	   the sockets of the evidence record are outside of it. */
	{ .target = "/proc", .type = "proc",
	  .attributes = NOSUID | NODEV | NOEXEC,
	  .options = { { "hidepid", "invisible" } },
	  .shown = { "hidepid=invisible" } },
	/* Read-only: the house configures devices by netlink and ioctl only. */
	{ .target = "/sys", .type = "sysfs",
	  .attributes = RDONLY | NOSUID | NODEV | NOEXEC },
	/* nsdelegate: a cgroup namespace cannot change its own limits.
	   memory_recursiveprot: memory.min of host reaches all below it. */
	{ .target = "/sys/fs/cgroup", .type = "cgroup2",
	  .attributes = NOSUID | NODEV | NOEXEC,
	  .options = { { "nsdelegate", NULL }, { "memory_recursiveprot", NULL } },
	  .shown = { "nsdelegate", "memory_recursiveprot" } },
	/* Writable: domains are asked for and computed here; rights over the
	   policy itself are the policy's business, and it gives none. */
	{ .target = "/sys/fs/selinux", .type = "selinuxfs",
	  .attributes = NOSUID | NODEV | NOEXEC },
	/* Pins of the runtime's device programs; root alone. */
	{ .target = "/sys/fs/bpf", .type = "bpf",
	  .attributes = NOSUID | NODEV | NOEXEC,
	  .options = { { "mode", "0700" } },
	  .shown = { "mode=700" } },
	/* Read for the lockdown state; written by nobody. */
	{ .target = "/sys/kernel/security", .type = "securityfs",
	  .attributes = RDONLY | NOSUID | NODEV | NOEXEC },
	/* The kernel's own nodes; no pts, shm or mqueue: no one logs in. */
	{ .target = "/dev", .type = "devtmpfs",
	  .attributes = NOSUID | NOEXEC },
	/* Small state of the house; nothing in it runs. */
	{ .target = "/run", .type = "tmpfs",
	  .attributes = NOSUID | NODEV | NOEXEC,
	  .options = { { "mode", "0755" }, { "size", "16m" },
		       { "nr_inodes", "4096" },
		       { "rootcontext", "system_u:object_r:run_t:s0" } },
	  .shown = { "size=16384k", "nr_inodes=4096", "mode=755" } },
	/* Layers and what tasks write, bounded: half of the memory. Programs
	   of the containers run from here, so not noexec. */
	{ .target = "/data", .type = "tmpfs", .when = MOUNTS_MEMORY,
	  .attributes = NOSUID | NODEV,
	  .options = { { "mode", "0711" }, { "size", "50%" },
		       { "rootcontext", "system_u:object_r:data_t:s0" } },
	  .shown = { "mode=711" } },
	/* The same on the encrypted disk, where quotas bound what tasks write.
	   Errors of the disk make it read-only: tasks fail, nothing lies. */
	{ .target = "/data", .type = "ext4", .when = MOUNTS_DISK,
	  .attributes = NOSUID | NODEV,
	  .options = { { "prjquota", NULL }, { "errors", "remount-ro" },
		       { "noinit_itable", NULL },
		       { "rootcontext", "system_u:object_r:data_t:s0" } },
	  .shown = { "prjquota", "errors=remount-ro" } },
};
/* clang-format on */
const size_t mounts_count = ARRAY_SIZE(mounts_rows);

struct attribute_word {
	unsigned int attribute;
	const char *word; /* as mountinfo shows it */
};

static const struct attribute_word attribute_words[] = {
	{ RDONLY, "ro" },
	{ NOSUID, "nosuid" },
	{ NODEV, "nodev" },
	{ NOEXEC, "noexec" },
};

/* What the file system itself says about the last failure, "" if nothing. */
static const char *complaint(int fs, char text[MOUNTS_FIELD_MAX])
{
	ssize_t n = read(fs, text, MOUNTS_FIELD_MAX - 1);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static int set_source(int fs, const char *device, struct err *e)
{
	int r = device ? sys_fsconfig_set(fs, "source", device) : 0;

	return r < 0 ? err_set(e, -r, "fsconfig(source=%s)", device) : 0;
}

static int configure(int fs, const struct mounts_row *row, struct err *e)
{
	char text[MOUNTS_FIELD_MAX];
	int r;

	for (size_t i = 0; i < MOUNTS_OPTIONS_MAX; i++) {
		const struct mounts_option *o = &row->options[i];

		r = o->key ? sys_fsconfig_set(fs, o->key, o->value) : 0;
		if (r < 0)
			return err_set(e, -r, "fsconfig(%s, %s=%s) %s",
				       row->type, o->key,
				       o->value ? o->value : "",
				       complaint(fs, text));
	}
	r = sys_fsconfig_create(fs);
	if (r < 0)
		return err_set(e, -r, "fsconfig(%s, create) %s", row->type,
			       complaint(fs, text));
	return 0;
}

static int mount_row(const struct mounts_row *row, const char *device,
		     struct err *e)
{
	AUTO_CLOSE int fs = -1;
	AUTO_CLOSE int mount = -1;
	int r;

	fs = sys_fsopen(row->type);
	if (fs < 0)
		return err_set(e, -fs, "fsopen(%s)", row->type);
	r = set_source(fs, device, e);
	if (r == 0)
		r = configure(fs, row, e);
	if (r < 0)
		return r;
	mount = sys_fsmount(fs, row->attributes);
	if (mount < 0)
		return err_set(e, -mount, "fsmount(%s)", row->type);
	if (syscall(SYS_move_mount, mount, "", AT_FDCWD, row->target,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_set(e, errno, "move_mount(%s on %s)", row->type,
			       row->target);
	return 0;
}

static int mount_all(enum mounts_when when, const char *device, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < mounts_count; i++)
		if (mounts_rows[i].when == when)
			r = mount_row(&mounts_rows[i], device, e);
	return r;
}

int mounts_apply(struct err *e)
{
	return mount_all(MOUNTS_BOOT, NULL, e);
}

int mounts_apply_data(const char *device, struct err *e)
{
	return mount_all(device ? MOUNTS_DISK : MOUNTS_MEMORY, device, e);
}

/* True if `word` is one of the comma-separated words of `list`. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, word, n) == 0)
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/* Fields as proc_pid_mountinfo(5): optional ones end with a single dash. */
bool mounts_split_line(const char *line, struct mounts_line *m)
{
	const char *dash = strstr(line, " - ");
	int end = 0;

	return dash &&
	       sscanf(line, "%*s %*s %*s %*s %255s %255s%n", m->target,
		      m->flags, &end) == 2 &&
	       line + end <= dash &&
	       sscanf(dash + 3, "%255s %*s %255s", m->type, m->options) == 2;
}

int mounts_check_line(const struct mounts_row *row, const char *line,
		      struct err *e)
{
	struct mounts_line m;

	if (!mounts_split_line(line, &m))
		return err_set(e, EBADMSG, "mountinfo line");
	if (strcmp(m.type, row->type) != 0)
		return err_set(e, EXDEV, "%s is %s, not %s", row->target,
			       m.type, row->type);
	for (size_t i = 0; i < ARRAY_SIZE(attribute_words); i++) {
		const struct attribute_word *a = &attribute_words[i];
		bool is_wanted = row->attributes & a->attribute;

		if (has_word(m.flags, a->word) != is_wanted)
			return err_set(e, EPERM, "%s: %s is %s", row->target,
				       a->word, is_wanted ? "missing" : "set");
	}
	for (size_t i = 0; i < MOUNTS_OPTIONS_MAX && row->shown[i]; i++)
		if (!has_word(m.options, row->shown[i]))
			return err_set(e, EPERM, "%s: %s is missing from %s",
				       row->target, row->shown[i], m.options);
	return 0;
}

/* True for what a machine with, or without, a data disk has mounted. */
static bool belongs(const struct mounts_row *row, bool has_disk)
{
	return row->when != (has_disk ? MOUNTS_MEMORY : MOUNTS_DISK);
}

static const struct mounts_row *row_of(const char *target, bool has_disk,
				       size_t *index)
{
	for (*index = 0; *index < mounts_count; (*index)++)
		if (belongs(&mounts_rows[*index], has_disk) &&
		    strcmp(mounts_rows[*index].target, target) == 0)
			return &mounts_rows[*index];
	return NULL;
}

static int check_one(const char *line, bool has_disk, unsigned int *seen,
		     struct err *e)
{
	const struct mounts_row *row;
	struct mounts_line m;
	size_t i;

	if (!mounts_split_line(line, &m))
		return err_set(e, EBADMSG, "mountinfo line");
	row = row_of(m.target, has_disk, &i);
	if (!row || *seen & 1u << i)
		return err_set(e, EEXIST, "unexpected mount of %s on %s",
			       m.type, m.target);
	*seen |= 1u << i;
	return mounts_check_line(row, line, e);
}

int mounts_check(bool has_disk, struct err *e)
{
	char text[MOUNTS_INFO_MAX], *rest = text, *line;
	unsigned int seen = 0;
	int count = 0;
	ssize_t n = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", text,
				 sizeof(text), e);
	int r = n < 0 ? (int)n : 0;

	while (r == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			r = check_one(line, has_disk, &seen, e);
	for (size_t i = 0; r == 0 && i < mounts_count; i++) {
		if (!belongs(&mounts_rows[i], has_disk))
			continue;
		count++;
		if (!(seen & 1u << i))
			r = err_set(e, ENOENT, "nothing is mounted on %s",
				    mounts_rows[i].target);
	}
	return r < 0 ? r : count;
}

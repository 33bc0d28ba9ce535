// SPDX-License-Identifier: MIT
/*
 * Runtime's side and the confined process, in a root of the test's own: an
 * overlay over this machine's root, so that /data and the house's program can
 * be there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/host.h"
#include "runtime/image/image.h"
#include "runtime/image/reply.h"
#include "runtime/image/start.h"
#include "tests/unit/image/archive.h"
#include "tests/unit/image/place.h"

#include "kselftest_harness.h"

#define PROGRAM_DIR "/usr/lib/cloister"
#define ANSWER_MS 20000
#define WRITABLE (1 << 20)

/* The confined program is built beside the tests: ../musl/unpacker. */
static int program_path(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 64);
	char *slash;

	if (n < 0)
		return -errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash, "/../musl/unpacker", 18);
	return access(path, X_OK) < 0 ? -errno : 0;
}

static int copy_file(const char *from, const char *to)
{
	AUTO_CLOSE int in = open(from, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char block[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	while ((n = read(in, block, sizeof(block))) > 0)
		if (fd_write_all(out, block, (size_t)n) < 0)
			return -EIO;
	return n < 0 ? -errno : 0;
}

static int enter_root(void)
{
	static const char *const binds[] = { "/proc", "/dev", "/sys" };
	char to[64];

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("t", "/mnt", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/mnt/u", 0755) < 0 || mkdir("/mnt/w", 0755) < 0 ||
	    mkdir("/mnt/root", 0755) < 0 ||
	    mount("o", "/mnt/root", "overlay", 0,
		  "lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w") < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(binds); i++) {
		snprintf(to, sizeof(to), "/mnt/root%s", binds[i]);
		if (mount(binds[i], to, NULL, MS_BIND | MS_REC, NULL) < 0)
			return -errno;
	}
	/* Who is in a chroot(2) may not make user namespaces. */
	if (chdir("/mnt/root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static int make_house(void)
{
	char program[PATH_MAX];
	int r = program_path(program);

	if (r == 0)
		r = enter_root();
	if (r < 0)
		return r;
	if ((mkdir(PROGRAM_DIR, 0755) < 0 && errno != EEXIST) ||
	    (mkdir("/data", 0711) < 0 && errno != EEXIST) ||
	    mount("data", "/data", "tmpfs", MS_NODEV | MS_NOSUID,
		  "size=16m,mode=711") < 0)
		return -errno;
	return copy_file(program, UNPACKER_PROGRAM);
}

FIXTURE(house)
{
	struct err e;
	struct image_reply *reply;
};

FIXTURE_SETUP(house)
{
	self->e = ERR_NONE;
	self->reply = NULL;
	if (geteuid() != 0)
		SKIP(return, "needs root for namespaces and mounts");
	ASSERT_EQ(0, make_house());
	ASSERT_EQ(0, image_setup(&self->e))
	{
		TH_LOG("%s", self->e.message);
	}
}

FIXTURE_TEARDOWN(house)
{
	free(self->reply);
}

static const struct tar_entry base_entries[] = {
	{ .name = "./", .type = '5', .mode = 0755 },
	{ .name = "etc/", .type = '5' },
	{ .name = "etc/passwd", .data = "web:x:33:33::/w:/bin/sh\n" },
	{ .name = "gone", .data = "below" },
	{ .name = "dir/below", .data = "below" },
	{ .name = "kept",
	  .data = "base",
	  .uid = 33,
	  .gid = 65535,
	  .mode = 04755 },
};
static const struct tar_entry top_entries[] = {
	{ .name = "./", .type = '5', .mode = 0751 },
	{ .name = ".wh.gone" },
	{ .name = "dir/.wh..wh..opq" },
	{ .name = "dir/above", .data = "top" },
	/* cap_net_raw+ep, revision 2 */
	{ .name = "ping",
	  .data = "x",
	  .xattr = "security.capability",
	  .value = "\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	  .value_len = 20 },
};
static const struct archive_layer layers[] = {
	{ base_entries, ARRAY_SIZE(base_entries), STREAM_GZIP },
	{ top_entries, ARRAY_SIZE(top_entries), STREAM_ZSTD },
};
static const struct archive_image honest = {
	.reference = "web:1",
	.layers = layers,
	.layer_count = 2,
	.config = "{\"User\":\"web\",\"Cmd\":[\"/ping\"]}",
};

static int wait_for_answer(const struct image_unpacker *u)
{
	struct pollfd p = { .fd = u->reply_fd, .events = POLLIN };

	return poll(&p, 1, ANSWER_MS) == 1 ? 0 : -ETIMEDOUT;
}

/* 0 or the errno value of the refusal. */
static int unpack(const struct archive_image *image, const char *user,
		  struct image_reply **reply, struct err *e)
{
	AUTO_CLOSE int store = archive_of(image);
	struct image_request q = archive_request("web:1");
	struct image_unpacker u;
	int r;

	*e = ERR_NONE;
	snprintf(q.user, sizeof(q.user), "%s", user);
	r = image_unpack_start(&q, store, &u, e);
	if (r == 0)
		r = wait_for_answer(&u);
	if (r == 0)
		r = image_unpack_finish(&u, reply, e);
	return -r;
}

TEST_F(house, setting_up_twice_is_setting_up_once)
{
	struct stat st;

	EXPECT_EQ(0, image_setup(&self->e));
	ASSERT_EQ(0, stat(HOST_LAYERS, &st));
	EXPECT_EQ(1000000, st.st_uid);
	EXPECT_EQ(0700, st.st_mode & 07777);
	ASSERT_EQ(0, stat(HOST_MAPPED, &st));
	EXPECT_EQ(0, st.st_uid);
	/* One mount to take away, not two. */
	EXPECT_EQ(0, umount2(HOST_MAPPED, MNT_DETACH));
	EXPECT_EQ(-1, umount2(HOST_MAPPED, MNT_DETACH));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(house, a_confined_process_unpacks_and_answers)
{
	struct stat st;
	char path[256];
	char name[IMAGE_DIGEST_MAX];

	ASSERT_EQ(0, unpack(&honest, "", &self->reply, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(33, self->reply->uid);
	EXPECT_EQ(2, self->reply->layer_count);
	image_layer_name(self->reply->layers[0], name);
	snprintf(path, sizeof(path), HOST_LAYERS "/%s/kept", name);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(1000033, st.st_uid);
	EXPECT_EQ(1065535, st.st_gid);
	snprintf(path, sizeof(path), HOST_MAPPED "/%s/kept", name);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(33, st.st_uid);
	EXPECT_EQ(65535, st.st_gid);
	EXPECT_EQ(04755, st.st_mode & 07777);
}

TEST_F(house, a_refusal_comes_with_its_reason)
{
	struct archive_image bad = honest;

	bad.flaw = FLAW_LAYER_BYTES;
	EXPECT_EQ(EILSEQ, unpack(&bad, "", &self->reply, &self->e));
	EXPECT_STREQ("layer 1: digest of the blob differs", self->e.message);
	EXPECT_EQ(1, place_count(open(HOST_LAYERS, O_RDONLY)));
	EXPECT_EQ(ENOENT, unpack(&honest, "nobody", &self->reply, &self->e));
	EXPECT_STREQ("the user is not in the image's etc/passwd",
		     self->e.message);
	EXPECT_EQ(NULL, self->reply);
}

TEST_F(house, the_tasks_user_goes_before_the_images)
{
	ASSERT_EQ(0, unpack(&honest, "7:8", &self->reply, &self->e));
	EXPECT_EQ(7, self->reply->uid);
	EXPECT_EQ(8, self->reply->gid);
}

TEST_F(house, a_large_file_goes_through)
{
	char *data = calloc(1, 6 << 20);
	const struct tar_entry entry = { .name = "big",
					 .data = data,
					 .len = 6 << 20 };
	const struct archive_layer one = { &entry, 1, STREAM_ZSTD };
	const struct archive_image image = { .reference = "web:1",
					     .layers = &one,
					     .layer_count = 1 };

	ASSERT_EQ(0, unpack(&image, "", &self->reply, &self->e));
	EXPECT_EQ(6 << 20, self->reply->unpacked_bytes);
	free(data);
}

TEST_F(house, a_full_disk_is_enospc_and_leaves_nothing)
{
	char *data = calloc(1, 20 << 20);
	const struct tar_entry entry = { .name = "big",
					 .data = data,
					 .len = 20 << 20 };
	const struct archive_layer one = { &entry, 1, STREAM_ZSTD };
	const struct archive_image image = { .reference = "web:1",
					     .layers = &one,
					     .layer_count = 1 };

	EXPECT_EQ(ENOSPC, unpack(&image, "", &self->reply, &self->e));
	EXPECT_EQ(0, place_count(open(HOST_LAYERS, O_RDONLY)));
	free(data);
}

TEST_F(house, deep_trees_are_removed_by_the_confined_process_too)
{
	char name[450] = "";
	const struct tar_entry entries[] = {
		{ .name = name, .type = '5', .mode = 0100 },
		{ .name = "d", .data = "flat" },
		{ .name = "fifo", .type = '6' },
		{ .name = "link", .type = '1', .link = "d" },
		{ .name = "soft", .type = '2', .link = "d" },
		{ .name = "note", .xattr = "user.note", .value = "x" },
		{ .name = "s", .mode = 06755, .uid = 9, .gid = 9 },
	};
	const struct archive_layer one = { entries, ARRAY_SIZE(entries),
					   STREAM_PLAIN };
	const struct archive_image image = { .reference = "web:1",
					     .layers = &one,
					     .layer_count = 1 };

	for (size_t i = 0; i < 200; i++)
		memcpy(name + 2 * i, "d/", 3);
	EXPECT_EQ(0, unpack(&image, "", &self->reply, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
}

TEST_F(house, an_unpacker_that_dies_is_epipe)
{
	AUTO_CLOSE int store = archive_of(&honest);
	struct image_request q = archive_request("web:1");
	struct image_unpacker u;

	/* A quick one would have answered before the signal comes. */
	ASSERT_EQ(0, mknod(UNPACKER_STALL, S_IFREG | 0444, 0));
	ASSERT_EQ(0, image_unpack_start(&q, store, &u, &self->e));
	ASSERT_EQ(0, syscall(SYS_pidfd_send_signal, u.pidfd, SIGKILL, NULL, 0));
	ASSERT_EQ(0, wait_for_answer(&u));
	EXPECT_EQ(-EPIPE, image_unpack_finish(&u, &self->reply, &self->e));
}

TEST_F(house, an_answer_that_does_not_come_is_given_up)
{
	int pair[2];
	struct image_unpacker u = { .pid = -1, .pidfd = -1 };

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_EQ(4, write(pair[1], "slow", 4));
	u.reply_fd = pair[0];
	EXPECT_EQ(-ETIMEDOUT, image_unpack_finish(&u, &self->reply, &self->e));
	EXPECT_EQ(NULL, self->reply);
}

TEST_F(house, a_program_that_is_gone_is_told)
{
	ASSERT_EQ(0, chmod(UNPACKER_PROGRAM, 0));
	EXPECT_EQ(EACCES, unpack(&honest, "", &self->reply, &self->e));
	EXPECT_STREQ("unpacker: execute its program", self->e.message);
	ASSERT_EQ(0, unlink(UNPACKER_PROGRAM));
	EXPECT_EQ(ENOENT, unpack(&honest, "", &self->reply, &self->e));
}

/* --------------------------------------------------------------------- jail */

/* The status of the unpacker's program when it tries a call in its jail. */
static int try_call(const char *call)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl(UNPACKER_PROGRAM, UNPACKER_NAME, call, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

TEST_F(house, in_its_jail_a_call_outside_of_the_list_is_death)
{
	static const char *const calls[] = { "socket", "exec",	"fork",
					     "chroot", "mount", "setuid",
					     "code",   "ptrace" };

	EXPECT_EQ(0, try_call("getpid"));
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int status = try_call(calls[i]);

		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		{
			TH_LOG("%s: %x", calls[i], status);
		}
	}
}

static bool has_line(const char *text, const char *line)
{
	return strstr(text, line) != NULL;
}

/* Stops the unpacker once it is confined and takes its status. */
static int stop_confined(const struct image_unpacker *u, char *text, size_t cap)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)u->pid);
	do {
		n = fd_read_file(AT_FDCWD, path, text, cap, NULL);
		if (n < 0 || has_line(text, "State:\tZ"))
			return -ESRCH;
	} while (!has_line(text, "\nSeccomp:\t2"));
	if (syscall(SYS_pidfd_send_signal, u->pidfd, SIGSTOP, NULL, 0) < 0)
		return -errno;
	return 0;
}

TEST_F(house, while_it_reads_the_store_it_has_nothing_else)
{
	char *data = calloc(1, 15 << 20);
	const struct tar_entry entry = { .name = "big",
					 .data = data,
					 .len = 15 << 20 };
	const struct archive_layer one = { &entry, 1, STREAM_ZSTD };
	const struct archive_image image = { .reference = "web:1",
					     .layers = &one,
					     .layer_count = 1 };
	AUTO_CLOSE int store = archive_of(&image);
	struct image_request q = archive_request("web:1");
	struct image_unpacker u;
	char path[64];
	char link[64] = "";
	char status[8192];

	ASSERT_EQ(20, dup2(store, 20));
	ASSERT_EQ(0, image_unpack_start(&q, store, &u, &self->e));
	ASSERT_EQ(0, stop_confined(&u, status, sizeof(status)));
	EXPECT_TRUE(has_line(status, "\nUid:\t1000000\t1000000\t1000000"));
	EXPECT_TRUE(has_line(status, "\nGroups:\t \n"));
	/* chown, dac_override, fowner, fsetid, setfcap */
	EXPECT_TRUE(has_line(status, "\nCapPrm:\t000000008000001b"));
	EXPECT_TRUE(has_line(status, "\nCapEff:\t000000008000001b"));
	EXPECT_TRUE(has_line(status, "\nCapBnd:\t000000008000001b"));
	EXPECT_TRUE(has_line(status, "\nCapInh:\t0000000000000000"));
	EXPECT_TRUE(has_line(status, "\nCapAmb:\t0000000000000000"));
	EXPECT_TRUE(has_line(status, "\nNoNewPrivs:\t1"));
	snprintf(path, sizeof(path), "/proc/%d/root", (int)u.pid);
	EXPECT_LT(0, readlink(path, link, sizeof(link) - 1));
	EXPECT_STREQ(HOST_LAYERS, link);
	/* Nothing of ours but 0 to 5 came through: the test holds more. */
	snprintf(path, sizeof(path), "/proc/%d/fd/20", (int)u.pid);
	EXPECT_EQ(-1, access(path, F_OK));
	syscall(SYS_pidfd_send_signal, u.pidfd, SIGCONT, NULL, 0);
	ASSERT_EQ(0, wait_for_answer(&u));
	EXPECT_EQ(0, image_unpack_finish(&u, &self->reply, &self->e));
	free(data);
}

/* -------------------------------------------------------------------- roots */

static int make_root(const struct image_reply *image, int *root, struct err *e)
{
	const struct image_root_options o = {
		.name = "root",
		.image = image,
		.label = "system_u:object_r:task_file_t:s0:c1,c2",
		.writable_bytes = WRITABLE,
	};

	return image_root(&o, root, e);
}

TEST_F(house, a_root_shows_the_layers_merged)
{
	AUTO_CLOSE int root = -1;
	struct stat st;

	ASSERT_EQ(0, unpack(&honest, "", &self->reply, &self->e));
	ASSERT_EQ(0, make_root(self->reply, &root, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_TRUE(place_has_text(root, "kept", "base"));
	EXPECT_TRUE(place_has_text(root, "dir/above", "top"));
	EXPECT_EQ(-1, fstatat(root, "gone", &st, 0));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, fstatat(root, "dir/below", &st, 0));
	ASSERT_EQ(0, fstatat(root, "kept", &st, 0));
	EXPECT_EQ(33, st.st_uid);
	EXPECT_EQ(65535, st.st_gid);
	ASSERT_EQ(0, fstat(root, &st));
	EXPECT_EQ(0751, st.st_mode & 07777);
	/* Nothing stays where it was put together. */
	EXPECT_EQ(0, place_count(open(HOST_STAGING, O_RDONLY)));
}

TEST_F(house, writes_stay_in_their_own_root_and_are_bounded)
{
	AUTO_CLOSE int one = -1;
	AUTO_CLOSE int two = -1;
	AUTO_CLOSE int fd = -1;
	char *data = calloc(1, 2 * WRITABLE);

	ASSERT_EQ(0, unpack(&honest, "", &self->reply, &self->e));
	ASSERT_EQ(0, make_root(self->reply, &one, &self->e));
	ASSERT_EQ(0, make_root(self->reply, &two, &self->e));
	fd = openat(one, "kept", O_WRONLY | O_TRUNC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(4, write(fd, "mine", 4));
	EXPECT_TRUE(place_has_text(one, "kept", "mine"));
	EXPECT_TRUE(place_has_text(two, "kept", "base"));
	ASSERT_EQ(0, unlinkat(one, "dir/above", 0));
	EXPECT_TRUE(place_has_text(two, "dir/above", "top"));
	EXPECT_EQ(-ENOSPC, fd_write_all(fd, data, 2 * WRITABLE));
	free(data);
}

TEST_F(house, a_layer_twice_counts_once)
{
	const struct archive_layer twice[] = { layers[0], layers[1],
					       layers[0] };
	struct archive_image image = honest;
	AUTO_CLOSE int root = -1;

	image.layers = twice;
	image.layer_count = 3;
	ASSERT_EQ(0, unpack(&image, "", &self->reply, &self->e));
	ASSERT_EQ(3, self->reply->layer_count);
	ASSERT_EQ(0, make_root(self->reply, &root, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_TRUE(place_has_text(root, "gone", "below"));
	EXPECT_TRUE(place_has_text(root, "dir/above", "top"));
}

TEST_F(house, an_opaque_root_hides_all_layers_below)
{
	const struct tar_entry entries[] = {
		{ .name = ".wh..wh..opq" },
		{ .name = "only", .data = "this" },
	};
	const struct archive_layer both[] = { layers[0], { entries, 2, 0 } };
	struct archive_image image = honest;
	AUTO_CLOSE int root = -1;

	image.layers = both;
	image.config = "{}";
	ASSERT_EQ(0, unpack(&image, "", &self->reply, &self->e));
	ASSERT_EQ(0, make_root(self->reply, &root, &self->e));
	EXPECT_EQ(1, place_count(root));
	EXPECT_TRUE(place_has_text(root, "only", "this"));
}

static int make_volume(const char *name, struct err *e)
{
	const struct image_volume v = {
		.name = name,
		.bytes = WRITABLE,
		.uid = 1000,
		.gid = 44,
		.mode = "1770",
	};

	return image_volume_make(&v, e);
}

/* The unpacker owns the directory of layers: what if it was taken over? */
TEST_F(house, a_layer_that_is_a_link_to_elsewhere_makes_no_root)
{
	char name[IMAGE_DIGEST_MAX];
	char path[PATH_MAX];

	ASSERT_EQ(0, make_volume("others-0", &self->e));
	ASSERT_EQ(0, unpack(&honest, "", &self->reply, &self->e));
	for (uint32_t i = 0; i < self->reply->layer_count; i++) {
		int root = -1;

		image_layer_name(self->reply->layers[i], name);
		snprintf(path, sizeof(path), HOST_LAYERS "/%s", name);
		ASSERT_EQ(0, rename(path, HOST_LAYERS "/away"));
		ASSERT_EQ(0, symlink(HOST_VOLUMES "/others-0", path));
		EXPECT_EQ(-ELOOP, make_root(self->reply, &root, &self->e));
		EXPECT_EQ(-1, root);
		ASSERT_EQ(0, unlink(path));
		ASSERT_EQ(0, rename(HOST_LAYERS "/away", path));
	}
}

TEST_F(house, as_many_layers_as_allowed_make_a_root)
{
	struct tar_entry entries[IMAGE_LAYERS_MAX + 1];
	struct archive_layer many[IMAGE_LAYERS_MAX + 1];
	char names[IMAGE_LAYERS_MAX + 1][16];
	struct archive_image image = { .reference = "web:1", .layers = many };
	AUTO_CLOSE int root = -1;

	for (int i = 0; i <= IMAGE_LAYERS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "file%d", i);
		entries[i] =
			(struct tar_entry){ .name = names[i], .data = "x" };
		many[i] = (struct archive_layer){ &entries[i], 1, 0 };
	}
	image.layer_count = IMAGE_LAYERS_MAX + 1;
	EXPECT_EQ(E2BIG, unpack(&image, "", &self->reply, &self->e));
	image.layer_count = IMAGE_LAYERS_MAX;
	ASSERT_EQ(0, unpack(&image, "", &self->reply, &self->e));
	ASSERT_EQ(0, make_root(self->reply, &root, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(IMAGE_LAYERS_MAX, place_count(root));
}

/* ------------------------------------------------------------------ volumes */

TEST_F(house, a_volume_is_made_found_again_and_dropped)
{
	AUTO_CLOSE int fd = -1;
	AUTO_CLOSE int gone = -1;
	AUTO_CLOSE int file = -1;
	struct stat st;

	ASSERT_EQ(0, make_volume("t1-0", &self->e));
	ASSERT_EQ(0, image_volume_open("t1-0", &fd, &self->e));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFDIR | 01770, st.st_mode);
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(44, st.st_gid);
	file = openat(fd, "x", O_WRONLY | O_CREAT, 0600);
	ASSERT_EQ(3, write(file, "abc", 3));
	ASSERT_EQ(0, make_volume("t1-0", &self->e));
	EXPECT_TRUE(place_has_text(fd, "x", "abc"));
	image_volume_drop("t1-0");
	EXPECT_EQ(-ENOENT, image_volume_open("t1-0", &gone, &self->e));
	/* Its last user still has it. */
	EXPECT_TRUE(place_has_text(fd, "x", "abc"));
	image_volume_drop("t1-0");
}

TEST_F(house, a_volume_name_that_is_a_path_is_refused)
{
	int fd = -1;

	EXPECT_EQ(-EINVAL, make_volume("../x", &self->e));
	EXPECT_EQ(-EINVAL, make_volume("a/b", &self->e));
	EXPECT_EQ(-EINVAL, make_volume("", &self->e));
	EXPECT_EQ(-EINVAL, image_volume_open(".", &fd, &self->e));
	EXPECT_EQ(-1, fd);
}

TEST_HARNESS_MAIN

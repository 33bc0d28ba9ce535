// SPDX-License-Identifier: MIT
/* Files of the engine's that one container reads. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/files.h"

#include "kselftest_harness.h"

FIXTURE(files)
{
	int mount;
	struct err e;
};

FIXTURE_SETUP(files)
{
	self->mount = -1;
	self->e = ERR_NONE;
	if (geteuid() != 0)
		SKIP(return, "needs CAP_SYS_ADMIN");
	umask(0077);
}

FIXTURE_TEARDOWN(files)
{
	fd_close(&self->mount);
}

static int make(struct _test_data_files *self, const struct image_file *items,
		size_t count)
{
	const struct image_files f = { .uid = 1000,
				       .gid = 44,
				       .items = items,
				       .count = count };

	return image_files(&f, &self->mount, &self->e);
}

TEST_F(files, belong_to_their_reader_alone)
{
	static const struct image_file one[] = { { "db", "hunter2" } };
	struct stat st;

	ASSERT_EQ(0, make(self, one, 1)) TH_LOG("%s", self->e.message);
	ASSERT_EQ(0, fstatat(self->mount, "db", &st, 0));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(44, st.st_gid);
	EXPECT_EQ(7, st.st_size);
	ASSERT_EQ(0, fstatat(self->mount, ".", &st, 0));
	EXPECT_EQ(S_IFDIR | 0500, st.st_mode);
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(44, st.st_gid);
}

/* errno of a user's attempt to read, in a child. */
static int read_as(int mount, uid_t uid, char text[16])
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		int fd;

		if (setgid(uid) < 0 || setuid(uid) < 0)
			_exit(255);
		fd = openat(mount, "db", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			_exit(errno);
		_exit(read(fd, text, 16) == 7 ? 0 : EIO);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(files, are_read_by_their_user_and_no_other)
{
	static const struct image_file one[] = { { "db", "hunter2" } };
	char text[16];

	ASSERT_EQ(0, make(self, one, 1)) TH_LOG("%s", self->e.message);
	EXPECT_EQ(0, read_as(self->mount, 1000, text));
	EXPECT_EQ(EACCES, read_as(self->mount, 1001, text));
}

TEST_F(files, of_the_longest_fit_and_leave_little_room)
{
	static char text[65537];
	struct image_file items[64];
	char names[64][8];
	struct statvfs room;
	struct stat st;

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		snprintf(names[i], sizeof(names[i]), "s%zu", i);
		items[i] = (struct image_file){ names[i], text };
	}
	ASSERT_EQ(0, make(self, items, ARRAY_SIZE(items)))
	TH_LOG("%s", self->e.message);
	ASSERT_EQ(0, fstatat(self->mount, "s63", &st, 0));
	EXPECT_EQ(65536, st.st_size);
	ASSERT_EQ(0, fstatvfs(self->mount, &room));
	EXPECT_GE(512u << 10, room.f_bavail * room.f_frsize);
}

TEST_F(files, of_one_name_are_eexist)
{
	static const struct image_file two[] = { { "a", "1" }, { "a", "2" } };

	EXPECT_EQ(-EEXIST, make(self, two, 2));
	EXPECT_EQ(-1, self->mount);
}

TEST_HARNESS_MAIN

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"

#include "kselftest_harness.h"

FIXTURE(folder)
{
	char path[64];
	int fd;
};

FIXTURE_SETUP(folder)
{
	strcpy(self->path, "/tmp/fd_test.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->path));
	self->fd = open(self->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(folder)
{
	unlinkat(self->fd, "file", 0);
	unlinkat(self->fd, "link", 0);
	rmdir(self->path);
	close(self->fd);
}

static int make_file(int dirfd, const char *text)
{
	int fd = openat(dirfd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	int r = fd_write_all(fd, text, strlen(text));

	close(fd);
	return r;
}

TEST(a_taken_descriptor_is_not_closed_by_its_old_owner)
{
	int kept;
	{
		AUTO_CLOSE int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		ASSERT_LE(0, fd);
		kept = take_fd(&fd);
		EXPECT_EQ(-1, fd);
	}
	EXPECT_LE(0, fcntl(kept, F_GETFD));
	fd_close(&kept);
	EXPECT_EQ(-1, kept);
}

TEST(closing_keeps_errno)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	errno = EXDEV;
	fd_close(&fd);
	EXPECT_EQ(EXDEV, errno);
}

TEST_F(folder, a_file_reads_back_without_its_last_newline)
{
	struct err e = ERR_NONE;
	char text[16];

	ASSERT_EQ(0, make_file(self->fd, "abc\n"));
	EXPECT_EQ(3, fd_read_file(self->fd, "file", text, sizeof(text), &e));
	EXPECT_STREQ("abc", text);
}

TEST_F(folder, a_file_longer_than_the_buffer_is_efbig)
{
	struct err e = ERR_NONE;
	char text[4];

	ASSERT_EQ(0, make_file(self->fd, "abcd"));
	EXPECT_EQ(-EFBIG,
		  fd_read_file(self->fd, "file", text, sizeof(text), &e));
	EXPECT_STREQ("read(file)", e.message);
}

TEST_F(folder, a_missing_file_is_named)
{
	struct err e = ERR_NONE;
	char text[4];

	EXPECT_EQ(-ENOENT,
		  fd_read_file(self->fd, "none", text, sizeof(text), &e));
	EXPECT_STREQ("open(none)", e.message);
	EXPECT_EQ(-ENOENT, fd_write_file(self->fd, "none", "1", &e));
}

TEST_F(folder, beneath_opens_what_is_inside)
{
	int fd;

	ASSERT_EQ(0, make_file(self->fd, "x"));
	fd = fd_open_beneath(self->fd, "file", O_RDONLY, 0, RESOLVE_BENEATH);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	close(fd);
}

TEST_F(folder, beneath_refuses_what_leaves)
{
	ASSERT_EQ(0, symlinkat("/etc/passwd", self->fd, "link"));
	EXPECT_EQ(-EXDEV, fd_open_beneath(self->fd, "../x", O_RDONLY, 0,
					  RESOLVE_BENEATH));
	EXPECT_EQ(-EXDEV, fd_open_beneath(self->fd, "link", O_RDONLY, 0,
					  RESOLVE_BENEATH));
	EXPECT_EQ(-ELOOP, fd_open_beneath(self->fd, "link", O_RDONLY, 0,
					  RESOLVE_NO_SYMLINKS));
}

TEST(sealed_memory_reads_back_and_cannot_be_changed)
{
	struct err e = ERR_NONE;
	void *data = NULL;
	size_t len = 0;
	int fd = fd_sealed("t", "hello", 5, &e);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ftruncate(fd, 0));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, fd_read_sealed(fd, 5, &data, &len, &e));
	EXPECT_EQ(5, len);
	EXPECT_STREQ("hello", (char *)data);
	free(data);
	EXPECT_EQ(-EFBIG, fd_read_sealed(fd, 4, &data, &len, &e));
	close(fd);
}

TEST(memory_that_is_not_sealed_is_refused)
{
	struct err e = ERR_NONE;
	void *data = NULL;
	size_t len = 0;
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	EXPECT_EQ(-EPERM, fd_read_sealed(fd, 5, &data, &len, &e));
	EXPECT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(-EPERM, fd_read_sealed(fd, 5, &data, &len, &e));
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(-EPERM, fd_read_sealed(fd, 5, &data, &len, &e));
	close(fd);
}

TEST_HARNESS_MAIN

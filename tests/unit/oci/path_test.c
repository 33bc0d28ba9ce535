// SPDX-License-Identifier: MIT
/* Paths of a container are resolved inside its root or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "runtime/oci/path.h"

/*
 * base/
 *   outside/
 *   root/
 *     dir/file
 *     in -> dir
 *     absolute -> /dir
 *     climb -> ../../../dir
 *     out -> ../outside
 *     nothing -> /missing
 *     loop -> loop
 */
FIXTURE(path)
{
	char base[64];
	int root;
};

static void make_link(int root, const char *name, const char *target)
{
	if (symlinkat(target, root, name) < 0)
		abort();
}

FIXTURE_SETUP(path)
{
	int base;

	strcpy(self->base, "/tmp/cloister-path-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->base));
	base = open(self->base, O_PATH | O_CLOEXEC);
	ASSERT_EQ(0, mkdirat(base, "outside", 0755));
	ASSERT_EQ(0, mkdirat(base, "root", 0755));
	self->root = openat(base, "root", O_PATH | O_CLOEXEC);
	ASSERT_EQ(0, mkdirat(self->root, "dir", 0755));
	close(openat(self->root, "dir/file", O_CREAT | O_WRONLY, 0644));
	make_link(self->root, "in", "dir");
	make_link(self->root, "absolute", "/dir");
	make_link(self->root, "climb", "../../../dir");
	make_link(self->root, "out", "../outside");
	make_link(self->root, "nothing", "/missing");
	make_link(self->root, "loop", "loop");
	close(base);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

FIXTURE_TEARDOWN(path)
{
	close(self->root);
	ASSERT_EQ(0, nftw(self->base, remove_one, 16, FTW_DEPTH | FTW_PHYS));
}

/* The errno of an open, or 0; closes what was opened. */
static int verdict(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -fd : 0;
}

struct row {
	const char *path;
	int strict; /* errno */
	int inside;
};

static const struct row rows[] = {
	{ "/dir", 0, 0 },
	{ "dir", 0, 0 },
	{ "//dir//file", 0, 0 },
	{ "/", 0, 0 },
	{ "/missing", ENOENT, ENOENT },
	{ "/dir/file/x", ENOTDIR, ENOTDIR },
	{ "/in", ELOOP, 0 },
	{ "/in/file", ELOOP, 0 },
	{ "/absolute/file", ELOOP, 0 },
	{ "/climb/file", ELOOP, 0 },
	{ "/out", ELOOP, ENOENT },
	{ "/nothing", ELOOP, ENOENT },
	{ "/loop", ELOOP, ELOOP },
	{ "/../outside", EXDEV, ENOENT },
	{ "/dir/../../outside", EXDEV, ENOENT },
	{ "/../dir", EXDEV, 0 },
};

TEST_F(path, links_are_refused_or_kept_inside)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];

		EXPECT_EQ(r->strict,
			  verdict(path_open_strict(self->root, r->path, 0)))
		{
			TH_LOG("%s", r->path);
		}
		EXPECT_EQ(r->inside,
			  verdict(path_open_inside(self->root, r->path, 0)))
		{
			TH_LOG("%s", r->path);
		}
	}
}

TEST_F(path, missing_directories_are_made)
{
	struct stat st;

	ASSERT_EQ(0, verdict(path_make_inside(self->root, "/a/b/c/", true)));
	ASSERT_EQ(0, fstatat(self->root, "a/b/c", &st, 0));
	ASSERT_TRUE(S_ISDIR(st.st_mode));
	ASSERT_EQ(0, verdict(path_make_inside(self->root, "/a/d/f", false)));
	ASSERT_EQ(0, fstatat(self->root, "a/d/f", &st, 0));
	ASSERT_TRUE(S_ISREG(st.st_mode));
	ASSERT_EQ(0, verdict(path_make_inside(self->root, "/in/new", true)));
	ASSERT_EQ(0, fstatat(self->root, "dir/new", &st, 0));
}

TEST_F(path, what_exists_is_opened_as_it_is)
{
	struct stat st;
	int fd = path_make_inside(self->root, "/dir/file", false);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_TRUE(S_ISREG(st.st_mode));
	close(fd);
	fd = path_make_inside(self->root, "/dir", false);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_TRUE(S_ISDIR(st.st_mode));
	close(fd);
}

TEST_F(path, file_in_the_place_of_a_directory_is_enotdir)
{
	ASSERT_EQ(ENOTDIR,
		  verdict(path_make_inside(self->root, "/dir/file", true)));
	ASSERT_EQ(ENOTDIR,
		  verdict(path_make_strict(self->root, "/dir/file", true)));
	ASSERT_EQ(ENOTDIR,
		  verdict(path_make_inside(self->root, "/dir/file/x", true)));
}

TEST_F(path, nothing_is_made_behind_a_link_to_nothing)
{
	struct stat st;

	ASSERT_EQ(ELOOP,
		  verdict(path_make_inside(self->root, "/nothing", true)));
	ASSERT_EQ(ELOOP,
		  verdict(path_make_inside(self->root, "/nothing/x", true)));
	ASSERT_EQ(ELOOP, verdict(path_make_inside(self->root, "/out/x", true)));
	ASSERT_EQ(-1, fstatat(self->root, "missing", &st, 0));
	ASSERT_EQ(-1, fstatat(self->root, "../outside/x", &st, 0));
}

TEST_F(path, strict_making_follows_no_link)
{
	ASSERT_EQ(0, verdict(path_make_strict(self->root, "/new", true)));
	ASSERT_EQ(0, verdict(path_make_strict(self->root, "/dir/new", true)));
	ASSERT_EQ(0, verdict(path_make_strict(self->root, "/no/new", true)));
	ASSERT_EQ(0, verdict(path_make_strict(self->root, "/a/file", false)));
	ASSERT_EQ(ELOOP, verdict(path_make_strict(self->root, "/in/x", true)));
	ASSERT_EQ(ELOOP, verdict(path_make_strict(self->root, "/in", true)));
}

TEST(places_of_the_kernels_are_known_however_they_are_written)
{
	static const char *const ours[] = { "/proc", "/dev/", "/sys/x",
					    "//proc//x", "/./dev/x" };
	static const char *const others[] = {
		"/", "/process", "/devs", "/x/dev", "/.sys", "/systems/x"
	};

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		EXPECT_TRUE(path_is_ours(ours[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		EXPECT_FALSE(path_is_ours(others[i]));
	EXPECT_TRUE(path_is("/dev", "dev"));
	EXPECT_TRUE(path_is("//dev//", "dev"));
	EXPECT_FALSE(path_is("/dev/x", "dev"));
	EXPECT_FALSE(path_is("/de", "dev"));
}

TEST_F(path, too_long_is_enametoolong)
{
	static char path[PATH_MAX + 16];

	memset(path, '/', sizeof(path) - 1);
	ASSERT_EQ(ENAMETOOLONG,
		  verdict(path_make_inside(self->root, path, true)));
	memset(path, 'x', sizeof(path) - 1);
	ASSERT_EQ(ENAMETOOLONG,
		  verdict(path_make_inside(self->root, path, true)));
}

TEST_HARNESS_MAIN

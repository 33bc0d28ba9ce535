#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/modules.h"

#include "kselftest_harness.h"

/* Nothing here is a module: whether init may load one is tested in a guest. */
static int load_list(const char *text)
{
	char path[] = "/tmp/modules_test.XXXXXX";
	struct err e = ERR_NONE;
	int fd = mkstemp(path);
	int r = -EIO;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		r = modules_load_list(path, &e);
	close(fd);
	unlink(path);
	return r;
}

TEST(a_path_outside_the_modules_is_einval)
{
	EXPECT_EQ(-EINVAL, load_list("/data/x.ko\n"));
	EXPECT_EQ(-EINVAL, load_list("x.ko\n"));
	EXPECT_EQ(-EINVAL, load_list("/usr/lib/modulesx/x.ko\n"));
	EXPECT_EQ(-EINVAL, load_list("/usr/lib/modules/../../../x.ko\n"));
}

TEST(a_module_that_is_missing_is_enoent)
{
	EXPECT_EQ(-ENOENT, load_list("/usr/lib/modules/0/no-such.ko\n"));
}

TEST(a_missing_or_too_long_list_is_an_error_and_an_empty_one_is_not)
{
	static char text[20000];
	struct err e = ERR_NONE;

	memset(text, '\n', sizeof(text) - 1);
	EXPECT_EQ(-EFBIG, load_list(text));
	EXPECT_EQ(-ENOENT, modules_load_list("/no/such/list", &e));
	EXPECT_EQ(0, load_list("\n\n"));
}

TEST(a_directory_that_is_missing_is_enoent)
{
	struct err e = ERR_NONE;

	EXPECT_EQ(-ENOENT, modules_load_directory("/no/such/directory", &e));
}

TEST_HARNESS_MAIN

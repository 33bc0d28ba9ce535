// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "init/disk.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

static const unsigned char key[DISK_KEY_BYTES] = { 0x01, 0xab };

/* ---------------------------------------------------------------- finding */

FIXTURE(blocks)
{
	char directory[32];
	int fd;
};

FIXTURE_SETUP(blocks)
{
	strcpy(self->directory, "/tmp/cloister-disk-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->directory));
	self->fd = open(self->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(blocks)
{
	char command[64];

	close(self->fd);
	snprintf(command, sizeof(command), "rm -r %s", self->directory);
	EXPECT_EQ(0, system(command));
}

/* A device as sysfs shows it: one file that tells what it is, and its size. */
static int add(int blocks, const char *name, const char *file, const char *text,
	       const char *size)
{
	char path[128];
	int r = mkdirat(blocks, name, 0755);

	snprintf(path, sizeof(path), "%s/device", name);
	if (r == 0)
		r = mkdirat(blocks, path, 0755);
	for (int i = 0; r == 0 && i < 2; i++) {
		AUTO_CLOSE int fd = -1;
		const char *content = i == 0 ? text : size;

		snprintf(path, sizeof(path), "%s/%s", name,
			 i == 0 ? file : "size");
		fd = openat(blocks, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		r = fd < 0 ? -1 : fd_write_all(fd, content, strlen(content));
	}
	return r;
}

TEST_F(blocks, of_every_kind_are_found_and_sorted)
{
	struct err e = ERR_NONE;
	struct disk_list l;

	ASSERT_EQ(0, add(self->fd, "vdc", "serial", "cloister-data-2\n",
			 "400000\n"));
	ASSERT_EQ(0, add(self->fd, "vda3", "uevent",
			 "DEVNAME=vda3\nPARTNAME=cloister-data\n", "300000\n"));
	ASSERT_EQ(0, add(self->fd, "nvme1n1", "device/model",
			 "Amazon EC2 NVMe Instance Storage\n", "200000\n"));
	ASSERT_EQ(3, disk_find(self->directory, &l, &e));
	EXPECT_STREQ("/dev/nvme1n1", l.disks[0].path);
	EXPECT_EQ(200000, l.disks[0].sectors);
	EXPECT_STREQ("/dev/vda3", l.disks[1].path);
	EXPECT_STREQ("/dev/vdc", l.disks[2].path);
}

TEST_F(blocks, of_others_are_left_alone)
{
	struct err e = ERR_NONE;
	struct disk_list l;

	ASSERT_EQ(0, add(self->fd, "vdb", "serial", "cloister-store\n",
			 "400000\n"));
	ASSERT_EQ(0, add(self->fd, "vda2", "uevent",
			 "DEVNAME=vda2\nPARTNAME=cloister-data-old\n",
			 "300000\n"));
	ASSERT_EQ(0, add(self->fd, "nvme0n1", "device/model",
			 "Amazon Elastic Block Store\n", "200000\n"));
	EXPECT_EQ(0, disk_find(self->directory, &l, &e));
}

TEST_F(blocks, more_than_eight_are_e2big)
{
	struct err e = ERR_NONE;
	struct disk_list l;

	for (int i = 0; i <= DISK_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "vd%c", 'a' + i);
		ASSERT_EQ(0, add(self->fd, name, "serial", "cloister-data\n",
				 "400000\n"));
	}
	EXPECT_EQ(-E2BIG, disk_find(self->directory, &l, &e));
}

TEST_F(blocks, without_a_size_are_ebadmsg)
{
	struct err e = ERR_NONE;
	struct disk_list l;

	ASSERT_EQ(0, add(self->fd, "vdb", "serial", "cloister-data\n", "x\n"));
	EXPECT_EQ(-EBADMSG, disk_find(self->directory, &l, &e));
}

TEST(a_directory_that_is_not_there_is_enoent)
{
	struct err e = ERR_NONE;
	struct disk_list l;

	EXPECT_EQ(-ENOENT, disk_find("/nonexistent", &l, &e));
}

/* ----------------------------------------------------------------- tables */

TEST(stripes_count_as_much_as_the_smallest_disk)
{
	struct disk_list l = {
		.disks = { { "/dev/a", 1000000 }, { "/dev/b", 512 * 100 + 7 } },
		.count = 2,
	};
	struct err e = ERR_NONE;
	struct dm_table t;

	ASSERT_EQ(0, disk_stripe(&l, &t, &e));
	EXPECT_STREQ("striped", t.target);
	EXPECT_STREQ("2 512 /dev/a 0 /dev/b 0", t.parameters);
	EXPECT_EQ(512 * 200, t.sectors);
}

TEST(stripes_of_one_disk_or_of_a_tiny_one_are_erange)
{
	struct disk_list l = {
		.disks = { { "/dev/a", 1000000 }, { "/dev/b", 511 } },
		.count = 1,
	};
	struct err e = ERR_NONE;
	struct dm_table t;

	EXPECT_EQ(-ERANGE, disk_stripe(&l, &t, &e));
	l.count = 2;
	EXPECT_EQ(-ERANGE, disk_stripe(&l, &t, &e));
}

TEST(the_encrypted_device_has_whole_blocks_and_is_secret)
{
	struct err e = ERR_NONE;
	struct dm_table t;
	char begin[64];

	ASSERT_EQ(0, disk_crypt("/dev/vdb", 200007, key, &t, &e));
	EXPECT_STREQ("crypt", t.target);
	EXPECT_EQ(200000, t.sectors);
	EXPECT_TRUE(t.is_secret);
	EXPECT_FALSE(t.is_read_only);
	snprintf(begin, sizeof(begin), "%.28s", t.parameters);
	EXPECT_STREQ("aes-xts-plain64 01ab00000000", begin);
	EXPECT_NE(NULL,
		  strstr(t.parameters, " 0 /dev/vdb 0 1 sector_size:4096"));
	EXPECT_EQ(16 + 128 + strlen(" 0 /dev/vdb 0 1 sector_size:4096"),
		  strlen(t.parameters));
}

TEST(a_disk_below_64_mib_is_erange)
{
	struct err e = ERR_NONE;
	struct dm_table t;

	EXPECT_EQ(-ERANGE, disk_crypt("/dev/vdb", 131071, key, &t, &e));
	EXPECT_EQ(0, disk_crypt("/dev/vdb", 131072, key, &t, &e));
}

TEST_HARNESS_MAIN

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "init/mounts.h"

#include "kselftest_harness.h"

#define RO MOUNT_ATTR_RDONLY
#define NS MOUNT_ATTR_NOSUID
#define ND MOUNT_ATTR_NODEV
#define NX MOUNT_ATTR_NOEXEC

/* What must be mounted, written down independently of the table. */
struct wanted {
	const char *target;
	const char *type;
	unsigned int attributes;
};

static const struct wanted golden[] = {
	{ "/", "erofs", RO | NS | ND },
	{ "/proc", "proc", NS | ND | NX },
	{ "/sys", "sysfs", RO | NS | ND | NX },
	{ "/sys/fs/cgroup", "cgroup2", NS | ND | NX },
	{ "/sys/fs/selinux", "selinuxfs", NS | ND | NX },
	{ "/sys/fs/bpf", "bpf", NS | ND | NX },
	{ "/sys/kernel/security", "securityfs", RO | NS | ND | NX },
	{ "/dev", "devtmpfs", NS | NX },
	{ "/run", "tmpfs", NS | ND | NX },
	{ "/data", "tmpfs", NS | ND },
	{ "/data", "ext4", NS | ND },
};

static const struct mounts_row *row_of(const char *target)
{
	for (size_t i = 0; i < mounts_count; i++)
		if (strcmp(mounts_rows[i].target, target) == 0)
			return &mounts_rows[i];
	return NULL;
}

static int check(const char *target, const char *line)
{
	struct err e = ERR_NONE;

	return mounts_check_line(row_of(target), line, &e);
}

TEST(the_table_is_the_golden_list)
{
	ASSERT_EQ(sizeof(golden) / sizeof(golden[0]), mounts_count);
	for (size_t i = 0; i < mounts_count; i++) {
		const struct mounts_row *row = &mounts_rows[i];

		EXPECT_STREQ(golden[i].target, row->target);
		EXPECT_STREQ(golden[i].type, row->type);
		EXPECT_EQ(golden[i].attributes, row->attributes);
	}
}

TEST(whatever_is_writable_is_nosuid_and_only_data_may_run_programs)
{
	for (size_t i = 0; i < mounts_count; i++) {
		const struct mounts_row *row = &mounts_rows[i];

		EXPECT_TRUE(row->attributes & NS);
		if (row->attributes & (RO | NX))
			continue;
		EXPECT_STREQ("/data", row->target);
	}
}

TEST(proc_hides_and_cgroups_delegate)
{
	EXPECT_STREQ("hidepid=invisible", row_of("/proc")->shown[0]);
	EXPECT_STREQ("nsdelegate", row_of("/sys/fs/cgroup")->shown[0]);
	EXPECT_STREQ("memory_recursiveprot",
		     row_of("/sys/fs/cgroup")->shown[1]);
}

TEST(a_line_as_the_kernel_shows_it_passes)
{
	EXPECT_EQ(0,
		  check("/proc", "20 1 0:21 / /proc rw,nosuid,nodev,noexec,"
				 "relatime - proc none rw,hidepid=invisible"));
	EXPECT_EQ(0,
		  check("/sys", "20 1 0:21 / /sys ro,nosuid,nodev,noexec,"
				"relatime shared:3 master:1 - sysfs none rw"));
}

TEST(another_type_is_exdev)
{
	EXPECT_EQ(-EXDEV, check("/sys", "20 1 0:21 / /sys ro,nosuid,nodev,"
					"noexec - tmpfs none rw"));
}

TEST(a_missing_flag_is_eperm)
{
	EXPECT_EQ(-EPERM, check("/sys", "20 1 0:21 / /sys ro,nosuid,nodev "
					"- sysfs none rw"));
	EXPECT_EQ(-EPERM, check("/sys", "20 1 0:21 / /sys rw,nosuid,nodev,"
					"noexec - sysfs none ro"));
}

TEST(a_flag_too_many_is_eperm)
{
	EXPECT_EQ(-EPERM, check("/dev", "20 1 0:21 / /dev rw,nosuid,nodev,"
					"noexec - devtmpfs none rw"));
}

TEST(a_missing_option_is_eperm)
{
	EXPECT_EQ(-EPERM, check("/proc", "20 1 0:21 / /proc rw,nosuid,nodev,"
					 "noexec - proc none rw"));
	EXPECT_EQ(-EPERM,
		  check("/proc", "20 1 0:21 / /proc rw,nosuid,nodev,"
				 "noexec - proc none rw,hidepid=invisible2"));
}

TEST(a_line_of_another_shape_is_ebadmsg)
{
	EXPECT_EQ(-EBADMSG, check("/proc", ""));
	EXPECT_EQ(-EBADMSG, check("/proc", "20 1 0:21 / /proc rw proc none"));
	EXPECT_EQ(-EBADMSG, check("/proc", "20 1 - proc none rw"));
}

TEST_HARNESS_MAIN

#include "init/selinux.h"

#include "kselftest_harness.h"

TEST(the_type_is_the_third_field_whole)
{
	EXPECT_TRUE(selinux_has_type("system_u:system_r:init_t:s0", "init_t"));
	EXPECT_TRUE(selinux_has_type("system_u:system_r:init_t:s0-s0:c0.c1023",
				     "init_t"));
	EXPECT_TRUE(selinux_has_type("system_u:system_r:init_t", "init_t"));
}

TEST(another_type_another_field_and_a_part_are_not_it)
{
	EXPECT_FALSE(
		selinux_has_type("system_u:system_r:kernel_t:s0", "init_t"));
	EXPECT_FALSE(
		selinux_has_type("system_u:system_r:init_t2:s0", "init_t"));
	EXPECT_FALSE(
		selinux_has_type("system_u:system_r:xinit_t:s0", "init_t"));
	EXPECT_FALSE(
		selinux_has_type("init_t:init_t:kernel_t:init_t", "init_t"));
	EXPECT_FALSE(selinux_has_type("kernel", "kernel"));
	EXPECT_FALSE(selinux_has_type("a:b:", ""));
	EXPECT_FALSE(selinux_has_type("", "init_t"));
}

TEST_HARNESS_MAIN

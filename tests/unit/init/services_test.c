#include <string.h>

#include "init/cgroups.h"
#include "init/services.h"

#include "kselftest_harness.h"

/* Who runs as what, written down independently of the table. */
struct wanted {
	const char *word;
	enum bus_service id;
	const char *path;
	const char *domain;
	uid_t uid;
	bool has_privilege;
	bool is_one_shot;
};

static const struct wanted golden[] = {
	{ "uplink", BUS_UPLINK, "/usr/lib/cloister/uplink", "uplink_t", 902,
	  false, false },
	{ "runtime", BUS_RUNTIME, "/usr/lib/cloister/runtime", "runtime_t", 0,
	  true, false },
	{ "courier", BUS_COURIER, "/usr/lib/cloister/courier", "courier_t", 903,
	  false, false },
	{ "metadata", BUS_METADATA, "/usr/lib/cloister/metadata", "metadata_t",
	  904, false, false },
	{ "intake", BUS_INTAKE, "/usr/lib/cloister/intake", "intake_t", 901,
	  false, true },
};

TEST(the_table_is_the_golden_list)
{
	ASSERT_EQ(sizeof(golden) / sizeof(golden[0]), services_count);
	for (size_t i = 0; i < services_count; i++) {
		const struct services_row *row = &services_rows[i];

		EXPECT_STREQ(golden[i].word, row->word);
		EXPECT_EQ((int)golden[i].id, (int)row->id);
		EXPECT_STREQ(golden[i].path, row->path);
		EXPECT_STREQ(golden[i].domain, row->domain);
		EXPECT_EQ(golden[i].uid, row->uid);
		EXPECT_EQ(golden[i].has_privilege, row->capabilities != 0);
		EXPECT_EQ(golden[i].is_one_shot, row->is_one_shot);
	}
}

TEST(only_runtime_is_root_and_only_root_has_a_bounding_set)
{
	for (size_t i = 0; i < services_count; i++) {
		bool is_runtime = services_rows[i].id == BUS_RUNTIME;

		EXPECT_EQ(is_runtime, services_rows[i].uid == 0);
		EXPECT_EQ(is_runtime, services_rows[i].capabilities != 0);
	}
}

static bool is_cgroup(const char *path)
{
	for (size_t i = 0; i < cgroups_count; i++)
		if (strcmp(cgroups_rows[i].path, path) == 0)
			return true;
	return false;
}

TEST(every_service_has_a_cgroup_of_its_own)
{
	for (size_t i = 0; i < services_count; i++) {
		EXPECT_TRUE(is_cgroup(services_rows[i].cgroup));
		for (size_t j = 0; j < i; j++)
			EXPECT_NE(0, strcmp(services_rows[i].cgroup,
					    services_rows[j].cgroup));
	}
}

TEST(the_tree_has_the_groups_that_the_house_agreed_on)
{
	static const char *const paths[] = {
		"host",		"host/init",	 "host/intake",
		"host/courier", "host/runtime",	 "host/uplink",
		"host/unpack",	"host/metadata", "tasks",
	};

	ASSERT_EQ(sizeof(paths) / sizeof(paths[0]), cgroups_count);
	for (size_t i = 0; i < cgroups_count; i++)
		EXPECT_TRUE(is_cgroup(paths[i]));
}

TEST(parents_come_before_their_children)
{
	for (size_t i = 0; i < cgroups_count; i++) {
		const char *slash = strchr(cgroups_rows[i].path, '/');
		size_t len = slash ? (size_t)(slash - cgroups_rows[i].path) : 0;
		bool has_parent = !slash;

		for (size_t j = 0; j < i; j++)
			has_parent |= strlen(cgroups_rows[j].path) == len &&
				      strncmp(cgroups_rows[j].path,
					      cgroups_rows[i].path, len) == 0;
		EXPECT_TRUE(has_parent);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/* Mount options, one by one against a list of what each has to do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "runtime/base/sys.h"
#include "runtime/oci/config/mount_options.h"
#include "tests/unit/oci/config/text.h"

#define SHARED (1 << 20)
#define SLAVE (1 << 19)
#define PRIVATE (1 << 18)
#define UNBINDABLE (1 << 17)
#define ATIME MOUNT_ATTR__ATIME

/* The names of the specification's table, and what they have to do. */
/* clang-format off */
static const struct golden {
	const char *name;
	uint64_t set, clear;		/* of the mount; with "r" of the tree */
	bool has_recursive;		/* there is an option "r" + name */
} attributes[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0, true },
	{ "rw", 0, MOUNT_ATTR_RDONLY, true },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0, true },
	{ "suid", 0, MOUNT_ATTR_NOSUID, true },
	{ "nodev", MOUNT_ATTR_NODEV, 0, true },
	{ "dev", 0, MOUNT_ATTR_NODEV, true },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0, true },
	{ "exec", 0, MOUNT_ATTR_NOEXEC, true },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0, true },
	{ "diratime", 0, MOUNT_ATTR_NODIRATIME, true },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, true },
	{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW, true },
	{ "noatime", MOUNT_ATTR_NOATIME, ATIME, true },
	{ "atime", 0, ATIME, true },
	{ "relatime", 0, ATIME, true },
	{ "norelatime", 0, ATIME, true },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, ATIME, true },
	{ "nostrictatime", 0, ATIME, true },
	{ "defaults", 0, 0, false },
	{ "silent", 0, 0, false }, { "loud", 0, 0, false },
	{ "iversion", 0, 0, false }, { "noiversion", 0, 0, false },
};

static const char *const superblock[] = {
	"sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand",
};

static const struct {
	const char *name;
	uint64_t flag;
	bool is_recursive;
} propagation[] = {
	{ "private", PRIVATE, false }, { "rprivate", PRIVATE, true },
	{ "shared", SHARED, false }, { "rshared", SHARED, true },
	{ "slave", SLAVE, false }, { "rslave", SLAVE, true },
	{ "unbindable", UNBINDABLE, false }, { "runbindable", UNBINDABLE, true },
};
/* clang-format on */

FIXTURE(mounts)
{
	struct config *c;
	const struct oci_mount *m;
	struct err e;
};

FIXTURE_SETUP(mounts)
{
	self->c = NULL;
	self->m = NULL;
	self->e = ERR_NONE;
}

FIXTURE_TEARDOWN(mounts)
{
	config_free(self->c);
}

#define LOAD(members)                                                         \
	do {                                                                  \
		config_free(self->c);                                         \
		self->c = NULL;                                               \
		ASSERT_EQ(0,                                                  \
			  text_load(TEXT_MOUNT, members, &self->c, &self->e)) \
		{                                                             \
			TH_LOG("%s: %s", members, self->e.message);           \
		}                                                             \
		ASSERT_EQ(1, config_spec(self->c)->mount_count);              \
		self->m = config_spec(self->c)->mounts;                       \
	} while (0)

static const char *tmpfs_with(const char *option)
{
	static char text[128];

	snprintf(text, sizeof(text), "'type':'tmpfs','options':['%s']", option);
	return text;
}

TEST_F(mounts, attributes_are_set_and_cleared)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		const struct golden *g = &attributes[i];
		char name[32];

		LOAD(tmpfs_with(g->name));
		EXPECT_EQ(g->set, self->m->attributes_set);
		EXPECT_EQ(g->clear, self->m->attributes_clear);
		EXPECT_EQ(0, self->m->recursive_set | self->m->recursive_clear);
		EXPECT_EQ(NULL, self->m->options);
		snprintf(name, sizeof(name), "r%s", g->name);
		EXPECT_EQ(g->has_recursive, mount_option_find(name) != NULL);
		if (!g->has_recursive)
			continue;
		LOAD(tmpfs_with(name));
		EXPECT_EQ(g->set, self->m->recursive_set);
		EXPECT_EQ(g->clear, self->m->recursive_clear);
		EXPECT_EQ(0,
			  self->m->attributes_set | self->m->attributes_clear);
	}
}

TEST_F(mounts, a_later_option_overrides_an_earlier_one)
{
	LOAD("'type':'tmpfs','options':['ro','nosuid','rw','noatime',"
	     "'strictatime','rro','rrw']");
	EXPECT_EQ(MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
		  self->m->attributes_set);
	EXPECT_EQ(MOUNT_ATTR_RDONLY,
		  self->m->attributes_clear & MOUNT_ATTR_RDONLY);
	EXPECT_EQ(0, self->m->recursive_set);
	EXPECT_EQ(MOUNT_ATTR_RDONLY, self->m->recursive_clear);
	LOAD("'type':'tmpfs','options':['rw','ro']");
	EXPECT_EQ(MOUNT_ATTR_RDONLY, self->m->attributes_set);
	EXPECT_EQ(0, self->m->attributes_clear);
}

TEST_F(mounts, flags_of_a_superblock_go_to_the_file_system)
{
	for (size_t i = 0; i < ARRAY_SIZE(superblock); i++) {
		char text[96];

		LOAD(tmpfs_with(superblock[i]));
		EXPECT_STREQ(superblock[i], self->m->options);
		snprintf(text, sizeof(text),
			 "'source':'/','options':['bind','%s']", superblock[i]);
		LOAD(text);
		EXPECT_EQ(NULL, self->m->options);
	}
}

TEST_F(mounts, propagation)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagation); i++) {
		LOAD(tmpfs_with(propagation[i].name));
		EXPECT_EQ(propagation[i].flag, self->m->propagation);
		EXPECT_EQ(propagation[i].is_recursive,
			  self->m->is_propagation_recursive);
	}
	LOAD("'type':'tmpfs'");
	EXPECT_EQ(0, self->m->propagation);
}

/* Each row of the table is in one of the lists above or has a test below. */
TEST_F(mounts, no_row_is_without_a_test)
{
	static const char *const others[] = { "bind",	   "rbind", "remount",
					      "tmpcopyup", "idmap", "ridmap" };
	size_t expected = ARRAY_SIZE(others) + ARRAY_SIZE(superblock) +
			  ARRAY_SIZE(propagation);
	size_t rows = 0;

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		expected += attributes[i].has_recursive ? 2 : 1;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_NE(NULL, mount_option_find(others[i]));
	while (mount_options[rows].name)
		rows++;
	EXPECT_EQ(expected, rows);
}

TEST_F(mounts, binds)
{
	struct stat root, source;

	ASSERT_EQ(0, stat("/", &root));
	LOAD("'type':'none','source':'/','options':['bind','ro']");
	EXPECT_EQ(NULL, self->m->type);
	ASSERT_EQ(0, fstat(self->m->source_fd, &source));
	EXPECT_EQ(root.st_ino, source.st_ino);
	EXPECT_TRUE(fcntl(self->m->source_fd, F_GETFL) & O_PATH);
	EXPECT_FALSE(self->m->is_recursive_bind);
	LOAD("'source':'/','options':['rbind']");
	EXPECT_TRUE(self->m->is_recursive_bind);
	LOAD("'type':'bind','source':'/'");
	EXPECT_LE(0, self->m->source_fd);
	EXPECT_FALSE(self->m->is_recursive_bind);
}

TEST_F(mounts, a_relative_source_is_one_of_the_bundle)
{
	char bundle[] = "/tmp/config_mounts_XXXXXX";
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
		"\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},"
		"\"mounts\":[{\"destination\":\"/m\",\"source\":\"data\","
		"\"options\":[\"bind\"]}]}";
	struct stat data, source;
	int dir, fd;

	ASSERT_NE(NULL, mkdtemp(bundle));
	dir = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(0, mkdirat(dir, "data", 0700));
	fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_EQ(sizeof(text) - 1, write(fd, text, sizeof(text) - 1));
	close(fd);
	EXPECT_EQ(0, config_load(dir, "config.json", &self->c, &self->e));
	ASSERT_EQ(0, fstatat(dir, "data", &data, 0));
	ASSERT_EQ(0, fstat(config_spec(self->c)->mounts[0].source_fd, &source));
	EXPECT_EQ(data.st_ino, source.st_ino);
	unlinkat(dir, "data", AT_REMOVEDIR);
	unlinkat(dir, "config.json", 0);
	close(dir);
	rmdir(bundle);
}

TEST_F(mounts, new_file_systems)
{
	LOAD("'type':'tmpfs','source':'shm','options':['nosuid','mode=1777',"
	     "'size=64k']");
	EXPECT_STREQ("tmpfs", self->m->type);
	EXPECT_STREQ("shm", self->m->source);
	EXPECT_STREQ("mode=1777,size=64k", self->m->options);
	EXPECT_EQ(-1, self->m->source_fd);
	EXPECT_TRUE(self->m->takes_label);
	LOAD("'type':'proc','source':''");
	EXPECT_EQ(NULL, self->m->source);
	EXPECT_FALSE(self->m->takes_label);
	LOAD("'type':'cgroup','source':'cgroup'");
	EXPECT_STREQ("cgroup2", self->m->type);
	LOAD("'type':'ext4','source':'/dev/vdb','options':['ro']");
	EXPECT_STREQ("ro", self->m->options);
	EXPECT_EQ(MOUNT_ATTR_RDONLY, self->m->attributes_set);
}

TEST_F(mounts, a_label_of_its_own)
{
	LOAD("'type':'tmpfs','options':['context=\\u0022u:o:t:s0:c1,c2\\u0022',"
	     "'size=1k']");
	EXPECT_STREQ("u:o:t:s0:c1,c2", self->m->label);
	EXPECT_STREQ("size=1k", self->m->options);
	EXPECT_FALSE(self->m->takes_label);
	LOAD("'type':'tmpfs','options':['context=u:o:t:s0']");
	EXPECT_STREQ("u:o:t:s0", self->m->label);
}

TEST_F(mounts, tmpcopyup_is_for_a_tmpfs)
{
	LOAD("'type':'tmpfs','options':['tmpcopyup']");
	EXPECT_TRUE(self->m->is_tmpcopyup);
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_MOUNT,
			    "'source':'/','options':['bind','tmpcopyup']",
			    &self->c, &self->e));
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_MOUNT, "'type':'proc','options':['tmpcopyup']",
			    &self->c, &self->e));
}

TEST_F(mounts, remount)
{
	LOAD("'options':['remount','bind','ro']");
	EXPECT_TRUE(self->m->is_remount);
	EXPECT_EQ(-1, self->m->source_fd);
	EXPECT_EQ(NULL, self->m->type);
	EXPECT_EQ(MOUNT_ATTR_RDONLY, self->m->attributes_set);
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_MOUNT, "'options':['remount','size=1m']",
			    &self->c, &self->e));
}

TEST_F(mounts, idmaps)
{
	static const char maps[] =
		"'source':'/','options':['bind','ridmap'],'uidMappings':["
		"{'containerID':1,'hostID':2,'size':3}],'gidMappings':["
		"{'containerID':4,'hostID':5,'size':6}]";

	LOAD(maps);
	EXPECT_TRUE(self->m->is_idmapped);
	EXPECT_TRUE(self->m->is_idmap_recursive);
	ASSERT_EQ(1, self->m->id_maps.uid_count);
	EXPECT_EQ(2, self->m->id_maps.uids[0].host);
	ASSERT_EQ(1, self->m->id_maps.gid_count);
	EXPECT_EQ(6, self->m->id_maps.gids[0].size);
}

TEST_F(mounts, an_idmap_without_mappings_is_that_of_the_container)
{
	ASSERT_EQ(0,
		  text_load(TEXT_TOP,
			    "'mounts':[{'destination':'/m','source':'/',"
			    "'options':['bind','idmap']}],'linux':{"
			    "'namespaces':[{'type':'mount'},{'type':'user'}],"
			    "'uidMappings':[{'containerID':0,'hostID':1,"
			    "'size':1}],'gidMappings':[{'containerID':0,"
			    "'hostID':1,'size':1}]}",
			    &self->c, &self->e));
	self->m = config_spec(self->c)->mounts;
	EXPECT_TRUE(self->m->is_idmapped);
	EXPECT_FALSE(self->m->is_idmap_recursive);
	EXPECT_EQ(0, self->m->id_maps.uid_count);
}

TEST_F(mounts, a_relative_destination_is_one_of_the_root)
{
	LOAD("'type':'tmpfs','destination':'a/b'");
	EXPECT_STREQ("/a/b", self->m->destination);
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_MOUNT, "'type':'tmpfs','destination':'///'",
			    &self->c, &self->e));
}

TEST_HARNESS_MAIN

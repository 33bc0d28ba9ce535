// SPDX-License-Identifier: MIT
/*
 * A config.json that runs out of memory, at each place in turn: one error,
 * -ENOMEM, and nothing kept. (The sanitised build counts what is left.)
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/oci/config/arena.h"
#include "tests/unit/oci/config/loaded.h"

/* All that allocates. */
static const char *const documents[] = {
	"'process':{'cwd':'/','args':['a','b'],'env':['A=b'],'user':{"
	"'additionalGids':[1,2,3]},'capabilities':{'bounding':['CAP_FUTURE',"
	"'CAP_KILL'],'effective':['CAP_KILL']},'rlimits':[{'type':"
	"'RLIMIT_CORE','soft':0,'hard':0}],'scheduler':{'policy':"
	"'SCHED_OTHER'},'execCPUAffinity':{'initial':'0-70','final':'1'}}",
	"'mounts':[{'destination':'a','type':'tmpfs','options':['size=1k',"
	"'context=x','mode=7']},{'destination':'/b','source':'/','options':["
	"'bind','idmap'],'uidMappings':[{'containerID':0,'hostID':1,'size':1}"
	"],'gidMappings':[{'containerID':0,'hostID':1,'size':1}]},{"
	"'destination':'/c','type':'ext4','source':'/dev/x','options':['ro']}],"
	"'hooks':{'prestart':[{'path':'/h','args':['h'],'env':['A=b']}]},"
	"'annotations':{'a':'b','c':'d'}",
	"'linux':{'namespaces':[{'type':'mount'},{'type':'user'},{'type':"
	"'network','path':'/proc/self/ns/net'}],'uidMappings':[{"
	"'containerID':0,'hostID':1,'size':1}],"
	"'gidMappings':[{'containerID':0,'hostID':1,"
	"'size':1}],'devices':[{'path':'/dev/a','type':'p'}],'netDevices':{"
	"'a':{}},'sysctl':{'net.a':'1'},'memoryPolicy':{'mode':'MPOL_BIND',"
	"'nodes':'0'},'maskedPaths':['/a'],'readonlyPaths':['/b']}",
	"'linux':{'namespaces':[{'type':'mount'}],'resources':{'blockIO':{"
	"'weightDevice':[{'major':1,'minor':1,'weight':10}],"
	"'throttleReadBpsDevice':[{'major':1,'minor':1,'rate':1}]},"
	"'hugepageLimits':[{'pageSize':'2MB','limit':1}],'rdma':{'m':{}},"
	"'devices':[{'allow':true}],'unified':{'memory.high':'1'}},"
	"'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','architectures':["
	"'SCMP_ARCH_X86'],'syscalls':[{'names':['read','socket','kill'],"
	"'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':"
	"'SCMP_CMP_EQ'},{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]}]}}",
};

TEST_F(loaded, each_failing_allocation_is_enomem_and_leaves_nothing)
{
	const size_t full = arena_bytes_max;

	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		int before = open_fds();
		size_t failed = 0;
		int err;

		do {
			self->e = ERR_NONE;
			arena_bytes_max = 16 * failed++;
			err = text_load(TEXT_TOP, documents[i], &self->c,
					&self->e);
			if (err == 0)
				break;
			ASSERT_EQ(-ENOMEM, err)
			{
				TH_LOG("%s", self->e.message);
			}
			EXPECT_NE(NULL, strstr(self->e.message, "memory"));
			EXPECT_EQ(before, open_fds());
		} while (failed < 10000);
		EXPECT_EQ(0, err);
		EXPECT_LT(20, failed);
		arena_bytes_max = full;
		config_free(self->c);
		self->c = NULL;
		EXPECT_EQ(before, open_fds());
	}
}

/* Within the 4 MiB of a file. */
TEST_F(loaded, a_list_is_limited)
{
	static char text[200000] = "'process':{'cwd':'/','args':['a'";

	for (size_t i = 0; i < 16384; i++)
		strcat(text + 4 * i, ",'a'");
	strcat(text, "]}");
	EXPECT_EQ(-EINVAL, text_load(TEXT_TOP, text, &self->c, &self->e));
	EXPECT_STREQ("process.args[16384]: is one too many", self->e.message);
}

#define ITEMS 1000

/* What both kinds of lists keep: their items, and a zero behind them. */
static void expect_items(struct __test_metadata *_metadata,
			 const uint32_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ASSERT_EQ(i + 1, list[i]);
	ASSERT_EQ(0, list[count]);
}

TEST(a_list_that_was_taken_last_grows_where_it_is)
{
	struct arena a = { .blocks = NULL };
	uint32_t *list = NULL, *first = NULL;

	for (uint32_t i = 0; i < ITEMS; i++) {
		uint32_t *item = arena_item(&a, &list, i, sizeof(*item));

		ASSERT_NE(NULL, item);
		ASSERT_EQ(0, *item);
		*item = i + 1;
		first = first ? first : list;
		ASSERT_EQ(first, list);
		expect_items(_metadata, list, i + 1);
	}
	EXPECT_GT(4 * ITEMS * sizeof(*list), a.taken);
	arena_free(&a);
}

TEST(a_list_that_has_others_behind_it_moves_with_its_items)
{
	struct arena a = { .blocks = NULL };
	uint32_t *lists[2] = { NULL, NULL };

	for (uint32_t i = 0; i < ITEMS; i++) {
		for (size_t n = 0; n < 2; n++) {
			uint32_t *item =
				arena_item(&a, &lists[n], i, sizeof(*item));

			ASSERT_NE(NULL, item);
			*item = i + 1;
		}
		expect_items(_metadata, lists[0], i + 1);
		expect_items(_metadata, lists[1], i + 1);
	}
	arena_free(&a);
}

TEST(a_list_grows_to_the_limit_of_its_arena_and_no_further)
{
	const size_t full = arena_bytes_max;
	struct arena a = { .blocks = NULL };
	uint64_t *list = NULL;
	size_t count = 0;

	arena_bytes_max = 4096;
	while (arena_item(&a, &list, count, sizeof(*list)))
		list[count++] = 1;
	arena_bytes_max = full;
	EXPECT_LE(a.taken, 4096);
	EXPECT_EQ(256, count);
	arena_free(&a);
}

TEST_HARNESS_MAIN

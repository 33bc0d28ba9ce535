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

TEST_HARNESS_MAIN

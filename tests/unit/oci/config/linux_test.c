// SPDX-License-Identifier: MIT
/* The section for Linux arrives in the executor's spec. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include "runtime/oci/config/filter.h"
#include "tests/unit/oci/config/bpf.h"
#include "tests/unit/oci/config/loaded.h"

/* ------------------------------------------------------------------- linux */

TEST_F(loaded, namespaces)
{
	const struct oci_namespaces *n;
	struct stat ours, theirs;

	LOAD(LINUX, "'namespaces':[{'type':'mount'},{'type':'pid','path':''},"
		    "{'type':'user'},{'type':'time'},"
		    "{'type':'network','path':'/proc/self/ns/net'}],"
		    "'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
		    "{'containerID':1,'hostID':5000,'size':9}],"
		    "'gidMappings':[{'containerID':0,'hostID':2000,'size':3}],"
		    "'timeOffsets':{'monotonic':{'secs':-1,'nanosecs':2},"
		    "'boottime':{'secs':3}}");
	n = &self->s->namespaces;
	EXPECT_EQ(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWTIME,
		  n->unshare);
	ASSERT_LE(0, n->join[OCI_NAMESPACE_NETWORK]);
	ASSERT_EQ(0, fstat(n->join[OCI_NAMESPACE_NETWORK], &theirs));
	ASSERT_EQ(0, stat("/proc/self/ns/net", &ours));
	EXPECT_EQ(ours.st_ino, theirs.st_ino);
	EXPECT_EQ(FD_CLOEXEC, fcntl(n->join[OCI_NAMESPACE_NETWORK], F_GETFD));
	EXPECT_EQ(-1, n->join[OCI_NAMESPACE_PID]);
	ASSERT_EQ(2, n->id_maps.uid_count);
	EXPECT_EQ(1, n->id_maps.uids[1].container);
	EXPECT_EQ(5000, n->id_maps.uids[1].host);
	EXPECT_EQ(9, n->id_maps.uids[1].size);
	ASSERT_EQ(1, n->id_maps.gid_count);
	EXPECT_EQ(2000, n->id_maps.gids[0].host);
	EXPECT_TRUE(n->has_time_offsets);
	EXPECT_EQ(-1, n->monotonic.seconds);
	EXPECT_EQ(2, n->monotonic.nanoseconds);
	EXPECT_EQ(3, n->boottime.seconds);
}

TEST_F(loaded, devices)
{
	const struct oci_device *d;

	LOAD(LINUX, "'devices':[{'path':'/dev/fuse','type':'c','major':10,"
		    "'minor':229,'fileMode':8624,'uid':1,'gid':2},"
		    "{'path':'/dev/pipe','type':'p'}]");
	ASSERT_EQ(2, self->s->device_count);
	d = self->s->devices;
	EXPECT_STREQ("/dev/fuse", d[0].path);
	EXPECT_EQ('c', d[0].type);
	EXPECT_EQ(10, d[0].major);
	EXPECT_EQ(229, d[0].minor);
	EXPECT_EQ(0660, d[0].mode);
	EXPECT_EQ(1, d[0].uid);
	EXPECT_EQ(2, d[0].gid);
	EXPECT_EQ(NULL, d[0].access);
	EXPECT_EQ('p', d[1].type);
	EXPECT_EQ(0666, d[1].mode);
}

TEST_F(loaded, rest_of_linux)
{
	const struct oci_spec *s;

	LOAD(LINUX,
	     "'namespaces':[{'type':'mount'},{'type':'network'},"
	     "{'type':'uts'}],'netDevices':{'eth0':{'name':'c0'},'eth1':{}},"
	     "'sysctl':{'net.ipv4.ip_forward':'1',"
	     "'net/ipv4/conf/eth0.1/rp_filter':'2'},"
	     "'maskedPaths':['/proc/keys'],'readonlyPaths':['/a','/b'],"
	     "'mountLabel':'u:o:t:s0','rootfsPropagation':'rslave',"
	     "'personality':{'domain':'LINUX32'},"
	     "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0,2',"
	     "'flags':['MPOL_F_STATIC_NODES']},'cgroupsPath':'/a/b'");
	s = self->s;
	ASSERT_EQ(2, s->net_device_count);
	EXPECT_STREQ("eth0", s->net_devices[0].host_name);
	EXPECT_STREQ("c0", s->net_devices[0].name);
	EXPECT_STREQ("eth1", s->net_devices[1].name);
	ASSERT_EQ(2, s->sysctl_count);
	EXPECT_STREQ("net.ipv4.ip_forward", s->sysctls[0].name);
	EXPECT_STREQ("1", s->sysctls[0].value);
	EXPECT_STREQ("net/ipv4/conf/eth0.1/rp_filter", s->sysctls[1].name);
	ASSERT_EQ(1, s->masked_count);
	EXPECT_STREQ("/proc/keys", s->masked[0]);
	ASSERT_EQ(2, s->read_only_count);
	EXPECT_STREQ("/b", s->read_only[1]);
	EXPECT_STREQ("u:o:t:s0", s->mount_label);
	EXPECT_EQ(MS_SLAVE, s->root_propagation);
	EXPECT_TRUE(s->has_personality);
	EXPECT_EQ(PER_LINUX32, s->personality);
	ASSERT_NE(NULL, s->memory_policy);
	EXPECT_EQ(MPOL_BIND | MPOL_F_STATIC_NODES, s->memory_policy->mode);
	EXPECT_EQ(5, s->memory_policy->nodes[0]);
	EXPECT_EQ(64, s->memory_policy->node_count);
	EXPECT_STREQ("a/b", config_cgroup(self->c));
}

/* --------------------------------------------------------------- resources */

TEST_F(loaded, resources)
{
	const struct oci_resources *r;

	LOAD(RESOURCES,
	     "'memory':{'limit':100,'reservation':50,'swap':130,"
	     "'checkBeforeUpdate':true},'cpu':{'shares':1024,'quota':5000,"
	     "'period':10000,'burst':7,'cpus':'0-1','mems':'0','idle':1},"
	     "'pids':{'limit':12},'unified':{'memory.high':'9'},"
	     "'hugepageLimits':[{'pageSize':'2MB','limit':4}],"
	     "'rdma':{'mlx':{'hcaHandles':0,'hcaObjects':3},'m2':{}}");
	r = &self->s->resources;
	EXPECT_EQ(100, r->memory_max);
	EXPECT_EQ(50, r->memory_low);
	EXPECT_TRUE(r->has_swap);
	EXPECT_EQ(30, r->memory_swap_max);
	EXPECT_TRUE(r->is_memory_checked);
	EXPECT_EQ(100, r->cpu_weight);
	EXPECT_EQ(5000, r->cpu_quota_us);
	EXPECT_EQ(10000, r->cpu_period_us);
	EXPECT_TRUE(r->has_cpu_burst);
	EXPECT_EQ(7, r->cpu_burst_us);
	EXPECT_TRUE(r->has_cpu_idle);
	EXPECT_TRUE(r->is_cpu_idle);
	EXPECT_STREQ("0-1", r->cpus);
	EXPECT_STREQ("0", r->mems);
	EXPECT_EQ(12, r->pids_max);
	ASSERT_EQ(1, r->unified_count);
	EXPECT_STREQ("memory.high", r->unified[0].file);
	EXPECT_STREQ("9", r->unified[0].value);
	ASSERT_EQ(1, r->hugetlb_count);
	EXPECT_STREQ("2MB", r->hugetlbs[0].page_size);
	EXPECT_EQ(4, r->hugetlbs[0].limit_bytes);
	ASSERT_EQ(2, r->rdma_count);
	EXPECT_STREQ("mlx", r->rdmas[0].device);
	EXPECT_TRUE(r->rdmas[0].has_handles);
	EXPECT_EQ(0, r->rdmas[0].handles);
	EXPECT_TRUE(r->rdmas[0].has_objects);
	EXPECT_FALSE(r->rdmas[1].has_handles);
	EXPECT_FALSE(r->rdmas[1].has_objects);
	EXPECT_EQ(3, r->rdmas[0].objects);
}

TEST_F(loaded, minus_one_lifts_a_limit_and_0_leaves_it)
{
	const struct oci_resources *r;

	LOAD(RESOURCES, "'memory':{'limit':-1,'reservation':-1,'swap':-1},"
			"'cpu':{'quota':-1},'pids':{'limit':-1}");
	r = &self->s->resources;
	EXPECT_EQ(OCI_UNLIMITED, r->memory_max);
	EXPECT_EQ(OCI_UNLIMITED, r->memory_low);
	EXPECT_EQ(OCI_UNLIMITED, r->memory_swap_max);
	EXPECT_EQ(OCI_UNLIMITED, r->cpu_quota_us);
	EXPECT_EQ(OCI_UNLIMITED, r->pids_max);
	LOAD(RESOURCES, "'memory':{'limit':0,'swap':0},'pids':{'limit':0},"
			"'cpu':{'shares':0,'quota':0,'period':0}");
	r = &self->s->resources;
	EXPECT_EQ(0, r->memory_max);
	EXPECT_FALSE(r->has_swap);
	EXPECT_EQ(0, r->cpu_weight);
	EXPECT_EQ(0, r->cpu_quota_us);
	EXPECT_EQ(0, r->pids_max);
}

TEST_F(loaded, block_io)
{
	const struct oci_resources *r;

	LOAD(RESOURCES,
	     "'blockIO':{'weight':500,'weightDevice':[{'major':8,'minor':1,"
	     "'weight':10},{'major':8,'minor':2}],"
	     "'throttleReadBpsDevice':[{'major':8,'minor':3,'rate':1}],"
	     "'throttleWriteBpsDevice':[{'major':8,'minor':4,'rate':2}],"
	     "'throttleReadIOPSDevice':[{'major':8,'minor':5,'rate':3}],"
	     "'throttleWriteIOPSDevice':[{'major':8,'minor':6,'rate':0}]}");
	r = &self->s->resources;
	EXPECT_EQ(500, r->io_weight);
	ASSERT_EQ(1, r->io_weight_count);
	EXPECT_EQ(8, r->io_weights[0].major);
	EXPECT_EQ(1, r->io_weights[0].minor);
	EXPECT_EQ(10, r->io_weights[0].weight);
	ASSERT_EQ(4, r->io_throttle_count);
	EXPECT_STREQ("rbps", r->io_throttles[0].key);
	EXPECT_STREQ("wbps", r->io_throttles[1].key);
	EXPECT_STREQ("riops", r->io_throttles[2].key);
	EXPECT_STREQ("wiops", r->io_throttles[3].key);
	EXPECT_EQ(5, r->io_throttles[2].minor);
	EXPECT_EQ(3, r->io_throttles[2].rate);
	EXPECT_EQ(OCI_UNLIMITED, r->io_throttles[3].rate);
}

TEST_F(loaded, device_rules)
{
	const struct oci_device_rule *d;

	LOAD(RESOURCES, "'devices':[{'allow':false,'access':'rwm'},"
			"{'allow':true,'type':'c','major':10,'minor':-1,"
			"'access':'rw'}]");
	ASSERT_EQ(2, self->s->resources.device_rule_count);
	d = self->s->resources.device_rules;
	EXPECT_FALSE(d[0].is_allow);
	EXPECT_EQ('a', d[0].type);
	EXPECT_EQ(OCI_DEVICE_ANY, d[0].major);
	EXPECT_STREQ("rwm", d[0].access);
	EXPECT_TRUE(d[1].is_allow);
	EXPECT_EQ('c', d[1].type);
	EXPECT_EQ(10, d[1].major);
	EXPECT_EQ(OCI_DEVICE_ANY, d[1].minor);
	EXPECT_STREQ("rw", d[1].access);
	LOAD(RESOURCES, "'devices':[]");
	EXPECT_EQ(NULL, self->s->resources.device_rules);
}

/* Values of the curve, computed with floating point. */
TEST_F(loaded, shares_become_weights)
{
	static const struct {
		unsigned int shares;
		uint64_t weight;
	} rows[] = {
		{ 1, 1 },	   { 2, 1 },
		{ 3, 2 },	   { 10, 4 },
		{ 100, 17 },	   { 512, 59 },
		{ 1023, 100 },	   { 1024, 100 },
		{ 1025, 101 },	   { 2048, 174 },
		{ 10000, 627 },	   { 65536, 3023 },
		{ 200000, 7899 },  { 262143, 10000 },
		{ 262144, 10000 }, { 999999999, 10000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];

		snprintf(text, sizeof(text), "'cpu':{'shares':%u}",
			 rows[i].shares);
		LOAD(RESOURCES, text);
		EXPECT_EQ(rows[i].weight, self->s->resources.cpu_weight)
		{
			TH_LOG("%u shares", rows[i].shares);
		}
	}
}

/* ----------------------------------------------------------------- seccomp */

static uint32_t answer(const struct oci_spec *s, const char *call, uint64_t a)
{
	const struct seccomp_data data = {
		.nr = filter_number(call),
		.arch = 0xc000003e,
		.args = { a },
	};

	return bpf_run(&s->seccomp->program, &data);
}

#define ACTION(name, value, extra)                                 \
	{                                                          \
		"'defaultAction':'SCMP_ACT_" name "'" extra, value \
	}

TEST_F(loaded, seccomp_actions)
{
	static const struct {
		const char *members;
		uint32_t value;
	} rows[] = {
		ACTION("KILL", SECCOMP_RET_KILL_THREAD, ""),
		ACTION("KILL_THREAD", SECCOMP_RET_KILL_THREAD, ""),
		ACTION("KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, ""),
		ACTION("TRAP", SECCOMP_RET_TRAP, ""),
		ACTION("ERRNO", SECCOMP_RET_ERRNO | EPERM, ""),
		ACTION("ERRNO", SECCOMP_RET_ERRNO | 38,
		       ",'defaultErrnoRet':38"),
		ACTION("TRACE", SECCOMP_RET_TRACE | EPERM, ""),
		ACTION("TRACE", SECCOMP_RET_TRACE | 9, ",'defaultErrnoRet':9"),
		ACTION("ALLOW", SECCOMP_RET_ALLOW, ""),
		ACTION("LOG", SECCOMP_RET_LOG, ""),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		LOAD(SECCOMP, rows[i].members);
		EXPECT_EQ(rows[i].value, answer(self->s, "read", 0));
	}
}

TEST_F(loaded, seccomp_rules)
{
	LOAD(SECCOMP,
	     "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
	     "{'names':['read','write'],'action':'SCMP_ACT_ALLOW'},"
	     "{'names':['mkdir'],'action':'SCMP_ACT_ERRNO','errnoRet':5},"
	     "{'names':['kill'],'action':'SCMP_ACT_ALLOW','args':["
	     "{'index':0,'value':65535,'valueTwo':7,"
	     "'op':'SCMP_CMP_MASKED_EQ'}]},"
	     /* Two for one argument: either is enough. */
	     "{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':["
	     "{'index':0,'value':0,'op':'SCMP_CMP_EQ'},"
	     "{'index':0,'value':8,'op':'SCMP_CMP_EQ'}]}]");
	EXPECT_EQ(SECCOMP_RET_ALLOW, answer(self->s, "write", 0));
	EXPECT_EQ(SECCOMP_RET_ERRNO | 5, answer(self->s, "mkdir", 0));
	EXPECT_EQ(SECCOMP_RET_ALLOW, answer(self->s, "kill", 0x70007));
	EXPECT_EQ(SECCOMP_RET_ERRNO | EPERM, answer(self->s, "kill", 8));
	EXPECT_EQ(SECCOMP_RET_ALLOW, answer(self->s, "personality", 0));
	EXPECT_EQ(SECCOMP_RET_ALLOW, answer(self->s, "personality", 8));
	EXPECT_EQ(SECCOMP_RET_ERRNO | EPERM, answer(self->s, "personality", 4));
	EXPECT_EQ(0, self->s->seccomp->flags);
	EXPECT_EQ(NULL, config_listener_path(self->c));
}

TEST_F(loaded, a_seccomp_program_that_is_too_long_is_e2big)
{
	static char text[200000] = "'defaultAction':'SCMP_ACT_ALLOW',"
				   "'syscalls':[";
	static const char rule[] =
		"{'names':['read'],'action':'SCMP_ACT_KILL','args':[{'index':0,"
		"'value':1,'op':'SCMP_CMP_GT'}]},";
	char *at = text + strlen(text);

	for (size_t i = 0; i < 1000; i++)
		at = stpcpy(at, rule);
	stpcpy(at - 1, "]");
	EXPECT_EQ(-E2BIG, text_load(TEXT_SECCOMP, text, &self->c, &self->e));
	EXPECT_STREQ("linux.seccomp: takes more than 4096 instructions",
		     self->e.message);
}

TEST_F(loaded, seccomp_flags_and_listener)
{
	LOAD(SECCOMP,
	     "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/run/s',"
	     "'listenerMetadata':'m','flags':['SECCOMP_FILTER_FLAG_LOG',"
	     "'SECCOMP_FILTER_FLAG_TSYNC','SECCOMP_FILTER_FLAG_SPEC_ALLOW',"
	     "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'syscalls':["
	     "{'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'}]");
	EXPECT_EQ(SECCOMP_RET_USER_NOTIF, answer(self->s, "mkdir", 0));
	EXPECT_EQ(SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
			  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV |
			  SECCOMP_FILTER_FLAG_NEW_LISTENER,
		  self->s->seccomp->flags);
	EXPECT_STREQ("/run/s", config_listener_path(self->c));
	EXPECT_STREQ("m", config_listener_metadata(self->c));
	/* Nothing to be told: no listener, whatever the file says. */
	LOAD(SECCOMP, "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/s',"
		      "'flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']");
	EXPECT_EQ(0, self->s->seccomp->flags);
	EXPECT_EQ(NULL, config_listener_path(self->c));
}

TEST_HARNESS_MAIN

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/uplink/cgstat.h"
#include "runtime/uplink/kmsg.h"

#include "kselftest_harness.h"

#define AVC "audit: type=1400 audit(1700000000.123:45): avc:  denied  "
#define CONTEXTS                                      \
	"scontext=system_u:system_r:task_t:s0:c1,c2 " \
	"tcontext=system_u:object_r:root_t:s0 tclass=file permissive=0\n"
#define OOM                                                     \
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)," \
	"cpuset=web,mems_allowed=0,"

static struct kmsg_event ev;

static enum kmsg_kind parse(const char *text)
{
	if (kmsg_parse(text, strlen(text), &ev) < 0)
		return (enum kmsg_kind) - 1;
	return ev.kind;
}

TEST(a_denial_gives_contexts_class_and_permission)
{
	ASSERT_EQ(
		KMSG_DENIAL,
		parse("5,312,998,-;" AVC "{ read open } for  pid=9 "
		      "comm=\"cat\" path=\"/etc/x\" dev=\"vda\" ino=3 " CONTEXTS
		      " SUBSYSTEM=x\n"));
	EXPECT_EQ(312, ev.sequence);
	EXPECT_STREQ("read open", ev.permission);
	EXPECT_STREQ("system_u:system_r:task_t:s0:c1,c2", ev.source);
	EXPECT_STREQ("system_u:object_r:root_t:s0", ev.target);
	EXPECT_STREQ("file", ev.tclass);
	EXPECT_FALSE(ev.is_permissive);
}

TEST(a_task_cannot_forge_a_field_through_its_name)
{
	/* The kernel writes such a comm quoted, as it holds no space. */
	ASSERT_EQ(
		KMSG_DENIAL,
		parse("5,1,1,-;" AVC "{ read } for  pid=9 "
		      "comm=\"scontext=evil\" name=\"tclass=evil\" " CONTEXTS));
	EXPECT_STREQ("system_u:system_r:task_t:s0:c1,c2", ev.source);
	EXPECT_STREQ("file", ev.tclass);
}

TEST(a_denial_without_one_of_its_fields_is_nothing)
{
	EXPECT_EQ(KMSG_OTHER, parse("5,1,1,-;" AVC "{ read } for  pid=9 "
				    "tcontext=a:b:c:d tclass=file\n"));
	EXPECT_EQ(KMSG_OTHER, parse("5,1,1,-;" AVC "{ read  pid=9 " CONTEXTS));
	EXPECT_EQ(KMSG_OTHER, parse("5,1,1,-;" AVC));
	EXPECT_EQ(KMSG_OTHER, parse("5,1,1,-;audit: type=1400 audit("));
}

TEST(a_granted_access_is_told_apart_from_a_denial)
{
	ASSERT_EQ(KMSG_GRANTED,
		  parse("5,1,1,-;audit: type=1400 audit(1.2:3): avc:  granted "
			" { net_admin } for  pid=1 comm=\"avc:  denied\" "
			"capability=12  scontext=a:b:task_net_t:s0:c1,c2 "
			"tcontext=a:b:task_net_t:s0:c1,c2 tclass=capability"));
	EXPECT_STREQ("a:b:task_net_t:s0:c1,c2", ev.source);
	EXPECT_STREQ("capability", ev.tclass);
	EXPECT_STREQ("net_admin", ev.permission);
	EXPECT_EQ(KMSG_OTHER,
		  parse("5,1,1,-;audit: type=1400 audit(1.2:3): avc:  other "
			" { net_admin } for  pid=1 " CONTEXTS));
}

#define WHO "auid=4294967295 ses=4294967295 "

TEST(a_change_of_the_policy_is_told_with_its_value)
{
	ASSERT_EQ(KMSG_POLICY,
		  parse("5,1,1,-;audit: type=1403 audit(1.2:3): " WHO
			"lsm=selinux res=1\n"));
	EXPECT_STREQ("load", ev.change);
	EXPECT_EQ(1, ev.value);
	ASSERT_EQ(KMSG_POLICY,
		  parse("5,1,1,-;audit: type=1404 audit(1.2:3): enforcing=0 "
			"old_enforcing=1 " WHO "enabled=1 old-enabled=1 "
			"lsm=selinux res=1\n"));
	EXPECT_STREQ("enforcing", ev.change);
	EXPECT_EQ(0, ev.value);
	ASSERT_EQ(KMSG_POLICY, parse("5,1,1,-;audit: type=1405 audit(1.2:3): "
				     "bool=x val=1 old_val=0 " WHO "res=1\n"));
	EXPECT_STREQ("boolean", ev.change);
	EXPECT_EQ(1, ev.value);
	EXPECT_EQ(KMSG_OTHER, parse("5,1,1,-;audit: type=1404 audit(1.2:3): "
				    "old_enforcing=1 " WHO));
	EXPECT_EQ(KMSG_OTHER,
		  parse("5,1,1,-;audit: type=1403 audit(1.2:3): x"));
	EXPECT_EQ(KMSG_OTHER,
		  parse("3,1,1,-;audit: type=1403 audit(1.2:3): " WHO
			"lsm=selinux res=1\n"));
}

TEST(what_the_audit_queue_lost_is_a_number)
{
	ASSERT_EQ(KMSG_AUDIT_LOST,
		  parse("4,1,1,-;audit: audit_lost=17 audit_rate_limit=0 "
			"audit_backlog_limit=64\n"));
	EXPECT_EQ(17, ev.count);
	EXPECT_EQ(KMSG_OTHER, parse("4,1,1,-;audit: audit_lost=x "
				    "audit_rate_limit=0\n"));
	EXPECT_EQ(KMSG_OTHER, parse("4,1,1,-;audit: audit_lost=17\n"));
}

TEST(a_field_that_is_no_word_refuses_the_denial)
{
	EXPECT_EQ(KMSG_OTHER,
		  parse("5,1,1,-;" AVC "{ read } for  pid=9 scontext=a\\x22b "
			"tcontext=a:b:c:d tclass=file permissive=0\n"));
}

TEST(only_the_kernel_itself_is_believed)
{
	/* Facility 1, user: what a writer of /dev/kmsg gets. */
	EXPECT_EQ(KMSG_OTHER,
		  parse("13,1,1,-;" AVC "{ read } for  pid=9 " CONTEXTS));
	EXPECT_EQ(KMSG_DENIAL,
		  parse("5,1,1,-;" AVC "{ read } for  pid=9 " CONTEXTS));
}

TEST(a_message_that_begins_as_a_task_chose_is_not_believed)
{
	/* mount(2) of a source that is no block device, as an error. */
	EXPECT_EQ(KMSG_OTHER,
		  parse("3,1,1,-;" AVC "{ read } for  pid=9 " CONTEXTS
			": Can't lookup blockdev\n"));
	EXPECT_EQ(KMSG_OTHER,
		  parse("3,1,1,-;audit: type=1326 audit(1.2:3): subj=a:b:c:d "
			"sig=31 syscall=101 x: Can't lookup blockdev\n"));
	EXPECT_EQ(KMSG_OTHER,
		  parse("3,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,"
			"oom_memcg=/tasks/ab/web,task_memcg=/tasks/ab/web,"
			"task=a,pid=9,uid=0\n"));
	EXPECT_EQ(KMSG_OTHER,
		  parse("3,1,1,-;kauditd_printk_skb: 23 callbacks suppressed"
			": Can't lookup blockdev\n"));
}

TEST(a_seccomp_kill_gives_subject_call_and_signal)
{
	ASSERT_EQ(KMSG_SECCOMP,
		  parse("5,1,1,-;audit: type=1326 audit(1.2:3): "
			"auid=4294967295 uid=0 gid=0 ses=4294967295 "
			"subj=system_u:system_r:task_t:s0:c1,c2 pid=9 "
			"comm=\"sig=9\" exe=\"/bin/syscall=1\" sig=31 "
			"arch=c000003e syscall=101 compat=0 ip=0x7f "
			"code=0x80000000\n"));
	EXPECT_EQ(101, ev.syscall);
	EXPECT_EQ(31, ev.signal);
	EXPECT_STREQ("system_u:system_r:task_t:s0:c1,c2", ev.source);
}

TEST(an_oom_kill_gives_container_and_process)
{
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks/ab/web,"
			"task_memcg=/tasks/ab/web,task=hog,pid=77,uid=0\n"));
	EXPECT_STREQ("ab", ev.task_id);
	EXPECT_STREQ("web", ev.container);
	EXPECT_STREQ("hog", ev.comm);
	EXPECT_EQ(77, ev.pid);
}

TEST(an_oom_kill_below_the_container_is_the_containers)
{
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks/ab,"
			"task_memcg=/tasks/ab/web/x/y,task=hog,pid=7,uid=0"));
	EXPECT_STREQ("web", ev.container);
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;oom-kill:constraint=CONSTRAINT_NONE,"
			"nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
			"task_memcg=/tasks/ab/web,task=hog,pid=7,uid=0"));
	EXPECT_STREQ("web", ev.container);
}

TEST(a_process_cannot_forge_its_number_through_its_name)
{
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks/ab/web,"
			"task_memcg=/tasks/ab/web,task=a,pid=1,uid=0,pid=77,"
			"uid=0\n"));
	EXPECT_STREQ("a,pid=1,uid=0", ev.comm);
	EXPECT_EQ(77, ev.pid);
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks/ab/web,"
			"task_memcg=/tasks/ab/web,task=,task=b,pid=77,uid=0"));
	EXPECT_STREQ(",task=b", ev.comm);
}

TEST(a_nested_cgroup_cannot_name_another_container)
{
	EXPECT_EQ(KMSG_OTHER,
		  parse("6,1,1,-;" OOM
			"oom_memcg=/tasks/ab/web/x,task_memcg=/tasks/cd/db,"
			"task_memcg=/tasks/ab/web/x,task_memcg=/tasks/cd/db,"
			"task=hog,pid=7,uid=0\n"));
	ASSERT_EQ(KMSG_OOM,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks/ab/web,"
			"task_memcg=/tasks/ab/web/x,task_memcg=/tasks/cd/db,"
			"task=hog,pid=7,uid=0\n"));
	EXPECT_STREQ("ab", ev.task_id);
}

TEST(an_oom_kill_of_the_host_is_nothing)
{
	EXPECT_EQ(KMSG_OTHER,
		  parse("6,1,1,-;" OOM "oom_memcg=/host/runtime,task_memcg="
			"/host/runtime,task=runtime,pid=7,uid=0\n"));
	EXPECT_EQ(KMSG_OTHER,
		  parse("6,1,1,-;" OOM "oom_memcg=/tasks,task_memcg=/tasks,"
			"task=x,pid=7,uid=0\n"));
}

TEST(what_the_kernel_held_back_is_counted)
{
	ASSERT_EQ(KMSG_SUPPRESSED, parse("4,1,1,-;kauditd_printk_skb: 23 "
					 "callbacks suppressed\n"));
	EXPECT_EQ(23, ev.count);
	EXPECT_EQ(KMSG_OTHER, parse("4,1,1,-;kauditd_printk_skb: x callbacks "
				    "suppressed\n"));
}

TEST(what_is_not_a_message_is_refused)
{
	EXPECT_EQ(-EBADMSG, kmsg_parse("", 0, &ev));
	EXPECT_EQ(-EBADMSG, kmsg_parse("6,1,1,-", 7, &ev));
	EXPECT_EQ(-EBADMSG, kmsg_parse("x,1,1,-;a", 9, &ev));
	EXPECT_EQ(-EBADMSG, kmsg_parse("6;a", 3, &ev));
	EXPECT_EQ(-EBADMSG, kmsg_parse("6,,;a", 5, &ev));
}

/* Cut and damaged messages: the sanitizers watch, nothing may be a crash. */
TEST(cut_and_damaged_messages_are_survived)
{
	static const char whole[] =
		"6,1,1,-;" OOM "oom_memcg=/tasks/ab/web,task_memcg=/tasks/ab/"
		"web,task=hog,pid=77,uid=0\n";
	static const char avc[] = "5,1,1,-;" AVC
				  "{ read } for  pid=9 " CONTEXTS;
	unsigned int seed = 3;

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *copy = malloc(len + 1);

		ASSERT_NE(NULL, copy);
		for (unsigned int turn = 0; turn < 50; turn++) {
			size_t n = len < sizeof(avc) ? len : sizeof(avc);

			memcpy(copy, turn % 2 ? whole : avc,
			       turn % 2 ? len : n);
			seed = seed * 1103515245 + 12345;
			if (n && turn > 1)
				copy[(seed >> 8) % n] = (char)(seed >> 16);
			EXPECT_GE(0, kmsg_parse(copy, n, &ev));
		}
		free(copy);
	}
}

TEST(cgroup_files_give_their_numbers)
{
	static const char io[] = "8:0 rbytes=10 wbytes=2 rios=1\n"
				 "8:16 rbytes=5 wbytes=1 rios=2\n";
	static const char psi[] =
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=123\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=45";
	int64_t n;

	EXPECT_TRUE(cgstat_read(CGSTAT_FLAT, "4096", NULL, &n));
	EXPECT_EQ(4096, n);
	EXPECT_FALSE(cgstat_read(CGSTAT_FLAT, "max", NULL, &n));
	EXPECT_TRUE(
		cgstat_read(CGSTAT_KEYED, "oom 3\noom_kill 4", "oom_kill", &n));
	EXPECT_EQ(4, n);
	EXPECT_TRUE(cgstat_read(CGSTAT_KEYED, "oom_kill 4\noom 3", "oom", &n));
	EXPECT_EQ(3, n);
	EXPECT_TRUE(cgstat_read(CGSTAT_KEYED, "MemTotal:    16 kB\n",
				"MemTotal", &n));
	EXPECT_EQ(16, n);
	EXPECT_FALSE(cgstat_read(CGSTAT_KEYED, "a 1\n", "b", &n));
	EXPECT_TRUE(cgstat_read(CGSTAT_NESTED, io, "rbytes", &n));
	EXPECT_EQ(15, n);
	EXPECT_TRUE(cgstat_read(CGSTAT_NESTED, "", "rbytes", &n));
	EXPECT_EQ(0, n);
	EXPECT_TRUE(cgstat_read(CGSTAT_PRESSURE, psi, "full", &n));
	EXPECT_EQ(45, n);
	EXPECT_FALSE(cgstat_read(CGSTAT_PRESSURE, "some avg10=0", "some", &n));
}

TEST_HARNESS_MAIN

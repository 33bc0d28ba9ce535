// SPDX-License-Identifier: MIT
/* The process, the document and its files arrive in the executor's spec. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/oci/config/loaded.h"

#define CAP(n) (1ULL << CAP_##n)

/* ----------------------------------------------------------------- process */

TEST_F(loaded, process)
{
	const struct oci_process *p;

	LOAD(PROCESS, "'terminal':true,'consoleSize':{'height':25,'width':80},"
		      "'cwd':'/work','args':['a','b c',''],'env':['A=1','B='],"
		      "'user':{'uid':7,'gid':8,'umask':63,"
		      "'additionalGids':[9,10]},'noNewPrivileges':true,"
		      "'oomScoreAdj':-5,'selinuxLabel':'u:r:t:s0'");
	p = &self->s->process;
	EXPECT_STREQ("a", p->args[0]);
	EXPECT_STREQ("b c", p->args[1]);
	EXPECT_STREQ("", p->args[2]);
	EXPECT_EQ(NULL, p->args[3]);
	EXPECT_STREQ("A=1", p->env[0]);
	EXPECT_STREQ("B=", p->env[1]);
	EXPECT_EQ(NULL, p->env[2]);
	EXPECT_STREQ("/work", p->cwd);
	EXPECT_EQ(7, p->uid);
	EXPECT_EQ(8, p->gid);
	EXPECT_EQ(077, p->umask);
	ASSERT_EQ(2, p->group_count);
	EXPECT_EQ(9, p->groups[0]);
	EXPECT_EQ(10, p->groups[1]);
	EXPECT_TRUE(p->terminal.is_wanted);
	EXPECT_EQ(25, p->terminal.rows);
	EXPECT_EQ(80, p->terminal.columns);
	EXPECT_TRUE(p->is_no_new_privileges);
	EXPECT_TRUE(p->has_oom_score_adj);
	EXPECT_EQ(-5, p->oom_score_adj);
	EXPECT_STREQ("u:r:t:s0", p->selinux_label);
}

TEST_F(loaded, a_process_that_says_nothing_has_the_defaults)
{
	const struct oci_process *p;

	LOAD(PROCESS, "'consoleSize':{'height':1,'width':2},"
		      "'selinuxLabel':''");
	p = &self->s->process;
	ASSERT_NE(NULL, p->env);
	EXPECT_EQ(NULL, p->env[0]);
	EXPECT_EQ(0, p->uid);
	EXPECT_EQ(022, p->umask);
	EXPECT_EQ(0, p->group_count);
	EXPECT_EQ(0, p->capabilities.bounding);
	EXPECT_EQ(0, p->capabilities.permitted);
	EXPECT_FALSE(p->is_no_new_privileges);
	EXPECT_FALSE(p->has_oom_score_adj);
	EXPECT_EQ(NULL, p->selinux_label);
	EXPECT_EQ(NULL, p->scheduler);
	EXPECT_EQ(0, p->io_priority);
	EXPECT_EQ(0, p->cpus_initial.size_bytes);
	/* A size without a terminal is ignored. */
	EXPECT_FALSE(p->terminal.is_wanted);
	EXPECT_EQ(0, p->terminal.rows);
	EXPECT_EQ(-1, p->stdin_fd);
	EXPECT_EQ(NULL, self->s->seccomp);
	EXPECT_EQ(NULL, config_warnings(self->c)[0]);
}

TEST_F(loaded, capabilities_in_all_five_sets)
{
	const struct oci_capabilities *s;

	LOAD(PROCESS, "'capabilities':{'bounding':['CAP_KILL','CAP_CHOWN'],"
		      "'permitted':['CAP_KILL','CAP_CHOWN'],"
		      "'effective':['CAP_CHOWN'],"
		      "'inheritable':['CAP_KILL','CAP_CHOWN'],"
		      "'ambient':['CAP_KILL']}");
	s = &self->s->process.capabilities;
	EXPECT_EQ(CAP(KILL) | CAP(CHOWN), s->bounding);
	EXPECT_EQ(CAP(KILL) | CAP(CHOWN), s->permitted);
	EXPECT_EQ(CAP(CHOWN), s->effective);
	EXPECT_EQ(CAP(KILL) | CAP(CHOWN), s->inheritable);
	EXPECT_EQ(CAP(KILL), s->ambient);
	EXPECT_EQ(NULL, config_warnings(self->c)[0]);
}

TEST_F(loaded, capabilities_that_cannot_be_granted_are_warnings)
{
	const struct oci_capabilities *s;
	const char *const *w;

	LOAD(PROCESS, "'capabilities':{'bounding':['CAP_FUTURE\\u001b','KILL'],"
		      "'permitted':['CAP_KILL'],'effective':['CAP_CHOWN'],"
		      "'inheritable':['CAP_KILL'],'ambient':['CAP_KILL']}");
	s = &self->s->process.capabilities;
	EXPECT_EQ(0, s->bounding);
	EXPECT_EQ(CAP(KILL), s->permitted);
	EXPECT_EQ(0, s->effective);
	EXPECT_EQ(0, s->inheritable);
	EXPECT_EQ(0, s->ambient);
	w = config_warnings(self->c);
	EXPECT_STREQ("process.capabilities.bounding[0]: \"CAP_FUTURE?\" is no "
		     "capability",
		     w[0]);
	EXPECT_STREQ("process.capabilities.bounding[1]: \"KILL\" is no "
		     "capability",
		     w[1]);
	EXPECT_STREQ("process.capabilities.effective: 0x1 are not permitted "
		     "and cannot be granted",
		     w[2]);
	EXPECT_NE(NULL, w[3]);
	EXPECT_NE(NULL, w[4]);
	EXPECT_EQ(NULL, w[5]);
}

TEST_F(loaded, rlimits)
{
	const struct oci_process *p;

	LOAD(PROCESS, "'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20},"
		      "{'type':'RLIMIT_MEMLOCK','soft':18446744073709551615,"
		      "'hard':18446744073709551615}]");
	p = &self->s->process;
	ASSERT_EQ(2, p->rlimit_count);
	EXPECT_EQ(RLIMIT_NOFILE, p->rlimits[0].resource);
	EXPECT_EQ(10, p->rlimits[0].limit.rlim_cur);
	EXPECT_EQ(20, p->rlimits[0].limit.rlim_max);
	EXPECT_EQ(RLIMIT_MEMLOCK, p->rlimits[1].resource);
	EXPECT_EQ(RLIM_INFINITY, p->rlimits[1].limit.rlim_max);
}

TEST_F(loaded, schedule)
{
	const struct oci_process *p;

	LOAD(PROCESS,
	     "'scheduler':{'policy':'SCHED_DEADLINE','nice':-3,'runtime':1,"
	     "'deadline':2,'period':3,'flags':['SCHED_FLAG_RECLAIM',"
	     "'SCHED_FLAG_DL_OVERRUN']},'ioPriority':{'class':"
	     "'IOPRIO_CLASS_RT','priority':5},"
	     "'execCPUAffinity':{'initial':'0-1,65','final':'3'}");
	p = &self->s->process;
	ASSERT_NE(NULL, p->scheduler);
	EXPECT_EQ(SCHED_DEADLINE, p->scheduler->policy);
	EXPECT_EQ(-3, p->scheduler->nice);
	EXPECT_EQ(1, p->scheduler->runtime_ns);
	EXPECT_EQ(2, p->scheduler->deadline_ns);
	EXPECT_EQ(3, p->scheduler->period_ns);
	EXPECT_EQ(SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN,
		  p->scheduler->flags);
	EXPECT_EQ(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 5), p->io_priority);
	ASSERT_EQ(16, p->cpus_initial.size_bytes);
	EXPECT_EQ(3, p->cpus_initial.bits[0]);
	EXPECT_EQ(2, p->cpus_initial.bits[1]);
	ASSERT_EQ(8, p->cpus_final.size_bytes);
	EXPECT_EQ(8, p->cpus_final.bits[0]);
}

/* ---------------------------------------------------------------- document */

TEST_F(loaded, document)
{
	const struct config_annotation *a;
	const struct oci_hook *h;
	size_t count;

	LOAD(TOP, "'root':{'path':'../r','readonly':true},'hostname':'h',"
		  "'domainname':'d','linux':{'namespaces':[{'type':'mount'},"
		  "{'type':'uts'}]},'annotations':{'k':'v'},"
		  "'hooks':{'prestart':[{'path':'/p'}],"
		  "'startContainer':[{'path':'/s','args':['s','-x'],"
		  "'env':['A=b'],'timeout':3}]}");
	EXPECT_STREQ("../r", config_root(self->c));
	EXPECT_TRUE(self->s->is_root_read_only);
	EXPECT_STREQ("h", self->s->hostname);
	EXPECT_STREQ("d", self->s->domainname);
	EXPECT_STREQ("1.3.0", config_version(self->c));
	EXPECT_EQ(NULL, config_cgroup(self->c));
	a = config_annotations(self->c, &count);
	ASSERT_EQ(1, count);
	EXPECT_STREQ("k", a[0].key);
	EXPECT_STREQ("v", a[0].value);
	h = config_hooks(self->c, CONFIG_PRESTART, &count);
	ASSERT_EQ(1, count);
	EXPECT_STREQ("/p", h[0].path);
	EXPECT_EQ(NULL, h[0].args);
	EXPECT_EQ(0, h[0].timeout_s);
	ASSERT_EQ(1, self->s->hooks.start_container_count);
	h = self->s->hooks.start_container;
	EXPECT_STREQ("-x", h[0].args[1]);
	EXPECT_EQ(NULL, h[0].args[2]);
	EXPECT_STREQ("A=b", h[0].env[0]);
	EXPECT_EQ(3, h[0].timeout_s);
	config_hooks(self->c, CONFIG_POSTSTOP, &count);
	EXPECT_EQ(0, count);
}

/* ------------------------------------------------------------------- files */

TEST_F(loaded, a_process_alone)
{
	int fd = text_file("{'cwd':'/','args':['x'],'user':{'uid':5}}");

	ASSERT_EQ(0, config_load_process(fd, "p.json", &self->c, &self->e));
	EXPECT_EQ(5, config_spec(self->c)->process.uid);
	EXPECT_EQ(-1, config_spec(self->c)->root_fd);
	close(fd);
	config_free(self->c);
	self->c = NULL;
	fd = text_file("{'cwd':'/'}");
	EXPECT_EQ(-EINVAL,
		  config_load_process(fd, "p.json", &self->c, &self->e));
	EXPECT_STREQ("process.args: is missing", self->e.message);
	close(fd);
}

TEST_F(loaded, resources_alone)
{
	int fd = text_file("{'memory':{'limit':5},'pids':{'limit':3}}");

	ASSERT_EQ(0, config_load_resources(fd, "-", &self->c, &self->e));
	EXPECT_EQ(5, config_spec(self->c)->resources.memory_max);
	EXPECT_EQ(3, config_spec(self->c)->resources.pids_max);
	close(fd);
	config_free(self->c);
	self->c = NULL;
	fd = text_file("{'memory':{'limit':5,'swap':1}}");
	EXPECT_EQ(-EINVAL, config_load_resources(fd, "-", &self->c, &self->e));
	EXPECT_STREQ("resources.memory.swap: is less than limit, which it "
		     "includes",
		     self->e.message);
	close(fd);
}

TEST_F(loaded, of_a_running_container_nothing_is_opened)
{
	int fd = text_file(
		"{'ociVersion':'1.3.0','root':{'path':'r'},'process':{"
		"'cwd':'/','args':['x']},'mounts':[{'destination':'/m',"
		"'source':'/gone','options':['bind']}],'linux':{'namespaces':["
		"{'type':'mount'},{'type':'uts','path':'/gone'}],"
		"'seccomp':{'defaultAction':'SCMP_ACT_LOG'}},'hostname':'h'}");

	ASSERT_EQ(0, config_load_running(fd, "c", &self->c, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	self->s = config_spec(self->c);
	EXPECT_EQ(0, self->s->mount_count);
	EXPECT_EQ(-1, self->s->namespaces.join[OCI_NAMESPACE_UTS]);
	EXPECT_NE(NULL, self->s->seccomp);
	close(fd);
}

TEST_F(loaded, a_file_that_is_not_there_is_enoent)
{
	EXPECT_EQ(-ENOENT, config_load(AT_FDCWD, "/none/config.json", &self->c,
				       &self->e));
	EXPECT_STREQ("openat(/none/config.json)", self->e.message);
}

TEST_F(loaded, a_file_of_more_than_4_mib_is_efbig)
{
	int fd = text_file("{}");

	ASSERT_EQ(0, ftruncate(fd, CONFIG_BYTES_MAX + 1));
	EXPECT_EQ(-EFBIG, config_load_process(fd, "big", &self->c, &self->e));
	close(fd);
}

TEST_F(loaded, a_pipe_is_read_to_its_end)
{
	static const char tail[] = "\"args\":[\"x\"],\"user\":{\"uid\":5}}";
	static char spaces[50000];
	int fds[2];
	pid_t child;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	child = fork();
	if (child == 0) {
		memset(spaces, ' ', sizeof(spaces));
		if (write(fds[1], "{\"cwd\":\"/\",", 11) != 11 ||
		    write(fds[1], spaces, sizeof(spaces)) < 0 ||
		    write(fds[1], tail, sizeof(tail) - 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	ASSERT_EQ(0, config_load_process(fds[0], "-", &self->c, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(5, config_spec(self->c)->process.uid);
	close(fds[0]);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
}

TEST_F(loaded, a_directory_is_eisdir)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EXPECT_EQ(-EISDIR, config_load_process(fd, "/", &self->c, &self->e));
	close(fd);
}

TEST_F(loaded, what_is_no_json_is_ebadmsg_with_its_place)
{
	int fd = text_file("{'cwd':\n'/' 'args'}");

	EXPECT_EQ(-EBADMSG, config_load_process(fd, "p", &self->c, &self->e));
	EXPECT_STREQ("line 2 column 5: no comma", self->e.message);
	close(fd);
}

TEST_F(loaded, a_key_with_a_nul_is_no_key_that_is_known)
{
	LOAD(TOP,
	     "'annotations\\u0000':7,'a\\u0000b':8,'':9,'hooks\\u0000x':1");
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_TOP, "'annotations':{'a\\u0000b':'c'}",
			    &self->c, &self->e));
	EXPECT_STREQ("annotations.a: holds a NUL", self->e.message);
}

TEST_F(loaded, words_of_the_file_reach_no_terminal_as_they_are)
{
	EXPECT_EQ(-EINVAL,
		  text_load(TEXT_PROCESS, "'cwd':'\\u001b[2J\\n\xc3\xa9'",
			    &self->c, &self->e));
	EXPECT_STREQ("process.cwd: \"?[2J???\" is no absolute path",
		     self->e.message);
}

TEST_F(loaded, descriptors_are_closed_with_the_config)
{
	int before = open_fds();

	LOAD(MOUNT, "'source':'/','options':['bind']");
	EXPECT_EQ(before + 1, open_fds());
	config_free(self->c);
	self->c = NULL;
	EXPECT_EQ(before, open_fds());
	EXPECT_EQ(-ENOENT,
		  text_load(TEXT_TOP,
			    "'mounts':[{'destination':'/a','source':'/',"
			    "'options':['bind']},{'destination':'/b',"
			    "'source':'/gone','options':['bind']}]",
			    &self->c, &self->e));
	EXPECT_EQ(before, open_fds());
}

TEST_HARNESS_MAIN

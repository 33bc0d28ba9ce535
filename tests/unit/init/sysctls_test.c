#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/sysctls.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

/* What the claims rest on, written down independently of the table. */
static const char *const golden[][2] = {
	{ "kernel/kptr_restrict", "2" },
	{ "kernel/printk", "3 4 1 3" },
	{ "kernel/printk_ratelimit_burst", "200" },
	{ "kernel/dmesg_restrict", "1" },
	{ "kernel/perf_event_paranoid", "2" },
	{ "kernel/kexec_load_disabled", "1" },
	{ "kernel/sysrq", "0" },
	{ "kernel/unprivileged_bpf_disabled", "1" },
	{ "net/core/bpf_jit_harden", "2" },
	{ "kernel/io_uring_disabled", "2" },
	{ "vm/unprivileged_userfaultfd", "0" },
	{ "kernel/panic_on_oops", "1" },
	{ "kernel/panic", "-1" },
	{ "kernel/randomize_va_space", "2" },
	{ "kernel/yama/ptrace_scope", "2" },
	{ "kernel/core_pattern", "core" },
	{ "kernel/core_pipe_limit", "0" },
	{ "fs/suid_dumpable", "0" },
	{ "fs/protected_symlinks", "1" },
	{ "fs/protected_hardlinks", "1" },
	{ "fs/protected_fifos", "2" },
	{ "fs/protected_regular", "2" },
	{ "dev/tty/ldisc_autoload", "0" },
	{ "net/core/devconf_inherit_init_net", "1" },
	{ "net/ipv4/ip_forward", "0" },
	{ "net/ipv4/conf/all/accept_redirects", "0" },
	{ "net/ipv6/conf/all/accept_ra", "0" },
	{ "net/ipv6/conf/default/accept_ra", "0" },
	{ "net/ipv6/conf/default/addr_gen_mode", "1" },
	{ "vm/mmap_min_addr", "65536" },
	{ "kernel/modules_disabled", "1" },
	{ "kernel/modprobe", "" },
	{ "kernel/usermodehelper/bset", "0 0" },
	{ "user/max_user_namespaces", "256" },
	{ "/sys/kernel/security/lsm",
	  "lockdown,capability,landlock,yama,selinux,bpf,ima,evm" },
};

static const struct sysctls_row *row_of(const char *path)
{
	for (size_t i = 0; i < sysctls_count; i++)
		if (strcmp(sysctls_rows[i].path, path) == 0)
			return &sysctls_rows[i];
	return NULL;
}

TEST(what_the_claims_rest_on_is_in_the_table)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct sysctls_row *row = row_of(golden[i][0]);

		ASSERT_NE(NULL, row)
		{
			TH_LOG("%s", golden[i][0]);
		}
		EXPECT_STREQ(golden[i][1], row->value);
	}
}

TEST(no_path_is_there_twice_and_only_states_are_whole_paths)
{
	for (size_t i = 0; i < sysctls_count; i++) {
		const struct sysctls_row *row = &sysctls_rows[i];

		EXPECT_EQ(row, row_of(row->path));
		EXPECT_EQ(row->how == SYSCTLS_STATE, row->path[0] == '/');
	}
}

TEST(user_namespaces_are_few_but_not_none)
{
	EXPECT_LT(0, atoi(row_of("user/max_user_namespaces")->value));
	EXPECT_GE(1024, atoi(row_of("user/max_user_namespaces")->value));
}

TEST(blanks_and_tabs_between_words_are_the_same_and_nothing_else_is)
{
	EXPECT_TRUE(sysctls_is_same("1 0", "1\t0"));
	EXPECT_TRUE(sysctls_is_same("", ""));
	EXPECT_FALSE(sysctls_is_same("1 0", "10"));
	EXPECT_FALSE(sysctls_is_same("1", "10"));
	EXPECT_FALSE(sysctls_is_same("10", "1"));
	EXPECT_FALSE(sysctls_is_same("", "core"));
}

/* A directory that stands for /proc/sys and /: what can be written holds an old
   value. */
FIXTURE(tree)
{
	char path[64];
	int dir;
};

static const char *relative(const char *path)
{
	return path + strspn(path, "/");
}

static void make_parents(int dir, const char *path)
{
	char part[128];

	for (size_t i = 0; path[i]; i++) {
		part[i] = path[i];
		part[i + 1] = '\0';
		if (path[i + 1] == '/')
			mkdirat(dir, part, 0755);
	}
}

static int put(int dir, const char *path, const char *text)
{
	int fd;
	int r;

	make_parents(dir, path);
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
	close(fd);
	return r;
}

static int apply(int dir, struct err *e)
{
	return sysctls_apply_at(dir, dir, e);
}

FIXTURE_SETUP(tree)
{
	strcpy(self->path, "/tmp/sysctls_test.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->path));
	self->dir = open(self->path, O_DIRECTORY | O_RDONLY);
	ASSERT_LE(0, self->dir);
	for (size_t i = 0; i < sysctls_count; i++) {
		const struct sysctls_row *row = &sysctls_rows[i];

		bool is_read_only = row->how == SYSCTLS_CHECK ||
				    row->how == SYSCTLS_STATE;

		ASSERT_EQ(0, put(self->dir, relative(row->path),
				 is_read_only ? row->value : ""));
	}
}

FIXTURE_TEARDOWN(tree)
{
	char command[96];

	close(self->dir);
	snprintf(command, sizeof(command), "rm -r %s", self->path);
	EXPECT_EQ(0, system(command));
}

TEST_F(tree, every_row_is_written_and_counted)
{
	struct err e = ERR_NONE;
	char text[64];

	ASSERT_EQ((int)sysctls_count, apply(self->dir, &e));
	for (size_t i = 0; i < sysctls_count; i++) {
		ASSERT_LE(0, fd_read_file(self->dir,
					  relative(sysctls_rows[i].path), text,
					  sizeof(text), &e));
		EXPECT_STREQ(sysctls_rows[i].value, text);
	}
}

TEST_F(tree, defaults_of_links_can_be_written_alone)
{
	struct err e = ERR_NONE;
	char text[64];
	int in_force = sysctls_apply_defaults_at(self->dir, &e);

	EXPECT_LT(0, in_force);
	for (size_t i = 0; i < sysctls_count; i++) {
		const struct sysctls_row *row = &sysctls_rows[i];
		bool is_default = strstr(row->path, "/default/");

		if (row->how != SYSCTLS_SET && row->how != SYSCTLS_SET_IF_THERE)
			continue;
		in_force -= is_default;
		ASSERT_LE(0, fd_read_file(self->dir, row->path, text,
					  sizeof(text), &e));
		EXPECT_STREQ(is_default ? row->value : "", text);
	}
	EXPECT_EQ(0, in_force);
}

TEST_F(tree, a_default_of_links_that_cannot_be_written_stops)
{
	static const char path[] = "net/ipv4/conf/default/rp_filter";
	struct err e = ERR_NONE;

	ASSERT_EQ(0, unlinkat(self->dir, path, 0));
	EXPECT_EQ(-ENOENT, sysctls_apply_defaults_at(self->dir, &e));
	EXPECT_NE(NULL, strstr(e.message, path));
}

TEST_F(tree, a_value_that_reads_back_differently_is_edom)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, put(self->dir, "vm/mmap_min_addr", "4096\n"));
	EXPECT_EQ(-EDOM, apply(self->dir, &e));
	EXPECT_NE(NULL, strstr(e.message, "vm/mmap_min_addr"));
}

TEST_F(tree, a_state_that_is_another_is_edom)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, put(self->dir, "sys/kernel/security/lsm",
			 "lockdown,capability,yama,apparmor\n"));
	EXPECT_EQ(-EDOM, apply(self->dir, &e));
	EXPECT_NE(NULL, strstr(e.message, "/sys/kernel/security/lsm"));
}

TEST_F(tree, a_missing_file_is_enoent_where_it_must_be_there)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, unlinkat(self->dir, "kernel/kptr_restrict", 0));
	EXPECT_EQ(-ENOENT, apply(self->dir, &e));
}

TEST_F(tree, a_missing_file_is_not_counted_where_it_may_be_absent)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, unlinkat(self->dir, "kernel/io_uring_disabled", 0));
	EXPECT_EQ((int)sysctls_count - 1, apply(self->dir, &e));
}

TEST_F(tree, a_value_that_cannot_be_written_stops)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, unlinkat(self->dir, "kernel/kptr_restrict", 0));
	ASSERT_EQ(0, mkdirat(self->dir, "kernel/kptr_restrict", 0755));
	EXPECT_EQ(-EISDIR, apply(self->dir, &e));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/* Sizes as ECS writes them, and lists of words that must agree. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/unused.h"
#include "runtime/task/plan_fields.h"
#include "runtime/task/plan_syntax.h"
#include "runtime/task/words.h"

#include "kselftest_harness.h"

TEST(cpu_sizes_are_units_or_vcpu)
{
	static const struct {
		const char *text;
		int64_t units; /* -1: not one */
	} cases[] = {
		{ "0", 0 },
		{ "1024", 1024 },
		{ "1 vCPU", 1024 },
		{ "1vcpu", 1024 },
		{ "0.125 vCPU", 128 },
		{ "1.5 VCPU", 1536 },
		{ "00001", 1 },
		{ "999999999", 999999999 },
		{ "", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "1.", -1 },
		{ ".5 vCPU", -1 },
		{ "1. vCPU", -1 },
		{ "1.5", -1 },
		{ "0.0001 vCPU", -1 },
		{ "+1", -1 },
		{ "1e3", -1 },
		{ "0x10", -1 },
		{ "1 vCPUs", -1 },
		{ "1 GB", -1 },
		{ "1234567890", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t units = -1;

		EXPECT_EQ(cases[i].units >= 0,
			  syntax_parse_cpu(cases[i].text, &units))
		TH_LOG("%s", cases[i].text);
		if (cases[i].units >= 0)
			EXPECT_EQ(cases[i].units, units);
	}
}

TEST(memory_sizes_are_mib_or_gb)
{
	int64_t mib;

	EXPECT_TRUE(syntax_parse_memory("512", &mib));
	EXPECT_EQ(512, mib);
	EXPECT_TRUE(syntax_parse_memory("0.5 GB", &mib));
	EXPECT_EQ(512, mib);
	EXPECT_TRUE(syntax_parse_memory("2gb", &mib));
	EXPECT_EQ(2048, mib);
	EXPECT_FALSE(syntax_parse_memory("2 GiB", &mib));
	EXPECT_FALSE(syntax_parse_memory("0.3 GB", &mib));
	EXPECT_FALSE(syntax_parse_memory("1 vCPU", &mib));
}

TEST(address_has_its_family_and_bytes_in_network_order)
{
	static const unsigned char v4[] = { 10, 0, 2, 15 };
	static const unsigned char v6[16] = { 0xfd, [15] = 0x15 };
	unsigned char bytes[16];

	EXPECT_EQ(AF_INET, syntax_parse_address("10.0.2.15/24", 9, bytes));
	EXPECT_EQ(0, memcmp(v4, bytes, sizeof(v4)));
	EXPECT_EQ(AF_INET6, syntax_parse_address("fd00::15", 8, bytes));
	EXPECT_EQ(0, memcmp(v6, bytes, sizeof(v6)));
	EXPECT_EQ(0, syntax_parse_address("10.0.2.15/24", 12, bytes));
	EXPECT_EQ(0, syntax_parse_address("10.0.2", 6, bytes));
	EXPECT_EQ(0, syntax_parse_address("router", 6, bytes));
	EXPECT_EQ(0, syntax_parse_address("", 0, bytes));
}

TEST(address_of_a_card_is_six_bytes_for_one_card)
{
	static const char *const bad[] = {
		"",
		"02:00:5e:10:00",
		"02:00:5e:10:00:0",
		"02:00:5e:10:00:01:02",
		"02:00:5e:10:00:0g",
		"02-00-5e-10-00-01",
		"0200:5e:10:00:01:",
		"00:00:00:00:00:00",
		"01:00:5e:00:00:01",
		"ff:ff:ff:ff:ff:ff",
		"0f:00:00:00:00:01",
		"02:00:5e:10:00:01 ",
	};

	EXPECT_EQ(NULL, syntax_mac("02:00:5e:10:00:01"));
	EXPECT_EQ(NULL, syntax_mac("0A:0b:CC:dd:EE:ff"));
	EXPECT_EQ(NULL, syntax_mac("00:00:00:00:00:01"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_NE(NULL, syntax_mac(bad[i]))
		TH_LOG("%s", bad[i]);
	}
}

/* Independent of the table: the API's members, counted by hand. */
/* clang-format off */
static const char *const container_members[] = {
	"name", "image", "repositoryCredentials", "cpu", "memory",
	"memoryReservation", "links", "portMappings", "essential",
	"restartPolicy", "entryPoint", "command", "environment",
	"environmentFiles", "mountPoints", "volumesFrom", "linuxParameters",
	"secrets", "dependsOn", "startTimeout", "stopTimeout",
	"versionConsistency", "hostname", "user", "workingDirectory",
	"disableNetworking", "privileged", "readonlyRootFilesystem",
	"dnsServers", "dnsSearchDomains", "extraHosts", "dockerSecurityOptions",
	"interactive", "pseudoTerminal", "dockerLabels", "ulimits",
	"logConfiguration", "healthCheck", "systemControls",
	"resourceRequirements", "firelensConfiguration", "credentialSpecs",
};

static const char *const task_members[] = {
	"family", "taskRoleArn", "executionRoleArn", "networkMode",
	"containerDefinitions", "volumes", "placementConstraints",
	"requiresCompatibilities", "cpu", "memory", "tags", "pidMode",
	"ipcMode", "proxyConfiguration", "inferenceAccelerators",
	"ephemeralStorage", "runtimePlatform", "enableFaultInjection",
};
/* clang-format on */

TEST(every_member_of_the_api_has_a_row)
{
	const struct field_table *t =
		field_find(&field_document, "tasks", 5)->table;

	t = field_find(t, "taskDefinition", 14)->table;
	EXPECT_EQ(18, t->count);
	for (size_t i = 0; i < ARRAY_SIZE(task_members); i++) {
		EXPECT_NE(NULL, field_find(t, task_members[i],
					   strlen(task_members[i])))
		TH_LOG("%s", task_members[i]);
	}
	t = field_find(t, "containerDefinitions", 20)->table;
	EXPECT_EQ(42, t->count);
	for (size_t i = 0; i < ARRAY_SIZE(container_members); i++) {
		EXPECT_NE(NULL, field_find(t, container_members[i],
					   strlen(container_members[i])))
		TH_LOG("%s", container_members[i]);
	}
}

TEST(limits_that_pass_are_known_to_the_launcher)
{
	static char names[][16] = {
		"core",	   "cpu",      "data",	 "fsize",      "locks",
		"memlock", "msgqueue", "nice",	 "nofile",     "nproc",
		"rss",	   "rtprio",   "rttime", "sigpending", "stack",
	};
	struct plan_ulimit bad = { .name = names[0] };
	struct oci_rlimit limit;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct plan_ulimit u = { .name = names[i] };

		EXPECT_EQ(NULL, syntax_ulimit(names[i]));
		EXPECT_EQ(0, words_ulimit(&u, &limit))
		TH_LOG("%s", names[i]);
	}
	names[0][0] = 'C';
	EXPECT_NE(NULL, syntax_ulimit(names[0]));
	EXPECT_EQ(-EINVAL, words_ulimit(&bad, &limit));
}

TEST(mount_options_that_pass_are_known_to_the_launcher)
{
	static const char *const words[] = {
		"defaults",	 "ro",	       "rw",	      "suid",
		"nosuid",	 "dev",	       "nodev",	      "exec",
		"noexec",	 "sync",       "async",	      "dirsync",
		"remount",	 "mand",       "nomand",      "atime",
		"noatime",	 "diratime",   "nodiratime",  "bind",
		"rbind",	 "unbindable", "runbindable", "private",
		"rprivate",	 "shared",     "rshared",     "slave",
		"rslave",	 "relatime",   "norelatime",  "strictatime",
		"nostrictatime",
	};
	static const char *const values[] = {
		"mode=1777",	 "uid=1",	 "gid=4294967295",
		"nr_inodes=10k", "nr_blocks=5m", "mpol=interleave:0-3",
	};
	static const char *const refused[] = {
		"",	  "mode",  "mode=",	  "mode=778",
		"uid=-1", "uid=x", "size=1g",	  "huge=always",
		"ro,rw",  "RO",	   "mode=017777", "context=x",
	};
	uint64_t attributes = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_EQ(NULL, syntax_tmpfs_option(words[i]));
		EXPECT_TRUE(words_tmpfs_option(words[i], &attributes))
		TH_LOG("%s", words[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(NULL, syntax_tmpfs_option(values[i]))
		TH_LOG("%s", values[i]);
		EXPECT_FALSE(words_tmpfs_option(values[i], &attributes));
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_NE(NULL, syntax_tmpfs_option(refused[i]))
		TH_LOG("%s", refused[i]);
	}
}

static int count_bad_rows(const struct field_table *t)
{
	int bad = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];

		bad += f->fate != FIELD_SUPPORTED && !f->why;
		bad += f->min > f->max;
		bad += f->fate != FIELD_REFUSED &&
		       (f->kind == FIELD_WORD) != (f->words != NULL);
		bad += f->fate != FIELD_REFUSED &&
		       (f->kind == FIELD_OBJECT || f->kind == FIELD_LIST) !=
			       (f->table != NULL);
		if (f->table)
			bad += count_bad_rows(f->table);
	}
	return bad;
}

TEST(rows_are_whole)
{
	EXPECT_EQ(0, count_bad_rows(&field_document));
}

static size_t count_unused(const struct field_table *t, size_t *untellable)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];

		if (f->fate == FIELD_NO_EFFECT) {
			n++;
			*untellable += !record_is_word(f->why);
		} else if (f->table) {
			n += count_unused(f->table, untellable);
		}
	}
	return n;
}

TEST(there_is_room_to_tell_of_every_row_without_effect)
{
	size_t untellable = 0;
	size_t n = count_unused(&field_document, &untellable);

	EXPECT_LT(0, n);
	EXPECT_GE(UNUSED_ROWS_MAX, n);
	EXPECT_EQ(0, untellable);
}

TEST_HARNESS_MAIN

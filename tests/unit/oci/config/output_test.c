// SPDX-License-Identifier: MIT
/* The template and the features, against what reads them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "policy/grants.h"
#include "runtime/base/sys.h"
#include "runtime/oci/config/config.h"
#include "runtime/oci/config/pretty.h"
#include "runtime/oci/config/reader.h"
#include "tests/unit/oci/config/bpf.h"

#define TEXT_MAX (1 << 20)

static char text[TEXT_MAX];

/* What `write` writes, NUL-terminated in `text`; a memfd of it. */
static int output(int (*write_it)(int fd, struct err *e))
{
	int fd = memfd_create("config.json", MFD_CLOEXEC);
	ssize_t n;

	if (write_it(fd, NULL) < 0)
		return -1;
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	return fd;
}

static int load_template(struct config **c, struct err *e)
{
	int fd = output(config_write_template);
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = config_load(AT_FDCWD, path, c, e);
	close(fd);
	return err;
}

TEST(the_template_is_accepted_and_holds_the_defaults)
{
	struct config *c = NULL;
	struct err e = ERR_NONE;
	const struct oci_spec *s;

	ASSERT_EQ(0, load_template(&c, &e))
	{
		TH_LOG("%s", e.message);
	}
	s = config_spec(c);
	EXPECT_STREQ("rootfs", config_root(c));
	EXPECT_TRUE(s->is_root_read_only);
	EXPECT_TRUE(s->process.is_no_new_privileges);
	EXPECT_TRUE(s->process.terminal.is_wanted);
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES, s->namespaces.unshare);
	ASSERT_EQ(OCI_DEFAULT_MOUNTS, s->mount_count);
	for (size_t i = 0; i < s->mount_count; i++) {
		const struct oci_mount *m = &oci_default_mounts[i];

		EXPECT_STREQ(m->destination, s->mounts[i].destination);
		EXPECT_STREQ(m->type, s->mounts[i].type);
		EXPECT_EQ(m->attributes_set, s->mounts[i].attributes_set);
		EXPECT_EQ(m->takes_label, s->mounts[i].takes_label);
		EXPECT_STREQ(m->options ? m->options : "",
			     s->mounts[i].options ? s->mounts[i].options : "");
	}
	EXPECT_EQ(oci_default_masked_count, s->masked_count);
	EXPECT_EQ(oci_default_read_only_count, s->read_only_count);
	EXPECT_EQ(NULL, config_warnings(c)[0]);
	config_free(c);
}

/* Two compilers, one profile. */
TEST(the_template_has_the_seccomp_profile_of_the_engine)
{
	const struct oci_seccomp *engine;
	struct config *c = NULL;
	const struct oci_spec *s;

	ASSERT_EQ(0, load_template(&c, NULL));
	s = config_spec(c);
	ASSERT_EQ(0, oci_seccomp_default(s->process.capabilities.bounding,
					 &engine, NULL));
	for (int nr = 0; nr < 512; nr++) {
		for (unsigned int bit = 0; bit < 64; bit++) {
			struct seccomp_data data = {
				.nr = nr,
				.arch = AUDIT_ARCH_X86_64,
				.args = { 1ULL << bit, 1ULL << bit,
					  1ULL << bit },
			};

			ASSERT_EQ(bpf_run(&engine->program, &data),
				  bpf_run(&s->seccomp->program, &data))
			{
				TH_LOG("call %d argument 1 << %u", nr, bit);
			}
		}
	}
	config_free(c);
}

static bool has_word(const char *word)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", word);
	return strstr(text, quoted) != NULL;
}

TEST(the_features_name_what_the_tables_read)
{
	static const char *const words[] = {
		"1.0.0",
		"1.3.0",
		"prestart",
		"createRuntime",
		"createContainer",
		"startContainer",
		"poststart",
		"poststop",
		"rro",
		"rnosuid",
		"ridmap",
		"tmpcopyup",
		"runbindable",
		"cgroup",
		"time",
		"user",
		"CAP_CHOWN",
		"CAP_CHECKPOINT_RESTORE",
		"SCMP_ACT_NOTIFY",
		"SCMP_CMP_MASKED_EQ",
		"SCMP_ARCH_RISCV64",
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
		"MPOL_LOCAL",
		"MPOL_F_STATIC_NODES",
		"mountExtensions",
		"netDevices",
	};
	struct reader r;
	int fd = output(config_write_features);

	ASSERT_LE(0, fd);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_TRUE(has_word(words[i]))
		{
			TH_LOG("%s", words[i]);
		}
	}
	EXPECT_NE(NULL, strstr(text, "\"apparmor\": {\n\t\t\t\"enabled\": "
				     "false"));
	EXPECT_NE(NULL, strstr(text, "\"intelRdt\": {\n\t\t\t\"enabled\": "
				     "false"));
	EXPECT_NE(NULL, strstr(text, "\"idmap\": {\n\t\t\t\t\"enabled\": "
				     "true"));
	EXPECT_NE(NULL, strstr(text, "\"v1\": false"));
	EXPECT_NE(NULL, strstr(text, "\"v2\": true"));
	reader_start(&r, text, strlen(text));
	EXPECT_TRUE(reader_skip(&r) && reader_is_done(&r));
}

TEST(json_is_laid_out_for_people)
{
	static const char compact[] =
		"{\"a\":[1,{\"b\":\"x,:{\\\"\\\\\"}],\"c\":{},\"d\":[]}";
	static const char wanted[] =
		"{\n\t\"a\": [\n\t\t1,\n\t\t{\n\t\t\t\"b\": "
		"\"x,:{\\\"\\\\\"\n\t\t}\n\t],\n\t\"c\": {},\n\t\"d\": []\n}\n";
	char bytes[sizeof(compact)];
	struct json j = { .text = bytes, .len = sizeof(compact) - 1 };
	int fd = memfd_create("pretty", MFD_CLOEXEC);

	memcpy(bytes, compact, sizeof(compact));
	ASSERT_EQ(0, pretty_write(fd, &j, NULL));
	ASSERT_LT(0, pread(fd, text, sizeof(text) - 1, 0));
	EXPECT_STREQ(wanted, text);
	j.is_full = true;
	EXPECT_EQ(-ENOBUFS, pretty_write(fd, &j, NULL));
	j.is_full = false;
	EXPECT_EQ(-EBADF, pretty_write(-1, &j, NULL));
	close(fd);
}

TEST_HARNESS_MAIN

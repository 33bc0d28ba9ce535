/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "init/dossier.h"
#include "init/evidence.h"

#include "kselftest_harness.h"

static struct canon c;

TEST(parameters_are_the_words_of_the_command_line)
{
	canon_start(&c);
	dossier_write_parameters(&c, " panic=-1  lsm=a,b\n");
	EXPECT_STREQ("\"parameters\":[\"panic=-1\",\"lsm=a,b\"],"
		     "\"parameters_more\":0",
		     c.text);
	canon_start(&c);
	dossier_write_parameters(&c, "");
	EXPECT_STREQ("\"parameters\":[],\"parameters_more\":0", c.text);
}

TEST(more_parameters_than_fit_are_counted)
{
	char line[4 * DOSSIER_PARAMETERS_MAX] = "";

	for (int i = 0; i < DOSSIER_PARAMETERS_MAX + 3; i++)
		strcat(line, "a ");
	canon_start(&c);
	dossier_write_parameters(&c, line);
	EXPECT_NE(NULL, strstr(c.text, "\"parameters_more\":3"));
}

TEST(a_mount_is_told_with_type_flags_and_options)
{
	char text[] = "21 1 0:5 / /nowhere ro,nosuid shared:1 - erofs "
		      "/dev/dm-0 ro,acl\n";
	struct err e = ERR_NONE;

	canon_start(&c);
	ASSERT_EQ(0, dossier_write_mounts(&c, text, &e));
	EXPECT_STREQ("\"mounts\":[{\"target\":\"/nowhere\",\"type\":\"erofs\","
		     "\"flags\":\"ro,nosuid\",\"options\":\"ro,acl\","
		     "\"label\":\"\"}],\"mounts_more\":0",
		     c.text);
}

TEST(more_mounts_than_fit_are_counted_and_a_bad_line_is_ebadmsg)
{
	char text[64 * (DOSSIER_MOUNTS_MAX + 1)] = "";
	char bad[] = "21 1 0:5 / /nowhere ro\n";
	struct err e = ERR_NONE;

	for (int i = 0; i <= DOSSIER_MOUNTS_MAX; i++)
		strcat(text, "2 1 0:5 / /x ro - tmpfs none rw\n");
	canon_start(&c);
	ASSERT_EQ(0, dossier_write_mounts(&c, text, &e));
	EXPECT_NE(NULL, strstr(c.text, "\"mounts_more\":1"));
	canon_start(&c);
	EXPECT_EQ(-EBADMSG, dossier_write_mounts(&c, bad, &e));
}

TEST(sockets_are_told_by_file)
{
	struct err e = ERR_NONE;

	canon_start(&c);
	ASSERT_EQ(0, evidence_write_listeners(&c, "/proc/self/net/none", &e));
	EXPECT_STREQ("\"tcp\":0,\"tcp6\":0,\"udp\":0,\"udp6\":0,\"udplite\":0,"
		     "\"udplite6\":0,\"raw\":0,\"raw6\":0,\"unix\":0",
		     c.text);
}

TEST(only_what_cannot_be_asked_is_no_breach)
{
	EXPECT_FALSE(evidence_is_breach(0));
	EXPECT_FALSE(evidence_is_breach(-ENOMEM));
	EXPECT_FALSE(evidence_is_breach(-EMFILE));
	EXPECT_TRUE(evidence_is_breach(-ESTALE));
	EXPECT_TRUE(evidence_is_breach(-EPERM));
	EXPECT_TRUE(evidence_is_breach(-ENOENT));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/* What the command line remembers of a container comes back, or is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/oci/cli/state.h"

#include "kselftest_harness.h"

static const char *const words[] = { "a", "b c", "", NULL };
static const struct oci_hook hooks[] = {
	{ .path = "/one", .args = words, .env = words, .timeout_s = 7 },
	{ .path = "/two", .args = words },
	{ .path = "/three", .env = words },
	{ .path = "/four" },
};
static const struct state_pair pairs[] = {
	{ "", "empty name" },
	{ "pid", "a key of ours" },
	{ "end", "end" },
	{ "line\nbreak", "\xff\x01" },
};

static struct state full(void)
{
	return (struct state){
		.id = "id",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026",
		.owner = "root",
		.cgroup = "x/y",
		.program = "p",
		.pid = 4711,
		.start_ticks = UINT64_MAX,
		.namespaces = 0x20000000,
		.is_creating = true,
		.annotations = pairs,
		.annotation_count = 4,
		.poststart = { hooks, 4 },
		.poststop = { hooks + 1, 1 },
	};
}

static int round_trip(const struct state *in, struct state *out)
{
	size_t length;
	char *bytes;
	int r = state_encode(in, &bytes, &length, NULL);

	return r < 0 ? r : state_decode(bytes, length, out, NULL);
}

static int count(const char *const *list)
{
	int n = 0;

	while (list && list[n])
		n++;
	return list ? n : -1;
}

TEST(everything_comes_back)
{
	const struct state in = full();
	struct state out;

	ASSERT_EQ(0, round_trip(&in, &out));
	EXPECT_STREQ("id", out.id);
	EXPECT_STREQ("/b", out.bundle);
	EXPECT_STREQ("x/y", out.cgroup);
	EXPECT_STREQ("p", out.program);
	EXPECT_EQ(4711, out.pid);
	EXPECT_EQ(UINT64_MAX, out.start_ticks);
	EXPECT_EQ(0x20000000, out.namespaces);
	EXPECT_TRUE(out.is_creating);
	ASSERT_EQ(4, out.annotation_count);
	for (size_t i = 0; i < 4; i++) {
		EXPECT_STREQ(pairs[i].name, out.annotations[i].name);
		EXPECT_STREQ(pairs[i].value, out.annotations[i].value);
	}
	state_free(&out);
}

TEST(hooks_come_back_with_their_lists)
{
	const struct state in = full();
	struct state out;

	ASSERT_EQ(0, round_trip(&in, &out));
	ASSERT_EQ(4, out.poststart.count);
	ASSERT_EQ(1, out.poststop.count);
	EXPECT_STREQ("/two", out.poststop.list[0].path);
	EXPECT_EQ(7, out.poststart.list[0].timeout_s);
	EXPECT_EQ(3, count(out.poststart.list[0].args));
	EXPECT_EQ(3, count(out.poststart.list[0].env));
	EXPECT_STREQ("b c", out.poststart.list[0].env[1]);
	EXPECT_EQ(3, count(out.poststart.list[1].args));
	EXPECT_EQ(-1, count(out.poststart.list[1].env));
	EXPECT_EQ(-1, count(out.poststart.list[2].args));
	EXPECT_EQ(3, count(out.poststart.list[2].env));
	EXPECT_EQ(-1, count(out.poststart.list[3].args));
	state_free(&out);
}

TEST(state_that_is_too_big_is_efbig)
{
	char *big = malloc(STATE_BYTES_MAX);
	struct state in = full();
	size_t length;
	char *bytes;

	ASSERT_NE(NULL, big);
	memset(big, 'x', STATE_BYTES_MAX - 1);
	big[STATE_BYTES_MAX - 1] = '\0';
	in.bundle = big;
	EXPECT_EQ(-EFBIG, state_encode(&in, &bytes, &length, NULL));
	free(big);
}

static int decode(const void *text, size_t length)
{
	char *bytes = malloc(length + 1);
	struct state out;
	int r;

	memcpy(bytes, text, length);
	r = state_decode(bytes, length, &out, NULL);
	if (r == 0)
		state_free(&out);
	return r;
}

TEST(every_shorter_state_is_refused)
{
	const struct state in = full();
	size_t length;
	char *bytes;

	ASSERT_EQ(0, state_encode(&in, &bytes, &length, NULL));
	for (size_t n = 0; n < length; n++)
		ASSERT_EQ(-EBADMSG, decode(bytes, n));
	ASSERT_EQ(0, decode(bytes, length));
	free(bytes);
}

TEST(every_changed_byte_is_survived)
{
	const struct state in = full();
	size_t length;
	char *bytes;

	ASSERT_EQ(0, state_encode(&in, &bytes, &length, NULL));
	for (size_t n = 0; n < length; n++) {
		const char kept = bytes[n];

		for (int c = 0; c < 256; c += 51) {
			bytes[n] = (char)c;
			(void)decode(bytes, length);
		}
		bytes[n] = kept;
	}
	free(bytes);
}

#define HEAD               \
	"cloister-state\0" \
	"1\0"              \
	"id\0i\0"          \
	"bundle\0b\0"      \
	"cgroup\0c\0"
#define TAIL "end\0"

/* clang-format off */
static const struct bad_row {
	const char *why;
	const char *text;
	size_t length;
} bad[] = {
#define BAD(why, text) { why, text, sizeof(text) }
	BAD("no magic", "id\0i\0" TAIL),
	BAD("another version", "cloister-state\0" "2\0" TAIL),
	BAD("no id", "cloister-state\0" "1\0" "bundle\0b\0" "cgroup\0c\0" TAIL),
	BAD("no bundle", "cloister-state\0" "1\0" "id\0i\0" "cgroup\0c\0" TAIL),
	BAD("no cgroup", "cloister-state\0" "1\0" "id\0i\0" "bundle\0b\0" TAIL),
	BAD("unknown key", HEAD "color\0red\0" TAIL),
	BAD("more behind the end", HEAD TAIL "\0x"),
	BAD("negative pid", HEAD "pid\0-1\0" TAIL),
	BAD("big pid", HEAD "pid\0" "2147483648\0" TAIL),
	BAD("pid with more", HEAD "pid\0" "1x\0" TAIL),
	BAD("empty pid", HEAD "pid\0\0" TAIL),
	BAD("big start", HEAD "start\0" "18446744073709551616\0" TAIL),
	BAD("creating twice", HEAD "creating\0" "2\0" TAIL),
	BAD("value of nothing", HEAD "value\0v\0" TAIL),
	BAD("argument of nothing", HEAD "arg\0v\0" TAIL),
	BAD("environment of nothing", HEAD "env\0v\0" TAIL),
	BAD("timeout of nothing", HEAD "timeout\0" "1\0" TAIL),
	BAD("big timeout", HEAD "poststop\0/h\0" "timeout\0" "4294967296\0" TAIL),
	BAD("arguments after the environment", HEAD "poststop\0/h\0"
	    "arg\0a\0" "env\0e\0" "arg\0b\0" TAIL),
	BAD("hooks of two kinds mixed", HEAD "poststop\0/h\0"
	    "poststart\0/h\0" "poststop\0/h\0" TAIL),
};
/* clang-format on */

TEST(what_is_no_state_is_refused)
{
	ASSERT_EQ(0, decode(HEAD TAIL, sizeof(HEAD TAIL)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(-EBADMSG, decode(bad[i].text, bad[i].length))
		{
			TH_LOG("%s", bad[i].why);
		}
	}
}

TEST(json_of_a_stopped_container_has_no_pid)
{
	struct state in = full();
	size_t length;
	char *text;

	in.annotation_count = 0;
	ASSERT_EQ(0, state_json(&in, STATUS_STOPPED, &text, &length, NULL));
	EXPECT_STREQ("{\"ociVersion\":\"1.3.0\",\"id\":\"id\",\"pid\":0,"
		     "\"status\":\"stopped\",\"bundle\":\"/b\","
		     "\"rootfs\":\"/b/rootfs\",\"created\":\"2026\","
		     "\"owner\":\"root\"}\n",
		     text);
	EXPECT_EQ(strlen(text), length);
	free(text);
}

TEST(json_escapes_what_people_write)
{
	const struct state in = full();
	size_t length;
	char *text;

	ASSERT_EQ(0, state_json(&in, STATUS_RUNNING, &text, &length, NULL));
	EXPECT_NE(NULL, strstr(text, "\"pid\":4711,\"status\":\"running\""));
	EXPECT_NE(NULL,
		  strstr(text, "\"line\\nbreak\":\"\xef\xbf\xbd\\u0001\""));
	free(text);
}

TEST_HARNESS_MAIN

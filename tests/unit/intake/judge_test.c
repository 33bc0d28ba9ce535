// SPDX-License-Identifier: MIT
/* JSON as such, the document's own fields, the instance. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/intake/document.h"
#include "runtime/task/plan_fields.h"
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

static const struct judge_frame frame_json = {
	.document = "@",
	.path = "$",
	.refused = INTAKE_REFUSED,
	.is_verbatim = true,
};

/* clang-format off */
TEST(json_that_is_not_strict_is_refused_with_its_place)
{
	static const struct judge_case cases[] = {
		{ "", "$", "line 1 column 0: the text ends too early" },
		{ "{", "$", "line 1 column 1: the text ends too early" },
		{ "nonsense", "$", "line 1 column 8: this is not JSON" },
		{ "{\"a\":1,\n\"a\":2}", "$", "line 2 column 3: a key is twice in one object" },
		{ "{} {}", "$", "line 1 column 4: text follows after the document" },
		{ "{}x", "$", "line 1 column 3: text follows after the document" },
		{ "{\"a\":\"\\u0000\"}", "$", "line 1 column 13: a text has a NUL character" },
		{ "{\"\\u0000\":1}", "$", "line 1 column 9: a key has a NUL character" },
		{ "{\"a\":\"\xff\"}", "$", "line 1 column 6: the text is not UTF-8" },
		{ "{\"a\":\"\xc0\x80\"}", "$", "line 1 column 6: the text is not UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "$", "line 1 column 6: the text is not UTF-8" },
		{ "{\"a\":9223372036854775808}", "$",
		  "line 1 column 24: a number does not fit into 64 bits" },
		{ "{\"a\":1e999}", "$", "line 1 column 10: a number does not fit into 64 bits" },
		{ "{\"a\":01}", "$", "line 1 column 6: this is not JSON" },
		{ "{\"a\":NaN}", "$", "line 1 column 8: this is not JSON" },
		{ "{\"a\":1,}", "$", "line 1 column 8: this is not JSON" },
		{ "{'a':1}", "$", "line 1 column 2: this is not JSON" },
		{ "// x\n{}", "$", "line 1 column 1: this is not JSON" },
		{ "\xef\xbb\xbf{}", "$", "line 1 column 1: this is not JSON" },
		{ "[]", "$", "is not an object" },
		{ "1", "$", "line 1 column 1: this is not JSON" },
		{ "{}", "$.instance", "is missing" },
	};

	EXPECT_CASES(frame_json, cases);
}

TEST(document_fields_hold)
{
	static const struct judge_case cases[] = {
		{ ",'schemaVersion':1,'tasks':[]", NULL, NULL },
		{ ",'schemaVersion':1", ".tasks", "is missing" },
		{ ",'tasks':[]", ".schemaVersion", "is missing" },
		{ ",'schemaVersion':0,'tasks':[]", ".schemaVersion", "is 0, allowed is 1 to 1" },
		{ ",'schemaVersion':2,'tasks':[]", ".schemaVersion", "is 2, allowed is 1 to 1" },
		{ ",'schemaVersion':1.0,'tasks':[]", ".schemaVersion",
		  "is a number with a fraction or an exponent, expected is an integer" },
		{ ",'schemaVersion':1e0,'tasks':[]", ".schemaVersion",
		  "is a number with a fraction or an exponent, expected is an integer" },
		{ ",'schemaVersion':'1','tasks':[]", ".schemaVersion",
		  "is a string, expected is an integer" },
		{ ",'schemaVersion':true,'tasks':[]", ".schemaVersion",
		  "is true or false, expected is an integer" },
		{ ",'schemaVersion':1,'tasks':{}", ".tasks",
		  "is an object, expected is a list of objects" },
		{ ",'schemaVersion':1,'tasks':null", ".tasks",
		  "is null, expected is a list of objects" },
		{ ",'schemaVersion':1,'tasks':[1]", ".tasks[0]",
		  "is an integer, expected is an object" },
		{ ",'schemaVersion':1,'tasks':[{}]", ".tasks[0].taskDefinition", "is missing" },
		{ ",'schemaVersion':1,'tasks':[],'extra':1", ".extra", "is not a known field" },
		{ ",'schemaVersion':1,'tasks':[],'SchemaVersion':1", ".SchemaVersion",
		  "is not a known field" },
		{ ",'schemaVersion':1,'tasks':[],'a\\u001b[2J':1", ".a?[2J",
		  "is not a known field" },
		{ ",'schemaVersion':1,'tasks':[],'':1", ".", "is not a known field" },
	};

	EXPECT_CASES(frame_document, cases);
}

TEST(instance_fields_hold)
{
	static const struct judge_case cases[] = {
		{ "", NULL, NULL },
		{ ",'placement':'multi'", NULL, NULL },
		{ ",'placement':'single'", NULL, NULL },
		{ ",'placement':'single-use'", NULL, NULL },
		{ ",'placement':'MULTI'", ".placement", "is not one of multi, single, single-use" },
		{ ",'metadataOptions':{}", NULL, NULL },
		{ ",'metadataOptions':{'httpEndpoint':'disabled'}", NULL, NULL },
		{ ",'metadataOptions':{'httpEndpoint':'enabled'}", NULL, NULL },
		{ ",'metadataOptions':{'httpEndpoint':'on'}", ".metadataOptions.httpEndpoint",
		  "is not one of disabled, enabled" },
		{ ",'metadataOptions':{'httpEndpoint':true}", ".metadataOptions.httpEndpoint",
		  "is true or false, expected is a string" },
		{ ",'metadataOptions':{'httpTokens':'required'}", ".metadataOptions.httpTokens",
		  "is not a known field" },
		{ ",'scaleInAfter':-1", NULL, NULL },
		{ ",'scaleInAfter':3600", NULL, NULL },
		{ ",'scaleInAfter':-2", ".scaleInAfter", "is -2, allowed is -1 to 3600" },
		{ ",'scaleInAfter':3601", ".scaleInAfter", "is 3601, allowed is -1 to 3600" },
		{ ",'scaleInAfter':9223372036854775807", ".scaleInAfter",
		  "is 9223372036854775807, allowed is -1 to 3600" },
		{ ",'lifetime':{}", NULL, NULL },
		{ ",'lifetime':{'drainAfter':30,'deadAfter':31}", NULL, NULL },
		{ ",'lifetime':{'drainAfter':29,'deadAfter':31}", ".lifetime.drainAfter",
		  "is 29, allowed is 30 to 1206000" },
		{ ",'lifetime':{'drainAfter':1206000}", NULL, NULL },
		{ ",'lifetime':{'drainAfter':1206001}", ".lifetime.drainAfter",
		  "is 1206001, allowed is 30 to 1206000" },
		{ ",'lifetime':{'deadAfter':1209600}", NULL, NULL },
		{ ",'lifetime':{'deadAfter':1209601}", ".lifetime.deadAfter",
		  "is 1209601, allowed is 31 to 1209600" },
		{ ",'lifetime':{'deadAfter':-1}", ".lifetime.deadAfter",
		  "is -1, allowed is 31 to 1209600" },
		{ ",'lifetime':{'drainAfter':40,'deadAfter':40}", ".lifetime.drainAfter",
		  "is 40 (as given or by default), not less than deadAfter, 40" },
		{ ",'lifetime':{'deadAfter':3600}", ".lifetime.drainAfter",
		  "is 1206000 (as given or by default), not less than deadAfter, 3600" },
		{ ",'lifetime':{'deadAfter':'60'}", ".lifetime.deadAfter",
		  "is a string, expected is an integer" },
		{ ",'lifetime':{'never':true}", ".lifetime.never", "is not a known field" },
		{ ",'lifetime':60", ".lifetime", "is an integer, expected is an object" },
		{ ",'privilegedCapabilities':[]", NULL, NULL },
		{ ",'privilegedCapabilities':['BPF','CAP_PERFMON','CHOWN']", NULL, NULL },
		{ ",'privilegedCapabilities':['ALL']", NULL, NULL },
		{ ",'privilegedCapabilities':['NET_ADMIN','SUDO']", ".privilegedCapabilities[1]",
		  "is not a Linux capability, nor ALL" },
		{ ",'privilegedCapabilities':['CAP_ALL']", ".privilegedCapabilities[0]",
		  "is not a Linux capability, nor ALL" },
		{ ",'privilegedCapabilities':[21]", ".privilegedCapabilities[0]",
		  "is an integer, expected is a string" },
		{ ",'privilegedCapabilities':'ALL'", ".privilegedCapabilities",
		  "is a string, expected is a list of strings" },
		{ ",'fips':true", ".fips", "is not a known field" },
		{ ",'attributes':{}", NULL, NULL },
		{ ",'attributes':{'zone':'a b','ecs.x-y/z_1':''}", NULL, NULL },
		{ ",'attributes':{'a b':'x'}", ".attributes.a b",
		  "has a key that is not made of letters, digits and . _ - / alone" },
		{ ",'attributes':{'':'x'}", ".attributes.",
		  "has a key of 0 bytes, allowed are 1 to 127" },
		{ ",'attributes':{'a':1}", ".attributes.a", "is an integer, expected is a string" },
		{ ",'attributes':{'a':'x\\ny'}", ".attributes.a",
		  "has a character outside A-Z a-z 0-9 space and _.:/@+,=*[]()<>-$?%;'!" },
		{ ",'attributes':[]", ".attributes",
		  "is a list, expected is an object of strings" },
	};

	EXPECT_CASES(frame_instance, cases);
}

#define RANGE(from, start, to, end)                                \
	"{'startWeekDay':'" from "','startHour':" start ",'endWeekDay':'" \
	to "','endHour':" end "}"
#define RANGES(text) ",'eventWindow':{'timeRanges':[" text "]}"
#define CRON(text) ",'eventWindow':{'cronExpression':'" text "'}"

TEST(event_window_holds)
{
	static const struct judge_case cases[] = {
		{ ",'eventWindow':{}", NULL, NULL },
		{ RANGES(""), NULL, NULL },
		{ RANGES(RANGE("monday", "2", "monday", "6")), NULL, NULL },
		{ RANGES(RANGE("saturday", "22", "sunday", "2")), NULL, NULL },
		{ RANGES(RANGE("friday", "1", "friday", "0")), NULL, NULL },
		{ RANGES(RANGE("monday", "2", "monday", "4") ","
			 RANGE("sunday", "0", "sunday", "2")), NULL, NULL },
		{ RANGES(RANGE("monday", "2", "monday", "5")),
		  ".eventWindow", "has 3 hours a week, at least 4 are needed" },
		{ RANGES(RANGE("monday", "2", "monday", "5") ","
			 RANGE("monday", "3", "monday", "5")),
		  ".eventWindow", "has 3 hours a week, at least 4 are needed" },
		{ RANGES(RANGE("monday", "2", "tuesday", "2") ","
			 RANGE("sunday", "0", "sunday", "1")),
		  ".eventWindow.timeRanges[1]", "has 1 hours, at least 2 are needed" },
		{ RANGES(RANGE("monday", "2", "monday", "2")),
		  ".eventWindow.timeRanges[0]", "has 0 hours, at least 2 are needed" },
		{ RANGES(RANGE("Monday", "2", "monday", "6")),
		  ".eventWindow.timeRanges[0].startWeekDay",
		  "is not one of sunday, monday, tuesday, wednesday, thursday, friday, saturday" },
		{ RANGES(RANGE("monday", "24", "monday", "6")),
		  ".eventWindow.timeRanges[0].startHour", "is 24, allowed is 0 to 23" },
		{ RANGES("{'startWeekDay':'monday','startHour':2,'endHour':6}"),
		  ".eventWindow.timeRanges[0].endWeekDay", "is missing" },
		{ CRON("* 0-4,20-23 * * 1,5"), NULL, NULL },
		{ CRON("* 0-2,4-6 * * SUN"), NULL, NULL },
		{ CRON("* 20-23 * * 1"), ".eventWindow",
		  "has 3 hours a week, at least 4 are needed" },
		{ CRON("0 20-23 * * 1"), ".eventWindow.cronExpression",
		  "is not '* HOURS * * DAYS' like * 0-4,20-23 * * 1,5" },
		{ ",'eventWindow':{'cronExpression':'* 0-4 * * 1','timeRanges':["
		  RANGE("monday", "2", "monday", "6") "]}", ".eventWindow",
		  "has both timeRanges and cronExpression, allowed is one" },
		{ ",'eventWindow':{'name':'x'}", ".eventWindow.name", "is not a known field" },
		{ ",'eventWindow':'* 0-4 * * *'", ".eventWindow",
		  "is a string, expected is an object" },
	};

	EXPECT_CASES(frame_instance, cases);
}

TEST(telemetry_and_network_hold)
{
	static const struct judge_case cases[] = {
		{ ",'telemetry':{'endpoint':'http://10.0.2.2:4318'}", NULL, NULL },
		{ ",'telemetry':{'endpoint':'http://[fd00::2]:1/v1',"
		  "'logsEndpoint':'http://1.2.3.4:65535'}", NULL, NULL },
		{ ",'telemetry':{}", ".telemetry.endpoint", "is missing" },
		{ ",'telemetry':{'endpoint':''}", ".telemetry.endpoint",
		  "has 0 bytes, allowed are 1 to 255" },
		{ ",'telemetry':{'endpoint':'https://10.0.2.2:4318'}", ".telemetry.endpoint",
		  "is https, which is not supported by this version" },
		{ ",'telemetry':{'endpoint':'http://collector:4318'}", ".telemetry.endpoint",
		  "is not http://ADDRESS:PORT with an address in numbers" },
		{ ",'telemetry':{'endpoint':'http://10.0.2.2'}", ".telemetry.endpoint",
		  "is not http://ADDRESS:PORT with an address in numbers" },
		{ ",'telemetry':{'endpoint':'http://10.0.2.2:65536'}", ".telemetry.endpoint",
		  "is not http://ADDRESS:PORT with an address in numbers" },
		{ ",'telemetry':{'endpoint':'http://10.0.2.2:1','metricsEndpoint':''}",
		  ".telemetry.metricsEndpoint", "is not a known field" },
		{ ",'network':{'address':'10.0.2.15/24'}", NULL, NULL },
		{ ",'network':{'address':'10.0.2.15/24','gateway':'10.0.2.2','dns':['10.0.2.3',"
		  "'::1']}", NULL, NULL },
		{ ",'network':{'address':'fd00::15/64','gateway':'fd00::2'}", NULL, NULL },
		{ ",'network':{'address':'10.0.2.15/32'}", NULL, NULL },
		{ ",'network':{'address':'10.0.2.15/33'}", ".network.address",
		  "is not an address with its prefix, like 10.0.2.15/24" },
		{ ",'network':{'address':'10.0.2.15/0'}", ".network.address",
		  "is not an address with its prefix, like 10.0.2.15/24" },
		{ ",'network':{'address':'10.0.2.15'}", ".network.address",
		  "is not an address with its prefix, like 10.0.2.15/24" },
		{ ",'network':{'address':'fd00::1/129'}", ".network.address",
		  "is not an address with its prefix, like 10.0.2.15/24" },
		{ ",'network':{}", ".network.address", "is missing" },
		{ ",'network':{'address':'10.0.2.15/24','gateway':'10.0.3.2'}", ".network.gateway",
		  "is not inside $.instance.network.address" },
		{ ",'network':{'address':'10.0.2.127/25','gateway':'10.0.2.128'}",
		  ".network.gateway", "is not inside $.instance.network.address" },
		{ ",'network':{'address':'10.0.2.127/24','gateway':'10.0.2.128'}", NULL, NULL },
		{ ",'network':{'address':'10.0.2.1/25','gateway':'10.0.2.65'}", NULL, NULL },
		{ ",'network':{'address':'10.0.2.15/24','gateway':'fd00::2'}", ".network.gateway",
		  "is not of the same family as $.instance.network.address" },
		{ ",'network':{'address':'10.0.2.15/24','gateway':'10.0.2.15'}", ".network.gateway",
		  "is the instance itself" },
		{ ",'network':{'address':'10.0.2.15/24','gateway':'router'}", ".network.gateway",
		  "is not an IPv4 or IPv6 address" },
		{ ",'network':{'address':'10.0.2.15/24','dns':['1.1.1.1','x']}", ".network.dns[1]",
		  "is not an IPv4 or IPv6 address" },
		{ ",'network':{'address':'10.0.2.15/24','dns':['1.1.1.1','1.1.1.2','1.1.1.3']}",
		  NULL, NULL },
		{ ",'network':{'address':'10.0.2.15/24','dns':['1.1.1.1','1.1.1.2','1.1.1.3',"
		  "'1.1.1.4']}", ".network.dns", "has 4 items, allowed are 0 to 3" },
	};

	EXPECT_CASES(frame_instance, cases);
}
/* clang-format on */

/* The instance's id in a document, `n` letters long. */
static int judge_id(int n, struct refusal *why)
{
	char document[512];
	struct plan *p;
	int r;

	snprintf(document, sizeof(document),
		 "{\"schemaVersion\":1,\"instance\":{\"id\":\"%0*d\"},"
		 "\"tasks\":[]}",
		 n, 1);
	r = (int)intake_judge(document, strlen(document), &p, why);
	plan_free(p);
	return r;
}

TEST(instance_id_has_1_to_127_bytes)
{
	struct refusal why;

	EXPECT_EQ(INTAKE_ACCEPTED, judge_id(1, &why));
	EXPECT_EQ(INTAKE_ACCEPTED, judge_id(127, &why));
	EXPECT_EQ(INTAKE_REFUSED, judge_id(128, &why));
	EXPECT_STREQ("$.instance.id", why.path);
	EXPECT_STREQ("has 128 bytes, allowed are 1 to 127", why.reason);
}

/* `n` times the text between head and tail. */
static int judge_repeated(const char *head, const char *text, size_t n,
			  const char *tail, struct refusal *why)
{
	AUTO_FREE char *document = NULL;
	FILE *out;
	size_t len = 0;
	struct plan *p;
	int r;

	out = open_memstream(&document, &len);
	if (!out)
		return -1;
	fputs(head, out);
	for (size_t i = 0; i < n; i++)
		fputs(text, out);
	fputs(tail, out);
	fclose(out);
	r = (int)intake_judge(document, len, &p, why);
	plan_free(p);
	return r;
}

TEST(nesting_is_held_at_32_levels)
{
	struct refusal why;

	/* Deep enough for any field; what stands there is unknown. */
	EXPECT_EQ(INTAKE_REFUSED,
		  judge_repeated("{\"a\":", "[", 31,
				 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", &why));
	EXPECT_STREQ("$.instance", why.path);
	EXPECT_EQ(INTAKE_REFUSED,
		  judge_repeated("{\"a\":", "[", 32,
				 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", &why));
	EXPECT_STREQ("is nested deeper than 32 levels", why.reason);
	EXPECT_EQ(INTAKE_REFUSED, judge_repeated("", "[", 1000000, "", &why));
	EXPECT_STREQ("is nested deeper than 32 levels", why.reason);
}

TEST(brackets_in_texts_are_not_levels)
{
	struct refusal why;

	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_repeated("{\"instance\":{\"id\":\"i\"},\"\\\"", "[", 40,
				 "\":1}", &why));
	EXPECT_STREQ("is not a known field", why.reason);
}

TEST(values_are_held_at_100000)
{
	struct refusal why;

	EXPECT_EQ(INTAKE_REFUSED,
		  judge_repeated("{\"a\":[1", ",1", 99998, "]}", &why));
	EXPECT_STREQ("is missing", why.reason);
	EXPECT_EQ(INTAKE_REFUSED,
		  judge_repeated("{\"a\":[1", ",1", 99999, "]}", &why));
	EXPECT_STREQ("has more than 100000 values", why.reason);
}

TEST(attributes_are_held_at_16)
{
	char document[2048];
	struct refusal why;

	for (int n = 16; n <= 17; n++) {
		size_t len = (size_t)snprintf(
			document, sizeof(document),
			"{\"schemaVersion\":1,\"tasks\":[],\"instance\":"
			"{\"id\":\"i\",\"attributes\":{");
		struct plan *p;

		for (int i = 0; i < n; i++)
			len += (size_t)snprintf(document + len,
						sizeof(document) - len,
						"%s\"a%d\":\"b\"", i ? "," : "",
						i);
		len += (size_t)snprintf(document + len, sizeof(document) - len,
					"}}}");
		EXPECT_EQ(n == 16 ? INTAKE_ACCEPTED : INTAKE_REFUSED,
			  intake_judge(document, len, &p, &why));
		plan_free(p);
	}
	EXPECT_STREQ("$.instance.attributes", why.path);
	EXPECT_STREQ("has 17 items, allowed are 0 to 16", why.reason);
}

TEST(all_capabilities_are_written_out_in_the_plan)
{
	static const char document[] =
		"{\"schemaVersion\":1,\"instance\":{\"id\":\"i\","
		"\"privilegedCapabilities\":[\"ALL\"]},\"tasks\":[]}";
	struct refusal why;
	struct plan *p;
	bool has_net_admin = false;

	ASSERT_EQ(INTAKE_ACCEPTED,
		  intake_judge(document, strlen(document), &p, &why));
	/* All but the defaults, and NET_RAW for the host's network. */
	EXPECT_EQ(41 - 13, p->instance.privileged_capabilities.count);
	for (uint32_t i = 0; i < 28; i++) {
		const char *word = p->instance.privileged_capabilities.items[i];

		EXPECT_STRNE("ALL", word);
		EXPECT_STRNE("CHOWN", word);
		has_net_admin |= strcmp(word, "NET_ADMIN") == 0;
	}
	EXPECT_TRUE(has_net_admin);
	plan_free(p);
}

TEST(the_refused_plan_has_the_whole_instance)
{
	static const char document[] =
		"{\"schemaVersion\":7,\"tasks\":3,\"instance\":{\"id\":\"i-9\","
		"\"telemetry\":{\"endpoint\":\"http://10.0.2.2:4318\"},"
		"\"network\":{\"address\":\"10.0.2.15/24\","
		"\"dns\":[\"10.0.2.3\"]},\"attributes\":{\"zone\":\"z\"},"
		"\"metadataOptions\":{\"httpEndpoint\":\"enabled\"},"
		"\"scaleInAfter\":5,\"placement\":\"single\"}}";
	struct refusal why;
	struct plan *p;

	ASSERT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  intake_judge(document, strlen(document), &p, &why));
	EXPECT_TRUE(p->is_refused);
	EXPECT_EQ(1, p->schema_version);
	EXPECT_STREQ("i-9", p->instance.id);
	EXPECT_STREQ("http://10.0.2.2:4318", p->instance.telemetry_endpoint);
	EXPECT_STREQ("10.0.2.15/24", p->instance.network_address);
	EXPECT_STREQ("10.0.2.3", p->instance.network_dns.items[0]);
	EXPECT_STREQ("zone", p->instance.attributes.items[0].name);
	EXPECT_STREQ("z", p->instance.attributes.items[0].value);
	EXPECT_EQ(5, p->instance.scale_in_after_s);
	EXPECT_EQ(PLAN_SINGLE, p->instance.placement);
	EXPECT_EQ(1, p->instance.metadata_is_open);
	EXPECT_EQ(0, p->tasks.count);
	plan_free(p);
}

TEST_HARNESS_MAIN

/* What json and otlp write is read back with another implementation. */
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "runtime/base/channel.h"
#include "runtime/base/json.h"
#include "runtime/uplink/otlp.h"

#include "kselftest_harness.h"

static char buffer[65536];

static json_t *parse(const struct json *j)
{
	return json_loadb(j->text, j->len,
			  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
}

TEST(every_byte_comes_back_or_becomes_the_replacement_character)
{
	for (unsigned int c = 0; c < 256; c++) {
		char text[3] = { 'a', (char)c, 'b' };
		char want[8] = { 'a', (char)c, 'b' };
		size_t len = 3;
		struct json j;
		json_t *root;
		json_t *s;

		if (c >= 0x80) {
			memcpy(want,
			       "a\xef\xbf\xbd"
			       "b",
			       5);
			len = 5;
		}
		json_start(&j, buffer, sizeof(buffer));
		json_open(&j, '[');
		json_bytes(&j, text, 3);
		json_close(&j, ']');
		root = parse(&j);
		ASSERT_NE(NULL, root);
		s = json_array_get(root, 0);
		ASSERT_EQ(len, json_string_length(s));
		EXPECT_EQ(0, memcmp(want, json_string_value(s), len));
		json_decref(root);
	}
}

TEST(base64_is_that_of_the_rfc)
{
	static const char *const rows[][2] = {
		{ "", "[\"\"]" },
		{ "f", "[\"Zg==\"]" },
		{ "fo", "[\"Zm8=\"]" },
		{ "foo", "[\"Zm9v\"]" },
		{ "foob", "[\"Zm9vYg==\"]" },
		{ "fooba", "[\"Zm9vYmE=\"]" },
		{ "foobar", "[\"Zm9vYmFy\"]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json j;

		json_start(&j, buffer, sizeof(buffer));
		json_open(&j, '[');
		json_base64(&j, rows[i][0], strlen(rows[i][0]));
		json_close(&j, ']');
		ASSERT_EQ(strlen(rows[i][1]), j.len);
		EXPECT_EQ(0, memcmp(rows[i][1], j.text, j.len));
	}
}

TEST(sixty_four_bit_numbers_are_strings)
{
	struct json j;

	json_start(&j, buffer, sizeof(buffer));
	json_open(&j, '[');
	json_int_text(&j, INT64_MIN);
	json_uint_text(&j, UINT64_MAX);
	json_int(&j, -5);
	json_uint(&j, UINT64_MAX);
	json_bool(&j, true);
	json_close(&j, ']');
	j.text[j.len] = '\0';
	EXPECT_STREQ("[\"-9223372036854775808\",\"18446744073709551615\","
		     "-5,18446744073709551615,true]",
		     j.text);
}

TEST(a_name_from_outside_is_escaped_as_a_text_is)
{
	struct json j;

	json_start(&j, buffer, sizeof(buffer));
	json_open(&j, '{');
	json_name(&j, "a\"b");
	json_text(&j, "1");
	json_name(&j, "\n");
	json_int(&j, 2);
	json_close(&j, '}');
	j.text[j.len] = '\0';
	EXPECT_STREQ("{\"a\\\"b\":\"1\",\"\\n\":2}", j.text);
}

TEST(a_full_buffer_is_remembered_and_can_be_taken_back)
{
	struct json j, saved;

	json_start(&j, buffer, 10);
	json_open(&j, '[');
	json_text(&j, "abc");
	saved = j;
	json_text(&j, "abcdef");
	EXPECT_TRUE(j.is_full);
	EXPECT_GE(10, j.len);
	j = saved;
	EXPECT_FALSE(j.is_full);
	json_close(&j, ']');
	EXPECT_EQ(7, j.len);
	EXPECT_EQ(0, memcmp("[\"abc\"]", j.text, 7));
}

static const struct channel_config config = {
	.size = sizeof(config),
	.attribute_count = 1,
	.instance_id = "i-1",
	.image_version = "v\"1",
	.attributes = { { "stage", "test" } },
};

static const struct channel_stream stream = {
	.source = CHANNEL_STDOUT,
	.task_id = "ab12",
	.family = "fam",
	.container = "web",
	.image = "nginx:1",
};

static const json_t *attribute(const json_t *list, const char *key)
{
	const json_t *one;
	size_t i;

	json_array_foreach(
		list, i,
		one) if (strcmp(json_string_value(json_object_get(one, "key")),
				key) == 0) return json_object_get(one, "value");
	return NULL;
}

static const char *text_of(const json_t *list, const char *key)
{
	const char *s = json_string_value(
		json_object_get(attribute(list, key), "stringValue"));

	return s ? s : "(none)";
}

static json_t *first(const json_t *object, const char *key)
{
	return json_array_get(json_object_get(object, key), 0);
}

static json_t *one_log(const struct channel_stream *s)
{
	struct json j;

	json_start(&j, buffer, sizeof(buffer));
	otlp_open(&j, OTLP_LOGS);
	otlp_resource_open(&j, OTLP_LOGS, &config, s);
	otlp_log_open(&j, &(struct otlp_log){ .time_ns = 12,
					      .observed_ns = 13,
					      .severity = 17,
					      .event_name = "ev",
					      .body = "b\0c",
					      .body_len = 3 });
	otlp_attribute_int(&j, "n", -3);
	otlp_attribute_bool(&j, "t", true);
	otlp_log_close(&j);
	otlp_resource_close(&j);
	otlp_close(&j);
	return parse(&j);
}

TEST(a_log_record_is_what_the_protocol_says)
{
	json_t *root = one_log(&stream);
	json_t *resource = first(root, "resourceLogs");
	json_t *scope = first(resource, "scopeLogs");
	json_t *log = first(scope, "logRecords");
	const json_t *list = json_object_get(log, "attributes");

	ASSERT_NE(NULL, log);
	EXPECT_STREQ("12",
		     json_string_value(json_object_get(log, "timeUnixNano")));
	EXPECT_STREQ("13", json_string_value(json_object_get(
				   log, "observedTimeUnixNano")));
	EXPECT_EQ(17,
		  json_integer_value(json_object_get(log, "severityNumber")));
	EXPECT_STREQ("ERROR",
		     json_string_value(json_object_get(log, "severityText")));
	EXPECT_STREQ("ev",
		     json_string_value(json_object_get(log, "eventName")));
	EXPECT_EQ(3, json_string_length(json_object_get(
			     json_object_get(log, "body"), "stringValue")));
	EXPECT_STREQ("-3", json_string_value(json_object_get(
				   attribute(list, "n"), "intValue")));
	EXPECT_TRUE(json_is_true(
		json_object_get(attribute(list, "t"), "boolValue")));
	json_decref(root);
}

TEST(a_container_and_the_instance_are_told_apart_by_their_resource)
{
	json_t *root = one_log(&stream);
	const json_t *list = json_object_get(
		json_object_get(first(root, "resourceLogs"), "resource"),
		"attributes");

	EXPECT_STREQ("fam", text_of(list, "service.name"));
	EXPECT_STREQ("i-1", text_of(list, "host.id"));
	EXPECT_STREQ("v\"1", text_of(list, "os.version"));
	EXPECT_STREQ("test", text_of(list, "stage"));
	EXPECT_STREQ("fam", text_of(list, "aws.ecs.task.family"));
	EXPECT_STREQ("ab12", text_of(list, "aws.ecs.task.id"));
	EXPECT_STREQ("web", text_of(list, "container.name"));
	EXPECT_STREQ("nginx:1", text_of(list, "container.image.name"));
	json_decref(root);
	root = one_log(NULL);
	list = json_object_get(json_object_get(first(root, "resourceLogs"),
					       "resource"),
			       "attributes");
	EXPECT_STREQ("cloister", text_of(list, "service.name"));
	EXPECT_STREQ("(none)", text_of(list, "container.name"));
	json_decref(root);
}

TEST(a_counter_is_a_cumulative_monotonic_sum_and_a_gauge_is_not)
{
	static const enum otlp_kind kinds[] = { OTLP_COUNTER, OTLP_UPDOWN,
						OTLP_GAUGE };

	for (size_t i = 0; i < 3; i++) {
		json_t *root, *metric, *sum, *point;
		struct json j;

		json_start(&j, buffer, sizeof(buffer));
		json_open(&j, '[');
		otlp_metric_open(&j, "m", "By", kinds[i]);
		otlp_point(&j, &(struct otlp_point){ .start_ns = 1,
						     .time_ns = 2,
						     .number = 3,
						     .keys = { "k" },
						     .values = { "v" } });
		otlp_metric_close(&j, kinds[i]);
		json_close(&j, ']');
		root = parse(&j);
		metric = json_array_get(root, 0);
		ASSERT_NE(NULL, metric);
		sum = json_object_get(metric, i < 2 ? "sum" : "gauge");
		point = first(sum, "dataPoints");
		EXPECT_STREQ("3", json_string_value(
					  json_object_get(point, "asInt")));
		EXPECT_EQ(i < 2 ? 2 : 0,
			  json_integer_value(json_object_get(
				  sum, "aggregationTemporality")));
		EXPECT_EQ(i == 0,
			  json_is_true(json_object_get(sum, "isMonotonic")));
		json_decref(root);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/* The longest list and the longest text pass, one more does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

#define CONTAINER ",\"name\":\"a\""

/* `head`, then n items with commas between them, then `tail`. */
struct list_case {
	const struct judge_frame *frame;
	const char *head;
	const char *item; /* each @ becomes the item's number */
	const char *tail;
	int max;
	const char *path;
};

static void put_item(FILE *out, const char *item, int n)
{
	for (; *item; item++) {
		if (*item == '@')
			fprintf(out, "%d", n);
		else
			fputc(*item, out);
	}
}

static char *list_text(const struct list_case *c, int n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs(c->head, out);
	for (int i = 0; i < n; i++) {
		fputs(i ? "," : "", out);
		put_item(out, c->item, i + 1);
	}
	fputs(c->tail, out);
	fclose(out);
	return text;
}

static int list_fails(const struct list_case *c, int n, char said[1024])
{
	AUTO_FREE char *text = list_text(c, n);
	struct judge_case one = { .text = text };
	char reason[128];

	if (!text)
		return 1;
	snprintf(reason, sizeof(reason), "has %d items, allowed are 0 to %d", n,
		 c->max);
	if (n > c->max) {
		one.path = c->path;
		one.reason = reason;
	}
	return judge_case_fails(c->frame, &one, said);
}

/* clang-format off */
static const struct list_case list_cases[] = {
	{ &frame_document, ",'schemaVersion':1,'tasks':[",
	  "{'taskDefinition':{'family':'f@','networkMode':'none','memory':'64',"
	  "'containerDefinitions':[{'name':'a','image':'b'}]}}", "]", 256, ".tasks" },
	{ &frame_task, ",'family':'f','volumes':[", "{'name':'v@'}", "]", 64, ".volumes" },
	{ &frame_task, ",'family':'f','tags':[", "{'key':'k@'}", "]", 50, ".tags" },
	{ &frame_task, ",'family':'f','requiresCompatibilities':[", "'EC2'", "]", 8,
	  ".requiresCompatibilities" },
	{ &frame_container, CONTAINER ",'command':[", "'@'", "]", 256, ".command" },
	{ &frame_container, CONTAINER ",'entryPoint':[", "'@'", "]", 256, ".entryPoint" },
	{ &frame_container, CONTAINER ",'environment':[", "{'name':'n@','value':''}", "]", 256,
	  ".environment" },
	{ &frame_container, CONTAINER ",'dockerLabels':{", "'n@':''", "}", 256, ".dockerLabels" },
	{ &frame_container, CONTAINER ",'mountPoints':[",
	  "{'sourceVolume':'data','containerPath':'/p@'}", "]", 32, ".mountPoints" },
	{ &frame_container, CONTAINER ",'portMappings':[", "{'containerPort':@}", "]", 100,
	  ".portMappings" },
	{ &frame_container, CONTAINER ",'linuxParameters':{'tmpfs':[",
	  "{'containerPath':'/p@','size':1}", "]}", 16, ".linuxParameters.tmpfs" },
	{ &frame_container,
	  CONTAINER ",'linuxParameters':{'tmpfs':[{'containerPath':'/p','size':1,"
	  "'mountOptions':[", "'rw'", "]}]}", 32, ".linuxParameters.tmpfs[0].mountOptions" },
	{ &frame_container, CONTAINER ",'linuxParameters':{'capabilities':{'add':[", "'KILL'",
	  "]}}", 64, ".linuxParameters.capabilities.add" },
	{ &frame_container, CONTAINER ",'linuxParameters':{'capabilities':{'drop':[", "'KILL'",
	  "]}}", 64, ".linuxParameters.capabilities.drop" },
	{ &frame_instance, ",'privilegedCapabilities':[", "'BPF'", "]", 64,
	  ".privilegedCapabilities" },
};
/* clang-format on */

TEST(lists_hold_their_longest)
{
	for (size_t i = 0; i < ARRAY_SIZE(list_cases); i++) {
		const struct list_case *c = &list_cases[i];
		char said[1024] = "";

		EXPECT_EQ(0, list_fails(c, c->max, said))
		TH_LOG("%s: %s", c->path, said);
		EXPECT_EQ(0, list_fails(c, c->max + 1, said))
		TH_LOG("%s: %s", c->path, said);
	}
}

/* `head`, n letters, `tail`. */
struct text_case {
	const struct judge_frame *frame;
	const char *head;
	const char *tail;
	int min;
	int max;
	const char *path;
};

static int text_fails(const struct text_case *c, int n, char said[1024])
{
	size_t size = strlen(c->head) + strlen(c->tail) + (size_t)n + 1;
	AUTO_FREE char *text = malloc(size);
	struct judge_case one = { .text = text };
	char reason[128];

	if (!text)
		return 1;
	memset(text, 'x', size);
	memcpy(text, c->head, strlen(c->head));
	memcpy(text + strlen(c->head) + n, c->tail, strlen(c->tail) + 1);
	/* A path's first slash is in the head. */
	n += c->head[strlen(c->head) - 1] == '/';
	snprintf(reason, sizeof(reason), "has %d bytes, allowed are %d to %d",
		 n, c->min, c->max);
	if (n > c->max) {
		one.path = c->path;
		one.reason = reason;
	}
	return judge_case_fails(c->frame, &one, said);
}

/* clang-format off */
static const struct text_case text_cases[] = {
	{ &frame_task, ",'family':'", "'", 1, 255, ".family" },
	{ &frame_task, ",'family':'f','executionRoleArn':'", "'", 0, 2048, ".executionRoleArn" },
	{ &frame_task, ",'family':'f','volumes':[{'name':'", "'}]", 1, 255, ".volumes[0].name" },
	{ &frame_task, ",'family':'f','tags':[{'key':'", "'}]", 1, 512, ".tags[0].key" },
	{ &frame_task, ",'family':'f','tags':[{'key':'k','value':'", "'}]", 0, 1024,
	  ".tags[0].value" },
	{ &frame_container, ",'name':'", "'", 1, 255, ".name" },
	{ &frame_container, CONTAINER ",'user':'", "'", 1, 255, ".user" },
	{ &frame_container, CONTAINER ",'workingDirectory':'/", "'", 1, 1023, ".workingDirectory" },
	{ &frame_container, CONTAINER ",'command':['", "']", 0, 131071, ".command[0]" },
	{ &frame_container, CONTAINER ",'environment':[{'value':'','name':'", "'}]", 1, 255,
	  ".environment[0].name" },
	{ &frame_container, CONTAINER ",'mountPoints':[{'sourceVolume':'data','containerPath':'/",
	  "'}]", 1, 1023, ".mountPoints[0].containerPath" },
	{ &frame_container, CONTAINER ",'linuxParameters':{'tmpfs':[{'size':1,'containerPath':'/",
	  "'}]}", 1, 1023, ".linuxParameters.tmpfs[0].containerPath" },
	{ &frame_containers, "{'name':'a','image':'", "'}", 1, 255, "[0].image" },
	{ &frame_instance, ",'attributes':{'a':'", "'}", 0, 127, ".attributes.a" },
};
/* clang-format on */

TEST(texts_hold_their_longest)
{
	for (size_t i = 0; i < ARRAY_SIZE(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		int slash = c->head[strlen(c->head) - 1] == '/';
		char said[1024] = "";

		EXPECT_EQ(0, text_fails(c, c->max - slash, said))
		TH_LOG("%s: %s", c->path, said);
		EXPECT_EQ(0, text_fails(c, c->max - slash + 1, said))
		TH_LOG("%s: %s", c->path, said);
	}
}

TEST(one_environment_has_60000_bytes_at_most)
{
	static const struct text_case sum = {
		&frame_container,
		CONTAINER ",\"environment\":[{\"name\":\"n\",\"value\":\"",
		"\"},{\"name\":\"m\",\"value\":\"0123456789\"}]",
		0,
		59984,
		".environment"
	};
	AUTO_FREE char *text = NULL;
	struct judge_case one = { .path = ".environment" };
	char said[1024] = "";
	size_t size = 70000;

	/* n= m=0123456789 and two NULs are 16 bytes. */
	EXPECT_EQ(0, text_fails(&sum, 59984, said)) TH_LOG("%s", said);
	text = malloc(size);
	ASSERT_NE(NULL, text);
	snprintf(text, size, "%s%059985d%s", sum.head, 0, sum.tail);
	one.text = text;
	one.reason = "has 60001 bytes, allowed is 0 to 60000";
	EXPECT_EQ(0, judge_case_fails(&frame_container, &one, said))
	TH_LOG("%s", said);
}

TEST_HARNESS_MAIN

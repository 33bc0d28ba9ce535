// SPDX-License-Identifier: MIT
/* Secrets and environment files: from the document to who asks for them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/wipe.h"
#include "tests/unit/base/memory.h"
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* clang-format off */
#define DOCUMENT(more, entry, members) \
	"{'schemaVersion':1,'instance':{'id':'i-1'}" more ",'tasks':[{" entry \
	"'taskDefinition':{'family':'web','memory':'512','networkMode':'none'," \
	"'containerDefinitions':[{'name':'a','image':'i'" members "}]}}]}"

#define DB "arn:aws:secretsmanager:eu-central-1:1:secret:db-AbCdEf"
#define WEB "arn:aws:s3:::settings/web.env"
#define MORE ",'secrets':{'" DB "':'hunter2','" DB ":pass::':'p w','/plain/name':'n'}" \
	",'files':{'" WEB "':'A=1\\nB= two \\n','other.env':'A=3\\nC=4'}"

static const struct judge_frame frame = {
	.document = DOCUMENT(MORE, "", "@"),
	.path = "$.tasks[0].taskDefinition.containerDefinitions[0]",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

static const struct judge_frame frame_files = {
	.document = DOCUMENT(MORE, "'secretsAs':'files',", "@"),
	.path = "$.tasks[0].taskDefinition.containerDefinitions[0]",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

static const struct judge_frame frame_more = {
	.document = DOCUMENT("@", "", ""),
	.path = "$",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

#define SECRET(name, from) "{'name':'" name "','valueFrom':'" from "'}"
#define FILE_OF(value) "{'value':'" value "','type':'s3'}"

static const struct judge_case secrets_cases[] = {
	{ ",'secrets':[]", NULL, NULL },
	{ ",'secrets':[" SECRET("PASS", DB) "]", NULL, NULL },
	{ ",'secrets':[" SECRET("PASS", DB ":pass::") "," SECRET("N", "/plain/name") "]",
	  NULL, NULL },
	{ ",'secrets':[" SECRET("PASS", DB ":other::") "]", ".secrets[0].valueFrom",
	  "is not in $.secrets" },
	{ ",'secrets':[" SECRET("PASS", "plain/name") "]", ".secrets[0].valueFrom",
	  "is not in $.secrets" },
	/* A file is no secret, nor the other way round. */
	{ ",'secrets':[" SECRET("PASS", WEB) "]", ".secrets[0].valueFrom", "is not in $.secrets" },
	{ ",'secrets':[{'name':'A'}]", ".secrets[0].valueFrom", "is missing" },
	{ ",'secrets':[{'valueFrom':'A'}]", ".secrets[0].name", "is missing" },
	{ ",'secrets':[" SECRET("A=B", DB) "]", ".secrets[0].name",
	  "is not a name: it is empty or has an = in it" },
	{ ",'secrets':[" SECRET("A", DB) "," SECRET("A", "/plain/name") "]", ".secrets[1].name",
	  "is listed already" },
	{ ",'environment':[{'name':'A','value':''}],'secrets':[" SECRET("A", DB) "]",
	  ".secrets[0].name", "is a name in environment, too" },
	{ ",'environmentFiles':[]", NULL, NULL },
	{ ",'environmentFiles':[" FILE_OF(WEB) "]", NULL, NULL },
	{ ",'environmentFiles':[" FILE_OF("web.env") "]", ".environmentFiles[0].value",
	  "is not in $.files" },
	{ ",'environmentFiles':[" FILE_OF(DB) "]", ".environmentFiles[0].value",
	  "is not in $.files" },
	{ ",'environmentFiles':[{'value':'" WEB "','type':'http'}]", ".environmentFiles[0].type",
	  "is not one of s3" },
	{ ",'environmentFiles':[{'value':'" WEB "'}]", ".environmentFiles[0].type", "is missing" },
	{ ",'environmentFiles':[" FILE_OF(WEB) "," FILE_OF(WEB) "," FILE_OF(WEB) "," FILE_OF(WEB)
	  "," FILE_OF(WEB) "," FILE_OF(WEB) "," FILE_OF(WEB) "," FILE_OF(WEB) "," FILE_OF(WEB) ","
	  FILE_OF(WEB) "," FILE_OF(WEB) "]", ".environmentFiles",
	  "has 11 items, allowed are 0 to 10" },
};

static const struct judge_case secrets_as_files_cases[] = {
	{ ",'secrets':[" SECRET("db.pass-1", DB) "]", NULL, NULL },
	{ ",'environment':[{'name':'A','value':''}],'secrets':[" SECRET("A", DB) "]", NULL, NULL },
	{ ",'secrets':[" SECRET("a/b", DB) "]", ".secrets[0].name",
	  "is not a name for a file: letters, digits, ., - and _" },
	{ ",'secrets':[" SECRET("..", DB) "]", ".secrets[0].name",
	  "is not a name for a file: letters, digits, ., - and _" },
	{ ",'secrets':[" SECRET("A", DB) "," SECRET("A", DB) "]", ".secrets[1].name",
	  "is listed already" },
	{ ",'secrets':[" SECRET("A", "none") "]", ".secrets[0].valueFrom", "is not in $.secrets" },
	{ ",'secrets':[" SECRET("A", DB) "],'linuxParameters':{'tmpfs':["
	  "{'containerPath':'/run','size':1}]}", NULL, NULL },
	{ ",'secrets':[" SECRET("A", DB) "],'linuxParameters':{'tmpfs':["
	  "{'containerPath':'/run/secrets/','size':1}]}", ".secrets",
	  "are files in /run/secrets, where the container mounts something" },
};

static const struct judge_case more_cases[] = {
	{ ",'secrets':{},'files':{}", NULL, NULL },
	{ ",'files':{'a':''}", NULL, NULL },
	{ ",'secrets':{'a':''}", ".secrets.a", "is empty" },
	{ ",'secrets':{'a b':'x'}", ".secrets.a b",
	  "has a key that has a character that is not printable ASCII, or a blank" },
	{ ",'files':{'':'x'}", ".files.", "has a key of 0 bytes, allowed are 1 to 65536" },
	{ ",'secrets':{'a':1}", ".secrets.a", "is an integer, expected is a string" },
	{ ",'secrets':[]", ".secrets", "is a list, expected is an object of strings" },
};
/* clang-format on */

TEST(secrets_and_files_hold)
{
	EXPECT_CASES(frame, secrets_cases);
}

TEST(secrets_as_files_hold)
{
	EXPECT_CASES(frame_files, secrets_as_files_cases);
}

TEST(the_documents_secrets_and_files_hold)
{
	EXPECT_CASES(frame_more, more_cases);
}

static struct plan *judge(const struct judge_frame *f, const char *members)
{
	char *document = judge_document(f, members);
	struct plan *p = NULL;
	struct refusal why;

	if (document)
		intake_judge(document, strlen(document), &p, &why);
	wipe_free(document);
	return p;
}

static const struct plan_container *first(const struct plan *p)
{
	return &p->tasks.items[0].containers.items[0];
}

/* "A=1 B=2 ", in the order of the list. */
static void join(const struct plan_pairs *pairs, char text[512])
{
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < pairs->count; i++)
		n += (size_t)snprintf(text + n, 512 - n, "%s=%s;",
				      pairs->items[i].name,
				      pairs->items[i].value);
}

static const struct file_case {
	const char *text; /* of the file, as JSON has it */
	const char *variables;
} file_cases[] = {
	{ "", "" },
	{ "A=1", "A=1;" },
	{ "A=1\\n", "A=1;" },
	{ "A=1\\r\\nB=2\\r\\n", "A=1;B=2;" },
	{ "\\n\\nA=1\\n\\n", "A=1;" },
	{ "# A=1\\n#B=2\\nC=3", "C=3;" },
	{ " # A=1", " # A=1;" },
	{ "A=1 # no comment", "A=1 # no comment;" },
	{ "A= 1 ", "A= 1 ;" },
	{ "A=\\\"x y\\\"", "A=\"x y\";" },
	{ "A=b=c", "A=b=c;" },
	{ "export A=1", "export A=1;" },
	{ "A\\nB=1", "B=1;" },
	{ "A=\\nB=1", "B=1;" },
	{ "=1\\nB=1", "B=1;" },
	{ "A=1\\nA=2", "A=2;" },
	{ "A=1\\rB=2", "A=1\rB=2;" },
};

TEST(files_are_read_as_the_ecs_agent_reads_them)
{
	for (size_t i = 0; i < sizeof(file_cases) / sizeof(file_cases[0]);
	     i++) {
		char document[2048], text[512];
		const struct judge_frame f = { .document = document };
		struct plan *p;

		snprintf(document, sizeof(document),
			 DOCUMENT(",'files':{'f':'%s'}", "",
				  ",'environmentFiles':[" FILE_OF("f") "]@"),
			 file_cases[i].text);
		p = judge(&f, "");
		ASSERT_NE(NULL, p);
		join(&first(p)->environment, text);
		EXPECT_STREQ(file_cases[i].variables, text);
		plan_free(p);
	}
}

TEST(environment_wins_over_secrets_and_files_and_the_first_file_over_others)
{
	struct plan *p = judge(
		&frame,
		",'environment':[{'name':'B','value':'own'}],"
		"'secrets':[" SECRET(
			"C", DB) "],"
				 "'environmentFiles':[" FILE_OF(
					 WEB) "," FILE_OF("other.env") "]");
	char text[512];

	ASSERT_NE(NULL, p);
	join(&first(p)->environment, text);
	EXPECT_STREQ("B=own;C=hunter2;A=1;", text);
	EXPECT_EQ(0, first(p)->secrets.count);
	EXPECT_EQ(0, first(p)->environment_files.count);
	EXPECT_EQ(0, p->secrets.count);
	EXPECT_EQ(0, p->files.count);
	plan_free(p);
}

TEST(secrets_as_files_are_not_in_the_environment)
{
	struct plan *p =
		judge(&frame_files, ",'secrets':[" SECRET("db", DB) "," SECRET(
					    "n", "/plain/name") "]");
	char text[512];

	ASSERT_NE(NULL, p);
	EXPECT_EQ(0, first(p)->environment.count);
	join(&first(p)->secrets, text);
	EXPECT_STREQ("db=hunter2;n=n;", text);
	plan_free(p);
}

TEST(files_with_too_many_variables_or_too_long_names_are_refused)
{
	char said[1024], document[16384], lines[12288];
	const struct judge_frame f = {
		.document = document,
		.path = frame.path,
		.refused = INTAKE_REFUSED_WITH_PLAN,
	};
	struct judge_case c = { .text = "" };
	size_t n = 0;

	for (int i = 0; i < 256; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "V%d=1\\n",
				      i);
	for (int more = 0; more < 2; more++) {
		snprintf(document, sizeof(document),
			 DOCUMENT(",'files':{'f':'%s%s'}", "",
				  ",'environmentFiles':[" FILE_OF("f") "]@"),
			 lines, more ? "X=1" : "");
		if (more) {
			c.path = ".environmentFiles[0].value";
			c.reason = "makes more than 256 variables of the "
				   "container";
		}
		EXPECT_EQ(0, judge_case_fails(&f, &c, said)) TH_LOG("%s", said);
	}
	memset(lines, 'x', 256);
	lines[256] = '\0';
	snprintf(document, sizeof(document),
		 DOCUMENT(",'files':{'f':'%s=1'}", "",
			  ",'environmentFiles':[" FILE_OF("f") "]@"),
		 lines);
	c.reason = "has a name of more than 255 bytes";
	EXPECT_EQ(0, judge_case_fails(&f, &c, said)) TH_LOG("%s", said);
}

/* ------------------------------------------------------------------ memory */

#define H MEMORY_HIDE
static const char hidden[] = { H('s'), H('e'), H('c'), H('-'), H('8'), H('2'),
			       H('a'), H('f'), H('1'), H('7'), H('d'), H('0') };

/* clang-format off */
#define CANARIES DOCUMENT(",'secrets':{'s':'%s'},'files':{'f':'A=%s'}", "", \
	",'secrets':[" SECRET("S", "s") "],'environmentFiles':[" FILE_OF("f") "]%s")
/* clang-format on */

/* The canary as a secret, and as a value of an environment file. */
static char *canary_document(const char *last)
{
	char canary[sizeof(hidden) + 1];
	size_t size = 4096;
	char *document = malloc(size);

	memory_show(hidden, sizeof(hidden), canary);
	if (document)
		snprintf(document, size, CANARIES, canary, canary, last);
	explicit_bzero(canary, sizeof(canary));
	for (char *c = document; c && *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return document;
}

/* What the making of a document left on the stack is none of the judge's. */
static void clear_stack(void)
{
	char block[65536];

	explicit_bzero(block, sizeof(block));
}

static const struct memory_case {
	const char *last;
	enum intake_verdict verdict;
} memory_cases[] = {
	{ "", INTAKE_ACCEPTED },
	{ ",'volumesFrom':[{}]", INTAKE_REFUSED_WITH_PLAN },
	{ ",'secrets':[", INTAKE_REFUSED },
};

/* As main.c and serve.c do it: the tree, the plan and its packed form. */
static int judge_and_wipe(const struct memory_case *c, int *while_judged)
{
	char *document = canary_document(c->last);
	struct err e = ERR_NONE;
	void *data = NULL;
	struct refusal why;
	struct plan *p;
	size_t len;
	int r = 0;

	if (!document)
		return -1;
	clear_stack();
	if (intake_judge(document, strlen(document), &p, &why) != c->verdict)
		r = -2;
	*while_judged = memory_count(hidden, sizeof(hidden));
	if (p && plan_pack(p, &data, &len, &e) < 0)
		r = -3;
	wipe_free(document);
	plan_free(p);
	wipe_free(data);
	return r;
}

/*
 * Each case twice: the loader saves registers on the stack where a shared
 * library calls a function for the first time.
 */
TEST(nothing_of_a_secret_stays_in_memory)
{
	int there;

	json_set_alloc_funcs(malloc, wipe_free);
	for (size_t i = 0; i < sizeof(memory_cases) / sizeof(memory_cases[0]);
	     i++) {
		ASSERT_EQ(0, judge_and_wipe(&memory_cases[i], &there));
		ASSERT_EQ(0, judge_and_wipe(&memory_cases[i], &there));
		EXPECT_LT(0, there);
		EXPECT_EQ(0, memory_count(hidden, sizeof(hidden)))
		TH_LOG("%s", memory_cases[i].last);
	}
}

TEST_HARNESS_MAIN

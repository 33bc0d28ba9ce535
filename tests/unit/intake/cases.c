// SPDX-License-Identifier: MIT
#include "tests/unit/intake/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"

#define CONTAINERS "$.tasks[0].taskDefinition.containerDefinitions"
/* clang-format off */
#define HEAD(instance_members) \
	"{'schemaVersion':1,'instance':{'id':'i-1'" instance_members "},'tasks':["
/* clang-format on */

const struct judge_frame frame_instance = {
	.document = HEAD("@") "]}",
	.path = "$.instance",
	.refused = INTAKE_REFUSED,
};

const struct judge_frame frame_document = {
	.document = "{'instance':{'id':'i-1'}@}",
	.path = "$",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

/* clang-format off */
const struct judge_frame frame_entry = {
	.document = HEAD("")
		"{'taskDefinition':{'family':'web','networkMode':'host',"
		"'containerDefinitions':[{'name':'a','image':'a','memory':64}]}@}]}",
	.path = "$.tasks[0]",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

const struct judge_frame frame_task = {
	.document = HEAD("")
		"{'taskDefinition':{'networkMode':'host'@,'containerDefinitions':["
		"{'name':'a','image':'a','memory':64,'cpu':256}]}}]}",
	.path = "$.tasks[0].taskDefinition",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

const struct judge_frame frame_container = {
	.document = HEAD(",'privilegedCapabilities':['CAP_NET_ADMIN','SYS_NICE']")
		"{'taskDefinition':{'family':'web','memory':'512','networkMode':'host',"
		"'volumes':[{'name':'data'}],'containerDefinitions':[{'image':'a'@}]}}]}",
	.path = CONTAINERS "[0]",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

const struct judge_frame frame_containers = {
	.document = HEAD("")
		"{'taskDefinition':{'family':'web','memory':'512','cpu':'1 vCPU',"
		"'networkMode':'awsvpc','containerDefinitions':[@]}}]}",
	.path = CONTAINERS,
	.refused = INTAKE_REFUSED_WITH_PLAN,
};
/* clang-format on */

char *judge_document(const struct judge_frame *f, const char *text)
{
	const char *hole = strchr(f->document, '@');
	size_t size = strlen(f->document) + strlen(text) + 1;
	char *document = malloc(size);

	if (!document)
		return NULL;
	snprintf(document, size, "%.*s%s%s", (int)(hole - f->document),
		 f->document, text, hole + 1);
	for (char *c = document; *c && !f->is_verbatim; c++) {
		if (*c == '\'')
			*c = '"';
	}
	return document;
}

static int differs(const struct judge_frame *f, const struct judge_case *c,
		   enum intake_verdict verdict, const struct refusal *why,
		   char said[1024])
{
	enum intake_verdict expected = c->path ? f->refused : INTAKE_ACCEPTED;
	char path[512] = "";

	if (c->path)
		snprintf(path, sizeof(path), "%s%s",
			 c->path[0] == '$' ? "" : f->path, c->path);
	if (verdict == expected && strcmp(path, why->path) == 0 &&
	    strcmp(c->reason ? c->reason : "", why->reason) == 0)
		return 0;
	snprintf(said, 1024, "verdict %d at '%s': '%s'", (int)verdict,
		 why->path, why->reason);
	return 1;
}

/* What was judged well is well for the other side of the wire, too. */
static int is_lost_on_the_way(const struct plan *p, char said[1024])
{
	AUTO_FREE void *data = NULL;
	struct err e = ERR_NONE;
	struct plan *q = NULL;
	size_t len;
	int r = plan_pack(p, &data, &len, &e);

	if (r == 0)
		r = plan_unpack(data, len, &q, &e);
	plan_free(q);
	if (r < 0)
		snprintf(said, 1024, "unpack: %s", e.message);
	return r < 0;
}

int judge_case_fails(const struct judge_frame *f, const struct judge_case *c,
		     char said[1024])
{
	AUTO_FREE char *document = judge_document(f, c->text);
	enum intake_verdict verdict;
	struct plan *p = NULL;
	struct refusal why;
	int r;

	if (!document)
		return 1;
	verdict = intake_judge(document, strlen(document), &p, &why);
	r = differs(f, c, verdict, &why, said);
	if (r == 0 && p)
		r = is_lost_on_the_way(p, said);
	if (r == 0 && (p != NULL) != (verdict != INTAKE_REFUSED))
		r = 1;
	if (r == 0 && p &&
	    (p->is_refused != (verdict != INTAKE_ACCEPTED) ||
	     (p->is_refused && p->tasks.count)))
		r = 1;
	plan_free(p);
	return r;
}

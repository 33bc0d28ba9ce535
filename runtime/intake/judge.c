// SPDX-License-Identifier: MIT
#include <errno.h>
#include <jansson.h>

#include "runtime/intake/document.h"
#include "runtime/intake/intake.h"
#include "runtime/intake/json_fields.h"
#include "runtime/intake/rules.h"

/* The instance comes first: with it alone the refusal can leave. */
static int judge_instance(json_t *root, struct json_reader *r, struct plan *p)
{
	const struct field *f = field_find(&field_document, "instance", 8);
	int err;

	if (!json_is_object(root)) {
		refusal_set_path(r->why, "$");
		return refuse(r->why, "is not an object");
	}
	err = json_read_member(r, json_object_get(root, f->key), f, p);
	if (err == 0)
		err = rules_check_instance(p, r->why);
	r->done = f;
	return err;
}

static int judge_rest(json_t *root, struct json_reader *r, struct plan *p)
{
	int err = json_read_object(r, root, &field_document, p);

	return err < 0 ? err : rules_check_tasks(p, r->why);
}

static void empty(struct plan *p)
{
	p->is_refused = true;
	p->schema_version = 1;
	p->tasks = (struct plan_tasks){ 0 };
}

static enum intake_verdict judge_root(json_t *root, struct plan *p,
				      struct refusal *why,
				      struct unused *unused)
{
	struct json_reader r;
	int err;

	json_reader_init(&r, p, why, unused);
	err = judge_instance(root, &r, p);
	if (err < 0)
		return err == -ENOMEM ? INTAKE_FAILED : INTAKE_REFUSED;
	err = judge_rest(root, &r, p);
	/* Who asked for one has it; the others are nobody's business. */
	p->files = p->secrets = (struct plan_pairs){ 0 };
	if (err == 0) {
		*why = (struct refusal){ .path = "" };
		return INTAKE_ACCEPTED;
	}
	if (err == -ENOMEM)
		return INTAKE_FAILED;
	empty(p);
	return INTAKE_REFUSED_WITH_PLAN;
}

enum intake_verdict intake_judge(const char *bytes, size_t len,
				 struct plan **plan, struct refusal *why)
{
	return intake_judge_noting(bytes, len, plan, why, NULL);
}

enum intake_verdict intake_judge_noting(const char *bytes, size_t len,
					struct plan **plan, struct refusal *why,
					struct unused *unused)
{
	enum intake_verdict verdict;
	json_t *root;

	*plan = NULL;
	*why = (struct refusal){ .path = "" };
	if (document_parse(bytes, len, &root, why) < 0)
		return INTAKE_REFUSED;
	*plan = plan_new();
	verdict = *plan ? judge_root(root, *plan, why, unused) : INTAKE_FAILED;
	json_decref(root);
	if (verdict == INTAKE_REFUSED || verdict == INTAKE_FAILED) {
		plan_free(*plan);
		*plan = NULL;
	}
	return verdict;
}

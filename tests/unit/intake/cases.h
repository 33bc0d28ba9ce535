// SPDX-License-Identifier: MIT
/*
 * cases: documents made of one changed part, judged, and compared with what
 * has to come out.
 *
 * A table of cases shares a frame, a document with one "@" in it. Each case's
 * text takes its place. In both, a ' stands for the " of JSON. `path` NULL: the
 * document has to be accepted. A path that begins with '.' is put behind the
 * frame's.
 */
#ifndef CLOISTER_TESTS_INTAKE_CASES_H
#define CLOISTER_TESTS_INTAKE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/intake/intake.h"

struct judge_case {
	const char *text;
	const char *path;
	const char *reason;
};

struct judge_frame {
	const char *document;
	const char *path;
	enum intake_verdict refused; /* the verdict of a refusal */
	bool is_verbatim;            /* a ' is a ' */
};

/* Instance members: {"id": "i-1" @} */
extern const struct judge_frame frame_instance;
/* Members of the document: {instance @} */
extern const struct judge_frame frame_document;
/* Members of one entry of tasks: {taskDefinition @} */
extern const struct judge_frame frame_entry;
/* Members of a task definition with one container, no task memory */
extern const struct judge_frame frame_task;
/* Members of a container of a host task with volume "data" and 512 MiB;
 * NET_ADMIN is permitted */
extern const struct judge_frame frame_container;
/* The items of containerDefinitions, in a task of 512 MiB and 1024 units */
extern const struct judge_frame frame_containers;

/*
 * Judges one case. Returns 0 as expected, else 1 with a sentence in `said`.
 */
int judge_case_fails(const struct judge_frame *f, const struct judge_case *c,
		     char said[1024]);

/* The document of a case, with its quotes; the caller frees it. */
char *judge_document(const struct judge_frame *f, const char *text);

/* Runs a table in a TEST. */
#define EXPECT_CASES(frame, cases)                                            \
	for (size_t i_ = 0; i_ < sizeof(cases) / sizeof((cases)[0]); i_++) {  \
		char said_[1024] = "";                                        \
                                                                              \
		EXPECT_EQ(0, judge_case_fails(&(frame), &(cases)[i_], said_)) \
		TH_LOG("%s: %s", (cases)[i_].text, said_);                    \
	}

#endif

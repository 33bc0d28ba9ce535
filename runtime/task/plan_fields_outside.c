// SPDX-License-Identifier: MIT
/*
 * Objects that have no place in the plan: those that are checked and have no
 * effect, and those that are refused whole, whose members have their rows here
 * so that the table leaves no member of ECS's API out.
 */
#include "runtime/task/plan.h"
#include "runtime/task/plan_rows.h"
#include "runtime/task/plan_syntax.h"

#define OPTION_BYTES_MAX 4096
#define OPTIONS_MAX 64

/* clang-format off */

/* ------------------------------------------------------------------- logs */

#define ELSEWHERE "sends output to a service of its own; here it goes to " \
		  "$.instance.telemetry"

struct log_configuration {
	uint32_t driver;
	struct plan_pairs options;
};

static const struct field_word log_driver_words[] = {
	{ "awslogs", 0, NULL },
	{ "json-file", 0, NULL },
	{ "journald", 0, NULL },
	{ "syslog", 0, ELSEWHERE },
	{ "gelf", 0, ELSEWHERE },
	{ "fluentd", 0, ELSEWHERE },
	{ "splunk", 0, ELSEWHERE },
	{ "awsfirelens", 0, ELSEWHERE },
	{ 0 },
};
static const struct field log_fields[] = {
	{ "logDriver", FIELD_WORD, .is_required = true,
	  AT(log_configuration, driver), .words = log_driver_words },
	{ "options", FIELD_MAP, AT(log_configuration, options),
	  .max = OPTIONS_MAX, .item_max = OPTION_BYTES_MAX },
	REFUSE("secretOptions", FIELD_LIST,
	       "is for drivers that send output to a service of their own"),
};
const struct field_table field_log_configuration =
	TABLE("LogConfiguration", struct log_configuration, log_fields);
/* clang-format on */

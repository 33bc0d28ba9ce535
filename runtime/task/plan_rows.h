/* SPDX-License-Identifier: MIT */
/*
 * plan_rows: how rows of the field tables are written, and the tables that
 * stand in files of their own. For the files of the tables alone.
 */
#ifndef CLOISTER_TASK_PLAN_ROWS_H
#define CLOISTER_TASK_PLAN_ROWS_H

#include "runtime/base/fd.h"
#include "runtime/task/plan_fields.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define TABLE(table_name, type, rows)                                     \
	{                                                                 \
		.name = table_name, .size = sizeof(type), .fields = rows, \
		.count = ARRAY_SIZE(rows)                                 \
	}
#define REFUSE(member, member_kind, reason)                                \
	{                                                                  \
		.key = member, .kind = member_kind, .fate = FIELD_REFUSED, \
		.why = reason                                              \
	}
/* The same, of an object whose members have rows as well. */
#define REFUSE_ALL(member, member_kind, its_table, reason)                 \
	{                                                                  \
		.key = member, .kind = member_kind, .fate = FIELD_REFUSED, \
		.table = its_table, .why = reason                          \
	}
#define LATER "is not supported by this version"
#define NOT_MANAGED "is not available on ECS Managed Instances"

/* plan_fields_network.c: one task's network interfaces. */
extern const struct field_table field_attachment;

/* plan_fields_outside.c: checked, and then without effect. */
extern const struct field_table field_log_configuration;

/* The same file: refused as a whole. */
extern const struct field_table field_repository_credentials;
extern const struct field_table field_resource_requirement;
extern const struct field_table field_firelens;
extern const struct field_table field_docker_volume;
extern const struct field_table field_efs_volume;
extern const struct field_table field_s3_files_volume;
extern const struct field_table field_fsx_volume;
extern const struct field_table field_placement_constraint;
extern const struct field_table field_proxy;
extern const struct field_table field_inference_accelerator;

#endif

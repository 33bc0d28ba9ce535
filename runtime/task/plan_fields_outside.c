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

/* ------------------------------------------------------- refused as a whole */

#define WITH_IT "is refused with what it is in"
#define NOWHERE(member, member_kind) REFUSE(member, member_kind, WITH_IT)
#define WHOLE(member, member_kind, its_table) \
	{ .key = member, .kind = member_kind, .fate = FIELD_REFUSED, \
	  .why = WITH_IT, .table = its_table }

/* Nothing is read into it. */
struct nothing {
	char none;
};

static const struct field repository_credentials_fields[] = {
	NOWHERE("credentialsParameter", FIELD_STRING),
};
const struct field_table field_repository_credentials =
	TABLE("RepositoryCredentials", struct nothing, repository_credentials_fields);

static const struct field resource_requirement_fields[] = {
	NOWHERE("value", FIELD_STRING),
	NOWHERE("type", FIELD_STRING),
};
const struct field_table field_resource_requirement =
	TABLE("ResourceRequirement", struct nothing, resource_requirement_fields);

static const struct field firelens_fields[] = {
	NOWHERE("type", FIELD_STRING),
	NOWHERE("options", FIELD_MAP),
};
const struct field_table field_firelens =
	TABLE("FirelensConfiguration", struct nothing, firelens_fields);

static const struct field docker_volume_fields[] = {
	NOWHERE("scope", FIELD_STRING),
	NOWHERE("autoprovision", FIELD_BOOL),
	NOWHERE("driver", FIELD_STRING),
	NOWHERE("driverOpts", FIELD_MAP),
	NOWHERE("labels", FIELD_MAP),
};
const struct field_table field_docker_volume =
	TABLE("DockerVolumeConfiguration", struct nothing, docker_volume_fields);

static const struct field efs_authorization_fields[] = {
	NOWHERE("accessPointId", FIELD_STRING),
	NOWHERE("iam", FIELD_STRING),
};
static const struct field_table efs_authorization_table =
	TABLE("EFSAuthorizationConfig", struct nothing,
	      efs_authorization_fields);

static const struct field efs_volume_fields[] = {
	NOWHERE("fileSystemId", FIELD_STRING),
	NOWHERE("rootDirectory", FIELD_STRING),
	NOWHERE("transitEncryption", FIELD_STRING),
	NOWHERE("transitEncryptionPort", FIELD_INT),
	WHOLE("authorizationConfig", FIELD_OBJECT, &efs_authorization_table),
};
const struct field_table field_efs_volume =
	TABLE("EFSVolumeConfiguration", struct nothing, efs_volume_fields);

static const struct field s3_files_volume_fields[] = {
	NOWHERE("fileSystemArn", FIELD_STRING),
	NOWHERE("rootDirectory", FIELD_STRING),
	NOWHERE("transitEncryptionPort", FIELD_INT),
	NOWHERE("accessPointArn", FIELD_STRING),
};
const struct field_table field_s3_files_volume =
	TABLE("S3FilesVolumeConfiguration", struct nothing, s3_files_volume_fields);

static const struct field fsx_authorization_fields[] = {
	NOWHERE("credentialsParameter", FIELD_STRING),
	NOWHERE("domain", FIELD_STRING),
};
static const struct field_table fsx_authorization_table =
	TABLE("FSxWindowsFileServerAuthorizationConfig", struct nothing,
	      fsx_authorization_fields);

static const struct field fsx_volume_fields[] = {
	NOWHERE("fileSystemId", FIELD_STRING),
	NOWHERE("rootDirectory", FIELD_STRING),
	WHOLE("authorizationConfig", FIELD_OBJECT, &fsx_authorization_table),
};
const struct field_table field_fsx_volume =
	TABLE("FSxWindowsFileServerVolumeConfiguration", struct nothing, fsx_volume_fields);

static const struct field placement_constraint_fields[] = {
	NOWHERE("type", FIELD_STRING),
	NOWHERE("expression", FIELD_STRING),
};
const struct field_table field_placement_constraint =
	TABLE("TaskDefinitionPlacementConstraint", struct nothing, placement_constraint_fields);

static const struct field proxy_fields[] = {
	NOWHERE("type", FIELD_STRING),
	NOWHERE("containerName", FIELD_STRING),
	NOWHERE("properties", FIELD_LIST),
};
const struct field_table field_proxy =
	TABLE("ProxyConfiguration", struct nothing, proxy_fields);

static const struct field inference_accelerator_fields[] = {
	NOWHERE("deviceName", FIELD_STRING),
	NOWHERE("deviceType", FIELD_STRING),
};
const struct field_table field_inference_accelerator =
	TABLE("InferenceAccelerator", struct nothing, inference_accelerator_fields);
/* clang-format on */

// SPDX-License-Identifier: MIT
#include "runtime/task/plan_fields.h"

#include <string.h>

#include "runtime/base/channel.h"
#include "runtime/base/fd.h"
#include "runtime/base/lifetime.h"
#include "runtime/base/source.h"
#include "runtime/task/plan.h"
#include "runtime/task/plan_rows.h"
#include "runtime/task/plan_syntax.h"

#define MEMORY_MIB_MIN 6	 /* ECS: Docker's least */
#define MEMORY_MIB_MAX (1 << 26) /* 64 TiB */
#define CPU_SHARES_MAX 262144	 /* ECS: the kernel's most */
#define TASK_CPU_MIN 128
#define TASK_CPU_MAX 196608 /* 192 vCPU */
#define STOP_TIMEOUT_MAX_S LIFETIME_DEAD_S
#define START_TIMEOUT_MAX_S 86400 /* ECS names a least one alone */
#define ARGUMENT_MAX 131071	  /* MAX_ARG_STRLEN, execve(2) */
#define PATH_BYTES_MAX 1023
#define TMPFS_MAX 16
#define ID_MAX 4294967294  /* 2^32 - 1 stands for no user, chown(2) */
#define PIDS_MAX 4194304   /* kernel.pid_max of the image, and ECS's most */
#define TIME_RANGES_MAX 84 /* of two hours each, a whole week */
#define DNS_MAX 3	   /* resolv.conf(5) MAXNS */
#define DEVICES_MAX 16	   /* with those of grants, LAUNCH_DEVICES_MAX */
#define SETTINGS_MAX 64	   /* within LAUNCH_SETTINGS_MAX */
#define SEARCH_MAX 6	   /* resolv.conf(5), search */
#define DOMAIN_BYTES_MAX 253
#define EXTRA_HOSTS_MAX 64 /* within NAMES_HOSTS_MAX */

/* clang-format off */

/* ---------------------------------------------------- of a task's container */

static const struct field environment_fields[] = {
	{ "name", FIELD_STRING, .is_required = true, AT(plan_pair, name),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_environment_name },
	{ "value", FIELD_STRING, .is_required = true, AT(plan_pair, value),
	  .max = PLAN_ENVIRONMENT_MAX },
};
static const struct field_table environment_table =
	TABLE("KeyValuePair", struct plan_pair, environment_fields);

static const struct field_word environment_file_words[] = {
	{ "s3", 0, NULL },
	{ 0 },
};
static const struct field environment_file_fields[] = {
	{ "value", FIELD_STRING, .is_required = true,
	  AT(plan_environment_file, value), .min = 1, .max = SYNTAX_REFERENCE_MAX },
	{ "type", FIELD_WORD, .is_required = true,
	  AT(plan_environment_file, type), .words = environment_file_words },
};
static const struct field_table environment_file_table =
	TABLE("EnvironmentFile", struct plan_environment_file,
	      environment_file_fields);

static const struct field secret_fields[] = {
	{ "name", FIELD_STRING, .is_required = true, AT(plan_pair, name),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_environment_name },
	/* In the plan that runtime gets the secret itself stands here. */
	{ "valueFrom", FIELD_STRING, .is_required = true, AT(plan_pair, value),
	  .min = 1, .max = PLAN_SECRET_MAX },
};
static const struct field_table secret_table =
	TABLE("Secret", struct plan_pair, secret_fields);

static const struct field_word condition_words[] = {
	{ "START", PLAN_START, NULL },
	{ "COMPLETE", PLAN_COMPLETE, NULL },
	{ "SUCCESS", PLAN_SUCCESS, NULL },
	{ "HEALTHY", PLAN_HEALTHY, NULL },
	{ 0 },
};
static const struct field depends_on_fields[] = {
	{ "containerName", FIELD_STRING, .is_required = true,
	  AT(plan_dependency, container_name), .min = 1, .max = PLAN_NAME_MAX,
	  .check = syntax_name },
	{ "condition", FIELD_WORD, .is_required = true,
	  AT(plan_dependency, condition), .words = condition_words },
};
static const struct field_table depends_on_table = TABLE("ContainerDependency",
	struct plan_dependency, depends_on_fields);

static const struct field restart_fields[] = {
	{ "enabled", FIELD_BOOL, .is_required = true,
	  AT(plan_container, restart.is_enabled) },
	{ "ignoredExitCodes", FIELD_INTS,
	  AT(plan_container, restart.ignored_exit_codes), .max = 50,
	  .item_max = 255 },
	{ "restartAttemptPeriod", FIELD_INT,
	  AT(plan_container, restart.attempt_period_s), .min = 60, .max = 1800,
	  .fallback = 300 },
};
static const struct field_table restart_table = TABLE("ContainerRestartPolicy",
	struct plan_container, restart_fields);

static const struct field health_fields[] = {
	{ "command", FIELD_STRINGS, .is_required = true,
	  AT(plan_container, health.command), .max = PLAN_LIST_MAX,
	  .item_max = ARGUMENT_MAX },
	{ "interval", FIELD_INT, AT(plan_container, health.interval_s),
	  .min = 5, .max = 300, .fallback = 30 },
	{ "timeout", FIELD_INT, AT(plan_container, health.timeout_s),
	  .min = 2, .max = 60, .fallback = 5 },
	{ "retries", FIELD_INT, AT(plan_container, health.retries),
	  .min = 1, .max = 10, .fallback = 3 },
	{ "startPeriod", FIELD_INT, AT(plan_container, health.start_period_s),
	  .min = 0, .max = 300 },
};
static const struct field_table health_table =
	TABLE("HealthCheck", struct plan_container, health_fields);

static const struct field ulimit_fields[] = {
	{ "name", FIELD_STRING, .is_required = true, AT(plan_ulimit, name),
	  .min = 1, .max = 32, .check = syntax_ulimit },
	{ "softLimit", FIELD_INT, .is_required = true, AT(plan_ulimit, soft),
	  .min = -1, .max = INT64_MAX },
	{ "hardLimit", FIELD_INT, .is_required = true, AT(plan_ulimit, hard),
	  .min = -1, .max = INT64_MAX },
};
static const struct field_table ulimit_table =
	TABLE("Ulimit", struct plan_ulimit, ulimit_fields);

static const struct field mount_point_fields[] = {
	{ "sourceVolume", FIELD_STRING, .is_required = true,
	  AT(plan_mount_point, source_volume), .min = 1, .max = PLAN_NAME_MAX,
	  .check = syntax_name },
	{ "containerPath", FIELD_STRING, .is_required = true,
	  AT(plan_mount_point, container_path), .min = 1,
	  .max = PATH_BYTES_MAX, .check = syntax_mount_target },
	{ "readOnly", FIELD_BOOL, AT(plan_mount_point, is_read_only) },
};
static const struct field_table mount_point_table = TABLE("MountPoint",
	struct plan_mount_point, mount_point_fields);

static const struct field volume_from_fields[] = {
	{ "sourceContainer", FIELD_STRING, .is_required = true,
	  AT(plan_volume_from, source_container), .min = 1,
	  .max = PLAN_NAME_MAX, .check = syntax_name },
	{ "readOnly", FIELD_BOOL, AT(plan_volume_from, is_read_only) },
};
static const struct field_table volume_from_table = TABLE("VolumeFrom",
	struct plan_volume_from, volume_from_fields);
static const struct field setting_fields[] = {
	{ "namespace", FIELD_STRING, .is_required = true, AT(plan_pair, name),
	  .min = 1, .max = PLAN_NAME_MAX - 32, .check = syntax_setting },
	{ "value", FIELD_STRING, .is_required = true, AT(plan_pair, value),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_setting_value },
};
static const struct field_table setting_table =
	TABLE("SystemControl", struct plan_pair, setting_fields);

static const struct field extra_host_fields[] = {
	{ "hostname", FIELD_STRING, .is_required = true,
	  AT(plan_host, hostname), .min = 1, .max = DOMAIN_BYTES_MAX,
	  .check = syntax_hostname },
	{ "ipAddress", FIELD_STRING, .is_required = true,
	  AT(plan_host, ip_address), .min = 1, .max = 63,
	  .check = syntax_address },
};
static const struct field_table extra_host_table =
	TABLE("HostEntry", struct plan_host, extra_host_fields);

static const struct field_word protocol_words[] = {
	{ "tcp", PLAN_TCP, NULL },
	{ "udp", PLAN_UDP, NULL },
	{ 0 },
};
#define SERVICE_CONNECT "it tells ECS Service Connect of the port, which is " \
			"not here"
static const struct field_word app_protocol_words[] = {
	{ "http", 0, NULL },
	{ "http2", 0, NULL },
	{ "grpc", 0, NULL },
	{ 0 },
};
static const struct field port_fields[] = {
	{ "containerPort", FIELD_INT, AT(plan_port, container_port), .min = 1,
	  .max = 65535 },
	{ "hostPort", FIELD_INT, AT(plan_port, host_port), .min = 0,
	  .max = 65535 },
	{ "protocol", FIELD_WORD, AT(plan_port, protocol),
	  .words = protocol_words, .fallback = PLAN_TCP },
	{ "name", FIELD_STRING, FIELD_NO_EFFECT, .min = 1, .max = 64,
	  .check = syntax_name, .why = SERVICE_CONNECT },
	{ "appProtocol", FIELD_WORD, FIELD_NO_EFFECT,
	  .words = app_protocol_words, .why = SERVICE_CONNECT },
	{ "containerPortRange", FIELD_STRING,
	  AT(plan_port, container_port_range), .min = 1, .max = 11,
	  .check = syntax_port_range },
};
static const struct field_table port_table =
	TABLE("PortMapping", struct plan_port, port_fields);

/* ------------------------------------------------------------------- Linux */

static const struct field capabilities_fields[] = {
	{ "add", FIELD_STRINGS, AT(plan_linux, capabilities_add), .max = 64,
	  .item_max = 32, .check = syntax_capability },
	{ "drop", FIELD_STRINGS, AT(plan_linux, capabilities_drop), .max = 64,
	  .item_max = 32, .check = syntax_capability },
};
static const struct field_table capabilities_table = TABLE("KernelCapabilities",
	struct plan_linux, capabilities_fields);

static const struct field tmpfs_fields[] = {
	{ "containerPath", FIELD_STRING, .is_required = true,
	  AT(plan_tmpfs, container_path), .min = 1, .max = PATH_BYTES_MAX,
	  .check = syntax_mount_target },
	{ "size", FIELD_INT, .is_required = true, AT(plan_tmpfs, size_mib),
	  .min = 1, .max = MEMORY_MIB_MAX },
	{ "mountOptions", FIELD_STRINGS, AT(plan_tmpfs, options), .max = 32,
	  .item_max = 64, .check = syntax_tmpfs_option,
	  .why = "size holds whatever nr_blocks says; without effect on a "
		 "tmpfs: remount, bind, mand, sync and what is about "
		 "propagation" },
};
static const struct field_table tmpfs_table =
	TABLE("Tmpfs", struct plan_tmpfs, tmpfs_fields);

static const struct field device_fields[] = {
	{ "hostPath", FIELD_STRING, .is_required = true,
	  AT(plan_device, host_path), .min = 1, .max = PATH_BYTES_MAX,
	  .check = syntax_path },
	{ "containerPath", FIELD_STRING, AT(plan_device, container_path),
	  .min = 1, .max = PATH_BYTES_MAX, .check = syntax_device_path },
	{ "permissions", FIELD_STRINGS, AT(plan_device, permissions),
	  .max = 3, .item_max = 8, .check = syntax_device_permission },
};
static const struct field_table device_table =
	TABLE("Device", struct plan_device, device_fields);

static const struct field linux_fields[] = {
	{ "capabilities", FIELD_OBJECT, .table = &capabilities_table },
	{ "devices", FIELD_LIST, AT(plan_linux, devices), .max = DEVICES_MAX,
	  .table = &device_table },
	{ "initProcessEnabled", FIELD_BOOL, AT(plan_linux, has_init_process) },
	{ "sharedMemorySize", FIELD_INT, AT(plan_linux, shared_memory_mib),
	  .min = 1, .max = MEMORY_MIB_MAX, .fallback = 64 },
	{ "tmpfs", FIELD_LIST, AT(plan_linux, tmpfs), .max = TMPFS_MAX,
	  .table = &tmpfs_table },
	{ "maxSwap", FIELD_INT, AT(plan_linux, max_swap_mib), .min = 0,
	  .max = MEMORY_MIB_MAX },
	{ "swappiness", FIELD_INT, FIELD_NO_EFFECT, .min = 0, .max = 100,
	  .why = "control groups of version 2 have none of their own" },
};
static const struct field_table linux_table =
	TABLE("LinuxParameters", struct plan_linux, linux_fields);

/* -------------------------------------------------------------- containers */

static const struct field_word consistency_words[] = {
	{ "enabled", 0, NULL },
	{ "disabled", 1, NULL },
	{ 0 },
};

static const struct field container_fields[] = {
	{ "name", FIELD_STRING, .is_required = true, AT(plan_container, name),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_name },
	{ "image", FIELD_STRING, .is_required = true, AT(plan_container, image),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_image },
	REFUSE_ALL("repositoryCredentials", FIELD_OBJECT,
	       &field_repository_credentials,
	       "is not supported: images come from the store disk"),
	{ "cpu", FIELD_INT, AT(plan_container, cpu_units), .min = 0,
	  .max = CPU_SHARES_MAX },
	{ "memory", FIELD_INT, AT(plan_container, memory_mib),
	  .min = MEMORY_MIB_MIN, .max = MEMORY_MIB_MAX },
	{ "memoryReservation", FIELD_INT,
	  AT(plan_container, memory_reservation_mib), .min = MEMORY_MIB_MIN,
	  .max = MEMORY_MIB_MAX },
	REFUSE("links", FIELD_LIST, "is not needed: the containers of a task share "
	       "its network, also in bridge mode"),
	{ "portMappings", FIELD_LIST, AT(plan_container, port_mappings),
	  .max = 100, .table = &port_table },
	{ "essential", FIELD_BOOL, AT(plan_container, is_essential),
	  .fallback = true },
	{ "restartPolicy", FIELD_OBJECT, .table = &restart_table },
	{ "entryPoint", FIELD_STRINGS, AT(plan_container, entry_point),
	  .max = PLAN_LIST_MAX, .item_max = ARGUMENT_MAX },
	{ "command", FIELD_STRINGS, AT(plan_container, command),
	  .max = PLAN_LIST_MAX, .item_max = ARGUMENT_MAX },
	{ "environment", FIELD_LIST, AT(plan_container, environment),
	  .max = PLAN_LIST_MAX, .table = &environment_table },
	{ "environmentFiles", FIELD_LIST,
	  AT(plan_container, environment_files), .max = 10,
	  .table = &environment_file_table },
	{ "mountPoints", FIELD_LIST, AT(plan_container, mount_points),
	  .max = PLAN_MOUNT_POINTS_MAX, .table = &mount_point_table },
	{ "volumesFrom", FIELD_LIST, AT(plan_container, volumes_from),
	  .max = PLAN_CONTAINERS_MAX, .table = &volume_from_table },
	{ "linuxParameters", FIELD_OBJECT,
	  AT(plan_container, linux_parameters), .table = &linux_table },
	{ "secrets", FIELD_LIST, AT(plan_container, secrets),
	  .max = PLAN_SECRETS_MAX, .table = &secret_table },
	{ "dependsOn", FIELD_LIST, AT(plan_container, depends_on),
	  .max = PLAN_CONTAINERS_MAX, .table = &depends_on_table },
	{ "startTimeout", FIELD_INT, AT(plan_container, start_timeout_s),
	  .min = 2, .max = START_TIMEOUT_MAX_S },
	{ "stopTimeout", FIELD_INT, AT(plan_container, stop_timeout_s),
	  .min = 0, .max = STOP_TIMEOUT_MAX_S, .fallback = 30 },
	{ "versionConsistency", FIELD_WORD, FIELD_NO_EFFECT,
	  .words = consistency_words,
	  .why = "the store disk holds one image per name" },
	{ "hostname", FIELD_STRING, AT(plan_container, hostname), .min = 1,
	  .max = PLAN_HOSTNAME_MAX, .check = syntax_hostname },
	{ "user", FIELD_STRING, AT(plan_container, user), .min = 1,
	  .max = PLAN_NAME_MAX, .check = syntax_user },
	{ "workingDirectory", FIELD_STRING,
	  AT(plan_container, working_directory), .min = 1,
	  .max = PATH_BYTES_MAX, .check = syntax_path },
	{ "disableNetworking", FIELD_BOOL,
	  AT(plan_container, is_network_disabled) },
	{ "privileged", FIELD_BOOL, AT(plan_container, is_privileged) },
	{ "readonlyRootFilesystem", FIELD_BOOL,
	  AT(plan_container, is_read_only_root) },
	{ "dnsServers", FIELD_STRINGS, AT(plan_container, dns_servers),
	  .max = DNS_MAX, .item_max = 63, .check = syntax_address },
	{ "dnsSearchDomains", FIELD_STRINGS,
	  AT(plan_container, dns_search_domains), .max = SEARCH_MAX,
	  .item_max = DOMAIN_BYTES_MAX, .check = syntax_hostname },
	{ "extraHosts", FIELD_LIST, AT(plan_container, extra_hosts),
	  .max = EXTRA_HOSTS_MAX, .table = &extra_host_table },
	REFUSE("dockerSecurityOptions", FIELD_LIST,
	       "is not supported: labels and no-new-privileges are never "
	       "chosen by a task"),
	REFUSE("interactive", FIELD_BOOL,
	       "is not supported: nobody can type into a container here"),
	REFUSE("pseudoTerminal", FIELD_BOOL,
	       "is not supported: output goes out as it is written, and "
	       "nobody is at a terminal"),
	{ "dockerLabels", FIELD_MAP, AT(plan_container, docker_labels),
	  .max = PLAN_LIST_MAX, .item_max = PLAN_ENVIRONMENT_MAX,
	  .why = "is without effect: a task is not told its own labels yet" },
	{ "ulimits", FIELD_LIST, AT(plan_container, ulimits), .max = 15,
	  .table = &ulimit_table },
	{ "logConfiguration", FIELD_OBJECT, FIELD_NO_EFFECT,
	  .table = &field_log_configuration,
	  .why = "output goes to $.instance.telemetry, and never blocks" },
	{ "healthCheck", FIELD_OBJECT, .table = &health_table },
	{ "systemControls", FIELD_LIST, AT(plan_container, settings),
	  .max = SETTINGS_MAX, .table = &setting_table },
	REFUSE_ALL("resourceRequirements", FIELD_LIST,
		   &field_resource_requirement, LATER),
	REFUSE_ALL("firelensConfiguration", FIELD_OBJECT, &field_firelens,
		   LATER),
	REFUSE("credentialSpecs", FIELD_LIST, "is for Windows containers"),
};
static const struct field_table container_table = TABLE("ContainerDefinition",
	struct plan_container, container_fields);

/* ------------------------------------------------------------------- tasks */

static const struct field host_fields[] = {
	REFUSE("sourcePath", FIELD_STRING,
	       "is not supported: a task has no access to the host's files"),
};
static const struct field_table host_table =
	TABLE("HostVolumeProperties", struct plan_volume, host_fields);

static const struct field volume_fields[] = {
	{ "name", FIELD_STRING, .is_required = true, AT(plan_volume, name),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_name },
	{ "host", FIELD_OBJECT, .table = &host_table },
	/* Not ECS's: its volumes belong to root, and hold what the disk does. */
	{ "uid", FIELD_INT, AT(plan_volume, uid), .min = 0, .max = ID_MAX },
	{ "gid", FIELD_INT, AT(plan_volume, gid), .min = 0, .max = ID_MAX },
	{ "mode", FIELD_STRING, AT(plan_volume, mode), .min = 3, .max = 4,
	  .check = syntax_mode },
	{ "sizeInMiB", FIELD_INT, AT(plan_volume, size_mib), .min = 1,
	  .max = MEMORY_MIB_MAX, .fallback = PLAN_VOLUME_MIB },
	REFUSE_ALL("dockerVolumeConfiguration", FIELD_OBJECT,
		   &field_docker_volume, NOT_MANAGED),
	REFUSE_ALL("efsVolumeConfiguration", FIELD_OBJECT, &field_efs_volume,
		   LATER),
	REFUSE_ALL("s3filesVolumeConfiguration", FIELD_OBJECT,
		   &field_s3_files_volume, LATER),
	REFUSE_ALL("fsxWindowsFileServerVolumeConfiguration", FIELD_OBJECT,
		   &field_fsx_volume,
	       NOT_MANAGED),
	REFUSE("configuredAtLaunch", FIELD_BOOL, LATER),
};
static const struct field_table volume_table =
	TABLE("Volume", struct plan_volume, volume_fields);

static const struct field tag_fields[] = {
	{ "key", FIELD_STRING, .is_required = true, AT(plan_pair, name),
	  .min = 1, .max = 512 },
	{ "value", FIELD_STRING, AT(plan_pair, value), .max = 1024 },
};
static const struct field_table tag_table =
	TABLE("Tag", struct plan_pair, tag_fields);

struct platform {
	uint32_t architecture;
	uint32_t family;
};

static const struct field_word architecture_words[] = {
	{ "X86_64", 0, NULL },
	{ "ARM64", 0, "is not this image's architecture, X86_64" },
	{ 0 },
};
static const struct field_word os_family_words[] = {
	{ "LINUX", 0, NULL },
	{ 0 },
};
static const struct field platform_fields[] = {
	{ "cpuArchitecture", FIELD_WORD, AT(platform, architecture),
	  .words = architecture_words },
	{ "operatingSystemFamily", FIELD_WORD, AT(platform, family),
	  .words = os_family_words },
};
static const struct field_table platform_table =
	TABLE("RuntimePlatform", struct platform, platform_fields);

static const struct field_word network_words[] = {
	{ "host", PLAN_NETWORK_HOST, NULL },
	{ "awsvpc", PLAN_NETWORK_AWSVPC, NULL },
	{ "none", PLAN_NETWORK_NONE, NULL },
	{ "bridge", PLAN_NETWORK_BRIDGE, NULL },
	{ 0 },
};

/* ECS's host mode shares with the instance, and so with every other task. */
#define NOT_SHARED \
	"is not supported: tasks share nothing with the instance and each " \
	"other; task shares among the containers of a task"
static const struct field_word pid_words[] = {
	{ "task", PLAN_OF_TASK, NULL },
	{ "host", 0, NOT_SHARED },
	{ 0 },
};
static const struct field_word ipc_words[] = {
	{ "task", PLAN_OF_TASK, NULL },
	{ "none", PLAN_OWN_WITHOUT_SHM, NULL },
	{ "host", 0, NOT_SHARED },
	{ 0 },
};

static const struct field ephemeral_storage_fields[] = {
	{ "sizeInGiB", FIELD_INT, .is_required = true,
	  AT(plan_task, ephemeral_gib), .min = 21, .max = 200 },
};
static const struct field_table ephemeral_storage_table = TABLE(
	"EphemeralStorage", struct plan_task, ephemeral_storage_fields);

static const struct field task_definition_fields[] = {
	{ "family", FIELD_STRING, .is_required = true, AT(plan_task, family),
	  .min = 1, .max = PLAN_NAME_MAX, .check = syntax_name },
	REFUSE("taskRoleArn", FIELD_STRING,
	       "is not supported by this version: there are no credentials "
	       "to give to the task"),
	{ "executionRoleArn", FIELD_STRING, FIELD_NO_EFFECT, .max = 2048,
	  .why = "nothing is fetched with it: images come from the store disk" },
	/* ECS's default, bridge, is what Managed Instances refuses. */
	{ "networkMode", FIELD_WORD, .is_required = true,
	  AT(plan_task, network_mode), .words = network_words },
	{ "containerDefinitions", FIELD_LIST, .is_required = true,
	  AT(plan_task, containers), .min = 1, .max = PLAN_CONTAINERS_MAX,
	  .table = &container_table },
	{ "volumes", FIELD_LIST, AT(plan_task, volumes), .max = 64,
	  .table = &volume_table },
	REFUSE_ALL("placementConstraints", FIELD_LIST,
		   &field_placement_constraint, LATER),
	{ "requiresCompatibilities", FIELD_STRINGS, FIELD_NO_EFFECT, .max = 8,
	  .item_max = 32, .check = syntax_name,
	  .why = "every field is checked here, whatever it was checked for" },
	{ "cpu", FIELD_CPU, AT(plan_task, cpu_units), .min = TASK_CPU_MIN,
	  .max = TASK_CPU_MAX },
	{ "memory", FIELD_MEMORY, AT(plan_task, memory_mib),
	  .min = MEMORY_MIB_MIN, .max = MEMORY_MIB_MAX },
	{ "tags", FIELD_LIST, FIELD_NO_EFFECT, .max = 50, .table = &tag_table,
	  .why = "tags are for the ECS console" },
	{ "pidMode", FIELD_WORD, AT(plan_task, pid_mode), .words = pid_words,
	  .fallback = PLAN_OWN },
	{ "ipcMode", FIELD_WORD, AT(plan_task, ipc_mode), .words = ipc_words,
	  .fallback = PLAN_OWN },
	REFUSE_ALL("proxyConfiguration", FIELD_OBJECT, &field_proxy,
		   NOT_MANAGED),
	REFUSE_ALL("inferenceAccelerators", FIELD_LIST,
		   &field_inference_accelerator, NOT_MANAGED),
	/* Not on Managed Instances; here the bound can be held. */
	{ "ephemeralStorage", FIELD_OBJECT, .table = &ephemeral_storage_table },
	{ "runtimePlatform", FIELD_OBJECT, FIELD_NO_EFFECT,
	  .table = &platform_table,
	  .why = "only the platform that this image is passes" },
	REFUSE("enableFaultInjection", FIELD_BOOL, LATER),
};
static const struct field_table task_definition_table = TABLE(
	"RegisterTaskDefinition", struct plan_task, task_definition_fields);

/* The defaults are those that ECS has for daemons: nothing runs twice. */
static const struct field deployment_fields[] = {
	{ "minimumHealthyPercent", FIELD_INT, AT(plan_task, least_percent),
	  .min = 0, .max = 100 },
	{ "maximumPercent", FIELD_INT, AT(plan_task, most_percent),
	  .min = 100, .max = 200, .fallback = 100 },
};
static const struct field_table deployment_table = TABLE(
	"DeploymentConfiguration", struct plan_task, deployment_fields);

static const struct field_word secrets_as_words[] = {
	{ "environment", 0, NULL },
	{ "files", 1, NULL },
	{ 0 },
};

static const struct field task_fields[] = {
	{ "taskDefinition", FIELD_OBJECT, .is_required = true,
	  .table = &task_definition_table },
	{ "count", FIELD_INT, AT(plan_task, count), .min = 0,
	  .max = PLAN_INSTANCES_MAX, .fallback = 1 },
	{ "daemon", FIELD_BOOL, AT(plan_task, is_daemon) },
	{ "critical", FIELD_BOOL, AT(plan_task, is_critical) },
	{ "deploymentConfiguration", FIELD_OBJECT, .table = &deployment_table },
	{ "secretsAs", FIELD_WORD, AT(plan_task, secrets_are_files),
	  .words = secrets_as_words },
	{ "pidsLimit", FIELD_INT, AT(plan_task, pids_limit), .min = 1,
	  .max = PIDS_MAX },
	{ "attachments", FIELD_LIST, AT(plan_task, attachments),
	  .max = PLAN_INSTANCES_MAX, .table = &field_attachment },
};
static const struct field_table task_table =
	TABLE("tasks", struct plan_task, task_fields);

/* ---------------------------------------------------------------- instance */

static const struct field_word placement_words[] = {
	{ "multi", PLAN_MULTI, NULL },
	{ "single", PLAN_SINGLE, NULL },
	{ "single-use", PLAN_SINGLE_USE, NULL },
	{ 0 },
};

static const struct field telemetry_fields[] = {
	{ "endpoint", FIELD_STRING, .is_required = true,
	  AT(plan_instance, telemetry_endpoint), .min = 1,
	  .max = CHANNEL_URL_MAX - 1, .check = syntax_endpoint },
	{ "logsEndpoint", FIELD_STRING,
	  AT(plan_instance, telemetry_logs_endpoint), .min = 1,
	  .max = CHANNEL_URL_MAX - 1, .check = syntax_endpoint },
};
static const struct field_table telemetry_table =
	TABLE("telemetry", struct plan_instance, telemetry_fields);

static const struct field documents_fields[] = {
	{ "url", FIELD_STRING, .is_required = true,
	  AT(plan_instance, documents_url), .min = 1,
	  .max = CHANNEL_URL_MAX - 1, .check = syntax_endpoint },
	{ "interval", FIELD_INT, AT(plan_instance, documents_interval_s),
	  .min = SOURCE_INTERVAL_MIN_S, .max = SOURCE_INTERVAL_MAX_S,
	  .fallback = 60 },
};
static const struct field_table documents_table =
	TABLE("documents", struct plan_instance, documents_fields);

static const struct field network_fields[] = {
	{ "address", FIELD_STRING, .is_required = true,
	  AT(plan_instance, network_address), .min = 1, .max = 63,
	  .check = syntax_cidr },
	{ "gateway", FIELD_STRING, AT(plan_instance, network_gateway),
	  .min = 1, .max = 63, .check = syntax_address },
	{ "dns", FIELD_STRINGS, AT(plan_instance, network_dns),
	  .max = DNS_MAX, .item_max = 63, .check = syntax_address },
};
static const struct field_table network_table =
	TABLE("network", struct plan_instance, network_fields);

static const struct field lifetime_fields[] = {
	{ "drainAfter", FIELD_INT, AT(plan_instance, drain_after_s),
	  .min = LIFETIME_LEAST_S, .max = LIFETIME_DRAIN_S,
	  .fallback = LIFETIME_DRAIN_S },
	{ "deadAfter", FIELD_INT, AT(plan_instance, dead_after_s),
	  .min = LIFETIME_LEAST_S + 1, .max = LIFETIME_DEAD_S,
	  .fallback = LIFETIME_DEAD_S },
};
static const struct field_table lifetime_table =
	TABLE("lifetime", struct plan_instance, lifetime_fields);

/* EC2's own words; there for the whole instance, here for its tasks. */
static const struct field_word metadata_words[] = {
	{ "disabled", 0, NULL },
	{ "enabled", 1, NULL },
	{ 0 },
};

static const struct field metadata_fields[] = {
	{ "httpEndpoint", FIELD_WORD, AT(plan_instance, metadata_is_open),
	  .words = metadata_words, .fallback = 0 },
};
static const struct field_table metadata_table =
	TABLE("metadataOptions", struct plan_instance, metadata_fields);
static const struct field_word week_day_words[] = {
	{ "sunday", 0, NULL }, { "monday", 1, NULL }, { "tuesday", 2, NULL },
	{ "wednesday", 3, NULL }, { "thursday", 4, NULL }, { "friday", 5, NULL },
	{ "saturday", 6, NULL }, { 0 },
};
static const struct field time_range_fields[] = {
	{ "startWeekDay", FIELD_WORD, .is_required = true,
	  AT(plan_time_range, start_week_day), .words = week_day_words },
	{ "startHour", FIELD_INT, .is_required = true,
	  AT(plan_time_range, start_hour), .min = 0, .max = 23 },
	{ "endWeekDay", FIELD_WORD, .is_required = true,
	  AT(plan_time_range, end_week_day), .words = week_day_words },
	{ "endHour", FIELD_INT, .is_required = true,
	  AT(plan_time_range, end_hour), .min = 0, .max = 23 },
};
static const struct field_table time_range_table = TABLE(
	"InstanceEventWindowTimeRange", struct plan_time_range, time_range_fields);

static const struct field event_window_fields[] = {
	{ "timeRanges", FIELD_LIST, AT(plan_instance, event_ranges),
	  .max = TIME_RANGES_MAX, .table = &time_range_table },
	{ "cronExpression", FIELD_STRING, AT(plan_instance, event_cron),
	  .min = 1, .max = 127, .check = syntax_event_cron },
};
static const struct field_table event_window_table =
	TABLE("eventWindow", struct plan_instance, event_window_fields);

static const struct field instance_fields[] = {
	{ "id", FIELD_STRING, .is_required = true, AT(plan_instance, id),
	  .min = 1, .max = PLAN_WORD_MAX, .check = syntax_word },
	{ "placement", FIELD_WORD, AT(plan_instance, placement),
	  .words = placement_words, .fallback = PLAN_MULTI },
	{ "privilegedCapabilities", FIELD_STRINGS,
	  AT(plan_instance, privileged_capabilities), .max = 64,
	  .item_max = 32, .check = syntax_capability },
	{ "scaleInAfter", FIELD_INT, AT(plan_instance, scale_in_after_s),
	  .min = -1, .max = 3600, .fallback = -1 },
	{ "lifetime", FIELD_OBJECT, .table = &lifetime_table },
	{ "eventWindow", FIELD_OBJECT, .table = &event_window_table },
	{ "documents", FIELD_OBJECT, .table = &documents_table },
	{ "telemetry", FIELD_OBJECT, .table = &telemetry_table },
	{ "network", FIELD_OBJECT, .table = &network_table },
	{ "metadataOptions", FIELD_OBJECT, .table = &metadata_table },
	{ "attributes", FIELD_MAP, AT(plan_instance, attributes),
	  .max = CHANNEL_ATTRIBUTES_MAX, .item_max = PLAN_WORD_MAX,
	  .check = syntax_word, .check_key = syntax_attribute },
};
static const struct field_table instance_table =
	TABLE("instance", struct plan_instance, instance_fields);

static const struct field document_fields[] = {
	{ "schemaVersion", FIELD_INT, .is_required = true,
	  AT(plan, schema_version), .min = 1, .max = 1 },
	{ "instance", FIELD_OBJECT, .is_required = true, AT(plan, instance),
	  .table = &instance_table },
	{ "tasks", FIELD_LIST, .is_required = true, AT(plan, tasks),
	  .max = PLAN_TASKS_MAX, .table = &task_table },
	{ "files", FIELD_MAP, AT(plan, files), .max = PLAN_SECRETS_MAX,
	  .item_max = PLAN_SECRET_MAX, .check_key = syntax_reference },
	{ "secrets", FIELD_MAP, AT(plan, secrets), .max = PLAN_SECRETS_MAX,
	  .item_max = PLAN_SECRET_MAX, .check = syntax_secret,
	  .check_key = syntax_reference },
};
const struct field_table field_document =
	TABLE("document", struct plan, document_fields);
/* clang-format on */

const struct field *field_find(const struct field_table *t, const char *key,
			       size_t len)
{
	for (size_t i = 0; i < t->count; i++)
		if (strlen(t->fields[i].key) == len &&
		    memcmp(t->fields[i].key, key, len) == 0)
			return &t->fields[i];
	return NULL;
}

bool field_is_in_range(const struct field *f, int64_t v)
{
	return (v >= f->min && v <= f->max) ||
	       (!f->is_required && v == f->fallback);
}

size_t field_item_size(const struct field *f)
{
	if (f->kind == FIELD_STRINGS)
		return sizeof(char *);
	if (f->kind == FIELD_INTS)
		return sizeof(int64_t);
	if (f->kind == FIELD_MAP)
		return sizeof(struct plan_pair);
	return f->table->size;
}

struct field_list field_get_list(const void *at)
{
	struct plan_strings raw; /* all lists have this shape */

	memcpy(&raw, at, sizeof(raw));
	return (struct field_list){ .count = raw.count,
				    .items = (char *)raw.items };
}

void field_set_list(void *at, struct field_list l)
{
	memcpy(at, &l.count, sizeof(l.count));
	memcpy((char *)at + offsetof(struct plan_strings, items), &l.items,
	       sizeof(l.items));
}

static void set_default(const struct field *f, void *at)
{
	static char empty[1] = "";
	char *text = empty;
	uint32_t word = (uint32_t)f->fallback;
	bool is_set = f->fallback != 0;

	switch (f->kind) {
	case FIELD_BOOL:
		memcpy(at, &is_set, sizeof(is_set));
		break;
	case FIELD_INT:
	case FIELD_CPU:
	case FIELD_MEMORY:
		memcpy(at, &f->fallback, sizeof(f->fallback));
		break;
	case FIELD_WORD:
		memcpy(at, &word, sizeof(word));
		break;
	case FIELD_STRING:
		memcpy(at, &text, sizeof(text));
		break;
	case FIELD_STRINGS:
	case FIELD_INTS:
	case FIELD_LIST:
	case FIELD_MAP:
		field_set_list(at, (struct field_list){ 0 });
		break;
	case FIELD_OBJECT:
		field_set_defaults(f->table, at);
		break;
	case FIELD_KIND_COUNT:
		break;
	}
}

void field_set_defaults(const struct field_table *t, void *base)
{
	for (size_t i = 0; i < t->count; i++)
		if (field_is_planned(&t->fields[i]))
			set_default(&t->fields[i],
				    (char *)base + t->fields[i].offset);
}

// SPDX-License-Identifier: MIT
/*
 * Every member of RegisterTaskDefinition's request and of all that is in it
 * has its row in the field tables, and the tables have no other.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/plan_fields.h"

#include "kselftest_harness.h"

enum type { STRING, INTEGER, BOOLEAN, LIST, MAP, STRUCTURE };

struct member {
	const char *shape;
	const char *name;
	enum type type;
	bool is_required;
};

/* clang-format off */
/* Source: the shapes of ECS's API, version 2014-11-13. */
static const struct member members[] = {
	{ "RegisterTaskDefinition", "family", STRING, true },
	{ "RegisterTaskDefinition", "taskRoleArn", STRING, false },
	{ "RegisterTaskDefinition", "executionRoleArn", STRING, false },
	{ "RegisterTaskDefinition", "networkMode", STRING, false },
	{ "RegisterTaskDefinition", "containerDefinitions", LIST, true },
	{ "RegisterTaskDefinition", "volumes", LIST, false },
	{ "RegisterTaskDefinition", "placementConstraints", LIST, false },
	{ "RegisterTaskDefinition", "requiresCompatibilities", LIST, false },
	{ "RegisterTaskDefinition", "cpu", STRING, false },
	{ "RegisterTaskDefinition", "memory", STRING, false },
	{ "RegisterTaskDefinition", "tags", LIST, false },
	{ "RegisterTaskDefinition", "pidMode", STRING, false },
	{ "RegisterTaskDefinition", "ipcMode", STRING, false },
	{ "RegisterTaskDefinition", "proxyConfiguration", STRUCTURE, false },
	{ "RegisterTaskDefinition", "inferenceAccelerators", LIST, false },
	{ "RegisterTaskDefinition", "ephemeralStorage", STRUCTURE, false },
	{ "RegisterTaskDefinition", "runtimePlatform", STRUCTURE, false },
	{ "RegisterTaskDefinition", "enableFaultInjection", BOOLEAN, false },
	{ "ContainerDefinition", "name", STRING, false },
	{ "ContainerDefinition", "image", STRING, false },
	{ "ContainerDefinition", "repositoryCredentials", STRUCTURE, false },
	{ "ContainerDefinition", "cpu", INTEGER, false },
	{ "ContainerDefinition", "memory", INTEGER, false },
	{ "ContainerDefinition", "memoryReservation", INTEGER, false },
	{ "ContainerDefinition", "links", LIST, false },
	{ "ContainerDefinition", "portMappings", LIST, false },
	{ "ContainerDefinition", "essential", BOOLEAN, false },
	{ "ContainerDefinition", "restartPolicy", STRUCTURE, false },
	{ "ContainerDefinition", "entryPoint", LIST, false },
	{ "ContainerDefinition", "command", LIST, false },
	{ "ContainerDefinition", "environment", LIST, false },
	{ "ContainerDefinition", "environmentFiles", LIST, false },
	{ "ContainerDefinition", "mountPoints", LIST, false },
	{ "ContainerDefinition", "volumesFrom", LIST, false },
	{ "ContainerDefinition", "linuxParameters", STRUCTURE, false },
	{ "ContainerDefinition", "secrets", LIST, false },
	{ "ContainerDefinition", "dependsOn", LIST, false },
	{ "ContainerDefinition", "startTimeout", INTEGER, false },
	{ "ContainerDefinition", "stopTimeout", INTEGER, false },
	{ "ContainerDefinition", "versionConsistency", STRING, false },
	{ "ContainerDefinition", "hostname", STRING, false },
	{ "ContainerDefinition", "user", STRING, false },
	{ "ContainerDefinition", "workingDirectory", STRING, false },
	{ "ContainerDefinition", "disableNetworking", BOOLEAN, false },
	{ "ContainerDefinition", "privileged", BOOLEAN, false },
	{ "ContainerDefinition", "readonlyRootFilesystem", BOOLEAN, false },
	{ "ContainerDefinition", "dnsServers", LIST, false },
	{ "ContainerDefinition", "dnsSearchDomains", LIST, false },
	{ "ContainerDefinition", "extraHosts", LIST, false },
	{ "ContainerDefinition", "dockerSecurityOptions", LIST, false },
	{ "ContainerDefinition", "interactive", BOOLEAN, false },
	{ "ContainerDefinition", "pseudoTerminal", BOOLEAN, false },
	{ "ContainerDefinition", "dockerLabels", MAP, false },
	{ "ContainerDefinition", "ulimits", LIST, false },
	{ "ContainerDefinition", "logConfiguration", STRUCTURE, false },
	{ "ContainerDefinition", "healthCheck", STRUCTURE, false },
	{ "ContainerDefinition", "systemControls", LIST, false },
	{ "ContainerDefinition", "resourceRequirements", LIST, false },
	{ "ContainerDefinition", "firelensConfiguration", STRUCTURE, false },
	{ "ContainerDefinition", "credentialSpecs", LIST, false },
	{ "RepositoryCredentials", "credentialsParameter", STRING, true },
	{ "PortMapping", "containerPort", INTEGER, false },
	{ "PortMapping", "hostPort", INTEGER, false },
	{ "PortMapping", "protocol", STRING, false },
	{ "PortMapping", "name", STRING, false },
	{ "PortMapping", "appProtocol", STRING, false },
	{ "PortMapping", "containerPortRange", STRING, false },
	{ "ContainerRestartPolicy", "enabled", BOOLEAN, true },
	{ "ContainerRestartPolicy", "ignoredExitCodes", LIST, false },
	{ "ContainerRestartPolicy", "restartAttemptPeriod", INTEGER, false },
	{ "KeyValuePair", "name", STRING, false },
	{ "KeyValuePair", "value", STRING, false },
	{ "EnvironmentFile", "value", STRING, true },
	{ "EnvironmentFile", "type", STRING, true },
	{ "MountPoint", "sourceVolume", STRING, false },
	{ "MountPoint", "containerPath", STRING, false },
	{ "MountPoint", "readOnly", BOOLEAN, false },
	{ "VolumeFrom", "sourceContainer", STRING, false },
	{ "VolumeFrom", "readOnly", BOOLEAN, false },
	{ "LinuxParameters", "capabilities", STRUCTURE, false },
	{ "LinuxParameters", "devices", LIST, false },
	{ "LinuxParameters", "initProcessEnabled", BOOLEAN, false },
	{ "LinuxParameters", "sharedMemorySize", INTEGER, false },
	{ "LinuxParameters", "tmpfs", LIST, false },
	{ "LinuxParameters", "maxSwap", INTEGER, false },
	{ "LinuxParameters", "swappiness", INTEGER, false },
	{ "KernelCapabilities", "add", LIST, false },
	{ "KernelCapabilities", "drop", LIST, false },
	{ "Device", "hostPath", STRING, true },
	{ "Device", "containerPath", STRING, false },
	{ "Device", "permissions", LIST, false },
	{ "Tmpfs", "containerPath", STRING, true },
	{ "Tmpfs", "size", INTEGER, true },
	{ "Tmpfs", "mountOptions", LIST, false },
	{ "Secret", "name", STRING, true },
	{ "Secret", "valueFrom", STRING, true },
	{ "ContainerDependency", "containerName", STRING, true },
	{ "ContainerDependency", "condition", STRING, true },
	{ "HostEntry", "hostname", STRING, true },
	{ "HostEntry", "ipAddress", STRING, true },
	{ "Ulimit", "name", STRING, true },
	{ "Ulimit", "softLimit", INTEGER, true },
	{ "Ulimit", "hardLimit", INTEGER, true },
	{ "LogConfiguration", "logDriver", STRING, true },
	{ "LogConfiguration", "options", MAP, false },
	{ "LogConfiguration", "secretOptions", LIST, false },
	{ "HealthCheck", "command", LIST, true },
	{ "HealthCheck", "interval", INTEGER, false },
	{ "HealthCheck", "timeout", INTEGER, false },
	{ "HealthCheck", "retries", INTEGER, false },
	{ "HealthCheck", "startPeriod", INTEGER, false },
	{ "SystemControl", "namespace", STRING, false },
	{ "SystemControl", "value", STRING, false },
	{ "ResourceRequirement", "value", STRING, true },
	{ "ResourceRequirement", "type", STRING, true },
	{ "FirelensConfiguration", "type", STRING, true },
	{ "FirelensConfiguration", "options", MAP, false },
	{ "Volume", "name", STRING, false },
	{ "Volume", "host", STRUCTURE, false },
	{ "Volume", "dockerVolumeConfiguration", STRUCTURE, false },
	{ "Volume", "efsVolumeConfiguration", STRUCTURE, false },
	{ "Volume", "s3filesVolumeConfiguration", STRUCTURE, false },
	{ "Volume", "fsxWindowsFileServerVolumeConfiguration", STRUCTURE, false },
	{ "Volume", "configuredAtLaunch", BOOLEAN, false },
	{ "HostVolumeProperties", "sourcePath", STRING, false },
	{ "DockerVolumeConfiguration", "scope", STRING, false },
	{ "DockerVolumeConfiguration", "autoprovision", BOOLEAN, false },
	{ "DockerVolumeConfiguration", "driver", STRING, false },
	{ "DockerVolumeConfiguration", "driverOpts", MAP, false },
	{ "DockerVolumeConfiguration", "labels", MAP, false },
	{ "EFSVolumeConfiguration", "fileSystemId", STRING, true },
	{ "EFSVolumeConfiguration", "rootDirectory", STRING, false },
	{ "EFSVolumeConfiguration", "transitEncryption", STRING, false },
	{ "EFSVolumeConfiguration", "transitEncryptionPort", INTEGER, false },
	{ "EFSVolumeConfiguration", "authorizationConfig", STRUCTURE, false },
	{ "EFSAuthorizationConfig", "accessPointId", STRING, false },
	{ "EFSAuthorizationConfig", "iam", STRING, false },
	{ "S3FilesVolumeConfiguration", "fileSystemArn", STRING, true },
	{ "S3FilesVolumeConfiguration", "rootDirectory", STRING, false },
	{ "S3FilesVolumeConfiguration", "transitEncryptionPort", INTEGER, false },
	{ "S3FilesVolumeConfiguration", "accessPointArn", STRING, false },
	{ "FSxWindowsFileServerVolumeConfiguration", "fileSystemId", STRING, true },
	{ "FSxWindowsFileServerVolumeConfiguration", "rootDirectory", STRING, true },
	{ "FSxWindowsFileServerVolumeConfiguration", "authorizationConfig", STRUCTURE, true },
	{ "FSxWindowsFileServerAuthorizationConfig", "credentialsParameter", STRING, true },
	{ "FSxWindowsFileServerAuthorizationConfig", "domain", STRING, true },
	{ "TaskDefinitionPlacementConstraint", "type", STRING, false },
	{ "TaskDefinitionPlacementConstraint", "expression", STRING, false },
	{ "Tag", "key", STRING, false },
	{ "Tag", "value", STRING, false },
	{ "ProxyConfiguration", "type", STRING, false },
	{ "ProxyConfiguration", "containerName", STRING, true },
	{ "ProxyConfiguration", "properties", LIST, false },
	{ "InferenceAccelerator", "deviceName", STRING, true },
	{ "InferenceAccelerator", "deviceType", STRING, true },
	{ "EphemeralStorage", "sizeInGiB", INTEGER, true },
	{ "RuntimePlatform", "cpuArchitecture", STRING, false },
	{ "RuntimePlatform", "operatingSystemFamily", STRING, false },
};

/* Ours, beside ECS's: README.md names them as such. */
static const struct member own[] = {
	{ "Volume", "uid", INTEGER, false },
	{ "Volume", "gid", INTEGER, false },
	{ "Volume", "mode", STRING, false },
	{ "Volume", "sizeInMiB", INTEGER, false },
};
/* clang-format on */

static const enum type types[FIELD_KIND_COUNT] = {
	[FIELD_BOOL] = BOOLEAN,	    [FIELD_INT] = INTEGER,
	[FIELD_CPU] = STRING,	    [FIELD_MEMORY] = STRING,
	[FIELD_WORD] = STRING,	    [FIELD_STRING] = STRING,
	[FIELD_STRINGS] = LIST,	    [FIELD_INTS] = LIST,
	[FIELD_OBJECT] = STRUCTURE, [FIELD_LIST] = LIST,
	[FIELD_MAP] = MAP,
};

/* The table of that name in `t` or in what is in it, or NULL. */
static const struct field_table *find_table(const struct field_table *t,
					    const char *name)
{
	const struct field_table *found = NULL;

	if (strcmp(t->name, name) == 0)
		return t;
	for (size_t i = 0; !found && i < t->count; i++)
		if (t->fields[i].table)
			found = find_table(t->fields[i].table, name);
	return found;
}

static size_t count_rows(const struct field_table *t, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += strcmp(t->fields[i].key, key) == 0;
	return n;
}

/* NULL if the member has its one row, as it should be. */
static const char *fault_of(const struct member *m)
{
	const struct field_table *t = find_table(&field_document, m->shape);
	const struct field *f;

	if (!t)
		return "has no table";
	if (count_rows(t, m->name) != 1)
		return "has not one row";
	f = field_find(t, m->name, strlen(m->name));
	if (types[f->kind] != m->type)
		return "has another type";
	if (m->is_required && f->fate != FIELD_REFUSED && !f->is_required)
		return "is required by ECS";
	return NULL;
}

static int count_faults(const struct member *list, size_t count)
{
	int n = 0;

	for (size_t i = 0; i < count; i++) {
		const char *fault = fault_of(&list[i]);

		if (!fault)
			continue;
		printf("# %s.%s %s\n", list[i].shape, list[i].name, fault);
		n++;
	}
	return n;
}

TEST(every_member_has_one_row)
{
	EXPECT_EQ(158, ARRAY_SIZE(members));
	EXPECT_EQ(0, count_faults(members, ARRAY_SIZE(members)));
	EXPECT_EQ(0, count_faults(own, ARRAY_SIZE(own)));
}

static bool is_listed(const struct member *list, size_t count,
		      const char *shape, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].shape, shape) == 0 &&
		    strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

static int count_invented(const struct field_table *t)
{
	int n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const char *key = t->fields[i].key;

		if (!is_listed(members, ARRAY_SIZE(members), t->name, key) &&
		    !is_listed(own, ARRAY_SIZE(own), t->name, key)) {
			printf("# %s.%s is not ECS's\n", t->name, key);
			n++;
		}
		if (t->fields[i].table)
			n += count_invented(t->fields[i].table);
	}
	return n;
}

TEST(no_row_is_invented)
{
	EXPECT_EQ(0, count_invented(find_table(&field_document,
					       "RegisterTaskDefinition")));
}

/* Two tables of one name would hide each other from this test. */
static int count_doubles(const struct field_table *t)
{
	int n = find_table(&field_document, t->name) != t;

	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].table)
			n += count_doubles(t->fields[i].table);
	return n;
}

TEST(tables_have_names_of_their_own)
{
	EXPECT_EQ(0, count_doubles(&field_document));
}

TEST_HARNESS_MAIN

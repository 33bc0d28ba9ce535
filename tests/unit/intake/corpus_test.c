// SPDX-License-Identifier: MIT
/*
 * Task definitions as users have them, written anew after public samples and
 * the developer guide's chapters: each is accepted as it is, or refused with
 * the member that is in the way and the reason.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/intake/intake.h"

#include "kselftest_harness.h"

#define FOLDER "tests/unit/intake/corpus"
#define SM "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"

/* clang-format off */
#define HEAD \
	"{\"schemaVersion\":1,\"instance\":{\"id\":\"i-1\"," \
	"\"network\":{\"address\":\"10.0.2.15/24\",\"gateway\":\"10.0.2.2\"}," \
	"\"privilegedCapabilities\":[\"NET_ADMIN\",\"NET_RAW\",\"BPF\",\"PERFMON\"]}," \
	"\"secrets\":{\"" SM "billing-db-AbCdEf\":\"a\",\"/billing/api-key\":\"b\"," \
	"\"metrics-agent-config\":\"{}\"}," \
	"\"files\":{\"arn:aws:s3:::settings/frontend.env\":\"STAGE=test\\nCOLOR=blue\\n\"}," \
	"\"tasks\":[{\"taskDefinition\":"
#define TAIL "}]}"

static const struct definition {
	const char *name;
	const char *path; /* below the task definition; NULL: it runs */
	const char *reason;
} definitions[] = {
	{ "app-mesh", ".proxyConfiguration", "is not available on ECS Managed Instances" },
	{ "batch-job", NULL, NULL },
	{ "cloudwatch-like-agent", NULL, NULL },
	{ "datadog-like-agent", ".volumes[0].host.sourcePath",
	  "is not supported: a task has no access to the host's files" },
	{ "depends-in-a-circle", ".containerDefinitions[0].dependsOn",
	  "the container waits for itself through others" },
	{ "depends-on-an-essential", ".containerDefinitions[1].dependsOn[0].condition",
	  "is START or HEALTHY for an essential container: when that ends the task ends" },
	{ "depends-on-health-of-none", ".containerDefinitions[1].dependsOn[0].condition",
	  "is HEALTHY, which needs a healthCheck of that container" },
	{ "depends-on-nobody", ".containerDefinitions[0].dependsOn[0].containerName",
	  "no container has this name" },
	{ "docker-volume", ".volumes[0].dockerVolumeConfiguration",
	  "is not available on ECS Managed Instances" },
	{ "ebpf-agent", NULL, NULL },
	{ "ebs-at-launch", ".volumes[0].configuredAtLaunch", "is not supported by this version" },
	{ "efs", ".volumes[0].efsVolumeConfiguration", "is not supported by this version" },
	{ "elastic-inference", ".inferenceAccelerators",
	  "is not available on ECS Managed Instances" },
	{ "environment-files", NULL, NULL },
	{ "extra-hosts", NULL, NULL },
	{ "fargate", NULL, NULL },
	{ "fargate-arm", ".runtimePlatform.cpuArchitecture",
	  "ARM64 is not this image's architecture, X86_64" },
	{ "fargate-more-storage", NULL, NULL },
	{ "fault-injection", ".enableFaultInjection", "is not supported by this version" },
	{ "firelens", ".containerDefinitions[0].firelensConfiguration",
	  "is not supported by this version" },
	{ "fuse-device", ".containerDefinitions[0].linuxParameters.devices[0].hostPath",
	  "is not null, zero, full, random, urandom, tty, net/tun or fuse of /dev; "
	  "other devices are the instance's" },
	{ "gpu", ".containerDefinitions[0].resourceRequirements",
	  "is not supported by this version" },
	{ "health-check", NULL, NULL },
	{ "health-check-without-form", ".containerDefinitions[0].healthCheck.command",
	  "is not CMD with a program, nor CMD-SHELL with one text" },
	{ "host-path", ".volumes[0].host.sourcePath",
	  "is not supported: a task has no access to the host's files" },
	{ "host-processes", ".pidMode",
	  "host is not supported: tasks share nothing with the instance and each "
	  "other; task shares among the containers of a task" },
	{ "image-by-digest", NULL, NULL },
	{ "init-process", NULL, NULL },
	{ "interactive-console", ".containerDefinitions[0].interactive",
	  "is not supported: nobody can type into a container here" },
	{ "kernel-modules", ".containerDefinitions[0].linuxParameters.capabilities.add[1]",
	  "SYS_MODULE is not permitted by $.instance.privilegedCapabilities" },
	{ "labels", NULL, NULL },
	{ "log-json-file", NULL, NULL },
	{ "log-to-splunk", ".containerDefinitions[0].logConfiguration.logDriver",
	  "splunk sends output to a service of its own; here it goes to $.instance.telemetry" },
	{ "long-stop", NULL, NULL },
	{ "migration-then-app", NULL, NULL },
	{ "mistyped-member", ".containerDefinitions[0].readOnlyRootFilesystem",
	  "is not a known field" },
	{ "mistyped-port", ".containerDefinitions[0].portMappings[0].containerPort",
	  "is a string, expected is an integer" },
	{ "more-cpu-than-the-task", ".cpu", "is 1024 units, the containers need 1536" },
	{ "neuron", ".containerDefinitions[0].resourceRequirements",
	  "is not supported by this version" },
	{ "no-ipc", NULL, NULL },
	{ "no-memory-at-all", ".containerDefinitions[0].memory",
	  "is missing: one of memory, memoryReservation and the task's memory has to be given" },
	{ "nothing-essential", ".containerDefinitions",
	  "no container is essential, at least one has to be" },
	{ "one-port-twice", ".containerDefinitions[0].portMappings[1].containerPort",
	  "is mapped twice in the task" },
	{ "otel-sidecar", NULL, NULL },
	{ "packet-capture", NULL, NULL },
	{ "placement-constraint", ".placementConstraints", "is not supported by this version" },
	{ "private-registry", ".containerDefinitions[0].repositoryCredentials",
	  "is not supported: images come from the store disk" },
	{ "privileged", ".containerDefinitions[0].privileged",
	  "DAC_READ_SEARCH is not permitted by $.instance.privilegedCapabilities" },
	{ "read-only-root", NULL, NULL },
	{ "restart-policy", NULL, NULL },
	{ "s3-files", ".volumes[0].s3filesVolumeConfiguration",
	  "is not supported by this version" },
	{ "secret-and-variable", ".containerDefinitions[0].secrets[0].name",
	  "is a name in environment, too" },
	{ "secrets", NULL, NULL },
	{ "secrets-not-there", ".containerDefinitions[0].secrets[0].valueFrom",
	  "is not in $.secrets" },
	{ "security-options", ".containerDefinitions[0].dockerSecurityOptions",
	  "is not supported: labels and no-new-privileges are never chosen by a task" },
	{ "service-connect", NULL, NULL },
	{ "shared-processes", NULL, NULL },
	{ "shared-volume", NULL, NULL },
	{ "sidecar-proxy", NULL, NULL },
	{ "swap", NULL, NULL },
	{ "system-controls-of-the-machine",
	  ".containerDefinitions[0].systemControls[0].namespace",
	  "is not a setting of a network or ipc namespace, but of the whole machine" },
	{ "task-role", ".taskRoleArn",
	  "is not supported by this version: there are no credentials to give to the task" },
	{ "too-little-memory", ".containerDefinitions[0].memory",
	  "is 4, allowed is 6 to 67108864" },
	{ "twelve-containers", ".containerDefinitions", "has 12 items, allowed are 1 to 10" },
	{ "ulimits", NULL, NULL },
	{ "ulimits-upside-down", ".containerDefinitions[0].ulimits[0].softLimit",
	  "is above hardLimit" },
	{ "volume-unknown", ".containerDefinitions[0].mountPoints[0].sourceVolume",
	  "no volume of the task has this name" },
	{ "web", NULL, NULL },
	{ "web-bridge", NULL, NULL },
	{ "web-exported", ".taskDefinitionArn", "is not a known field" },
	{ "web-host", NULL, NULL },
	{ "web-without-network-mode", ".networkMode", "is missing" },
	{ "windows-credentials", ".containerDefinitions[0].credentialSpecs",
	  "is for Windows containers" },
	{ "windows-file-share", ".volumes[0].fsxWindowsFileServerVolumeConfiguration",
	  "is not available on ECS Managed Instances" },
	{ "windows-iis", ".runtimePlatform.operatingSystemFamily", "is not one of LINUX" },
	{ "wordpress-with-links", ".containerDefinitions[0].links",
	  "is not needed: the containers of a task share its network, also in bridge mode" },
	{ "xray-like-sidecar", NULL, NULL },
};
/* clang-format on */

/* The whole document around a definition; the caller frees it. */
static char *read_document(const char *name)
{
	char *text = malloc(65536), path[256];
	AUTO_CLOSE int fd = -1;
	ssize_t n;

	if (!text)
		return NULL;
	snprintf(path, sizeof(path), FOLDER "/%s.json", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	strcpy(text, HEAD);
	n = fd < 0 ? -1 :
		     fd_read_all(fd, text + strlen(HEAD),
				 65536 - sizeof(HEAD) - sizeof(TAIL));
	if (n <= 0) {
		free(text);
		return NULL;
	}
	strcpy(text + strlen(HEAD) + (size_t)n, TAIL);
	return text;
}

static int differs(const struct definition *d)
{
	AUTO_FREE char *text = read_document(d->name);
	char path[512] = "";
	struct plan *p = NULL;
	struct refusal why;
	enum intake_verdict v;

	if (!text)
		return printf("# %s cannot be read\n", d->name);
	v = intake_judge(text, strlen(text), &p, &why);
	plan_free(p);
	if (d->path)
		snprintf(path, sizeof(path), "$.tasks[0].taskDefinition%s",
			 d->path);
	if (v == (d->path ? INTAKE_REFUSED_WITH_PLAN : INTAKE_ACCEPTED) &&
	    strcmp(path, why.path) == 0 &&
	    strcmp(d->reason ? d->reason : "", why.reason) == 0)
		return 0;
	printf("# %s: %s %s\n", d->name, why.path, why.reason);
	return 1;
}

TEST(definitions_run_or_are_refused_with_the_member_in_the_way)
{
	for (size_t i = 0; i < ARRAY_SIZE(definitions); i++)
		EXPECT_EQ(0, differs(&definitions[i]));
}

TEST(every_file_of_the_folder_has_its_verdict)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	size_t files = 0;

	ASSERT_NE(NULL, folder);
	while ((entry = readdir(folder)))
		files += entry->d_name[0] != '.';
	closedir(folder);
	EXPECT_EQ(files, ARRAY_SIZE(definitions));
}

TEST_HARNESS_MAIN

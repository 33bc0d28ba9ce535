// SPDX-License-Identifier: MIT
/* Fields of tasks, containers together: edges, each with its refused twin. */
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* clang-format off */
static const struct judge_case entry_cases[] = {
	{ "", NULL, NULL },
	{ ",'count':1", NULL, NULL },
	{ ",'count':256", NULL, NULL },
	{ ",'count':0", NULL, NULL },
	{ ",'count':257", ".count", "is 257, allowed is 0 to 256" },
	{ ",'count':-1", ".count", "is -1, allowed is 0 to 256" },
	{ ",'count':1.5", ".count",
	  "is a number with a fraction or an exponent, expected is an integer" },
	{ ",'pidsLimit':1", NULL, NULL },
	{ ",'pidsLimit':4194304", NULL, NULL },
	{ ",'pidsLimit':0", ".pidsLimit", "is 0, allowed is 1 to 4194304" },
	{ ",'pidsLimit':4194305", ".pidsLimit", "is 4194305, allowed is 1 to 4194304" },
	{ ",'pidsLimit':'9'", ".pidsLimit", "is a string, expected is an integer" },
	{ ",'secretsAs':'environment'", NULL, NULL },
	{ ",'secretsAs':'files'", NULL, NULL },
	{ ",'secretsAs':'file'", ".secretsAs", "is not one of environment, files" },
	{ ",'daemon':true", NULL, NULL },
	{ ",'daemon':true,'critical':true", NULL, NULL },
	{ ",'daemon':true,'count':1", NULL, NULL },
	{ ",'daemon':true,'count':2", ".count", "is 2, a daemon is one per instance" },
	{ ",'daemon':true,'count':0", ".count", "is 0, a daemon is one per instance" },
	{ ",'critical':true", ".critical", "is for daemons alone" },
	{ ",'daemon':1", ".daemon", "is an integer, expected is true or false" },
	{ ",'deploymentConfiguration':{}", NULL, NULL },
	{ ",'deploymentConfiguration':{'minimumHealthyPercent':100,'maximumPercent':200}",
	  NULL, NULL },
	{ ",'deploymentConfiguration':{'minimumHealthyPercent':101}",
	  ".deploymentConfiguration.minimumHealthyPercent", "is 101, allowed is 0 to 100" },
	{ ",'deploymentConfiguration':{'maximumPercent':99}",
	  ".deploymentConfiguration.maximumPercent", "is 99, allowed is 100 to 200" },
	{ ",'deploymentConfiguration':{'maximumPercent':201}",
	  ".deploymentConfiguration.maximumPercent", "is 201, allowed is 100 to 200" },
	{ ",'deploymentConfiguration':{'minimumHealthyPercent':100}",
	  ".deploymentConfiguration.maximumPercent",
	  "is 100 while minimumHealthyPercent is 100: nothing could be replaced" },
	{ ",'desiredCount':1", ".desiredCount", "is not a known field" },
};

TEST(entry_fields_hold)
{
	EXPECT_CASES(frame_entry, entry_cases);
}

#define NOT_SHARED \
	"host is not supported: tasks share nothing with the instance and each " \
	"other; task shares among the containers of a task"

static const struct judge_case task_cases[] = {
	{ ",'family':'web'", NULL, NULL },
	{ "", ".family", "is missing" },
	{ ",'family':'a.b'", ".family", "is not made of letters, digits, - and _ alone" },
	{ ",'family':''", ".family", "has 0 bytes, allowed are 1 to 255" },
	{ ",'family':'a_-Z9'", NULL, NULL },
	{ ",'family':7", ".family", "is an integer, expected is a string" },
	{ ",'family':'web','cpu':'128'", ".cpu", "is 128 units, the containers need 256" },
	{ ",'family':'web','cpu':'256'", NULL, NULL },
	{ ",'family':'web','cpu':'1 vCPU'", NULL, NULL },
	{ ",'family':'web','cpu':'1vcpu'", NULL, NULL },
	{ ",'family':'web','cpu':'0.5 VCPU'", NULL, NULL },
	{ ",'family':'web','cpu':'192 vCPU'", NULL, NULL },
	{ ",'family':'web','cpu':'196608'", NULL, NULL },
	{ ",'family':'web','cpu':'127'", ".cpu", "is 127, allowed is 128 to 196608" },
	{ ",'family':'web','cpu':'196609'", ".cpu", "is 196609, allowed is 128 to 196608" },
	{ ",'family':'web','cpu':'192.5 vCPU'", ".cpu", "is 197120, allowed is 128 to 196608" },
	{ ",'family':'web','cpu':'0.3 vCPU'", ".cpu",
	  "is not a number of CPU units like 512 or 0.5 vCPU" },
	{ ",'family':'web','cpu':'512.0'", ".cpu",
	  "is not a number of CPU units like 512 or 0.5 vCPU" },
	{ ",'family':'web','cpu':'-512'", ".cpu",
	  "is not a number of CPU units like 512 or 0.5 vCPU" },
	{ ",'family':'web','cpu':''", ".cpu", "is not a number of CPU units like 512 or 0.5 vCPU" },
	{ ",'family':'web','cpu':512", ".cpu", "is an integer, expected is a string" },
	{ ",'family':'web','memory':'64'", NULL, NULL },
	{ ",'family':'web','memory':'1GB'", NULL, NULL },
	{ ",'family':'web','memory':'0.5 gb'", NULL, NULL },
	{ ",'family':'web','memory':'67108864'", NULL, NULL },
	{ ",'family':'web','memory':'67108865'", ".memory",
	  "is 67108865, allowed is 6 to 67108864" },
	{ ",'family':'web','memory':'5'", ".memory", "is 5, allowed is 6 to 67108864" },
	{ ",'family':'web','memory':'63'", ".containerDefinitions[0].memory",
	  "is 64, the whole task has 63" },
	{ ",'family':'web','memory':'1 TB'", ".memory",
	  "is not a number of MiB like 512 or 0.5 GB" },
	{ ",'family':'web','memory':'1  GB'", ".memory",
	  "is not a number of MiB like 512 or 0.5 GB" },
	{ ",'family':'web','memory':'9999999999'", ".memory",
	  "is not a number of MiB like 512 or 0.5 GB" },
	{ ",'family':'web','volumes':[]", NULL, NULL },
	{ ",'family':'web','volumes':[{'name':'a'},{'name':'b','host':{}}]", NULL, NULL },
	{ ",'family':'web','volumes':[{'name':'a'},{'name':'a'}]", ".volumes[1].name",
	  "another volume has this name" },
	{ ",'family':'web','volumes':[{'host':{}}]", ".volumes[0].name", "is missing" },
	{ ",'family':'web','volumes':[{'name':'a/b'}]", ".volumes[0].name",
	  "is not made of letters, digits, - and _ alone" },
	{ ",'family':'web','volumes':[{'name':'a','host':{'sourcePath':'/etc'}}]",
	  ".volumes[0].host.sourcePath",
	  "is not supported: a task has no access to the host's files" },
	{ ",'family':'web','volumes':[{'name':'a','host':{'path':'/etc'}}]",
	  ".volumes[0].host.path", "is not a known field" },
	{ ",'family':'web','volumes':[{'name':'a','uid':0,'gid':0,'mode':'755','sizeInMiB':1}]",
	  NULL, NULL },
	{ ",'family':'web','volumes':[{'name':'a','uid':4294967294,'gid':4294967294,"
	  "'mode':'1777','sizeInMiB':67108864}]", NULL, NULL },
	{ ",'family':'web','volumes':[{'name':'a','uid':-1}]", ".volumes[0].uid",
	  "is -1, allowed is 0 to 4294967294" },
	{ ",'family':'web','volumes':[{'name':'a','gid':4294967295}]", ".volumes[0].gid",
	  "is 4294967295, allowed is 0 to 4294967294" },
	{ ",'family':'web','volumes':[{'name':'a','uid':'root'}]", ".volumes[0].uid",
	  "is a string, expected is an integer" },
	{ ",'family':'web','volumes':[{'name':'a','mode':'75'}]", ".volumes[0].mode",
	  "has 2 bytes, allowed are 3 to 4" },
	{ ",'family':'web','volumes':[{'name':'a','mode':'0785'}]", ".volumes[0].mode",
	  "is not three or four octal digits, like 0750" },
	{ ",'family':'web','volumes':[{'name':'a','mode':'rwx'}]", ".volumes[0].mode",
	  "is not three or four octal digits, like 0750" },
	{ ",'family':'web','volumes':[{'name':'a','mode':755}]", ".volumes[0].mode",
	  "is an integer, expected is a string" },
	{ ",'family':'web','volumes':[{'name':'a','sizeInMiB':0}]", ".volumes[0].sizeInMiB",
	  "is 0, allowed is 1 to 67108864" },
	{ ",'family':'web','volumes':[{'name':'a','configuredAtLaunch':false}]", NULL, NULL },
	{ ",'family':'web','volumes':[{'name':'a','configuredAtLaunch':true}]",
	  ".volumes[0].configuredAtLaunch", "is not supported by this version" },
	{ ",'family':'web','volumes':[{'name':'a','efsVolumeConfiguration':{}}]",
	  ".volumes[0].efsVolumeConfiguration", "is not supported by this version" },
	{ ",'family':'web','volumes':[{'name':'a','s3filesVolumeConfiguration':{}}]",
	  ".volumes[0].s3filesVolumeConfiguration", "is not supported by this version" },
	{ ",'family':'web','volumes':[{'name':'a','dockerVolumeConfiguration':{}}]",
	  ".volumes[0].dockerVolumeConfiguration", "is not available on ECS Managed Instances" },
	{ ",'family':'web','volumes':[{'name':'a','fsxWindowsFileServerVolumeConfiguration':{}}]",
	  ".volumes[0].fsxWindowsFileServerVolumeConfiguration",
	  "is not available on ECS Managed Instances" },
	{ ",'family':'web','requiresCompatibilities':['MANAGED_INSTANCES','EC2']", NULL, NULL },
	{ ",'family':'web','requiresCompatibilities':'EC2'", ".requiresCompatibilities",
	  "is a string, expected is a list of strings" },
	{ ",'family':'web','tags':[{'key':'team','value':'a'}]", NULL, NULL },
	{ ",'family':'web','tags':[{'value':'a'}]", ".tags[0].key", "is missing" },
	{ ",'family':'web','executionRoleArn':'arn:aws:iam::1:role/x'", NULL, NULL },
	{ ",'family':'web','taskRoleArn':'arn:aws:iam::1:role/x'", ".taskRoleArn",
	  "is not supported by this version: there are no credentials to give to the task" },
	{ ",'family':'web','runtimePlatform':{'cpuArchitecture':'X86_64',"
	  "'operatingSystemFamily':'LINUX'}", NULL, NULL },
	{ ",'family':'web','runtimePlatform':{'cpuArchitecture':'ARM64'}",
	  ".runtimePlatform.cpuArchitecture", "ARM64 is not this image's architecture, X86_64" },
	{ ",'family':'web','runtimePlatform':{'operatingSystemFamily':'WINDOWS_SERVER_2022_CORE'}",
	  ".runtimePlatform.operatingSystemFamily", "is not one of LINUX" },
	{ ",'family':'web','placementConstraints':[]", NULL, NULL },
	{ ",'family':'web','placementConstraints':[{'type':'memberOf'}]", ".placementConstraints",
	  "is not supported by this version" },
	{ ",'family':'web','pidMode':'task'", NULL, NULL },
	{ ",'family':'web','pidMode':'host'", ".pidMode", NOT_SHARED },
	{ ",'family':'web','pidMode':'none'", ".pidMode", "is not one of task" },
	{ ",'family':'web','pidMode':''", ".pidMode", "is not one of task" },
	{ ",'family':'web','ipcMode':'task'", NULL, NULL },
	{ ",'family':'web','ipcMode':'none'", NULL, NULL },
	{ ",'family':'web','ipcMode':'host'", ".ipcMode", NOT_SHARED },
	{ ",'family':'web','ipcMode':'private'", ".ipcMode", "is not one of task, none" },
	{ ",'family':'web','proxyConfiguration':{}", ".proxyConfiguration",
	  "is not available on ECS Managed Instances" },
	{ ",'family':'web','inferenceAccelerators':[]", NULL, NULL },
	{ ",'family':'web','inferenceAccelerators':[{}]", ".inferenceAccelerators",
	  "is not available on ECS Managed Instances" },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':21}", NULL, NULL },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':200}", NULL, NULL },
	{ ",'family':'web','ephemeralStorage':{}", ".ephemeralStorage.sizeInGiB", "is missing" },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':20}", ".ephemeralStorage.sizeInGiB",
	  "is 20, allowed is 21 to 200" },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':201}", ".ephemeralStorage.sizeInGiB",
	  "is 201, allowed is 21 to 200" },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':21},'volumes':[{'name':'a',"
	  "'sizeInMiB':21000},{'name':'b','sizeInMiB':488}]", NULL, NULL },
	{ ",'family':'web','ephemeralStorage':{'sizeInGiB':21},'volumes':[{'name':'a',"
	  "'sizeInMiB':21000},{'name':'b','sizeInMiB':489}]", ".ephemeralStorage.sizeInGiB",
	  "is 21504 MiB, the volumes need 21489 and the containers' roots 16" },
	{ ",'family':'web','enableFaultInjection':false", NULL, NULL },
	{ ",'family':'web','enableFaultInjection':true", ".enableFaultInjection",
	  "is not supported by this version" },
	{ ",'family':'web','revision':3", ".revision", "is not a known field" },
};

TEST(task_fields_hold)
{
	EXPECT_CASES(frame_task, task_cases);
}

static const struct judge_case containers_cases[] = {
	{ "{'name':'a','image':'i'}", NULL, NULL },
	{ "", "", "has 0 items, allowed are 1 to 10" },
	{ "{'name':'c0','image':'i'},{'name':'c1','image':'i'},{'name':'c2','image':'i'},"
	  "{'name':'c3','image':'i'},{'name':'c4','image':'i'},{'name':'c5','image':'i'},"
	  "{'name':'c6','image':'i'},{'name':'c7','image':'i'},{'name':'c8','image':'i'},"
	  "{'name':'c9','image':'i'}", NULL, NULL },
	{ "{'name':'c0','image':'i'},{'name':'c1','image':'i'},{'name':'c2','image':'i'},"
	  "{'name':'c3','image':'i'},{'name':'c4','image':'i'},{'name':'c5','image':'i'},"
	  "{'name':'c6','image':'i'},{'name':'c7','image':'i'},{'name':'c8','image':'i'},"
	  "{'name':'c9','image':'i'},{'name':'c10','image':'i'}", "",
	  "has 11 items, allowed are 1 to 10" },
	{ "{'name':'a','image':'i'},{'name':'a','image':'i'}", "[1].name",
	  "another container has this name" },
	{ "{'name':'a','image':'i','essential':false},{'name':'b','image':'i','essential':false}",
	  "", "no container is essential, at least one has to be" },
	{ "{'name':'a','image':'i','essential':false},{'name':'b','image':'i'}", NULL, NULL },
	{ "{'name':'a','image':'i','memory':256},{'name':'b','image':'i','memory':256}",
	  NULL, NULL },
	{ "{'name':'a','image':'i','memory':256},{'name':'b','image':'i','memory':257}",
	  "$.tasks[0].taskDefinition.memory", "is 512 MiB, the containers need 513" },
	{ "{'name':'a','image':'i','memory':500,'memoryReservation':100},"
	  "{'name':'b','image':'i','memory':412}", NULL, NULL },
	{ "{'name':'a','image':'i','cpu':512},{'name':'b','image':'i','cpu':512}", NULL, NULL },
	{ "{'name':'a','image':'i','cpu':512},{'name':'b','image':'i','cpu':513}",
	  "$.tasks[0].taskDefinition.cpu", "is 1024 units, the containers need 1025" },
	{ "{'name':'a','image':'i','portMappings':[{'containerPort':80}]},"
	  "{'name':'b','image':'i','portMappings':[{'containerPort':81},{'containerPort':80}]}",
	  "[1].portMappings[1].containerPort", "is mapped twice in the task" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'START'}]},"
	  "{'name':'b','image':'i'}", NULL, NULL },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'COMPLETE'}]},"
	  "{'name':'b','image':'i','essential':false}", NULL, NULL },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'SUCCESS'}]},"
	  "{'name':'b','image':'i','essential':false}", NULL, NULL },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'COMPLETE'}]},"
	  "{'name':'b','image':'i'}", "[0].dependsOn[0].condition",
	  "is START or HEALTHY for an essential container: when that ends the task ends" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'SUCCESS'}]},"
	  "{'name':'b','image':'i'}", "[0].dependsOn[0].condition",
	  "is START or HEALTHY for an essential container: when that ends the task ends" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'HEALTHY'}]},"
	  "{'name':'b','image':'i'}", "[0].dependsOn[0].condition",
	  "is HEALTHY, which needs a healthCheck of that container" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'HEALTHY'}]},"
	  "{'name':'b','image':'i','healthCheck':{'command':['CMD','x']}}", NULL, NULL },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'start'}]},"
	  "{'name':'b','image':'i'}", "[0].dependsOn[0].condition",
	  "is not one of START, COMPLETE, SUCCESS, HEALTHY" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b'}]},{'name':'b','image':'i'}",
	  "[0].dependsOn[0].condition", "is missing" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'a','condition':'START'}]}",
	  "[0].dependsOn[0].containerName", "is the container itself" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'z','condition':'START'}]}",
	  "[0].dependsOn[0].containerName", "no container has this name" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'START'},"
	  "{'containerName':'b','condition':'START'}]},{'name':'b','image':'i'}",
	  "[0].dependsOn[1].containerName", "is listed already" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'START'}]},"
	  "{'name':'b','image':'i','dependsOn':[{'containerName':'a','condition':'START'}]}",
	  "[0].dependsOn", "the container waits for itself through others" },
	{ "{'name':'x','image':'i','dependsOn':[{'containerName':'a','condition':'START'}]},"
	  "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'START'}]},"
	  "{'name':'b','image':'i','dependsOn':[{'containerName':'c','condition':'START'}]},"
	  "{'name':'c','image':'i','dependsOn':[{'containerName':'a','condition':'START'}]}",
	  "[1].dependsOn", "the container waits for itself through others" },
	{ "{'name':'a','image':'i','dependsOn':[{'containerName':'b','condition':'START'},"
	  "{'containerName':'c','condition':'START'}]},"
	  "{'name':'b','image':'i','dependsOn':[{'containerName':'c','condition':'START'}]},"
	  "{'name':'c','image':'i'}", NULL, NULL },
	{ "7", "[0]", "is an integer, expected is an object" },
};

TEST(containers_hold_together)
{
	EXPECT_CASES(frame_containers, containers_cases);
}
/* clang-format on */

TEST_HARNESS_MAIN

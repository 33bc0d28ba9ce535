// SPDX-License-Identifier: MIT
/* Fields of what is around a container: each value with its refused twin. */
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* clang-format off */
#define D40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define D200 D40 D40 D40 D40 D40
#define HOST "{'hostname':'h','ipAddress':'::1'}"
#define HOST8 HOST "," HOST "," HOST "," HOST "," HOST "," HOST "," HOST "," HOST
#define HOST64 HOST8 "," HOST8 "," HOST8 "," HOST8 "," HOST8 "," HOST8 "," HOST8 "," HOST8
#define NOT_A_NAME "is not made of labels of letters, digits and - with dots between"
#define NOT_AN_ADDRESS "is not an IPv4 or IPv6 address"

static const struct judge_case names_cases[] = {
	{ ",'name':'a','dnsServers':[]", NULL, NULL },
	{ ",'name':'a','dnsServers':['10.0.0.2','fd00::53','1.1.1.1']", NULL, NULL },
	{ ",'name':'a','dnsServers':['1.1.1.1','1.1.1.1','1.1.1.1','1.1.1.1']", ".dnsServers",
	  "has 4 items, allowed are 0 to 3" },
	{ ",'name':'a','dnsServers':['1.1.1.1','dns.test']", ".dnsServers[1]", NOT_AN_ADDRESS },
	{ ",'name':'a','dnsServers':['1.1.1.1/24']", ".dnsServers[0]", NOT_AN_ADDRESS },
	{ ",'name':'a','dnsServers':['1.1.1.1\\noptions x']", ".dnsServers[0]", NOT_AN_ADDRESS },
	{ ",'name':'a','dnsServers':'1.1.1.1'", ".dnsServers",
	  "is a string, expected is a list of strings" },
	{ ",'name':'a','dnsSearchDomains':[]", NULL, NULL },
	{ ",'name':'a','dnsSearchDomains':['a.test','b']", NULL, NULL },
	{ ",'name':'a','dnsSearchDomains':['a','b','c','d','e','f']", NULL, NULL },
	{ ",'name':'a','dnsSearchDomains':['a','b','c','d','e','f','g']", ".dnsSearchDomains",
	  "has 7 items, allowed are 0 to 6" },
	{ ",'name':'a','dnsSearchDomains':['a b']", ".dnsSearchDomains[0]", NOT_A_NAME },
	{ ",'name':'a','dnsSearchDomains':['']", ".dnsSearchDomains[0]", NOT_A_NAME },
	{ ",'name':'a','dnsSearchDomains':['a\\nnameserver 1.1.1.1']", ".dnsSearchDomains[0]",
	  NOT_A_NAME },
	{ ",'name':'a','dnsSearchDomains':['" D200 "','" D40 "aaaaaaaaaaaaaaa']", NULL, NULL },
	{ ",'name':'a','dnsSearchDomains':['" D200 "','" D40 "aaaaaaaaaaaaaaaa']",
	  ".dnsSearchDomains", "have 257 bytes together, allowed is 0 to 256" },
	{ ",'name':'a','extraHosts':[]", NULL, NULL },
	{ ",'name':'a','extraHosts':[" HOST ",{'hostname':'db.test','ipAddress':'10.1.2.3'}]",
	  NULL, NULL },
	{ ",'name':'a','extraHosts':[" HOST64 "]", NULL, NULL },
	{ ",'name':'a','extraHosts':[" HOST64 "," HOST "]", ".extraHosts",
	  "has 65 items, allowed are 0 to 64" },
	{ ",'name':'a','extraHosts':[{'hostname':'h'}]", ".extraHosts[0].ipAddress", "is missing" },
	{ ",'name':'a','extraHosts':[{'ipAddress':'::1'}]", ".extraHosts[0].hostname",
	  "is missing" },
	{ ",'name':'a','extraHosts':[{'hostname':'h','ipAddress':'host-gateway'}]",
	  ".extraHosts[0].ipAddress", NOT_AN_ADDRESS },
	{ ",'name':'a','extraHosts':[{'hostname':'h\\n','ipAddress':'::1'}]",
	  ".extraHosts[0].hostname", NOT_A_NAME },
	{ ",'name':'a','extraHosts':['h:::1']", ".extraHosts[0]",
	  "is a string, expected is an object" },
	{ ",'name':'a','disableNetworking':false,'portMappings':[{'containerPort':80}]",
	  NULL, NULL },
	{ ",'name':'a','disableNetworking':true", NULL, NULL },
	{ ",'name':'a','disableNetworking':true,'portMappings':[]", NULL, NULL },
	{ ",'name':'a','disableNetworking':true,'portMappings':[{'containerPort':80}]",
	  ".portMappings", "has no meaning with disableNetworking" },
	{ ",'name':'a','disableNetworking':1", ".disableNetworking",
	  "is an integer, expected is true or false" },
};

TEST(names_and_networks_of_a_container_hold)
{
	EXPECT_CASES(frame_container, names_cases);
}

#define SET(name, value) "{'namespace':'" name "','value':'" value "'}"
#define ONE(settings) "{'name':'a','image':'a','memory':64,'systemControls':[" settings "]}"
#define TWO(first, second) ONE(first) \
	",{'name':'b','image':'a','memory':64,'systemControls':[" second "]}"
#define CUT_OFF(first, second) "{'name':'a','image':'a','memory':64,'disableNetworking':true," \
	"'systemControls':[" first "]},{'name':'b','image':'a','memory':64," \
	"'systemControls':[" second "]}"
#define MACHINES "is not a setting of a network or ipc namespace, but of the whole machine"
#define OTHER "is another than that of a container in the same namespace"
#define NO_NAME "is not the name of a kernel setting, with dots between its parts"

/* Tasks with a network of their own. */
static const struct judge_case settings_cases[] = {
	{ ONE(""), NULL, NULL },
	{ ONE(SET("net.core.somaxconn", "1024")), NULL, NULL },
	{ ONE(SET("net.ipv4.ip_local_port_range", "1024 65000") ","
	      SET("net.ipv4.conf.all.rp_filter", "0") "," SET("net.ipv6.conf.eth0.mtu", "1500")),
	  NULL, NULL },
	{ ONE(SET("kernel.msgmax", "1") "," SET("kernel.msgmnb", "1") "," SET("kernel.msgmni", "1")
	      "," SET("kernel.sem", "250 32000 100 128") "," SET("kernel.shmall", "1") ","
	      SET("kernel.shmmax", "1") "," SET("kernel.shmmni", "1") ","
	      SET("kernel.shm_rmid_forced", "1") "," SET("fs.mqueue.msg_max", "20")), NULL, NULL },
	{ ONE(SET("net.core.rmem_max", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("net.core.somaxconn2", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("net.ipv4.tcp_mem", "1 2 3")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("net.netfilter.nf_log", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("vm.max_map_count", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("fs.aio-max-nr", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("kernel.hostname", "x")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("kernel.msgmaxx", "1")), "[0].systemControls[0].namespace", MACHINES },
	{ ONE(SET("net.core.somaxconn", "1") "," SET("net.core.somaxconn", "1")),
	  "[0].systemControls[1].namespace", "is listed already" },
	{ ONE(SET("net/core/somaxconn", "1")), "[0].systemControls[0].namespace", NO_NAME },
	{ ONE(SET("net..core", "1")), "[0].systemControls[0].namespace", NO_NAME },
	{ ONE(SET("net.core.", "1")), "[0].systemControls[0].namespace", NO_NAME },
	{ ONE(SET(".net", "1")), "[0].systemControls[0].namespace", NO_NAME },
	{ ONE(SET("net", "1")), "[0].systemControls[0].namespace", NO_NAME },
	{ ONE(SET("net.../../kernel.core_pattern", "1")), "[0].systemControls[0].namespace",
	  NO_NAME },
	{ ONE(SET("", "1")), "[0].systemControls[0].namespace",
	  "has 0 bytes, allowed are 1 to 223" },
	{ ONE(SET("net.core.somaxconn", "")), "[0].systemControls[0].value",
	  "has 0 bytes, allowed are 1 to 255" },
	{ ONE(SET("net.core.somaxconn", "1\\n")), "[0].systemControls[0].value",
	  "has a character that is not seen" },
	{ ONE("{'namespace':'net.core.somaxconn'}"), "[0].systemControls[0].value", "is missing" },
	{ ONE("{'value':'1'}"), "[0].systemControls[0].namespace", "is missing" },
	{ TWO(SET("net.core.somaxconn", "1"), SET("net.core.somaxconn", "1")), NULL, NULL },
	{ TWO(SET("net.core.somaxconn", "1"), SET("net.core.somaxconn", "2")),
	  "[1].systemControls[0].value", OTHER },
	{ CUT_OFF(SET("net.core.somaxconn", "1"), SET("net.core.somaxconn", "2")), NULL, NULL },
	/* Each container has its own. */
	{ TWO(SET("kernel.msgmax", "1"), SET("kernel.msgmax", "2")), NULL, NULL },
};

TEST(settings_are_of_a_namespace_that_the_task_has)
{
	EXPECT_CASES(frame_containers, settings_cases);
}

static const struct judge_frame frame_one_ipc = {
	.document = "{'schemaVersion':1,'instance':{'id':'i-1'},'tasks':[{'taskDefinition':{"
		"'family':'web','networkMode':'awsvpc','ipcMode':'task',"
		"'containerDefinitions':[@]}}]}",
	.path = "$.tasks[0].taskDefinition.containerDefinitions",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

static const struct judge_case shared_settings_cases[] = {
	{ TWO(SET("kernel.msgmax", "1"), SET("kernel.msgmax", "1")), NULL, NULL },
	{ TWO(SET("kernel.msgmax", "1"), SET("kernel.msgmax", "2")),
	  "[1].systemControls[0].value", OTHER },
};

TEST(settings_of_a_shared_ipc_namespace_agree)
{
	EXPECT_CASES(frame_one_ipc, shared_settings_cases);
}

static const struct judge_case host_settings_cases[] = {
	{ ",'name':'a','systemControls':[" SET("kernel.msgmax", "1") "]", NULL, NULL },
	{ ",'name':'a','systemControls':[" SET("net.core.somaxconn", "1") "]",
	  ".systemControls[0].namespace",
	  "is of the network, which with networkMode host is the instance's" },
	{ ",'name':'a','disableNetworking':true,'systemControls':["
	  SET("net.core.somaxconn", "1") "]", NULL, NULL },
};

TEST(settings_of_the_instances_network_are_refused)
{
	EXPECT_CASES(frame_container, host_settings_cases);
}

#define DEVICES(list) ",'name':'a','linuxParameters':{'devices':[" list "]}"
#define GRANTED(list) ",'name':'a','linuxParameters':{'capabilities':{'add':['NET_ADMIN']}," \
	"'devices':[" list "]}"
#define TUN "{'hostPath':'/dev/net/tun'}"
#define AT(host, path) "{'hostPath':'/dev/" host "','containerPath':'" path "'}"
#define AS(host, words) "{'hostPath':'/dev/" host "','permissions':[" words "]}"
#define DEVICE ".linuxParameters.devices[0]"
#define THE_INSTANCES "is not null, zero, full, random, urandom, tty, net/tun or fuse of /dev; " \
	"other devices are the instance's"

static const struct judge_case devices_cases[] = {
	{ DEVICES(""), NULL, NULL },
	{ DEVICES(AT("null", "/dev/null") "," AT("zero", "/dev/nothing")), NULL, NULL },
	{ DEVICES(AS("full", "'read','write'") "," AS("random", "'mknod','write','read'") ","
		  AS("urandom", "") "," AS("tty", "'write','read'")), NULL, NULL },
	{ DEVICES(AS("null", "'read'")), DEVICE ".permissions",
	  "are less than read and write, which every container has of it" },
	{ DEVICES(TUN), DEVICE ".hostPath", "comes with NET_ADMIN alone" },
	{ DEVICES("{'hostPath':'/dev/fuse'}"), DEVICE ".hostPath", "comes with SYS_ADMIN alone" },
	{ GRANTED(TUN), NULL, NULL },
	{ GRANTED(AT("net/tun", "/dev/tun") "," AT("null", "/dev/a/b")), NULL, NULL },
	{ GRANTED(AS("net/tun", "'read'")), NULL, NULL },
	{ GRANTED(AS("fuse", "'read'")), DEVICE ".hostPath", "comes with SYS_ADMIN alone" },
	{ DEVICES("{'hostPath':'/dev/kvm'}"), DEVICE ".hostPath", THE_INSTANCES },
	{ DEVICES("{'hostPath':'/dev/mem'}"), DEVICE ".hostPath", THE_INSTANCES },
	{ DEVICES("{'hostPath':'/dev/vda'}"), DEVICE ".hostPath", THE_INSTANCES },
	{ DEVICES("{'hostPath':'/dev/net'}"), DEVICE ".hostPath", THE_INSTANCES },
	{ DEVICES("{'hostPath':'/etc/passwd'}"), DEVICE ".hostPath", THE_INSTANCES },
	{ DEVICES("{'hostPath':'/dev/../dev/null'}"), DEVICE ".hostPath",
	  "is not an absolute path without empty, . and .. parts" },
	{ DEVICES("{'containerPath':'/dev/null'}"), DEVICE ".hostPath", "is missing" },
	{ DEVICES("'/dev/null'"), DEVICE, "is a string, expected is an object" },
	{ DEVICES(AT("null", "/null")), DEVICE ".containerPath", "is not a name below /dev" },
	{ DEVICES(AT("null", "/dev")), DEVICE ".containerPath", "is not a name below /dev" },
	{ DEVICES(AT("null", "/dev/x/")), DEVICE ".containerPath", "is not a name below /dev" },
	{ DEVICES(AT("null", "/dev/../x")), DEVICE ".containerPath",
	  "is not an absolute path without empty, . and .. parts" },
	{ DEVICES(AT("null", "/dev/pts/0")), DEVICE ".containerPath",
	  "is where a container has something else" },
	{ DEVICES(AT("null", "/dev/stdout")), DEVICE ".containerPath",
	  "is where a container has something else" },
	{ DEVICES(AT("null", "/dev/stdout2")), NULL, NULL },
	{ DEVICES(AT("null", "/dev/zero")), DEVICE ".containerPath", "is that of another device" },
	{ DEVICES(AT("null", "/dev/x") "," AT("zero", "/dev/x")),
	  ".linuxParameters.devices[1].containerPath", "is that of another device" },
	{ DEVICES(AT("null", "/dev/x") "," AT("null", "/dev/y")),
	  ".linuxParameters.devices[1].hostPath", "is listed already" },
	{ DEVICES(AS("null", "'execute'")), DEVICE ".permissions[0]",
	  "is not one of read, write, mknod" },
	{ DEVICES(AS("null", "'r'")), DEVICE ".permissions[0]",
	  "is not one of read, write, mknod" },
};

TEST(devices_are_those_of_every_container_or_of_a_grant)
{
	EXPECT_CASES(frame_container, devices_cases);
}
/* clang-format on */

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/* What tasks of one document may want of the instance's network. */
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* clang-format off */
#define TASK(mode, mapping, rest)                                              \
	"{'taskDefinition':{'family':'t','networkMode':'" mode "',"            \
	"'containerDefinitions':[{'name':'a','image':'i','memory':64,"         \
	"'portMappings':[" mapping "]}]}" rest "}"
#define HOST(mapping) TASK("host", mapping, "")
#define TASKS(list) ",'schemaVersion':1,'tasks':[" list "]"
#define MAPPING_OF(task, n)                                                    \
	"$.tasks[" task "].taskDefinition.containerDefinitions[0]"             \
	".portMappings[" n "]"

/* In front of the tasks of a document whose instance has a network. */
#define BRIDGES(list)                                                          \
	",'network':{'address':'10.0.2.15/24'}},'schemaVersion':1,'tasks':["   \
	list "]"
#define BRIDGE(mapping) TASK("bridge", mapping, "")

static const struct judge_case bridges[] = {
	{ BRIDGES(BRIDGE("")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPort':80}")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPort':80,'hostPort':8080}")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPortRange':'8000-8010'}")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPort':80,'hostPort':49152}")), NULL, NULL },
	{ BRIDGES(TASK("bridge", "{'containerPort':80}", ",'count':2")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPort':80,'hostPort':8080}") ","
		BRIDGE("{'containerPort':80,'hostPort':8081}")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPort':80,'hostPort':8080}") ","
		BRIDGE("{'containerPort':81,'hostPort':8080}")), MAPPING_OF("1", "0"),
	  "takes the instance's tcp port 8080, as $.tasks[0] does" },
	{ BRIDGES(HOST("{'containerPort':80}") "," BRIDGE("{'containerPort':81,'hostPort':80}")),
	  MAPPING_OF("1", "0"), "takes the instance's tcp port 80, as $.tasks[0] does" },
	{ BRIDGES(TASK("bridge", "{'containerPort':80,'hostPort':80}", ",'count':2")),
	  "$.tasks[0].count", "is 2, but each takes the instance's tcp port 80" },
	{ BRIDGES(BRIDGE("{'containerPort':80,'hostPort':49153}")),
	  MAPPING_OF("0", "0") ".hostPort", "is 49153, but from 49153 on they are dynamic" },
	{ BRIDGES(BRIDGE("{'hostPort':80}")), MAPPING_OF("0", "0") ".containerPort", "is missing" },
	{ BRIDGES(BRIDGE("{'containerPort':80,'containerPortRange':'80-81'}")),
	  MAPPING_OF("0", "0") ".containerPortRange",
	  "is for a mapping without containerPort and hostPort" },
	{ BRIDGES(BRIDGE("{'containerPortRange':'80-81','hostPort':80}")),
	  MAPPING_OF("0", "0") ".containerPortRange",
	  "is for a mapping without containerPort and hostPort" },
	{ BRIDGES(HOST("{'containerPortRange':'80-81'}")),
	  MAPPING_OF("0", "0") ".containerPortRange", "is for networkMode bridge or awsvpc" },
	{ BRIDGES(BRIDGE("{'containerPortRange':'81-80'}")),
	  MAPPING_OF("0", "0") ".containerPortRange", "is not a range of ports, like 8000-8010" },
	{ BRIDGES(BRIDGE("{'containerPortRange':'80-90'},{'containerPort':90}")),
	  MAPPING_OF("0", "1") ".containerPort", "is mapped twice in the task" },
	{ BRIDGES(BRIDGE("{'containerPortRange':'1-31'}")), NULL, NULL },
	{ BRIDGES(BRIDGE("{'containerPortRange':'1-32'}")),
	  "$.tasks[0].taskDefinition.containerDefinitions",
	  "map 32 ports without hostPort, allowed are 0 to 31" },
	{ BRIDGES(BRIDGE("{'containerPortRange':'1-101'}")),
	  "$.tasks[0].taskDefinition.containerDefinitions",
	  "map 101 ports, allowed are 0 to 100" },
	{ "},'schemaVersion':1,'tasks':[" BRIDGE("") "]",
	  "$.tasks[0].taskDefinition.networkMode", "bridge needs $.instance.network" },
	{ ",'network':{'address':'172.17.9.9/24'}},'schemaVersion':1,'tasks':[" BRIDGE("") "]",
	  "$.tasks[0].taskDefinition.networkMode",
	  "bridge has the network 172.17.0.0/16, which is $.instance.network's" },
};

static const struct judge_frame with_network = {
	.document = "{'instance':{'id':'i-1'@}",
	.path = "$",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

static const struct judge_case claims[] = {
	{ TASKS(HOST("{'containerPort':80}") "," HOST("{'containerPort':81}")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") ","
		HOST("{'containerPort':80,'protocol':'udp'}")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") "," TASK("awsvpc", "{'containerPort':80}", "")),
	  NULL, NULL },
	{ TASKS(TASK("awsvpc", "{'containerPort':80}", ",'count':2")), NULL, NULL },
	{ TASKS(TASK("host", "", ",'count':2")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") "," HOST("{'containerPort':80}")),
	  MAPPING_OF("1", "0"), "takes the instance's tcp port 80, as $.tasks[0] does" },
	{ TASKS(HOST("{'containerPort':80,'hostPort':80}") "," HOST("{'containerPort':1},"
		"{'containerPort':80,'hostPort':0}")),
	  MAPPING_OF("1", "1"), "takes the instance's tcp port 80, as $.tasks[0] does" },
	{ TASKS(HOST("") "," HOST("{'containerPort':53,'protocol':'udp'}") ","
		HOST("{'containerPort':53,'protocol':'udp'}")),
	  MAPPING_OF("2", "0"), "takes the instance's udp port 53, as $.tasks[1] does" },
	{ TASKS(TASK("host", "{'containerPort':80}", ",'count':2")),
	  "$.tasks[0].count", "is 2, but each takes the instance's tcp port 80" },
};

#define CARD(mac, rest) "{'macAddress':'02:00:00:00:00:" mac "'" rest "}"
#define V4 ",'addresses':['10.1.0.5/24']"
#define DUAL ",'addresses':['10.1.0.5/24','fd01::5/64']"
#define GIVEN(mode, cards, rest)                                               \
	TASKS("{'taskDefinition':{'family':'t','networkMode':'" mode "',"      \
	"'containerDefinitions':[{'name':'a','image':'i','memory':64}]},"      \
	"'attachments':[{'networkInterfaces':[" cards "]}" rest "}")
#define ONE(rest) GIVEN("awsvpc", CARD("01", rest), "]")
#define AT(n, member) "$.tasks[0].attachments[" n "]" member
#define AT_CARD(member) AT("0", ".networkInterfaces[0]" member)

static const struct judge_case interfaces[] = {
	{ ONE(V4), NULL, NULL },
	{ ONE(V4 ",'gateways':['10.1.0.1'],'mtu':576"), NULL, NULL },
	{ ONE(DUAL ",'gateways':['10.1.0.1','fd01::1'],'mtu':9001"), NULL, NULL },
	{ ONE(DUAL ",'gateways':['fe80::1'],'routes':[{'destinationCidrBlock':'10.2.0.0/16'},"
	      "{'destinationCidrBlock':'fd02::/64','gateway':'fe80::2'}],'neighbors':["
	      "{'address':'10.1.0.1','macAddress':'02:00:00:00:00:99'}],"
	      "'domainNameServers':['10.1.0.2']"), NULL, NULL },
	{ GIVEN("awsvpc", CARD("01", V4) "," CARD("02", V4), "]"), NULL, NULL },
	{ GIVEN("awsvpc", CARD("01", V4), ",{'networkInterfaces':[" CARD("02", V4) "]}],"
		"'count':2"), NULL, NULL },
	{ GIVEN("awsvpc", CARD("01", V4), ",{'networkInterfaces':[" CARD("02", V4) "]}]"),
	  NULL, NULL },
	{ TASKS(""), NULL, NULL },
	{ ONE(""), AT_CARD(".addresses"), "is missing" },
	{ ONE(",'addresses':[]"), AT_CARD(".addresses"), "has 0 items, allowed are 1 to 16" },
	{ ONE(",'addresses':['10.1.0.5']"), AT_CARD(".addresses[0]"),
	  "is not an address with its prefix, like 10.0.2.15/24" },
	{ GIVEN("awsvpc", "{'macAddress':'03:00:00:00:00:01'" V4 "}", "]"),
	  AT_CARD(".macAddress"), "is not the address of a card, like 02:00:5e:10:00:01" },
	{ GIVEN("awsvpc", "", "]"), AT("0", ".networkInterfaces"),
	  "has 0 items, allowed are 1 to 8" },
	{ GIVEN("host", CARD("01", V4), "]"), "$.tasks[0].attachments",
	  "is for networkMode awsvpc" },
	{ GIVEN("none", CARD("01", V4), "]"), "$.tasks[0].attachments",
	  "is for networkMode awsvpc" },
	{ GIVEN("awsvpc", CARD("01", V4), "],'count':2"), "$.tasks[0].attachments",
	  "has 1, but $.tasks[0].count is 2" },
	{ GIVEN("awsvpc", CARD("0a", V4) "," CARD("0A", V4), "]"),
	  AT("0", ".networkInterfaces[1].macAddress"), "is listed already" },
	{ GIVEN("awsvpc", CARD("01", V4), ",{'networkInterfaces':[" CARD("01", V4) "]}],"
		"'count':2"), AT("1", ".networkInterfaces[0].macAddress"), "is listed already" },
	{ ONE(",'addresses':['10.1.0.5/24','10.1.0.5/16']"), AT_CARD(".addresses[1]"),
	  "is listed already" },
	{ ONE(DUAL ",'mtu':1279"), AT_CARD(".mtu"), "is 1279, IPv6 needs 1280" },
	{ ONE(V4 ",'mtu':575"), AT_CARD(".mtu"), "is 575, allowed is 576 to 65535" },
	{ ONE(V4 ",'gateways':['10.2.0.1']"), AT_CARD(".gateways[0]"),
	  "is not inside the network of an address" },
	{ ONE(V4 ",'gateways':['fe80::1']"), AT_CARD(".gateways[0]"),
	  "is not inside the network of an address" },
	{ ONE(V4 ",'gateways':['10.1.0.5']"), AT_CARD(".gateways[0]"),
	  "is an address of the interface itself" },
	{ ONE(V4 ",'gateways':['10.1.0.1','10.1.0.2']"), AT_CARD(".gateways[1]"),
	  "is the task's second of that family" },
	{ GIVEN("awsvpc", CARD("01", V4 ",'gateways':['10.1.0.1']") ","
		CARD("02", V4 ",'gateways':['10.1.0.1']"), "]"),
	  AT("0", ".networkInterfaces[1].gateways[0]"), "is the task's second of that family" },
	{ ONE(V4 ",'routes':[{'destinationCidrBlock':'10.2.0.1/16'}]"),
	  AT_CARD(".routes[0].destinationCidrBlock"), "has bits set behind its prefix" },
	{ ONE(V4 ",'routes':[{'destinationCidrBlock':'0.0.0.0/0'}]"),
	  AT_CARD(".routes[0].destinationCidrBlock"),
	  "is not an address with its prefix, like 10.0.2.15/24" },
	{ ONE(V4 ",'routes':[{'destinationCidrBlock':'10.2.0.0/16','gateway':'fe80::1'}]"),
	  AT_CARD(".routes[0].gateway"), "is not of the same family as destinationCidrBlock" },
	{ ONE(V4 ",'routes':[{'destinationCidrBlock':'10.2.0.0/16','gateway':'10.2.0.1'}]"),
	  AT_CARD(".routes[0].gateway"), "is not inside the network of an address" },
	{ ONE(V4 ",'neighbors':[{'address':'10.1.0.1'}]"),
	  AT_CARD(".neighbors[0].macAddress"), "is missing" },
};
/* clang-format on */

TEST(bridges_map_ports)
{
	EXPECT_CASES(with_network, bridges);
}

TEST(interfaces_can_be_given)
{
	EXPECT_CASES(frame_document, interfaces);
}

TEST(ports_of_the_instance_are_taken_once)
{
	EXPECT_CASES(frame_document, claims);
}

TEST_HARNESS_MAIN

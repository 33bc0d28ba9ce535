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
/* clang-format on */

TEST_HARNESS_MAIN

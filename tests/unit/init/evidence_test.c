#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/evidence.h"

#include "kselftest_harness.h"

#define TCP(state) \
	"   0: 00000000:0016 00000000:0000 " state " 00000000:00000000 00:0\n"
#define TCP6(state)                                    \
	"   1: 00000000000000000000000001000000:0277 " \
	"00000000000000000000000000000000:0000 " state " 00000000:00000000\n"

TEST(tcp_in_listen_counts_and_a_connection_does_not)
{
	EXPECT_TRUE(evidence_is_listener("tcp", TCP("0A")));
	EXPECT_TRUE(evidence_is_listener("tcp6", TCP6("0A")));
	EXPECT_FALSE(evidence_is_listener("tcp", TCP("01")));
	EXPECT_FALSE(evidence_is_listener("tcp6", TCP6("06")));
}

TEST(udp_and_raw_without_peer_count_and_connected_do_not)
{
	EXPECT_TRUE(evidence_is_listener("udp", TCP("07")));
	EXPECT_TRUE(evidence_is_listener("udp6", TCP6("07")));
	EXPECT_TRUE(evidence_is_listener("raw", TCP("07")));
	EXPECT_FALSE(evidence_is_listener("udp", TCP("01")));
	EXPECT_FALSE(evidence_is_listener("raw6", TCP6("01")));
}

TEST(a_unix_socket_that_accepts_counts_and_a_pair_does_not)
{
	EXPECT_TRUE(evidence_is_listener("unix",
					 "0000000000000000: 00000002 "
					 "00000000 00010000 0001 01 17 @x\n"));
	EXPECT_FALSE(evidence_is_listener("unix",
					  "0000000000000000: 00000003 "
					  "00000000 00000000 0005 03 18\n"));
}

TEST(headers_and_unknown_files_do_not_count)
{
	EXPECT_FALSE(evidence_is_listener("tcp",
					  "  sl  local_address "
					  "rem_address   st tx_queue\n"));
	EXPECT_FALSE(evidence_is_listener("unix",
					  "Num       RefCount Protocol "
					  "Flags    Type St Inode Path\n"));
	EXPECT_FALSE(evidence_is_listener("netlink", TCP("0A")));
	EXPECT_FALSE(evidence_is_listener("tcp", ""));
}

TEST(a_listener_of_this_process_is_seen_and_gone_when_closed)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct err e = ERR_NONE;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int with, without;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&any, sizeof(any)));
	without = evidence_count_listeners("/proc/net", &e);
	ASSERT_LE(0, without);
	ASSERT_EQ(0, listen(fd, 1));
	with = evidence_count_listeners("/proc/net", &e);
	EXPECT_EQ(without + 1, with);
	close(fd);
}

TEST(protocols_that_the_kernel_lacks_count_zero)
{
	struct err e = ERR_NONE;

	EXPECT_EQ(0, evidence_count_listeners("/proc/self/net/nothing", &e));
}

TEST_HARNESS_MAIN

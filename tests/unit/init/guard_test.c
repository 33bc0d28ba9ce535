/*
 * The network guards: what each program answers, asked of a small interpreter
 * of the instructions they use. That a kernel takes and asks them is shown by
 * guard_kernel_test.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "init/guard_code.h"
#include "runtime/base/fd.h"
#include "runtime/task/guard.h"

#include "kselftest_harness.h"

#define MAP_FD 77

/* What a program sees: its context, a map's value, a packet. */
struct world {
	union {
		struct bpf_sock_addr address;
		struct __sk_buff packet;
	} question;
	struct guard_endpoints map;
	uint8_t bytes[64];
	uint32_t len; /* of the packet */
};

/* Pointers of the program: a region in the upper half, an offset below. */
enum region { REGION_QUESTION = 1, REGION_MAP, REGION_PACKET };

static uint64_t pointer(enum region region, uint64_t offset)
{
	return (uint64_t)region << 32 | offset;
}

/* The word at a program's pointer; false outside of what it may read. */
static bool read_word(const struct world *w, uint64_t at, uint64_t *value)
{
	const void *const bases[] = { NULL, &w->question, &w->map, w->bytes };
	const size_t sizes[] = { 0, sizeof(w->question), sizeof(w->map),
				 w->len };
	uint64_t region = at >> 32, offset = at & UINT32_MAX;
	uint32_t word;

	if (region < REGION_QUESTION || region > REGION_PACKET ||
	    offset + sizeof(word) > sizes[region])
		return false;
	memcpy(&word, (const char *)bases[region] + offset, sizeof(word));
	*value = word;
	return true;
}

/* In a struct __sk_buff these two are pointers, for the verifier too. */
static bool read_question(const struct world *w, bool is_packet, uint64_t at,
			  uint64_t *value)
{
	if (is_packet &&
	    at == pointer(REGION_QUESTION, offsetof(struct __sk_buff, data)))
		*value = pointer(REGION_PACKET, 0);
	else if (is_packet &&
		 at == pointer(REGION_QUESTION,
			       offsetof(struct __sk_buff, data_end)))
		*value = pointer(REGION_PACKET, w->len);
	else
		return read_word(w, at, value);
	return true;
}

/* The program's answer; -1 for what no verifier would take. */
static int run(const struct bpf_insn *code, size_t len, bool is_packet,
	       const struct world *w)
{
	uint64_t reg[11] = { [BPF_REG_1] = pointer(REGION_QUESTION, 0) };

	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &code[pc];
		uint64_t *dst = &reg[i->dst_reg], src = reg[i->src_reg];

		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			if (!read_question(w, is_packet, src + (uint64_t)i->off,
					   dst))
				return -1;
			break;
		case BPF_LD | BPF_DW | BPF_IMM:
			if (i->src_reg != BPF_PSEUDO_MAP_VALUE ||
			    i->imm != MAP_FD)
				return -1;
			*dst = pointer(REGION_MAP, 0);
			pc++;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = src;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_ADD | BPF_K:
			*dst += (uint64_t)i->imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			pc += (uint32_t)*dst != (uint32_t)i->imm ?
				      (size_t)i->off :
				      0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_X:
			pc += (uint32_t)*dst != (uint32_t)src ? (size_t)i->off :
								0;
			break;
		case BPF_JMP | BPF_JLE | BPF_X:
			pc += *dst <= src ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)reg[BPF_REG_0];
		default:
			return -1;
		}
	}
	return -1;
}

typedef size_t builder(struct bpf_insn *code, const struct guard_facts *f);

static int ask(builder *build, bool is_packet, const struct world *w)
{
	struct bpf_insn code[GUARD_CODE_MAX];
	const struct guard_facts facts = { .map = MAP_FD };
	size_t len = build(code, &facts);

	return len <= GUARD_CODE_MAX ? run(code, len, is_packet, w) : -1;
}

static void set_address(struct world *w, const char *text, uint16_t port)
{
	w->question.address.user_port = htons(port);
	if (strchr(text, ':'))
		inet_pton(AF_INET6, text, w->question.address.user_ip6);
	else
		inet_pton(AF_INET, text, &w->question.address.user_ip4);
}

static int ask_address(builder *build, struct world w, const char *text,
		       uint16_t port)
{
	set_address(&w, text, port);
	return ask(build, false, &w);
}

TEST(the_house_is_refused_whatever_it_asks)
{
	struct world w = { .len = 0 };

	EXPECT_EQ(GUARD_REFUSE, ask(guard_code_refuse, false, &w));
}

TEST(tasks_are_refused_the_metadata_service_alone)
{
	static const struct {
		builder *build;
		const char *address;
		int answer;
	} rows[] = {
		{ guard_code_metadata4, "169.254.169.254", GUARD_REFUSE },
		{ guard_code_metadata4, "169.254.169.253", GUARD_PASS },
		{ guard_code_metadata4, "254.169.254.169", GUARD_PASS },
		{ guard_code_metadata4, "169.254.170.2", GUARD_PASS },
		{ guard_code_metadata4, "0.0.0.0", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2::254", GUARD_REFUSE },
		{ guard_code_metadata6, "::ffff:169.254.169.254",
		  GUARD_REFUSE },
		{ guard_code_metadata6, "fd00:ec2::253", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2:0:0:1::254", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2:0:1::254", GUARD_PASS },
		{ guard_code_metadata6, "fd01:ec2::254", GUARD_PASS },
		{ guard_code_metadata6, "::ffff:169.254.169.253", GUARD_PASS },
		{ guard_code_metadata6, "::", GUARD_PASS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world w = { .len = 0 };

		EXPECT_EQ(rows[i].answer,
			  ask_address(rows[i].build, w, rows[i].address, 80))
		{
			TH_LOG("%s", rows[i].address);
		}
	}
}

static struct guard_endpoints endpoints(const char *telemetry, const char *logs)
{
	struct guard_endpoints out;
	struct err e = ERR_NONE;

	if (guard_endpoints_of(telemetry, logs, &out, &e) < 0)
		abort();
	return out;
}

TEST(uplink_passes_to_its_endpoints_alone)
{
	struct world w = { .map = endpoints("http://10.0.2.2:4318/v1",
					    "http://[fd00::5]:80") };

	EXPECT_EQ(1, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4319));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.3", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 80));
	EXPECT_EQ(1, ask_address(guard_code_endpoints6, w, "fd00::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd00::5", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd00::6", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd01::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "::ffff:10.0.2.2",
				 4318));
}

TEST(uplink_passes_to_the_second_endpoint_too)
{
	struct world w = { .map = endpoints("http://[fd00::5]:80",
					    "http://10.0.2.2") };

	EXPECT_EQ(1, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
	EXPECT_EQ(1, ask_address(guard_code_endpoints6, w, "fd00::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "0.0.0.0", 0));
}

TEST(courier_passes_to_the_source_alone)
{
	struct world w = { .map = endpoints("http://10.0.2.2:4318", "") };

	ASSERT_EQ(0, guard_source_of("http://10.0.2.2:80/d", &w.map.source[0],
				     NULL));
	ASSERT_EQ(0, guard_source_of("http://[fd00::5]:81", &w.map.source[1],
				     NULL));
	EXPECT_EQ(1, ask_address(guard_code_source4, w, "10.0.2.2", 80));
	EXPECT_EQ(0, ask_address(guard_code_source4, w, "10.0.2.2", 4318));
	EXPECT_EQ(0, ask_address(guard_code_source4, w, "10.0.2.3", 80));
	EXPECT_EQ(1, ask_address(guard_code_source6, w, "fd00::5", 81));
	EXPECT_EQ(0, ask_address(guard_code_source6, w, "fd00::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd00::5", 81));
}

TEST(an_empty_map_passes_nothing)
{
	struct world w = { .map = endpoints("", "") };

	EXPECT_EQ(0, ask_address(guard_code_source4, w, "0.0.0.0", 0));
	EXPECT_EQ(0, ask_address(guard_code_source6, w, "::", 0));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "0.0.0.0", 0));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "::", 0));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
}

TEST(a_text_that_is_no_endpoint_is_refused)
{
	struct guard_endpoints out;
	struct err e = ERR_NONE;

	EXPECT_EQ(-EINVAL, guard_endpoints_of("http://name", "", &out, &e));
	EXPECT_EQ(0, out.at[0].family);
	EXPECT_EQ(-EINVAL,
		  guard_endpoints_of("http://1.2.3.4", "ftp", &out, &e));
	EXPECT_EQ(AF_INET, out.at[0].family);
	EXPECT_EQ(0, out.at[1].family);
	EXPECT_EQ(-EINVAL, guard_source_of("http://name", &out.source[0], &e));
	EXPECT_EQ(0, out.source[0].family);
}

static int ask_packet(uint16_t protocol, const char *to, uint32_t len)
{
	struct world w = { .len = len };
	bool is_v6 = strchr(to, ':');

	w.question.packet.protocol = htons(protocol);
	inet_pton(is_v6 ? AF_INET6 : AF_INET, to, w.bytes + (is_v6 ? 24 : 16));
	return ask(guard_code_metadata_packets, true, &w);
}

TEST(packets_to_the_metadata_service_are_dropped)
{
	EXPECT_EQ(0, ask_packet(0x0800, "169.254.169.254", 60));
	EXPECT_EQ(0, ask_packet(0x0800, "169.254.169.254", 20));
	EXPECT_EQ(1, ask_packet(0x0800, "169.254.169.253", 20));
	EXPECT_EQ(0, ask_packet(0x86dd, "fd00:ec2::254", 40));
	EXPECT_EQ(0, ask_packet(0x86dd, "::ffff:169.254.169.254", 40));
	EXPECT_EQ(1, ask_packet(0x86dd, "fd00:ec2::253", 40));
}

TEST(packets_without_a_whole_header_are_dropped)
{
	EXPECT_EQ(0, ask_packet(0x0800, "10.0.2.2", 19));
	EXPECT_EQ(0, ask_packet(0x86dd, "fd00::5", 39));
	EXPECT_EQ(1, ask_packet(0x0800, "10.0.2.2", 20));
	EXPECT_EQ(1, ask_packet(0x86dd, "fd00::5", 40));
}

TEST(without_a_map_uplink_is_not_let_out)
{
	struct guard_endpoints none = endpoints("", "");
	struct err e = ERR_NONE;

	EXPECT_GT(0, guard_close(-1, &none, &e));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: MIT
/*
 * The guards on security hooks: what each program answers, asked of a small
 * interpreter that works on structures of our own. That a kernel takes them
 * and asks them is shown by guest/guards and guest/crash.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "init/guard_code.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"

#include "kselftest_harness.h"

#define ROOT 0x00fe0000u
#define OTHER 0x00000013u
#define NETWORK 4026531840u
#define MAP_FD 77
#define NOWHERE 4096 /* no pointer is below */

/* As the kernel has them, in few words and at other places. */
struct fake_super {
	uint64_t other;
	uint32_t device;
};

struct fake_inode {
	struct fake_super *super;
};

struct fake_file {
	uint64_t other[3];
	struct fake_inode *inode;
};

struct fake_program {
	uint64_t other;
	struct fake_file *file;
};

struct fake_net {
	uint64_t other[2];
	uint32_t number;
};

struct fake_sock {
	uint64_t other;
	uint16_t family;
	struct fake_net *network;
};

struct fake_socket {
	uint64_t other;
	struct fake_sock *sock;
};

static const struct guard_facts facts = {
	.map = MAP_FD,
	.root_device = ROOT,
	.network = NETWORK,
	.place = {
		[GUARD_PROGRAM_FILE] = offsetof(struct fake_program, file),
		[GUARD_FILE_INODE] = offsetof(struct fake_file, inode),
		[GUARD_INODE_SUPER] = offsetof(struct fake_inode, super),
		[GUARD_SUPER_DEVICE] = offsetof(struct fake_super, device),
		[GUARD_SOCKET_SOCK] = offsetof(struct fake_socket, sock),
		[GUARD_COMMON_FAMILY] = offsetof(struct fake_sock, family),
		[GUARD_COMMON_NETWORK] = offsetof(struct fake_sock, network),
		[GUARD_NAMESPACE_NUMBER] = offsetof(struct fake_net, number),
	},
};

static struct guard_endpoints map;

/* ----------------------------------------------------------- the machine */

/* False for a pointer to nowhere, at which a kernel would fall. */
static bool load(uint64_t at, int offset, size_t size, uint64_t *value)
{
	*value = 0;
	if (at < NOWHERE)
		return false;
	memcpy(value, (const char *)(uintptr_t)at + offset, size);
	return true;
}

/* Helper: R1 = to, R2 = bytes, R3 = from. */
static uint64_t probe_read(const uint64_t *reg)
{
	if (reg[BPF_REG_3] < NOWHERE)
		return (uint64_t)-1;
	memcpy((void *)(uintptr_t)reg[BPF_REG_1],
	       (const void *)(uintptr_t)reg[BPF_REG_3], reg[BPF_REG_2]);
	return 0;
}

static size_t size_of(unsigned int code)
{
	switch (BPF_SIZE(code)) {
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static bool is_taken(const struct bpf_insn *i, uint64_t value)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return value == (uint32_t)i->imm;
	case BPF_JSET:
		return value & (uint32_t)i->imm;
	default:
		return (uint32_t)value != (uint32_t)i->imm; /* 32 bits, JNE */
	}
}

/* The answer; -1 for a load from nowhere, -2 for what no program here has. */
static int run(const struct bpf_insn *code, size_t len, const uint64_t *context)
{
	uint64_t stack[4] = { 0 }, reg[11] = { 0 };

	reg[BPF_REG_1] = (uintptr_t)context;
	reg[BPF_REG_10] = (uintptr_t)&stack[4];
	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &code[pc];
		uint64_t *dst = &reg[i->dst_reg], src = reg[i->src_reg];

		if (BPF_CLASS(i->code) == BPF_LDX) {
			if (!load(src, i->off, size_of(i->code), dst))
				return -1;
		} else if (i->code == (BPF_LD | BPF_DW | BPF_IMM)) {
			*dst = i->imm == MAP_FD ? (uintptr_t)&map : 0;
			pc++;
		} else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_X)) {
			*dst = src;
		} else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_K)) {
			*dst = (uint64_t)i->imm;
		} else if (i->code == (BPF_ALU64 | BPF_ADD | BPF_K)) {
			*dst += (uint64_t)i->imm;
		} else if (i->code == (BPF_JMP | BPF_CALL)) {
			reg[BPF_REG_0] = probe_read(reg);
		} else if (i->code == (BPF_JMP | BPF_EXIT)) {
			return (int)reg[BPF_REG_0];
		} else if (BPF_CLASS(i->code) == BPF_JMP ||
			   BPF_CLASS(i->code) == BPF_JMP32) {
			pc += is_taken(i, *dst) ? (size_t)i->off : 0;
		} else {
			return -2;
		}
	}
	return -2;
}

typedef size_t builder(struct bpf_insn *code, const struct guard_facts *f);

static int ask(builder *build, const void *first, uint64_t second,
	       uint64_t third)
{
	const uint64_t context[] = { (uintptr_t)first, second, third };
	struct bpf_insn code[GUARD_CODE_MAX];
	size_t len = build(code, &facts);

	return len <= GUARD_CODE_MAX ? run(code, len, context) : -2;
}

/* -------------------------------------------------------------- the claims */

static int ask_exec(uint32_t device)
{
	struct fake_super super = { .device = device };
	struct fake_inode inode = { &super };
	struct fake_file file = { .inode = &inode };
	struct fake_program program = { .file = &file };

	return ask(guard_code_verified_exec, &program, 0, 0);
}

TEST(only_what_lies_on_the_root_is_executed)
{
	EXPECT_EQ(GUARD_PASS, ask_exec(ROOT));
	EXPECT_EQ(GUARD_REFUSE, ask_exec(OTHER));
	EXPECT_EQ(GUARD_REFUSE, ask_exec(ROOT + 1));
	EXPECT_EQ(GUARD_REFUSE, ask_exec(0));
}

static int ask_map(uint32_t device, uint64_t protection)
{
	struct fake_super super = { .device = device };
	struct fake_inode inode = { &super };
	struct fake_file file = { .inode = &inode };

	/* What was asked for first does not count, only what it came to. */
	return ask(guard_code_verified_map, &file, PROT_READ, protection);
}

TEST(only_what_lies_on_the_root_is_mapped_as_code)
{
	EXPECT_EQ(GUARD_PASS, ask_map(ROOT, PROT_READ | PROT_EXEC));
	EXPECT_EQ(GUARD_REFUSE, ask_map(OTHER, PROT_READ | PROT_EXEC));
	EXPECT_EQ(GUARD_REFUSE, ask_map(OTHER, PROT_EXEC));
	EXPECT_EQ(GUARD_PASS, ask_map(OTHER, PROT_READ | PROT_WRITE));
	EXPECT_EQ(GUARD_PASS, ask_map(OTHER, PROT_NONE));
}

TEST(memory_without_a_file_is_never_code_and_nobody_falls_over_it)
{
	struct fake_file file = { .inode = NULL };

	EXPECT_EQ(GUARD_REFUSE,
		  ask(guard_code_verified_map, NULL, 0, PROT_EXEC));
	EXPECT_EQ(GUARD_PASS,
		  ask(guard_code_verified_map, NULL, 0, PROT_WRITE));
	EXPECT_EQ(GUARD_REFUSE,
		  ask(guard_code_verified_map, &file, 0, PROT_EXEC));
}

TEST(nothing_becomes_code_later)
{
	EXPECT_EQ(GUARD_REFUSE, ask(guard_code_no_late_exec, &facts, 0,
				    PROT_READ | PROT_EXEC));
	EXPECT_EQ(GUARD_PASS,
		  ask(guard_code_no_late_exec, &facts, PROT_EXEC, PROT_READ));
}

TEST(the_house_has_four_families_of_sockets)
{
	for (uint64_t family = 0; family < AF_MAX; family++) {
		bool is_known = family == AF_UNIX || family == AF_NETLINK ||
				family == AF_INET || family == AF_INET6;
		const uint64_t context[] = { family };
		struct bpf_insn code[GUARD_CODE_MAX];
		size_t len = guard_code_families(code, &facts);

		EXPECT_EQ(is_known ? GUARD_PASS : GUARD_REFUSE,
			  run(code, len, context));
	}
}

static int ask_socket(builder *build, uint16_t family, uint32_t number)
{
	struct fake_net network = { .number = number };
	struct fake_sock sock = { .family = family, .network = &network };
	struct fake_socket socket = { .sock = &sock };

	return ask(build, &socket, 0, 0);
}

TEST(frames_are_refused_in_the_machines_network_alone)
{
	struct fake_socket empty = { .sock = NULL };

	EXPECT_EQ(GUARD_REFUSE,
		  ask_socket(guard_code_no_frames, AF_PACKET, NETWORK));
	EXPECT_EQ(GUARD_PASS,
		  ask_socket(guard_code_no_frames, AF_PACKET, NETWORK + 1));
	EXPECT_EQ(GUARD_PASS,
		  ask_socket(guard_code_no_frames, AF_INET, NETWORK));
	EXPECT_EQ(GUARD_REFUSE,
		  ask_socket(guard_code_no_queues, AF_XDP, NETWORK));
	EXPECT_EQ(GUARD_PASS,
		  ask_socket(guard_code_no_queues, AF_PACKET, NETWORK));
	EXPECT_EQ(GUARD_PASS, ask(guard_code_no_frames, &empty, 0, 0));
}

TEST(nobody_is_let_in_from_the_machines_network)
{
	struct fake_socket empty = { .sock = NULL };

	EXPECT_EQ(GUARD_REFUSE,
		  ask_socket(guard_code_accept_elsewhere, AF_INET, NETWORK));
	EXPECT_EQ(GUARD_PASS, ask_socket(guard_code_accept_elsewhere, AF_INET,
					 NETWORK + 1));
	EXPECT_EQ(GUARD_REFUSE, ask_socket(guard_code_accept_elsewhere,
					   AF_INET6, NETWORK + 1));
	EXPECT_EQ(GUARD_REFUSE, ask_socket(guard_code_accept_elsewhere, AF_UNIX,
					   NETWORK + 1));
	EXPECT_EQ(GUARD_REFUSE, ask(guard_code_accept_elsewhere, &empty, 0, 0));
}

TEST(where_the_metadata_service_is_open_frames_are_too)
{
	map.metadata_is_open = 1;
	EXPECT_EQ(GUARD_PASS,
		  ask_socket(guard_code_no_frames, AF_PACKET, NETWORK));
	EXPECT_EQ(GUARD_PASS,
		  ask_socket(guard_code_no_queues, AF_XDP, NETWORK));
	map.metadata_is_open = 0;
	EXPECT_EQ(GUARD_REFUSE,
		  ask_socket(guard_code_no_queues, AF_XDP, NETWORK));
}

TEST_HARNESS_MAIN

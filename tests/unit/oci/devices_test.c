// SPDX-License-Identifier: MIT
/*
 * The device program against its rules: every access to a field of devices,
 * asked of a small interpreter of the instructions that the program uses.
 * That the kernel's verifier takes it and the kernel asks it is shown by
 * start_test.
 */
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"
#include "runtime/oci/devices.h"

#define RULES 64

/* Runs `code` over a question; -1 for an instruction it does not know. */
static int interpret(const struct bpf_insn *code, size_t len, uint32_t type,
		     uint32_t access, uint32_t major, uint32_t minor)
{
	const uint32_t question[3] = { access << 16 | type, major, minor };
	uint64_t reg[11] = { 0 };

	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &code[pc];
		uint64_t imm = (uint64_t)(int64_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			if (i->src_reg != BPF_REG_1 || i->off % 4 || i->off > 8)
				return -1;
			reg[i->dst_reg] = question[i->off / 4];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			reg[i->dst_reg] = reg[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			reg[i->dst_reg] = imm;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			reg[i->dst_reg] &= imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			reg[i->dst_reg] >>= imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			if ((uint32_t)reg[i->dst_reg] != (uint32_t)imm)
				pc += (size_t)i->off;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)reg[BPF_REG_0];
		default:
			return -1;
		}
	}
	return -1;
}

/* What the rules mean, said a second time. */
static int allowed(const struct devices_rule *rules, int count, uint32_t type,
		   uint32_t access, uint32_t major, uint32_t minor)
{
	for (int i = 0; i < count; i++)
		if (rules[i].type == type && !(access & ~rules[i].access) &&
		    (rules[i].major == DEVICES_ANY ||
		     rules[i].major == major) &&
		    (rules[i].minor == DEVICES_ANY || rules[i].minor == minor))
			return 1;
	return 0;
}

static struct oci_spec spec_with(const char *access)
{
	static struct oci_device devices[2];

	devices[0] = (struct oci_device){ "/dev/fuse", 'c',    10, 229,
					  0600,	       access, 0,  0 };
	devices[1] = (struct oci_device){ "/dev/disk", 'b', 254, 1,
					  0600,	       "r", 0,	 0 };
	return (struct oci_spec){ .devices = devices, .device_count = 2 };
}

TEST(program_agrees_with_its_rules_everywhere)
{
	static const uint32_t majors[] = { 0, 1, 5, 8, 10, 136, 254, 4095 };
	struct devices_rule rules[RULES];
	struct bpf_insn code[DEVICES_CODE(RULES)];
	struct oci_spec spec = spec_with("rw");
	struct err e = ERR_NONE;
	int count = devices_rules(&spec, rules, &e);
	size_t len;

	ASSERT_LT(0, count);
	len = devices_program(rules, (size_t)count, code);
	for (size_t m = 0; m < sizeof(majors) / sizeof(*majors); m++) {
		for (uint32_t minor = 0; minor < 256; minor++) {
			for (uint32_t i = 0; i < 14; i++) {
				uint32_t type = 1 + i % 2;
				uint32_t access = 1 + i / 2;

				ASSERT_EQ(allowed(rules, count, type, access,
						  majors[m], minor),
					  interpret(code, len, type, access,
						    majors[m], minor));
			}
		}
	}
}

struct golden {
	char type;
	uint32_t major, minor;
	const char *access;
	int is_allowed;
};

/* clang-format off */
static const struct golden golden[] = {
	{ 'c', 1, 3, "rwm", 1 },	/* null */
	{ 'c', 1, 5, "rwm", 1 },	/* zero */
	{ 'c', 1, 7, "rwm", 1 },	/* full */
	{ 'c', 1, 8, "rwm", 1 },	/* random */
	{ 'c', 1, 9, "rwm", 1 },	/* urandom */
	{ 'c', 5, 0, "rwm", 1 },	/* tty */
	{ 'c', 5, 2, "rwm", 1 },	/* ptmx */
	{ 'c', 136, 9, "rw", 1 },	/* pts/9 */
	{ 'c', 1, 1, "r", 0 },		/* mem */
	{ 'c', 1, 4, "r", 0 },		/* port */
	{ 'c', 1, 11, "r", 0 },		/* kmsg */
	{ 'c', 5, 1, "w", 0 },		/* console */
	{ 'c', 4, 64, "rw", 0 },	/* ttyS0 */
	{ 'c', 10, 200, "rw", 0 },	/* tun */
	{ 'c', 10, 232, "rw", 0 },	/* kvm */
	{ 'c', 10, 130, "w", 0 },	/* watchdog */
	{ 'b', 1, 3, "r", 0 },		/* ram3, not null */
	{ 'b', 8, 0, "r", 0 },		/* sda */
	{ 'b', 254, 0, "r", 0 },	/* vda */
	{ 'c', 1, 1, "m", 1 },		/* making is not opening */
	{ 'b', 8, 0, "m", 1 },
	{ 'b', 8, 0, "rm", 0 },
	{ 'c', 10, 229, "r", 1 },	/* of the spec: rw */
	{ 'c', 10, 229, "rw", 1 },
	{ 'c', 10, 229, "rwm", 0 },
	{ 'b', 254, 1, "r", 1 },	/* of the spec: r */
	{ 'b', 254, 1, "w", 0 },
	{ 'c', 254, 1, "r", 0 },
};
/* clang-format on */

static uint32_t bits(const char *word)
{
	return (strchr(word, 'm') ? BPF_DEVCG_ACC_MKNOD : 0U) |
	       (strchr(word, 'r') ? BPF_DEVCG_ACC_READ : 0U) |
	       (strchr(word, 'w') ? BPF_DEVCG_ACC_WRITE : 0U);
}

TEST(devices_are_allowed_and_refused_as_listed)
{
	struct devices_rule rules[RULES];
	struct bpf_insn code[DEVICES_CODE(RULES)];
	struct oci_spec spec = spec_with("rw");
	struct err e = ERR_NONE;
	int count = devices_rules(&spec, rules, &e);
	size_t len = devices_program(rules, (size_t)count, code);

	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
		const struct golden *g = &golden[i];
		uint32_t type = g->type == 'b' ? BPF_DEVCG_DEV_BLOCK :
						 BPF_DEVCG_DEV_CHAR;

		EXPECT_EQ(g->is_allowed,
			  interpret(code, len, type, bits(g->access), g->major,
				    g->minor))
		{
			TH_LOG("%c %u:%u %s", g->type, g->major, g->minor,
			       g->access);
		}
	}
}

TEST(rules_and_program_fit_the_room_that_is_asked_for)
{
	struct oci_device devices[40];
	struct oci_spec spec = { .devices = devices,
				 .device_count = ARRAY_SIZE(devices) };
	struct devices_rule rules[RULES];
	struct bpf_insn code[DEVICES_CODE(RULES)];
	struct err e = ERR_NONE;
	int count;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		devices[i] = (struct oci_device){ "/dev/x",    'b',  7,
						  (uint32_t)i, 0600, "rwm",
						  0,	       0 };
	count = devices_rules(&spec, rules, &e);
	ASSERT_EQ(DEVICES_RULES(&spec), count);
	ASSERT_GE(DEVICES_CODE(count),
		  devices_program(rules, (size_t)count, code));
}

TEST(access_words_of_other_letters_are_einval)
{
	static const char *const words[] = { "", "x", "rx", "R", "rw " };
	struct devices_rule rules[RULES];

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct oci_spec spec = spec_with(words[i]);
		struct err e = ERR_NONE;

		ASSERT_EQ(-EINVAL, devices_rules(&spec, rules, &e));
	}
}

TEST_HARNESS_MAIN

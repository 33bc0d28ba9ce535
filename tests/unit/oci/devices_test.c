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
		case BPF_ALU | BPF_MOV | BPF_K:
			reg[i->dst_reg] = (uint32_t)imm;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			reg[i->dst_reg] = (uint32_t)reg[i->dst_reg] &
					  (uint32_t)imm;
			break;
		case BPF_ALU | BPF_LSH | BPF_X:
			reg[i->dst_reg] = (uint32_t)reg[i->dst_reg]
					  << (reg[i->src_reg] & 31);
			break;
		case BPF_JMP32 | BPF_JGT | BPF_K:
			if ((uint32_t)reg[i->dst_reg] > (uint32_t)imm)
				pc += (size_t)i->off;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			reg[i->dst_reg] >>= imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			if ((uint32_t)reg[i->dst_reg] != (uint32_t)imm)
				pc += (size_t)i->off;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			if ((uint32_t)reg[i->dst_reg] == (uint32_t)imm)
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

/* What the rules mean, said a second time: each right by itself. */
static int allowed(const struct devices_rule *rules, int count, uint32_t type,
		   uint32_t access, uint32_t major, uint32_t minor)
{
	for (uint32_t right = 1; right < 8; right <<= 1) {
		bool is_allowed = false;

		for (int i = 0; i < count; i++)
			if (rules[i].access & right &&
			    (rules[i].type == DEVICES_TYPE_ANY ||
			     rules[i].type == type) &&
			    (rules[i].major == OCI_DEVICE_ANY ||
			     rules[i].major == major) &&
			    (rules[i].minor == OCI_DEVICE_ANY ||
			     rules[i].minor == minor))
				is_allowed = rules[i].is_allow;
		if (access & right && !is_allowed)
			return 0;
	}
	return 1;
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

/* Compares the program of a spec with the meaning of its rules. */
static void compare(struct __test_metadata *_metadata, struct oci_spec *spec)
{
	static const uint32_t majors[] = { 0, 1, 5, 8, 10, 136, 254, 4095 };
	struct devices_rule rules[RULES], fewer[RULES];
	struct bpf_insn code[DEVICES_CODE(RULES)];
	struct err e = ERR_NONE;
	int count = devices_rules(spec, rules, &e);
	size_t len;

	ASSERT_LT(0, count);
	memcpy(fewer, rules, sizeof(rules));
	len = devices_program(fewer, devices_simplify(fewer, (size_t)count),
			      code);
	ASSERT_GE(DEVICES_CODE((size_t)count), len);
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

TEST(program_agrees_with_its_rules_everywhere)
{
	struct oci_spec spec = spec_with("rw");

	compare(_metadata, &spec);
}

/* clang-format off */
static const struct oci_device_rule ordered[] = {
	{ true, 'a', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "rwm" },
	{ false, 'b', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "w" },
	{ true, 'b', 8, OCI_DEVICE_ANY, "rw" },
	{ false, 'b', 8, 7, "rwm" },
	{ false, 'c', OCI_DEVICE_ANY, 200, "r" },
	{ false, 'c', 1, 3, "rwm" },	/* null: it stays allowed */
};
/* clang-format on */

TEST(rules_of_a_spec_are_taken_in_their_order)
{
	struct oci_spec spec = spec_with("rw");

	spec.resources.device_rules = ordered;
	for (size_t n = 0; n <= ARRAY_SIZE(ordered); n++) {
		spec.resources.device_rule_count = n;
		compare(_metadata, &spec);
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
	{ 'b', 8, 0, "rm", 0 },		/* one of two rights */
	{ 'c', 10, 229, "r", 1 },	/* of the spec: rw */
	{ 'c', 10, 229, "rw", 1 },
	{ 'c', 10, 229, "rwm", 1 },	/* making is anybody's */
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

static void judge(struct __test_metadata *_metadata, struct oci_spec *spec,
		  const struct golden *rows, size_t row_count)
{
	struct devices_rule rules[RULES];
	struct bpf_insn code[DEVICES_CODE(RULES)];
	struct err e = ERR_NONE;
	int count = devices_rules(spec, rules, &e);
	size_t len;

	ASSERT_LT(0, count);
	len = devices_program(rules, devices_simplify(rules, (size_t)count),
			      code);
	for (size_t i = 0; i < row_count; i++) {
		const struct golden *g = &rows[i];
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

TEST(devices_are_allowed_and_refused_as_listed)
{
	struct oci_spec spec = spec_with("rw");

	judge(_metadata, &spec, golden, ARRAY_SIZE(golden));
}

/* clang-format off */
static const struct golden verdicts[] = {
	{ 'c', 10, 232, "rw", 1 },	/* all was allowed */
	{ 'b', 254, 0, "r", 1 },
	{ 'b', 254, 0, "w", 0 },	/* then writing to disks was not */
	{ 'b', 254, 0, "rw", 0 },
	{ 'b', 8, 0, "rw", 1 },		/* then to these it was */
	{ 'b', 8, 7, "r", 0 },		/* but not to this */
	{ 'b', 8, 7, "m", 1 },		/* which anybody may make */
	{ 'c', 10, 200, "r", 0 },
	{ 'c', 10, 200, "w", 1 },
	{ 'c', 1, 3, "rw", 1 },		/* what a container needs stays */
	{ 'b', 254, 1, "r", 1 },	/* of the spec's devices */
};
/* clang-format on */

TEST(the_last_rule_that_speaks_of_a_right_decides)
{
	struct oci_spec spec = spec_with("rw");

	spec.resources.device_rules = ordered;
	spec.resources.device_rule_count = ARRAY_SIZE(ordered);
	judge(_metadata, &spec, verdicts, ARRAY_SIZE(verdicts));
}

/* clang-format off */
/* As engines write them: what a container needs in any case, once more. */
static const struct oci_device_rule usual[] = {
	{ false, 'a', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "rwm" },
	{ true, 'c', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "m" },
	{ true, 'b', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "m" },
	{ true, 'c', 1, 3, "rwm" },
	{ true, 'c', 1, 8, "rwm" },
	{ true, 'c', 5, 0, "rwm" },
	{ true, 'c', 5, 2, "rwm" },
	{ true, 'c', 136, OCI_DEVICE_ANY, "rwm" },
};
/* clang-format on */

TEST(rules_that_change_nothing_are_left_out)
{
	struct oci_spec spec = {
		.resources = { .device_rules = usual,
			       .device_rule_count = ARRAY_SIZE(usual) },
	};
	struct devices_rule rules[RULES];
	struct err e = ERR_NONE;
	int count = devices_rules(&spec, rules, &e);

	ASSERT_EQ(DEVICES_RULES(&spec), count);
	/* making; tty and ptmx; ptys; null, zero, full, random, urandom */
	ASSERT_EQ(4, devices_simplify(rules, (size_t)count));
	compare(_metadata, &spec);
}

TEST(rules_of_unknown_types_or_access_are_einval)
{
	static const struct oci_device_rule bad[] = {
		{ true, 'x', 1, 1, "rwm" },
		{ true, 'c', 1, 1, "" },
		{ true, 'c', 1, 1, "rwx" },
	};
	struct devices_rule rules[RULES];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct oci_spec spec = spec_with("rw");
		struct err e = ERR_NONE;

		spec.resources.device_rules = &bad[i];
		spec.resources.device_rule_count = 1;
		ASSERT_EQ(-EINVAL, devices_rules(&spec, rules, &e));
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

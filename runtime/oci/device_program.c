// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/bpf_code.h"
#include "runtime/base/fd.h"
#include "runtime/oci/devices.h"

#define ALL_ACCESS \
	(BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

/* clang-format off */
/* Allowed without a node in the table of devices. */
static const struct devices_rule fixed_rules[] = {
	{ true, DEVICES_TYPE_ANY, BPF_DEVCG_ACC_MKNOD, OCI_DEVICE_ANY, OCI_DEVICE_ANY, 0 },
	{ true, BPF_DEVCG_DEV_CHAR, ALL_ACCESS, 5, 2, 0 },	/* /dev/ptmx */
	{ true, BPF_DEVCG_DEV_CHAR, ALL_ACCESS, 136, OCI_DEVICE_ANY, 0 },	/* pts/N */
};

_Static_assert(ARRAY_SIZE(fixed_rules) == 3, "DEVICES_RULES counts them");

static const struct {
	char letter;
	uint32_t access;
} letters[] = {
	{ 'r', BPF_DEVCG_ACC_READ },
	{ 'w', BPF_DEVCG_ACC_WRITE },
	{ 'm', BPF_DEVCG_ACC_MKNOD },
};
/* clang-format on */

static uint32_t access_of(const char *word)
{
	uint32_t access = 0;

	for (; *word; word++) {
		uint32_t bit = 0;

		for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
			if (letters[i].letter == *word)
				bit = letters[i].access;
		if (!bit)
			return 0;
		access |= bit;
	}
	return access;
}

/* DEVICES_TYPE_ANY for 'a'; -1 for what is no type. */
static int type_of(char letter)
{
	switch (letter) {
	case 'a':
		return DEVICES_TYPE_ANY;
	case 'b':
		return BPF_DEVCG_DEV_BLOCK;
	case 'c':
	case 'u':
		return BPF_DEVCG_DEV_CHAR;
	default:
		return -1;
	}
}

static int fill_rule(struct devices_rule *rule, char type, const char *access)
{
	int kind = type_of(type);

	rule->type = (uint32_t)kind;
	rule->access = access_of(access);
	return kind < 0 || !rule->access ? -EINVAL : 0;
}

static int rule_of(const struct oci_device *d, struct devices_rule *rule,
		   struct err *e)
{
	*rule = (struct devices_rule){
		.is_allow = true,
		.major = d->major,
		.minor = d->minor,
	};
	if (d->type == 'a' || fill_rule(rule, d->type, d->access) < 0)
		return err_set(e, EINVAL, "device %s: type or access \"%s\"",
			       d->path, d->access);
	return 0;
}

static int rule_of_spec(const struct oci_device_rule *r, size_t i,
			struct devices_rule *rule, struct err *e)
{
	*rule = (struct devices_rule){
		.is_allow = r->is_allow,
		.major = r->major,
		.minor = r->minor,
	};
	if (fill_rule(rule, r->type, r->access) < 0)
		return err_set(e, EINVAL,
			       "device rule %zu: type or access \"%s\"", i,
			       r->access);
	return 0;
}

int devices_rules(const struct oci_spec *spec, struct devices_rule *rules,
		  struct err *e)
{
	const struct oci_resources *res = &spec->resources;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < res->device_rule_count; i++)
		r = rule_of_spec(&res->device_rules[i], i, &rules[n++], e);
	memcpy(&rules[n], fixed_rules, sizeof(fixed_rules));
	n += ARRAY_SIZE(fixed_rules);
	for (size_t i = 0; r == 0 && i < DEVICES_DEFAULT; i++)
		r = rule_of(&devices_default[i], &rules[n++], e);
	for (size_t i = 0; r == 0 && i < spec->device_count; i++)
		if (spec->devices[i].access)
			r = rule_of(&spec->devices[i], &rules[n++], e);
	return r < 0 ? r : (int)n;
}

#define LOAD(field) ((int)offsetof(struct bpf_cgroup_dev_ctx, field))
#define REG_TYPE BPF_REG_2
#define REG_ACCESS BPF_REG_3
#define REG_MAJOR BPF_REG_4
#define REG_MINOR BPF_REG_5
#define REG_WORK BPF_REG_6

/* access_type holds the access in its upper and the type in its lower half. */
static void load_question(struct bpf_code *c)
{
	bpf_emit(c, BPF_LDX | BPF_W | BPF_MEM, REG_TYPE, BPF_REG_1,
		 LOAD(access_type), 0);
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, REG_ACCESS, REG_TYPE, 0, 0);
	bpf_emit(c, BPF_ALU64 | BPF_AND | BPF_K, REG_TYPE, 0, 0, 0xffff);
	bpf_emit(c, BPF_ALU64 | BPF_RSH | BPF_K, REG_ACCESS, 0, 0, 16);
	bpf_emit(c, BPF_LDX | BPF_W | BPF_MEM, REG_MAJOR, BPF_REG_1,
		 LOAD(major), 0);
	bpf_emit(c, BPF_LDX | BPF_W | BPF_MEM, REG_MINOR, BPF_REG_1,
		 LOAD(minor), 0);
}

/* A jump over the rest of the rule; its distance is known at the end. */
static size_t leave_unless_equal(struct bpf_code *c, unsigned int reg,
				 uint32_t value)
{
	return bpf_emit(c, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value);
}

static void emit_answer(struct bpf_code *c, uint32_t answer)
{
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer);
	bpf_emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

#define LEAVES_MAX 5

/* Jumps over the rest of the rule if the device is none of its. */
static size_t emit_device(struct bpf_code *c, const struct devices_rule *rule,
			  size_t *leave)
{
	size_t n = 0;

	if (rule->type != DEVICES_TYPE_ANY)
		leave[n++] = leave_unless_equal(c, REG_TYPE, rule->type);
	if (rule->major != OCI_DEVICE_ANY)
		leave[n++] = leave_unless_equal(c, REG_MAJOR, rule->major);
	if (rule->minors) {
		leave[n++] = bpf_emit(c, BPF_JMP32 | BPF_JGT | BPF_K, REG_MINOR,
				      0, 0, 31);
		bpf_emit(c, BPF_ALU | BPF_MOV | BPF_K, REG_WORK, 0, 0, 1);
		bpf_emit(c, BPF_ALU | BPF_LSH | BPF_X, REG_WORK, REG_MINOR, 0,
			 0);
		bpf_emit(c, BPF_ALU | BPF_AND | BPF_K, REG_WORK, 0, 0,
			 rule->minors);
		leave[n++] = bpf_emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, REG_WORK,
				      0, 0, 0);
	} else if (rule->minor != OCI_DEVICE_ANY) {
		leave[n++] = leave_unless_equal(c, REG_MINOR, rule->minor);
	}
	return n;
}

/* REG_ACCESS holds the rights that no rule has spoken of yet. */
static void emit_rule(struct bpf_code *c, const struct devices_rule *rule)
{
	size_t leave[LEAVES_MAX];
	size_t n = emit_device(c, rule, leave);

	if (rule->is_allow) {
		bpf_emit(c, BPF_ALU64 | BPF_AND | BPF_K, REG_ACCESS, 0, 0,
			 ~rule->access);
		leave[n++] = leave_unless_equal(c, REG_ACCESS, 0);
	} else {
		bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, REG_WORK, REG_ACCESS,
			 0, 0);
		bpf_emit(c, BPF_ALU64 | BPF_AND | BPF_K, REG_WORK, 0, 0,
			 rule->access);
		leave[n++] = bpf_emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, REG_WORK,
				      0, 0, 0);
	}
	emit_answer(c, rule->is_allow);
	for (size_t i = 0; i < n; i++)
		c->at[leave[i]].off = (int16_t)(c->len - leave[i] - 1);
}

/* From the last rule to the first: the first that speaks of a right decides. */
size_t devices_program(const struct devices_rule *rules, size_t count,
		       struct bpf_insn *code)
{
	struct bpf_code c = { .at = code };

	load_question(&c);
	for (size_t i = count; i > 0; i--)
		emit_rule(&c, &rules[i - 1]);
	emit_answer(&c, 0);
	return c.len;
}

static int load(const struct bpf_insn *code, size_t len)
{
	static const char license[] = "MIT";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = (uint32_t)len,
		.license = (uint64_t)(uintptr_t)license,
		.prog_name = "cloister_device",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Multi: a program of a cgroup above us is asked too, not replaced. */
static int attach(int cgroup_fd, int program)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr));
}

/*
 * The last program that was loaded: most containers of a house have the same
 * rules, and the kernel takes long to verify one.
 */
static struct {
	struct bpf_insn *code;
	size_t len;
	int fd;
} last = { .fd = -1 };

static int load_once(struct bpf_insn **code, size_t len)
{
	if (last.fd >= 0 && last.len == len &&
	    memcmp(last.code, *code, len * sizeof(**code)) == 0)
		return last.fd;
	fd_close(&last.fd);
	ptr_free(&last.code);
	last.fd = load(*code, len);
	if (last.fd < 0)
		return -errno;
	last.code = take_ptr(code);
	last.len = len;
	return last.fd;
}

int devices_attach(int cgroup_fd, const struct oci_spec *spec, struct err *e)
{
	AUTO_FREE struct devices_rule *rules =
		calloc(DEVICES_RULES(spec), sizeof(*rules));
	AUTO_FREE struct bpf_insn *code =
		calloc(DEVICES_CODE(DEVICES_RULES(spec)), sizeof(*code));
	int count, program;
	size_t fewer;

	if (!rules || !code)
		return err_set(e, ENOMEM, "calloc(device program)");
	count = devices_rules(spec, rules, e);
	if (count < 0)
		return count;
	fewer = devices_simplify(rules, (size_t)count);
	program = load_once(&code, devices_program(rules, fewer, code));
	if (program < 0)
		return err_set(e, -program, "bpf(load device program)");
	if (attach(cgroup_fd, program) < 0)
		return err_set(e, errno, "bpf(attach device program)");
	return 0;
}

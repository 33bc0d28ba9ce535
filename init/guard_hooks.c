// SPDX-License-Identifier: MIT
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "init/guard_code.h"
#include "runtime/base/bpf_code.h"
#include "runtime/base/fd.h"

/* The question: R1 points to the hook's arguments, eight bytes each. */
#define ARGUMENT(n) ((n) * sizeof(uint64_t))

#define REG_AT BPF_REG_2   /* the way through structures */
#define REG_WORD BPF_REG_3 /* what was found there */
#define REG_KEPT BPF_REG_6 /* outlives calls */
#define SCRATCH (-8)	   /* on the stack */

static void pass_if_root(struct bpf_code *c, const struct guard_facts *f,
			 unsigned int reg)
{
	size_t leave = bpf_leave_unless(c, reg, f->root_device);

	bpf_answer(c, GUARD_PASS);
	bpf_land(c, leave);
	bpf_answer(c, GUARD_REFUSE);
}

size_t guard_code_verified_exec(struct bpf_insn *code,
				const struct guard_facts *f)
{
	static const enum guard_member way[] = { GUARD_PROGRAM_FILE,
						 GUARD_FILE_INODE,
						 GUARD_INODE_SUPER };
	struct bpf_code c = { .at = code };

	bpf_load(&c, BPF_DW, REG_AT, BPF_REG_1, ARGUMENT(0));
	for (size_t i = 0; i < ARRAY_SIZE(way); i++)
		bpf_load(&c, BPF_DW, REG_AT, REG_AT, f->place[way[i]]);
	bpf_load(&c, BPF_W, REG_AT, REG_AT, f->place[GUARD_SUPER_DEVICE]);
	pass_if_root(&c, f, REG_AT);
	return c.len;
}

/* Argument `n` holds the protection that is asked for. */
static void pass_if_no_code(struct bpf_code *c, unsigned int n)
{
	size_t leave;

	bpf_load(c, BPF_DW, REG_KEPT, BPF_REG_1, ARGUMENT(n));
	leave = bpf_emit(c, BPF_JMP | BPF_JSET | BPF_K, REG_KEPT, 0, 0,
			 PROT_EXEC);
	bpf_answer(c, GUARD_PASS);
	bpf_land(c, leave);
}

/*
 * One step of the way, by a helper that survives a pointer to nowhere: a
 * mapping without a file has NULL, though the verifier takes it for a file
 * and leaves out a test for NULL. Gives the jump for a failed step.
 */
static size_t step(struct bpf_code *c, uint32_t place, unsigned int size,
		   uint32_t bytes)
{
	size_t leave;

	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, REG_KEPT, 0, 0);
	bpf_emit(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, place);
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0);
	bpf_emit(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0,
		 (uint32_t)SCRATCH);
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, bytes);
	bpf_emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel);
	leave = bpf_leave_unless(c, BPF_REG_0, 0);
	bpf_emit(c, BPF_LDX | size | BPF_MEM, REG_KEPT, BPF_REG_10, SCRATCH, 0);
	return leave;
}

size_t guard_code_verified_map(struct bpf_insn *code,
			       const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };
	size_t leave[4], n = 0;

	pass_if_no_code(&c, 2);
	bpf_load(&c, BPF_DW, REG_KEPT, BPF_REG_1, ARGUMENT(0));
	/* Where the verifier does know better it insists on the test. */
	leave[n++] = bpf_emit(&c, BPF_JMP | BPF_JEQ | BPF_K, REG_KEPT, 0, 0, 0);
	leave[n++] = step(&c, f->place[GUARD_FILE_INODE], BPF_DW, 8);
	leave[n++] = step(&c, f->place[GUARD_INODE_SUPER], BPF_DW, 8);
	leave[n++] = step(&c, f->place[GUARD_SUPER_DEVICE], BPF_W, 4);
	pass_if_root(&c, f, REG_KEPT);
	while (n > 0)
		bpf_land(&c, leave[--n]);
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

size_t guard_code_no_late_exec(struct bpf_insn *code,
			       const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };

	(void)f;
	pass_if_no_code(&c, 2);
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

size_t guard_code_families(struct bpf_insn *code, const struct guard_facts *f)
{
	static const uint32_t families[] = { AF_UNIX, AF_NETLINK, AF_INET,
					     AF_INET6 };
	struct bpf_code c = { .at = code };

	(void)f;
	bpf_load(&c, BPF_DW, REG_AT, BPF_REG_1, ARGUMENT(0));
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		size_t leave = bpf_leave_unless(&c, REG_AT, families[i]);

		bpf_answer(&c, GUARD_PASS);
		bpf_land(&c, leave);
	}
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

/* From the socket to its family, then to its network; each a jump away. */
static size_t walk_to_network(struct bpf_code *c, const struct guard_facts *f,
			      uint32_t family, size_t leave[2])
{
	uint32_t common = f->place[GUARD_SOCK_COMMON];

	bpf_load(c, BPF_DW, REG_AT, BPF_REG_1, ARGUMENT(0));
	bpf_load(c, BPF_DW, REG_AT, REG_AT, f->place[GUARD_SOCKET_SOCK]);
	leave[0] = bpf_emit(c, BPF_JMP | BPF_JEQ | BPF_K, REG_AT, 0, 0, 0);
	bpf_load(c, BPF_H, REG_WORD, REG_AT,
		 common + f->place[GUARD_COMMON_FAMILY]);
	leave[1] = bpf_leave_unless(c, REG_WORD, family);
	bpf_load(c, BPF_DW, REG_AT, REG_AT,
		 common + f->place[GUARD_COMMON_NETWORK]);
	bpf_load(c, BPF_W, REG_WORD, REG_AT,
		 f->place[GUARD_NETWORK_NAMESPACE] +
			 f->place[GUARD_NAMESPACE_NUMBER]);
	return 2;
}

static size_t refuse_family(struct bpf_insn *code, const struct guard_facts *f,
			    uint32_t family)
{
	struct bpf_code c = { .at = code };
	size_t leave[4];
	size_t n = walk_to_network(&c, f, family, leave);

	leave[n++] = bpf_leave_unless(&c, REG_WORD, f->network);
	guard_code_load_open(&c, f, REG_WORD);
	leave[n++] = bpf_leave_unless(&c, REG_WORD, 0);
	bpf_answer(&c, GUARD_REFUSE);
	while (n > 0)
		bpf_land(&c, leave[--n]);
	bpf_answer(&c, GUARD_PASS);
	return c.len;
}

size_t guard_code_accept_elsewhere(struct bpf_insn *code,
				   const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };
	size_t leave[3];
	size_t n = walk_to_network(&c, f, AF_INET, leave);

	leave[n++] = bpf_emit(&c, BPF_JMP32 | BPF_JEQ | BPF_K, REG_WORD, 0, 0,
			      f->network);
	bpf_answer(&c, GUARD_PASS);
	while (n > 0)
		bpf_land(&c, leave[--n]);
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

size_t guard_code_no_frames(struct bpf_insn *code, const struct guard_facts *f)
{
	return refuse_family(code, f, AF_PACKET);
}

size_t guard_code_no_queues(struct bpf_insn *code, const struct guard_facts *f)
{
	return refuse_family(code, f, AF_XDP);
}

// SPDX-License-Identifier: MIT
#include "tests/guest/saboteur/tracer.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/bpf_code.h"

#define NAME_BYTES 16 /* of a process, with NUL */
#define PAIRS_MAX 4096
#define CODE_MAX 32

struct pair {
	char name[NAME_BYTES];
	uint64_t group;
	uint64_t call;
};

static int pairs = -1;

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int must(int r, const char *what)
{
	if (r >= 0)
		return r;
	fprintf(stderr, "saboteur: tracer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* On the stack: the pair, and below it the value, which says nothing. */
#define PAIR (-(int)sizeof(struct pair))
#define GROUP (PAIR + (int)offsetof(struct pair, group))
#define CALL (PAIR + (int)offsetof(struct pair, call))
#define VALUE (PAIR - 8)

static void stack_address(struct bpf_code *c, unsigned int reg, int at)
{
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, reg, BPF_REG_10, 0, 0);
	bpf_emit(c, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, (uint32_t)at);
}

/* Of a raw tracepoint R1 points to the arguments: registers, number. */
static size_t program(struct bpf_insn *code)
{
	struct bpf_code c = { .at = code };

	bpf_load(&c, BPF_DW, BPF_REG_6, BPF_REG_1, sizeof(uint64_t));
	stack_address(&c, BPF_REG_1, PAIR);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, NAME_BYTES);
	bpf_emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_comm);
	bpf_emit(&c, BPF_STX | BPF_DW | BPF_MEM, BPF_REG_10, BPF_REG_6, CALL,
		 0);
	bpf_emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0,
		 BPF_FUNC_get_current_cgroup_id);
	bpf_emit(&c, BPF_STX | BPF_DW | BPF_MEM, BPF_REG_10, BPF_REG_0, GROUP,
		 0);
	bpf_emit(&c, BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, VALUE, 0);
	bpf_emit(&c, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0,
		 (uint32_t)pairs);
	bpf_emit(&c, 0, 0, 0, 0, 0);
	stack_address(&c, BPF_REG_2, PAIR);
	stack_address(&c, BPF_REG_3, VALUE);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_ANY);
	bpf_emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_update_elem);
	bpf_answer(&c, 0);
	return c.len;
}

void tracer_begin(void)
{
	struct bpf_insn code[CODE_MAX];
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_HASH,
			       .key_size = sizeof(struct pair),
			       .value_size = sizeof(uint64_t),
			       .max_entries = PAIRS_MAX };
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				.insns = (uint64_t)(uintptr_t)code,
				.license =
					(uint64_t)(uintptr_t) "Dual MIT/GPL" };
	union bpf_attr attach = {
		.raw_tracepoint = { .name = (uint64_t)(uintptr_t) "sys_enter" }
	};

	pairs = must(bpf(BPF_MAP_CREATE, &map), "map");
	load.insn_cnt = (uint32_t)program(code);
	attach.raw_tracepoint.prog_fd =
		(uint32_t)must(bpf(BPF_PROG_LOAD, &load), "program");
	must(bpf(BPF_RAW_TRACEPOINT_OPEN, &attach), "tracepoint");
}

/* A control group's number is that of its directory. */
static uint64_t group_of(const char *path)
{
	struct stat st;

	must(stat(path, &st), path);
	return st.st_ino;
}

static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strncmp(x->name, y->name, NAME_BYTES);

	return order ? order : (x->call > y->call) - (x->call < y->call);
}

static size_t read_pairs(struct pair *out)
{
	struct pair at = { .call = UINT64_MAX };
	size_t n = 0;
	union bpf_attr next = { .map_fd = (uint32_t)pairs,
				.key = (uint64_t)(uintptr_t)&at,
				.next_key = (uint64_t)(uintptr_t)&at };

	while (n < PAIRS_MAX && bpf(BPF_MAP_GET_NEXT_KEY, &next) == 0)
		out[n++] = at;
	return n;
}

void tracer_tell(void)
{
	static struct pair seen[PAIRS_MAX];
	uint64_t unpack = group_of("/sys/fs/cgroup/host/unpack");
	size_t n = read_pairs(seen);

	for (size_t i = 0; i < n; i++)
		if (seen[i].group == unpack)
			strcpy(seen[i].name, "unpack");
	qsort(seen, n, sizeof(seen[0]), compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare(&seen[i - 1], &seen[i]))
			fprintf(stderr, "saboteur: calls %.*s: %llu\n",
				NAME_BYTES, seen[i].name,
				(unsigned long long)seen[i].call);
}

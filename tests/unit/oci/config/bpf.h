/* SPDX-License-Identifier: MIT */
/* bpf: a small interpreter of the classic BPF that seccomp programs use. */
#ifndef CLOISTER_TESTS_OCI_CONFIG_BPF_H
#define CLOISTER_TESTS_OCI_CONFIG_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

/* What no program of ours returns: it left itself, or used something else. */
#define BPF_BROKEN 0x12345678U

/* The answer of `program` for one system call. */
static inline uint32_t bpf_run(const struct sock_fprog *program,
			       const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < program->len; pc++) {
		const struct sock_filter *f = &program->filter[pc];
		bool is_true = false;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k % 4 || f->k > sizeof(*data) - 4)
				return BPF_BROKEN;
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			is_true = a == f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			is_true = a > f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			is_true = a >= f->k;
			break;
		default:
			return BPF_BROKEN;
		}
		pc += is_true ? f->jt : f->jf;
	}
	return BPF_BROKEN;
}

#endif

/*
 * bpf_code: BPF programs put together by hand, one instruction after another.
 *
 * For programs of a few dozen instructions, whose authors know the machine;
 * the kernel's verifier has the last word. The caller owns the room and knows
 * that it is enough. Source: kernel Documentation/bpf/standardization.
 */
#ifndef CLOISTER_BASE_BPF_CODE_H
#define CLOISTER_BASE_BPF_CODE_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_code {
	struct bpf_insn *at;
	size_t len;		/* instructions so far */
};

/* Appends one instruction; returns its index, for jumps to be mended. */
static inline size_t bpf_emit(struct bpf_code *c, unsigned int op,
			      unsigned int dst, unsigned int src, int offset,
			      uint32_t value)
{
	c->at[c->len] = (struct bpf_insn){
		.code = (uint8_t)op,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = (int16_t)offset,
		.imm = (int32_t)value,
	};
	return c->len++;
}

#endif

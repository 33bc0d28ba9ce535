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

/* The jump at `from` leads to what is emitted next. */
static inline void bpf_land(struct bpf_code *c, size_t from)
{
	c->at[from].off = (int16_t)(c->len - from - 1);
}

/* dst = what is at src + offset; `size` is BPF_B, BPF_H, BPF_W or BPF_DW. */
static inline void bpf_load(struct bpf_code *c, unsigned int size,
			    unsigned int dst, unsigned int src, size_t offset)
{
	bpf_emit(c, BPF_LDX | size | BPF_MEM, dst, src, (int)offset, 0);
}

/* Ends the program with this value. */
static inline void bpf_answer(struct bpf_code *c, uint32_t value)
{
	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	bpf_emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A jump, to be landed, where the lower half of `reg` is not `value`. */
static inline size_t bpf_leave_unless(struct bpf_code *c, unsigned int reg,
				      uint32_t value)
{
	return bpf_emit(c, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value);
}

#endif

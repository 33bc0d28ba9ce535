/* SPDX-License-Identifier: MIT */
/*
 * words: the names that the specification gives to what the kernel numbers.
 *
 * One table per set. The document is read along them, the list of features is
 * written from them. Capabilities are in policy/grants.h, mount options in
 * mount_options.h.
 */
#ifndef CLOISTER_OCI_CONFIG_WORDS_H
#define CLOISTER_OCI_CONFIG_WORDS_H

#include "runtime/oci/config/fields.h"

/* What a seccomp rule compares an argument with; enum of our own. */
enum seccomp_op {
	SECCOMP_OP_NE,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ,
};

/* The architectures that the specification names. */
#define SECCOMP_ARCHITECTURES(ROW)                                            \
	ROW(X86) ROW(X86_64) ROW(X32) ROW(ARM) ROW(AARCH64) ROW(LOONGARCH64)  \
	ROW(M68K) ROW(MIPS) ROW(MIPS64) ROW(MIPS64N32) ROW(MIPSEL)            \
	ROW(MIPSEL64) ROW(MIPSEL64N32) ROW(PPC) ROW(PPC64) ROW(PPC64LE)       \
	ROW(S390) ROW(S390X) ROW(SH) ROW(SHEB) ROW(PARISC) ROW(PARISC64)      \
	ROW(RISCV64)

enum seccomp_arch {
#define SECCOMP_ARCH_ENUM(n) SECCOMP_ARCH_##n,
	SECCOMP_ARCHITECTURES(SECCOMP_ARCH_ENUM)
#undef SECCOMP_ARCH_ENUM
	SECCOMP_ARCH_COUNT
};

extern const struct field_word words_rlimits[];		/* RLIMIT_ */
extern const struct field_word words_io_classes[];	/* IOPRIO_CLASS_ */
extern const struct field_word words_schedulers[];	/* SCHED_ */
extern const struct field_word words_scheduler_flags[];	/* SCHED_FLAG_ */
extern const struct field_word words_namespaces[];	/* CLONE_NEW */
extern const struct field_word words_propagation[];	/* MS_SHARED ... MS_REC */
extern const struct field_word words_domains[];		/* PER_ */
extern const struct field_word words_memory_modes[];	/* MPOL_ */
extern const struct field_word words_memory_flags[];	/* MPOL_F_ */
extern const struct field_word words_seccomp_actions[];	/* SECCOMP_RET_ */
extern const struct field_word words_seccomp_ops[];	/* enum seccomp_op */
extern const struct field_word words_seccomp_archs[];	/* 1 << enum seccomp_arch */
extern const struct field_word words_seccomp_flags[];	/* SECCOMP_FILTER_FLAG_ */

/* The word of a value, or NULL. */
const char *words_name(const struct field_word *words, uint64_t value);

#endif

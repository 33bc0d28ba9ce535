/*
 * cmdline: the kernel's command line, read back. Three parameters are init's:
 * they say which root is the right one and are as trustworthy as the boot
 * image that carries them. All others must be those of init/settings, each
 * once, with its value: a word more or less is another machine.
 */
#ifndef CLOISTER_INIT_CMDLINE_H
#define CLOISTER_INIT_CMDLINE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define CMDLINE_MAX 4096
#define CMDLINE_HASH_DIGITS 64		/* of a sha256 */
#define CMDLINE_BLOCKS_MAX (1u << 28)	/* 1 TiB of 4096-byte blocks */

struct cmdline {
	char root_hash[CMDLINE_HASH_DIGITS + 1];
	char salt[CMDLINE_HASH_DIGITS + 1];
	uint64_t blocks;		/* data blocks of 4096 bytes */
};

/* The words of the kernel's own that must be there. */
extern const char *const cmdline_words[];
extern const size_t cmdline_count;

/*
 * Fills `c` from the text of /proc/cmdline (NUL-terminated, words divided by
 * spaces): cloister.roothash= and cloister.salt= with 64 lower-case
 * hexadecimal digits, cloister.blocks= with a decimal number in
 * 1..CMDLINE_BLOCKS_MAX and without leading zero.
 * Returns 0; -EINVAL for a value out of shape, a word that is not known or is
 * known with another value; -EEXIST for a parameter that is there twice;
 * -ENOENT for a missing one. `c` is of no use after an error.
 */
int cmdline_parse(const char *text, struct cmdline *c, struct err *e);

/* Reads /proc/cmdline and parses it. Needs /proc. */
int cmdline_read(struct cmdline *c, struct err *e);

#endif

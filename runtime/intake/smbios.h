// SPDX-License-Identifier: MIT
/*
 * smbios: a document in the OEM strings that firmware, or a hypervisor in its
 * place, gives the machine.
 *
 * Strings of type 11 that begin with SMBIOS_PREFIX, in the order of the table,
 * are base64 of the signed document, as many as it needs; others are left
 * alone. The table is as little trusted as the document.
 * Source: SMBIOS reference specification 3.7 (DSP0134), 6.1.3 and 7.12.
 */
#ifndef CLOISTER_INTAKE_SMBIOS_H
#define CLOISTER_INTAKE_SMBIOS_H

#include <stddef.h>
#include <sys/types.h>

#include "runtime/intake/refusal.h"

#define SMBIOS_PREFIX "cloister.document="
#define SMBIOS_TABLE_MAX (2u << 20)	/* bytes; a larger table is refused */

/*
 * The document of a table of `len` bytes as `*bytes`, which the caller frees
 * with wipe_free(). Returns its length; -ENOENT: no string is ours; -EINVAL
 * with `why` filled: they are no base64, or too many; -ENOMEM.
 */
ssize_t smbios_document(const unsigned char *table, size_t len, char **bytes,
			struct refusal *why);

/*
 * The same from the kernel's file, open as `fd`, as a sealed memory file that
 * the caller owns. Returns its fd, or as above, or -errno of the file.
 */
int smbios_open_document(int fd, struct refusal *why);

#endif

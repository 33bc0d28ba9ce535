// SPDX-License-Identifier: MIT
/*
 * Any bytes as the firmware's table: a document within its bounds, none, or a
 * refusal that a record can carry.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/record.h"
#include "runtime/base/source.h"
#include "runtime/base/wipe.h"
#include "runtime/intake/smbios.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	struct refusal why = { .path = "" };
	AUTO_WIPE char *document = NULL;
	ssize_t n = smbios_document(bytes, len, &document, &why);

	if (n >= 0 &&
	    (!document || n > (ssize_t)SOURCE_BYTES_MAX || n > (ssize_t)len))
		abort();
	if (n < 0 && document)
		abort();
	if (n == -EINVAL &&
	    (!why.path[0] || !why.reason[0] || !record_is_word(why.reason)))
		abort();
	if (n < 0 && n != -EINVAL && n != -ENOENT)
		abort();
	return 0;
}

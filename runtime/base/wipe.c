// SPDX-License-Identifier: MIT
#include "runtime/base/wipe.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void wipe_free(void *block)
{
	int keep = errno;

	if (block)
		explicit_bzero(block, malloc_usable_size(block));
	free(block);
	errno = keep;
}

void wipe_cleanup(void *pointer)
{
	void *block;

	memcpy(&block, pointer, sizeof(block));
	wipe_free(block);
}

// SPDX-License-Identifier: MIT
#include "tests/unit/base/memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/fd.h"

#define STEP 65536
#define RANGE_MAX ((size_t)1 << 24) /* a sanitizer's tables are larger */

void memory_show(const char *hidden, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = MEMORY_HIDE(hidden[i]);
	out[len] = '\0';
}

static bool stands_at(const char *text, const char *hidden, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] == MEMORY_HIDE(hidden[i]))
		i++;
	return i == len;
}

static int count_block(const char *block, size_t size, const char *hidden,
		       size_t len)
{
	const char *end = block + size;
	int found = 0;

	while ((size_t)(end - block) >= len) {
		const char *at = memchr(block, MEMORY_HIDE(hidden[0]),
					(size_t)(end - block) - len + 1);

		if (!at)
			break;
		found += stands_at(at, hidden, len);
		block = at + 1;
	}
	return found;
}

/* Steps overlap by a canary less one byte, so each is found once. */
static int count_range(int mem, size_t start, size_t end, const char *hidden,
		       size_t len, char *block)
{
	int found = 0;

	for (size_t at = start; at < end; at += STEP) {
		ssize_t n = pread(mem, block, STEP + len - 1, (off_t)at);

		if (n > 0)
			found += count_block(block, (size_t)n, hidden, len);
	}
	return found;
}

static int count_maps(FILE *maps, int mem, const char *hidden, size_t len,
		      char *block)
{
	size_t start, end, own = (size_t)block;
	char line[512], mode[5];
	int found = 0;

	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%zx-%zx %4s", &start, &end, mode) != 3 ||
		    mode[0] != 'r' || mode[1] != 'w' || start == own ||
		    end - start > RANGE_MAX)
			continue;
		found += count_range(mem, start, end, hidden, len, block);
	}
	return found;
}

int memory_count(const char *hidden, size_t len)
{
	AUTO_CLOSE int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	/* Shared, so that it is a mapping of its own, which is not searched. */
	char *block = mmap(NULL, 2 * STEP, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int found = -1;

	if (mem >= 0 && maps && block != MAP_FAILED)
		found = count_maps(maps, mem, hidden, len, block);
	if (maps)
		fclose(maps);
	if (block != MAP_FAILED)
		munmap(block, 2 * STEP);
	return found;
}

// SPDX-License-Identifier: MIT
/* Blocks are overwritten before they are given back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/wipe.h"
#include "tests/unit/base/memory.h"

#include "kselftest_harness.h"

#define H MEMORY_HIDE
static const char hidden[] = { H('w'), H('i'), H('p'), H('e'), H('-'), H('3'),
			       H('f'), H('9'), H('0'), H('c'), H('7'), H('1') };

TEST(null_is_no_block_and_errno_stays)
{
	errno = ERANGE;
	wipe_free(NULL);
	EXPECT_EQ(ERANGE, errno);
}

TEST(the_search_finds_what_is_there)
{
	char *block = malloc(200);

	ASSERT_NE(NULL, block);
	memory_show(hidden, sizeof(hidden), block + 100);
	EXPECT_EQ(1, memory_count(hidden, sizeof(hidden)));
	memset(block, 0, 200);
	EXPECT_EQ(0, memory_count(hidden, sizeof(hidden)));
	free(block);
}

TEST(a_wiped_block_is_nowhere_in_memory)
{
	char *block = malloc(200);

	ASSERT_NE(NULL, block);
	memory_show(hidden, sizeof(hidden), block);
	memory_show(hidden, sizeof(hidden), block + 187);
	EXPECT_EQ(2, memory_count(hidden, sizeof(hidden)));
	wipe_free(block);
	EXPECT_EQ(0, memory_count(hidden, sizeof(hidden)));
}

static void leave_scope(void)
{
	AUTO_WIPE char *block = malloc(200);

	if (block)
		memory_show(hidden, sizeof(hidden), block);
}

TEST(the_end_of_a_scope_wipes)
{
	leave_scope();
	EXPECT_EQ(0, memory_count(hidden, sizeof(hidden)));
}

TEST_HARNESS_MAIN

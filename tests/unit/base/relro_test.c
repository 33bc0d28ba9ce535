/* Relocated constants are read-only at run time, ordinary data is not. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

static void handler_one(void)
{
}

static void handler_two(void)
{
}

/* Addresses are known at start only, so these need relocation. */
static void (*const const_table[])(void) = { handler_one, handler_two };
static void (*data_table[])(void) = { handler_one, handler_two };

/* Writes to a slot in a child; returns its wait status. */
static int write_slot(uintptr_t address)
{
	volatile uintptr_t *slot = (volatile uintptr_t *)address;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		/* AddressSanitizer would turn the signal into an exit. */
		signal(SIGSEGV, SIG_DFL);
		*slot = (uintptr_t)handler_two;
		_exit(*slot == (uintptr_t)handler_two ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

TEST(write_to_a_table_of_constants_is_killed_with_sigsegv)
{
	int status = write_slot((uintptr_t)&const_table[0]);

	ASSERT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(SIGSEGV, WTERMSIG(status));
}

TEST(write_to_a_table_of_data_succeeds)
{
	int status = write_slot((uintptr_t)&data_table[0]);

	ASSERT_TRUE(WIFEXITED(status));
	ASSERT_EQ(0, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN

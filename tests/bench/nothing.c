// SPDX-License-Identifier: MIT
/* The container's program: ends at once, or with a word waits for ever. */
#include <unistd.h>

int main(int argc, char **argv)
{
	(void)argv;
	while (argc > 1)
		pause();
	return 0;
}

// SPDX-License-Identifier: MIT
#include "runtime/task/check_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"

int check_output_open(int *reader, int *writer, struct err *e)
{
	int ends[2] = { -1, -1 };

	*reader = -1;
	*writer = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2(health check)");
	*reader = ends[0];
	*writer = ends[1];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	err_set(e, errno, "fcntl(health check)");
	fd_close(reader);
	fd_close(writer);
	return -e->code;
}

void check_output_read(int reader, char text[HEALTH_OUTPUT_MAX + 1])
{
	ssize_t n;

	memset(text, 0, HEALTH_OUTPUT_MAX + 1);
	n = reader < 0 ? -1 : read(reader, text, HEALTH_OUTPUT_MAX);
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
}

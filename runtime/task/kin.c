// SPDX-License-Identifier: MIT
#include "runtime/task/kin.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

#define STAT_MAX 1024

/* "PID (name) STATE PARENT ...": the name is the process's own choice. */
bool kin_is_child(int32_t pid, int32_t parent)
{
	char path[32], text[STAT_MAX];
	const char *end;
	int found;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return false;
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &found) == 1 && found == parent;
}

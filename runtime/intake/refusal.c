// SPDX-License-Identifier: MIT
#include "runtime/intake/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Texts too long are cut on purpose: a path or a reason is for reading. */
__attribute__((format(printf, 3, 0))) static void
format(char *text, size_t size, const char *fmt, va_list args)
{
	if (vsnprintf(text, size, fmt, args) < 0)
		text[0] = '\0';
}

void refusal_set_path(struct refusal *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format(why->path, sizeof(why->path), fmt, args);
	va_end(args);
}

int refuse(struct refusal *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format(why->reason, sizeof(why->reason), fmt, args);
	va_end(args);
	return -EINVAL;
}

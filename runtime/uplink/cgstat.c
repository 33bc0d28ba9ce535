#include "runtime/uplink/cgstat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *at, int64_t *n)
{
	char *end;
	long long value;

	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	value = strtoll(at, &end, 10);
	if (errno || (*end && !strchr(" \n\t", *end)))
		return false;
	*n = value;
	return true;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

static bool read_keyed(const char *text, const char *key, int64_t *n)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line = next_line(line)) {
		const char *at = line + len;

		if (strncmp(line, key, len) != 0 || !strchr(": ", *at) || !*at)
			continue;
		return read_number(at + strspn(at, ": "), n);
	}
	return false;
}

/* " key=N" within the line at `line`, or NULL. */
static const char *find_pair(const char *line, const char *key)
{
	const char *end = next_line(line);
	size_t len = strlen(key);

	for (const char *at = strchr(line, ' '); at && at < end;
	     at = strchr(at + 1, ' '))
		if (strncmp(at + 1, key, len) == 0 && at[1 + len] == '=')
			return at + 1 + len + 1;
	return NULL;
}

static bool read_nested(const char *text, const char *key, int64_t *n)
{
	int64_t one;

	/* A cgroup that has done no I/O yet has no line. */
	*n = 0;
	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = find_pair(line, key);

		if (value && read_number(value, &one))
			*n += one;
	}
	return true;
}

static bool read_pressure(const char *text, const char *key, int64_t *n)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line = next_line(line)) {
		const char *value;

		if (strncmp(line, key, len) != 0 || line[len] != ' ')
			continue;
		value = find_pair(line, "total");
		return value && read_number(value, n);
	}
	return false;
}

bool cgstat_read(enum cgstat_form form, const char *text, const char *key,
		 int64_t *n)
{
	switch (form) {
	case CGSTAT_FLAT:
		return read_number(text, n);
	case CGSTAT_KEYED:
		return read_keyed(text, key, n);
	case CGSTAT_NESTED:
		return read_nested(text, key, n);
	case CGSTAT_PRESSURE:
		return read_pressure(text, key, n);
	}
	return false;
}

bool cgstat_decimal(const char *text, unsigned int index, double *d)
{
	char *end;

	while (index-- > 0) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	*d = strtod(text, &end);
	return end != text;
}

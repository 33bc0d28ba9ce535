#include "init/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "settings.h"

/* clang-format off */
const struct sysctls_row sysctls_rows[] = {
	SETTINGS_FILES
};
/* clang-format on */
const size_t sysctls_count = ARRAY_SIZE(sysctls_rows);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool sysctls_is_same(const char *a, const char *b)
{
	while (*a && *b) {
		if (is_blank(*a) && is_blank(*b)) {
			a += strspn(a, " \t");
			b += strspn(b, " \t");
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

static int write_row(int dir, const struct sysctls_row *row, struct err *e)
{
	char text[SYSCTLS_VALUE_MAX];
	size_t len = strlen(row->value);

	/* A newline of its own: an empty write would not reach the kernel. */
	memcpy(text, row->value, len);
	memcpy(text + len, "\n", 2);
	return fd_write_file(dir, row->path, text, e);
}

int sysctls_read(int dir, const struct sysctls_row *row,
		 char value[SYSCTLS_VALUE_MAX], struct err *e)
{
	ssize_t n = fd_read_file(dir, row->path, value, SYSCTLS_VALUE_MAX, e);

	if (n == -ENOENT && row->how == SYSCTLS_SET_IF_THERE)
		return 0;
	return n < 0 ? (int)n : 1;
}

static bool is_written(const struct sysctls_row *row)
{
	return row->how == SYSCTLS_SET || row->how == SYSCTLS_SET_IF_THERE;
}

static int apply_row(int dir, const struct sysctls_row *row, struct err *e)
{
	struct sysctls_row at = *row;
	char now[SYSCTLS_VALUE_MAX];
	int r = is_written(row) ? write_row(dir, row, e) : 0;

	if (r == -ENOENT && row->how == SYSCTLS_SET_IF_THERE)
		return 0;
	if (r < 0)
		return r;
	at.path += strspn(at.path, "/");
	r = sysctls_read(dir, &at, now, e);
	if (r <= 0)
		return r;
	if (!sysctls_is_same(now, row->value))
		return err_set(e, EDOM, "%s is '%s', not '%s'", row->path, now,
			       row->value);
	return 1;
}

int sysctls_apply_at(int settings, int root, struct err *e)
{
	int in_force = 0;

	for (size_t i = 0; i < sysctls_count; i++) {
		const struct sysctls_row *row = &sysctls_rows[i];
		int r = apply_row(row->how == SYSCTLS_STATE ? root : settings,
				  row, e);

		if (r < 0)
			return r;
		in_force += r;
	}
	return in_force;
}

/* Of links that are yet to come: what is there does not follow its default. */
static bool is_default(const struct sysctls_row *row)
{
	return strstr(row->path, "/conf/default/");
}

int sysctls_apply_defaults_at(int settings, struct err *e)
{
	int in_force = 0;

	for (size_t i = 0; i < sysctls_count; i++) {
		int r = is_default(&sysctls_rows[i]) ?
				apply_row(settings, &sysctls_rows[i], e) :
				0;

		if (r < 0)
			return r;
		in_force += r;
	}
	return in_force;
}

int sysctls_apply_defaults(struct err *e)
{
	AUTO_CLOSE int settings =
		open("/proc/sys", O_DIRECTORY | O_PATH | O_CLOEXEC);

	if (settings < 0)
		return err_set(e, errno, "open(/proc/sys)");
	return sysctls_apply_defaults_at(settings, e);
}

int sysctls_apply(struct err *e)
{
	AUTO_CLOSE int settings =
		open("/proc/sys", O_DIRECTORY | O_PATH | O_CLOEXEC);
	AUTO_CLOSE int root = open("/", O_DIRECTORY | O_PATH | O_CLOEXEC);

	if (settings < 0 || root < 0)
		return err_set(e, errno, "open(/proc/sys)");
	return sysctls_apply_at(settings, root, e);
}

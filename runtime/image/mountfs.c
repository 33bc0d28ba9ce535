// SPDX-License-Identifier: MIT
#include "runtime/image/mountfs.h"

#include <stdio.h>

#include "runtime/base/sys.h"
#include "runtime/image/host.h"

int mountfs_set(int fs, const char *key, const char *value, struct err *e)
{
	int r = sys_fsconfig_set(fs, key, value);

	return r < 0 ? err_set(e, -r, "fsconfig(%s=%s)", key,
			       value ? value : "") :
		       0;
}

int mountfs_set_label(int fs, const char *label, struct err *e)
{
	if (!label || !host_has_selinux())
		return 0;
	return mountfs_set(fs, "context", label, e);
}

int mountfs_finish(int fs, const char *type, unsigned int attributes,
		   int *mount, struct err *e)
{
	int r = sys_fsconfig_create(fs);

	if (r < 0)
		return err_set(e, -r, "fsconfig(create %s)", type);
	r = sys_fsmount(fs, attributes);
	if (r < 0)
		return err_set(e, -r, "fsmount(%s)", type);
	*mount = r;
	return 0;
}

int mountfs_set_number(int fs, const char *key, uint64_t value, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return mountfs_set(fs, key, text, e);
}

// SPDX-License-Identifier: MIT
/* Commands that speak of this runtime and not of a container. */
#include <errno.h>
#include <fcntl.h>

#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/store.h"
#include "runtime/oci/config/config.h"

int command_spec(struct cli *cli, struct err *e)
{
	const char *bundle = cli->options.bundle ? cli->options.bundle : ".";
	AUTO_CLOSE int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;
	int r;

	if (dir < 0)
		return err_set(e, errno, "open(bundle %s)", bundle);
	fd = openat(dir, STORE_CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return err_set(e, errno, "open(%s/%s)", bundle, STORE_CONFIG);
	r = config_write_template(fd, e);
	if (r < 0)
		unlinkat(dir, STORE_CONFIG, 0);
	return r;
}

int command_features(struct cli *cli, struct err *e)
{
	(void)cli;
	return config_write_features(STDOUT_FILENO, e);
}

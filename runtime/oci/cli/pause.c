// SPDX-License-Identifier: MIT
/* Commands that hold a container still: pause, resume. */
#include <errno.h>

#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/store.h"

static int refuse(const char *what, enum status status, struct err *e)
{
	return err_set(e, EINVAL, "container not %s: it is %s", what,
		       status_word(status));
}

static int pause_found(const struct store *s, struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0)
		return r;
	if (status != STATUS_RUNNING && status != STATUS_CREATED)
		return refuse("running", status, e);
	return oci_pause(s->state.cgroup, e);
}

static int resume_found(const struct store *s, struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0)
		return r;
	if (status != STATUS_PAUSED)
		return refuse("paused", status, e);
	return oci_resume(s->state.cgroup, e);
}

int command_pause(struct cli *cli, struct err *e)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0],
			  STORE_CHANGE, e);

	if (r == 0)
		r = pause_found(&s, e);
	store_close(&s);
	return r;
}

int command_resume(struct cli *cli, struct err *e)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0],
			  STORE_CHANGE, e);

	if (r == 0)
		r = resume_found(&s, e);
	store_close(&s);
	return r;
}

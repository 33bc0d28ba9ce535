// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/listener.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/oci/cli/console.h"

static void put_state(struct json *j, const struct config *config,
		      const struct state *state, pid_t pid)
{
	const char *metadata = config_listener_metadata(config);

	json_open(j, '{');
	json_key(j, "ociVersion");
	json_text(j, STATE_OCI_VERSION);
	json_key(j, "fds");
	json_open(j, '[');
	json_text(j, "seccompFd");
	json_close(j, ']');
	json_key(j, "pid");
	json_int(j, pid);
	if (metadata) {
		json_key(j, "metadata");
		json_text(j, metadata);
	}
	json_key(j, "state");
	state_json_value(j, state, STATUS_CREATING);
	json_close(j, '}');
}

int listener_send(const struct config *config, const struct state *state,
		  pid_t pid, int fd, struct err *e)
{
	const char *path = config_listener_path(config);
	const char *metadata = config_listener_metadata(config);
	size_t size = state_json_room(state) + 256 +
		      6 * (metadata ? strlen(metadata) : 0);
	AUTO_FREE char *text = malloc(size);
	AUTO_CLOSE int agent = -1;
	struct state seen = *state;
	struct json j;
	int r;

	if (!text)
		return err_set(e, ENOMEM, "malloc(%zu)", size);
	seen.pid = pid;
	json_start(&j, text, size);
	put_state(&j, config, &seen, pid);
	r = console_connect(path, &agent, e);
	if (r == 0)
		r = console_send(agent, fd, j.text, j.len, e);
	return r < 0 ? err_wrap(e, "linux.seccomp.listenerPath") : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * config: the image's configuration as the reply tells it.
 */
#ifndef CLOISTER_IMAGE_CONFIG_H
#define CLOISTER_IMAGE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/digest.h"
#include "runtime/image/image.h"

struct config {
	uint32_t layer_count;
	struct digest diff_ids[IMAGE_LAYERS_MAX];	/* lowest first */
	char user[IMAGE_USER_MAX];	/* as written, "" for root */
};

/*
 * Reads a configuration: Entrypoint, Cmd, Env, WorkingDir and StopSignal go
 * into the reply, diff ids and User into `c`. What a runtime on this machine
 * does not do (Volumes, Healthcheck, ExposedPorts, Labels) is not read.
 * Returns 0; -EPROTONOSUPPORT not for linux/amd64; -E2BIG too many strings or
 * too much text; -EBADMSG wrong types, a variable without '=', a relative
 * working directory, an unknown signal; else as image_json_parse().
 * Source: OCI image-spec, config.md.
 */
int config_parse(const char *data, size_t len, struct config *c,
		 struct image_reply *reply, struct err *e);

/*
 * "SIGTERM", "TERM", "SIGRTMIN+3", "15": the number on Linux x86-64, or
 * -EINVAL. Real-time signals count from the kernel's 32 + the two that the C
 * libraries keep: SIGRTMIN is 34.
 */
int config_signal(const char *name);

#endif

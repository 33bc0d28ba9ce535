/* SPDX-License-Identifier: MIT */
/*
 * source: where newer documents are, as runtime tells it to courier.
 *
 * "source" is a sealed memfd with one struct source_config, made by runtime
 * from the plan in force. courier checks it before it uses it.
 */
#ifndef CLOISTER_BASE_SOURCE_H
#define CLOISTER_BASE_SOURCE_H

#include <stdint.h>

#include "runtime/base/channel.h"

#define SOURCE_NAME "source"
#define SOURCE_BYTES_MAX (1u << 20)	/* of a document with its signature */
#define SOURCE_INTERVAL_MIN_S 1
#define SOURCE_INTERVAL_MAX_S 86400

struct source_config {
	uint32_t size;			/* sizeof(struct source_config) */
	uint32_t interval_s;		/* SOURCE_INTERVAL_MIN_S and up */
	char url[CHANNEL_URL_MAX];	/* "" : there is none */
};

#endif

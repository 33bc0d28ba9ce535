/*
 * channel: what uplink must know about where to send and about each stream it
 * reads, as flat structs that travel over the bus.
 *
 * "uplink-config" is a sealed memfd holding one struct channel_config, made
 * by runtime from the plan. "log/<n>" is the read end of a container's pipe
 * with a struct channel_stream as its meta data. All strings are NUL-padded;
 * uplink checks the NULs and the ranges before it uses them.
 */
#ifndef CLOISTER_BASE_CHANNEL_H
#define CLOISTER_BASE_CHANNEL_H

#include <stdint.h>

#include "runtime/base/bus.h"

#define CHANNEL_URL_MAX 256
#define CHANNEL_ID_MAX 128	/* instance id, cluster-like attributes */
#define CHANNEL_NAME_MAX 256	/* ECS names: 255 characters */
#define CHANNEL_TASK_ID_MAX 33	/* 32 hexadecimal digits */
#define CHANNEL_ATTRIBUTES_MAX 16

struct channel_attribute {
	char name[CHANNEL_ID_MAX];
	char value[CHANNEL_ID_MAX];
};

struct channel_config {
	uint32_t size;				/* sizeof(struct channel_config) */
	uint32_t attribute_count;		/* 0..CHANNEL_ATTRIBUTES_MAX */
	char endpoint[CHANNEL_URL_MAX];		/* operator: http://host:port[/path] */
	char logs_endpoint[CHANNEL_URL_MAX];	/* customer logs; may equal endpoint */
	char instance_id[CHANNEL_ID_MAX];
	char image_version[CHANNEL_ID_MAX];
	struct channel_attribute attributes[CHANNEL_ATTRIBUTES_MAX];
};

enum channel_source {
	CHANNEL_STDOUT = 1,
	CHANNEL_STDERR = 2,
};

struct channel_stream {
	uint32_t source;			/* enum channel_source */
	uint32_t number;			/* the n of "log/<n>", from 1 on */
	uint64_t memory_max;			/* bytes, 0: no limit of its own */
	char task_id[CHANNEL_TASK_ID_MAX];
	char family[CHANNEL_NAME_MAX];
	char container[CHANNEL_NAME_MAX];
	char image[CHANNEL_NAME_MAX];
};

_Static_assert(sizeof(struct channel_stream) <= BUS_META_MAX,
	       "a stream's meta data fits into one bus message");

#endif

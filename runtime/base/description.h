/* SPDX-License-Identifier: MIT */
/*
 * description: what runtime tells of one task, for the task itself to read
 * through the metadata service. It goes one way; nothing comes back.
 *
 * "task/<n>" is a sealed memfd with one struct description and, right after
 * it, JSON text; n is the row of the task in runtime's table. A newer one
 * takes the place of an older one. "door/<n>" is the listening socket in the
 * task's network namespace, "counters/<n>" an open /proc/net/dev of that
 * namespace; the meta data of both is the id of the task that they belong to.
 * metadata checks every number and string before it uses them.
 */
#ifndef CLOISTER_BASE_DESCRIPTION_H
#define CLOISTER_BASE_DESCRIPTION_H

#include <stdint.h>

#include "runtime/base/channel.h"

#define DESCRIPTION_TASKS_MAX 512u	/* rows of runtime's table */
#define DESCRIPTION_CONTAINERS_MAX 10u
#define DESCRIPTION_BYTES_MAX (256u << 10)

/* As on Amazon ECS, whose agent has this port and keeps tasks from it: at port
 * 80 the socket would stand in the way of every web server in the task. */
#define DESCRIPTION_ADDRESS "169.254.170.2"
#define DESCRIPTION_PORT 51679
#define DESCRIPTION_PORT_TEXT "51679"
#define DESCRIPTION_PATH "/v4/"

struct description_text {
	uint32_t at;		/* in the text */
	uint32_t len;		/* 0: there is none */
};

/* The container's id, in its path and everywhere: "<task id>-<1 + index>". */
struct description_container {
	uint32_t is_running;	/* its cgroup can be read */
	char name[CHANNEL_NAME_MAX];	/* of its cgroup below the task's */
	struct description_text json;
};

struct description {
	uint32_t size;		/* sizeof(struct description) */
	uint32_t is_over;	/* the task has ended: nothing else is valid */
	uint32_t count;		/* containers, from 1 on */
	char task_id[CHANNEL_TASK_ID_MAX];
	struct description_text task;
	struct description_container containers[DESCRIPTION_CONTAINERS_MAX];
};

#endif

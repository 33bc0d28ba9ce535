// SPDX-License-Identifier: MIT
#include "init/dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "runtime/base/fd.h"

#define CONTROL "/dev/mapper/control"

/* One ioctl buffer: header, then a target with its parameters or a message. */
struct request {
	struct dm_ioctl head;
	union {
		struct {
			struct dm_target_spec target;
			char parameters[DM_PARAMETERS_MAX];
		};
		struct {
			uint64_t sector;
			char message[DM_PARAMETERS_MAX];
		};
	};
};

_Static_assert(sizeof(struct dm_ioctl) % 8 == 0,
	       "what follows the header has no gap before it");

static void prepare(struct request *q, const char *name, uint32_t flags)
{
	*q = (struct request){
		.head = {
			.version = { DM_VERSION_MAJOR, 0, 0 },
			.data_size = sizeof(*q),
			.data_start = offsetof(struct request, target),
			.flags = flags,
		},
	};
	snprintf(q->head.name, sizeof(q->head.name), "%s", name);
}

static int call(int control, unsigned long request, const char *what,
		struct request *q, struct err *e)
{
	/* The C libraries disagree about the type of ioctl's request. */
	if (syscall(SYS_ioctl, control, request, q) < 0)
		return err_set(e, errno, "ioctl(%s, %s %s)", CONTROL, what,
			       q->head.name);
	return 0;
}

static int open_control(struct err *e)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);

	return control < 0 ? err_set(e, errno, "open(%s)", CONTROL) : control;
}

static int load(int control, const char *name, const struct dm_table *t,
		struct err *e)
{
	struct request q;
	int r;

	prepare(&q, name,
		(t->is_read_only ? DM_READONLY_FLAG : 0) |
			(t->is_secret ? DM_SECURE_DATA_FLAG : 0));
	q.head.target_count = 1;
	q.target.length = t->sectors;
	memcpy(q.target.target_type, t->target, sizeof(t->target));
	memcpy(q.parameters, t->parameters, sizeof(t->parameters));
	r = call(control, DM_TABLE_LOAD, "DM_TABLE_LOAD", &q, e);
	explicit_bzero(&q, sizeof(q));
	return r;
}

static int activate(int control, const char *name, const struct dm_table *t,
		    struct err *e)
{
	struct request q;
	int r = load(control, name, t, e);

	if (r < 0)
		return r;
	/* Without the suspend flag this resumes: the table is live. */
	prepare(&q, name, 0);
	return call(control, DM_DEV_SUSPEND, "DM_DEV_SUSPEND", &q, e);
}

int dm_create(const char *name, const struct dm_table *t,
	      char device[DM_DEVICE_MAX], struct err *e)
{
	AUTO_CLOSE int control = open_control(e);
	struct request q;
	int r;

	if (control < 0)
		return control;
	prepare(&q, name, t->is_read_only ? DM_READONLY_FLAG : 0);
	r = call(control, DM_DEV_CREATE, "DM_DEV_CREATE", &q, e);
	if (r < 0)
		return r;
	snprintf(device, DM_DEVICE_MAX, "/dev/dm-%u", minor(q.head.dev));
	r = activate(control, name, t, e);
	if (r < 0) {
		prepare(&q, name, 0);
		call(control, DM_DEV_REMOVE, "DM_DEV_REMOVE", &q, NULL);
	}
	return r;
}

int dm_read(const char *name, struct dm_table *t, struct err *e)
{
	AUTO_CLOSE int control = open_control(e);
	struct request q;
	int r;

	if (control < 0)
		return control;
	prepare(&q, name, DM_STATUS_TABLE_FLAG);
	r = call(control, DM_TABLE_STATUS, "DM_TABLE_STATUS", &q, e);
	if (r < 0)
		return r;
	if (q.head.target_count != 1)
		return err_set(e, EBADMSG, "device %s has %u targets", name,
			       q.head.target_count);
	*t = (struct dm_table){
		.sectors = q.target.length,
		.is_read_only = q.head.flags & DM_READONLY_FLAG,
	};
	snprintf(t->target, sizeof(t->target), "%.15s", q.target.target_type);
	snprintf(t->parameters, sizeof(t->parameters), "%.1023s", q.parameters);
	return 0;
}

int dm_forget_key(const char *name, struct err *e)
{
	AUTO_CLOSE int control = open_control(e);
	struct request q;
	int r;

	if (control < 0)
		return control;
	prepare(&q, name,
		DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG);
	r = call(control, DM_DEV_SUSPEND, "DM_DEV_SUSPEND", &q, e);
	if (r < 0)
		return r;
	prepare(&q, name, 0);
	snprintf(q.message, sizeof(q.message), "key wipe");
	return call(control, DM_TARGET_MSG, "DM_TARGET_MSG", &q, e);
}

/*
 * bus: what init and a service say to each other over fd 3, and how file
 * descriptors move between services.
 *
 * One SOCK_SEQPACKET pair per service. A message is a fixed header, up to
 * BUS_META_MAX bytes of meta data that init stores and forwards unread, and
 * at most one file descriptor. init keeps a duplicate of each kept fd, gives
 * all of them to a service when it starts (or starts again after a crash),
 * then sends BUS_START. Neither side ever blocks on the other: sockets are
 * non-blocking, a full queue is -EAGAIN.
 *
 * Trust: init checks each message against its table of who may keep what for
 * whom; a service trusts init.
 */
#ifndef CLOISTER_BASE_BUS_H
#define CLOISTER_BASE_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define BUS_FD 3
#define BUS_NAME_MAX 32		/* with NUL */
#define BUS_META_MAX 1536
#define BUS_ALIVE_EVERY_MS 10000

enum bus_service {
	BUS_INIT,
	BUS_INTAKE,
	BUS_RUNTIME,
	BUS_COURIER,
	BUS_UPLINK,
	BUS_METADATA,
	BUS_SERVICE_COUNT
};

enum bus_kind {
	/* service -> init */
	BUS_KEEP,	/* keep fd `name` for `service`; give it now too if that
			   is another service than the sender */
	BUS_DROP,	/* forget the kept fd `name` of `service` */
	BUS_READY,	/* the service has finished starting */
	BUS_ASK_DRAIN,	/* runtime: the instance has no more to do (value: enum
			   bus_drain) */
	BUS_DRAINED,	/* runtime: no task is left */
	BUS_FLUSHED,	/* uplink: everything is sent, or the bound passed */
	BUS_ALIVE,	/* runtime: its loop lives; at least every
			   BUS_ALIVE_EVERY_MS */
	BUS_DRAIN_AT,	/* runtime: the document wants the drain at `value`,
			   seconds after boot; never later than init's own */
	BUS_DEAD_AT,	/* runtime: the same for the end of the machine */
	BUS_STOP_BOUND,	/* runtime: a drain that began now would take `value`
			   ms at most; told whenever it changes */
	BUS_GRANT,	/* runtime: a container with privilege is about to start,
			   or has ended; meta: struct grant_note */
	/* init -> service */
	BUS_GIVE,	/* here is fd `name` with its meta data */
	BUS_START,	/* all kept fds were given; value: 0 at first start,
			   else the number of restarts so far */
	BUS_EXITED,	/* runtime: a container process ended; pid, value: the
			   status as wait(2) gives it */
	BUS_DRAIN,	/* runtime: stop all tasks; value: enum bus_drain */
	BUS_FLUSH,	/* uplink: send what you have; value: bound in ms */
	BUS_ENDED,	/* runtime: service `service` ended; value: wait
			   status (sent for intake only) */
	BUS_KIND_COUNT
};

/* Why the instance drains. Words for records: bus_drain_words[]. */
enum bus_drain {
	BUS_DRAIN_TASKS_ENDED,
	BUS_DRAIN_POWER_BUTTON,
	BUS_DRAIN_DOCUMENT_REFUSED,
	BUS_DRAIN_SERVICE_FAILED,
	BUS_DRAIN_LIFETIME,
	BUS_DRAIN_DAEMON_STOPPED,
	BUS_DRAIN_COUNT
};

extern const char *const bus_drain_words[BUS_DRAIN_COUNT];
extern const char *const bus_service_words[BUS_SERVICE_COUNT];

struct bus_message {
	uint32_t kind;			/* enum bus_kind */
	uint32_t service;		/* enum bus_service */
	int64_t value;
	int64_t pid;
	uint32_t meta_len;		/* bytes used in meta */
	char name[BUS_NAME_MAX];
	unsigned char meta[BUS_META_MAX];
};

/*
 * Sends one message, with a duplicate of `fd` unless fd is -1; the caller
 * keeps `fd`. Does not block.
 * Returns 0 or -errno: -EAGAIN queue full, -EPIPE the other side is gone.
 * Source: unix(7) SCM_RIGHTS.
 */
int bus_send(int sock, const struct bus_message *m, int fd);

/*
 * Receives one message and its fd (-1 when there is none; the caller owns it,
 * close-on-exec). A message that is cut short, over-long, has a kind or
 * service out of range, a meta_len that does not match or a name without NUL
 * is -EBADMSG and its fd is closed.
 * Returns 1 for a message, 0 when the other side closed, -EAGAIN when
 * nothing waits, else -errno.
 */
int bus_receive(int sock, struct bus_message *m, int *fd);

/* BUS_KEEP of `fd` as `name` for `service`, meta may be NULL with len 0. */
int bus_keep(int sock, enum bus_service service, const char *name, int fd,
	     const void *meta, size_t meta_len, struct err *e);

/* BUS_DROP of `name` of `service`. */
int bus_drop(int sock, enum bus_service service, const char *name,
	     struct err *e);

/* A message that is a kind and a value alone. */
int bus_tell(int sock, enum bus_kind kind, int64_t value, struct err *e);

#endif

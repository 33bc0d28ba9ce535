#include "init/handout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "init/devices.h"
#include "init/guard.h"
#include "init/keeper.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"
#include "runtime/base/record.h"

#define RECORD_BUFFER_BYTES (1 << 20)

static int hand_out(enum bus_service to, const char *name, int fd,
		    struct err *e)
{
	AUTO_CLOSE int owned = fd;
	struct bus_message m = { .kind = BUS_KEEP, .service = to };

	strcpy(m.name, name);
	return keeper_keep(BUS_INIT, &m, &owned, e);
}

/*
 * A socket of its own for each that emits: whose record it is, is known by
 * where it comes from. Nobody but uplink may read; init keeps that end for it.
 */
static int hand_out_records_of(enum bus_service emitter, struct err *e)
{
	static const int bytes = RECORD_BUFFER_BYTES;
	char name[BUS_NAME_MAX];
	int ends[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, ends) < 0 ||
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
		       sizeof(bytes)) < 0)
		return err_set(e, errno, "socketpair(records)");
	if (emitter == BUS_INIT)
		record_use_socket(ends[1]);
	else
		r = hand_out(emitter, "records", ends[1], e);
	snprintf(name, sizeof(name), "records-in/%d", (int)emitter);
	return r < 0 ? r : hand_out(BUS_UPLINK, name, ends[0], e);
}

static int hand_out_records(struct err *e)
{
	int r = 0;

	/* Not uplink's own: they go to its queue. */
	for (enum bus_service s = BUS_INIT; r == 0 && s < BUS_UPLINK; s++)
		r = hand_out_records_of(s, e);
	return r;
}

/* What may be missing: the one that wants it says so in its own words. */
static int hand_out_if_there(enum bus_service to, const char *name, int fd,
			     struct err *e)
{
	if (fd == -ENOENT || fd == -ENODEV) {
		say(2, "init", "no %s: %s", name, e->message);
		return 0;
	}
	return fd < 0 ? fd : hand_out(to, name, fd, e);
}

static int hand_out_kmsg(struct err *e)
{
	int fd = devices_open_kmsg(e);

	return fd < 0 ? fd : hand_out(BUS_UPLINK, "kmsg", fd, e);
}

/* On the verified root: an image without it is no image of ours. */
static int hand_out_trust(struct err *e)
{
	int fd = devices_open_trust(e);

	return fd < 0 ? fd : hand_out(BUS_INTAKE, "trust", fd, e);
}

int handout_prepare(struct err *e)
{
	int r = hand_out_records(e);

	if (r == 0)
		r = hand_out_if_there(BUS_INTAKE, "document",
				      devices_open_document(e), e);
	if (r == 0)
		r = hand_out_if_there(BUS_INTAKE, "identity",
				      devices_open_identity(e), e);
	if (r == 0)
		r = hand_out_if_there(BUS_INTAKE, "smbios",
				      devices_open_smbios(e), e);
	if (r == 0)
		r = hand_out_trust(e);
	if (r == 0)
		r = hand_out_if_there(BUS_RUNTIME, "store",
				      devices_open_store(e), e);
	if (r == 0)
		r = hand_out(BUS_RUNTIME, GUARD_MAP_NAME, guard_take_map(), e);
	return r < 0 ? r : hand_out_kmsg(e);
}

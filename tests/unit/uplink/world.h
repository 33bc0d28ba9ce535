/*
 * world: everything around uplink for a test on the host: an init that keeps
 * file descriptors, a task that writes, and a collector that can be switched
 * off or made to refuse. One thread; world_until() turns it.
 */
#ifndef CLOISTER_TEST_WORLD_H
#define CLOISTER_TEST_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/bus.h"
#include "runtime/base/channel.h"

#define WORLD_KEPT_MAX 32
#define WORLD_CONNECTIONS_MAX 8
#define WORLD_LINES_MAX 200000u

struct world_kept {
	char name[BUS_NAME_MAX];
	int fd;
	uint32_t meta_len;
	unsigned char meta[BUS_META_MAX];
};

struct world_connection {
	int fd;
	char *bytes;
	size_t len;
};

struct world {
	pid_t pid;
	int bus;
	int restarts;
	bool is_ready, is_flushed;
	unsigned int early_drops;	/* of a ring before its pipe */
	int64_t flushed_value;
	struct world_kept kept[WORLD_KEPT_MAX];
	char directory[64];		/* cgroup root and procfs of the test */
	/* the collector */
	int listener;			/* -1: switched off */
	uint16_t port;
	unsigned int status;		/* of answers */
	const char *answer;		/* body of answers */
	struct world_connection connections[WORLD_CONNECTIONS_MAX];
	unsigned int requests;
	unsigned int accepted;		/* answered with 200 */
	json_t *operator;		/* arrays of accepted request bodies */
	json_t *customer;
	/* accepted lines of the stream "stdout": how often each number came */
	unsigned char *seen;
	unsigned int mismatched;	/* body is not what belongs to number */
	uint64_t gap_lines;
	uint64_t top;
};

/* Makes the world, without uplink yet. */
int world_open(struct world *w);
void world_close(struct world *w);

/* Starts uplink and gives it what is kept, as init does. */
int world_start(struct world *w);

/* SIGKILL and reap. */
void world_kill(struct world *w);

/* Keeps `fd` (owned by the world) as init would; gives it if uplink runs. */
int world_keep(struct world *w, const char *name, int fd, const void *meta,
	       size_t meta_len);
void world_forget(struct world *w, const char *name);
bool world_has(const struct world *w, const char *name);

/* Makes and keeps the config; `host` such as "127.0.0.1". */
int world_configure(struct world *w, const char *host);

/* A pipe kept as "log/<n>" of container "web"; gives the write end. */
int world_stream(struct world *w, uint32_t n, enum channel_source source);

void world_collector(struct world *w, bool is_on);

/*
 * Lets everything happen until `is_done` says so; false after `ms`.
 */
bool world_until(struct world *w, bool (*is_done)(struct world *w),
		 int ms);

/* One turn of at most `ms`. */
void world_turn(struct world *w, int ms);

/* Asks for a flush and waits for its end. */
bool world_flush(struct world *w, int ms);

/* Lines 1..n: how many came at least once. */
uint64_t world_count_seen(const struct world *w, uint64_t n);

/* The text of all accepted requests of a channel holds `needle`. */
bool world_holds(const json_t *channel, const char *needle);

#endif

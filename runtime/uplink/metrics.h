/*
 * metrics: what is measured, under which name, and how it is written.
 *
 * Container metrics come from the cgroup CGROUP/tasks/<task>/<container>,
 * instance metrics from procfs and from uplink's own counters. Names are
 * OpenTelemetry's where it has one, else cloister.*. A file that cannot be
 * read leaves its metrics out; it is never an error.
 * Needs: read of cgroup v2 files and of meminfo, loadavg, uptime in procfs,
 * statvfs of the data directory.
 * Source: OpenTelemetry semantic conventions, "Container metrics", "System
 * metrics".
 */
#ifndef CLOISTER_UPLINK_METRICS_H
#define CLOISTER_UPLINK_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/json.h"

#define METRICS_INTERVAL_MS 10000u
#define METRICS_FIRST_MS 1000u		/* after a container was first seen */
#define METRICS_CONTAINERS_MAX 2560u

/* Where to look; strings live as long as they are used. */
struct metrics_paths {
	const char *cgroup;	/* "/sys/fs/cgroup" */
	const char *proc;	/* "/proc" */
	const char *data;	/* "/data" */
};

struct metrics_lines {
	uint64_t sent_lines, dropped_lines, dropped_bytes, queued_bytes;
};

struct metrics_container {
	struct channel_stream origin;
	uint64_t first_seen_ns;
	struct metrics_lines gone;	/* of its streams that have ended */
	struct metrics_lines lines;	/* with those that are there */
	uint64_t reported_lines;	/* sent and dropped, in the last sample */
	bool has_news;	/* streams, or lines that no sample reported yet */
};

/*
 * Writes the metrics of one container as one resource.
 * Returns the number of metrics, 0 when its cgroup is not there (any more)
 * and there is no news of it either, or when they did not fit.
 */
unsigned int metrics_put_container(struct json *j,
				   const struct metrics_paths *paths,
				   const struct channel_config *config,
				   const struct metrics_container *c,
				   uint64_t now_ns);

/* uplink's own numbers, one row of the table each. */
enum metrics_own {
	METRICS_OPERATOR_QUEUE,		/* records */
	METRICS_CUSTOMER_QUEUE,		/* bytes */
	METRICS_RECORDS_LOST,
	METRICS_LINES_SENT,
	METRICS_LINES_DROPPED,
	METRICS_BYTES_DROPPED,
	METRICS_OPERATOR_REJECTED,
	METRICS_CUSTOMER_REJECTED,
	METRICS_OPERATOR_RETRIES,
	METRICS_CUSTOMER_RETRIES,
	METRICS_SAMPLES_DROPPED,
	METRICS_TASKS_RUNNING,
	METRICS_CONTAINERS_RUNNING,
	METRICS_DRAIN_IN,		/* seconds, below 0 when it has passed */
	METRICS_DEAD_IN,
	METRICS_OWN_COUNT
};

/* Writes the metrics of the instance; `own` by enum metrics_own. */
unsigned int metrics_put_instance(struct json *j,
				  const struct metrics_paths *paths,
				  const struct channel_config *config,
				  const int64_t own[METRICS_OWN_COUNT],
				  uint64_t start_ns, uint64_t now_ns);

#endif

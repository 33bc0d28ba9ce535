/*
 * sampler: which containers there are, and when to measure them.
 *
 * A container is known from its first stream on, and measured until its
 * cgroup and its streams are both gone and their last counts are told.
 */
#ifndef CLOISTER_UPLINK_SAMPLER_H
#define CLOISTER_UPLINK_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/metrics.h"
#include "runtime/uplink/operator.h"
#include "runtime/uplink/streams.h"

struct sampler {
	const struct metrics_paths *paths;
	struct metrics_container *rows;	/* owned */
	size_t count;
	uint64_t start_ns;
	uint64_t next_ms;
};

void sampler_init(struct sampler *s, const struct metrics_paths *paths,
		  uint64_t now_ms, uint64_t now_ns);

/*
 * Takes over what the streams say: new containers (then the next sample comes
 * within METRICS_FIRST_MS) and line counts.
 */
void sampler_look(struct sampler *s, const struct streams *t, uint64_t now_ms,
		  uint64_t now_ns);

/*
 * Notes the last counts of a stream that is let go; `sampler` is a struct
 * sampler. For streams_sweep().
 */
void sampler_leave(void *sampler, const struct ring *ring);

/* Asks for a sample at once: a container may be about to go. */
void sampler_hurry(struct sampler *s, uint64_t now_ms);

/* The known container of that task and name, or NULL. */
const struct channel_stream *sampler_find(const struct sampler *s,
					  const char *task_id,
					  const char *container);

/* Measures everything, hands it to `o`, and sets the next time. */
void sampler_sample(struct sampler *s, struct operator *o,
		    const struct channel_config *config,
		    const int64_t own[METRICS_OWN_COUNT], uint64_t now_ms,
		    uint64_t now_ns);

#endif

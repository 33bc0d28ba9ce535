/*
 * retry: what an answer means for the batch, and how long to wait.
 *
 * Pure functions. Source: OTLP specification, "OTLP/HTTP Response", "Retryable
 * Response Codes" and "OTLP/HTTP Throttling"; RFC 9110 section 10.2.3.
 */
#ifndef CLOISTER_UPLINK_RETRY_H
#define CLOISTER_UPLINK_RETRY_H

#include <stdint.h>

#define RETRY_FIRST_MS 500u
#define RETRY_CAP_MS 30000u
#define RETRY_AFTER_CAP_MS 120000u	/* a longer Retry-After is cut to it */
#define RETRY_AFTER_NONE (-1)

enum retry_verdict {
	RETRY_ACCEPTED,		/* 2xx */
	RETRY_LATER,		/* 429, 502, 503, 504 */
	RETRY_REJECTED,		/* everything else: do not send it again */
};

enum retry_verdict retry_verdict(unsigned int status);

/*
 * Milliseconds until attempt number `attempt` + 1 (0: the first one failed).
 * Doubles from RETRY_FIRST_MS to RETRY_CAP_MS, less up to a half by `random`
 * so that a fleet does not come back in step. `retry_after_s` from the
 * server, unless RETRY_AFTER_NONE, replaces it (plus the same jitter on top).
 */
uint64_t retry_delay_ms(unsigned int attempt, int64_t retry_after_s,
			uint32_t random);

/*
 * Reads the value of a Retry-After header in its seconds form.
 * Returns RETRY_AFTER_NONE for anything else, the date form included.
 */
int64_t retry_after_parse(const char *value);

#endif

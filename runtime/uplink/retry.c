#include "runtime/uplink/retry.h"

#include <stddef.h>

#include "runtime/base/fd.h"

static const unsigned int retryable[] = { 429, 502, 503, 504 };

enum retry_verdict retry_verdict(unsigned int status)
{
	if (status >= 200 && status < 300)
		return RETRY_ACCEPTED;
	for (size_t i = 0; i < ARRAY_SIZE(retryable); i++)
		if (status == retryable[i])
			return RETRY_LATER;
	return RETRY_REJECTED;
}

static uint64_t doubled(unsigned int attempt)
{
	uint64_t delay = RETRY_FIRST_MS;

	while (attempt-- > 0 && delay < RETRY_CAP_MS)
		delay *= 2;
	return delay < RETRY_CAP_MS ? delay : RETRY_CAP_MS;
}

uint64_t retry_delay_ms(unsigned int attempt, int64_t retry_after_s,
			uint32_t random)
{
	uint64_t delay = doubled(attempt);
	uint64_t asked;

	if (retry_after_s < 0)
		return delay - random % (delay / 2 + 1);
	asked = retry_after_s > RETRY_AFTER_CAP_MS / 1000 ?
			RETRY_AFTER_CAP_MS :
			(uint64_t)retry_after_s * 1000;
	return asked + random % RETRY_FIRST_MS;
}

int64_t retry_after_parse(const char *value)
{
	int64_t seconds = 0;
	size_t digits = 0;

	while (value[digits] >= '0' && value[digits] <= '9' && digits < 9)
		seconds = seconds * 10 + (value[digits++] - '0');
	if (digits == 0 || value[digits] != '\0')
		return RETRY_AFTER_NONE;
	return seconds;
}

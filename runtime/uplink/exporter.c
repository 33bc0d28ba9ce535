#include "runtime/uplink/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/uplink/retry.h"

int exporter_init(struct exporter *x, const char *name, int epoll_fd,
		  uint64_t token, struct err *e)
{
	char *buffer = malloc(EXPORTER_BUFFER_BYTES);

	if (!buffer)
		return err_set(e, ENOMEM, "malloc(batch)");
	memset(x, 0, sizeof(*x));
	x->name = name;
	json_start(&x->json, buffer, EXPORTER_BUFFER_BYTES);
	http_init(&x->http, epoll_fd, token,
		  &(struct answer_room){ .body = x->answer,
					 .body_max = sizeof(x->answer),
					 .wire_max = ANSWER_WIRE_MAX });
	return 0;
}

int exporter_set_endpoint(struct exporter *x, const char *endpoint,
			  struct err *e)
{
	struct url url;
	int r = url_parse(endpoint, &url, e);

	if (r < 0)
		return r;
	x->url = url;
	x->is_set = true;
	return 0;
}

bool exporter_is_free(const struct exporter *x)
{
	return x->is_set && x->state == EXPORTER_IDLE;
}

void exporter_begin(struct exporter *x)
{
	json_start(&x->json, x->json.text, x->json.cap);
}

static uint32_t random_number(void)
{
	uint32_t n = 0;

	/* Only spreads retries: a failure to get it may count as 0. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) < 0)
		return 0;
	return n;
}

static void wait_for_retry(struct exporter *x, int64_t retry_after_s,
			   uint64_t now_ms)
{
	uint64_t delay =
		retry_delay_ms(x->attempt++, retry_after_s, random_number());

	if (x->is_flushing && delay > EXPORTER_FLUSH_RETRY_MS)
		delay = EXPORTER_FLUSH_RETRY_MS;
	x->failures++;
	x->state = EXPORTER_WAITING;
	x->retry_ms = now_ms + delay;
}

static enum exporter_outcome finish(struct exporter *x, uint64_t rejected,
				    enum exporter_outcome outcome)
{
	x->state = EXPORTER_IDLE;
	x->attempt = 0;
	x->rejected_items += rejected;
	x->untold_items += rejected;
	x->batches += outcome == EXPORTER_DELIVERED;
	return outcome;
}

static enum exporter_outcome judge(struct exporter *x, uint64_t now_ms)
{
	const struct answer *a = &x->http.answer;

	x->last_status = a->status;
	switch (retry_verdict(a->status)) {
	case RETRY_ACCEPTED:
		return finish(x, (uint64_t)answer_rejected(a),
			      EXPORTER_DELIVERED);
	case RETRY_LATER:
		wait_for_retry(x, a->retry_after_s, now_ms);
		return EXPORTER_NOTHING;
	case RETRY_REJECTED:
		break;
	}
	return finish(x, x->items, EXPORTER_REJECTED);
}

static enum exporter_outcome
take_result(struct exporter *x, enum http_result result, uint64_t now_ms)
{
	if (x->state != EXPORTER_SENDING || result == HTTP_PENDING)
		return EXPORTER_NOTHING;
	if (result == HTTP_ANSWERED)
		return judge(x, now_ms);
	wait_for_retry(x, RETRY_AFTER_NONE, now_ms);
	return EXPORTER_NOTHING;
}

static void post(struct exporter *x, uint64_t now_ms)
{
	x->state = EXPORTER_SENDING;
	take_result(x,
		    http_post(&x->http, &x->url, otlp_paths[x->signal],
			      x->json.text, x->json.len, now_ms),
		    now_ms);
}

void exporter_send(struct exporter *x, enum otlp_signal signal, uint64_t items,
		   uint64_t now_ms)
{
	x->signal = signal;
	x->items = items;
	x->attempt = 0;
	post(x, now_ms);
}

enum exporter_outcome exporter_ready(struct exporter *x, uint64_t now_ms)
{
	return take_result(x, http_ready(&x->http), now_ms);
}

enum exporter_outcome exporter_tick(struct exporter *x, uint64_t now_ms)
{
	if (x->state == EXPORTER_WAITING && now_ms >= x->retry_ms) {
		post(x, now_ms);
		return EXPORTER_NOTHING;
	}
	return take_result(x, http_expire(&x->http, now_ms), now_ms);
}

uint64_t exporter_next_ms(const struct exporter *x)
{
	switch (x->state) {
	case EXPORTER_WAITING:
		return x->retry_ms;
	case EXPORTER_SENDING:
		return x->http.deadline_ms;
	case EXPORTER_IDLE:
		break;
	}
	return UINT64_MAX;
}

void exporter_flush(struct exporter *x, uint64_t now_ms)
{
	x->is_flushing = true;
	if (x->state == EXPORTER_WAITING)
		x->retry_ms = now_ms;
}

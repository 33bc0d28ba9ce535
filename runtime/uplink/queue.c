#include "runtime/uplink/queue.h"

#include <string.h>
#include <time.h>

#include "runtime/base/clock.h"

/* In the ring: head, then per field a number, or length and bytes and NUL. */
struct entry_head {
	uint32_t size; /* of the entry, head included */
	uint32_t kind;
	uint64_t unix_ns;
	uint64_t boot_ns;
};

_Static_assert(sizeof(struct entry_head) +
			       RECORD_FIELDS_MAX * (RECORD_WORD_MAX + 1) +
			       RECORD_TEXT_MAX + 1 <=
		       QUEUE_ENTRY_MAX,
	       "every record fits an entry");

static void ring_copy_in(struct queue *q, const char *data, size_t len)
{
	size_t at = (q->start + q->used) % QUEUE_BYTES;
	size_t first = QUEUE_BYTES - at < len ? QUEUE_BYTES - at : len;

	memcpy(q->bytes + at, data, first);
	memcpy(q->bytes, data + first, len - first);
	q->used += len;
}

static void ring_peek(const struct queue *q, void *data, size_t len)
{
	size_t first = QUEUE_BYTES - q->start < len ? QUEUE_BYTES - q->start :
						      len;

	memcpy(data, q->bytes + q->start, first);
	memcpy((char *)data + first, q->bytes, len - first);
}

static void ring_skip(struct queue *q, size_t len)
{
	q->start = (q->start + len) % QUEUE_BYTES;
	q->used -= len;
	q->count--;
}

static void drop_oldest(struct queue *q)
{
	struct entry_head h;

	ring_peek(q, &h, sizeof(h));
	ring_skip(q, h.size);
	q->lost++;
	q->lost_total++;
}

static size_t put_word(char *at, const char *word, bool is_text)
{
	size_t max = is_text ? RECORD_TEXT_MAX : RECORD_WORD_MAX;
	size_t n = word ? strnlen(word, max) : 0;

	for (size_t i = 0; i < n; i++) {
		char one[2] = { word[i], '\0' };
		bool is_good = is_text ? record_is_text(one) :
					 record_is_word(one);

		at[i] = is_good ? word[i] : '?';
	}
	at[n] = '\0';
	return n + 1;
}

static size_t pack(char *entry, const struct record *r)
{
	const struct record_row *row = &record_rows[r->kind];
	struct entry_head h = { .kind = r->kind,
				.unix_ns = r->unix_ns,
				.boot_ns = r->boot_ns };
	size_t at = sizeof(h);

	for (size_t i = 0; i < r->count; i++) {
		if (row->fields[i].type != RECORD_NUMBER) {
			at += put_word(entry + at, r->values[i].word,
				       row->fields[i].type == RECORD_TEXT);
			continue;
		}
		memcpy(entry + at, &r->values[i].number, sizeof(int64_t));
		at += sizeof(int64_t);
	}
	h.size = (uint32_t)at;
	memcpy(entry, &h, sizeof(h));
	return at;
}

void queue_push(struct queue *q, const struct record *r)
{
	char entry[QUEUE_ENTRY_MAX];
	size_t len = pack(entry, r);

	q->lost += r->lost;
	q->lost_total += r->lost;
	while (QUEUE_BYTES - q->used < len)
		drop_oldest(q);
	ring_copy_in(q, entry, len);
	q->count++;
}

void queue_emit(struct queue *q, enum record_kind kind,
		const struct record_value *values, size_t count)
{
	struct record r = { .kind = kind,
			    .unix_ns = clock_ns(CLOCK_REALTIME),
			    .boot_ns = clock_ns(CLOCK_BOOTTIME),
			    .count = count };

	memcpy(r.values, values, count * sizeof(*values));
	queue_push(q, &r);
}

static void unpack(struct queue_record *out)
{
	struct record *r = &out->record;
	const struct record_row *row;
	struct entry_head h;
	size_t at = sizeof(h);

	memcpy(&h, out->entry, sizeof(h));
	row = &record_rows[h.kind];
	*r = (struct record){ .kind = (enum record_kind)h.kind,
			      .unix_ns = h.unix_ns,
			      .boot_ns = h.boot_ns };
	for (; r->count < RECORD_FIELDS_MAX && row->fields[r->count].name;
	     r->count++) {
		struct record_value *v = &r->values[r->count];

		if (row->fields[r->count].type != RECORD_NUMBER) {
			v->word = out->entry + at;
			at += strlen(v->word) + 1;
		} else {
			memcpy(&v->number, out->entry + at, sizeof(int64_t));
			at += sizeof(int64_t);
		}
	}
}

bool queue_pop(struct queue *q, struct queue_record *out)
{
	struct entry_head h;

	if (q->count == 0)
		return false;
	ring_peek(q, &h, sizeof(h));
	ring_peek(q, out->entry, h.size);
	ring_skip(q, h.size);
	unpack(out);
	return true;
}

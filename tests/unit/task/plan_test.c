// SPDX-License-Identifier: MIT
/* What plan_pack() writes plan_unpack() reads; nothing else passes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/plan.h"
#include "runtime/task/plan_fields.h"

#include "kselftest_harness.h"

/* A small generator, the same on each libc. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static char *text(struct plan *p, const char *from)
{
	char *copy = plan_alloc(p, strlen(from) + 1);

	return copy ? strcpy(copy, from) : NULL;
}

static const char *const samples[] = {
	"/dev/x",
	"mknod",
	"a",
	"web",
	"registry:5000/team/web:1.0",
	"/data",
	"NET_ADMIN",
	"nofile",
	"10.0.2.15/24",
	"10.0.2.2",
	"http://10.0.2.2:4318",
	"02:00:5e:10:00:01",
	"8000-8010",
	"ro",
	"1000:1000",
	"h\xc3\xa9llo",
	"",
};

/* A sample that the row lets through, or "". */
static char *random_text(struct plan *p, const struct field *f, int64_t min,
			 int64_t max, uint64_t *seed)
{
	size_t start = next_random(seed) % ARRAY_SIZE(samples);

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const char *s = samples[(start + i) % ARRAY_SIZE(samples)];
		int64_t len = (int64_t)strlen(s);

		if (len >= min && len <= max && (!f->check || !f->check(s)))
			return text(p, s);
	}
	return text(p, "");
}

static void fill_table(struct plan *p, const struct field_table *t, char *base,
		       uint64_t *seed);

static void fill_list(struct plan *p, const struct field *f, void *at,
		      uint64_t *seed)
{
	uint64_t more = next_random(seed) % 3;
	uint32_t count = (uint32_t)(f->min + (int64_t)more);
	struct field_list l = { .count = count };
	size_t size = field_item_size(f);

	l.items = plan_alloc(p, count * size);
	for (uint32_t i = 0; i < count; i++) {
		char *item = l.items + i * size;
		char **strings = (char **)(void *)item;
		int64_t number = f->item_max - (int64_t)i;

		if (f->kind == FIELD_INTS) {
			memcpy(item, &number, sizeof(number));
		} else if (f->kind == FIELD_LIST) {
			field_set_defaults(f->table, item);
			fill_table(p, f->table, item, seed);
		} else {
			strings[0] =
				f->kind == FIELD_MAP ?
					text(p, "key") :
					random_text(p, f, 0, f->item_max, seed);
		}
		if (f->kind == FIELD_MAP)
			strings[1] = random_text(p, f, 0, f->item_max, seed);
	}
	field_set_list(at, l);
}

static void fill_number(const struct field *f, void *at, uint64_t *seed)
{
	/* The last one is in range for every row that has a range. */
	int64_t values[] = { f->min, f->max, f->max > 0 ? f->max / 2 + 1 : 0 };

	memcpy(at, &values[next_random(seed) % 3], sizeof(int64_t));
}

static void fill_word(const struct field *f, void *at, uint64_t *seed)
{
	uint64_t count = 0, n;

	while (f->words[count].word)
		count++;
	n = next_random(seed) % count;
	while (f->words[n].why)
		n = (n + 1) % count;
	memcpy(at, &f->words[n].value, sizeof(uint32_t));
}

static void fill_field(struct plan *p, const struct field *f, void *at,
		       uint64_t *seed)
{
	bool flag = next_random(seed) & 1;
	char *string;

	if (f->kind == FIELD_BOOL) {
		memcpy(at, &flag, sizeof(flag));
	} else if (f->kind == FIELD_INT || f->kind == FIELD_CPU ||
		   f->kind == FIELD_MEMORY) {
		fill_number(f, at, seed);
	} else if (f->kind == FIELD_WORD) {
		fill_word(f, at, seed);
	} else if (f->kind == FIELD_STRING) {
		string = random_text(p, f, f->min, f->max, seed);
		memcpy(at, &string, sizeof(string));
	} else if (f->kind == FIELD_OBJECT) {
		fill_table(p, f->table, at, seed);
	} else {
		fill_list(p, f, at, seed);
	}
}

static void fill_table(struct plan *p, const struct field_table *t, char *base,
		       uint64_t *seed)
{
	for (size_t i = 0; i < t->count; i++)
		if (field_is_planned(&t->fields[i]))
			fill_field(p, &t->fields[i], base + t->fields[i].offset,
				   seed);
}

static struct plan *random_plan(uint64_t seed)
{
	struct plan *p = plan_new();

	if (p)
		fill_table(p, &field_document, (char *)p, &seed);
	return p;
}

/* plan_unpack()'s answer; `message` may be NULL. */
static int unpack_result(const void *data, size_t len, char message[384])
{
	struct err e = ERR_NONE;
	struct plan *p = NULL;
	int r = plan_unpack(data, len, &p, &e);

	if (message)
		strcpy(message, e.message);
	plan_free(p);
	return r;
}

static int repack_differs(const void *data, size_t len)
{
	AUTO_FREE void *again = NULL;
	struct plan *p = NULL;
	size_t again_len;
	int r = plan_unpack(data, len, &p, NULL);

	if (r < 0)
		return r;
	r = plan_pack(p, &again, &again_len, NULL);
	plan_free(p);
	if (r < 0)
		return r;
	return again_len != len || memcmp(again, data, len) != 0;
}

TEST(random_plans_survive_packing_and_unpacking)
{
	for (uint64_t seed = 1; seed <= 500; seed++) {
		AUTO_FREE void *data = NULL;
		struct plan *p = random_plan(seed * 0x9e3779b97f4a7c15u);
		struct err e = ERR_NONE;
		size_t len;

		ASSERT_NE(NULL, p);
		ASSERT_EQ(0, plan_pack(p, &data, &len, &e));
		plan_free(p);
		ASSERT_EQ(0, unpack_result(data, len, e.message))
		TH_LOG("seed %llu: %s", (unsigned long long)seed, e.message);
		ASSERT_EQ(0, repack_differs(data, len));
	}
}

static const struct field_table *table_under(const struct field_table *t,
					     const char *key)
{
	return field_find(t, key, strlen(key))->table;
}

FIXTURE(packed)
{
	struct plan *plan;
	void *data;
	size_t len;
};

FIXTURE_SETUP(packed)
{
	const struct field_table *tasks = table_under(&field_document, "tasks");
	struct plan_container *c;
	struct plan_task *t;

	self->plan = plan_new();
	ASSERT_NE(NULL, self->plan);
	self->plan->schema_version = 1;
	self->plan->instance.id = text(self->plan, "i-1");
	self->plan->tasks.count = 1;
	t = plan_alloc(self->plan, sizeof(*t));
	ASSERT_NE(NULL, t);
	c = plan_alloc(self->plan, sizeof(*c));
	ASSERT_NE(NULL, c);
	field_set_defaults(tasks, t);
	self->plan->tasks.items = t;
	t->family = text(self->plan, "web");
	t->containers.count = 1;
	t->containers.items = c;
	field_set_defaults(table_under(table_under(tasks, "taskDefinition"),
				       "containerDefinitions"),
			   c);
	c->name = text(self->plan, "nginx");
	c->image = text(self->plan, "nginx:1");
	ASSERT_EQ(0, plan_pack(self->plan, &self->data, &self->len, NULL));
}

FIXTURE_TEARDOWN(packed)
{
	plan_free(self->plan);
	free(self->data);
}

TEST_F(packed, defaults_are_those_of_ecs)
{
	struct plan *p = NULL;
	const struct plan_container *c;

	ASSERT_EQ(0, plan_unpack(self->data, self->len, &p, NULL));
	c = &p->tasks.items[0].containers.items[0];
	EXPECT_TRUE(c->is_essential);
	EXPECT_EQ(30, c->stop_timeout_s);
	EXPECT_EQ(0, c->memory_mib);
	EXPECT_FALSE(c->is_privileged);
	EXPECT_STREQ("", c->user);
	EXPECT_STREQ("nginx:1", c->image);
	EXPECT_EQ(1, p->tasks.items[0].count);
	EXPECT_EQ(-1, p->instance.scale_in_after_s);
	EXPECT_EQ(14 * 86400 - 3600, p->instance.drain_after_s);
	EXPECT_EQ(14 * 86400, p->instance.dead_after_s);
	EXPECT_STREQ("", p->instance.telemetry_endpoint);
	plan_free(p);
}

TEST_F(packed, each_shorter_block_is_ebadmsg)
{
	for (size_t len = 0; len < self->len; len++) {
		AUTO_FREE char *cut = malloc(len + 1);

		ASSERT_NE(NULL, cut);
		memcpy(cut, self->data, len);
		ASSERT_EQ(-EBADMSG, unpack_result(cut, len, NULL));
	}
}

TEST_F(packed, a_body_cut_short_with_an_honest_size_is_ebadmsg)
{
	for (size_t len = 24; len < self->len; len++) {
		AUTO_FREE char *cut = malloc(len);
		uint32_t size = (uint32_t)len;

		ASSERT_NE(NULL, cut);
		memcpy(cut, self->data, len);
		memcpy(cut + 16, &size, sizeof(size));
		ASSERT_EQ(-EBADMSG, unpack_result(cut, len, NULL));
	}
}

TEST_F(packed, one_byte_more_is_ebadmsg)
{
	AUTO_FREE char *longer = calloc(1, self->len + 1);
	uint32_t size = (uint32_t)self->len + 1;
	char message[384];

	ASSERT_NE(NULL, longer);
	memcpy(longer, self->data, self->len);
	memcpy(longer + 16, &size, sizeof(size));
	EXPECT_EQ(-EBADMSG, unpack_result(longer, self->len + 1, message));
	EXPECT_STREQ("plan: 1 bytes too many", message);
}

TEST_F(packed, other_magic_or_layout_is_ebadmsg)
{
	char message[384];

	for (size_t i = 0; i < 16; i++) {
		((unsigned char *)self->data)[i] ^= 1;
		EXPECT_EQ(-EBADMSG,
			  unpack_result(self->data, self->len, message));
		EXPECT_STREQ("plan: not of this version", message);
		((unsigned char *)self->data)[i] ^= 1;
	}
	EXPECT_EQ(0, unpack_result(self->data, self->len, message));
}

TEST_F(packed, each_changed_byte_is_refused_or_still_a_whole_plan)
{
	unsigned char *bytes = self->data;

	for (size_t i = 0; i < self->len; i++) {
		unsigned char saved = bytes[i];

		for (unsigned int v = 0; v < 256; v += 5) {
			int r;

			bytes[i] = (unsigned char)v;
			r = repack_differs(bytes, self->len);
			ASSERT_TRUE(r == 0 || r == -EBADMSG)
			TH_LOG("byte %zu as %u: %d", i, v, r);
		}
		bytes[i] = saved;
	}
}

/* Repacks after a change and gives the unpacker's answer. */
static int changed_result(const struct plan *p, char message[384])
{
	AUTO_FREE void *data = NULL;
	size_t len;
	int r = plan_pack(p, &data, &len, NULL);

	return r < 0 ? r : unpack_result(data, len, message);
}

TEST_F(packed, numbers_hold_their_range)
{
	struct plan_container *c = self->plan->tasks.items[0].containers.items;
	char message[384];

	c->memory_mib = 6;
	EXPECT_EQ(0, changed_result(self->plan, message));
	c->memory_mib = 5;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: memory: number out of range", message);
	c->memory_mib = 1 << 26;
	EXPECT_EQ(0, changed_result(self->plan, message));
	c->memory_mib++;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	c->memory_mib = 0; /* unset */
	EXPECT_EQ(0, changed_result(self->plan, message));
	c->stop_timeout_s = -1;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: stopTimeout: number out of range", message);
}

TEST_F(packed, words_hold_their_set)
{
	char message[384];

	self->plan->tasks.items[0].network_mode = PLAN_NETWORK_BRIDGE;
	EXPECT_EQ(0, changed_result(self->plan, message));
	self->plan->tasks.items[0].network_mode = PLAN_NETWORK_BRIDGE + 1;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: networkMode: word out of range", message);
}

TEST_F(packed, texts_hold_their_syntax)
{
	struct plan_container *c = self->plan->tasks.items[0].containers.items;
	char message[384];

	c->name = text(self->plan, "../escape");
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_EQ(0, strncmp("plan: name: ", message, 12));
	c->name = text(self->plan, "");
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: name: length out of range", message);
}

TEST_F(packed, lists_hold_their_count)
{
	char message[384];

	self->plan->tasks.items[0].containers.count = 0;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: containerDefinitions: count out of range", message);
	self->plan->tasks.count = 0;
	EXPECT_EQ(0, changed_result(self->plan, message));
}

TEST_F(packed, refused_plan_has_no_tasks)
{
	char message[384];

	self->plan->is_refused = true;
	EXPECT_EQ(-EBADMSG, changed_result(self->plan, message));
	EXPECT_STREQ("plan: refused, and has tasks", message);
	self->plan->tasks.count = 0;
	EXPECT_EQ(0, changed_result(self->plan, message));
}

TEST_F(packed, more_than_the_bound_is_efbig)
{
	AUTO_FREE char *big = malloc(PLAN_BYTES_MAX);
	struct err e = ERR_NONE;
	void *data = NULL;
	size_t len;

	ASSERT_NE(NULL, big);
	memset(big, 'x', PLAN_BYTES_MAX - 1);
	big[PLAN_BYTES_MAX - 1] = '\0';
	self->plan->instance.id = big;
	EXPECT_EQ(-EFBIG, plan_pack(self->plan, &data, &len, &e));
	EXPECT_EQ(NULL, data);
}

TEST_HARNESS_MAIN

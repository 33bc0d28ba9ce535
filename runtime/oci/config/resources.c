// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "runtime/oci/config/config_inner.h"

#define EVERY "rwm"

/* -1 lifts a limit, 0 leaves it: in a new cgroup there is none. */
static uint64_t limit(const struct field_signed *from)
{
	return from->value < 0 ? OCI_UNLIMITED : (uint64_t)from->value;
}

/* ------------------------------------------------------------------ memory */

/*
 * `swap` is memory and swap together, as in cgroup v1; version 2 limits swap
 * alone. Without a limit of memory there is nothing to subtract.
 */
static const char *take_swap(struct oci_resources *o,
			     const struct doc_memory *d)
{
	if (d->swap.value < 0) {
		o->has_swap = true;
		o->memory_swap_max = OCI_UNLIMITED;
		return NULL;
	}
	if (d->swap.value == 0)
		return NULL;
	if (d->limit.value <= 0)
		return "needs a limit";
	if (d->swap.value < d->limit.value)
		return "is less than limit, which it includes";
	o->has_swap = true;
	o->memory_swap_max = (uint64_t)(d->swap.value - d->limit.value);
	return NULL;
}

static int take_memory(struct oci_resources *o, const char *place,
		       const struct doc_memory *d, struct err *e)
{
	const char *fault = take_swap(o, d);

	if (fault)
		return fields_refuse(e, EINVAL, "%s.memory.swap: %s", place,
				     fault);
	o->memory_max = limit(&d->limit);
	o->memory_low = limit(&d->reservation);
	o->is_memory_checked = d->is_checked;
	return 0;
}

/* --------------------------------------------------------------------- cpu */

/* 65536 times the logarithm of `n` to base 2, digit by digit of the result. */
static uint64_t log2_fixed(uint64_t n)
{
	unsigned int whole = 63 - (unsigned int)__builtin_clzll(n);
	uint64_t x = whole > 31 ? n >> (whole - 31) : n << (31 - whole);
	uint64_t result = whole;

	/* x stands for a number from 1 to 2, with 31 bits after the point. */
	for (int i = 0; i < 16; i++) {
		x = (x * x) >> 31;
		result <<= 1;
		if (x >> 32) {
			result |= 1;
			x >>= 1;
		}
	}
	return result;
}

/* 65536 times 2 to the power of n / 65536. */
static uint64_t exp2_fixed(uint64_t n)
{
	/* 2^(2^-i) for i = 1 ... 16, with 31 bits after the point. */
	static const uint32_t roots[16] = {
		3037000500, 2553802834, 2341847524, 2242560872,
		2194507417, 2170868212, 2159144272, 2153306067,
		2150392887, 2148937775, 2148210589, 2147847087,
		2147665360, 2147574502, 2147529075, 2147506361,
	};
	uint64_t x = (uint64_t)1 << 31;

	for (unsigned int i = 0; i < 16; i++)
		if (n & (uint64_t)1 << (15 - i))
			x = (x * roots[i]) >> 31;
	return n >> 16 > 15 ? x << ((n >> 16) - 15) : x >> (15 - (n >> 16));
}

#define SHARES_MAX 262144
#define WEIGHT_MAX 10000

/*
 * Shares of cgroup v1 (2 to 262144, usually 1024) into a weight of version 2
 * (1 to 10000, usually 100), so that the ends and the middle meet:
 * 10 to the power of ((l * l + 125 * l) / 612 - 7/34), l = log2(shares).
 * The runtimes of the engines agreed on that curve.
 */
static uint64_t cpu_weight(uint64_t shares)
{
	/* 65536 * log2(10) */
	const uint64_t log2_of_10 = 217706;
	uint64_t l, power, weight;

	if (shares <= 2)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_fixed(shares);
	power = (((l * l) >> 16) + 125 * l) / 612 - (7 << 16) / 34;
	weight = exp2_fixed((power * log2_of_10) >> 16);
	/* Rounded up, but for what is a whole number up to the error. */
	weight = (weight + 65535 - 256) >> 16;
	return weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

static void take_cpu(struct oci_resources *o, const struct doc_cpu *d)
{
	if (d->shares.value)
		o->cpu_weight = cpu_weight(d->shares.value);
	o->cpu_quota_us = limit(&d->quota);
	o->cpu_period_us = d->period.value;
	o->has_cpu_burst = d->burst.is_set;
	o->cpu_burst_us = d->burst.value;
	o->has_cpu_idle = d->idle.is_set;
	o->is_cpu_idle = d->idle.value != 0;
	o->cpus = config_given(d->cpus);
	o->mems = config_given(d->mems);
}

/* ---------------------------------------------------------------- block IO */

static int check_weight(const char *place, uint64_t weight, struct err *e)
{
	if (weight && weight < 10)
		return fields_refuse(e, EINVAL,
				     "%s.blockIO: a weight is from 10 to 1000",
				     place);
	return 0;
}

static int take_weights(struct config *c, const char *place,
			const struct field_objects *from, struct err *e)
{
	const struct doc_block_device *d = from->items;
	struct oci_io_weight *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);
	size_t count = 0;

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		err = check_weight(place, d[i].weight.value, e);
		if (!d[i].weight.value)
			continue;
		o[count++] = (struct oci_io_weight){
			.major = (uint32_t)d[i].major.value,
			.minor = (uint32_t)d[i].minor.value,
			.weight = (uint16_t)d[i].weight.value,
		};
	}
	c->spec.resources.io_weights = o;
	c->spec.resources.io_weight_count = count;
	return err;
}

static void add_throttles(struct oci_resources *r, struct oci_io_throttle *o,
			  const char *key, const struct field_objects *from)
{
	const struct doc_block_device *d = from->items;

	/* A rate of 0 is no limit, as in cgroup v1. */
	for (size_t i = 0; i < from->count; i++)
		o[r->io_throttle_count++] = (struct oci_io_throttle){
			.major = (uint32_t)d[i].major.value,
			.minor = (uint32_t)d[i].minor.value,
			.key = key,
			.rate = d[i].rate.value ? d[i].rate.value :
						  OCI_UNLIMITED,
		};
}

static int take_block_io(struct config *c, const char *place,
			 const struct doc_block_io *d, struct err *e)
{
	struct oci_resources *r = &c->spec.resources;
	struct oci_io_throttle *o;
	size_t count = d->read_bps.count + d->write_bps.count +
		       d->read_iops.count + d->write_iops.count;
	int err = config_new(c, count, sizeof(*o), &o, e);

	if (err == 0)
		err = check_weight(place, d->weight.value, e);
	if (err == 0)
		err = take_weights(c, place, &d->weights, e);
	if (err < 0)
		return err;
	r->io_weight = (uint16_t)d->weight.value;
	r->io_throttles = o;
	add_throttles(r, o, "rbps", &d->read_bps);
	add_throttles(r, o, "wbps", &d->write_bps);
	add_throttles(r, o, "riops", &d->read_iops);
	add_throttles(r, o, "wiops", &d->write_iops);
	return 0;
}

/* ------------------------------------------------------------------- lists */

static int take_hugepages(struct config *c, const struct field_objects *from,
			  struct err *e)
{
	const struct doc_hugepage *d = from->items;
	struct oci_hugetlb *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		o[i].page_size = d[i].size;
		o[i].limit_bytes = d[i].limit.value;
	}
	c->spec.resources.hugetlbs = o;
	c->spec.resources.hugetlb_count = from->count;
	return err;
}

static int take_rdma(struct config *c, const struct field_objects *from,
		     struct err *e)
{
	const struct doc_rdma *d = from->items;
	struct oci_rdma *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		o[i].device = d[i].device;
		o[i].has_handles = d[i].handles.is_set;
		o[i].handles = d[i].handles.value;
		o[i].has_objects = d[i].objects.is_set;
		o[i].objects = d[i].objects.value;
	}
	c->spec.resources.rdmas = o;
	c->spec.resources.rdma_count = from->count;
	return err;
}

static int take_unified(struct config *c, const struct field_pairs *from,
			struct err *e)
{
	struct oci_unified *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		o[i].file = from->items[i].key;
		o[i].value = from->items[i].value;
	}
	c->spec.resources.unified = o;
	c->spec.resources.unified_count = from->count;
	return err;
}

static uint32_t device_number(const struct field_signed *from)
{
	return !from->is_set || from->value < 0 ? OCI_DEVICE_ANY :
						  (uint32_t)from->value;
}

static int take_rules(struct config *c, const struct field_objects *from,
		      struct err *e)
{
	const struct doc_device_rule *d = from->items;
	struct oci_device_rule *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++)
		o[i] = (struct oci_device_rule){
			.is_allow = d[i].is_allowed,
			.type = d[i].type ? d[i].type[0] : 'a',
			.major = device_number(&d[i].major),
			.minor = device_number(&d[i].minor),
			.access = config_given(d[i].access) ? d[i].access :
							      EVERY,
		};
	c->spec.resources.device_rules = o;
	c->spec.resources.device_rule_count = from->count;
	return err;
}

int config_take_resources(struct config *c, const char *place,
			  const struct doc_resources *d, struct err *e)
{
	struct oci_resources *o = &c->spec.resources;
	int err = 0;

	if (d->memory)
		err = take_memory(o, place, d->memory, e);
	if (d->cpu)
		take_cpu(o, d->cpu);
	if (d->pids)
		o->pids_max = limit(&d->pids->limit);
	if (err == 0 && d->block_io)
		err = take_block_io(c, place, d->block_io, e);
	if (err == 0)
		err = take_hugepages(c, &d->hugepages, e);
	if (err == 0)
		err = take_rdma(c, &d->rdma, e);
	if (err == 0)
		err = take_rules(c, &d->devices, e);
	return err < 0 ? err : take_unified(c, &d->unified, e);
}

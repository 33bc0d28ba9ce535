// SPDX-License-Identifier: MIT
#include "runtime/oci/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

#define VALUE_MAX 256
#define NUMBER_MAX 24

static int write_text(int dir, const char *file, struct err *e, const char *fmt,
		      ...) __attribute__((format(printf, 4, 5)));

static int write_text(int dir, const char *file, struct err *e, const char *fmt,
		      ...)
{
	char text[VALUE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return err_set(e, EINVAL, "value for %s", file);
	return fd_write_file(dir, file, text, e);
}

/* "max" or the number. */
static const char *number(uint64_t value, char text[NUMBER_MAX])
{
	if (value == OCI_UNLIMITED)
		return "max";
	snprintf(text, NUMBER_MAX, "%" PRIu64, value);
	return text;
}

static int put(int dir, const char *file, uint64_t value, struct err *e)
{
	char text[NUMBER_MAX];

	return fd_write_file(dir, file, number(value, text), e);
}

static int check_memory(int dir, const struct oci_resources *r, struct err *e)
{
	char text[NUMBER_MAX];
	ssize_t n = fd_read_file(dir, "memory.current", text, sizeof(text), e);

	if (n < 0)
		return (int)n;
	if (strtoull(text, NULL, 10) > r->memory_max)
		return err_set(e, EBUSY,
			       "memory.max %" PRIu64 " with %s in use",
			       r->memory_max, text);
	return 0;
}

static int apply_memory(int dir, const struct oci_resources *r, struct err *e)
{
	int k = 0;

	if (r->memory_max && r->is_memory_checked)
		k = check_memory(dir, r, e);
	if (k == 0 && r->memory_max)
		k = put(dir, "memory.max", r->memory_max, e);
	if (k == 0 && r->memory_low)
		k = put(dir, "memory.low", r->memory_low, e);
	if (k == 0 && r->has_swap)
		k = put(dir, "memory.swap.max", r->memory_swap_max, e);
	if (k == 0 && r->is_oom_group)
		k = put(dir, "memory.oom.group", 1, e);
	return k;
}

/* A quota alone keeps the period, a period alone the quota. */
static int apply_quota(int dir, const struct oci_resources *r, struct err *e)
{
	char before[VALUE_MAX], text[NUMBER_MAX];
	ssize_t n;

	if (r->cpu_quota_us && !r->cpu_period_us)
		return put(dir, "cpu.max", r->cpu_quota_us, e);
	if (r->cpu_quota_us)
		return write_text(dir, "cpu.max", e, "%s %" PRIu64,
				  number(r->cpu_quota_us, text),
				  r->cpu_period_us);
	n = fd_read_file(dir, "cpu.max", before, sizeof(before), e);
	if (n < 0)
		return (int)n;
	before[strcspn(before, " ")] = '\0';
	return write_text(dir, "cpu.max", e, "%s %" PRIu64, before,
			  r->cpu_period_us);
}

static int apply_cpu(int dir, const struct oci_resources *r, struct err *e)
{
	int k = 0;

	if (r->cpu_weight)
		k = put(dir, "cpu.weight", r->cpu_weight, e);
	/* After the weight, which an idle cgroup does not have. */
	if (k == 0 && r->has_cpu_idle)
		k = put(dir, "cpu.idle", r->is_cpu_idle, e);
	if (k == 0 && (r->cpu_quota_us || r->cpu_period_us))
		k = apply_quota(dir, r, e);
	if (k == 0 && r->has_cpu_burst)
		k = put(dir, "cpu.max.burst", r->cpu_burst_us, e);
	if (k == 0 && r->cpus)
		k = fd_write_file(dir, "cpuset.cpus", r->cpus, e);
	if (k == 0 && r->mems)
		k = fd_write_file(dir, "cpuset.mems", r->mems, e);
	return k;
}

/* 10..1000 of the specification to 1..10000 of io.weight. */
static unsigned int io_weight(unsigned int weight)
{
	return weight <= 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

/* The scheduler bfq has a file of its own, in the specification's scale. */
static int put_weight(int dir, const char *device, unsigned int weight,
		      struct err *e)
{
	int k = write_text(dir, "io.bfq.weight", e, "%s %u", device, weight);

	if (k != -ENOENT)
		return k;
	return write_text(dir, "io.weight", e, "%s %u", device,
			  io_weight(weight));
}

static int apply_io(int dir, const struct oci_resources *r, struct err *e)
{
	char device[2 * NUMBER_MAX], text[NUMBER_MAX];
	int k = 0;

	if (r->io_weight)
		k = put_weight(dir, "default", r->io_weight, e);
	for (size_t i = 0; k == 0 && i < r->io_weight_count; i++) {
		const struct oci_io_weight *w = &r->io_weights[i];

		snprintf(device, sizeof(device), "%u:%u", w->major, w->minor);
		k = put_weight(dir, device, w->weight, e);
	}
	for (size_t i = 0; k == 0 && i < r->io_throttle_count; i++) {
		const struct oci_io_throttle *t = &r->io_throttles[i];

		k = write_text(dir, "io.max", e, "%u:%u %s=%s", t->major,
			       t->minor, t->key, number(t->rate, text));
	}
	return k;
}

/* One file name: nothing that leads to another cgroup. */
static bool is_name(const char *file)
{
	return *file && *file != '.' && !strchr(file, '/');
}

static int apply_hugetlb(int dir, const struct oci_resources *r, struct err *e)
{
	char file[VALUE_MAX];
	int k = 0;

	for (size_t i = 0; k == 0 && i < r->hugetlb_count; i++) {
		const struct oci_hugetlb *h = &r->hugetlbs[i];
		int n = snprintf(file, sizeof(file), "hugetlb.%s.max",
				 h->page_size);

		if (n < 0 || (size_t)n >= sizeof(file) || !is_name(file))
			return err_set(e, EINVAL, "page size \"%.32s\"",
				       h->page_size);
		k = put(dir, file, h->limit_bytes, e);
	}
	return k;
}

static int apply_rdma(int dir, const struct oci_resources *r, struct err *e)
{
	char handles[NUMBER_MAX], objects[NUMBER_MAX];
	int k = 0;

	for (size_t i = 0; k == 0 && i < r->rdma_count; i++) {
		const struct oci_rdma *d = &r->rdmas[i];

		k = write_text(
			dir, "rdma.max", e, "%s%s%s%s%s", d->device,
			d->has_handles ? " hca_handle=" : "",
			d->has_handles ? number(d->handles, handles) : "",
			d->has_objects ? " hca_object=" : "",
			d->has_objects ? number(d->objects, objects) : "");
	}
	return k;
}

/* Files with keys take one line at a time. */
static int put_lines(int dir, const char *file, const char *value,
		     struct err *e)
{
	int k = 0;

	do {
		size_t len = strcspn(value, "\n");

		k = write_text(dir, file, e, "%.*s", (int)len, value);
		value += len + (value[len] == '\n');
	} while (k == 0 && *value);
	return k;
}

static int apply_unified(int dir, const struct oci_resources *r, struct err *e)
{
	int k = 0;

	for (size_t i = 0; k == 0 && i < r->unified_count; i++) {
		const struct oci_unified *u = &r->unified[i];

		if (!is_name(u->file))
			return err_set(e, EINVAL, "unified \"%.64s\"", u->file);
		k = put_lines(dir, u->file, u->value, e);
	}
	return k;
}

static int apply_pids(int dir, const struct oci_resources *r, struct err *e)
{
	return r->pids_max ? put(dir, "pids.max", r->pids_max, e) : 0;
}

int limits_apply(int dir, const struct oci_resources *r, struct err *e)
{
	static int (*const parts[])(int, const struct oci_resources *,
				    struct err *) = {
		apply_memory,  apply_cpu,  apply_pids,	  apply_io,
		apply_hugetlb, apply_rdma, apply_unified,
	};
	int k = 0;

	for (size_t i = 0; k == 0 && i < ARRAY_SIZE(parts); i++)
		k = parts[i](dir, r, e);
	return k;
}

int oci_update(const char *cgroup, const struct oci_resources *r, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int k = oci_cgroup_open(cgroup, &dir, e);

	if (k < 0)
		return k;
	k = limits_apply(dir, r, e);
	return k < 0 ? err_wrap(e, "cgroup %s", cgroup) : 0;
}

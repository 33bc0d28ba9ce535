// SPDX-License-Identifier: MIT
/* A reading in Docker's words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fd.h"
#include "runtime/metadata/stats.h"

#define NS_PER_S 1000000000u

static void write_uint(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_uint(j, n);
}

static void write_time(struct json *j, const char *key, uint64_t unix_ns)
{
	time_t seconds = (time_t)(unix_ns / NS_PER_S);
	char text[64];
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%09" PRIu64 "Z",
		 unix_ns % NS_PER_S);
	json_key(j, key);
	json_text(j, unix_ns ? text : "0001-01-01T00:00:00Z");
}

static void write_cpu(struct json *j, const char *key,
		      const struct stats_sample *s)
{
	json_key(j, key);
	json_open(j, '{');
	json_key(j, "cpu_usage");
	json_open(j, '{');
	write_uint(j, "total_usage", s->cpu_us[0] * 1000);
	write_uint(j, "usage_in_usermode", s->cpu_us[1] * 1000);
	write_uint(j, "usage_in_kernelmode", s->cpu_us[2] * 1000);
	json_close(j, '}');
	if (s->at_ns) {
		write_uint(j, "system_cpu_usage", s->system_us * 1000);
		write_uint(j, "online_cpus", s->processors);
	}
	json_key(j, "throttling_data");
	json_open(j, '{');
	write_uint(j, "periods", s->throttled[0]);
	write_uint(j, "throttled_periods", s->throttled[1]);
	write_uint(j, "throttled_time", s->throttled[2] * 1000);
	json_close(j, '}');
	json_close(j, '}');
}

/* Lines of "anon 4096" become members. */
static void write_memory_stat(struct json *j, const char *text)
{
	char name[64];
	uint64_t n;
	int used;

	json_key(j, "stats");
	json_open(j, '{');
	while (sscanf(text, "%63s %" SCNu64 "%n", name, &n, &used) == 2) {
		json_name(j, name);
		json_uint(j, n);
		text += used;
	}
	json_close(j, '}');
}

static void write_memory(struct json *j, const struct stats_sample *s)
{
	json_key(j, "memory_stats");
	json_open(j, '{');
	write_uint(j, "usage", s->memory);
	write_uint(j, "limit", s->memory_limit);
	write_memory_stat(j, s->memory_stat);
	json_close(j, '}');
}

static void write_pids(struct json *j, const struct stats_sample *s)
{
	json_key(j, "pids_stats");
	json_open(j, '{');
	write_uint(j, "current", s->pids);
	if (s->pids_limit)
		write_uint(j, "limit", s->pids_limit);
	json_close(j, '}');
}

static void write_device(struct json *j, const struct stats_device *d,
			 const char *operation, uint64_t n)
{
	json_open(j, '{');
	write_uint(j, "major", d->major);
	write_uint(j, "minor", d->minor);
	json_key(j, "op");
	json_text(j, operation);
	write_uint(j, "value", n);
	json_close(j, '}');
}

static void write_devices(struct json *j, const struct stats_sample *s)
{
	static const char *const lists[] = { "io_service_bytes_recursive",
					     "io_serviced_recursive" };

	json_key(j, "blkio_stats");
	json_open(j, '{');
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		json_key(j, lists[l]);
		json_open(j, '[');
		for (uint32_t i = 0; i < s->device_count; i++) {
			const struct stats_device *d = &s->devices[i];

			write_device(j, d, "read", d->done[2 * l]);
			write_device(j, d, "write", d->done[2 * l + 1]);
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void write_links(struct json *j, const struct stats_sample *s)
{
	static const char *const in[] = { "rx_bytes", "rx_packets", "rx_errors",
					  "rx_dropped" };
	static const char *const out[] = { "tx_bytes", "tx_packets",
					   "tx_errors", "tx_dropped" };

	json_key(j, "networks");
	json_open(j, '{');
	for (uint32_t i = 0; i < s->link_count; i++) {
		json_name(j, s->links[i].name);
		json_open(j, '{');
		for (size_t k = 0; k < ARRAY_SIZE(in); k++)
			write_uint(j, in[k], s->links[i].in[k]);
		for (size_t k = 0; k < ARRAY_SIZE(out); k++)
			write_uint(j, out[k], s->links[i].out[k]);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static uint64_t all_bytes(const struct stats_sample *s, bool is_in)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->link_count; i++)
		sum += is_in ? s->links[i].in[0] : s->links[i].out[0];
	return sum;
}

/* A link that went away takes its count with it: no rate is below nothing. */
static double rate(const struct stats *s, bool is_in)
{
	uint64_t old = all_bytes(&s->before, is_in);
	uint64_t new = all_bytes(&s->now, is_in);
	uint64_t ns = s->now.at_ns - s->before.at_ns;

	return new > old ? (double)(new - old) * NS_PER_S / (double)ns : 0;
}

static void write_rates(struct json *j, const struct stats *s)
{
	json_key(j, "network_rate_stats");
	json_open(j, '{');
	json_key(j, "rx_bytes_per_sec");
	json_double(j, rate(s, true));
	json_key(j, "tx_bytes_per_sec");
	json_double(j, rate(s, false));
	json_close(j, '}');
}

void stats_write(const struct stats *s, const char *name, const char *id,
		 struct json *j)
{
	json_open(j, '{');
	write_time(j, "read", s->now.unix_ns);
	write_time(j, "preread", s->before.unix_ns);
	write_pids(j, &s->now);
	write_devices(j, &s->now);
	write_uint(j, "num_procs", 0);
	json_key(j, "storage_stats");
	json_open(j, '{');
	json_close(j, '}');
	write_cpu(j, "cpu_stats", &s->now);
	write_cpu(j, "precpu_stats", &s->before);
	write_memory(j, &s->now);
	json_key(j, "name");
	json_text(j, name);
	json_key(j, "id");
	json_text(j, id);
	write_links(j, &s->now);
	if (s->before.at_ns)
		write_rates(j, s);
	json_close(j, '}');
}

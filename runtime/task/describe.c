// SPDX-License-Identifier: MIT
#include "runtime/task/describe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/task/engine.h"

#define ARN_MAX 512
#define REVISION "1"
#define CPU_UNITS 1024 /* of one processor */

/* ECS's words for what is known of a container, in order. */
enum known {
	KNOWN_NONE,
	KNOWN_PULLED,
	KNOWN_CREATED,
	KNOWN_RUNNING,
	KNOWN_STOPPED
};

static const char *const known_words[] = {
	[KNOWN_NONE] = "NONE",	     [KNOWN_PULLED] = "PULLED",
	[KNOWN_CREATED] = "CREATED", [KNOWN_RUNNING] = "RUNNING",
	[KNOWN_STOPPED] = "STOPPED",
};

/* One container with what belongs to it. */
struct subject {
	const struct describe_input *in;
	const struct task_state *task;
	const struct plan_task *task_plan;
	uint32_t c;
	const struct container_state *self;
	const struct plan_container *plan;
};

static struct subject subject_of(const struct describe_input *in, uint32_t c)
{
	struct subject s = { .in = in, .c = c };

	s.task = &in->state->tasks[in->t];
	s.task_plan = &in->plan->tasks.items[s.task->plan_index];
	s.self = &s.task->containers[c];
	s.plan = &s.task_plan->containers.items[c];
	return s;
}

/* ----------------------------------------------------------------- values */

static void write_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

static void write_int(struct json *j, const char *key, int64_t n)
{
	json_key(j, key);
	json_int(j, n);
}

/* A point of CLOCK_BOOTTIME as people write it; 0: it has not come. */
static void write_time(struct json *j, const char *key,
		       const struct describe_input *in, int64_t at_ms)
{
	int64_t unix_ms = in->born_unix_ms + at_ms;
	time_t seconds = (time_t)(unix_ms / 1000);
	char text[64];
	struct tm tm;
	size_t n;

	if (at_ms <= 0)
		return;
	gmtime_r(&seconds, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(unix_ms % 1000));
	write_text(j, key, text);
}

static void write_arn(struct json *j, const char *key, const char *kind,
		      const struct subject *s, const char *rest)
{
	char arn[ARN_MAX];

	snprintf(arn, sizeof(arn), "arn:aws:ecs:::%s/%s/%s%s", kind,
		 s->in->plan->instance.id, s->task->id, rest);
	write_text(j, key, arn);
}

static enum known known_of(const struct subject *s)
{
	switch ((enum container_phase)s->self->phase) {
	case CONTAINER_PENDING:
		return KNOWN_NONE;
	case CONTAINER_PULLED:
		return KNOWN_PULLED;
	case CONTAINER_CREATED:
		return KNOWN_CREATED;
	case CONTAINER_RUNNING:
	case CONTAINER_STOPPING:
	case CONTAINER_ENDING:
		return KNOWN_RUNNING;
	case CONTAINER_STOPPED:
	case CONTAINER_PHASE_COUNT:
		break;
	}
	return KNOWN_STOPPED;
}

static const char *desired_of(const struct task_state *task)
{
	return task->phase >= TASK_STOPPING ? "STOPPED" : "RUNNING";
}

/* A task is as far as the last of its containers. */
static enum known known_of_task(const struct describe_input *in, uint32_t count)
{
	enum known least = KNOWN_STOPPED;

	for (uint32_t c = 0; c < count; c++) {
		struct subject s = subject_of(in, c);
		enum known k = known_of(&s);

		least = k < least ? k : least;
	}
	return least == KNOWN_PULLED ? KNOWN_NONE : least;
}

static bool is_running(const struct container_state *self)
{
	return self->phase == CONTAINER_RUNNING ||
	       self->phase == CONTAINER_STOPPING;
}

/* ------------------------------------------------------------- containers */

static void container_id(const struct subject *s, char *id, size_t cap)
{
	snprintf(id, cap, "%s-%" PRIu32, s->task->id, s->c + 1);
}

static void write_ports(struct json *j, const struct plan_ports *ports)
{
	if (!ports->count)
		return;
	json_key(j, "Ports");
	json_open(j, '[');
	for (uint32_t i = 0; i < ports->count; i++) {
		const struct plan_port *p = &ports->items[i];

		json_open(j, '{');
		write_int(j, "ContainerPort", p->container_port);
		write_text(j, "Protocol",
			   p->protocol == PLAN_UDP ? "udp" : "tcp");
		if (p->host_port)
			write_int(j, "HostPort", p->host_port);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_labels(struct json *j, const struct subject *s)
{
	json_key(j, "Labels");
	json_open(j, '{');
	write_text(j, "com.amazonaws.ecs.cluster", s->in->plan->instance.id);
	write_text(j, "com.amazonaws.ecs.container-name", s->plan->name);
	write_arn(j, "com.amazonaws.ecs.task-arn", "task", s, "");
	write_text(j, "com.amazonaws.ecs.task-definition-family",
		   s->task_plan->family);
	write_text(j, "com.amazonaws.ecs.task-definition-version", REVISION);
	json_close(j, '}');
}

static void write_limits(struct json *j, const struct plan_container *p)
{
	json_key(j, "Limits");
	json_open(j, '{');
	write_int(j, "CPU", p->cpu_units);
	if (p->memory_mib)
		write_int(j, "Memory", p->memory_mib);
	json_close(j, '}');
}

/* Those of one family, without their prefixes. */
static void write_addresses(struct json *j, const char *key,
			    const struct plan_strings *all, bool is_ipv6)
{
	json_key(j, key);
	json_open(j, '[');
	for (uint32_t i = 0; i < all->count; i++)
		if (strchr(all->items[i], ':') ? is_ipv6 : !is_ipv6)
			json_bytes(j, all->items[i],
				   strcspn(all->items[i], "/"));
	json_close(j, ']');
}

static void write_card(struct json *j, const char *mode, uint32_t index,
		       const struct plan_interface *card)
{
	json_open(j, '{');
	write_text(j, "NetworkMode", mode);
	write_int(j, "AttachmentIndex", index);
	write_text(j, "MACAddress", card->mac_address);
	write_addresses(j, "IPv4Addresses", &card->addresses, false);
	write_addresses(j, "IPv6Addresses", &card->addresses, true);
	json_key(j, "DomainNameServers");
	json_open(j, '[');
	for (uint32_t i = 0; i < card->dns.count; i++)
		json_text(j, card->dns.items[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void write_networks(struct json *j, const struct subject *s)
{
	static const char *const words[] = {
		[PLAN_NETWORK_HOST] = "host",
		[PLAN_NETWORK_AWSVPC] = "awsvpc",
		[PLAN_NETWORK_NONE] = "none",
		[PLAN_NETWORK_BRIDGE] = "bridge",
	};

	const struct plan_attachment *cards =
		state_attachment(s->task, s->task_plan);
	const char *mode = words[s->task_plan->network_mode];

	json_key(j, "Networks");
	json_open(j, '[');
	for (uint32_t i = 0; cards && i < cards->interfaces.count; i++)
		write_card(j, mode, i, &cards->interfaces.items[i]);
	if (!cards) {
		json_open(j, '{');
		write_text(j, "NetworkMode", mode);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_volumes(struct json *j,
			  const struct plan_mount_points *points)
{
	if (!points->count)
		return;
	json_key(j, "Volumes");
	json_open(j, '[');
	for (uint32_t i = 0; i < points->count; i++) {
		json_open(j, '{');
		write_text(j, "DockerName", points->items[i].source_volume);
		write_text(j, "Destination", points->items[i].container_path);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_health(struct json *j, const struct subject *s)
{
	const struct health_state *h = &s->self->health;

	if (h->status == HEALTH_NONE || h->status >= HEALTH_COUNT)
		return;
	json_key(j, "Health");
	json_open(j, '{');
	write_text(j, "status", container_health_words[h->status]);
	write_time(j, "statusSince", s->in, h->since_ms);
	write_int(j, "exitCode", h->exit_code);
	write_text(j, "output", h->output);
	json_close(j, '}');
}

static void write_end(struct json *j, const struct subject *s)
{
	if (s->self->phase != CONTAINER_STOPPED || !s->self->has_ended)
		return;
	write_int(j, "ExitCode", engine_exit_code(s->self->wait_status));
}

static void write_container(struct json *j, const struct describe_input *in,
			    uint32_t c)
{
	struct subject s = subject_of(in, c);
	char id[CHANNEL_TASK_ID_MAX + 16], rest[16];

	container_id(&s, id, sizeof(id));
	snprintf(rest, sizeof(rest), "-%" PRIu32, c + 1);
	json_open(j, '{');
	write_text(j, "DockerId", id);
	write_text(j, "Name", s.plan->name);
	write_text(j, "DockerName", s.plan->name);
	write_text(j, "Image", s.plan->image);
	write_text(j, "ImageID", in->digests[c]);
	write_ports(j, &s.plan->port_mappings);
	write_labels(j, &s);
	write_text(j, "DesiredStatus", desired_of(s.task));
	write_text(j, "KnownStatus", known_words[known_of(&s)]);
	write_end(j, &s);
	write_limits(j, s.plan);
	write_time(j, "CreatedAt", in, s.self->at_ms[CONTAINER_CREATED_AT]);
	write_time(j, "StartedAt", in, s.self->at_ms[CONTAINER_STARTED_AT]);
	write_time(j, "FinishedAt", in, s.self->at_ms[CONTAINER_FINISHED_AT]);
	write_text(j, "Type", "NORMAL");
	write_health(j, &s);
	write_volumes(j, &s.plan->mount_points);
	write_arn(j, "ContainerARN", "container", &s, rest);
	write_networks(j, &s);
	if (s.plan->restart.is_enabled)
		write_int(j, "RestartCount", s.self->restarts);
	json_close(j, '}');
}

/* ------------------------------------------------------------------- tasks */

static void write_task_limits(struct json *j, const struct plan_task *p)
{
	if (!p->cpu_units && !p->memory_mib)
		return;
	json_key(j, "Limits");
	json_open(j, '{');
	if (p->cpu_units) {
		json_key(j, "CPU");
		json_double(j, (double)p->cpu_units / CPU_UNITS);
	}
	if (p->memory_mib)
		write_int(j, "Memory", p->memory_mib);
	json_close(j, '}');
}

/* What ECS does not tell and people ask for, in an object of its own. */
static void write_instance(struct json *j, const struct describe_input *in)
{
	json_key(j, "Instance");
	json_open(j, '{');
	write_text(j, "Id", in->plan->instance.id);
	json_key(j, "Draining");
	json_bool(j, in->state->is_draining);
	write_time(j, "DrainDeadline", in, in->state->drain_deadline_ms);
	json_close(j, '}');
}

static void write_task(struct json *j, const struct describe_input *in)
{
	struct subject s = subject_of(in, 0);
	uint32_t count = s.task_plan->containers.count;

	json_open(j, '{');
	write_text(j, "Cluster", in->plan->instance.id);
	write_arn(j, "TaskARN", "task", &s, "");
	write_text(j, "Family", s.task_plan->family);
	write_text(j, "Revision", REVISION);
	write_text(j, "DesiredStatus", desired_of(s.task));
	write_text(j, "KnownStatus", known_words[known_of_task(in, count)]);
	write_task_limits(j, s.task_plan);
	write_time(j, "PullStartedAt", in, s.task->at_ms[TASK_PULL_STARTED_AT]);
	write_time(j, "PullStoppedAt", in, s.task->at_ms[TASK_PULL_STOPPED_AT]);
	write_time(j, "ExecutionStoppedAt", in,
		   s.task->at_ms[TASK_EXECUTION_STOPPED_AT]);
	write_text(j, "LaunchType", "MANAGED_INSTANCES");
	json_key(j, "Containers");
	json_open(j, '[');
	for (uint32_t c = 0; c < count; c++)
		write_container(j, in, c);
	json_close(j, ']');
	write_instance(j, in);
	json_close(j, '}');
}

/* ------------------------------------------------------------------ blocks */

static struct description_text text_since(const struct json *j, size_t at)
{
	return (struct description_text){ (uint32_t)at,
					  (uint32_t)(j->len - at) };
}

static void fill(struct description *d, struct json *j,
		 const struct describe_input *in)
{
	const struct task_state *task = &in->state->tasks[in->t];
	const struct plan_task *plan = &in->plan->tasks.items[task->plan_index];
	size_t at;

	d->size = sizeof(*d);
	d->count = plan->containers.count;
	memcpy(d->task_id, task->id, sizeof(d->task_id));
	write_task(j, in);
	d->task = text_since(j, 0);
	for (uint32_t c = 0; c < d->count; c++) {
		struct description_container *about = &d->containers[c];

		at = j->len;
		/* A text of its own: no comma parts it from the last. */
		j->needs_comma = false;
		write_container(j, in, c);
		about->json = text_since(j, at);
		about->is_running = is_running(&task->containers[c]);
		snprintf(about->name, sizeof(about->name), "%s",
			 plan->containers.items[c].name);
	}
}

int describe_task(const struct describe_input *in, void **data, size_t *len,
		  struct err *e)
{
	AUTO_FREE char *block = calloc(1, DESCRIPTION_BYTES_MAX);
	struct description *d = (void *)block;
	struct json j;

	if (!block)
		return err_set(e, ENOMEM, "calloc(description)");
	json_start(&j, block + sizeof(*d), DESCRIPTION_BYTES_MAX - sizeof(*d));
	fill(d, &j, in);
	if (j.is_full)
		return err_set(e, EFBIG, "description of task %s", d->task_id);
	*len = sizeof(*d) + j.len;
	*data = take_ptr(&block);
	return 0;
}

void describe_over(const struct task_state *task, struct description *d)
{
	memset(d, 0, sizeof(*d));
	d->size = sizeof(*d);
	d->is_over = 1;
	memcpy(d->task_id, task->id, sizeof(d->task_id));
}

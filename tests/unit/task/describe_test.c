// SPDX-License-Identifier: MIT
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/metadata/tasks.h"
#include "runtime/task/describe.h"

#include "kselftest_harness.h"

#define ID "0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:00"

static char name_app[] = "app", name_side[] = "side", image[] = "web:1";
static char family[] = "web", instance[] = "i-1", none[] = "";
static char volume[] = "scratch", path[] = "/scratch";

FIXTURE(task)
{
	struct plan plan;
	struct plan_task entry;
	struct plan_container containers[2];
	struct plan_mount_point point;
	struct plan_port port;
	struct state *state;
	struct describe_input in;
	struct err e;
	void *data;
	size_t len;
};

FIXTURE_SETUP(task)
{
	struct task_state *t;

	memset(self, 0, sizeof(*self));
	self->state = calloc(1, sizeof(*self->state));
	ASSERT_NE(NULL, self->state);
	self->plan.instance.id = instance;
	self->plan.tasks.count = 1;
	self->plan.tasks.items = &self->entry;
	self->entry.family = family;
	self->entry.network_mode = PLAN_NETWORK_AWSVPC;
	self->entry.cpu_units = 256;
	self->entry.memory_mib = 512;
	self->entry.containers.count = 2;
	self->entry.containers.items = self->containers;
	for (int c = 0; c < 2; c++) {
		self->containers[c].name = c ? name_side : name_app;
		self->containers[c].image = image;
		self->containers[c].user = none;
	}
	self->containers[0].memory_mib = 64;
	self->containers[0].cpu_units = 128;
	self->point.source_volume = volume;
	self->point.container_path = path;
	self->containers[0].mount_points.count = 1;
	self->containers[0].mount_points.items = &self->point;
	self->port.container_port = 80;
	self->containers[0].port_mappings.count = 1;
	self->containers[0].port_mappings.items = &self->port;
	self->containers[1].restart.is_enabled = true;
	self->state->task_count = 1;
	t = &self->state->tasks[0];
	strcpy(t->id, ID);
	t->phase = TASK_RUNNING;
	t->containers[0].phase = CONTAINER_RUNNING;
	t->containers[0].has_started = true;
	t->containers[0].at_ms[CONTAINER_CREATED_AT] = 1400;
	t->containers[0].at_ms[CONTAINER_STARTED_AT] = 1500;
	t->at_ms[TASK_PULL_STARTED_AT] = 1000;
	t->containers[0].health.status = HEALTH_HEALTHY;
	t->containers[0].health.since_ms = 1600;
	t->containers[0].health.exit_code = 0;
	strcpy(t->containers[0].health.output, "fine \"\xff\n");
	t->containers[1].phase = CONTAINER_STOPPED;
	t->containers[1].has_ended = true;
	t->containers[1].wait_status = 9;
	t->containers[1].at_ms[CONTAINER_FINISHED_AT] = 2000;
	t->containers[1].restarts = 3;
	self->in = (struct describe_input){
		.plan = &self->plan,
		.state = self->state,
		.digests = { DIGEST, "" },
		.born_unix_ms = 1000000000,
	};
}

FIXTURE_TEARDOWN(task)
{
	free(self->state);
	free(self->data);
}

static int describe(struct describe_input *in, void **data, size_t *len,
		    struct err *e)
{
	ptr_free(data);
	return describe_task(in, data, len, e);
}

static json_t *parsed(const struct description *d, struct description_text x)
{
	return json_loadb(tasks_text(d, x), x.len, 0, NULL);
}

static const char *text(const json_t *root, const char *key)
{
	const char *s = json_string_value(json_object_get(root, key));

	return s ? s : "(none)";
}

static json_int_t number(const json_t *root, const char *key)
{
	return json_integer_value(json_object_get(root, key));
}

TEST_F(task, the_reader_takes_what_is_written)
{
	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	EXPECT_EQ(0, tasks_check(self->data, self->len, &self->e))
	TH_LOG("%s", self->e.message);
	EXPECT_EQ(2, ((struct description *)self->data)->count);
}

TEST_F(task, a_task_is_told_in_ecs_words)
{
	const struct description *d;
	const json_t *limits, *place;
	json_t *root;

	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	d = self->data;
	root = parsed(d, d->task);
	ASSERT_NE(NULL, root);
	EXPECT_STREQ("i-1", text(root, "Cluster"));
	EXPECT_STREQ("arn:aws:ecs:::task/i-1/" ID, text(root, "TaskARN"));
	EXPECT_STREQ("web", text(root, "Family"));
	EXPECT_STREQ("1", text(root, "Revision"));
	EXPECT_STREQ("RUNNING", text(root, "DesiredStatus"));
	EXPECT_STREQ("RUNNING", text(root, "KnownStatus"));
	EXPECT_STREQ("MANAGED_INSTANCES", text(root, "LaunchType"));
	EXPECT_STREQ("1970-01-12T13:46:41.000Z", text(root, "PullStartedAt"));
	EXPECT_EQ(NULL, json_object_get(root, "PullStoppedAt"));
	limits = json_object_get(root, "Limits");
	EXPECT_EQ(0.25, json_number_value(json_object_get(limits, "CPU")));
	EXPECT_EQ(512, number(limits, "Memory"));
	EXPECT_EQ(2, json_array_size(json_object_get(root, "Containers")));
	place = json_object_get(root, "Instance");
	EXPECT_STREQ("i-1", text(place, "Id"));
	EXPECT_TRUE(json_is_false(json_object_get(place, "Draining")));
	EXPECT_EQ(NULL, json_object_get(place, "DrainDeadline"));
	json_decref(root);
}

TEST_F(task, a_container_is_told_in_ecs_words)
{
	const struct description *d;
	const json_t *part;
	json_t *root;

	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	d = self->data;
	EXPECT_EQ(1, d->containers[0].is_running);
	root = parsed(d, d->containers[0].json);
	ASSERT_NE(NULL, root);
	EXPECT_STREQ(ID "-1", text(root, "DockerId"));
	EXPECT_STREQ("app", text(root, "Name"));
	EXPECT_STREQ("web:1", text(root, "Image"));
	EXPECT_STREQ(DIGEST, text(root, "ImageID"));
	EXPECT_STREQ("RUNNING", text(root, "KnownStatus"));
	EXPECT_STREQ("1970-01-12T13:46:41.400Z", text(root, "CreatedAt"));
	EXPECT_STREQ("1970-01-12T13:46:41.500Z", text(root, "StartedAt"));
	EXPECT_EQ(NULL, json_object_get(root, "FinishedAt"));
	EXPECT_STREQ("NORMAL", text(root, "Type"));
	EXPECT_STREQ("arn:aws:ecs:::container/i-1/" ID "-1",
		     text(root, "ContainerARN"));
	EXPECT_EQ(NULL, json_object_get(root, "ExitCode"));
	EXPECT_EQ(NULL, json_object_get(root, "RestartCount"));
	part = json_object_get(root, "Limits");
	EXPECT_EQ(128, number(part, "CPU"));
	EXPECT_EQ(64, number(part, "Memory"));
	part = json_object_get(root, "Health");
	EXPECT_STREQ("HEALTHY", text(part, "status"));
	EXPECT_STREQ("1970-01-12T13:46:41.600Z", text(part, "statusSince"));
	EXPECT_EQ(0, number(part, "exitCode"));
	/* What is no UTF-8 is shown as such. */
	EXPECT_STREQ("fine \"\xef\xbf\xbd\n", text(part, "output"));
	part = json_array_get(json_object_get(root, "Volumes"), 0);
	EXPECT_STREQ("scratch", text(part, "DockerName"));
	EXPECT_STREQ("/scratch", text(part, "Destination"));
	part = json_array_get(json_object_get(root, "Ports"), 0);
	EXPECT_EQ(80, number(part, "ContainerPort"));
	EXPECT_STREQ("tcp", text(part, "Protocol"));
	part = json_array_get(json_object_get(root, "Networks"), 0);
	EXPECT_STREQ("awsvpc", text(part, "NetworkMode"));
	part = json_object_get(root, "Labels");
	EXPECT_STREQ("web", text(part, "com.amazonaws.ecs."
				       "task-definition-family"));
	json_decref(root);
}

TEST_F(task, a_card_is_told_with_its_addresses)
{
	static char mac[] = "02:00:00:00:00:01", v4[] = "10.1.0.5/24";
	static char v6[] = "fd01::5/64", server[] = "10.1.0.2";
	char *addresses[] = { v4, v6 }, *servers[] = { server };
	struct plan_interface card = { .mac_address = mac,
				       .addresses = { 2, addresses },
				       .dns = { 1, servers } };
	struct plan_attachment attachment = { .interfaces = { 1, &card } };
	const struct description *d;
	const json_t *network;
	json_t *root;

	self->entry.attachments.count = 1;
	self->entry.attachments.items = &attachment;
	self->state->tasks[0].attachment = 1;
	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	d = self->data;
	root = parsed(d, d->containers[0].json);
	network = json_array_get(json_object_get(root, "Networks"), 0);
	EXPECT_STREQ("awsvpc", text(network, "NetworkMode"));
	EXPECT_STREQ(mac, text(network, "MACAddress"));
	EXPECT_EQ(0, number(network, "AttachmentIndex"));
	EXPECT_STREQ("10.1.0.5",
		     json_string_value(json_array_get(
			     json_object_get(network, "IPv4Addresses"), 0)));
	EXPECT_STREQ("fd01::5",
		     json_string_value(json_array_get(
			     json_object_get(network, "IPv6Addresses"), 0)));
	EXPECT_EQ(1,
		  json_array_size(json_object_get(network, "IPv4Addresses")));
	EXPECT_STREQ(
		server,
		json_string_value(json_array_get(
			json_object_get(network, "DomainNameServers"), 0)));
	json_decref(root);
}

TEST_F(task, an_end_has_its_exit_code_and_its_restarts)
{
	const struct description *d;
	json_t *root;

	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	d = self->data;
	EXPECT_EQ(0, d->containers[1].is_running);
	root = parsed(d, d->containers[1].json);
	ASSERT_NE(NULL, root);
	EXPECT_STREQ("STOPPED", text(root, "KnownStatus"));
	EXPECT_EQ(137, number(root, "ExitCode"));
	EXPECT_STREQ("1970-01-12T13:46:42.000Z", text(root, "FinishedAt"));
	EXPECT_EQ(3, number(root, "RestartCount"));
	EXPECT_EQ(NULL, json_object_get(root, "StartedAt"));
	EXPECT_EQ(NULL, json_object_get(root, "Health"));
	json_decref(root);
}

TEST_F(task, a_task_is_as_far_as_the_last_of_its_containers)
{
	static const struct {
		enum container_phase phase;
		const char *container, *task;
	} rows[] = {
		{ CONTAINER_PENDING, "NONE", "NONE" },
		{ CONTAINER_PULLED, "PULLED", "NONE" },
		{ CONTAINER_CREATED, "CREATED", "CREATED" },
		{ CONTAINER_RUNNING, "RUNNING", "RUNNING" },
		{ CONTAINER_STOPPING, "RUNNING", "RUNNING" },
		{ CONTAINER_ENDING, "RUNNING", "RUNNING" },
		{ CONTAINER_STOPPED, "STOPPED", "STOPPED" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct description *d;
		json_t *container, *all;

		self->state->tasks[0].containers[0].phase = rows[i].phase;
		ASSERT_EQ(0, describe(&self->in, &self->data, &self->len,
				      &self->e));
		d = self->data;
		container = parsed(d, d->containers[0].json);
		all = parsed(d, d->task);
		EXPECT_STREQ(rows[i].container, text(container, "KnownStatus"));
		EXPECT_STREQ(rows[i].task, text(all, "KnownStatus"));
		json_decref(container);
		json_decref(all);
	}
}

TEST_F(task, a_drain_is_told_with_its_deadline)
{
	const struct description *d;
	const json_t *place;
	json_t *root;

	self->state->is_draining = true;
	self->state->drain_deadline_ms = 600000;
	self->state->tasks[0].phase = TASK_STOPPING;
	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	d = self->data;
	root = parsed(d, d->task);
	EXPECT_STREQ("STOPPED", text(root, "DesiredStatus"));
	place = json_object_get(root, "Instance");
	EXPECT_TRUE(json_is_true(json_object_get(place, "Draining")));
	EXPECT_STREQ("1970-01-12T13:56:40.000Z", text(place, "DrainDeadline"));
	json_decref(root);
}

TEST_F(task, the_same_tables_give_the_same_bytes)
{
	AUTO_FREE void *again = NULL;
	size_t len = 0;

	ASSERT_EQ(0, describe(&self->in, &self->data, &self->len, &self->e));
	ASSERT_EQ(0, describe_task(&self->in, &again, &len, &self->e));
	ASSERT_EQ(self->len, len);
	EXPECT_EQ(0, memcmp(self->data, again, len));
}

TEST_F(task, what_does_not_fit_is_refused_whole)
{
	AUTO_FREE char *long_name = malloc(DESCRIPTION_BYTES_MAX);

	ASSERT_NE(NULL, long_name);
	memset(long_name, '"', DESCRIPTION_BYTES_MAX);
	long_name[DESCRIPTION_BYTES_MAX - 1] = '\0';
	self->containers[1].image = long_name;
	EXPECT_EQ(-EFBIG,
		  describe(&self->in, &self->data, &self->len, &self->e));
	EXPECT_EQ(NULL, self->data);
}

TEST_F(task, an_end_holds_nothing_but_the_id)
{
	struct description d;

	describe_over(&self->state->tasks[0], &d);
	EXPECT_EQ(0, tasks_check(&d, sizeof(d), &self->e));
	EXPECT_STREQ(ID, d.task_id);
	EXPECT_EQ(1, d.is_over);
}

TEST_HARNESS_MAIN

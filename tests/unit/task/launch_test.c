#include <errno.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/task/launch.h"
#include "runtime/task/words.h"

#include "kselftest_harness.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* Strings that a plan may point to: the plan's members are not const. */
static char w_empty[] = "", w_name[] = "app", w_family[] = "web";

FIXTURE(launch)
{
	struct plan_instance instance;
	struct plan_task task;
	struct plan_container c;
	struct task_state state;
	struct image_reply *image;
	struct launch_input in;
	struct launch *l;
	struct err e;
};

/* Puts `count` strings of `list` into the reply as one list. */
static struct image_strings put(struct image_reply *r, const char *const *list,
				uint32_t count)
{
	struct image_strings s = { r->text_len, count };

	for (uint32_t i = 0; i < count; i++) {
		strcpy(r->text + r->text_len, list[i]);
		r->text_len += (uint32_t)strlen(list[i]) + 1;
	}
	return s;
}

FIXTURE_SETUP(launch)
{
	static const char *const entry[] = { "/bin/entry" };
	static const char *const command[] = { "one", "two" };
	static const char *const env[] = { "PATH=/image", "COLOR=red" };
	static const char *const home[] = { "/root" }, *const dir[] = { "" };

	self->c = (struct plan_container){ .name = w_name,
					   .working_directory = w_empty,
					   .hostname = w_empty,
					   .linux_parameters.shared_memory_mib =
						   64,
					   .is_essential = true };
	self->task = (struct plan_task){ .family = w_family,
					 .network_mode = PLAN_NETWORK_AWSVPC,
					 .containers = { 1, &self->c } };
	self->state = (struct task_state){ .categories = { 3, 88 } };
	strcpy(self->state.id, "0123456789abcdef0123456789abcdef");
	self->image = calloc(1, sizeof(*self->image));
	ASSERT_NE(NULL, self->image);
	self->image->entry_point = put(self->image, entry, 1);
	self->image->command = put(self->image, command, 2);
	self->image->env = put(self->image, env, 2);
	self->image->home = put(self->image, home, 1).offset;
	self->image->working_directory = put(self->image, dir, 1).offset;
	self->image->uid = 33;
	self->instance = (struct plan_instance){ .network_address = w_empty };
	self->in.instance = &self->instance;
	self->in.task_plan = &self->task;
	self->in.plan = &self->c;
	self->in.task = &self->state;
	self->in.image = self->image;
	self->l = NULL;
	self->e = ERR_NONE;
}

FIXTURE_TEARDOWN(launch)
{
	free(self->l);
	free(self->image);
}

#define LAUNCH() launch_new(&self->in, &self->l, &self->e)

static const char *env_of(const struct launch *l, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; l->env[i]; i++)
		if (strncmp(l->env[i], name, n) == 0 && l->env[i][n] == '=')
			return l->env[i] + n + 1;
	return "(unset)";
}

TEST_F(launch, the_image_alone_gives_entry_point_and_command)
{
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("/bin/entry", self->l->args[0]);
	EXPECT_STREQ("one", self->l->args[1]);
	EXPECT_STREQ("two", self->l->args[2]);
	EXPECT_EQ(NULL, self->l->args[3]);
	EXPECT_EQ(33, self->l->spec.process.uid);
}

TEST_F(launch, a_command_of_the_task_replaces_the_images_command)
{
	char *items[] = { w_name };

	self->c.command = (struct plan_strings){ 1, items };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("/bin/entry", self->l->args[0]);
	EXPECT_STREQ("app", self->l->args[1]);
	EXPECT_EQ(NULL, self->l->args[2]);
}

TEST_F(launch, an_entry_point_of_the_task_does_away_with_the_images_command)
{
	char *items[] = { w_name };

	self->c.entry_point = (struct plan_strings){ 1, items };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("app", self->l->args[0]);
	EXPECT_EQ(NULL, self->l->args[1]);
}

TEST_F(launch, nothing_to_run_is_enoexec)
{
	self->image->entry_point.count = 0;
	self->image->command.count = 0;
	EXPECT_EQ(-ENOEXEC, LAUNCH());
	EXPECT_EQ(NULL, self->l);
}

TEST_F(launch, environment_of_the_task_wins_over_the_images_and_defaults)
{
	char color[] = "COLOR", blue[] = "blue", own[] = "OWN", x[] = "x";
	struct plan_pair pairs[] = { { color, blue }, { own, x } };

	self->c.environment = (struct plan_pairs){ 2, pairs };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("/image", env_of(self->l, "PATH"));
	EXPECT_STREQ("blue", env_of(self->l, "COLOR"));
	EXPECT_STREQ("x", env_of(self->l, "OWN"));
	EXPECT_STREQ("/root", env_of(self->l, "HOME"));
	EXPECT_STREQ("0123456789ab", env_of(self->l, "HOSTNAME"));
}

TEST_F(launch, a_plain_task_gets_the_default_capabilities_and_task_t)
{
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(grant_default_set(),
		  self->l->spec.process.capabilities.bounding);
	EXPECT_STREQ("system_u:system_r:task_t:s0:c3,c88",
		     self->l->process_label);
	EXPECT_STREQ("system_u:object_r:task_file_t:s0:c3,c88",
		     self->l->file_label);
	EXPECT_TRUE(self->l->spec.process.is_no_new_privileges);
	EXPECT_EQ(OCI_DEFAULT_MOUNTS, self->l->spec.mount_count);
	EXPECT_EQ(0, self->l->spec.device_count);
	EXPECT_EQ(&oci_default_masked[0], self->l->spec.masked);
	EXPECT_EQ(&oci_default_read_only[0], self->l->spec.read_only);
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES, self->l->spec.namespaces.unshare);
}

TEST_F(launch, a_task_in_the_hosts_network_has_no_raw_sockets_unasked)
{
	char net_raw[] = "NET_RAW", *items[] = { net_raw };

	self->task.network_mode = PLAN_NETWORK_HOST;
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES & ~(uint64_t)CLONE_NEWNET,
		  self->l->spec.namespaces.unshare);
	EXPECT_EQ(grant_default_set() & ~BIT(CAP_NET_RAW),
		  self->l->spec.process.capabilities.bounding);
	EXPECT_STREQ("system_u:system_r:task_host_t:s0:c3,c88",
		     self->l->process_label);
	free(self->l);
	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 1, items };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(grant_default_set(),
		  self->l->spec.process.capabilities.bounding);
	EXPECT_STREQ("system_u:system_r:task_host_net_t:s0:c3,c88",
		     self->l->process_label);
	EXPECT_EQ(BIT(CAP_NET_RAW),
		  launch_granted(&self->task, grant_default_set()));
}

TEST_F(launch, a_container_with_networking_disabled_has_a_network_of_its_own)
{
	self->task.network_mode = PLAN_NETWORK_HOST;
	self->c.is_network_disabled = true;
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES, self->l->spec.namespaces.unshare);
	/* It stays one of the instance's network in all else. */
	EXPECT_EQ(grant_default_set() & ~BIT(CAP_NET_RAW),
		  self->l->spec.process.capabilities.bounding);
	EXPECT_STREQ("system_u:system_r:task_host_t:s0:c3,c88",
		     self->l->process_label);
}

static const struct oci_mount *mount_at(const struct launch *l,
					const char *destination)
{
	for (size_t i = 0; i < l->spec.mount_count; i++)
		if (strcmp(l->mounts[i].destination, destination) == 0)
			return &l->mounts[i];
	return NULL;
}

TEST_F(launch, what_a_task_shares_is_left_for_the_caller_to_join)
{
	const uint64_t shared = CLONE_NEWPID | CLONE_NEWIPC;

	self->task.pid_mode = PLAN_OF_TASK;
	self->task.ipc_mode = PLAN_OF_TASK;
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES & ~shared,
		  self->l->spec.namespaces.unshare);
	ASSERT_EQ(mount_at(self->l, "/dev/shm"), self->l->shared_memory);
	EXPECT_EQ(NULL, self->l->shared_memory->type);
	EXPECT_EQ(NULL, self->l->shared_memory->options);
	EXPECT_EQ(-1, self->l->shared_memory->source_fd);
	EXPECT_EQ(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		  self->l->shared_memory->attributes_set);
}

TEST_F(launch, what_a_task_does_not_share_is_new)
{
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES, self->l->spec.namespaces.unshare);
	EXPECT_EQ(NULL, self->l->shared_memory);
	ASSERT_NE(NULL, mount_at(self->l, "/dev/shm"));
	EXPECT_STREQ("tmpfs", mount_at(self->l, "/dev/shm")->type);
}

TEST_F(launch, ipc_mode_none_has_no_shared_memory_and_its_volumes_in_place)
{
	struct plan_mount_point v = { w_name, w_family, false };

	self->task.ipc_mode = PLAN_OWN_WITHOUT_SHM;
	self->c.mount_points = (struct plan_mount_points){ 1, &v };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(OCI_DEFAULT_NAMESPACES, self->l->spec.namespaces.unshare);
	EXPECT_EQ(NULL, mount_at(self->l, "/dev/shm"));
	EXPECT_NE(NULL, mount_at(self->l, "/sys/fs/cgroup"));
	EXPECT_NE(NULL, mount_at(self->l, "/dev/mqueue"));
	EXPECT_EQ(OCI_DEFAULT_MOUNTS, self->l->spec.mount_count);
	EXPECT_STREQ("web", self->l->volumes[0].destination);
}

TEST_F(launch, settings_are_the_executors_sysctls)
{
	char name[] = "kernel.msgmax", value[] = "4096";
	struct plan_pair one = { name, value };

	self->c.settings = (struct plan_pairs){ 1, &one };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(1, self->l->spec.sysctl_count);
	EXPECT_STREQ("kernel.msgmax", self->l->spec.sysctls[0].name);
	EXPECT_STREQ("4096", self->l->spec.sysctls[0].value);
	free(self->l);
	self->l = NULL;
	self->c.settings.count = LAUNCH_SETTINGS_MAX + 1;
	EXPECT_EQ(-E2BIG, LAUNCH());
}

static char w_read[] = "read", w_write[] = "write", w_tun[] = "/dev/net/tun",
	    w_own_tun[] = "/dev/tun", w_null[] = "/dev/null",
	    w_memory[] = "/dev/mem";

TEST_F(launch, a_device_of_a_grant_is_named_and_narrowed_under_all_its_names)
{
	char net_admin[] = "NET_ADMIN", *items[] = { net_admin };
	char *words[] = { w_read };
	struct plan_device one = { w_tun, w_own_tun, { 1, words } };

	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 1, items };
	self->c.linux_parameters.devices = (struct plan_devices){ 1, &one };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(2, self->l->spec.device_count);
	EXPECT_STREQ("/dev/net/tun", self->l->spec.devices[0].path);
	EXPECT_STREQ("r", self->l->spec.devices[0].access);
	EXPECT_STREQ("/dev/tun", self->l->spec.devices[1].path);
	EXPECT_STREQ("r", self->l->spec.devices[1].access);
	EXPECT_EQ(10, self->l->spec.devices[1].major);
	EXPECT_EQ(200, self->l->spec.devices[1].minor);
}

TEST_F(launch, a_device_at_its_grants_path_is_no_second_node)
{
	char net_admin[] = "NET_ADMIN", *items[] = { net_admin };
	char *words[] = { w_write, w_read };
	struct plan_device one = { w_tun, w_empty, { 2, words } };

	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 1, items };
	self->c.linux_parameters.devices = (struct plan_devices){ 1, &one };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(1, self->l->spec.device_count);
	EXPECT_STREQ("rw", self->l->spec.devices[0].access);
}

TEST_F(launch, a_device_of_every_container_has_all_permissions_by_default)
{
	struct plan_device one = { w_null, w_own_tun, { 0, NULL } };

	self->c.linux_parameters.devices = (struct plan_devices){ 1, &one };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(1, self->l->spec.device_count);
	EXPECT_STREQ("/dev/tun", self->l->spec.devices[0].path);
	EXPECT_STREQ("rwm", self->l->spec.devices[0].access);
	EXPECT_EQ(1, self->l->spec.devices[0].major);
	EXPECT_EQ(3, self->l->spec.devices[0].minor);
}

TEST_F(launch, a_device_of_no_table_is_einval)
{
	struct plan_device one = { w_memory, w_empty, { 0, NULL } };

	self->c.linux_parameters.devices = (struct plan_devices){ 1, &one };
	EXPECT_EQ(-EINVAL, LAUNCH());
	EXPECT_STREQ("device /dev/mem", self->e.message);
}

TEST_F(launch, names_for_etc_are_the_containers_own)
{
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("0123456789ab\n", self->l->names.hostname);
	EXPECT_NE(NULL, strstr(self->l->names.hosts, "\t0123456789ab\n"));
	EXPECT_STREQ("", self->l->names.resolv);
}

TEST_F(launch, a_granted_capability_brings_its_type_and_devices)
{
	char net_admin[] = "NET_ADMIN", *items[] = { net_admin };

	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 1, items };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(grant_default_set() | BIT(CAP_NET_ADMIN),
		  self->l->spec.process.capabilities.bounding);
	EXPECT_STREQ("system_u:system_r:task_net_t:s0:c3,c88",
		     self->l->process_label);
	ASSERT_EQ(1, self->l->spec.device_count);
	EXPECT_STREQ("/dev/net/tun", self->l->spec.devices[0].path);
}

TEST_F(launch, a_bpf_file_system_is_the_tasks_own)
{
	char bpf[] = "BPF", perfmon[] = "PERFMON", *items[] = { bpf, perfmon };
	const struct oci_mount *added;

	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 2, items };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(OCI_DEFAULT_MOUNTS + 2, self->l->spec.mount_count);
	added = self->l->spec.mounts + OCI_DEFAULT_MOUNTS;
	EXPECT_STREQ("bpf", added[0].type);
	EXPECT_STREQ("system_u:object_r:task_file_t:s0:c3,c88", added[0].label);
	EXPECT_STREQ("tracefs", added[1].type);
	EXPECT_EQ(NULL, added[1].label);
}

TEST_F(launch, dropping_all_leaves_only_what_is_added)
{
	char all[] = "ALL", kill_word[] = "CAP_KILL";
	char *drop[] = { all }, *add[] = { kill_word };

	self->c.linux_parameters.capabilities_drop =
		(struct plan_strings){ 1, drop };
	self->c.linux_parameters.capabilities_add =
		(struct plan_strings){ 1, add };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(BIT(CAP_KILL), self->l->spec.process.capabilities.bounding);
}

TEST_F(launch, limits_are_in_the_units_of_the_kernel)
{
	char nofile[] = "nofile", core[] = "core";
	struct plan_ulimit limits[] = { { nofile, 10, 20 }, { core, -1, -1 } };
	const struct oci_process *p;

	self->c.memory_mib = 64;
	self->c.memory_reservation_mib = 32;
	self->c.cpu_units = 1024;
	self->c.ulimits = (struct plan_ulimits){ 2, limits };
	ASSERT_EQ(0, LAUNCH());
	p = &self->l->spec.process;
	EXPECT_EQ(64u << 20, self->l->spec.resources.memory_max);
	EXPECT_EQ(32u << 20, self->l->spec.resources.memory_low);
	EXPECT_EQ(39, self->l->spec.resources.cpu_weight);
	EXPECT_EQ(LAUNCH_PIDS_MAX, self->l->spec.resources.pids_max);
	ASSERT_EQ(5, p->rlimit_count);
	EXPECT_EQ(10, p->rlimits[0].limit.rlim_cur);
	EXPECT_EQ(20, p->rlimits[0].limit.rlim_max);
	EXPECT_EQ(RLIM_INFINITY, p->rlimits[1].limit.rlim_cur);
	for (size_t i = 2; i < 5; i++)
		EXPECT_EQ(RLIM_INFINITY, p->rlimits[i].limit.rlim_max);
}

TEST_F(launch, a_pids_limit_of_the_task_is_each_containers_too)
{
	struct oci_resources limits;

	launch_task_limits(&self->task, &limits);
	EXPECT_EQ(0, limits.pids_max);
	self->task.pids_limit = 7;
	launch_task_limits(&self->task, &limits);
	EXPECT_EQ(7, limits.pids_max);
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(7, self->l->spec.resources.pids_max);
}

TEST_F(launch, all_bounds_of_what_a_task_writes_are_its_storage)
{
	struct plan_volume volumes[] = { { .size_mib = 1000 },
					 { .size_mib = 504 } };
	struct plan_container two[2] = { self->c, self->c };

	EXPECT_EQ(1u << 30, launch_root_bytes(&self->task));
	self->task.volumes = (struct plan_volumes){ 2, volumes };
	self->task.containers = (struct plan_containers){ 2, two };
	EXPECT_EQ(1u << 30, launch_root_bytes(&self->task));
	self->task.ephemeral_gib = 21;
	EXPECT_EQ(UINT64_C(10000) << 20, launch_root_bytes(&self->task));
}

TEST_F(launch, swap_is_what_was_asked_for_and_the_tasks_is_the_sum)
{
	struct plan_container two[2] = { self->c, self->c };
	struct oci_resources limits;

	ASSERT_EQ(0, LAUNCH());
	EXPECT_TRUE(self->l->spec.resources.has_swap);
	EXPECT_EQ(0, self->l->spec.resources.memory_swap_max);
	free(self->l);
	self->l = NULL;
	self->c.linux_parameters.max_swap_mib = 8;
	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(8u << 20, self->l->spec.resources.memory_swap_max);
	two[0].linux_parameters.max_swap_mib = 8;
	two[1].linux_parameters.max_swap_mib = 1;
	self->task.containers = (struct plan_containers){ 2, two };
	launch_task_limits(&self->task, &limits);
	EXPECT_TRUE(limits.has_swap);
	EXPECT_EQ(9u << 20, limits.memory_swap_max);
}

TEST_F(launch, tmpfs_words_become_attributes_or_options)
{
	char exec_word[] = "exec", mode[] = "mode=1777", path[] = "/scratch";
	char *items[] = { exec_word, mode };
	struct plan_tmpfs t = { path, 8, { 2, items } };
	const struct oci_mount *m;

	self->c.linux_parameters.tmpfs = (struct plan_tmpfses){ 1, &t };
	ASSERT_EQ(0, LAUNCH());
	ASSERT_EQ(OCI_DEFAULT_MOUNTS + 1, self->l->spec.mount_count);
	m = &self->l->spec.mounts[OCI_DEFAULT_MOUNTS];
	EXPECT_STREQ("/scratch", m->destination);
	EXPECT_STREQ("mode=1777,size=8m", m->options);
	EXPECT_EQ(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, m->attributes_set);
	EXPECT_STREQ(self->l->file_label, m->label);
}

/* The later of two words counts, as for mount(8). */
TEST_F(launch, access_times_are_as_the_last_word_says)
{
	static char no[] = "noatime", yes[] = "atime", strict[] = "strictatime",
		    not_strict[] = "nostrictatime";
	static const struct {
		char *words[2];
		uint64_t set;
	} cases[] = {
		{ { no, no }, MOUNT_ATTR_NOATIME },
		{ { no, yes }, 0 },
		{ { yes, no }, MOUNT_ATTR_NOATIME },
		{ { no, strict }, MOUNT_ATTR_STRICTATIME },
		{ { strict, not_strict }, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t set = 0;

		EXPECT_TRUE(words_tmpfs_option(cases[i].words[0], &set));
		EXPECT_TRUE(words_tmpfs_option(cases[i].words[1], &set));
		EXPECT_EQ(cases[i].set, set);
	}
}

TEST_F(launch, options_of_a_tmpfs_do_not_get_around_its_size)
{
	char blocks[] = "nr_blocks=0", path[] = "/t", long_word[256];
	char *items[] = { blocks };
	struct plan_tmpfs t = { path, 1, { 1, items } };

	self->c.linux_parameters.tmpfs = (struct plan_tmpfses){ 1, &t };
	ASSERT_EQ(0, LAUNCH());
	EXPECT_STREQ("nr_blocks=0,size=1m",
		     self->l->spec.mounts[OCI_DEFAULT_MOUNTS].options);
	free(self->l);
	self->l = NULL;
	memset(long_word, '1', sizeof(long_word) - 1);
	memcpy(long_word, "mpol=", 5);
	/* Fits, but leaves no room for the size. */
	long_word[LAUNCH_OPTIONS_MAX - 4] = '\0';
	items[0] = long_word;
	EXPECT_EQ(-E2BIG, LAUNCH());
}

TEST_F(launch, secrets_as_files_are_the_last_mount_and_not_in_the_environment)
{
	char name[] = "DB", value[] = "v", path[] = "/run";
	struct plan_pair secret = { name, value };
	struct plan_tmpfs t = { .container_path = path, .size_mib = 1 };
	const struct oci_mount *m;

	ASSERT_EQ(0, LAUNCH());
	EXPECT_EQ(NULL, self->l->secrets);
	free(self->l);
	self->l = NULL;
	self->c.secrets = (struct plan_pairs){ 1, &secret };
	self->c.linux_parameters.tmpfs = (struct plan_tmpfses){ 1, &t };
	ASSERT_EQ(0, LAUNCH());
	m = &self->l->spec.mounts[self->l->spec.mount_count - 1];
	EXPECT_EQ(m, self->l->secrets);
	EXPECT_STREQ("/run/secrets", m->destination);
	EXPECT_EQ(NULL, m->type);
	EXPECT_EQ(-1, m->source_fd);
	EXPECT_EQ(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			  MOUNT_ATTR_NOEXEC,
		  m->attributes_set);
	EXPECT_STREQ("(unset)", env_of(self->l, "DB"));
}

TEST_F(launch, hostname_is_the_tasks_own_or_the_beginning_of_its_id)
{
	static char name[] = "db.internal";

	ASSERT_EQ(0, launch_new(&self->in, &self->l, &self->e));
	EXPECT_STREQ("0123456789ab", self->l->spec.hostname);
	free(self->l);
	self->c.hostname = name;
	ASSERT_EQ(0, launch_new(&self->in, &self->l, &self->e));
	EXPECT_STREQ("db.internal", self->l->spec.hostname);
}

TEST_F(launch, shared_memory_has_the_size_that_was_asked_for)
{
	const char *options = NULL;

	self->c.linux_parameters.shared_memory_mib = 256;
	ASSERT_EQ(0, launch_new(&self->in, &self->l, &self->e));
	for (size_t i = 0; i < self->l->spec.mount_count; i++)
		if (strcmp(self->l->mounts[i].destination, "/dev/shm") == 0)
			options = self->l->mounts[i].options;
	ASSERT_NE(NULL, options);
	EXPECT_STREQ("mode=1777,size=256m", options);
}

TEST_F(launch, an_unknown_ulimit_is_refused)
{
	struct plan_ulimit limit = { w_name, 1, 1 };

	self->c.ulimits = (struct plan_ulimits){ 1, &limit };
	EXPECT_EQ(-EINVAL, LAUNCH());
	EXPECT_STREQ("ulimit app", self->e.message);
}

TEST(task_limits_turn_cpu_units_into_a_quota)
{
	struct plan_task task = { .cpu_units = 512, .memory_mib = 128 };
	struct oci_resources r;

	launch_task_limits(&task, &r);
	EXPECT_EQ(50000, r.cpu_quota_us);
	EXPECT_EQ(100000, r.cpu_period_us);
	EXPECT_EQ(128u << 20, r.memory_max);
	task.cpu_units = 0;
	launch_task_limits(&task, &r);
	EXPECT_EQ(0, r.cpu_quota_us);
}

TEST(every_ulimit_name_of_ecs_is_known_and_no_other)
{
	static char known[][16] = {
		"core",	   "cpu",      "data",	 "fsize",      "locks",
		"memlock", "msgqueue", "nice",	 "nofile",     "nproc",
		"rss",	   "rtprio",   "rttime", "sigpending", "stack",
	};
	struct oci_rlimit out;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct plan_ulimit u = { known[i], 1, 2 };

		EXPECT_EQ(0, words_ulimit(&u, &out));
	}
	EXPECT_EQ(-EINVAL,
		  words_ulimit(&(struct plan_ulimit){ w_name, 1, 1 }, &out));
}

TEST_HARNESS_MAIN

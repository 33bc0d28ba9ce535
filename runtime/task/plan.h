/*
 * plan: what intake understood of the instance document, in the form that
 * runtime works from.
 *
 * intake alone parses JSON. It fills a struct plan, checks every rule, and
 * packs it (plan_pack) into one sealed memfd; runtime unpacks it with
 * plan_unpack(), which checks every length, count and range again and cannot
 * be made to read outside the block. One table per struct (plan_fields.h)
 * names each member with its JSON key, kind, range and default: the parser,
 * the packer and the unpacker all walk that table.
 *
 * Strings are UTF-8 without NUL and never NULL after parsing or unpacking
 * ("" where the field was absent), lists have count 0 and items NULL.
 * Everything hangs on the plan's own arena: plan_free() frees it all.
 */
#ifndef CLOISTER_TASK_PLAN_H
#define CLOISTER_TASK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define PLAN_BYTES_MAX (4u << 20)
#define PLAN_TASKS_MAX 256	/* entries of `tasks` */
#define PLAN_INSTANCES_MAX 256	/* sum of their counts */
#define PLAN_CONTAINERS_MAX 10	/* ECS: containers in a task definition */
#define PLAN_MOUNT_POINTS_MAX 32 /* of a container, inherited ones among them */
#define PLAN_ROOT_MIB 1024	/* of a container's root, where a task has
				   no bound for all that it writes */
#define PLAN_ROOT_MIB_MIN 16	/* where it has one */
#define PLAN_VOLUME_MIB 1024 /* of a volume without a size */
#define PLAN_INTERFACES_MAX 8	/* cards of a task */
#define PLAN_ADDRESSES_MAX 16	/* of a card */
#define PLAN_ROUTES_MAX 32	/* of a card; also neighbours */
#define PLAN_LIST_MAX 256	/* items of any other list */
#define PLAN_HOSTNAME_MAX 64	/* bytes, sethostname(2) */
#define PLAN_NAME_MAX 255	/* bytes: family, container, volume, image */
#define PLAN_WORD_MAX 127	/* bytes: instance id, attributes */
#define PLAN_SECRET_MAX 65536	/* bytes of one secret or environment file */
#define PLAN_SECRETS_PATH "/run/secrets" /* where a task has them as files */
#define PLAN_SECRETS_MAX 64	/* of one container */
#define PLAN_ENVIRONMENT_MAX 60000	/* bytes of one environment, with NULs */

struct plan_strings {
	uint32_t count;
	char **items;
};

struct plan_pair {		/* environment, attributes */
	char *name;
	char *value;
};

struct plan_pairs {
	uint32_t count;
	struct plan_pair *items;
};

struct plan_environment_files {
	uint32_t count;
	struct plan_environment_file {
		char *value;	/* its name in the document's files */
		uint32_t type;	/* of one kind only */
	} *items;
};

enum plan_condition {		/* dependsOn */
	PLAN_START,
	PLAN_COMPLETE,
	PLAN_SUCCESS,
	PLAN_HEALTHY,
};

struct plan_dependency {
	char *container_name;
	uint32_t condition;	/* enum plan_condition */
};

struct plan_dependencies {
	uint32_t count;
	struct plan_dependency *items;
};

struct plan_ulimit {
	char *name;		/* one of ECS's 15 names, e.g. "nofile" */
	int64_t soft;		/* -1: unlimited */
	int64_t hard;
};

struct plan_ulimits {
	uint32_t count;
	struct plan_ulimit *items;
};

struct plan_mount_point {
	char *source_volume;	/* name of a volume of the task */
	char *container_path;	/* absolute */
	bool is_read_only;
};

struct plan_mount_points {
	uint32_t count;
	struct plan_mount_point *items;
};

struct plan_volumes_from {
	uint32_t count;
	struct plan_volume_from {
		char *source_container;
		bool is_read_only;
	} *items;
};

struct plan_tmpfs {
	char *container_path;	/* absolute */
	int64_t size_mib;	/* >= 1 */
	struct plan_strings options;	/* ECS's mountOptions words */
};

struct plan_tmpfses {
	uint32_t count;
	struct plan_tmpfs *items;
};

struct plan_host {		/* extraHosts */
	char *hostname;
	char *ip_address;
};

struct plan_hosts {
	uint32_t count;
	struct plan_host *items;
};

enum plan_protocol {
	PLAN_TCP,
	PLAN_UDP,
};

struct plan_port {		/* portMappings; ports.h says what they mean */
	int64_t container_port;	/* 0: a range of them */
	char *container_port_range;	/* "8000-8010" */
	int64_t host_port;	/* 0: the same, or a dynamic one */
	uint32_t protocol;	/* enum plan_protocol */
};

struct plan_ports {
	uint32_t count;
	struct plan_port *items;
};

struct plan_device {
	char *host_path;
	char *container_path;	/* "": the same */
	struct plan_strings permissions;	/* read, write, mknod; none: all */
};

struct plan_devices {
	uint32_t count;
	struct plan_device *items;
};

struct plan_linux {
	struct plan_strings capabilities_add;	/* without CAP_, or "ALL" */
	struct plan_strings capabilities_drop;
	bool has_init_process;
	int64_t shared_memory_mib;	/* of /dev/shm; default 64 */
	int64_t max_swap_mib;		/* 0: none */
	struct plan_tmpfses tmpfs;
	struct plan_devices devices;
};

struct plan_ints {
	uint32_t count;
	int64_t *items;
};

struct plan_restart {		/* restartPolicy */
	bool is_enabled;
	struct plan_ints ignored_exit_codes;
	int64_t attempt_period_s;
};

struct plan_health {		/* healthCheck; command.count 0: none */
	struct plan_strings command;	/* CMD, CMD-SHELL first */
	int64_t interval_s;
	int64_t timeout_s;
	int64_t retries;
	int64_t start_period_s;
};

struct plan_container {
	char *name;
	char *image;		/* reference as the store's index names it */
	struct plan_strings command;
	struct plan_strings entry_point;
	struct plan_pairs environment;	/* with that of files and secrets */
	struct plan_environment_files environment_files; /* none: intake has
						   written them out */
	struct plan_pairs secrets;	/* name and value, of a task whose
					   secrets are files; else none */
	char *working_directory;
	char *user;
	char *hostname;			/* "": of the task's id */
	struct plan_hosts extra_hosts;
	struct plan_strings dns_servers;	/* none: the instance's */
	struct plan_strings dns_search_domains;
	struct plan_pairs settings;	/* systemControls: name, value */
	bool is_network_disabled;	/* a network of its own: loopback */
	int64_t cpu_units;		/* 1024 per CPU; 0: unset */
	int64_t memory_mib;		/* hard limit; 0: unset */
	int64_t memory_reservation_mib;	/* 0: unset */
	bool is_essential;		/* default true */
	struct plan_dependencies depends_on;
	int64_t start_timeout_s;	/* 0: none */
	int64_t stop_timeout_s;		/* default 30 */
	struct plan_restart restart;
	struct plan_health health;
	bool is_read_only_root;
	struct plan_linux linux_parameters;
	struct plan_ulimits ulimits;
	struct plan_mount_points mount_points;
	struct plan_volumes_from volumes_from;	/* none: intake has written
						   them into mount_points */
	bool is_privileged;
	struct plan_pairs docker_labels;	/* of the container, never in
						   records */
	struct plan_ports port_mappings;	/* in host mode claims, ports.h */
};

struct plan_containers {
	uint32_t count;
	struct plan_container *items;
};

enum plan_network {
	PLAN_NETWORK_HOST,
	PLAN_NETWORK_AWSVPC,
	PLAN_NETWORK_NONE,
	PLAN_NETWORK_BRIDGE,
};

struct plan_route {
	char *destination;		/* with its prefix */
	char *gateway;			/* "": what is there is on the link */
};

struct plan_routes {
	uint32_t count;
	struct plan_route *items;
};

struct plan_neighbor {
	char *address;
	char *mac_address;
};

struct plan_neighbors {
	uint32_t count;
	struct plan_neighbor *items;
};

struct plan_interface {			/* a card that goes into a task */
	char *mac_address;		/* that it was made with */
	struct plan_strings addresses;	/* with their prefixes */
	struct plan_strings gateways;	/* of default routes, one a family */
	struct plan_routes routes;
	struct plan_neighbors neighbors;
	int64_t mtu;
	struct plan_strings dns;
};

struct plan_interfaces {
	uint32_t count;
	struct plan_interface *items;	/* eth0, eth1, ... of the task */
};

struct plan_attachments {		/* none, or as many as `count` or more */
	uint32_t count;
	struct plan_attachment { struct plan_interfaces interfaces; } *items;
};

enum plan_sharing {		/* pidMode, ipcMode */
	PLAN_OWN,		/* of each container */
	PLAN_OF_TASK,		/* of all containers of the task */
	PLAN_OWN_WITHOUT_SHM,	/* ipcMode none */
};

struct plan_volumes {		/* task-scoped host volumes, by name */
	uint32_t count;
	struct plan_volume {
		char *name;
		int64_t uid;		/* of its root directory */
		int64_t gid;
		char *mode;		/* octal, "" : 0755 */
		int64_t size_mib;	/* what it holds at most */
	} *items;
};

struct plan_task {
	char *family;
	uint32_t network_mode;		/* enum plan_network */
	uint32_t pid_mode;		/* enum plan_sharing */
	uint32_t ipc_mode;
	int64_t cpu_units;		/* 0: unset */
	int64_t memory_mib;		/* 0: unset */
	struct plan_containers containers;
	struct plan_volumes volumes;
	int64_t count;			/* how many of it to run; 0: none */
	bool is_daemon;		/* one per instance: first up, last down */
	bool is_critical;	/* daemon without which the instance drains */
	int64_t least_percent;		/* of count, that run while a newer
					   definition takes over */
	int64_t most_percent;		/* of count, that are there then */
	int64_t pids_limit;		/* of the whole task; 0: unset */
	int64_t ephemeral_gib;		/* all that one task writes; 0: unset */
	uint32_t secrets_are_files;	/* 1: and not in the environment */
	struct plan_attachments attachments;
};

struct plan_tasks {
	uint32_t count;
	struct plan_task *items;
};

enum plan_placement {
	PLAN_MULTI,
	PLAN_SINGLE,		/* one task at a time */
	PLAN_SINGLE_USE,	/* one task in the instance's whole life */
};

/* One range of an event window, whole hours of the week in UTC. */
struct plan_time_range {
	uint32_t start_week_day;	/* 0 Sunday to 6 Saturday */
	int64_t start_hour;		/* 0..23 */
	uint32_t end_week_day;
	int64_t end_hour;
};

struct plan_time_ranges {
	uint32_t count;
	struct plan_time_range *items;
};

struct plan_instance {
	char *id;
	uint32_t placement;		/* enum plan_placement */
	struct plan_strings privileged_capabilities;	/* without CAP_ */
	int64_t scale_in_after_s;	/* -1: never; 0..3600 */
	int64_t drain_after_s;		/* of boot; default and most: the */
	int64_t dead_after_s;		/* image's, runtime/base/lifetime.h */
	struct plan_time_ranges event_ranges;	/* none with event_cron */
	char *event_cron;		/* "" : none */
	char *documents_url;		/* newer documents, or "" : none */
	int64_t documents_interval_s;
	char *telemetry_endpoint;	/* http://address:port[/path], or "" */
	char *telemetry_logs_endpoint;	/* "" : the same */
	char *network_address;		/* "10.0.2.15/24", or "" for no network */
	char *network_gateway;		/* "" : none */
	struct plan_strings network_dns;
	uint32_t metadata_is_open;	/* 1: tasks reach the cloud's service */
	struct plan_pairs attributes;
};

struct plan {
	int64_t schema_version;		/* 1 */
	bool is_refused;	/* the instance part holds, the rest does not;
				   tasks is empty then */
	struct plan_instance instance;
	struct plan_tasks tasks;
	struct plan_pairs files;	/* none: intake has given each to who */
	struct plan_pairs secrets;	/* asked for it */
	void *arena;		/* owned; see plan_free() */
};

/*
 * Capabilities stay words here; policy/grants.h makes sets of them. intake
 * writes them without CAP_ and, in privileged_capabilities, ALL as the names
 * of all that are not default.
 */

/*
 * A new empty plan with its arena, or NULL when memory is short.
 * The caller owns it and ends it with plan_free().
 */
struct plan *plan_new(void);

/* Wipes and frees a plan and all that hangs on it; NULL is allowed. */
void plan_free(struct plan *p);

/* Zeroed memory that lives as long as the plan; NULL when short. */
void *plan_alloc(struct plan *p, size_t size);

/*
 * Packs a plan into one heap block, which the caller frees with wipe_free().
 * Returns 0 or -errno (-EFBIG above PLAN_BYTES_MAX).
 */
int plan_pack(const struct plan *p, void **data, size_t *len, struct err *e);

/*
 * Unpacks and checks. Counts, lengths, enum and number ranges of the field
 * tables hold for every plan it returns; rules between fields are intake's.
 * The caller ends `*p` with plan_free().
 * Returns 0, -EBADMSG naming the field, -ENOMEM.
 */
int plan_unpack(const void *data, size_t len, struct plan **p, struct err *e);

#endif

// SPDX-License-Identifier: MIT
#include "runtime/oci/config/document.h"

#include "runtime/base/fd.h"
#include "runtime/oci/config/checks.h"
#include "runtime/oci/config/words.h"

#define NOT_LINUX "is of another platform than Linux"
#define NOT_V2 "is not to be had with cgroup v2"
#define NS_MAX INT64_MAX

/*
 * T is the struct that the table in question reads into. Each macro is a kind
 * of row; what follows the member are further fields of struct field.
 */
/* clang-format off */
#define ROW(name, k, member, ...) \
	{ .key = (name), .kind = FIELD_##k, .offset = offsetof(struct T, member), __VA_ARGS__ }
#define REFUSED(name, reason) \
	{ .key = (name), .kind = FIELD_UNSUPPORTED, .why = (reason) }
#define REQUIRED .is_required = true
#define RANGE(low, high) .min = (low), .max = (high)
#define TABLE(id, words) \
	{ .name = (words), .size = sizeof(struct T), .fields = id, .count = ARRAY_SIZE(id) }

/* ----------------------------------------------------------------- process */

/* The last number means "leave it" to setresuid(2). */
#define ID RANGE(0, UINT32_MAX - 1)

#define T doc_user
static const struct field user[] = {
	ROW("uid", UNSIGNED, uid, ID),
	ROW("gid", UNSIGNED, gid, ID),
	ROW("umask", UNSIGNED, umask, RANGE(0, 0777)),
	ROW("additionalGids", NUMBERS, groups, ID),
	REFUSED("username", NOT_LINUX),
};
static const struct field_table user_table = TABLE(user, "user");
#undef T

/* Names that nobody knows are warnings: see process.c. */
#define T doc_capabilities
static const struct field capabilities[] = {
	ROW("bounding", TEXTS, bounding),
	ROW("permitted", TEXTS, permitted),
	ROW("effective", TEXTS, effective),
	ROW("inheritable", TEXTS, inheritable),
	ROW("ambient", TEXTS, ambient),
};
static const struct field_table capabilities_table = TABLE(capabilities, "capabilities");
#undef T

#define T doc_rlimit
static const struct field rlimit[] = {
	ROW("type", WORD, type, REQUIRED, .words = words_rlimits),
	ROW("soft", UNSIGNED, soft, REQUIRED, RANGE(0, UINT64_MAX)),
	ROW("hard", UNSIGNED, hard, REQUIRED, RANGE(0, UINT64_MAX)),
};
static const struct field_table rlimit_table = TABLE(rlimit, "rlimits");
#undef T

/* Cells; the kernel keeps them in 16 bits. */
#define T doc_console_size
static const struct field console_size[] = {
	ROW("height", UNSIGNED, height, REQUIRED, RANGE(0, UINT16_MAX)),
	ROW("width", UNSIGNED, width, REQUIRED, RANGE(0, UINT16_MAX)),
};
static const struct field_table console_size_table = TABLE(console_size, "consoleSize");
#undef T

#define T doc_io_priority
static const struct field io_priority[] = {
	ROW("class", WORD, class, REQUIRED, .words = words_io_classes),
	ROW("priority", SIGNED, priority, RANGE(0, 7)),
};
static const struct field_table io_priority_table = TABLE(io_priority, "ioPriority");
#undef T

#define T doc_scheduler
static const struct field scheduler[] = {
	ROW("policy", WORD, policy, REQUIRED, .words = words_schedulers),
	ROW("nice", SIGNED, nice, RANGE(-20, 19)),
	ROW("priority", SIGNED, priority, RANGE(0, 99)),
	ROW("flags", WORDS, flags, .words = words_scheduler_flags),
	ROW("runtime", UNSIGNED, runtime, RANGE(0, NS_MAX)),
	ROW("deadline", UNSIGNED, deadline, RANGE(0, NS_MAX)),
	ROW("period", UNSIGNED, period, RANGE(0, NS_MAX)),
};
static const struct field_table scheduler_table = TABLE(scheduler, "scheduler");
#undef T

#define T doc_affinity
static const struct field affinity[] = {
	ROW("initial", TEXT, initial, .check = check_list),
	ROW("final", TEXT, final, .check = check_list),
};
static const struct field_table affinity_table = TABLE(affinity, "execCPUAffinity");
#undef T

#define T doc_process
static const struct field process[] = {
	ROW("terminal", BOOLEAN, is_terminal),
	ROW("consoleSize", OBJECT, console_size, .table = &console_size_table),
	ROW("cwd", TEXT, cwd, REQUIRED, .check = check_absolute),
	ROW("env", TEXTS, env, .check = check_environment),
	ROW("args", TEXTS, args),
	ROW("user", OBJECT, user, .table = &user_table),
	ROW("capabilities", OBJECT, capabilities, .table = &capabilities_table),
	ROW("rlimits", OBJECTS, rlimits, .table = &rlimit_table),
	ROW("noNewPrivileges", BOOLEAN, is_no_new_privileges),
	ROW("oomScoreAdj", SIGNED, oom_score_adj, RANGE(-1000, 1000)),
	ROW("selinuxLabel", TEXT, selinux_label),
	ROW("apparmorProfile", TEXT, apparmor_profile),
	ROW("ioPriority", OBJECT, io_priority, .table = &io_priority_table),
	ROW("scheduler", OBJECT, scheduler, .table = &scheduler_table),
	ROW("execCPUAffinity", OBJECT, affinity, .table = &affinity_table),
	REFUSED("commandLine", NOT_LINUX),
};
const struct field_table document_process_table = TABLE(process, "process");
#undef T

/* ------------------------------------------------------------ root, mounts */

#define T doc_root
static const struct field root[] = {
	ROW("path", TEXT, path, REQUIRED, .check = check_path),
	ROW("readonly", BOOLEAN, is_read_only),
};
static const struct field_table root_table = TABLE(root, "root");
#undef T

#define T doc_id_map
static const struct field id_map[] = {
	ROW("containerID", UNSIGNED, container, REQUIRED, ID),
	ROW("hostID", UNSIGNED, host, REQUIRED, ID),
	ROW("size", UNSIGNED, size, REQUIRED, RANGE(1, UINT32_MAX)),
};
static const struct field_table id_map_table = TABLE(id_map, "uidMappings");
#undef T

/* Relative destinations are deprecated and mean those of the root. */
#define T doc_mount
static const struct field mount[] = {
	ROW("destination", TEXT, destination, REQUIRED, .check = check_path),
	ROW("source", TEXT, source),
	ROW("type", TEXT, type),
	ROW("options", TEXTS, options),
	ROW("uidMappings", OBJECTS, uid_map, .table = &id_map_table),
	ROW("gidMappings", OBJECTS, gid_map, .table = &id_map_table),
};
static const struct field_table mount_table = TABLE(mount, "mounts");
#undef T

/* ------------------------------------------------------------------- hooks */

#define T doc_hook
static const struct field hook[] = {
	ROW("path", TEXT, path, REQUIRED, .check = check_absolute),
	ROW("args", TEXTS, args),
	ROW("env", TEXTS, env, .check = check_environment),
	ROW("timeout", UNSIGNED, timeout, RANGE(1, INT32_MAX)),
};
static const struct field_table hook_table = TABLE(hook, "hook");
#undef T

#define T doc_hooks
static const struct field hooks[] = {
	ROW("prestart", OBJECTS, prestart, .table = &hook_table),
	ROW("createRuntime", OBJECTS, create_runtime, .table = &hook_table),
	ROW("createContainer", OBJECTS, create_container, .table = &hook_table),
	ROW("startContainer", OBJECTS, start_container, .table = &hook_table),
	ROW("poststart", OBJECTS, poststart, .table = &hook_table),
	ROW("poststop", OBJECTS, poststop, .table = &hook_table),
};
const struct field_table document_hooks_table = TABLE(hooks, "hooks");
#undef T

/* --------------------------------------------------------------- resources */

/* -1: no limit. Bytes. */
#define LIMIT RANGE(-1, INT64_MAX)

#define T doc_memory
static const struct field memory[] = {
	ROW("limit", SIGNED, limit, LIMIT),
	ROW("reservation", SIGNED, reservation, LIMIT),
	ROW("swap", SIGNED, swap, LIMIT),	/* memory and swap together */
	ROW("checkBeforeUpdate", BOOLEAN, is_checked),
	REFUSED("kernel", NOT_V2),
	REFUSED("kernelTCP", NOT_V2),
	REFUSED("swappiness", NOT_V2),
	REFUSED("disableOOMKiller", NOT_V2),
	REFUSED("useHierarchy", NOT_V2),
};
static const struct field_table memory_table = TABLE(memory, "memory");
#undef T

/* Shares, quota and period of 0 leave things as they are. Microseconds. */
#define T doc_cpu
static const struct field cpu[] = {
	ROW("shares", UNSIGNED, shares, RANGE(0, UINT64_MAX)),
	ROW("quota", SIGNED, quota, LIMIT),
	ROW("period", UNSIGNED, period, RANGE(0, 1000000)),
	ROW("burst", UNSIGNED, burst, RANGE(0, INT64_MAX)),
	ROW("cpus", TEXT, cpus, .check = check_list),
	ROW("mems", TEXT, mems, .check = check_list),
	ROW("idle", SIGNED, idle, RANGE(0, 1)),
	REFUSED("realtimeRuntime", NOT_V2),
	REFUSED("realtimePeriod", NOT_V2),
};
static const struct field_table cpu_table = TABLE(cpu, "cpu");
#undef T

#define T doc_pids
static const struct field pids[] = {
	ROW("limit", SIGNED, limit, REQUIRED, LIMIT),
};
static const struct field_table pids_table = TABLE(pids, "pids");
#undef T

/* Numbers of devices as cgroups see them: 12 and 20 bits. */
#define MAJOR RANGE(0, 0xfff)
#define MINOR RANGE(0, 0xfffff)
/* 0: leave. */
#define WEIGHT RANGE(0, 1000)

#define T doc_block_device
static const struct field block_weight[] = {
	ROW("major", SIGNED, major, REQUIRED, MAJOR),
	ROW("minor", SIGNED, minor, REQUIRED, MINOR),
	ROW("weight", UNSIGNED, weight, WEIGHT),
	REFUSED("leafWeight", NOT_V2),
};
static const struct field_table block_weight_table = TABLE(block_weight, "weightDevice");

static const struct field block_rate[] = {
	ROW("major", SIGNED, major, REQUIRED, MAJOR),
	ROW("minor", SIGNED, minor, REQUIRED, MINOR),
	ROW("rate", UNSIGNED, rate, RANGE(0, UINT64_MAX)),
};
static const struct field_table block_rate_table = TABLE(block_rate, "throttle");
#undef T

#define T doc_block_io
static const struct field block_io[] = {
	ROW("weight", UNSIGNED, weight, WEIGHT),
	ROW("weightDevice", OBJECTS, weights, .table = &block_weight_table),
	ROW("throttleReadBpsDevice", OBJECTS, read_bps, .table = &block_rate_table),
	ROW("throttleWriteBpsDevice", OBJECTS, write_bps, .table = &block_rate_table),
	ROW("throttleReadIOPSDevice", OBJECTS, read_iops, .table = &block_rate_table),
	ROW("throttleWriteIOPSDevice", OBJECTS, write_iops, .table = &block_rate_table),
	REFUSED("leafWeight", NOT_V2),
};
static const struct field_table block_io_table = TABLE(block_io, "blockIO");
#undef T

#define T doc_hugepage
static const struct field hugepage[] = {
	ROW("pageSize", TEXT, size, REQUIRED, .check = check_page_size),
	ROW("limit", UNSIGNED, limit, REQUIRED, RANGE(0, UINT64_MAX)),
};
static const struct field_table hugepage_table = TABLE(hugepage, "hugepageLimits");
#undef T

#define T doc_rdma
static const struct field rdma[] = {
	ROW("hcaHandles", UNSIGNED, handles, RANGE(0, UINT32_MAX)),
	ROW("hcaObjects", UNSIGNED, objects, RANGE(0, UINT32_MAX)),
};
static const struct field_table rdma_table = TABLE(rdma, "rdma");
#undef T

/* -1 and absent: every number. */
#define T doc_device_rule
static const struct field device_rule[] = {
	ROW("allow", BOOLEAN, is_allowed, REQUIRED),
	ROW("type", TEXT, type, .check = check_rule_type),
	ROW("major", SIGNED, major, RANGE(-1, UINT32_MAX)),
	ROW("minor", SIGNED, minor, RANGE(-1, UINT32_MAX)),
	ROW("access", TEXT, access, .check = check_access),
};
static const struct field_table device_rule_table = TABLE(device_rule, "resources.devices");
#undef T

#define T doc_resources
static const struct field resources[] = {
	ROW("memory", OBJECT, memory, .table = &memory_table),
	ROW("cpu", OBJECT, cpu, .table = &cpu_table),
	ROW("pids", OBJECT, pids, .table = &pids_table),
	ROW("blockIO", OBJECT, block_io, .table = &block_io_table),
	ROW("hugepageLimits", OBJECTS, hugepages, .table = &hugepage_table),
	ROW("rdma", OBJECT_MAP, rdma, .table = &rdma_table, .check = check_word),
	ROW("devices", OBJECTS, devices, .table = &device_rule_table),
	ROW("unified", TEXT_MAP, unified, .check = check_cgroup_file),
	REFUSED("network", NOT_V2),
};
const struct field_table document_resources_table = TABLE(resources, "resources");
#undef T

/* ----------------------------------------------------------------- seccomp */

#define T doc_seccomp_argument
static const struct field seccomp_argument[] = {
	ROW("index", UNSIGNED, index, REQUIRED, RANGE(0, 5)),
	ROW("value", UNSIGNED, value, REQUIRED, RANGE(0, UINT64_MAX)),
	ROW("valueTwo", UNSIGNED, value_two, RANGE(0, UINT64_MAX)),
	ROW("op", WORD, op, REQUIRED, .words = words_seccomp_ops),
};
static const struct field_table seccomp_argument_table = TABLE(seccomp_argument, "args");
#undef T

/* What a filter can return with an action has 16 bits. */
#define ERROR_NUMBER RANGE(0, UINT16_MAX)

#define T doc_seccomp_rule
static const struct field seccomp_rule[] = {
	ROW("names", TEXTS, names, REQUIRED, .check = check_not_empty),
	ROW("action", WORD, action, REQUIRED, .words = words_seccomp_actions),
	ROW("errnoRet", UNSIGNED, error, ERROR_NUMBER),
	ROW("args", OBJECTS, arguments, .table = &seccomp_argument_table),
};
static const struct field_table seccomp_rule_table = TABLE(seccomp_rule, "syscalls");
#undef T

#define T doc_seccomp
static const struct field seccomp[] = {
	ROW("defaultAction", WORD, action, REQUIRED, .words = words_seccomp_actions),
	ROW("defaultErrnoRet", UNSIGNED, error, ERROR_NUMBER),
	ROW("architectures", WORDS, architectures, .words = words_seccomp_archs),
	ROW("flags", WORDS, flags, .words = words_seccomp_flags),
	ROW("listenerPath", TEXT, listener_path),
	ROW("listenerMetadata", TEXT, listener_metadata),
	ROW("syscalls", OBJECTS, rules, .table = &seccomp_rule_table),
};
const struct field_table document_seccomp_table = TABLE(seccomp, "seccomp");
#undef T

/* ------------------------------------------------------------------- linux */

#define T doc_namespace
static const struct field namespace[] = {
	ROW("type", WORD, type, REQUIRED, .words = words_namespaces),
	ROW("path", TEXT, path),
};
static const struct field_table namespace_table = TABLE(namespace, "namespaces");
#undef T

#define T doc_device
static const struct field device[] = {
	ROW("path", TEXT, path, REQUIRED, .check = check_absolute),
	ROW("type", TEXT, type, REQUIRED, .check = check_device_type),
	ROW("major", SIGNED, major, RANGE(0, UINT32_MAX)),
	ROW("minor", SIGNED, minor, RANGE(0, UINT32_MAX)),
	/* With the type of the file, as some engines write it: see linux.c. */
	ROW("fileMode", UNSIGNED, mode, RANGE(0, 0177777)),
	ROW("uid", UNSIGNED, uid, ID),
	ROW("gid", UNSIGNED, gid, ID),
};
static const struct field_table device_table = TABLE(device, "devices");
#undef T

#define T doc_net_device
static const struct field net_device[] = {
	ROW("name", TEXT, name, .check = check_interface),
};
static const struct field_table net_device_table = TABLE(net_device, "netDevices");
#undef T

#define T doc_time_offset
static const struct field time_offset[] = {
	ROW("secs", SIGNED, seconds, RANGE(INT64_MIN, INT64_MAX)),
	ROW("nanosecs", UNSIGNED, nanoseconds, RANGE(0, 999999999)),
};
static const struct field_table time_offset_table = TABLE(time_offset, "timeOffset");
#undef T

#define T doc_time_offsets
static const struct field time_offsets[] = {
	ROW("boottime", OBJECT, boottime, .table = &time_offset_table),
	ROW("monotonic", OBJECT, monotonic, .table = &time_offset_table),
};
static const struct field_table time_offsets_table = TABLE(time_offsets, "timeOffsets");
#undef T

#define T doc_personality
static const struct field personality[] = {
	ROW("domain", WORD, domain, REQUIRED, .words = words_domains),
	REFUSED("flags", "has no values in the specification yet"),
};
static const struct field_table personality_table = TABLE(personality, "personality");
#undef T

#define T doc_memory_policy
static const struct field memory_policy[] = {
	ROW("mode", WORD, mode, REQUIRED, .words = words_memory_modes),
	ROW("nodes", TEXT, nodes, .check = check_list),
	ROW("flags", WORDS, flags, .words = words_memory_flags),
};
static const struct field_table memory_policy_table = TABLE(memory_policy, "memoryPolicy");
#undef T

#define T doc_linux
static const struct field linux_fields[] = {
	ROW("namespaces", OBJECTS, namespaces, .table = &namespace_table),
	ROW("uidMappings", OBJECTS, uid_map, .table = &id_map_table),
	ROW("gidMappings", OBJECTS, gid_map, .table = &id_map_table),
	ROW("timeOffsets", OBJECT, time_offsets, .table = &time_offsets_table),
	ROW("devices", OBJECTS, devices, .table = &device_table),
	ROW("netDevices", OBJECT_MAP, net_devices, .table = &net_device_table,
	    .check = check_interface),
	ROW("cgroupsPath", TEXT, cgroup),
	ROW("resources", OBJECT, resources, .table = &document_resources_table),
	ROW("rootfsPropagation", WORD, propagation, .words = words_propagation),
	ROW("seccomp", OBJECT, seccomp, .table = &document_seccomp_table),
	ROW("sysctl", TEXT_MAP, sysctl, .check = check_sysctl),
	ROW("maskedPaths", TEXTS, masked, .check = check_absolute),
	ROW("readonlyPaths", TEXTS, read_only, .check = check_absolute),
	ROW("mountLabel", TEXT, mount_label),
	ROW("personality", OBJECT, personality, .table = &personality_table),
	ROW("memoryPolicy", OBJECT, memory_policy, .table = &memory_policy_table),
	REFUSED("intelRdt", "is not supported: no resctrl"),
};
static const struct field_table linux_table = TABLE(linux_fields, "linux");
#undef T

#define T document
static const struct field document[] = {
	ROW("ociVersion", TEXT, version, REQUIRED, .check = check_version),
	ROW("process", OBJECT, process, .table = &document_process_table),
	ROW("root", OBJECT, root, REQUIRED, .table = &root_table),
	ROW("hostname", TEXT, hostname, .check = check_host_name),
	ROW("domainname", TEXT, domainname, .check = check_host_name),
	ROW("mounts", OBJECTS, mounts, .table = &mount_table),
	ROW("hooks", OBJECT, hooks, .table = &document_hooks_table),
	ROW("annotations", TEXT_MAP, annotations),
	ROW("linux", OBJECT, linux_part, .table = &linux_table),
	REFUSED("vm", "is for runtimes that start virtual machines"),
	REFUSED("solaris", NOT_LINUX),
	REFUSED("windows", NOT_LINUX),
	REFUSED("freebsd", NOT_LINUX),
	REFUSED("zos", NOT_LINUX),
};
const struct field_table document_table = TABLE(document, "config");
#undef T
/* clang-format on */

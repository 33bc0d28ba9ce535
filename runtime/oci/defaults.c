// SPDX-License-Identifier: MIT
/* What containers usually have, in the words of struct oci_spec. */
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/oci.h"

#define NO_SUID_DEV_EXEC \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* clang-format off */
/* In this order: the first three hold the mount points of the others. */
const struct oci_mount oci_default_mounts[OCI_DEFAULT_MOUNTS] = {
	{ .destination = "/proc", .type = "proc", .source_fd = -1,
	  .attributes_set = NO_SUID_DEV_EXEC },
	{ .destination = "/dev", .type = "tmpfs", .source_fd = -1,
	  .options = "mode=0755,size=65536k", .takes_label = true,
	  .attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ .destination = "/sys", .type = "sysfs", .source_fd = -1,
	  .attributes_set = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY },
	{ .destination = "/dev/pts", .type = "devpts", .source_fd = -1,
	  .options = "newinstance,mode=0620,ptmxmode=0666,gid=5",
	  .takes_label = true,
	  .attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ .destination = "/dev/shm", .type = "tmpfs", .source_fd = -1,
	  .options = "mode=1777,size=65536k", .takes_label = true,
	  .attributes_set = NO_SUID_DEV_EXEC },
	/* Takes no context=: the policy names what is in it. */
	{ .destination = "/dev/mqueue", .type = "mqueue", .source_fd = -1,
	  .attributes_set = NO_SUID_DEV_EXEC },
	/* Needs the cgroup namespace: shows the container's own subtree. */
	{ .destination = "/sys/fs/cgroup", .type = "cgroup2", .source_fd = -1,
	  .attributes_set = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY },
};

/* What the kernel may have and a container need not see. */
const char *const oci_default_masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kallsyms",
	"/proc/kcore",
	"/proc/key-users",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

/* Seen by many programs, written by none that has no grant. */
const char *const oci_default_read_only[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
};
/* clang-format on */

const size_t oci_default_masked_count = ARRAY_SIZE(oci_default_masked);
const size_t oci_default_read_only_count = ARRAY_SIZE(oci_default_read_only);

void oci_spec_init(struct oci_spec *spec)
{
	*spec = (struct oci_spec){
		.process = {
			.cwd = "/",
			.umask = 0022,
			.terminal = { .socket_fd = -1 },
			.stdin_fd = -1,
			.stdout_fd = -1,
			.stderr_fd = -1,
			.init_fd = -1,
		},
		.root_fd = -1,
		.hooks = {
			.create_state_fd = -1,
			.start_state_fd = -1,
		},
		.gate_fd = -1,
		.gate_fault_fd = -1,
		.cancel_fd = -1,
	};
	for (size_t i = 0; i < OCI_NAMESPACE_COUNT; i++)
		spec->namespaces.join[i] = -1;
}

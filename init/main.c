/*
 * init: PID 1 of the locked image. Started twice in a boot: by the kernel from
 * the initramfs (stage 1) and by itself on the verified root (stage 2), where
 * the exec has put it into its own domain.
 *
 * Whatever fails ends in init_panic(): it says which step and why and turns
 * the machine off. There is no other way to fail.
 */
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "init/announce.h"
#include "init/boot.h"
#include "init/calls.h"
#include "init/cgroups.h"
#include "init/devices.h"
#include "init/disk.h"
#include "init/guard.h"
#include "init/handout.h"
#include "init/lockdown.h"
#include "init/modules.h"
#include "init/mounts.h"
#include "init/partition.h"
#include "init/power.h"
#include "init/selinux.h"
#include "init/supervisor.h"
#include "init/sysctls.h"
#include "init/verity.h"
#include "init/watchdog.h"
#include "runtime/base/clock.h"

#define MODULES_LIST "/usr/lib/cloister/modules.list"
#define DISK_MODULES_LIST "/usr/lib/cloister/disk-modules.list"
#define BLOCK_DEVICES "/sys/class/block"

static void stage_one(void) __attribute__((noreturn));
static void stage_two(int argc, char **argv) __attribute__((noreturn));

static void stage_one(void)
{
	struct boot_marks marks = { .kernel = clock_ms() };
	struct selinux_files policy = SELINUX_FILES_NONE;
	char device[DM_DEVICE_MAX] = "";
	struct partition_pair partitions;
	struct cmdline line;
	struct err e = ERR_NONE;

	/* Nothing works without devices, /proc and /sys. */
	must("early mounts", boot_mount_early(&e), &e);
	/* Before anything that may have something to say. */
	must("console", boot_open_console(&e), &e);
	/* Which root is the right one; before any disk is looked at. */
	must("command line", cmdline_read(&line, &e), &e);
	/* Drivers of the disk, dm-verity and EROFS. */
	must("boot modules", modules_load_directory(BOOT_MODULES, &e), &e);
	/* Disks may need a moment after their driver. */
	must("partitions", partition_find(line.root_hash, &partitions, &e), &e);
	/* From here on every block of the root is checked as it is read. */
	must("verity", verity_open(&line, &partitions, device, &e), &e);
	must("root", boot_mount_root(device, &e), &e);
	marks.verity = clock_ms();
	/* The files are opened now, so that the load needs no mount. */
	must("policy files", boot_prepare_policy(&policy, &e), &e);
	/* While no policy is in force: kernel_t needs no right to delete. */
	must("empty initramfs", boot_empty_initramfs(&e), &e);
	must("new root", boot_enter_root(&e), &e);
	/* Last, so that the domain of the kernel needs hardly any right. */
	must("policy", boot_load_policy(&policy, &e), &e);
	marks.policy = clock_ms();
	/* The exec changes the domain from kernel_t to init_t. */
	must("stage two", boot_exec_stage_two(&marks, &e), &e);
	init_panic("stage two", &e);
}

static void stage_two(int argc, char **argv)
{
	char lockdown[LOCKDOWN_WORD_MAX], device[DM_DEVICE_MAX];
	struct disk_list disks;
	bool has_disk;
	struct announce_facts facts = { .services_ms = 0 };
	struct err e = ERR_NONE;

	must("arguments", boot_take_marks(argc, argv, &facts.marks, &e), &e);
	/* Everything below reads or writes /proc, /sys or /dev. */
	must("mounts", mounts_apply(&e), &e);
	/* Proof that the exec did change the domain, before it is relied on. */
	must("domain", selinux_check_domain(0, "init_t", &e), &e);
	must("enforcing", selinux_check_enforcing(&e), &e);
	/* Before the drivers of network links, which take them over. */
	must("link defaults", sysctls_apply_defaults(&e), &e);
	/* After the mounts: the files are on the verified root. */
	must("modules", modules_load_list(MODULES_LIST, &e), &e);
	/* Their drivers are the root's, or come with the others. */
	must("data disks", disk_find(BLOCK_DEVICES, &disks, &e), &e);
	has_disk = disks.count > 0;
	if (has_disk)
		must("disk modules", modules_load_list(DISK_MODULES_LIST, &e),
		     &e);
	/* After the last module and before anything that is not init. */
	must("close modules", modules_close(&e), &e);
	must("lockdown", lockdown_read_back(lockdown, &e), &e);
	/* After the modules: some bring settings of their own. */
	facts.counts.sysctls = sysctls_apply(&e);
	must("sysctls", facts.counts.sysctls, &e);
	/* Nodes of the modules exist; nobody has opened any yet. */
	must("device labels", devices_label(&e), &e);
	/* As soon as its node may be opened; the loop feeds it in time. */
	must("watchdog", watchdog_open(&e), &e);
	/* Before the services, which start inside their cgroups. */
	must("cgroups", cgroups_setup(&e), &e);
	/* A program makes the file system, in a cgroup. */
	if (has_disk)
		must("data disk", disk_set_up(&disks, device, &e), &e);
	must("data", mounts_apply_data(has_disk ? device : NULL, &e), &e);
	facts.counts.mounts = mounts_check(has_disk, &e);
	must("mount check", facts.counts.mounts, &e);
	/* Nobody but init runs yet: nobody is ever without them. */
	must("network guards", guard_set_up(&e), &e);
	/* What the services will be given; from here on there are records. */
	must("handout", handout_prepare(&e), &e);
	must("supervisor", supervisor_prepare(&e), &e);
	/* After all that only a boot does; the services inherit it. */
	must("system calls", calls_enter(&e), &e);
	must("services", supervisor_start(&e), &e);
	facts.services_ms = clock_ms();
	/* Before the loop, whose first events lead to announcements. */
	announce_prepare(&facts);
	supervisor_run();
}

int main(int argc, char **argv)
{
	if (getpid() != 1)
		return 1;
	/* First: a fault in any step must not look like a hang. */
	power_catch_faults();
	if (boot_is_initramfs())
		stage_one();
	stage_two(argc, argv);
}

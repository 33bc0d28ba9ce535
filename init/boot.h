/*
 * boot: stage 1, from the initramfs to the first exec on the verified root.
 *
 * Runs before any policy is loaded, with every privilege and no other process
 * in user space. Each function is one step of main.c, in this order; any
 * error must end in init_panic().
 */
#ifndef CLOISTER_INIT_BOOT_H
#define CLOISTER_INIT_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "init/cmdline.h"
#include "init/partition.h"
#include "init/selinux.h"
#include "init/verity.h"
#include "runtime/base/err.h"

#define BOOT_NEW_ROOT "/newroot"
#define BOOT_MODULES "/modules"
#define BOOT_PROGRAM "/usr/lib/cloister/init"
#define BOOT_POLICY "/usr/lib/cloister/policy.bin"

struct boot_marks {		/* CLOCK_BOOTTIME in ms */
	int64_t kernel;		/* stage 1 began */
	int64_t verity;		/* the verified root is mounted */
	int64_t policy;		/* the policy is in force */
};

/*
 * True on the initramfs, false on the verified root (EROFS). Anything else
 * counts as the initramfs, whose steps then fail.
 */
bool boot_is_initramfs(void);

/* Mounts /dev, /proc and /sys as the steps of stage 1 need them. */
int boot_mount_early(struct err *e);

/*
 * Makes fd 0 /dev/null and fds 1 and 2 the console, write only: nothing can
 * be typed into this machine.
 */
int boot_open_console(struct err *e);

/* Mounts the EROFS on `device` read-only on BOOT_NEW_ROOT. */
int boot_mount_root(const char *device, struct err *e);

/*
 * Mounts selinuxfs and opens what the load needs, then unmounts everything
 * that stage 1 mounted except the new root: stage 2 mounts by its own table.
 */
int boot_prepare_policy(struct selinux_files *f, struct err *e);

/* Deletes every file of the initramfs; its memory is free from then on. */
int boot_empty_initramfs(struct err *e);

/* Moves the mount BOOT_NEW_ROOT to / and makes it the root directory. */
int boot_enter_root(struct err *e);

/* Loads the policy, checks enforcing, labels the nodes of fds 0 to 2. */
int boot_load_policy(struct selinux_files *f, struct err *e);

/* Executes BOOT_PROGRAM with the marks. Returns only on failure. */
int boot_exec_stage_two(const struct boot_marks *m, struct err *e);

/* The marks that stage 1 gave in `argv`, -EINVAL if they are not there. */
int boot_take_marks(int argc, char **argv, struct boot_marks *m,
		    struct err *e);

#endif

/*
 * selinux: loads the policy and proves that it is in force.
 *
 * Everything goes through selinuxfs; libselinux's loading code is not needed
 * for one policy that is known in advance. A load that fails leaves a kernel
 * that denies nothing while "enforce" reads 1: callers must not go on after
 * any error of this module. Source: security/selinux/selinuxfs.c.
 */
#ifndef CLOISTER_INIT_SELINUX_H
#define CLOISTER_INIT_SELINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runtime/base/err.h"

#define SELINUX_CONTEXT_MAX 256
#define SELINUX_POLICY_MAX (16u << 20)

struct selinux_files {		/* all owned, -1 when not open */
	int load;		/* selinuxfs load, to write */
	int enforce;		/* selinuxfs enforce, to read */
	int policy;		/* the policy file */
};

#define SELINUX_FILES_NONE                                                    \
	((struct selinux_files){ .load = -1, .enforce = -1, .policy = -1 })

/*
 * Opens the three files, selinuxfs being mounted on `mount_point`. They work
 * on after everything is unmounted, so that the domain that loads the policy
 * needs no right over mounts.
 */
int selinux_open(const char *mount_point, const char *policy_path,
		 struct selinux_files *f, struct err *e);

/*
 * Loads the policy and checks that the kernel enforces; closes the files.
 * From the return on, the policy holds for the caller too.
 * Returns 0, -EPERM when the kernel is permissive, or the error of the load.
 */
int selinux_load(struct selinux_files *f, struct err *e);

/* True if `context` is "user:role:type:..." with exactly this type. */
bool selinux_has_type(const char *context, const char *type);

/*
 * Checks that process `pid` (0: the caller) runs in the domain `type` now.
 * Returns 0, -EACCES for any other context, or the error of the read.
 * Needs /proc.
 */
int selinux_check_domain(pid_t pid, const char *type, struct err *e);

/* Checks that "enforce" of the mounted selinuxfs reads 1, else -EPERM. */
int selinux_check_enforcing(struct err *e);

/*
 * Digest of the policy as the kernel holds and shows it, which need not be the
 * bytes of the file that was loaded. `hex` becomes 64 digits.
 */
int selinux_policy_digest(char hex[65], struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * sysctl: kernel settings of a container, which must be of a namespace of its
 * own. They are written by the container's process through the caller's
 * procfs: the kernel shows each process the settings of its own namespaces.
 */
#ifndef CLOISTER_OCI_SYSCTL_H
#define CLOISTER_OCI_SYSCTL_H

#include "runtime/oci/oci.h"

#define SYSCTL_PATH_MAX 256

/*
 * "net.ipv4.ip_forward" to its path in procfs, "sys/net/ipv4/ip_forward".
 * -EINVAL for a name that is too long, empty in places, or climbs.
 */
int sysctl_path(const char *name, char path[SYSCTL_PATH_MAX]);

/*
 * -EINVAL for a name that is none, -EPERM for one of no namespace, or of one
 * that the container shares with the caller. `proc` is a proven procfs.
 */
int sysctl_check(const struct oci_spec *spec, int proc, struct err *e);

#endif

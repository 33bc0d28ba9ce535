/* SPDX-License-Identifier: MIT */
/* seccomp: what is behind a struct oci_seccomp. */
#ifndef CLOISTER_OCI_SECCOMP_H
#define CLOISTER_OCI_SECCOMP_H

#include <linux/filter.h>

#include "runtime/oci/oci.h"

/* The compiled program, for seccomp(2); lives as long as the process. */
const struct sock_fprog *seccomp_program(const struct oci_seccomp *s);

#endif

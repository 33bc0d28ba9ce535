/* SPDX-License-Identifier: MIT */
/*
 * dossier: what one evidence document holds, section by section, each read
 * back from the kernel at that moment (the grants: from runtime's notes):
 *
 *   image, kernel, root, policy, lockdown, modules   as evidence_read() gives
 *   parameters   the kernel's command line
 *   sysctls      every row of sysctls.h that this kernel has, as it reads now
 *   mounts       target, type, flags, options of the file system, label
 *   listening    sockets that strangers can reach, by file of /proc/net
 *   processes    see census.h
 *   guards       group, place (enum bpf_attach_type) and, if it is that of the
 *                security modules, their question: see guard.h
 *   grants       see granted.h
 */
#ifndef CLOISTER_INIT_DOSSIER_H
#define CLOISTER_INIT_DOSSIER_H

#include "init/canon.h"
#include "runtime/base/err.h"

#define DOSSIER_MOUNTS_MAX 32		/* more are counted: "mounts_more" */
#define DOSSIER_PARAMETERS_MAX 64	/* more are counted */

/*
 * Writes the members of every section. Returns 0, or -errno of the first that
 * cannot be read or is not as the boot left it; see evidence_is_breach().
 */
int dossier_write(struct canon *c, struct err *e);

/* The sections that need no more than a text, for the tests. */
void dossier_write_parameters(struct canon *c, const char *line);
int dossier_write_mounts(struct canon *c, char *mountinfo, struct err *e);

#endif

/*
 * modules: kernel modules, loaded from fixed lists and then never again.
 *
 * Nothing asks for a module by name: files are loaded in the order that the
 * build computed, then the kernel is told to load no more. The kernel checks
 * Debian's signature on each (module.sig_enforce=1, lockdown).
 */
#ifndef CLOISTER_INIT_MODULES_H
#define CLOISTER_INIT_MODULES_H

#include "runtime/base/err.h"

#define MODULES_MAX 64
#define MODULES_PATH_MAX 160

/*
 * Loads every file of `directory` in the order of the names. Needs
 * CAP_SYS_MODULE. Returns 0, -E2BIG for more than MODULES_MAX files, or the
 * error of the first module that fails, named in `e`.
 * Source: finit_module(2).
 */
int modules_load_directory(const char *directory, struct err *e);

/*
 * Loads the modules of a list file: one absolute path per line, each below
 * /usr/lib/modules/ and without "..", in this order. A module that needs
 * hardware which is not there (-ENODEV) is not a failure.
 */
int modules_load_list(const char *path, struct err *e);

/*
 * Ends module loading until the next boot (kernel.modules_disabled) and reads
 * it back. Returns -EPERM if the kernel still says otherwise.
 * Source: Documentation/admin-guide/sysctl/kernel.rst.
 */
int modules_close(struct err *e);

#endif

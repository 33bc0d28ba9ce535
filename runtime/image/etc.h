/* SPDX-License-Identifier: MIT */
/*
 * etc: files of the engine in the /etc of a root that image_root() made, before
 * anything of the image runs in it.
 */
#ifndef CLOISTER_IMAGE_ETC_H
#define CLOISTER_IMAGE_ETC_H

#include "runtime/base/err.h"

/*
 * Writes `text` to /etc/`name` of the root, mode 0644, owner 0, in place of
 * what the image has there; a link is replaced and leads nowhere. /etc is made
 * if it is missing; as a link it is followed as if the root were "/".
 * Returns 0 or -errno: -EISDIR the image has a directory there, -ENOTDIR,
 * -EEXIST its /etc is none, -ELOOP it is a link to procfs' magic.
 * Source: openat2(2), RESOLVE_IN_ROOT.
 */
int etc_write(int root_fd, const char *name, const char *text, struct err *e);

#endif

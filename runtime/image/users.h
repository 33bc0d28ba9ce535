/* SPDX-License-Identifier: MIT */
/*
 * users: who a container runs as, by the image's own etc/passwd and etc/group.
 */
#ifndef CLOISTER_IMAGE_USERS_H
#define CLOISTER_IMAGE_USERS_H

#include "runtime/base/err.h"
#include "runtime/image/image.h"

/*
 * Resolves "", "user", "uid", "user:group" and their mixtures into uid, gid,
 * supplementary groups (those that list the user, unless a group was named)
 * and home of the reply, whose layers must be set and unpacked below
 * `layers`. The files are those a container would see: of the topmost layer
 * that has them, unless a whiteout or an opaque directory hides them; no
 * symbolic link is followed to them. Lines that do not parse are no users.
 * A numeric user needs no line; its group is then 0 and its home "/".
 * Returns 0; -ENOENT unknown name; -ERANGE id over 65535; -E2BIG more than
 * IMAGE_GROUPS_MAX groups, or text; -EFBIG file over USERS_FILE_MAX.
 * Source: OCI image-spec, config.md "User"; passwd(5), group(5).
 */
int users_resolve(int layers, const char *spec, struct image_reply *reply,
		  struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * unpack: the work of the unpacker process as a function, without any of the
 * confinement around it.
 */
#ifndef CLOISTER_IMAGE_UNPACK_H
#define CLOISTER_IMAGE_UNPACK_H

#include "runtime/base/err.h"
#include "runtime/image/image.h"

/*
 * Finds the image in the store, unpacks those of its layers that are not yet
 * below `layers` and fills the reply (75 KiB: not for the stack).
 *
 * A layer is unpacked beside its place and moved there, whole, once both of
 * its digests are proven. Of several unpackers with the same layer one wins,
 * the others throw theirs away. On failure no layer of a bad image is left,
 * though good ones below it may be; remains of unpackers that were killed are
 * removed by the next one that finds itself alone (flock(2) on `layers`).
 *
 * Needs, over the owner of `layers`: CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER,
 * CAP_FSETID, CAP_SETFCAP.
 * Returns 0 or -errno; see manifest.h, config.h, layer.h, users.h.
 */
int unpack_image(const struct image_request *q, int store_fd, int layers,
		 struct image_reply *reply, struct err *e);

#endif

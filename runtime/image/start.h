/* SPDX-License-Identifier: MIT */
/* start: what runtime hands to an unpacker process. */
#ifndef CLOISTER_IMAGE_START_H
#define CLOISTER_IMAGE_START_H

/* File descriptors of the unpacker, beside 0 to 2. */
#define UNPACKER_SOCKET 3	/* the request comes in, the reply goes out */
#define UNPACKER_STORE 4
#define UNPACKER_LAYERS 5	/* /data/layers, O_RDONLY */
#define UNPACKER_LAST 5

#define UNPACKER_PROGRAM "/usr/lib/cloister/runtime"
#define UNPACKER_NAME "unpack"	/* argv[0] */
#define UNPACKER_LABEL "system_u:system_r:unpack_t:s0"
#define UNPACKER_CGROUP "/sys/fs/cgroup/host/unpack"

#endif

// SPDX-License-Identifier: MIT
#include "policy/calls.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"

/* Not O_ACCMODE: musl counts O_PATH as an access mode. */
#define WRITE_BITS (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

#define LIST(name, refusal, rows)                     \
	{                                             \
		name, refusal, rows, ARRAY_SIZE(rows) \
	}

/* clang-format off */
static const struct allow_row intake[] = {
	/* The document, the bus, records. */
	ALLOW(read),
	ALLOW(close),
	ALLOW(poll),
	ALLOW(recvmsg),
	ALLOW(sendmsg),
	ALLOW(sendto),
	/* The sealed plan. */
	ALLOW(memfd_create),
	ALLOW(lseek),
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_ADD_SEALS)),
	ALLOW(write),
};
const struct allow_list calls_intake = LIST("intake", ALLOW_OR_DIE, intake);

static const struct allow_row courier[] = {
	/* The loop, the bus, records. */
	ALLOW(epoll_pwait),		/* musl's epoll_wait */
	ALLOW(epoll_ctl),
	ALLOW(recvmsg),
	ALLOW(sendmsg),
	ALLOW(close),
	/* Its settings, and what it hands over. */
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_GET_SEALS)),
	ALLOW(fstat),
	ALLOW(pread64),
	ALLOW(memfd_create),
	ALLOW(lseek),
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_ADD_SEALS)),
	ALLOW(write),
	/* Outward: TCP only; there is no bind, listen or accept. */
	ALLOW_IF(socket, ALLOW_BOTH(AF_INET, 0xf, SOCK_STREAM)),
	ALLOW_FOR_IF("a server that has such an address: courier_test",
		     socket, ALLOW_BOTH(AF_INET6, 0xf, SOCK_STREAM)),
	ALLOW(connect),
	ALLOW(getsockopt),
	ALLOW(setsockopt),
	ALLOW(recvfrom),
	ALLOW_FOR("a server that is not reached: courier_test", sendto),
	ALLOW_FOR("time to wait after a failure: courier_test", getrandom),
};
const struct allow_list calls_courier = LIST("courier", ALLOW_OR_DIE, courier);

static const struct allow_row uplink[] = {
	/* The loop. */
	ALLOW(epoll_pwait),		/* musl's epoll_wait */
	ALLOW(epoll_ctl),
	/* Descriptors that init gave, and rings. */
	ALLOW(recvmsg),
	ALLOW(sendmsg),
	ALLOW(recvfrom),
	ALLOW(read),
	ALLOW(pread64),
	ALLOW(splice),
	ALLOW(lseek),
	ALLOW(fstat),
	ALLOW(close),
	ALLOW(memfd_create),
	ALLOW(ftruncate),
	ALLOW_IF(fallocate, ALLOW_EQUAL(1, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)),
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_GET_SEALS)),
	ALLOW_FOR("the console, for errors of its own: uplink_test", write),
	/* Metrics. */
	ALLOW_IF(openat, ALLOW_CLEAR(2, WRITE_BITS)),
	ALLOW(statfs),
	/* Outward: TCP only; there is no bind, listen or accept. */
	ALLOW_IF(socket, ALLOW_BOTH(AF_INET, 0xf, SOCK_STREAM)),
	ALLOW_FOR_IF("a collector that has such an address: uplink_endpoint_test",
		     socket, ALLOW_BOTH(AF_INET6, 0xf, SOCK_STREAM)),
	ALLOW(connect),
	ALLOW(getsockopt),
	ALLOW(setsockopt),
	ALLOW_FOR("time to wait after a failure: uplink_test", getrandom),
};
const struct allow_list calls_uplink = LIST("uplink", ALLOW_OR_DIE, uplink);

static const struct allow_row metadata[] = {
	/* The loop. */
	ALLOW(epoll_pwait),
	ALLOW(epoll_ctl),
	/* What init gave: descriptions are sealed, counters are read in place. */
	ALLOW(recvmsg),
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_GET_SEALS)),
	ALLOW(fstat),
	ALLOW(pread64),
	ALLOW(read),
	ALLOW(close),
	/* Doors, which others have made; there is no socket, bind or listen. */
	ALLOW(accept4),
	ALLOW(recvfrom),
	ALLOW(sendto),
	ALLOW(shutdown),
	/* What containers use. */
	ALLOW_IF(openat, ALLOW_CLEAR(2, WRITE_BITS)),
	ALLOW_FOR("the console, for errors of its own: metadata_server_test", write),
};
const struct allow_list calls_metadata =
	LIST("metadata", ALLOW_OR_DIE, metadata);

static const struct allow_row unpacker[] = {
	/* The store and layer files, and the answer. */
	ALLOW(read),
	ALLOW(pread64),
	ALLOW(write),
	ALLOW(lseek),
	ALLOW(close),
	ALLOW(fstat),
	ALLOW(newfstatat),
	ALLOW(openat),
	ALLOW(openat2),
	ALLOW(getdents64),
	ALLOW(flock),
	ALLOW(getpid),
	ALLOW(ftruncate),
	ALLOW(pwrite64),
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_SETFD)),	/* musl's opens */
	ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_GETFL)),	/* fdopendir */
	/* The tree below layers. */
	ALLOW(mkdirat),
	ALLOW(renameat2),
	ALLOW(fchown),
	ALLOW(fchmod),
	ALLOW(utimensat),
	ALLOW_FOR("whiteouts: image_layer_test", mknodat),
	ALLOW_FOR("links: image_layer_test", symlinkat),
	ALLOW_FOR("hard links: image_layer_test", linkat),
	ALLOW_FOR("owners of links and pipes: image_layer_test", fchownat),
	ALLOW_FOR("modes of pipes: image_layer_test", fchmodat),
	ALLOW_FOR("what an entry replaces: image_layer_test", unlinkat),
	ALLOW_FOR("trees too deep to remove in place: image_layer_test", renameat),
	ALLOW_FOR("capabilities of files, opaque directories: image_layer_test", fsetxattr),
	ALLOW_FOR("opaque directories: image_parts_test", fgetxattr),
};
const struct allow_list calls_unpacker =
	LIST("unpack", ALLOW_OR_DIE, unpacker);

static const struct allow_row format[] = {
	/* mke2fs on the data disk. */
	ALLOW(open),
	ALLOW(close),
	ALLOW(read),
	ALLOW(readv),		/* musl's stdio */
	ALLOW(pread64),
	ALLOW(pwrite64),
	ALLOW(ioctl),
	ALLOW(fstat),
	ALLOW(stat),
	ALLOW(access),
	ALLOW(fsync),
	ALLOW(fcntl),
	ALLOW(lseek),
	ALLOW(fallocate),
	ALLOW(getrandom),
	ALLOW(uname),
	ALLOW(getuid),
	ALLOW(geteuid),
	ALLOW(getgid),
	ALLOW(getegid),
	ALLOW(getpid),
	ALLOW(getppid),
	ALLOW_IF(prctl, ALLOW_EQUAL(0, PR_GET_DUMPABLE)),
	ALLOW_FOR("the console, for errors of its own: format_test", writev),
	ALLOW_FOR("what is said is not said in colours: format_test", write),
};
const struct allow_list calls_format = LIST("format", ALLOW_OR_DIE, format);

static const struct allow_row runtime[] = {
	/* Containers: their first process, namespaces, root and mounts. */
	ALLOW(clone3),
	ALLOW(unshare),
	ALLOW(setns),
	ALLOW(sethostname),
	ALLOW(pivot_root),
	ALLOW(umount2),
	ALLOW(fsopen),
	ALLOW(fsconfig),
	ALLOW(fsmount),
	ALLOW(open_tree),
	ALLOW(move_mount),
	ALLOW(mount_setattr),
	ALLOW_FOR("bounds on a data disk: data_test", quotactl_fd),
	ALLOW_IF(keyctl, ALLOW_EQUAL(0, KEYCTL_JOIN_SESSION_KEYRING)),
	/* Devices of containers, and the map of the guards. */
	ALLOW(bpf),
};
const struct allow_list calls_runtime =
	LIST("runtime", ALLOW_OR_FAIL, runtime);

static const struct allow_row init[] = {
	/* Services that start again. */
	ALLOW(clone3),
	/* The guards are read back. */
	ALLOW(bpf),
	ALLOW_FOR("the end, after the last look: power_test", reboot),
	ALLOW_FOR("the end, after the last look: power_test", umount2),
};
const struct allow_list calls_init = LIST("init", ALLOW_OR_FAIL, init);

const char *const calls_closed[] = {
	"init_module", "finit_module", "delete_module", "iopl", "ioperm", NULL,
};
/* clang-format on */

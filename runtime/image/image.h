/*
 * image: OCI images from the store to root file systems.
 *
 * Untrusted bytes (the archive, its JSON, layers, the image's passwd file)
 * are read by an unpacker process alone: this same program, started again
 * under the name "unpack" in its own domain and namespaces, without
 * capabilities over the host. It writes below /data/layers only and answers
 * with one struct image_reply. The rest of this module is runtime's side:
 * starting unpackers and putting overlays together.
 */
#ifndef CLOISTER_IMAGE_IMAGE_H
#define CLOISTER_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/err.h"

#define IMAGE_REF_MAX 256
#define IMAGE_USER_MAX 256
#define IMAGE_LAYERS_MAX 127
#define IMAGE_STRINGS_MAX 512	/* arguments or variables of one list */
#define IMAGE_TEXT_MAX 65536	/* bytes of all strings of one reply */
#define IMAGE_GROUPS_MAX 64
#define IMAGE_REASON_MAX 160
#define IMAGE_DIGEST_MAX 72	/* "sha256:" and 64 digits, NUL */

struct image_request {
	char reference[IMAGE_REF_MAX];	/* org.opencontainers.image.ref.name, or
					   name@sha256:... */
	char user[IMAGE_USER_MAX];	/* the task's `user`; "": the image's */
};

/* A list of strings inside image_reply.text: offset of the first, count. */
struct image_strings {
	uint32_t offset;
	uint32_t count;
};

/* Flat, bounded; checked by image_reply_check() before runtime uses it. */
struct image_reply {
	int32_t error;			/* 0 or an errno value */
	char reason[IMAGE_REASON_MAX];	/* a record word where error is set */
	char manifest_digest[IMAGE_DIGEST_MAX];
	uint32_t layer_count;
	char layers[IMAGE_LAYERS_MAX][IMAGE_DIGEST_MAX];	/* diff ids, lowest first */
	uint64_t unpacked_bytes;
	struct image_strings entry_point;
	struct image_strings command;
	struct image_strings env;
	uint32_t working_directory;	/* offset into text */
	int32_t stop_signal;		/* number, 0: not given */
	uint32_t uid;
	uint32_t gid;
	uint32_t group_count;
	uint32_t groups[IMAGE_GROUPS_MAX];
	uint32_t home;			/* offset of the user's home directory or "/" */
	uint32_t text_len;
	char text[IMAGE_TEXT_MAX];	/* NUL-terminated strings, one after another */
};

struct image_unpacker {
	pid_t pid;	/* a child of the caller's parent */
	int pidfd;
	int reply_fd;	/* readable when the reply is there; owned */
};

/*
 * Prepares /data/layers (0700, owned by the unpacker's root user 1000000), its
 * idmapped read-only twin /data/mapped, where owners are 0..65535, and the
 * directories for roots and volumes. Once per start of runtime; harmless when
 * done before. Forks a child for a moment, which it reaps itself. Needs
 * CAP_SYS_ADMIN, CAP_CHOWN, CAP_SETUID, CAP_SETGID, CAP_SETFCAP, and not to be
 * in a chroot(2). Source: mount_setattr(2), user_namespaces(7).
 */
int image_setup(struct err *e);

/*
 * Starts an unpacker for one image: it makes sure that all its layers are
 * unpacked below /data/layers and answers. `store_fd` is the read-only block
 * device or file with the OCI archive; the caller keeps it. The process is
 * cloned with CLONE_PARENT: the caller's parent reaps it. It runs in cgroup
 * host/unpack where that exists and, with SELinux, as unpack_t.
 *
 * Any number may run at once, also for the same image.
 * Returns 0 or -errno of what could not be set up. What fails after the clone,
 * up to the program's start, comes as the reply's error.
 * Source: clone(2), execveat(2), proc_pid_attr(5).
 */
int image_unpack_start(const struct image_request *q, int store_fd,
		       struct image_unpacker *u, struct err *e);

/*
 * Takes the reply once reply_fd is readable (waits for all of it, at most a
 * second after its first byte), checks it, closes the unpacker's fds. The
 * caller frees `*reply`. An unpacker that died without an answer is -EPIPE, a
 * slow one -ETIMEDOUT, an answer that does not hold together -EBADMSG.
 * Where the reply carries an error that is returned as -errno, the reason as
 * the message: words of ours, numbers and digests, never bytes of the image.
 * -ENOENT no such image, blob, user or group; -EILSEQ a digest or size differs;
 * -EBADMSG malformed; -EPERM a name climbs out; -EPROTONOSUPPORT a platform or
 * media type that is not ours; -ENOTUNIQ two images of that name; -EFBIG,
 * -E2BIG, -ENAMETOOLONG, -EOVERFLOW, -ERANGE over a limit; -ENOSPC /data full.
 */
int image_unpack_finish(struct image_unpacker *u, struct image_reply **reply,
			struct err *e);

/* The main of the unpacker process (argv[0] "unpack"). Does not return. */
void image_unpack_main(void) __attribute__((noreturn));

/*
 * String `index` of a list in a checked reply, or the string at an offset.
 */
const char *image_string(const struct image_reply *r,
			 const struct image_strings *s, uint32_t index);

struct image_root_options {
	const struct image_reply *image;
	const char *name;	/* of its writable layer; holds no '/' */
	const char *label;	/* context= for the overlay and its writable layer */
	uint64_t writable_bytes;	/* size limit of the writable layer */
};

/*
 * The root file system of one container: an overlay over the image's shared
 * layers with a writable layer of its own (storage.h), as a detached mount fd
 * that the caller owns. image_root_drop() gives the layer up: it goes when the
 * last reference has gone. Set-user-id bits are as in the image: containers run
 * with no_new_privs. It is put together at /data/staging, one at a time. `label`
 * counts only with SELinux, NULL: none.
 * Needs CAP_SYS_ADMIN. Returns 0 or -errno.
 * Source: kernel overlayfs.rst ("userxattr", "lowerdir+"), fsopen(2).
 */
int image_root(const struct image_root_options *o, int *root_fd,
	       struct err *e);
void image_root_drop(const char *name);

struct image_volume {
	const char *name;	/* holds no '/' */
	const char *label;	/* as in image_root_options */
	uint64_t bytes;		/* what it holds at most */
	uint32_t uid;		/* of its root directory */
	uint32_t gid;
	const char *mode;	/* in octal */
};

/* A tmpfs like this, detached, that the caller owns; its name does not matter.
 * Needs CAP_SYS_ADMIN. Returns 0 or -errno. Source: fsopen(2). */
int image_tmpfs(const struct image_volume *v, int *mount, struct err *e);

/*
 * Task-scoped volumes: places (storage.h), mounted at
 * /data/volumes/<name> in the runtime's mount namespace, so that containers
 * can bind it and a restarted runtime finds it again.
 *
 * image_volume_make(): one that exists already counts as success.
 * image_volume_open(): an O_PATH fd of its root, owned by the caller.
 * image_volume_drop(): detaches it; what it holds goes with its last user.
 */
int image_volume_make(const struct image_volume *v, struct err *e);
int image_volume_open(const char *name, int *fd, struct err *e);
void image_volume_drop(const char *name);

#endif

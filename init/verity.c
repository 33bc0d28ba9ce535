#include "init/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "runtime/base/fd.h"

#define CONTROL "/dev/mapper/control"
#define BLOCK_BYTES 4096
#define SECTORS_PER_BLOCK (BLOCK_BYTES / 512)
#define EXTRA_BYTES 2048

/* One ioctl buffer: header, at most one target, its parameters. */
struct dm_request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[EXTRA_BYTES];
};

_Static_assert(sizeof(struct dm_ioctl) % 8 == 0,
	       "the target follows the header without a gap");

int verity_parameters(const struct cmdline *c, const struct partition_pair *p,
		      char *out, size_t cap, struct err *e)
{
	/* version data-dev hash-dev data-block-size hash-block-size
	   data-blocks hash-start algorithm digest salt #options options */
	int n = snprintf(out, cap,
			 "1 %s %s %d %d %llu 0 sha256 %s %s 1 "
			 "panic_on_corruption",
			 p->root, p->verity, BLOCK_BYTES, BLOCK_BYTES,
			 (unsigned long long)c->blocks, c->root_hash, c->salt);

	if (n < 0 || (size_t)n >= cap)
		return err_set(e, ENAMETOOLONG, "verity parameters");
	return 0;
}

int verity_hash_of(const char *parameters, char hash[CMDLINE_HASH_DIGITS + 1],
		   struct err *e)
{
	char digest[CMDLINE_HASH_DIGITS + 1] = "";
	char options[40] = "";
	int n = sscanf(parameters,
		       "1 %*s %*s %*s %*s %*s %*s sha256 "
		       "%64[0-9a-f] %*s %*s %39[a-z_ ]",
		       digest, options);

	if (n != 2 || strlen(digest) != CMDLINE_HASH_DIGITS ||
	    !strstr(options, "panic_on_corruption"))
		return err_set(e, EBADMSG, "verity table '%.300s'", parameters);
	memcpy(hash, digest, sizeof(digest));
	return 0;
}

static void prepare(struct dm_request *q, uint32_t flags)
{
	*q = (struct dm_request){
		.head = {
			.version = { DM_VERSION_MAJOR, 0, 0 },
			.data_size = sizeof(*q),
			.data_start = offsetof(struct dm_request, target),
			.flags = flags,
			.name = VERITY_NAME,
		},
	};
}

static int call(int control, unsigned long request, const char *what,
		struct dm_request *q, struct err *e)
{
	/* The C libraries disagree about the type of ioctl's request. */
	if (syscall(SYS_ioctl, control, request, q) < 0)
		return err_set(e, errno, "ioctl(%s, %s)", CONTROL, what);
	return 0;
}

static int load_table(int control, const struct cmdline *c,
		      const struct partition_pair *p, struct err *e)
{
	struct dm_request q;
	int r;

	prepare(&q, DM_READONLY_FLAG);
	q.head.target_count = 1;
	q.target.length = c->blocks * SECTORS_PER_BLOCK;
	memcpy(q.target.target_type, "verity", sizeof("verity"));
	r = verity_parameters(c, p, q.parameters, sizeof(q.parameters), e);
	if (r < 0)
		return r;
	return call(control, DM_TABLE_LOAD, "DM_TABLE_LOAD", &q, e);
}

int verity_open(const struct cmdline *c, const struct partition_pair *p,
		char device[VERITY_DEVICE_MAX], struct err *e)
{
	AUTO_CLOSE int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	struct dm_request q;
	int r;

	if (control < 0)
		return err_set(e, errno, "open(%s)", CONTROL);
	prepare(&q, DM_READONLY_FLAG);
	r = call(control, DM_DEV_CREATE, "DM_DEV_CREATE", &q, e);
	if (r < 0)
		return r;
	snprintf(device, VERITY_DEVICE_MAX, "/dev/dm-%u", minor(q.head.dev));
	r = load_table(control, c, p, e);
	if (r < 0)
		return r;
	/* Without the suspend flag this resumes: the table is live. */
	prepare(&q, 0);
	return call(control, DM_DEV_SUSPEND, "DM_DEV_SUSPEND", &q, e);
}

int verity_read_back(char hash[CMDLINE_HASH_DIGITS + 1], struct err *e)
{
	AUTO_CLOSE int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	struct dm_request q;
	int r;

	if (control < 0)
		return err_set(e, errno, "open(%s)", CONTROL);
	prepare(&q, DM_STATUS_TABLE_FLAG);
	r = call(control, DM_TABLE_STATUS, "DM_TABLE_STATUS", &q, e);
	if (r < 0)
		return r;
	if (!(q.head.flags & DM_READONLY_FLAG))
		return err_set(e, EROFS, "device %s is writable", VERITY_NAME);
	if (q.head.target_count != 1 || strcmp(q.target.target_type, "verity"))
		return err_set(e, EBADMSG, "device %s is not verity",
			       VERITY_NAME);
	q.parameters[sizeof(q.parameters) - 1] = '\0';
	return verity_hash_of(q.parameters, hash, e);
}

// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "policy/profile.h"
#include "policy/seccomp.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/spec.h"

struct profile {
	const struct profile *next;
	uint64_t set; /* the capabilities it is for */
	struct oci_seccomp seccomp;
};

static const struct profile *cache;

static void release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

#define AUTO_RELEASE __attribute__((cleanup(release)))

static int add_refused(scmp_filter_ctx filter, uint64_t set, struct err *e)
{
	int r = 0;

	for (const struct seccomp_refused *n = seccomp_refused;
	     r == 0 && n->name; n++)
		if (!profile_is_granted(set, n->name))
			r = profile_add_call(filter, n->name, n->error, NULL,
					     e);
	return r;
}

static int set_attributes(scmp_filter_ctx filter, struct err *e)
{
	uint32_t other = SCMP_ACT_ERRNO(SECCOMP_UNKNOWN_ERROR);
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, other);

	/* A binary tree: the cost of a call does not grow with the table. */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return r < 0 ? err_set(e, -r, "seccomp_attr_set()") : 0;
}

static int fill(scmp_filter_ctx filter, uint64_t set, struct err *e)
{
	int r = set_attributes(filter, e);

	if (r == 0)
		r = profile_add_allowed(filter, set, NULL, e);
	return r < 0 ? r : add_refused(filter, set, e);
}

/* The program as libseccomp writes it, in one heap block. */
static int export(scmp_filter_ctx filter, struct sock_fprog *out, struct err *e)
{
	AUTO_CLOSE int fd = memfd_create("seccomp", MFD_CLOEXEC);
	AUTO_FREE struct sock_filter *code = NULL;
	struct stat st;
	int r;

	if (fd < 0)
		return err_set(e, errno, "memfd_create(seccomp)");
	r = seccomp_export_bpf(filter, fd);
	if (r < 0)
		return err_set(e, -r, "seccomp_export_bpf()");
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat(seccomp program)");
	if (st.st_size / (off_t)sizeof(*code) > BPF_MAXINSNS)
		return err_set(e, E2BIG, "seccomp program");
	code = malloc((size_t)st.st_size);
	if (!code)
		return err_set(e, ENOMEM, "malloc(seccomp program)");
	if (pread(fd, code, (size_t)st.st_size, 0) != st.st_size)
		return err_set(e, EIO, "pread(seccomp program)");
	out->len = (unsigned short)((size_t)st.st_size / sizeof(*code));
	out->filter = take_ptr(&code);
	return 0;
}

static int compile(uint64_t set, struct sock_fprog *out, struct err *e)
{
	AUTO_RELEASE scmp_filter_ctx filter =
		seccomp_init(SCMP_ACT_ERRNO(SECCOMP_UNKNOWN_ERROR));
	int r;

	if (!filter)
		return err_set(e, ENOMEM, "seccomp_init()");
	r = fill(filter, set, e);
	return r < 0 ? r : export(filter, out, e);
}

int oci_seccomp_default(uint64_t capabilities, const struct oci_seccomp **out,
			struct err *e)
{
	AUTO_FREE struct profile *made = NULL;
	int r;

	for (const struct profile *p = cache; p; p = p->next) {
		if (p->set != capabilities)
			continue;
		*out = &p->seccomp;
		return 0;
	}
	made = calloc(1, sizeof(*made));
	if (!made)
		return err_set(e, ENOMEM, "calloc(seccomp)");
	r = compile(capabilities, &made->seccomp.program, e);
	if (r < 0)
		return r;
	made->set = capabilities;
	made->next = cache;
	cache = take_ptr(&made);
	*out = &cache->seccomp;
	return 0;
}

/*
 * The parent takes the listener out of our hands; it is not ours to keep. The
 * program must let us write and read meanwhile.
 */
static int hand_over(const struct child *c, int listener)
{
	int r;

	oci_fault_send(c->fault_fd, OCI_STAGE_SECCOMP, 0, (uint32_t)listener);
	r = child_read_byte(c->sync_fd);
	close(listener);
	return r;
}

static int install(const struct child *c)
{
	const struct oci_seccomp *s = c->spec->seccomp;
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, s->flags,
			 &s->program);

	if (r < 0)
		return -errno;
	return spec_has_listener(c->spec) ? hand_over(c, (int)r) : 0;
}

int child_seccomp_early(struct child *c)
{
	const struct oci_spec *spec = c->spec;

	return spec->seccomp && !spec->process.is_no_new_privileges ?
		       install(c) :
		       0;
}

int child_seccomp_listened(struct child *c)
{
	const struct oci_spec *spec = c->spec;

	return spec_has_listener(spec) && spec->process.is_no_new_privileges ?
		       install(c) :
		       0;
}

int child_seccomp_late(struct child *c)
{
	const struct oci_spec *spec = c->spec;

	return spec->seccomp && spec->process.is_no_new_privileges &&
			       !spec_has_listener(spec) ?
		       install(c) :
		       0;
}

// SPDX-License-Identifier: MIT
#include "init/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"

#define KERNEL_BYTES_MAX (64 << 20)
#define NOT_FOUND UINT32_MAX

struct part {
	const char *at;
	size_t len;
};

struct view {
	struct part types;
	struct part strings; /* ends with a NUL */
};

/* Bytes that follow a type of a kind: some at all, some for each of its
   members, values or parameters. */
static const struct trailer_row {
	size_t once;
	size_t each;
	bool is_known;
} trailers[NR_BTF_KINDS] = {
	[BTF_KIND_INT] = { sizeof(uint32_t), 0, true },
	[BTF_KIND_PTR] = { 0, 0, true },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0, true },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member), true },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member), true },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum), true },
	[BTF_KIND_FWD] = { 0, 0, true },
	[BTF_KIND_TYPEDEF] = { 0, 0, true },
	[BTF_KIND_VOLATILE] = { 0, 0, true },
	[BTF_KIND_CONST] = { 0, 0, true },
	[BTF_KIND_RESTRICT] = { 0, 0, true },
	[BTF_KIND_FUNC] = { 0, 0, true },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param), true },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0, true },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo), true },
	[BTF_KIND_FLOAT] = { 0, 0, true },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0, true },
	[BTF_KIND_TYPE_TAG] = { 0, 0, true },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64), true },
};

static bool take_part(const char *data, size_t len, uint64_t offset,
		      uint64_t size, struct part *out)
{
	if (offset > len || size > len - offset)
		return false;
	*out = (struct part){ data + offset, (size_t)size };
	return true;
}

static int open_view(const char *data, size_t len, struct view *v,
		     struct err *e)
{
	struct btf_header h;

	if (len < sizeof(h))
		return err_set(e, EBADMSG, "BTF of %zu bytes", len);
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION ||
	    h.hdr_len < sizeof(h))
		return err_set(e, EBADMSG, "header of BTF");
	if (!take_part(data, len, (uint64_t)h.hdr_len + h.type_off, h.type_len,
		       &v->types) ||
	    !take_part(data, len, (uint64_t)h.hdr_len + h.str_off, h.str_len,
		       &v->strings) ||
	    v->strings.len == 0 || v->strings.at[v->strings.len - 1])
		return err_set(e, EBADMSG, "parts of BTF");
	return 0;
}

static bool is_named(const struct view *v, uint32_t offset, const char *name)
{
	return offset < v->strings.len &&
	       strcmp(v->strings.at + offset, name) == 0;
}

/* Members of a structure with bit fields pack the place with a width. */
static uint32_t place_of(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) :
					 m->offset;
}

static int take_member(const struct view *v, const struct btf_type *t,
		       const char *members, struct btf_row *row, struct err *e)
{
	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		struct btf_member m;

		memcpy(&m, members + i * sizeof(m), sizeof(m));
		if (!is_named(v, m.name_off, row->member))
			continue;
		if (place_of(t, &m) % 8)
			return err_set(e, EOPNOTSUPP, "%s.%s", row->type,
				       row->member);
		row->value = place_of(t, &m) / 8;
		return 0;
	}
	return 0;
}

/* Names may be there twice; the first that has the member is the one. */
static int take_type(const struct view *v, const struct btf_type *t,
		     uint32_t id, const char *rest, struct btf_row *row,
		     struct err *e)
{
	uint32_t wanted = row->member ? BTF_KIND_STRUCT : BTF_KIND_FUNC;

	if (row->value != NOT_FOUND || BTF_INFO_KIND(t->info) != wanted ||
	    !is_named(v, t->name_off, row->type))
		return 0;
	if (row->member)
		return take_member(v, t, rest, row, e);
	row->value = id;
	return 0;
}

/* Takes one type and what follows it off `rest`; false if it is cut short. */
static bool take_one(struct part *rest, struct btf_type *t,
		     const char **trailer)
{
	size_t len;

	if (rest->len < sizeof(*t))
		return false;
	memcpy(t, rest->at, sizeof(*t));
	if (BTF_INFO_KIND(t->info) >= NR_BTF_KINDS ||
	    !trailers[BTF_INFO_KIND(t->info)].is_known)
		return false;
	len = trailers[BTF_INFO_KIND(t->info)].once +
	      trailers[BTF_INFO_KIND(t->info)].each * BTF_INFO_VLEN(t->info);
	if (len > rest->len - sizeof(*t))
		return false;
	*trailer = rest->at + sizeof(*t);
	*rest = (struct part){ *trailer + len, rest->len - sizeof(*t) - len };
	return true;
}

static int walk(const struct view *v, struct btf_row *rows, size_t count,
		struct err *e)
{
	struct part rest = v->types;
	int r = 0;

	for (uint32_t id = 1; r == 0 && rest.len > 0; id++) {
		const char *trailer;
		struct btf_type t;

		if (!take_one(&rest, &t, &trailer))
			return err_set(e, EBADMSG, "BTF type %u", id);
		for (size_t i = 0; r == 0 && i < count; i++)
			r = take_type(v, &t, id, trailer, &rows[i], e);
	}
	return r;
}

int btf_resolve(const void *data, size_t len, struct btf_row *rows,
		size_t count, struct err *e)
{
	struct view v = { .types = { NULL, 0 } };
	int r = open_view(data, len, &v, e);

	for (size_t i = 0; i < count; i++)
		rows[i].value = NOT_FOUND;
	if (r == 0)
		r = walk(&v, rows, count, e);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (rows[i].value == NOT_FOUND)
			r = err_set(e, ENOENT, "kernel has no %s%s%s",
				    rows[i].type, rows[i].member ? "." : "",
				    rows[i].member ? rows[i].member : "");
	return r;
}

int btf_resolve_kernel(struct btf_row *rows, size_t count, struct err *e)
{
	AUTO_CLOSE int fd = open(BTF_KERNEL, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *data = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open(%s)", BTF_KERNEL);
	if (st.st_size <= 0 || st.st_size > KERNEL_BYTES_MAX)
		return err_set(e, EFBIG, "%s", BTF_KERNEL);
	data = malloc((size_t)st.st_size);
	if (!data)
		return err_set(e, ENOMEM, "malloc(%s)", BTF_KERNEL);
	n = fd_read_all(fd, data, (size_t)st.st_size);
	if (n < 0)
		return err_set(e, (int)-n, "read(%s)", BTF_KERNEL);
	return btf_resolve(data, (size_t)n, rows, count, e);
}

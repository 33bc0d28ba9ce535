// SPDX-License-Identifier: MIT
/* Type information made by hand, whole and broken, and this kernel's own. */
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/btf.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

#define INFO(kind, count) ((uint32_t)(kind) << 24 | (count))
#define WITH_BIT_FIELDS (1u << 31)

/* One of each kind before what is looked for: a wrong length would show. */
struct sample {
	struct btf_header header;
	struct {
		struct btf_type number;
		uint32_t encoding;
		struct btf_type pointer;
		struct btf_type array_type;
		struct btf_array array;
		struct btf_type choice;
		struct btf_enum values[2];
		struct btf_type wide;
		struct btf_enum64 wide_values[1];
		struct btf_type prototype;
		struct btf_param parameters[2];
		struct btf_type variable;
		struct btf_var linkage;
		struct btf_type section;
		struct btf_var_secinfo variables[1];
		struct btf_type tag;
		struct btf_decl_tag tagged;
		struct btf_type same_name; /* named as the function */
		struct btf_type function;  /* 11 */
		struct btf_type plain;
		struct btf_member plain_members[2];
		struct btf_type fields;
		struct btf_member field_members[2];
	} types;
	char strings[64];
};

enum { FUNCTION = 1, PLAIN = 10, A = 16, B = 18, FIELDS = 20, C = 27, D = 29 };
static const char names[] = "\0function\0plain\0a\0b\0fields\0c\0d";

static struct sample sample(void)
{
	struct sample s = { .header = {
				    .magic = BTF_MAGIC,
				    .version = BTF_VERSION,
				    .hdr_len = sizeof(struct btf_header),
				    .type_len = sizeof(s.types),
				    .str_off = sizeof(s.types),
				    .str_len = sizeof(s.strings),
			    } };

	memcpy(s.strings, names, sizeof(names));
	s.types.number.info = INFO(BTF_KIND_INT, 0);
	s.types.pointer.info = INFO(BTF_KIND_PTR, 0);
	s.types.array_type.info = INFO(BTF_KIND_ARRAY, 0);
	s.types.choice.info = INFO(BTF_KIND_ENUM, 2);
	s.types.wide.info = INFO(BTF_KIND_ENUM64, 1);
	s.types.prototype.info = INFO(BTF_KIND_FUNC_PROTO, 2);
	s.types.variable.info = INFO(BTF_KIND_VAR, 0);
	s.types.section.info = INFO(BTF_KIND_DATASEC, 1);
	s.types.tag.info = INFO(BTF_KIND_DECL_TAG, 0);
	s.types.same_name =
		(struct btf_type){ .name_off = FUNCTION,
				   .info = INFO(BTF_KIND_STRUCT, 0) };
	s.types.function = (struct btf_type){ .name_off = FUNCTION,
					      .info = INFO(BTF_KIND_FUNC, 1) };
	s.types.plain = (struct btf_type){ .name_off = PLAIN,
					   .info = INFO(BTF_KIND_STRUCT, 2) };
	s.types.plain_members[0].name_off = A;
	s.types.plain_members[1] =
		(struct btf_member){ .name_off = B, .offset = 24 * 8 };
	s.types.fields = (struct btf_type){ .name_off = FIELDS,
					    .info = INFO(BTF_KIND_STRUCT, 2) |
						    WITH_BIT_FIELDS };
	s.types.field_members[0] =
		(struct btf_member){ .name_off = C, .offset = 3 << 24 | 4 };
	s.types.field_members[1] =
		(struct btf_member){ .name_off = D, .offset = 0 << 24 | 64 };
	return s;
}

static int resolve(const struct sample *s, size_t len, const char *type,
		   const char *member, uint32_t *value)
{
	struct btf_row row = { type, member, 0 };
	struct err e = ERR_NONE;
	int r = btf_resolve(s, len, &row, 1, &e);

	*value = row.value;
	return r;
}

TEST(functions_have_numbers_and_members_places)
{
	struct sample s = sample();
	struct btf_row rows[] = {
		{ "function", NULL, 0 },
		{ "plain", "b", 0 },
		{ "plain", "a", 0 },
		{ "fields", "d", 0 },
	};
	struct err e = ERR_NONE;

	ASSERT_EQ(0, btf_resolve(&s, sizeof(s), rows, ARRAY_SIZE(rows), &e));
	EXPECT_EQ(11, rows[0].value);
	EXPECT_EQ(24, rows[1].value);
	EXPECT_EQ(0, rows[2].value);
	EXPECT_EQ(8, rows[3].value);
}

TEST(what_is_not_there_is_enoent_and_named)
{
	struct sample s = sample();
	struct btf_row rows[] = { { "plain", "b", 0 }, { "plain", "c", 0 } };
	struct err e = ERR_NONE;
	uint32_t value;

	EXPECT_EQ(-ENOENT,
		  btf_resolve(&s, sizeof(s), rows, ARRAY_SIZE(rows), &e));
	EXPECT_STREQ("kernel has no plain.c", e.message);
	EXPECT_EQ(-ENOENT, resolve(&s, sizeof(s), "plain", NULL, &value));
	EXPECT_EQ(-ENOENT, resolve(&s, sizeof(s), "function", "a", &value));
	EXPECT_EQ(-ENOENT, resolve(&s, sizeof(s), "nothing", NULL, &value));
}

TEST(a_member_between_bytes_is_eopnotsupp)
{
	struct sample s = sample();
	uint32_t value;

	EXPECT_EQ(-EOPNOTSUPP, resolve(&s, sizeof(s), "fields", "c", &value));
}

TEST(every_shorter_piece_is_ebadmsg)
{
	struct sample s = sample();
	uint32_t value;

	for (size_t len = 0; len < sizeof(s); len++) {
		/* Of its own size, so that a read past it is seen. */
		AUTO_FREE char *piece = malloc(len + 1);
		struct btf_row row = { "plain", "b", 0 };
		struct err e = ERR_NONE;

		ASSERT_NE(NULL, piece);
		piece = realloc(piece, len ? len : 1);
		memcpy(piece, &s, len);
		EXPECT_EQ(-EBADMSG, btf_resolve(piece, len, &row, 1, &e));
	}
	EXPECT_EQ(0, resolve(&s, sizeof(s), "plain", "b", &value));
}

TEST(data_out_of_shape_is_ebadmsg)
{
	struct sample s = sample();
	uint32_t value;

	s.header.magic++;
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
	s = sample();
	s.header.hdr_len = UINT32_MAX;
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
	s = sample();
	s.header.type_len -= 4;
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
	s = sample();
	s.strings[sizeof(s.strings) - 1] = 'x';
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
	s = sample();
	s.types.pointer.info = INFO(NR_BTF_KINDS, 0);
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
	s = sample();
	s.types.fields.info = INFO(BTF_KIND_STRUCT, 0xffff);
	EXPECT_EQ(-EBADMSG, resolve(&s, sizeof(s), "plain", "b", &value));
}

TEST(a_name_past_the_strings_is_no_name)
{
	struct sample s = sample();
	uint32_t value;

	s.types.plain.name_off = UINT32_MAX;
	EXPECT_EQ(-ENOENT, resolve(&s, sizeof(s), "plain", "b", &value));
}

TEST(this_kernel_tells_about_its_security_hooks)
{
	struct btf_row rows[] = {
		{ "bpf_lsm_socket_listen", NULL, 0 },
		{ "super_block", "s_dev", 0 },
		{ "sock", "__sk_common", 1 },
	};
	struct err e = ERR_NONE;

	if (access(BTF_KERNEL, R_OK) < 0)
		SKIP(return, "no %s", BTF_KERNEL);
	ASSERT_EQ(0, btf_resolve_kernel(rows, ARRAY_SIZE(rows), &e))
	{
		TH_LOG("%s", e.message);
	}
	EXPECT_LT(0, rows[0].value);
	EXPECT_LT(0, rows[1].value);
	EXPECT_EQ(0, rows[2].value);
}

TEST_HARNESS_MAIN

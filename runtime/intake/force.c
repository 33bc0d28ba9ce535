// SPDX-License-Identifier: MIT
#include "runtime/intake/force.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"

bool force_read(const struct bus_message *m, struct force *f)
{
	if (m->meta_len != sizeof(*f))
		return false;
	memcpy(f, m->meta, sizeof(*f));
	return true;
}

static int hash_all(int fd, crypto_generichash_state *state)
{
	unsigned char block[16384];
	ssize_t n;

	while ((n = fd_read_all(fd, block, sizeof(block))) > 0)
		crypto_generichash_update(state, block, (size_t)n);
	sodium_memzero(block, sizeof(block));
	return (int)n;
}

int force_mark_fd(int fd, struct force_mark *mark)
{
	crypto_generichash_state state;
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	crypto_generichash_init(&state, NULL, 0, sizeof(mark->bytes));
	r = hash_all(fd, &state);
	crypto_generichash_final(&state, mark->bytes, sizeof(mark->bytes));
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return r;
}

bool force_is_mark(const struct force_mark *a, const struct force_mark *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int force_judge(const struct force *f, int64_t serial,
		const struct force_mark *mark, struct refusal *why)
{
	if (serial > f->serial)
		return 1;
	refusal_set_path(why, "signature.serial");
	if (serial < f->serial)
		return refuse(why,
			      "is %lld, an earlier one than %lld of the "
			      "document in force",
			      (long long)serial, (long long)f->serial);
	if (!force_is_mark(mark, &f->accepted))
		return refuse(why,
			      "is %lld, which is that of the document in "
			      "force, but this is another one",
			      (long long)serial);
	return 0;
}

int force_keep(int bus, const struct force *f, int plan, struct err *e)
{
	return bus_keep(bus, BUS_INTAKE, FORCE_NAME, plan, f, sizeof(*f), e);
}

#include "init/verity.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES 4096
#define SECTORS_PER_BLOCK (BLOCK_BYTES / DM_SECTOR_BYTES)

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

int verity_open(const struct cmdline *c, const struct partition_pair *p,
		char device[DM_DEVICE_MAX], struct err *e)
{
	struct dm_table t = {
		.target = "verity",
		.sectors = c->blocks * SECTORS_PER_BLOCK,
		.is_read_only = true,
	};
	int r = verity_parameters(c, p, t.parameters, sizeof(t.parameters), e);

	return r < 0 ? r : dm_create(VERITY_NAME, &t, device, e);
}

int verity_read_back(char hash[CMDLINE_HASH_DIGITS + 1], struct err *e)
{
	struct dm_table t;
	int r = dm_read(VERITY_NAME, &t, e);

	if (r < 0)
		return r;
	if (!t.is_read_only)
		return err_set(e, EROFS, "device %s is writable", VERITY_NAME);
	if (strcmp(t.target, "verity") != 0)
		return err_set(e, EBADMSG, "device %s is not verity",
			       VERITY_NAME);
	return verity_hash_of(t.parameters, hash, e);
}

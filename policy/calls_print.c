// SPDX-License-Identifier: MIT
/*
 * calls-print: the lists of system calls for those who are not C programs.
 *
 *	calls-print filter	the filter of init, as rows of C
 *	calls-print rows	each row: program, number, name, reason or "-"
 */
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/fd.h"

static const struct allow_list *const lists[] = {
	&calls_init,   &calls_runtime,	&calls_intake,	 &calls_courier,
	&calls_uplink, &calls_unpacker, &calls_metadata, &allow_life,
};

static int print_filter(struct err *e)
{
	AUTO_CLOSE int fd = memfd_create("filter", MFD_CLOEXEC);
	struct sock_filter i;
	int r = fd < 0 ? err_set(e, errno, "memfd_create") :
			 calls_export_init(fd, e);

	if (r < 0)
		return r;
	lseek(fd, 0, SEEK_SET);
	printf("/* Made by policy/calls_print.c. */\n");
	printf("#define CALLS_FILTER \\\n");
	while (read(fd, &i, sizeof(i)) == sizeof(i))
		printf("\t{ 0x%02x, %u, %u, 0x%08x }, \\\n", i.code, i.jt, i.jf,
		       i.k);
	printf("\n");
	return 0;
}

static void print_rows(const struct allow_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct allow_row *row = &l->rows[i];
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
							      row->call);

		printf("%s\t%d\t%s\t%s\n", l->program, row->call,
		       name ? name : "?", row->why ? row->why : "-");
		free(name);
	}
}

int main(int argc, char **argv)
{
	struct err e = ERR_NONE;
	int r = -1;

	if (argc == 2 && strcmp(argv[1], "filter") == 0) {
		r = print_filter(&e);
	} else if (argc == 2 && strcmp(argv[1], "rows") == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
			print_rows(lists[i]);
		r = 0;
	}
	if (r < 0)
		err_print(2, "calls-print", &e);
	return r < 0;
}

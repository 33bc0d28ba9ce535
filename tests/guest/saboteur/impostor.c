// SPDX-License-Identifier: MIT
/*
 * impostor: a service of the test image alone, to which the policy allows
 * what it forbids to the house. What is refused here is refused by the BPF
 * guards of the house's control group, or by the filter of system calls that
 * it has from init; each deed has a twin that they allow. What it does it says
 * on the console.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define SELF "/usr/lib/cloister/impostor"
#define PAGE 4096

static int open_self(void)
{
	return open(SELF, O_RDONLY | O_CLOEXEC);
}

/* A copy of this program in memory: executable, and not of the root. */
static int copy_self(void)
{
	int from = open_self();
	int to = (int)syscall(SYS_memfd_create, "copy",
			      MFD_CLOEXEC | 0x10U /* MFD_EXEC */);
	char page[PAGE];
	ssize_t n;

	while ((n = read(from, page, sizeof(page))) > 0)
		if (write(to, page, (size_t)n) != n)
			return -1;
	close(from);
	return n < 0 ? -1 : to;
}

static int execute(int fd, const char *argument)
{
	char name[] = "impostor", copy[16];
	char *const argv[] = { name, copy, NULL };
	static char *const environment[] = { NULL };

	snprintf(copy, sizeof(copy), "%s", argument);
	return (int)syscall(SYS_execveat, fd, "", argv, environment,
			    AT_EMPTY_PATH);
}

/* The call itself: libc makes "out of memory" of a refusal. */
static int map(int fd, int protection)
{
	long at = syscall(SYS_mmap, NULL, PAGE, protection,
			  fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE,
			  fd, 0L);

	return at == -1 ? -1 : 0;
}

static int try_exec_copy(void)
{
	return execute(copy_self(), "copy");
}

static int try_map_copy(void)
{
	return map(copy_self(), PROT_READ | PROT_EXEC);
}

static int try_read_copy(void)
{
	return map(copy_self(), PROT_READ);
}

static int try_map_root(void)
{
	return map(open_self(), PROT_READ | PROT_EXEC);
}

static int try_map_nothing(void)
{
	return map(-1, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int try_write_nothing(void)
{
	return map(-1, PROT_READ | PROT_WRITE);
}

static int change(int protection)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? -1 : mprotect(at, PAGE, protection);
}

static int try_late_code(void)
{
	return change(PROT_READ | PROT_EXEC);
}

static int try_late_read_only(void)
{
	return change(PROT_READ);
}

static int tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_bind(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };

	return bind(tcp(), (const struct sockaddr *)&any, sizeof(any));
}

static int try_listen(void)
{
	return listen(tcp(), 1);
}

static int try_accept(void)
{
	return accept4(tcp(), NULL, NULL, SOCK_CLOEXEC);
}

static int local(void)
{
	/* The address ends behind the family: the kernel finds a name. */
	const struct sockaddr_un name = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(s, (const struct sockaddr *)&name,
		    sizeof(name.sun_family)) < 0 ?
		       -1 :
		       s;
}

static int try_listen_local(void)
{
	return listen(local(), 1);
}

static int try_crypto(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static int try_hypervisor(void)
{
	return socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* A family that only the guard of sockets knows about. */
static int try_bluetooth(void)
{
	return socket(AF_BLUETOOTH, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Reads its own table of segments: zero bytes, if the kernel is asked. */
static int try_segments(void)
{
	char table[16];

	return (int)syscall(SYS_modify_ldt, 0, table, sizeof(table));
}

static const struct deed {
	const char *what;
	int (*try)(void);
} deeds[] = {
	{ "execute a copy", try_exec_copy },
	{ "map a copy as code", try_map_copy },
	{ "map a copy to read", try_read_copy },
	{ "map the root as code", try_map_root },
	{ "map memory as code", try_map_nothing },
	{ "map memory to write", try_write_nothing },
	{ "turn memory into code", try_late_code },
	{ "turn memory read-only", try_late_read_only },
	{ "make an internet socket", tcp },
	{ "take an address", try_bind },
	{ "listen", try_listen },
	{ "accept", try_accept },
	{ "name a local socket", local },
	{ "listen locally", try_listen_local },
	{ "make a crypto socket", try_crypto },
	{ "make a hypervisor socket", try_hypervisor },
	{ "make a bluetooth socket", try_bluetooth },
	{ "read the segments", try_segments },
};

int main(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(stderr, "impostor: execute the root again: %s\n",
			argv[1]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int r = deeds[i].try();

		fprintf(stderr, "impostor: %s: %s\n", deeds[i].what,
			r < 0 ? strerror(errno) : "done");
	}
	execute(open_self(), "done");
	fprintf(stderr, "impostor: execute the root again: %s\n",
		strerror(errno));
	return 1;
}

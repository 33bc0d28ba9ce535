#include "init/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "init/cgroups.h"
#include "init/guard.h"
#include "init/lockdown.h"
#include "init/selinux.h"
#include "init/verity.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"

#define VERSION_FILE "/usr/lib/cloister/version"
#define MODULES_SWITCH "/proc/sys/kernel/modules_disabled"
#define ACCEPTS 0x10000u /* __SO_ACCEPTCON of the flags column */

static bool is_inet(const char *line, unsigned int wanted)
{
	unsigned int state;

	return sscanf(line, " %*u: %*s %*s %x", &state) == 1 && state == wanted;
}

static bool is_tcp_listener(const char *line)
{
	return is_inet(line, 0x0A); /* TCP_LISTEN */
}

static bool is_open_datagram(const char *line)
{
	return is_inet(line, 0x07); /* TCP_CLOSE: no peer */
}

static bool is_unix_listener(const char *line)
{
	unsigned int flags;

	return sscanf(line, "%*s %*s %*s %x", &flags) == 1 &&
	       strchr(line, ':') && flags & ACCEPTS;
}

struct socket_file {
	const char *name;
	bool (*is_listener)(const char *line);
};

static const struct socket_file socket_files[] = {
	{ "tcp", is_tcp_listener },	 { "tcp6", is_tcp_listener },
	{ "udp", is_open_datagram },	 { "udp6", is_open_datagram },
	{ "udplite", is_open_datagram }, { "udplite6", is_open_datagram },
	{ "raw", is_open_datagram },	 { "raw6", is_open_datagram },
	{ "unix", is_unix_listener },
};

bool evidence_is_listener(const char *file, const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(socket_files); i++)
		if (strcmp(socket_files[i].name, file) == 0)
			return socket_files[i].is_listener(line);
	return false;
}

static int count_file(const char *directory, const struct socket_file *s,
		      struct err *e)
{
	char path[96], line[512];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, s->name);
	f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_set(e, errno, "open(%s)", path);
	while (fgets(line, sizeof(line), f))
		n += s->is_listener(line);
	if (ferror(f))
		n = err_set(e, EIO, "read(%s)", path);
	fclose(f);
	return n;
}

int evidence_count_listeners(const char *directory, struct err *e)
{
	int total = 0;

	for (size_t i = 0; i < ARRAY_SIZE(socket_files); i++) {
		int n = count_file(directory, &socket_files[i], e);

		if (n < 0)
			return n;
		total += n;
	}
	return total;
}

int evidence_write_listeners(struct canon *c, const char *directory,
			     struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(socket_files); i++) {
		int n = count_file(directory, &socket_files[i], e);

		if (n < 0)
			return n;
		canon_number(c, socket_files[i].name, n);
	}
	return 0;
}

static int read_text(const char *path, char *text, size_t cap, struct err *e)
{
	ssize_t n = fd_read_file(AT_FDCWD, path, text, cap, e);

	return n < 0 ? (int)n : 0;
}

/* The root must be the one that the boot image named. */
static int read_root_hash(struct evidence_facts *f, struct err *e)
{
	struct cmdline c;
	int r = verity_read_back(f->root_hash, e);

	if (r == 0)
		r = cmdline_read(&c, e);
	if (r == 0 && strcmp(c.root_hash, f->root_hash) != 0)
		r = err_set(e, ESTALE, "root hash is %s", f->root_hash);
	return r;
}

/* The policy that the first call found is the one for good. */
static int read_policy(struct evidence_facts *f, struct err *e)
{
	static char first[SHA256_HEX];
	int r = selinux_check_enforcing(e);

	if (r == 0)
		r = selinux_policy_digest(f->policy, e);
	if (r == 0 && !first[0])
		memcpy(first, f->policy, sizeof(first));
	if (r == 0 && strcmp(first, f->policy) != 0)
		r = err_set(e, ESTALE, "policy is %s", f->policy);
	return r;
}

static int read_modules(struct evidence_facts *f, struct err *e)
{
	int r = read_text(MODULES_SWITCH, f->modules_closed,
			  sizeof(f->modules_closed), e);

	if (r == 0 && strcmp(f->modules_closed, "1") != 0)
		r = err_set(e, EPERM, "%s is %s", MODULES_SWITCH,
			    f->modules_closed);
	return r;
}

int evidence_read(struct evidence_facts *f, struct err *e)
{
	int r = read_root_hash(f, e);

	if (r == 0)
		r = read_text(VERSION_FILE, f->version, sizeof(f->version), e);
	if (r == 0 && uname(&f->kernel) < 0)
		r = err_set(e, errno, "uname");
	if (r == 0)
		r = read_policy(f, e);
	if (r == 0)
		r = lockdown_read_back(f->lockdown, e);
	if (r == 0)
		r = read_modules(f, e);
	if (r == 0)
		r = f->guards = guard_read_back(e);
	return r < 0 ? r : 0;
}

bool evidence_is_breach(int r)
{
	return r < 0 && r != -ENOMEM && r != -EMFILE && r != -ENFILE &&
	       r != -EINTR && r != -EAGAIN && r != -EFBIG;
}

int evidence_emit(const struct evidence_counts *c, struct err *e)
{
	struct evidence_facts f;
	int listeners = 0, processes = 0;
	int r = evidence_read(&f, e);

	if (r == 0)
		r = listeners = evidence_count_listeners("/proc/net", e);
	if (r >= 0)
		r = processes = cgroups_count_host(e);
	if (r < 0)
		return r;
	RECORD(BOOT_EVIDENCE, RECORD_W(f.version), RECORD_W(f.kernel.release),
	       RECORD_W(f.root_hash), RECORD_W(f.policy),
	       RECORD_N(1) /* checked above, or we were not here */,
	       RECORD_W(f.lockdown), RECORD_N(f.modules_closed[0] == '1'),
	       RECORD_N(c->sysctls), RECORD_N(c->mounts), RECORD_N(listeners),
	       RECORD_N(processes), RECORD_N(f.guards));
	say(2, "init",
	    "evidence: root %.16s policy %.16s lockdown %s "
	    "modules_closed %s sysctls %d mounts %d listening %d processes %d "
	    "guards %d",
	    f.root_hash, f.policy, f.lockdown, f.modules_closed, c->sysctls,
	    c->mounts, listeners, processes, f.guards);
	return 0;
}

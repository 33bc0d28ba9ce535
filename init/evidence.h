/*
 * evidence: what this boot can prove about itself, read back from the kernel.
 * A summary is sent as one record once the services run; chain.h sends all.
 */
#ifndef CLOISTER_INIT_EVIDENCE_H
#define CLOISTER_INIT_EVIDENCE_H

#include <stdbool.h>

#include <sys/utsname.h>

#include "init/canon.h"
#include "init/cmdline.h"
#include "init/lockdown.h"
#include "init/sha256.h"
#include "runtime/base/err.h"

/* What the kernel says, none of which may change while the machine is on. */
struct evidence_facts {
	char version[64];
	struct utsname kernel;
	char root_hash[CMDLINE_HASH_DIGITS + 1];
	char policy[SHA256_HEX];
	char lockdown[LOCKDOWN_WORD_MAX];
	char modules_closed[8];
	int guards;
};

struct evidence_counts {	/* of the checks that stage 2 made */
	int sysctls;
	int mounts;
};

/*
 * True if a line of /proc/net/<file> is a socket that strangers can reach:
 * TCP in LISTEN, UDP and raw without a peer, unix sockets that accept. Other
 * lines, headers included, are not. `file` is one of tcp, tcp6, udp, udp6,
 * udplite, udplite6, raw, raw6, unix.
 * Source: proc_pid_net(5).
 */
bool evidence_is_listener(const char *file, const char *line);

/*
 * Counts such sockets over the files of `directory` (/proc/net). Files of
 * protocols that the kernel lacks count zero. Returns the number or -errno.
 */
int evidence_count_listeners(const char *directory, struct err *e);

/* Writes their number per file, as members of an open object. */
int evidence_write_listeners(struct canon *c, const char *directory,
			     struct err *e);

/*
 * Reads root hash, policy digest, enforcing, lockdown, module switch and
 * network guards back. Returns 0, or -errno where something cannot be read
 * or is not as the boot, or the call before, left it.
 */
int evidence_read(struct evidence_facts *f, struct err *e);

/*
 * True if the error of evidence_read() says that the kernel is not as it was,
 * and not only that it could not be asked (no memory, no descriptor).
 */
bool evidence_is_breach(int r);

/*
 * evidence_read(), sockets and processes, and emits BOOT_EVIDENCE. Returns 0
 * or -errno; a record that only found no room in the queue is not an error.
 */
int evidence_emit(const struct evidence_counts *c, struct err *e);

#endif

/*
 * evidence: what this boot can prove about itself, read back from the kernel
 * and sent as one record once the services run.
 */
#ifndef CLOISTER_INIT_EVIDENCE_H
#define CLOISTER_INIT_EVIDENCE_H

#include <stdbool.h>

#include "runtime/base/err.h"

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

/*
 * Reads root hash, policy digest, enforcing, lockdown, module switch, sockets,
 * processes and network guards back and emits BOOT_EVIDENCE. Returns 0, or -errno where
 * something cannot be read or is not as the boot left it; a record that only
 * found no room in the queue is not an error.
 */
int evidence_emit(const struct evidence_counts *c, struct err *e);

#endif

// SPDX-License-Identifier: MIT
#include "runtime/task/settings.h"

#include <string.h>

#include "runtime/base/fd.h"

static const struct row {
	const char *name; /* with a dot at its end: all that begin so */
	enum setting_kind kind;
} rows[] = {
	{ "kernel.msgmax", SETTING_IPC },
	{ "kernel.msgmnb", SETTING_IPC },
	{ "kernel.msgmni", SETTING_IPC },
	{ "kernel.sem", SETTING_IPC },
	{ "kernel.shmall", SETTING_IPC },
	{ "kernel.shmmax", SETTING_IPC },
	{ "kernel.shmmni", SETTING_IPC },
	{ "kernel.shm_rmid_forced", SETTING_IPC },
	{ "fs.mqueue.", SETTING_IPC },
	{ "net.ipv4.", SETTING_NETWORK },
	{ "net.ipv6.", SETTING_NETWORK },
	{ "net.unix.max_dgram_qlen", SETTING_NETWORK },
	/* Of net.core the rest is the machine's, or cannot be written. */
	{ "net.core.somaxconn", SETTING_NETWORK },
	{ "net.core.optmem_max", SETTING_NETWORK },
	{ "net.core.txrehash", SETTING_NETWORK },
	{ "net.core.xfrm_acq_expires", SETTING_NETWORK },
	{ "net.core.xfrm_aevent_etime", SETTING_NETWORK },
	{ "net.core.xfrm_aevent_rseqth", SETTING_NETWORK },
	{ "net.core.xfrm_larval_drop", SETTING_NETWORK },
};

/* Begin like those of a namespace, and are the machine's or only shown. */
static const char *const machines[] = {
	"net.ipv4.cipso_cache_bucket_size",
	"net.ipv4.cipso_cache_enable",
	"net.ipv4.cipso_rbm_optfmt",
	"net.ipv4.cipso_rbm_strictvalid",
	"net.ipv4.fib_sync_mem",
	"net.ipv4.inet_peer_maxttl",
	"net.ipv4.inet_peer_minttl",
	"net.ipv4.inet_peer_threshold",
	"net.ipv4.ipfrag_secret_interval",
	"net.ipv4.tcp_allowed_congestion_control",
	"net.ipv4.tcp_available_congestion_control",
	"net.ipv4.tcp_available_ulp",
	"net.ipv4.tcp_ehash_entries",
	"net.ipv4.tcp_low_latency",
	"net.ipv4.tcp_max_orphans",
	"net.ipv4.tcp_mem",
	"net.ipv4.udp_mem",
	"net.ipv6.calipso_cache_bucket_size",
	"net.ipv6.calipso_cache_enable",
	"net.ipv6.ip6frag_secret_interval",
	"net.ipv6.mld_max_msf",
};

enum setting_kind setting_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (strcmp(name, machines[i]) == 0)
			return SETTING_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].name);

		if (rows[i].name[len - 1] == '.' ?
			    strncmp(name, rows[i].name, len) == 0 :
			    strcmp(name, rows[i].name) == 0)
			return rows[i].kind;
	}
	return SETTING_NONE;
}

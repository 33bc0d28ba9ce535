/*
 * guard: tells the kernel which addresses the house may reach, once and for
 * good. Plan in, frozen BPF map out; the map is init's (init/guard.h).
 */
#ifndef CLOISTER_TASK_GUARD_H
#define CLOISTER_TASK_GUARD_H

#include "runtime/base/err.h"
#include "runtime/base/guard_map.h"

/*
 * The document's two endpoints as the guard wants them; "" is none. Returns 0,
 * or -EINVAL for a text that url_parse() refuses; `out` then holds those
 * before it.
 */
int guard_endpoints_of(const char *telemetry, const char *logs,
		       struct guard_endpoints *out, struct err *e);

/* The same for where courier asks for newer documents. */
int guard_source_of(const char *url, struct guard_endpoint *out,
		    struct err *e);

/*
 * Writes `wanted` into the map open as `map` and freezes it. A map that is
 * frozen with the same content is success: runtime started again. Needs
 * CAP_BPF. Returns 0; -EPERM if the map is frozen with other content; -errno.
 * Source: bpf(2), kernel map_freeze() in kernel/bpf/syscall.c.
 */
int guard_close(int map, const struct guard_endpoints *wanted, struct err *e);

#endif

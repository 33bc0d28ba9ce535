// SPDX-License-Identifier: MIT
/* What an observability agent asks the kernel: who executes, who connects. */
#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "agent.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096 * 16);
} events SEC(".maps");

static __always_inline int tell(__u32 kind)
{
	struct agent_event *e =
		bpf_ringbuf_reserve(&events, sizeof(struct agent_event), 0);

	if (!e)
		return 0;
	e->kind = kind;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_exec(void *context)
{
	(void)context;
	return tell(AGENT_EXEC);
}

SEC("fentry/tcp_connect")
int on_connect(void *context)
{
	(void)context;
	return tell(AGENT_CONNECT);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";

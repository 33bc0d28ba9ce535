/*
 * guard_code: the programs of the network guards, as BPF instructions.
 *
 * Each function writes one whole program to `code` (GUARD_CODE_MAX
 * instructions) and returns its length. A program answers GUARD_PASS or
 * GUARD_REFUSE, which the kernel makes EPERM. `map` is the fd of the map of
 * guard_map.h; programs without endpoints do not look at it.
 * Source: linux/bpf.h (struct bpf_sock_addr, struct __sk_buff), kernel
 * Documentation/bpf/standardization/instruction-set.rst.
 */
#ifndef CLOISTER_INIT_GUARD_CODE_H
#define CLOISTER_INIT_GUARD_CODE_H

#include <linux/bpf.h>
#include <stddef.h>

#define GUARD_CODE_MAX 64
#define GUARD_REFUSE 0
#define GUARD_PASS 1

/* Refuses whatever is asked. */
size_t guard_code_refuse(struct bpf_insn *code, int map);

/* Hooks that see a struct bpf_sock_addr: passes the endpoints of the map. */
size_t guard_code_endpoints4(struct bpf_insn *code, int map);
size_t guard_code_endpoints6(struct bpf_insn *code, int map);

/*
 * Hooks that see a struct bpf_sock_addr: refuses the metadata service of the
 * cloud, 169.254.169.254 and fd00:ec2::254; the former also where it is
 * written as an IPv6 address.
 */
size_t guard_code_metadata4(struct bpf_insn *code, int map);
size_t guard_code_metadata6(struct bpf_insn *code, int map);

/*
 * The hook of leaving packets (struct __sk_buff): drops those to the same
 * addresses, whatever socket they are from, and those without a whole header.
 */
size_t guard_code_metadata_packets(struct bpf_insn *code, int map);

#endif

/*
 * guard_code: the programs of the guards, as BPF instructions.
 *
 * Each function writes one whole program to `code` (GUARD_CODE_MAX
 * instructions) and returns its length. A program answers GUARD_PASS or
 * GUARD_REFUSE, which the kernel makes EPERM. `f` is what it has to know of
 * this machine; each looks only at its part of it.
 * Source: linux/bpf.h (struct bpf_sock_addr, struct __sk_buff), kernel
 * Documentation/bpf/standardization/instruction-set.rst, prog_lsm.rst.
 */
#ifndef CLOISTER_INIT_GUARD_CODE_H
#define CLOISTER_INIT_GUARD_CODE_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_CODE_MAX 96
#define GUARD_REFUSE 0
#define GUARD_PASS 1

/* Row: enumerator, structure of the kernel, its member. */
#define GUARD_MEMBERS(ROW)                             \
	ROW(PROGRAM_FILE, "linux_binprm", "file")      \
	ROW(FILE_INODE, "file", "f_inode")             \
	ROW(INODE_SUPER, "inode", "i_sb")              \
	ROW(SUPER_DEVICE, "super_block", "s_dev")      \
	ROW(SOCKET_SOCK, "socket", "sk")               \
	ROW(SOCK_COMMON, "sock", "__sk_common")        \
	ROW(COMMON_FAMILY, "sock_common", "skc_family") \
	ROW(COMMON_NETWORK, "sock_common", "skc_net")  \
	ROW(NETWORK_NAMESPACE, "net", "ns")            \
	ROW(NAMESPACE_NUMBER, "ns_common", "inum")

enum guard_member {
#define GUARD_ENUM(id, type, member) GUARD_##id,
	GUARD_MEMBERS(GUARD_ENUM)
#undef GUARD_ENUM
	GUARD_MEMBER_COUNT
};

struct guard_facts {
	int map;			/* fd of the map of guard_map.h */
	uint32_t root_device;		/* of the verified root, as the kernel counts */
	uint32_t network;		/* number of the machine's own namespace */
	uint32_t place[GUARD_MEMBER_COUNT];	/* of each member, in bytes */
};

/* For programs: `reg` becomes 1 where the metadata service is open, else 0. */
struct bpf_code;
void guard_code_load_open(struct bpf_code *c, const struct guard_facts *f,
			  unsigned int reg);

/* Refuses whatever is asked. */
size_t guard_code_refuse(struct bpf_insn *code, const struct guard_facts *f);

/* Hooks that see a struct bpf_sock_addr: passes the endpoints of the map. */
size_t guard_code_endpoints4(struct bpf_insn *code, const struct guard_facts *f);
size_t guard_code_endpoints6(struct bpf_insn *code, const struct guard_facts *f);

/* The same for courier: passes the source of the map. */
size_t guard_code_source4(struct bpf_insn *code, const struct guard_facts *f);
size_t guard_code_source6(struct bpf_insn *code, const struct guard_facts *f);

/*
 * Hooks that see a struct bpf_sock_addr: refuses the metadata service of the
 * cloud, 169.254.169.254 and fd00:ec2::254; the former also where it is
 * written as an IPv6 address. Passes all where the map says so.
 */
size_t guard_code_metadata4(struct bpf_insn *code, const struct guard_facts *f);
size_t guard_code_metadata6(struct bpf_insn *code, const struct guard_facts *f);

/*
 * The hook of leaving packets (struct __sk_buff): drops those to the same
 * addresses, whatever socket they are from, and those without a whole header;
 * the same exception.
 */
size_t guard_code_metadata_packets(struct bpf_insn *code, const struct guard_facts *f);

/*
 * Security hooks (guard_hooks.c). bprm_check_security and mmap_file: what is
 * executed, or mapped as code, lies on the verified root. file_mprotect:
 * nothing becomes code later.
 */
size_t guard_code_verified_exec(struct bpf_insn *code,
				const struct guard_facts *f);
size_t guard_code_verified_map(struct bpf_insn *code,
			       const struct guard_facts *f);
size_t guard_code_no_late_exec(struct bpf_insn *code,
			       const struct guard_facts *f);

/* socket_create: sockets of the machine, of links and of the internet. */
size_t guard_code_families(struct bpf_insn *code, const struct guard_facts *f);

/*
 * socket_accept: nobody is let in from the machine's own network, and nobody at
 * other sockets than those of IPv4.
 */
size_t guard_code_accept_elsewhere(struct bpf_insn *code,
				   const struct guard_facts *f);

/*
 * socket_sendmsg and socket_bind: in the machine's own network nobody writes
 * frames by AF_PACKET or takes a queue of a link for AF_XDP, where no guard
 * above would see the address; the exception of the metadata service.
 */
size_t guard_code_no_frames(struct bpf_insn *code,
			    const struct guard_facts *f);
size_t guard_code_no_queues(struct bpf_insn *code,
			    const struct guard_facts *f);

#endif

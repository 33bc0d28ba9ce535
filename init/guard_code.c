#include "init/guard_code.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/bpf_code.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"

#define WORDS4 1 /* of an address */
#define WORDS6 4

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define HEADER4 20 /* bytes, without options */
#define HEADER6 40
#define DESTINATION4 16 /* offset in the header */
#define DESTINATION6 24

/* The kernel's question is in R1 and stays there. The address asked about is
   in R2 and, where it has four words, R3 to R5. */
#define REG_ADDRESS BPF_REG_2
#define REG_PORT BPF_REG_6
#define REG_MAP BPF_REG_7
#define REG_WORK BPF_REG_8
#define REG_PACKET BPF_REG_7
#define REG_END BPF_REG_8
#define REG_KIND BPF_REG_9

/* Bytes as the wire has them; a load makes the same number of both sides. */
static const uint8_t metadata4[][WORDS4 * 4] = {
	{ 169, 254, 169, 254 },
};

static const uint8_t metadata6[][WORDS6 * 4] = {
	{ 0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54 },
	{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254, 169, 254 },
};

static void load_address(struct bpf_code *c, unsigned int src, size_t offset,
			 unsigned int words)
{
	for (unsigned int w = 0; w < words; w++)
		bpf_load(c, BPF_W, REG_ADDRESS + w, src,
			 offset + w * sizeof(uint32_t));
}

/* A jump where `reg` is not the word of the map's value at `offset`. */
static size_t leave_unless_in_map(struct bpf_code *c, unsigned int reg,
				  size_t offset)
{
	bpf_load(c, BPF_W, REG_WORK, REG_MAP, offset);
	return bpf_emit(c, BPF_JMP32 | BPF_JNE | BPF_X, reg, REG_WORK, 0, 0);
}

static void refuse_address(struct bpf_code *c, const uint8_t *bytes,
			   unsigned int words)
{
	size_t leave[WORDS6];

	for (unsigned int w = 0; w < words; w++) {
		uint32_t word;

		memcpy(&word, bytes + w * sizeof(word), sizeof(word));
		leave[w] = bpf_leave_unless(c, REG_ADDRESS + w, word);
	}
	bpf_answer(c, GUARD_REFUSE);
	for (unsigned int w = 0; w < words; w++)
		bpf_land(c, leave[w]);
}

static void refuse_metadata4(struct bpf_code *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(metadata4); i++)
		refuse_address(c, metadata4[i], WORDS4);
}

static void refuse_metadata6(struct bpf_code *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(metadata6); i++)
		refuse_address(c, metadata6[i], WORDS6);
}

size_t guard_code_refuse(struct bpf_insn *code, const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };

	(void)f;
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

/* The address of the map's only value; one instruction of two slots. */
static void load_map(struct bpf_code *c, int map, unsigned int reg)
{
	bpf_emit(c, BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_VALUE, 0,
		 (uint32_t)map);
	bpf_emit(c, 0, 0, 0, 0, 0);
}

void guard_code_load_open(struct bpf_code *c, const struct guard_facts *f,
			  unsigned int reg)
{
	load_map(c, f->map, reg);
	bpf_load(c, BPF_W, reg, reg,
		 offsetof(struct guard_endpoints, metadata_is_open));
}

/* Where the document opens the metadata service nothing is refused. */
static void pass_if_open(struct bpf_code *c, const struct guard_facts *f)
{
	size_t leave;

	guard_code_load_open(c, f, REG_WORK);
	leave = bpf_leave_unless(c, REG_WORK, 1);
	bpf_answer(c, GUARD_PASS);
	bpf_land(c, leave);
}

static void pass_endpoint(struct bpf_code *c, size_t at, uint32_t family,
			  unsigned int words)
{
	size_t leave[2 + WORDS6];
	size_t n = 0;

	bpf_load(c, BPF_W, REG_WORK, REG_MAP,
		 at + offsetof(struct guard_endpoint, family));
	leave[n++] = bpf_leave_unless(c, REG_WORK, family);
	leave[n++] = leave_unless_in_map(
		c, REG_PORT, at + offsetof(struct guard_endpoint, port));
	for (unsigned int w = 0; w < words; w++)
		leave[n++] = leave_unless_in_map(
			c, REG_ADDRESS + w,
			at + offsetof(struct guard_endpoint, address) +
				w * sizeof(uint32_t));
	bpf_answer(c, GUARD_PASS);
	while (n > 0)
		bpf_land(c, leave[--n]);
}

/* Passes `count` endpoints of the map, the first of them at `first`. */
static size_t pass_endpoints(struct bpf_insn *code, const struct guard_facts *f,
			     bool is_v6, size_t first, size_t count)
{
	size_t offset = is_v6 ? offsetof(struct bpf_sock_addr, user_ip6) :
				offsetof(struct bpf_sock_addr, user_ip4);
	unsigned int words = is_v6 ? WORDS6 : WORDS4;
	struct bpf_code c = { .at = code };

	load_address(&c, BPF_REG_1, offset, words);
	bpf_load(&c, BPF_W, REG_PORT, BPF_REG_1,
		 offsetof(struct bpf_sock_addr, user_port));
	load_map(&c, f->map, REG_MAP);
	for (size_t i = 0; i < count; i++)
		pass_endpoint(&c, first + i * sizeof(struct guard_endpoint),
			      is_v6 ? AF_INET6 : AF_INET, words);
	bpf_answer(&c, GUARD_REFUSE);
	return c.len;
}

size_t guard_code_endpoints4(struct bpf_insn *code, const struct guard_facts *f)
{
	return pass_endpoints(code, f, false,
			      offsetof(struct guard_endpoints, at),
			      GUARD_ENDPOINTS);
}

size_t guard_code_endpoints6(struct bpf_insn *code, const struct guard_facts *f)
{
	return pass_endpoints(code, f, true,
			      offsetof(struct guard_endpoints, at),
			      GUARD_ENDPOINTS);
}

size_t guard_code_source4(struct bpf_insn *code, const struct guard_facts *f)
{
	return pass_endpoints(code, f, false,
			      offsetof(struct guard_endpoints, source),
			      GUARD_SOURCES);
}

size_t guard_code_source6(struct bpf_insn *code, const struct guard_facts *f)
{
	return pass_endpoints(code, f, true,
			      offsetof(struct guard_endpoints, source),
			      GUARD_SOURCES);
}

size_t guard_code_metadata4(struct bpf_insn *code, const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };

	pass_if_open(&c, f);
	load_address(&c, BPF_REG_1, offsetof(struct bpf_sock_addr, user_ip4),
		     WORDS4);
	refuse_metadata4(&c);
	bpf_answer(&c, GUARD_PASS);
	return c.len;
}

size_t guard_code_metadata6(struct bpf_insn *code, const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };

	pass_if_open(&c, f);
	load_address(&c, BPF_REG_1, offsetof(struct bpf_sock_addr, user_ip6),
		     WORDS6);
	refuse_metadata6(&c);
	bpf_answer(&c, GUARD_PASS);
	return c.len;
}

/* Refuses a packet that ends before its header does: the verifier wants proof
   that the loads which follow stay inside. */
static void refuse_shorter(struct bpf_code *c, uint32_t header)
{
	size_t leave;

	bpf_emit(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, REG_PACKET, 0, 0);
	bpf_emit(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_0, 0, 0, header);
	leave = bpf_emit(c, BPF_JMP | BPF_JLE | BPF_X, BPF_REG_0, REG_END, 0,
			 0);
	bpf_answer(c, GUARD_REFUSE);
	bpf_land(c, leave);
}

size_t guard_code_metadata_packets(struct bpf_insn *code,
				   const struct guard_facts *f)
{
	struct bpf_code c = { .at = code };
	size_t leave;

	pass_if_open(&c, f);
	bpf_load(&c, BPF_W, REG_KIND, BPF_REG_1,
		 offsetof(struct __sk_buff, protocol));
	bpf_load(&c, BPF_W, REG_PACKET, BPF_REG_1,
		 offsetof(struct __sk_buff, data));
	bpf_load(&c, BPF_W, REG_END, BPF_REG_1,
		 offsetof(struct __sk_buff, data_end));
	leave = bpf_leave_unless(&c, REG_KIND, htons(ETHERTYPE_IP4));
	refuse_shorter(&c, HEADER4);
	load_address(&c, REG_PACKET, DESTINATION4, WORDS4);
	refuse_metadata4(&c);
	bpf_land(&c, leave);
	leave = bpf_leave_unless(&c, REG_KIND, htons(ETHERTYPE_IP6));
	refuse_shorter(&c, HEADER6);
	load_address(&c, REG_PACKET, DESTINATION6, WORDS6);
	refuse_metadata6(&c);
	bpf_land(&c, leave);
	bpf_answer(&c, GUARD_PASS);
	return c.len;
}

/* Attempts on BPF objects of others: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/bpf_code.h"

#define ROOT_GROUP 1 /* its number in the cgroup tree */

static int bpf(long command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* The object after `id`, opened into `fd`; -1 where there is no next one. */
static int next_object(const struct attempt *a, uint32_t *id, int *fd)
{
	union bpf_attr next = { .start_id = *id };
	union bpf_attr which = { .prog_id = 0 };

	if (bpf(a->number[0], &next) < 0)
		return -1;
	*id = next.next_id;
	which.prog_id = *id;
	*fd = bpf(a->number[1], &which);
	return 0;
}

int escape_bpf_take(const struct attempt *a)
{
	int refused = ENOENT;
	uint32_t id = 0;
	int fd;

	while (next_object(a, &id, &fd) == 0) {
		if (fd >= 0)
			return 0;
		refused = errno;
		if (a->number[2])
			return -1;
	}
	return errno == ENOENT ? escape_fail(refused) : -1;
}

int escape_bpf_break(const struct attempt *a)
{
	int refused = ENOENT;
	uint32_t id = 0;
	int fd;

	while (next_object(a, &id, &fd) == 0) {
		union bpf_attr attr = { .link_detach = { (uint32_t)fd } };

		if (fd >= 0 && bpf(BPF_LINK_DETACH, &attr) == 0)
			return 0;
		refused = errno;
		if (fd >= 0)
			close(fd);
	}
	return errno == ENOENT ? escape_fail(refused) : -1;
}

static int detach(int group, const struct attempt *a)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_type = (uint32_t)a->number[0],
	};

	return group < 0 ? -1 : bpf(BPF_PROG_DETACH, &attr);
}

int escape_bpf_detach(const struct attempt *a)
{
	return detach(open("/sys/fs/cgroup", O_RDONLY | O_CLOEXEC), a);
}

static int open_tasks(void)
{
	int root = escape_open_cgroup(ROOT_GROUP);

	return root < 0 ? -1 : openat(root, "tasks", O_RDONLY | O_CLOEXEC);
}

int escape_bpf_detach_above(const struct attempt *a)
{
	return detach(open_tasks(), a);
}

static const struct bpf_insn permit[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load(uint32_t type, uint32_t hook, const struct bpf_insn *code,
		size_t len)
{
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = hook,
		.insn_cnt = (uint32_t)len,
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

int escape_bpf_attach_above(const struct attempt *a)
{
	int group = open_tasks();
	int program = group < 0 ? -1 :
				  load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
				       (uint32_t)a->number[0], permit, 2);
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = (uint32_t)a->number[0],
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	return program < 0 ? -1 : bpf(BPF_PROG_ATTACH, &attr);
}

int escape_bpf_device(const struct attempt *a)
{
	int group = open("/sys/fs/cgroup", O_RDONLY | O_CLOEXEC);
	int program = load(BPF_PROG_TYPE_CGROUP_DEVICE, 0, permit, 2);
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = (uint32_t)a->number[0],
	};

	if (group < 0 || program < 0)
		return -1;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return -1;
	return escape_disk(a);
}

/* A program that calls the helper on eight bytes of its stack. */
int escape_bpf_helper(const struct attempt *a)
{
	const unsigned int stack = (unsigned int)a->number[1];
	const unsigned int size = (unsigned int)a->number[2];
	const unsigned int other = (unsigned int)a->number[3];
	struct bpf_insn code[8];
	struct bpf_code c = { .at = code };

	bpf_emit(&c, BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, -8, 0);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_X, stack, BPF_REG_10, 0, 0);
	bpf_emit(&c, BPF_ALU64 | BPF_ADD | BPF_K, stack, 0, 0, (uint32_t)-8);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_K, size, 0, 0, 8);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_K, other, 0, 0, 0);
	bpf_emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0, (uint32_t)a->number[0]);
	bpf_emit(&c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	bpf_emit(&c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return load(BPF_PROG_TYPE_KPROBE, 0, code, c.len) < 0 ? -1 : 0;
}

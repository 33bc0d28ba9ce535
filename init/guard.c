#include "init/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/cgroups.h"
#include "init/guard_code.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"

#define ROWS_MAX 32
#define QUERIED_MAX 8 /* programs of one hook of one group */

#define ADDRESS BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SOCKET BPF_PROG_TYPE_CGROUP_SOCK
#define PACKET BPF_PROG_TYPE_CGROUP_SKB

/* clang-format off */
const struct guard_row guard_rows[] = {
	{ "host", ADDRESS, BPF_CGROUP_INET4_BIND, guard_code_refuse },
	{ "host", ADDRESS, BPF_CGROUP_INET6_BIND, guard_code_refuse },

	{ "host/init", SOCKET, BPF_CGROUP_INET_SOCK_CREATE, guard_code_refuse },
	{ "host/intake", SOCKET, BPF_CGROUP_INET_SOCK_CREATE, guard_code_refuse },
	{ "host/runtime", SOCKET, BPF_CGROUP_INET_SOCK_CREATE, guard_code_refuse },
	{ "host/unpack", SOCKET, BPF_CGROUP_INET_SOCK_CREATE, guard_code_refuse },

	{ "host/uplink", ADDRESS, BPF_CGROUP_INET4_CONNECT, guard_code_endpoints4 },
	{ "host/uplink", ADDRESS, BPF_CGROUP_INET6_CONNECT, guard_code_endpoints6 },
	{ "host/uplink", ADDRESS, BPF_CGROUP_UDP4_SENDMSG, guard_code_endpoints4 },
	{ "host/uplink", ADDRESS, BPF_CGROUP_UDP6_SENDMSG, guard_code_endpoints6 },

	/* These answer at once, with an error that says what it is ... */
	{ "tasks", ADDRESS, BPF_CGROUP_INET4_CONNECT, guard_code_metadata4 },
	{ "tasks", ADDRESS, BPF_CGROUP_INET6_CONNECT, guard_code_metadata6 },
	{ "tasks", ADDRESS, BPF_CGROUP_UDP4_SENDMSG, guard_code_metadata4 },
	{ "tasks", ADDRESS, BPF_CGROUP_UDP6_SENDMSG, guard_code_metadata6 },
	/* ... this sees raw sockets and every other protocol too. */
	{ "tasks", PACKET, BPF_CGROUP_INET_EGRESS, guard_code_metadata_packets },
};
/* clang-format on */
const size_t guard_count = ARRAY_SIZE(guard_rows);
_Static_assert(ARRAY_SIZE(guard_rows) <= ROWS_MAX, "all rows have a number");

static uint32_t ids[ROWS_MAX]; /* of the attached programs */
static int map = -1;

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* Programs cannot write to it; the file descriptor can until it is frozen. */
static int make_map(struct err *e)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct guard_endpoints),
		.max_entries = 1,
		.map_flags = BPF_F_RDONLY_PROG,
		.map_name = "cloister_guard",
	};

	map = bpf(BPF_MAP_CREATE, &attr);
	return map < 0 ? err_set(e, errno, "bpf(create map)") : 0;
}

static int load_row(const struct guard_row *row, struct err *e)
{
	static const char license[] = "MIT";
	struct bpf_insn code[GUARD_CODE_MAX];
	union bpf_attr attr = {
		.prog_type = row->type,
		.expected_attach_type = row->hook,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = (uint32_t)row->code(code, map),
		.license = (uint64_t)(uintptr_t)license,
		.prog_name = "cloister_guard",
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	return fd < 0 ? err_set(e, errno, "bpf(load for %s)", row->cgroup) : fd;
}

static int read_id(int program, uint32_t *id, struct err *e)
{
	struct bpf_prog_info info = { .id = 0 };
	union bpf_attr attr = {
		.info = { .bpf_fd = (uint32_t)program,
			  .info_len = sizeof(info),
			  .info = (uint64_t)(uintptr_t)&info },
	};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return err_set(e, errno, "bpf(program info)");
	*id = info.id;
	return 0;
}

static int open_group(int root, const struct guard_row *row, struct err *e)
{
	int fd = openat(root, row->cgroup, O_DIRECTORY | O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open(cgroup %s)", row->cgroup) : fd;
}

/* Multi: programs of groups below are asked too, none replaces this one. */
static int attach_row(int root, const struct guard_row *row, uint32_t *id,
		      struct err *e)
{
	AUTO_CLOSE int group = open_group(root, row, e);
	AUTO_CLOSE int program = group < 0 ? -1 : load_row(row, e);
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = row->hook,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (group < 0 || program < 0)
		return group < 0 ? group : program;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_set(e, errno, "bpf(attach to %s)", row->cgroup);
	return read_id(program, id, e);
}

int guard_set_up_at(int root, struct err *e)
{
	int r = make_map(e);

	for (size_t i = 0; r == 0 && i < guard_count; i++)
		r = attach_row(root, &guard_rows[i], &ids[i], e);
	return r;
}

int guard_take_map(void)
{
	return take_fd(&map);
}

static int check_row(int root, const struct guard_row *row, uint32_t id,
		     struct err *e)
{
	AUTO_CLOSE int group = open_group(root, row, e);
	uint32_t found[QUERIED_MAX] = { 0 };
	union bpf_attr attr = {
		.query = { .target_fd = (uint32_t)group,
			   .attach_type = row->hook,
			   .prog_ids = (uint64_t)(uintptr_t)found,
			   .prog_cnt = QUERIED_MAX },
	};

	if (group < 0)
		return group;
	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_set(e, errno, "bpf(query %s)", row->cgroup);
	for (size_t i = 0; i < QUERIED_MAX; i++)
		if (id && found[i] == id)
			return 0;
	return err_set(e, ENOENT, "guard %d of %s", (int)row->hook,
		       row->cgroup);
}

int guard_read_back_at(int root, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < guard_count; i++)
		r = check_row(root, &guard_rows[i], ids[i], e);
	return r < 0 ? r : (int)guard_count;
}

int guard_set_up(struct err *e)
{
	AUTO_CLOSE int root = cgroups_open(".", e);

	return root < 0 ? root : guard_set_up_at(root, e);
}

int guard_read_back(struct err *e)
{
	AUTO_CLOSE int root = cgroups_open(".", e);

	return root < 0 ? root : guard_read_back_at(root, e);
}

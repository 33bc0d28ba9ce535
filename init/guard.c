#include "init/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/btf.h"
#include "init/cgroups.h"
#include "init/guard_code.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"

#define ROWS_MAX 32
#define QUERIED_MAX 16 /* programs of one hook of one group */
#define HOOK_NAME_MAX 64
#define OWN_NETWORK "/proc/self/ns/net"

/* Type, hook, and the hook of the security modules if it is one of those. */
#define ADDRESS(hook) BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_##hook, NULL
#define SOCKET(hook) BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_##hook, NULL
#define PACKET(hook) BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_##hook, NULL
#define ASKED(name) BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, name

/* clang-format off */
const struct guard_row guard_rows[] = {
	{ "host", ADDRESS(INET4_BIND), guard_code_refuse },
	{ "host", ADDRESS(INET6_BIND), guard_code_refuse },

	{ "host/init", SOCKET(INET_SOCK_CREATE), guard_code_refuse },
	{ "host/intake", SOCKET(INET_SOCK_CREATE), guard_code_refuse },
	{ "host/runtime", SOCKET(INET_SOCK_CREATE), guard_code_refuse },
	{ "host/unpack", SOCKET(INET_SOCK_CREATE), guard_code_refuse },
	{ "host/metadata", SOCKET(INET_SOCK_CREATE), guard_code_refuse },

	{ "host/courier", ADDRESS(INET4_CONNECT), guard_code_source4 },
	{ "host/courier", ADDRESS(INET6_CONNECT), guard_code_source6 },
	{ "host/courier", ADDRESS(UDP4_SENDMSG), guard_code_refuse },
	{ "host/courier", ADDRESS(UDP6_SENDMSG), guard_code_refuse },

	{ "host/uplink", ADDRESS(INET4_CONNECT), guard_code_endpoints4 },
	{ "host/uplink", ADDRESS(INET6_CONNECT), guard_code_endpoints6 },
	{ "host/uplink", ADDRESS(UDP4_SENDMSG), guard_code_endpoints4 },
	{ "host/uplink", ADDRESS(UDP6_SENDMSG), guard_code_endpoints6 },

	/* These answer at once, with an error that says what it is ... */
	{ "tasks", ADDRESS(INET4_CONNECT), guard_code_metadata4 },
	{ "tasks", ADDRESS(INET6_CONNECT), guard_code_metadata6 },
	{ "tasks", ADDRESS(UDP4_SENDMSG), guard_code_metadata4 },
	{ "tasks", ADDRESS(UDP6_SENDMSG), guard_code_metadata6 },
	/* ... this sees raw sockets and every other protocol too. */
	{ "tasks", PACKET(INET_EGRESS), guard_code_metadata_packets },

	{ "host", ASKED("bprm_check_security"), guard_code_verified_exec },
	{ "host", ASKED("mmap_file"), guard_code_verified_map },
	{ "host", ASKED("file_mprotect"), guard_code_no_late_exec },
	{ "host", ASKED("socket_create"), guard_code_families },
	{ "host", ASKED("socket_listen"), guard_code_refuse },
	/* Doors are in the networks of tasks; whose they are, SELinux says. */
	{ "host", ASKED("socket_accept"), guard_code_accept_elsewhere },

	/* What the guards of the network do not see: frames. */
	{ "tasks", ASKED("socket_sendmsg"), guard_code_no_frames },
	{ "tasks", ASKED("socket_bind"), guard_code_no_queues },
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

/* The number by which this process's network namespace goes. */
static int read_network(uint32_t *number, struct err *e)
{
	char text[64] = "";

	if (readlink(OWN_NETWORK, text, sizeof(text) - 1) < 0)
		return err_set(e, errno, "readlink(%s)", OWN_NETWORK);
	if (sscanf(text, "net:[%" SCNu32 "]", number) != 1)
		return err_set(e, EBADMSG, "%s is %s", OWN_NETWORK, text);
	return 0;
}

/* Devices have twelve bits of major number inside the kernel, then twenty. */
static int read_device(const char *root, uint32_t *device, struct err *e)
{
	struct stat st;

	if (stat(root, &st) < 0)
		return err_set(e, errno, "stat(%s)", root);
	*device = major(st.st_dev) << 20 | minor(st.st_dev);
	return 0;
}

/* What the kernel says of its structures and of the hooks of the rows. */
static int read_kernel(struct guard_facts *f, uint32_t hooks[ROWS_MAX],
		       struct err *e)
{
	static char names[ROWS_MAX][HOOK_NAME_MAX];
	struct btf_row rows[GUARD_MEMBER_COUNT + ROWS_MAX] = {
#define PLACE_ROW(id, type, member) [GUARD_##id] = { type, member, 0 },
		GUARD_MEMBERS(PLACE_ROW)
#undef PLACE_ROW
	};
	size_t count = GUARD_MEMBER_COUNT;
	int r;

	for (size_t i = 0; i < guard_count; i++) {
		if (!guard_rows[i].lsm)
			continue;
		snprintf(names[i], sizeof(names[i]), "bpf_lsm_%s",
			 guard_rows[i].lsm);
		rows[count++] = (struct btf_row){ names[i], NULL, 0 };
	}
	r = btf_resolve_kernel(rows, count, e);
	for (size_t i = 0; r == 0 && i < GUARD_MEMBER_COUNT; i++)
		f->place[i] = rows[i].value;
	count = GUARD_MEMBER_COUNT;
	for (size_t i = 0; r == 0 && i < guard_count; i++)
		hooks[i] = guard_rows[i].lsm ? rows[count++].value : 0;
	return r;
}

static int learn(const char *root, struct guard_facts *f,
		 uint32_t hooks[ROWS_MAX], struct err *e)
{
	int r = read_network(&f->network, e);

	if (r == 0)
		r = read_device(root, &f->root_device, e);
	return r < 0 ? r : read_kernel(f, hooks, e);
}

/* `hook` is the number of the row's security hook, or 0. */
static int load_row(const struct guard_row *row, const struct guard_facts *f,
		    uint32_t hook, struct err *e)
{
	/* Security hooks ask for a licence that the kernel's own goes with. */
	static const char license[] = "Dual MIT/GPL";
	struct bpf_insn code[GUARD_CODE_MAX];
	union bpf_attr attr = {
		.prog_type = row->type,
		.expected_attach_type = row->hook,
		.attach_btf_id = hook,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = (uint32_t)row->code(code, f),
		.license = (uint64_t)(uintptr_t)license,
		.prog_name = "cloister_guard",
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	return fd < 0 ? err_set(e, errno, "bpf(load %s for %s)",
				row->lsm ? row->lsm : "guard", row->cgroup) :
			fd;
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
static int attach_row(int root, const struct guard_row *row,
		      const struct guard_facts *f, uint32_t hook, uint32_t *id,
		      struct err *e)
{
	AUTO_CLOSE int group = open_group(root, row, e);
	AUTO_CLOSE int program = group < 0 ? -1 : load_row(row, f, hook, e);
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

int guard_set_up_at(int groups, const char *root, struct err *e)
{
	struct guard_facts f = { .map = -1 };
	uint32_t hooks[ROWS_MAX];
	int r = make_map(e);

	f.map = map;
	if (r == 0)
		r = learn(root, &f, hooks, e);
	for (size_t i = 0; r == 0 && i < guard_count; i++)
		r = attach_row(groups, &guard_rows[i], &f, hooks[i], &ids[i],
			       e);
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
	uint32_t found[QUERIED_MAX] = { 0 }, flags[QUERIED_MAX];
	union bpf_attr attr = {
		.query = { .target_fd = (uint32_t)group,
			   .attach_type = row->hook,
			   .prog_ids = (uint64_t)(uintptr_t)found,
			   .prog_attach_flags = (uint64_t)(uintptr_t)flags,
			   .prog_cnt = QUERIED_MAX },
	};

	if (group < 0)
		return group;
	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_set(e, errno, "bpf(query %s)", row->cgroup);
	for (size_t i = 0; i < QUERIED_MAX; i++)
		if (id && found[i] == id)
			return 0;
	return err_set(e, ENOENT, "guard %s %d of %s", row->lsm ? row->lsm : "",
		       (int)row->hook, row->cgroup);
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

	return root < 0 ? root : guard_set_up_at(root, "/", e);
}

int guard_read_back(struct err *e)
{
	AUTO_CLOSE int root = cgroups_open(".", e);

	return root < 0 ? root : guard_read_back_at(root, e);
}

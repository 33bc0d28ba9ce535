/*
 * Verbs that each need one capability: about processes, memory and files.
 * Children say the result themselves, under the name of the verb.
 */
#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* An empty file of that mode, open for reading; -1 with errno. */
static int new_file(const char *path, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, mode);

	if (fd >= 0 && fchmod(fd, mode) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void reap(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A child of another user that waits to be killed; -1 with errno. */
static pid_t other_user(uid_t uid)
{
	int ready[2];
	char byte;
	pid_t pid = pipe(ready) < 0 ? -1 : fork();

	if (pid == 0) {
		if (setuid(uid) < 0 || write(ready[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	if (pid > 0) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			pid = -1;
		close(ready[0]);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	if (pid > 0 && kill(pid, SIGKILL) < 0)
		return;
	reap(pid);
}

/* CAP_SYS_PTRACE: traces a process of another user. */
static void run_ptrace_other(const struct probe_call *call)
{
	pid_t pid = other_user((uid_t)probe_number(call, 1));

	probe_result(call, pid < 0 ? -1 : ptrace(PTRACE_SEIZE, pid, 0, 0));
	end_child(pid);
}

/* CAP_KILL: a signal to a process of another user. */
static void run_kill_other(const struct probe_call *call)
{
	pid_t pid = other_user((uid_t)probe_number(call, 1));
	int result = pid < 0 ? -1 : kill(pid, SIGKILL);

	probe_result(call, result);
	if (result == 0)
		reap(pid);
}

/* CAP_IPC_OWNER: attaches memory that another user made for himself. */
static void run_shm_other(const struct probe_call *call)
{
	const key_t key = 0x636c6f69;
	void *at = (void *)-1;
	int id = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setuid((uid_t)probe_number(call, 1)) < 0)
			_exit(1);
		_exit(shmget(key, 4096, IPC_CREAT | 0600) < 0);
	}
	reap(pid);
	id = shmget(key, 0, 0);
	if (id >= 0)
		at = shmat(id, NULL, 0);
	probe_result(call, at == (void *)-1 ? -1 : 0);
}

/* CAP_SYS_RESOURCE: one more open file than the hard limit says. */
static void run_hard_limit(const struct probe_call *call)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_max++;
	probe_result(call, setrlimit(RLIMIT_NOFILE, &limit));
}

/* CAP_SYS_PACCT: accounting of its namespace, shown by a record written. */
static void run_acct(const struct probe_call *call)
{
	int fd = new_file(call->argv[1], 0600);
	struct stat st = { 0 };
	int result = fd < 0 ? -1 : acct(call->argv[1]);
	pid_t pid = result < 0 ? -1 : fork();

	if (pid == 0)
		_exit(0);
	reap(pid);
	if (result == 0)
		result = fstat(fd, &st) < 0 || acct(NULL) < 0 ? -1 : 0;
	if (result == 0 && st.st_size == 0) {
		errno = EIO;
		result = -1;
	}
	probe_result(call, result);
	if (fd >= 0)
		close(fd);
}

/* A session whose terminal is a new one; the terminal's descriptor or -1. */
static int own_terminal(void)
{
	int zero = 0;
	int main_end = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int end = -1;

	if (main_end < 0 || setsid() < 0 ||
	    ioctl(main_end, TIOCSPTLCK, &zero) < 0)
		return -1;
	end = ioctl(main_end, TIOCGPTPEER, O_RDWR | O_CLOEXEC);
	return end < 0 || ioctl(end, TIOCSCTTY, 0) < 0 ? -1 : end;
}

/* CAP_SYS_TTY_CONFIG: after the hang-up nothing can be written. */
static void run_vhangup(const struct probe_call *call)
{
	pid_t pid = fork();
	int terminal;
	int result;

	if (pid != 0) {
		reap(pid);
		return;
	}
	signal(SIGHUP, SIG_IGN);
	terminal = own_terminal();
	result = terminal < 0 ? -1 : (int)syscall(SYS_vhangup);
	if (result == 0 && (write(terminal, "x", 1) >= 0 || errno != EIO))
		result = -1;
	probe_result(call, result);
	_exit(0);
}

/* CAP_SYS_BOOT: ends the container; says nothing when it can. */
static void run_reboot(const struct probe_call *call)
{
	probe_result(call, reboot(RB_AUTOBOOT));
}

/* CAP_CHECKPOINT_RESTORE: a process with a number of one's choice. */
static void run_set_tid(const struct probe_call *call)
{
	pid_t wanted = (pid_t)probe_number(call, 1);
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	probe_result(call, pid);
	reap((pid_t)pid);
}

/* What clone3 would open besides: a namespace of users. */
static void run_clone3_user(const struct probe_call *call)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	probe_result(call, pid < 0 ? -1 : 0);
	reap((pid_t)pid);
}

/* The range of the first mapping of a file, as /proc names it. */
static bool mapped_file(char *range, size_t size)
{
	unsigned long begin = 0;
	unsigned long end = 0;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		if (strchr(line, '/') &&
		    sscanf(line, "%lx-%lx", &begin, &end) == 2)
			break;
	if (maps)
		fclose(maps);
	snprintf(range, size, "%lx-%lx", begin, end);
	return end != 0;
}

/* CAP_CHECKPOINT_RESTORE: opens what is mapped, by its address. */
static void run_map_files(const struct probe_call *call)
{
	char range[64];
	char path[96];
	int fd = -1;

	if (mapped_file(range, sizeof(range))) {
		snprintf(path, sizeof(path), "/proc/self/map_files/%s", range);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	probe_result(call, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

/* CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE: reads what nobody may. */
static void run_read_closed(const struct probe_call *call)
{
	int made = new_file(call->argv[1], 0);
	int fd = made < 0 ? -1 : open(call->argv[1], O_RDONLY | O_CLOEXEC);

	probe_result(call, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
	if (made >= 0)
		close(made);
}

/* The capability laid down, or taken up again. */
static void use(int capability, bool is_used)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint32_t bit = CAP_TO_MASK(capability);
	uint32_t *effective = &sets[CAP_TO_INDEX(capability)].effective;

	syscall(SYS_capget, &head, sets);
	*effective = is_used ? *effective | bit : *effective & ~bit;
	syscall(SYS_capset, &head, sets);
}

/* CAP_DAC_READ_SEARCH: the same without the help of the other one. */
static void run_search_closed(const struct probe_call *call)
{
	use(CAP_DAC_OVERRIDE, false);
	run_read_closed(call);
	use(CAP_DAC_OVERRIDE, true);
}

/* CAP_LINUX_IMMUTABLE: chattr +i, after which even the owner cannot write. */
static void run_immutable(const struct probe_call *call)
{
	int flags = FS_IMMUTABLE_FL;
	int fd = new_file(call->argv[1], 0600);
	int result = fd < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);

	if (result == 0 &&
	    (open(call->argv[1], O_WRONLY | O_CLOEXEC) >= 0 || errno != EPERM))
		result = -1;
	probe_result(call, result);
	flags = 0;
	if (fd >= 0) {
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
		close(fd);
	}
}

/* CAP_LEASE: a lease on a file of another user. */
static void run_lease(const struct probe_call *call)
{
	uid_t uid = (uid_t)probe_number(call, 2);
	int fd = new_file(call->argv[1], 0644);
	int result = fd < 0 ? -1 : fchown(fd, uid, (gid_t)-1);

	if (result == 0)
		result = fcntl(fd, F_SETLEASE, F_RDLCK);
	probe_result(call, result);
	if (fd >= 0)
		close(fd);
}

/* No capability: a lease on a file of one's own, broken by nobody in time. */
static void run_keep_lease(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDONLY | O_CLOEXEC);

	signal(SIGIO, SIG_IGN);
	/* Stays open: the lease is held while the verbs that follow run. */
	probe_result(call, fd < 0 ? -1 : fcntl(fd, F_SETLEASE, F_WRLCK));
}

/* CAP_SYS_RAWIO: asks where on the disk a file lies. */
static void run_fibmap(const struct probe_call *call)
{
	int block = 0;
	int fd = new_file(call->argv[1], 0600);

	probe_result(call, fd < 0 ? -1 : ioctl(fd, FIBMAP, &block));
	if (fd >= 0)
		close(fd);
}

/* CAP_SYS_RAWIO: memory at the address that NULL points to. */
static void run_map_zero(const struct probe_call *call)
{
	void *page = mmap(NULL, 4096, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	probe_result(call, page == MAP_FAILED ? -1 : 0);
}

/* CAP_MAC_ADMIN: a label that the policy does not know. */
static void run_set_label(const struct probe_call *call)
{
	static const char label[] = "system_u:object_r:unheard_of_t:s0";
	int fd = new_file(call->argv[1], 0600);

	probe_result(call, fd < 0 ? -1 :
				    fsetxattr(fd, "security.selinux", label,
					      sizeof(label), 0));
	if (fd >= 0)
		close(fd);
}

const struct probe_verb probe_powers[] = {
	{ "ptrace-other", 1, "UID", run_ptrace_other },
	{ "kill-other", 1, "UID", run_kill_other },
	{ "shm-other", 1, "UID", run_shm_other },
	{ "hard-limit", 0, "one open file more", run_hard_limit },
	{ "acct", 1, "PATH", run_acct },
	{ "vhangup", 0, "on a new terminal", run_vhangup },
	{ "reboot", 0, "", run_reboot },
	{ "set-tid", 1, "PID", run_set_tid },
	{ "clone3-user", 0, "", run_clone3_user },
	{ "map-files", 0, "", run_map_files },
	{ "read-closed", 1, "PATH: made with mode 0", run_read_closed },
	{ "search-closed", 1, "PATH: the same without DAC_OVERRIDE",
	  run_search_closed },
	{ "immutable", 1, "PATH: made", run_immutable },
	{ "lease", 2, "PATH UID: made, given away", run_lease },
	{ "keep-lease", 1, "PATH", run_keep_lease },
	{ "fibmap", 1, "PATH: made", run_fibmap },
	{ "map-zero", 0, "", run_map_zero },
	{ "set-label", 1, "PATH: made", run_set_label },
	{ 0 },
};

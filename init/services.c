#include "init/services.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/cgroups.h"
#include "init/selinux.h"
#include "runtime/base/fd.h"

#define LIBRARY "/usr/lib/cloister/"
#define EXEC_WAIT_MS 10000
#define BUS_BUFFER_BYTES (1 << 20)
#define FIRST_FREE_FD (BUS_FD + 1)

/* clang-format off */
const struct services_row services_rows[] = {
#ifdef CLOISTER_TEST_SERVICE
	/* Test image only: everything that could be done without the policy;
	   first, to see what the others do. */
	{ .id = BUS_INIT, .word = "saboteur", .path = LIBRARY "saboteur",
	  .domain = "init_t", .cgroup = "host/saboteur", .uid = 0,
	  .capabilities = SERVICES_ALL_CAPABILITIES, .oom_score_adj = 0,
	  .is_one_shot = true },
	{ .id = BUS_INIT, .word = "impostor", .path = LIBRARY "impostor",
	  .domain = "impostor_t", .cgroup = "host/saboteur", .uid = 0,
	  .capabilities = 0, .oom_score_adj = 0, .is_one_shot = true },
#endif
	/* First, so that the records of the others have a reader. */
	{ .id = BUS_UPLINK, .word = "uplink", .path = LIBRARY "uplink",
	  .domain = "uplink_t", .cgroup = "host/uplink", .uid = 902,
	  .capabilities = 0, .oom_score_adj = -900 },
	/* Whatever a task can be granted must be runtime's to give. What
	   runtime itself can do with it is the policy's: runtime_t. */
	{ .id = BUS_RUNTIME, .word = "runtime", .path = LIBRARY "runtime",
	  .domain = "runtime_t", .cgroup = "host/runtime", .uid = 0,
	  .capabilities = SERVICES_ALL_CAPABILITIES, .oom_score_adj = -900 },
	{ .id = BUS_COURIER, .word = "courier", .path = LIBRARY "courier",
	  .domain = "courier_t", .cgroup = "host/courier", .uid = 903,
	  .capabilities = 0, .oom_score_adj = -500 },
	/* Whoever makes it crash takes it from all tasks, but ends nothing. */
	{ .id = BUS_METADATA, .word = "metadata", .path = LIBRARY "metadata",
	  .domain = "metadata_t", .cgroup = "host/metadata", .uid = 904,
	  .capabilities = 0, .oom_score_adj = 0, .is_dispensable = true },
	/* Once for each document. */
	{ .id = BUS_INTAKE, .word = "intake", .path = LIBRARY "intake",
	  .domain = "intake_t", .cgroup = "host/intake", .uid = 901,
	  .capabilities = 0, .oom_score_adj = 0, .is_one_shot = true },
};
/* clang-format on */
const size_t services_count = ARRAY_SIZE(services_rows);

/* What the child does before the exec, for the one who asks what failed. */
#define STAGES(S)                                     \
	S(SESSION, "setsid")                          \
	S(OOM, "write(oom_score_adj)")                \
	S(LIMITS, "setrlimit")                        \
	S(NO_NEW_PRIVS, "prctl(PR_SET_NO_NEW_PRIVS)") \
	S(BOUNDING, "prctl(PR_CAPBSET_DROP)")         \
	S(USER, "setresuid")                          \
	S(BUS, "dup2(bus)")                           \
	S(SIGNALS, "sigprocmask")                     \
	S(EXEC, "execve")

enum stage {
#define STAGE_ENUM(id, word) STAGE_##id,
	STAGES(STAGE_ENUM)
#undef STAGE_ENUM
		STAGE_COUNT
};

static const char *const stage_words[STAGE_COUNT] = {
#define STAGE_WORD(id, word) [STAGE_##id] = word,
	STAGES(STAGE_WORD)
#undef STAGE_WORD
};

struct failure {
	int stage;
	int code;
};

/* ------------------------------------------- in the child: raw calls only */

static int set_oom(const struct services_row *row)
{
	char text[8];
	size_t len = 0;
	int n = row->oom_score_adj;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (n < 0) {
		text[len++] = '-';
		n = -n;
	}
	text[len++] = (char)('0' + n / 100 % 10);
	text[len++] = (char)('0' + n / 10 % 10);
	text[len++] = (char)('0' + n % 10);
	return fd < 0 || write(fd, text, len) < 0 ? -1 : close(fd);
}

static int set_limits(void)
{
	static const struct rlimit files = { SERVICES_OPEN_FILES,
					     SERVICES_OPEN_FILES };
	static const struct rlimit core = { 0, 0 };

	umask(022);
	return setrlimit(RLIMIT_NOFILE, &files) < 0 ||
			       setrlimit(RLIMIT_CORE, &core) < 0 ?
		       -1 :
		       0;
}

static int drop_bounding(uint64_t keep)
{
	for (unsigned long n = 0; n < 64; n++)
		if (!(keep >> n & 1) &&
		    prctl(PR_CAPBSET_READ, n, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, n, 0, 0, 0) < 0)
			return -1;
	return 0;
}

/* Leaving uid 0 empties the permitted and the effective set as well. The
   library's setresuid() is for threads; there is one here. */
static int set_user(uid_t id)
{
	return syscall(SYS_setgroups, 0, NULL) < 0 ||
			       syscall(SYS_setresgid, id, id, id) < 0 ||
			       syscall(SYS_setresuid, id, id, id) < 0 ?
		       -1 :
		       0;
}

static int place_bus(int bus)
{
	if (bus < 0)
		return 0;
	if (bus == BUS_FD)
		return fcntl(bus, F_SETFD, 0);
	return dup2(bus, BUS_FD);
}

static int clear_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int execute(const struct services_row *row)
{
	char path[64];
	char *const argv[] = { path, NULL };
	static char *const environment[] = { NULL };

	strcpy(path, row->path);
	return execve(row->path, argv, environment);
}

static enum stage become(const struct services_row *row, int bus)
{
	if (setsid() < 0)
		return STAGE_SESSION;
	if (set_oom(row) < 0)
		return STAGE_OOM;
	if (set_limits() < 0)
		return STAGE_LIMITS;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return STAGE_NO_NEW_PRIVS;
	if (drop_bounding(row->capabilities) < 0)
		return STAGE_BOUNDING;
	if (set_user(row->uid) < 0)
		return STAGE_USER;
	if (place_bus(bus) < 0)
		return STAGE_BUS;
	if (clear_signals() < 0)
		return STAGE_SIGNALS;
	execute(row);
	return STAGE_EXEC;
}

static void child(const struct services_row *row, int bus, int report)
	__attribute__((noreturn));

static void child(const struct services_row *row, int bus, int report)
{
	struct failure f = { .stage = (int)become(row, bus) };

	f.code = errno;
	if (write(report, &f, sizeof(f)) < 0)
		_exit(126);
	_exit(127);
}

/* ------------------------------------------------------------ in the parent */

static int clone_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned int)cgroup,
	};

	return (int)syscall(SYS_clone3, &args, sizeof(args));
}

/* The pipe closes at the exec; before that it may bring a failure. */
static int wait_for_exec(int report, struct err *e)
{
	struct pollfd p = { .fd = report, .events = POLLIN };
	struct failure f;
	ssize_t n;

	if (poll(&p, 1, EXEC_WAIT_MS) != 1)
		return err_set(e, ETIMEDOUT, "no exec yet");
	n = read(report, &f, sizeof(f));
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(f) || f.stage < 0 || f.stage >= STAGE_COUNT)
		return err_set(e, EIO, "report of the child");
	return err_set(e, f.code, "%s", stage_words[f.stage]);
}

static int make_bus(const struct services_row *row, int ends[2], struct err *e)
{
	static const int bytes = BUS_BUFFER_BYTES;

	if (row->id == BUS_INIT)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, ends) < 0)
		return err_set(e, errno, "socketpair(bus of %s)", row->word);
	for (int i = 0; i < 2; i++)
		if (setsockopt(ends[i], SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
			       sizeof(bytes)) < 0)
			return err_set(e, errno, "setsockopt(bus of %s)",
				       row->word);
	return 0;
}

/* The write end is above the bus, which dup2 would otherwise close. */
static int make_report(int *in, int *out, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2");
	*in = ends[0];
	*out = fcntl(ends[1], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	close(ends[1]);
	return *out < 0 ? err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)") : 0;
}

static int spawn(const struct services_row *row, int bus, pid_t *pid,
		 struct err *e)
{
	AUTO_CLOSE int cgroup = cgroups_open(row->cgroup, e);
	AUTO_CLOSE int in = -1;
	AUTO_CLOSE int out = -1;
	int r = cgroup < 0 ? cgroup : make_report(&in, &out, e);

	if (r < 0)
		return r;
	*pid = clone_into(cgroup);
	if (*pid < 0)
		return err_set(e, errno, "clone3(%s)", row->word);
	if (*pid == 0)
		child(row, bus, out);
	fd_close(&out);
	return wait_for_exec(in, e);
}

int services_start(const struct services_row *row, pid_t *pid, int *bus,
		   struct err *e)
{
	AUTO_CLOSE int ours = -1;
	AUTO_CLOSE int theirs = -1;
	int ends[2] = { -1, -1 };
	int r = make_bus(row, ends, e);

	ours = ends[0];
	theirs = ends[1];
	*pid = -1;
	if (r == 0)
		r = spawn(row, theirs, pid, e);
	if (r == 0)
		r = selinux_check_domain(*pid, row->domain, e);
	if (r < 0) {
		if (*pid > 0)
			kill(*pid, SIGKILL);
		*pid = -1;
		return err_wrap(e, "service %s", row->word);
	}
	*bus = take_fd(&ours);
	return 0;
}

static int wait_for_end(pid_t pid, int timeout_ms, siginfo_t *end,
			struct err *e)
{
	AUTO_CLOSE int process = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = process, .events = POLLIN };
	int r = 0;

	if (process < 0)
		r = err_set(e, errno, "pidfd_open");
	else if (poll(&p, 1, timeout_ms) != 1)
		r = err_set(e, ETIMEDOUT, "no end yet");
	if (r < 0)
		kill(pid, SIGKILL);
	if (waitid(P_PID, (id_t)pid, end, WEXITED) < 0)
		r = err_set(e, errno, "waitid");
	return r;
}

int services_run(const struct services_row *row, int fd, int timeout_ms,
		 struct err *e)
{
	siginfo_t end = { .si_code = 0 };
	pid_t pid = -1;
	int r = spawn(row, fd, &pid, e);

	if (r == 0)
		r = selinux_check_domain(pid, row->domain, e);
	if (r < 0 && pid > 0)
		kill(pid, SIGKILL);
	if (pid > 0) {
		int ended =
			wait_for_end(pid, timeout_ms, &end, r < 0 ? NULL : e);

		r = r < 0 ? r : ended;
	}
	if (r == 0 && (end.si_code != CLD_EXITED || end.si_status != 0))
		r = err_set(e, EIO, "%s %d",
			    end.si_code == CLD_EXITED ? "exit" : "signal",
			    end.si_status);
	return r < 0 ? err_wrap(e, "service %s", row->word) : 0;
}

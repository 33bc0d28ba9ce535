// SPDX-License-Identifier: MIT
/*
 * probe: runs inside a container and says what it finds there.
 *
 *	probe <command> [argument [argument]]
 *
 * Prints the answer, or "E<errno>" when the asked-for call fails, and exits
 * with 0; "exit" and "signal" end as they are told.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched/types.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int failed(void)
{
	printf("E%d\n", errno);
	return 0;
}

static int do_exit(char **a)
{
	return atoi(a[0]);
}

static int do_signal(char **a)
{
	/* PID 1 of a namespace is immune to its own default actions. */
	kill(getpid(), atoi(a[0]));
	return 99;
}

static int do_cat(char **a)
{
	char block[65536];
	int fd = open(a[0], O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return failed();
	while ((n = read(fd, block, sizeof(block))) > 0)
		fwrite(block, 1, (size_t)n, stdout);
	return n < 0 ? failed() : 0;
}

static int do_write(char **a)
{
	int fd = open(a[0], O_WRONLY);

	if (fd < 0)
		return failed();
	if (write(fd, a[1], strlen(a[1])) < 0)
		return failed();
	printf("ok\n");
	return 0;
}

static int do_create(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT | O_EXCL, 0666);
	struct stat st;

	if (fd < 0)
		return failed();
	fstat(fd, &st);
	printf("%o\n", st.st_mode & 07777);
	return 0;
}

static int do_stat(char **a)
{
	struct stat st;

	if (lstat(a[0], &st) < 0)
		return failed();
	printf("%o %u %u", st.st_mode, st.st_uid, st.st_gid);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		printf(" %u:%u", major(st.st_rdev), minor(st.st_rdev));
	printf("\n");
	return 0;
}

static int do_readlink(char **a)
{
	char target[4096];
	ssize_t n = readlink(a[0], target, sizeof(target) - 1);

	if (n < 0)
		return failed();
	target[n] = '\0';
	printf("%s\n", target);
	return 0;
}

static int do_list(char **a)
{
	DIR *d = opendir(a[0]);
	struct dirent *entry;

	if (!d)
		return failed();
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			printf("%s ", entry->d_name);
	printf("\n");
	return 0;
}

/* Which descriptors are open, without the one that lists them. */
static int do_fds(char **a)
{
	(void)a;
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("\n");
	return 0;
}

static int do_cwd(char **a)
{
	char path[4096];

	(void)a;
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return failed();
	printf("%s\n", path);
	return 0;
}

static int do_ids(char **a)
{
	gid_t groups[64];
	int n = getgroups(64, groups);

	(void)a;
	printf("%u %u", getuid(), getgid());
	for (int i = 0; i < n; i++)
		printf(" %u", groups[i]);
	printf("\n");
	return 0;
}

/* What follows "NAME:" in /proc/self/status. */
static int do_status(char **a)
{
	char line[256];
	size_t len = strlen(a[0]);
	FILE *file = fopen("/proc/self/status", "re");

	if (!file)
		return failed();
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, a[0], len) == 0 && line[len] == ':')
			fputs(line + len + 2, stdout);
	fclose(file);
	return 0;
}

static int do_pid(char **a)
{
	(void)a;
	printf("%d %d %d\n", getpid(), getppid(), getsid(0));
	return 0;
}

static int do_arguments(char **a)
{
	for (; *a; a++)
		printf("[%s]", *a);
	printf("\n");
	return 0;
}

static int do_environment(char **a)
{
	char *value = getenv(a[0]);

	printf("%s\n", value ? value : "unset");
	return 0;
}

static int do_hostname(char **a)
{
	char name[65];

	(void)a;
	gethostname(name, sizeof(name));
	printf("%s\n", name);
	return 0;
}

static int do_link_flags(char **a)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, a[0], IFNAMSIZ - 1);
	if (ioctl(s, SIOCGIFFLAGS, &request) < 0)
		return failed();
	printf("%s\n", request.ifr_flags & IFF_UP ? "up" : "down");
	return 0;
}

static int do_rlimit(char **a)
{
	struct rlimit limit;

	if (getrlimit(atoi(a[0]), &limit) < 0)
		return failed();
	printf("%llu %llu\n", (unsigned long long)limit.rlim_cur,
	       (unsigned long long)limit.rlim_max);
	return 0;
}

/* Ignored and blocked signals, as sets. */
static int do_signals(char **a)
{
	int ignored = 0;
	int blocked = 0;
	sigset_t mask;

	(void)a;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int n = 1; n < 32; n++) {
		struct sigaction action;

		sigaction(n, NULL, &action);
		ignored += action.sa_handler == SIG_IGN;
		blocked += sigismember(&mask, n);
	}
	printf("%d %d\n", ignored, blocked);
	return 0;
}

static int do_mknod(char **a)
{
	dev_t dev = makedev((unsigned int)atoi(a[1]), (unsigned int)atoi(a[2]));
	int fd;

	if (mknod(a[0], S_IFCHR | 0666, dev) < 0)
		return failed();
	fd = open(a[0], O_RDWR);
	if (fd < 0)
		return failed();
	printf("open\n");
	return 0;
}

/* Forks an orphan, so that somebody else has to reap it. */
static int do_orphan(char **a)
{
	pid_t child = fork();

	(void)a;
	if (child == 0)
		_exit(fork() == 0 ? 0 : 0);
	waitpid(child, NULL, 0);
	/* Wait until PID 1 has reaped the grandchild: nobody but us is left. */
	for (int i = 0; i < 10000; i++) {
		int others = 0;
		DIR *d = opendir("/proc");
		struct dirent *entry;

		while (d && (entry = readdir(d)))
			others += entry->d_name[0] > '0' &&
				  entry->d_name[0] <= '9';
		if (d)
			closedir(d);
		if (others == 2) {
			printf("reaped\n");
			return 0;
		}
		sched_yield();
	}
	printf("left\n");
	return 0;
}

static void on_term(int signo)
{
	(void)signo;
	_exit(7);
}

/* Says "waiting", then ends with 7 at SIGTERM. */
static int do_wait(char **a)
{
	(void)a;
	signal(SIGTERM, on_term);
	printf("waiting\n");
	fflush(stdout);
	close(STDOUT_FILENO);
	pause();
	return 97;
}

/* Takes memory until the kernel stops it. */
static int do_hog(char **a)
{
	size_t taken = 0;

	(void)a;
	for (;;) {
		char *block = malloc(1 << 20);

		if (!block || taken > 1 << 10)
			return 0;
		memset(block, 1, 1 << 20);
		taken++;
	}
}

/* How many children it may have at once, up to 100. */
static int do_forks(char **a)
{
	int n = 0;

	(void)a;
	while (n < 100) {
		pid_t child = fork();

		if (child < 0)
			break;
		if (child == 0) {
			pause();
			_exit(0);
		}
		n++;
	}
	printf("%d\n", n);
	return 0;
}

/* A raw system call with up to six numbers. */
static int do_syscall(char **a)
{
	long n[7] = { 0 };

	for (int i = 0; i < 7 && a[i]; i++)
		n[i] = strtol(a[i], NULL, 0);
	if (syscall(n[0], n[1], n[2], n[3], n[4], n[5], n[6]) < 0)
		return failed();
	printf("ok\n");
	return 0;
}

/* Of a terminal, by number or path: its name, size, and whose it is. */
static int do_terminal(char **a)
{
	int fd = a[0][0] == '/' ? open(a[0], O_RDWR | O_NOCTTY) : atoi(a[0]);
	struct winsize size;
	char name[64];

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0)
		return failed();
	snprintf(name, sizeof(name), "none");
	ttyname_r(0, name, sizeof(name));
	printf("%s %u %u %s\n", name, size.ws_row, size.ws_col,
	       tcgetsid(fd) == getsid(0) ? "controlling" : "strange");
	return 0;
}

/* Policy, nice value, real-time priority. */
static int do_scheduler(char **a)
{
	struct sched_attr attr;

	(void)a;
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) < 0)
		return failed();
	printf("%u %d %u\n", attr.sched_policy, attr.sched_nice,
	       attr.sched_priority);
	return 0;
}

/* Class and level. */
static int do_ioprio(char **a)
{
	long n = syscall(SYS_ioprio_get, 1, 0);

	(void)a;
	printf("%ld %ld\n", n >> 13, n & 7);
	return 0;
}

/* Mode and nodes. */
static int do_mempolicy(char **a)
{
	unsigned long nodes[16] = { 0 };
	int mode;

	(void)a;
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, 0, 0) <
	    0)
		return failed();
	printf("%d %lu\n", mode, nodes[0]);
	return 0;
}

/* Ends with 0 if its input is this word. */
static int do_input(char **a)
{
	char text[64] = "";

	if (read(STDIN_FILENO, text, sizeof(text) - 1) < 0)
		return 1;
	return strcmp(text, a[0]) != 0;
}

/* Ends by a signal that nothing holds back. */
static int do_suicide(char **a)
{
	raise(atoi(a[0]));
	return 99;
}

static int do_sleep(char **a)
{
	(void)a;
	while (pause() < 0)
		continue;
	return 0;
}

/* The name of the terminal and its size. */
static int do_tty(char **a)
{
	struct winsize size = { 0 };

	(void)a;
	if (ioctl(0, TIOCGWINSZ, &size) < 0)
		return failed();
	printf("tty %s %d %d\n", ttyname(1), size.ws_row, size.ws_col);
	return 0;
}

static volatile sig_atomic_t last_signal;

static void on_signal(int signo)
{
	last_signal = signo;
}

static void say_signal(void)
{
	struct winsize size = { 0 };

	if (last_signal == SIGWINCH && ioctl(0, TIOCGWINSZ, &size) == 0)
		printf("size %d %d\n", size.ws_row, size.ws_col);
	else
		printf("interrupt\n");
	last_signal = 0;
}

/* Says what it reads, and what it is told by signals meanwhile. */
static int do_echo(char **a)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct pollfd input = { .fd = 0, .events = POLLIN };
	char text[256];
	ssize_t n = 1;
	sigset_t both, none;

	(void)a;
	sigemptyset(&none);
	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGWINCH);
	sigprocmask(SIG_BLOCK, &both, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGWINCH, &action, NULL);
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("ready\n");
	while (n > 0) {
		if (ppoll(&input, 1, NULL, &none) < 0) {
			say_signal();
			continue;
		}
		n = read(0, text, sizeof(text));
		if (n > 0)
			printf("got %.*s", (int)n, text);
	}
	return n < 0;
}

static int do_flood(char **a)
{
	for (int i = atoi(a[0]); i > 0; i--)
		printf("flood\n");
	return 0;
}

/* The session keyring's serial number. */
static int do_keyring(char **a)
{
	long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
			      KEY_SPEC_SESSION_KEYRING, 0);

	(void)a;
	if (serial < 0)
		return failed();
	printf("%ld\n", serial);
	return 0;
}

/* As a hook: its name and the state that it is told, on one line. */
static int do_hook(char **a)
{
	char text[8192];
	size_t n = fread(text, 1, sizeof(text), stdin);

	printf("%s %.*s", a[0], (int)n, text);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **arguments);
} commands[] = {
	{ "exit", 1, do_exit },
	{ "signal", 1, do_signal },
	{ "cat", 1, do_cat },
	{ "write", 2, do_write },
	{ "create", 1, do_create },
	{ "stat", 1, do_stat },
	{ "readlink", 1, do_readlink },
	{ "list", 1, do_list },
	{ "fds", 0, do_fds },
	{ "cwd", 0, do_cwd },
	{ "ids", 0, do_ids },
	{ "tty", 0, do_tty },
	{ "echo", 0, do_echo },
	{ "flood", 1, do_flood },
	{ "keyring", 0, do_keyring },
	{ "hook", 1, do_hook },
	{ "status", 1, do_status },
	{ "pid", 0, do_pid },
	{ "arguments", 0, do_arguments },
	{ "environment", 1, do_environment },
	{ "hostname", 0, do_hostname },
	{ "link", 1, do_link_flags },
	{ "rlimit", 1, do_rlimit },
	{ "signals", 0, do_signals },
	{ "mknod", 3, do_mknod },
	{ "orphan", 0, do_orphan },
	{ "wait", 0, do_wait },
	{ "hog", 0, do_hog },
	{ "forks", 0, do_forks },
	{ "terminal", 1, do_terminal },
	{ "scheduler", 0, do_scheduler },
	{ "ioprio", 0, do_ioprio },
	{ "mempolicy", 0, do_mempolicy },
	{ "input", 1, do_input },
	{ "suicide", 1, do_suicide },
	{ "sleep", 0, do_sleep },
	{ "syscall", 1, do_syscall },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands);
	     i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (argc - 2 < commands[i].arguments)
			return 98;
		return commands[i].run(argv + 2);
	}
	return 98;
}

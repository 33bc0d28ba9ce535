// SPDX-License-Identifier: MIT
/*
 * PID 1 of the workbench. From the initramfs it loads the modules and mounts
 * Debian's root; there it unpacks the job (a tar on the second disk) to /job,
 * runs /job/run with its output on the port "output", reaps what is left
 * over, says on the console how the job ended, and turns the machine off.
 *
 * Whatever fails is said on the console, and the machine goes off without the
 * line "workbench: job ended".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "init/modules.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

#define ROOT_DISK "/dev/vda"
#define JOB_DISK "/dev/vdb"
#define PORTS "/sys/class/virtio-ports"
#define PORT_NAME "output"
#define TRIES 1000 /* of 10 ms, for a port that the host announces */
#define PATH_BYTES 320

static const struct mount_row {
	const char *where;
	const char *type;
	const char *options;
	unsigned long flags;
} mounts[] = {
	/* clang-format off */
	{ "/proc",                  "proc",     NULL,        0 },
	{ "/sys",                   "sysfs",    NULL,        0 },
	{ "/sys/fs/cgroup",         "cgroup2",  "nsdelegate", 0 },
	{ "/sys/fs/bpf",            "bpf",      NULL,        0 },
	{ "/sys/kernel/tracing",    "tracefs",  NULL,        0 },
	{ "/dev",                   "devtmpfs", NULL,        0 },
	{ "/dev/pts",               "devpts",   "ptmxmode=0666", 0 },
	{ "/dev/shm",               "tmpfs",    NULL,        0 },
	{ "/dev/mqueue",            "mqueue",   NULL,        0 },
	{ "/run",                   "tmpfs",    "mode=0755", 0 },
	{ "/tmp",                   "tmpfs",    NULL,        0 },
	{ "/job",                   "tmpfs",    NULL,        0 },
	/* clang-format on */
};

static void turn_off(void) __attribute__((noreturn));

static void turn_off(void)
{
	tcdrain(2);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	say(2, "workbench", "%s: %s", what, strerror(errno));
	turn_off();
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void enter_root(void)
{
	struct err e = ERR_NONE;

	must(mount("devtmpfs", "/dev", "devtmpfs", 0, NULL), "mount(/dev)");
	open_console();
	if (modules_load_directory("/modules", &e) < 0) {
		err_print(2, "workbench", &e);
		turn_off();
	}
	must(mount(ROOT_DISK, "/newroot", "ext4", MS_NOATIME, NULL),
	     "mount(" ROOT_DISK ")");
	must(chdir("/newroot"), "chdir(/newroot)");
	must(mount(".", "/", NULL, MS_MOVE, NULL), "mount(root)");
	must(chroot("."), "chroot()");
	must(chdir("/"), "chdir(/)");
}

static void mount_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const struct mount_row *m = &mounts[i];

		mkdir(m->where, 0755);
		must(mount(m->type, m->where, m->type, m->flags, m->options),
		     m->where);
	}
}

/* Every controller for every group, as an init system would have it. */
static void enable_controllers(void)
{
	struct err e = ERR_NONE;
	char names[256], one[64], *rest = names, *name;

	fd_read_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", names,
		     sizeof(names), &e);
	while ((name = strsep(&rest, " ")) && e.code == 0) {
		snprintf(one, sizeof(one), "+%s", name);
		fd_write_file(AT_FDCWD, "/sys/fs/cgroup/cgroup.subtree_control",
			      one, &e);
	}
	if (e.code)
		err_print(2, "workbench", &e);
}

/* The device of the port, or -1 while the host has not announced it. */
static int find_port(void)
{
	DIR *d = opendir(PORTS);
	struct dirent *entry;
	int fd = -1;

	while (d && fd < 0 && (entry = readdir(d))) {
		char path[PATH_BYTES], name[32];
		struct err e;

		snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name);
		if (fd_read_file(AT_FDCWD, path, name, sizeof(name), &e) < 0 ||
		    strcmp(name, PORT_NAME) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (d)
		closedir(d);
	return fd;
}

static int open_port(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int fd = find_port();

	for (int i = 0; fd < 0 && i < TRIES; i++) {
		nanosleep(&pause, NULL);
		fd = find_port();
	}
	must(fd, "port " PORT_NAME);
	return fd;
}

/* Runs a command and gives its wait status; orphans are reaped on the way. */
static int run(const char *command, int output)
{
	pid_t pid = fork();
	int status;
	pid_t ended;

	must(pid, "fork()");
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		setsid();
		dup2(null, 0);
		dup2(output, 1);
		dup2(output, 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	do {
		ended = waitpid(-1, &status, 0);
	} while (ended != pid && (ended > 0 || errno == EINTR));
	return status;
}

static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(void)
{
	int port;

	enter_root();
	mount_all();
	enable_controllers();
	sethostname("workbench", strlen("workbench"));
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	port = open_port();
	must(chdir("/job"), "chdir(/job)");
	if (run("exec tar -xf " JOB_DISK, 2) != 0) {
		say(2, "workbench", "the job is no archive");
		turn_off();
	}
	say(2, "workbench", "job ended with %d",
	    code_of(run("exec ./run", port)));
	turn_off();
}

/*
 * Verbs for attempts of a process that stands in for another: it prepares what
 * it could not do there, takes the other's label and goes on as that. And what
 * a policy alone decides: code from memory, labels, bare messages.
 */
#include "tests/guest/probe/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LABEL "security.selinux"
#define PAGE 4096
#define SEPARATOR ","

static char separator[] = "--";

static int keep(int fd, long number)
{
	int kept = fd < 0 ? -1 : dup2(fd, (int)number);

	if (fd >= 0 && fd != kept)
		close(fd);
	return kept;
}

/* Without O_CLOEXEC: it is for the program that comes next. */
static void run_hold_socket(const struct probe_call *call)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		probe_result(call, -1);
	else
		probe_result(call, keep(ends[0], probe_number(call, 1)));
}

static void run_bind(const struct probe_call *call)
{
	probe_result(call,
		     mount(call->argv[1], call->argv[2], NULL, MS_BIND, NULL));
}

static void run_chdir(const struct probe_call *call)
{
	probe_result(call, chdir(call->argv[1]));
}

static void start_as(const struct probe_call *call, int out)
{
	int fd = open("/proc/self/attr/exec", O_WRONLY | O_CLOEXEC);
	const char *label = call->argv[1];

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	close(STDIN_FILENO); /* the kernel's, which is nothing to a task */
	for (int i = 3; i < call->argc; i++)
		if (strcmp(call->argv[i], SEPARATOR) == 0)
			call->argv[i] = separator;
	if (fd >= 0 && write(fd, label, strlen(label)) >= 0)
		execv(call->argv[2], call->argv + 2);
	probe_result(call, -1);
	_exit(0);
}

/* PATH takes the rest as its verbs; like a task it writes to a pipe of ours. */
static void run_become(const struct probe_call *call)
{
	char text[PROBE_LINE_MAX];
	int ends[2];
	ssize_t len;
	pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();

	if (pid < 0) {
		probe_result(call, -1);
		return;
	}
	if (pid == 0)
		start_as(call, ends[1]);
	close(ends[1]);
	while ((len = read(ends[0], text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, (size_t)len) < 0)
			_exit(120);
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

static void *map_memory(int protection, int flags)
{
	int fd = memfd_create("probe", MFD_CLOEXEC);
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, PAGE) == 0)
		page = mmap(NULL, PAGE, protection, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	return page;
}

static void run_map_code(const struct probe_call *call)
{
	void *page = map_memory(PROT_READ | PROT_EXEC, MAP_SHARED);

	probe_result(call, page == MAP_FAILED ? -1 : 0);
}

/* A private copy of a file, made code after it was changed. */
static void run_map_changed(const struct probe_call *call)
{
	char *page = map_memory(PROT_READ | PROT_WRITE, MAP_PRIVATE);

	if (page != MAP_FAILED)
		*page = 1;
	probe_result(call, page == MAP_FAILED ?
				   -1 :
				   mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

static void run_socket_listen(const struct probe_call *call)
{
	int s = socket((int)probe_number(call, 1),
		       (int)probe_number(call, 2) | SOCK_CLOEXEC, 0);

	probe_result(call, s < 0 ? -1 : listen(s, 1));
	if (s >= 0)
		close(s);
}

/* Only CAP_NET_RAW or CAP_NET_ADMIN may use foreign addresses. */
static void run_transparent(const struct probe_call *call)
{
	int on = 1;
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	probe_result(call, s < 0 ? -1 :
				   setsockopt(s, IPPROTO_IP, IP_TRANSPARENT,
					      &on, sizeof(on)));
	if (s >= 0)
		close(s);
}

/* A bare message of a type to the kernel. */
static void run_netlink(const struct probe_call *call)
{
	struct nlmsghdr message = {
		.nlmsg_len = sizeof(message),
		.nlmsg_type = (unsigned short)probe_number(call, 2),
		.nlmsg_flags = NLM_F_REQUEST,
	};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
		       (int)probe_number(call, 1));

	probe_result(call, s < 0 ? -1 : send(s, &message, sizeof(message), 0));
	if (s >= 0)
		close(s);
}

static void run_relabel(const struct probe_call *call)
{
	probe_result(call, lsetxattr(call->argv[1], LABEL, call->argv[2],
				     strlen(call->argv[2]) + 1, 0));
}

static void run_file_label(const struct probe_call *call)
{
	char label[256];
	ssize_t len = lgetxattr(call->argv[1], LABEL, label, sizeof(label) - 1);

	if (len < 0) {
		probe_result(call, -1);
		return;
	}
	label[len] = '\0';
	probe_say(call, "ok %s", label);
}

static void run_process_label(const struct probe_call *call)
{
	char path[64], label[256];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/attr/current",
		 probe_number(call, 1));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, label, sizeof(label) - 1);
	if (len < 0) {
		probe_result(call, -1);
		return;
	}
	label[len] = '\0';
	label[strcspn(label, "\n")] = '\0';
	probe_say(call, "ok %s", label);
	close(fd);
}

/* The label of each entry but processes in /proc, as `file-label` says it. */
static void run_labels(const struct probe_call *call)
{
	bool is_proc = strcmp(call->argv[1], "/proc") == 0;
	char verb[] = "file-label";
	struct dirent *entry;
	DIR *d = opendir(call->argv[1]);

	if (!d) {
		probe_result(call, -1);
		return;
	}
	while ((entry = readdir(d))) {
		char path[512];
		char *words[] = { verb, path, NULL };

		if (entry->d_name[0] == '.' ||
		    (is_proc && strchr("123456789", entry->d_name[0])))
			continue;
		snprintf(path, sizeof(path), "%s/%s", call->argv[1],
			 entry->d_name);
		run_file_label(&(struct probe_call){ 2, words });
	}
	closedir(d);
}

const struct probe_verb probe_doors[] = {
	{ "hold-socket", 1, "FD: kept open for the next program",
	  run_hold_socket },
	{ "bind", 2, "PATH PATH", run_bind },
	{ "chdir", 1, "PATH", run_chdir },
	{ "become", 2, "LABEL PATH [VERB...]: parted by commas", run_become },
	{ "map-code", 0, "of a memory file", run_map_code },
	{ "map-changed", 0, "of a memory file, as code", run_map_changed },
	{ "socket-listen", 2, "DOMAIN TYPE: without an address",
	  run_socket_listen },
	{ "transparent", 0, "", run_transparent },
	{ "netlink", 2, "PROTOCOL TYPE: a bare message", run_netlink },
	{ "relabel", 2, "PATH LABEL", run_relabel },
	{ "file-label", 1, "PATH", run_file_label },
	{ "process-label", 1, "PID", run_process_label },
	{ "labels", 1, "DIRECTORY: of each entry", run_labels },
	{ 0 },
};

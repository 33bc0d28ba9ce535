// SPDX-License-Identifier: MIT
#include "container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define MS_REC_PRIVATE (16384UL | (1UL << 18))

const char *container_missing(void)
{
	if (geteuid() != 0)
		return "needs root";
	return NULL;
}

static void name_parent(char *name, size_t size)
{
	snprintf(name, size, "cloister-test-%d", getpid());
}

int container_prepare(void)
{
	char parent[64];

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	if (syscall(SYS_mount, "none", "/", NULL, MS_REC_PRIVATE, NULL) < 0)
		return -errno;
	/* EBUSY: it is mounted there already. */
	if (syscall(SYS_mount, "none", "/sys/fs/cgroup", "cgroup2", 0, NULL) <
		    0 &&
	    errno != EBUSY)
		return -errno;
	/* What a test of the same number left that was killed. */
	name_parent(parent, sizeof(parent));
	oci_clean(parent, NULL);
	return 0;
}

static int make_root(void)
{
	int fs = sys_fsopen("tmpfs");
	int mount;

	if (fs < 0)
		return fs;
	sys_fsconfig_set(fs, "mode", "0755");
	sys_fsconfig_create(fs);
	mount = sys_fsmount(fs, 0);
	close(fs);
	return mount;
}

int container_open_built(const char *name)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%s/../%s", self, name);
	n = open(path, O_RDONLY | O_CLOEXEC);
	return n < 0 ? -errno : (int)n;
}

int container_add_probe(struct container *c, const char *path, mode_t mode)
{
	AUTO_CLOSE int from = container_open_built("musl/oci_probe");
	AUTO_CLOSE int to = openat(c->root, path + 1,
				   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				   mode);
	struct stat st;

	if (from < 0)
		return from;
	if (to < 0 || fstat(from, &st) < 0 || fchmod(to, mode) < 0)
		return -errno;
	if (sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		return -EIO;
	return 0;
}

int container_add_file(struct container *c, const char *path, const char *text,
		       mode_t mode)
{
	AUTO_CLOSE int fd = openat(c->root, path + 1,
				   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				   mode);

	if (fd < 0)
		return -errno;
	return fd_write_all(fd, text, strlen(text));
}

int container_add_directory(struct container *c, const char *path)
{
	return sys_result(mkdirat(c->root, path + 1, 0755));
}

int container_add_link(struct container *c, const char *path,
		       const char *target)
{
	return sys_result(symlinkat(target, c->root, path + 1));
}

static void make_spec(struct container *c)
{
	c->args[0] = "/bin/probe";
	c->env[0] = "PATH=/bin";
	oci_spec_init(&c->spec);
	c->spec.process.args = c->args;
	c->spec.process.env = c->env;
	c->spec.process.groups = c->groups;
	c->spec.process.capabilities = (struct oci_capabilities){
		.bounding = grant_default_set(),
		.permitted = grant_default_set(),
		.effective = grant_default_set(),
	};
	c->spec.process.is_no_new_privileges = true;
	c->spec.process.has_oom_score_adj = true;
	c->spec.process.rlimits = c->rlimits;
	c->spec.root_fd = c->root;
	c->spec.cgroup = c->cgroup;
	c->spec.namespaces.unshare = OCI_DEFAULT_NAMESPACES;
	memcpy(c->mounts, oci_default_mounts, sizeof(oci_default_mounts));
	c->spec.mounts = c->mounts;
	c->spec.mount_count = OCI_DEFAULT_MOUNTS;
	c->spec.devices = c->devices;
	c->spec.masked = oci_default_masked;
	c->spec.masked_count = oci_default_masked_count;
	c->spec.read_only = oci_default_read_only;
	c->spec.read_only_count = oci_default_read_only_count;
}

struct oci_mount *container_add_mount(struct container *c, const char *where)
{
	struct oci_mount *m = &c->mounts[c->spec.mount_count++];

	*m = (struct oci_mount){ .destination = where,
				 .type = "tmpfs",
				 .source_fd = -1 };
	return m;
}

void container_add_device(struct container *c, const struct oci_device *d)
{
	c->devices[c->spec.device_count++] = *d;
}

int container_new(struct container *c)
{
	static const struct oci_resources none;
	int r;

	*c = (struct container){ .root = make_root() };
	if (c->root < 0)
		return c->root;
	name_parent(c->parent, sizeof(c->parent));
	snprintf(c->cgroup, sizeof(c->cgroup), "%s/c", c->parent);
	r = oci_cgroup_parent(c->parent, &none, &c->err);
	if (r < 0 && r != -EEXIST)
		return r;
	r = container_add_directory(c, "/bin");
	if (r == 0)
		r = container_add_probe(c, "/bin/probe", 0755);
	make_spec(c);
	return r;
}

static void set_args(struct container *c, va_list ap)
{
	size_t n = 1;

	c->args[0] = "probe";
	while ((c->args[n] = va_arg(ap, const char *)))
		n++;
}

void container_args(struct container *c, ...)
{
	va_list ap;

	va_start(ap, c);
	set_args(c, ap);
	va_end(ap);
}

int container_start(struct container *c, struct oci_started *started,
		    int *output)
{
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	c->spec.process.stdout_fd = ends[1];
	r = oci_start(&c->spec, OCI_PARENT_IS_CALLER, started, &c->err);
	close(ends[1]);
	if (r < 0)
		close(ends[0]);
	else
		*output = ends[0];
	return r;
}

int container_end(struct container *c, struct oci_started *started, int *output)
{
	ssize_t n = fd_read_all(*output, c->output, sizeof(c->output) - 1);

	close(*output);
	if (n < 0)
		return (int)n;
	c->output[n] = '\0';
	if (waitpid(started->pid, &c->status, 0) < 0)
		return -errno;
	close(started->pidfd);
	return oci_clean(c->cgroup, &c->err);
}

int container_run(struct container *c)
{
	struct oci_started started;
	int output;
	int r = container_start(c, &started, &output);

	return r < 0 ? r : container_end(c, &started, &output);
}

int container_probe(struct container *c, ...)
{
	va_list ap;
	int r = container_new(c);

	if (r < 0)
		return r;
	va_start(ap, c);
	set_args(c, ap);
	va_end(ap);
	r = container_run(c);
	container_free(c);
	return r;
}

static int count_directories(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!d)
		return -errno;
	while ((entry = readdir(d)))
		n += entry->d_name[0] != '.' && entry->d_type == DT_DIR;
	closedir(d);
	return n;
}

int container_count_cgroups(struct container *c)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", c->parent);
	return count_directories(path);
}

/* Without the device program, which stays for the next start. */
int container_count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) >= 0)
			n += strcmp(target, "anon_inode:bpf-prog") != 0;
	}
	return n;
}

void container_free(struct container *c)
{
	if (c->root > 0)
		fd_close(&c->root);
	oci_clean(c->parent, NULL);
}

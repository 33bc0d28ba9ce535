// SPDX-License-Identifier: MIT
/*
 * Any bytes as a config.json, a process or resources alone (the first byte
 * says which). What is accepted satisfies what the executor relies on; what is
 * refused says so in plain ASCII; no descriptor stays open.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/fd.h"
#include "runtime/oci/config/config_inner.h"

#define FDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(int err, const struct err *e)
{
	if (e->code != -err || !e->message[0])
		abort();
	for (const char *c = e->message; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static void check_process(const struct oci_process *p)
{
	const struct oci_capabilities *s = &p->capabilities;

	if (!p->args || !p->args[0] || !p->env || p->cwd[0] != '/' ||
	    p->uid == (uid_t)-1 || p->gid == (gid_t)-1 || p->umask > 0777)
		abort();
	if (s->effective & ~s->permitted || s->inheritable & ~s->bounding ||
	    s->ambient & ~(s->permitted & s->inheritable))
		abort();
	for (size_t i = 0; i < p->rlimit_count; i++)
		if (p->rlimits[i].limit.rlim_cur > p->rlimits[i].limit.rlim_max)
			abort();
}

static void check_mounts(const struct oci_spec *s)
{
	for (size_t i = 0; i < s->mount_count; i++) {
		const struct oci_mount *m = &s->mounts[i];

		if (m->destination[0] != '/' ||
		    (!m->is_remount && (m->source_fd < 0) != (m->type != NULL)))
			abort();
	}
}

static void check_spec(const struct oci_spec *s)
{
	check_process(&s->process);
	check_mounts(s);
	for (size_t i = 0; i < s->device_count; i++)
		if (s->devices[i].path[0] != '/' ||
		    !strchr("cbup", s->devices[i].type))
			abort();
	for (size_t i = 0; i < s->sysctl_count; i++)
		if (strstr(s->sysctls[i].name, "..") ||
		    s->sysctls[i].name[0] == '/')
			abort();
	for (size_t i = 0; i < s->resources.unified_count; i++)
		if (strchr(s->resources.unified[i].file, '/'))
			abort();
	if (s->seccomp && (s->seccomp->program.len == 0 ||
			   s->seccomp->program.len > BPF_MAXINSNS))
		abort();
}

static void try_whole(const uint8_t *data, size_t size)
{
	struct err e = ERR_NONE;
	struct config *c = NULL;
	char *text = malloc(size + 1);
	int err;

	memcpy(text, data, size);
	text[size] = '\0';
	err = config_take_text(AT_FDCWD, text, size, &c, &e);
	if (err < 0) {
		check_message(err, &e);
		return;
	}
	check_spec(config_spec(c));
	if (config_cgroup(c) &&
	    (config_cgroup(c)[0] == '/' || strstr(config_cgroup(c), "//")))
		abort();
	config_free(c);
}

typedef int loader(int fd, const char *name, struct config **out,
		   struct err *e);

static void try_part(loader *load, const uint8_t *data, size_t size)
{
	AUTO_CLOSE int fd = memfd_create("part", MFD_CLOEXEC);
	struct err e = ERR_NONE;
	struct config *c = NULL;
	int err;

	if (fd_write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	err = load(fd, "part", &c, &e);
	if (err < 0)
		check_message(err, &e);
	else if (load != config_load_resources)
		check_process(&config_spec(c)->process);
	config_free(c);
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = count_fds();

	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		try_part(config_load_process, data + 1, size - 1);
		break;
	case 1:
		try_part(config_load_resources, data + 1, size - 1);
		break;
	case 2:
		try_part(config_load_running, data + 1, size - 1);
		break;
	default:
		/* '{' as well, so a plain file is a good input. */
		try_whole(data[0] == '{' ? data : data + 1,
			  data[0] == '{' ? size : size - 1);
	}
	if (count_fds() != before)
		abort();
	return 0;
}

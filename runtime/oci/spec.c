// SPDX-License-Identifier: MIT
#include "runtime/oci/spec.h"

#include <errno.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/oci/joined.h"
#include "runtime/oci/path.h"

#define PRESERVED_MAX 1024
#define HOOK_TIMEOUT_MAX_S 1000000

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

static int check_process(const struct oci_process *p, struct err *e)
{
	if (!p->args || !p->env || (!p->args[0] && !p->has_init))
		return err_set(e, EINVAL, "container: no program");
	/* -1 means "leave it" to setresuid(2): leave it root. */
	if (p->uid == (uid_t)-1 || p->gid == (gid_t)-1)
		return err_set(e, EINVAL, "container: user or group -1");
	if (!is_absolute(p->cwd))
		return err_set(e, EINVAL, "container: cwd is not absolute");
	if (p->terminal.is_wanted && p->terminal.socket_fd < 0)
		return err_set(e, EINVAL, "container: terminal without socket");
	if (p->preserved_fd_count > PRESERVED_MAX)
		return err_set(e, EINVAL, "container: %u preserved descriptors",
			       p->preserved_fd_count);
	return 0;
}

/* Read by programs to see what they have; nothing of ours reads or writes them
 * by way of the container's procfs. */
static const char *const shown[] = {
	"/proc/cpuinfo",  "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",
	"/proc/slabinfo", "/proc/stat",	     "/proc/swaps",   "/proc/uptime",
};

bool spec_is_shown(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		if (strcmp(path, shown[i]) == 0)
			return true;
	return false;
}

static bool is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* procfs itself, new or the caller's, or a file over one that only informs. */
static bool may_be_in_proc(const struct oci_mount *m)
{
	if (m->is_remount)
		return false;
	if (m->source_fd >= 0)
		return spec_is_shown(m->destination) ||
		       (path_is(m->destination, "proc") &&
			is_procfs(m->source_fd));
	return path_is(m->destination, "proc") && strcmp(m->type, "proc") == 0;
}

static int check_mount(const struct oci_mount *m, size_t i, struct err *e)
{
	if (!is_absolute(m->destination) || !m->destination[1])
		return err_set(e, EINVAL,
			       "container: mount %zu has no "
			       "absolute destination",
			       i);
	if (m->is_remount && m->source_fd >= 0)
		return err_set(e, EINVAL,
			       "container: mount %s is a change and a bind",
			       m->destination);
	if (m->is_tmpcopyup && (!m->type || strcmp(m->type, "tmpfs") != 0))
		return err_set(e, EINVAL,
			       "container: tmpcopyup of mount %s, which is no "
			       "tmpfs",
			       m->destination);
	if (m->source_fd < 0 && !m->type && !m->is_remount)
		return err_set(e, EINVAL,
			       "container: mount %s has no type "
			       "and no source",
			       m->destination);
	if (m->is_idmapped && m->source_fd < 0)
		return err_set(e, EINVAL,
			       "container: mount %s is mapped and no bind",
			       m->destination);
	if (path_is_in(m->destination, "proc") && !may_be_in_proc(m))
		return err_set(e, EPERM, "container: mount %s", m->destination);
	return 0;
}

static int check_mounts(const struct oci_spec *spec, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->mount_count; i++)
		r = check_mount(&spec->mounts[i], i, e);
	return r;
}

static int check_hooks(const struct oci_hook *hooks, size_t count, int state_fd,
		       struct err *e)
{
	if (count && state_fd < 0)
		return err_set(e, EINVAL, "container: hooks without state");
	for (size_t i = 0; i < count; i++)
		if (!is_absolute(hooks[i].path) ||
		    hooks[i].timeout_s > HOOK_TIMEOUT_MAX_S)
			return err_set(e, EINVAL,
				       "container: path or timeout of hook "
				       "%zu",
				       i);
	return 0;
}

static int check_all_hooks(const struct oci_hooks *h, struct err *e)
{
	int r = check_hooks(h->create_container, h->create_container_count,
			    h->create_state_fd, e);

	if (r == 0 && h->create_container_count && !is_absolute(h->root_place))
		r = err_set(e, EINVAL, "container: hooks without root");
	if (r < 0)
		return r;
	return check_hooks(h->start_container, h->start_container_count,
			   h->start_state_fd, e);
}

static int check_devices(const struct oci_spec *spec, struct err *e)
{
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct oci_device *d = &spec->devices[i];

		if (!d->type || !strchr("cubp", d->type))
			return err_set(e, EINVAL,
				       "container: type of device "
				       "%s",
				       d->path);
	}
	return 0;
}

static const uint64_t flags[OCI_NAMESPACE_COUNT] = {
	[OCI_NAMESPACE_USER] = CLONE_NEWUSER,
	[OCI_NAMESPACE_MOUNT] = CLONE_NEWNS,
	[OCI_NAMESPACE_PID] = CLONE_NEWPID,
	[OCI_NAMESPACE_NETWORK] = CLONE_NEWNET,
	[OCI_NAMESPACE_IPC] = CLONE_NEWIPC,
	[OCI_NAMESPACE_UTS] = CLONE_NEWUTS,
	[OCI_NAMESPACE_CGROUP] = CLONE_NEWCGROUP,
	[OCI_NAMESPACE_TIME] = CLONE_NEWTIME,
};

uint64_t oci_own_namespaces(const struct oci_namespaces *n)
{
	uint64_t set = n->unshare;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (n->join[i] >= 0)
			set |= flags[i];
	return set;
}

static int check_namespaces(const struct oci_namespaces *n, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (n->unshare & flags[i] && n->join[i] >= 0)
			return err_set(e, EINVAL,
				       "container: namespace is new and not "
				       "new");
	if (n->unshare & CLONE_NEWUSER &&
	    (!n->id_maps.uid_count || !n->id_maps.gid_count))
		return err_set(e, EINVAL,
			       "container: user namespace without maps");
	if (n->has_time_offsets && !(n->unshare & CLONE_NEWTIME))
		return err_set(e, EINVAL,
			       "container: timeOffsets without namespace");
	return 0;
}

static int check_names(const struct oci_spec *spec, struct err *e)
{
	if ((spec->gate_fd < 0) != (spec->gate_fault_fd < 0))
		return err_set(e, EINVAL, "container: half a gate");
	if (spec->hostname && strlen(spec->hostname) > OCI_NAME_MAX)
		return err_set(e, EINVAL, "container: hostname is too long");
	if (spec->domainname && strlen(spec->domainname) > OCI_NAME_MAX)
		return err_set(e, EINVAL, "container: domainname is too long");
	if ((spec->hostname || spec->domainname) &&
	    !(spec->namespaces.unshare & CLONE_NEWUTS) &&
	    spec->namespaces.join[OCI_NAMESPACE_UTS] < 0)
		return err_set(e, EINVAL,
			       "container: hostname without namespace");
	return 0;
}

static bool is_link_name(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len > 0 && len < IF_NAMESIZE && !strpbrk(name, "/: \t\n%");
}

static int check_net_devices(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespaces *n = &spec->namespaces;

	for (size_t i = 0; i < spec->net_device_count; i++) {
		const struct oci_net_device *d = &spec->net_devices[i];

		if (!is_link_name(d->host_name) ||
		    (d->name && !is_link_name(d->name)))
			return err_set(e, EINVAL,
				       "container: netDevices: name %zu", i);
	}
	if (spec->net_device_count && !(n->unshare & CLONE_NEWNET) &&
	    n->join[OCI_NAMESPACE_NETWORK] < 0)
		return err_set(e, EINVAL,
			       "container: netDevices without namespace");
	return 0;
}

static int check_seccomp(const struct oci_spec *spec, struct err *e)
{
	if (spec_has_listener(spec) && !spec->calls.listener)
		return err_set(e, EINVAL,
			       "container: seccomp listener for nobody");
	return 0;
}

bool spec_has_listener(const struct oci_spec *spec)
{
	return spec->seccomp &&
	       spec->seccomp->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

int spec_check(const struct oci_spec *spec, struct err *e)
{
	int r = check_names(spec, e);

	if (r == 0)
		r = check_process(&spec->process, e);
	if (r == 0)
		r = check_mounts(spec, e);
	if (r == 0)
		r = check_namespaces(&spec->namespaces, e);
	if (r == 0)
		r = check_devices(spec, e);
	if (r == 0)
		r = check_all_hooks(&spec->hooks, e);
	if (r == 0)
		r = check_seccomp(spec, e);
	if (r == 0)
		r = check_net_devices(spec, e);
	return r < 0 ? r : joined_check(spec, e);
}

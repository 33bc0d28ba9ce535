// SPDX-License-Identifier: MIT
#include "runtime/oci/spec.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/oci/path.h"

#define PRESERVED_MAX 1024

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

static int check_process(const struct oci_process *p, struct err *e)
{
	if (!p->args || !p->args[0] || !p->env)
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

static int check_mount(const struct oci_mount *m, size_t i, struct err *e)
{
	if (!is_absolute(m->destination) || !m->destination[1])
		return err_set(e, EINVAL,
			       "container: mount %zu has no "
			       "absolute destination",
			       i);
	if (m->source_fd < 0 && !m->type)
		return err_set(e, EINVAL,
			       "container: mount %s has no type "
			       "and no source",
			       m->destination);
	if (path_is_in(m->destination, "proc") &&
	    (!path_is(m->destination, "proc") || m->source_fd >= 0 ||
	     strcmp(m->type, "proc") != 0))
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

static int check_namespaces(const struct oci_namespaces *n, struct err *e)
{
	if (n->unshare & CLONE_NEWNET && n->join[OCI_NAMESPACE_NETWORK] >= 0)
		return err_set(e, EINVAL,
			       "container: network namespace is new and "
			       "not new");
	return 0;
}

static int check_names(const struct oci_spec *spec, struct err *e)
{
	if ((spec->gate_fd < 0) != (spec->gate_fault_fd < 0))
		return err_set(e, EINVAL, "container: half a gate");
	if (spec->hostname && strlen(spec->hostname) > OCI_NAME_MAX)
		return err_set(e, EINVAL, "container: hostname is too long");
	return 0;
}

struct unsupported {
	const char *field;
	bool is_asked;
};

static bool has_special_mount(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct oci_mount *m = &spec->mounts[i];

		if (m->is_remount || m->is_tmpcopyup || m->is_idmapped)
			return true;
	}
	return false;
}

static bool has_special_device(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->device_count; i++) {
		const struct oci_device *d = &spec->devices[i];

		if (d->uid || d->gid || d->type == 'p' || d->type == 'u')
			return true;
	}
	return false;
}

static bool joins_more_than_network(const struct oci_namespaces *n)
{
	for (int i = 0; i < OCI_NAMESPACE_COUNT; i++)
		if (n->join[i] >= 0 && i != OCI_NAMESPACE_NETWORK)
			return true;
	return false;
}

/* Refused, never ignored. */
static int check_supported(const struct oci_spec *s, struct err *e)
{
	const struct oci_process *p = &s->process;
	const struct unsupported fields[] = {
		{ "mount option", has_special_mount(s) },
		{ "device owner or type", has_special_device(s) },
		{ "namespaces",
		  !(s->namespaces.unshare & CLONE_NEWNS) ||
			  s->namespaces.unshare & ~OCI_DEFAULT_NAMESPACES ||
			  joins_more_than_network(&s->namespaces) },
		{ "scheduler", p->scheduler },
		{ "ioPriority", p->io_priority },
		{ "execCPUAffinity",
		  p->cpus_initial.size_bytes || p->cpus_final.size_bytes },
		{ "rootfsPropagation", s->root_propagation },
		{ "domainname", s->domainname },
		{ "sysctl", s->sysctl_count },
		{ "seccomp flags", s->seccomp && s->seccomp->flags },
		{ "netDevices", s->net_device_count },
		{ "personality", s->has_personality },
		{ "memoryPolicy", s->memory_policy },
		{ "hooks", s->hooks.create_container_count ||
				   s->hooks.start_container_count },
		{ "seccomp listener", s->calls.listener },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].is_asked)
			return err_set(e, EOPNOTSUPP, "container: %s",
				       fields[i].field);
	return 0;
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
	return r < 0 ? r : check_supported(spec, e);
}

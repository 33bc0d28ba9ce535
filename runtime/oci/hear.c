// SPDX-License-Identifier: MIT
/* What the parent hears of its child, in words. */
#include <errno.h>
#include <poll.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/devices.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/start.h"

static const char *const stage_words[OCI_STAGE_COUNT] = {
#define STAGE_WORD(id, word) [OCI_STAGE_##id] = word,
	OCI_STAGES(STAGE_WORD)
#undef STAGE_WORD
};

static const char *const namespace_names[OCI_NAMESPACE_COUNT] = {
	[OCI_NAMESPACE_USER] = "user",	   [OCI_NAMESPACE_MOUNT] = "mount",
	[OCI_NAMESPACE_PID] = "pid",	   [OCI_NAMESPACE_NETWORK] = "network",
	[OCI_NAMESPACE_IPC] = "ipc",	   [OCI_NAMESPACE_UTS] = "uts",
	[OCI_NAMESPACE_CGROUP] = "cgroup", [OCI_NAMESPACE_TIME] = "time",
};

static const char *row(const char *const *rows, size_t count, uint32_t index)
{
	return index < count ? rows[index] : NULL;
}

static const char *hook(const struct oci_hook *hooks, size_t count,
			uint32_t index)
{
	return index < count ? hooks[index].path : NULL;
}

/* What the failing row of a stage was about, or NULL. */
static const char *stage_object(const struct oci_spec *spec, uint32_t stage,
				uint32_t index)
{
	switch (stage) {
	case OCI_STAGE_JOIN:
		return row(namespace_names, OCI_NAMESPACE_COUNT, index);
	case OCI_STAGE_DEVICE:
		return devices_name(spec, index);
	case OCI_STAGE_MASK:
		return row(spec->masked, spec->masked_count, index);
	case OCI_STAGE_READ_ONLY_PATH:
		return row(spec->read_only, spec->read_only_count, index);
	case OCI_STAGE_MOUNT:
		return index < spec->mount_count ?
			       spec->mounts[index].destination :
			       NULL;
	case OCI_STAGE_SYSCTL:
		return index < spec->sysctl_count ? spec->sysctls[index].name :
						    NULL;
	case OCI_STAGE_CREATE_HOOK:
		return hook(spec->hooks.create_container,
			    spec->hooks.create_container_count, index);
	case OCI_STAGE_START_HOOK:
		return hook(spec->hooks.start_container,
			    spec->hooks.start_container_count, index);
	case OCI_STAGE_CWD:
		return spec->process.cwd;
	case OCI_STAGE_LABEL:
		return spec->process.selinux_label;
	case OCI_STAGE_LOOKUP:
	case OCI_STAGE_EXEC:
		return spec->process.args[0];
	default:
		return NULL;
	}
}

int oci_fault_explain(const struct oci_fault *fault, const char *object,
		      struct err *e)
{
	if (fault->stage >= OCI_STAGE_COUNT || fault->error <= 0)
		return err_set(e, EPROTO, "container: stage %u", fault->stage);
	return err_set(e, fault->error, "container: %s%s%s",
		       stage_words[fault->stage], object ? " " : "",
		       object ? object : "");
}

/* 1 for a message without a fault, 0 at the end; all else is -errno. */
static int read_fault(int fd, struct oci_fault *f, struct err *e)
{
	ssize_t n = fd_read_all(fd, f, sizeof(*f));

	if (n == 0)
		return 0;
	if (n != sizeof(*f))
		return err_set(e, EPROTO, "container: message of %zd bytes", n);
	return 1;
}

static int killed(struct err *e)
{
	return err_set(e, ECHILD,
		       "container: killed before its program started");
}

/* The child holds still until the listener is in the right hands. */
static int take_listener(struct start *s, int number, struct err *e)
{
	const struct oci_calls *calls = &s->spec->calls;
	const struct oci_started started = { s->pid, s->pidfd };
	AUTO_CLOSE int fd = sys_pidfd_getfd(s->pidfd, number);
	int r;

	if (fd < 0)
		return err_set(e, -fd, "pidfd_getfd(seccomp listener)");
	r = calls->listener(calls->context, &started, fd, e);
	return r < 0 ? r : start_go(s, e);
}

static int left_ms(const struct start *s)
{
	int64_t left = s->deadline_ms - clock_ms();

	if (!s->spec->limit_ms)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Until there is something to read, its limit is over or nobody wants it. */
static int await_fault(const struct start *s, struct err *e)
{
	struct pollfd told[] = { { .fd = s->fault_read, .events = POLLIN },
				 { .fd = s->spec->cancel_fd,
				   .events = POLLIN } };
	int n;

	if (!s->spec->limit_ms && s->spec->cancel_fd < 0)
		return 0;
	do
		n = poll(told, ARRAY_SIZE(told), left_ms(s));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno, "poll(container)");
	if (n == 0)
		return err_set(e, ETIMEDOUT, "container: start of %u ms",
			       s->spec->limit_ms);
	if (!told[0].revents)
		return err_set(e, ECANCELED, "container: start");
	return 0;
}

static int next_fault(const struct start *s, struct oci_fault *f, struct err *e)
{
	int r = await_fault(s, e);

	return r < 0 ? r : read_fault(s->fault_read, f, e);
}

/* 1: it says more; 0: it is where it is to be. Only what was asked for. */
static int follow(struct start *s, const struct oci_fault *f, struct err *e)
{
	int r;

	if (f->error)
		return oci_fault_explain(
			f, stage_object(s->spec, f->stage, f->index), e);
	if (f->stage == OCI_STAGE_EXEC)
		return 1;
	if (f->stage == OCI_STAGE_GATE && s->spec->gate_fd >= 0)
		return 0;
	if (f->stage != OCI_STAGE_SECCOMP || !spec_has_listener(s->spec))
		return err_set(e, EPROTO, "container: stage %u", f->stage);
	r = take_listener(s, (int)f->index, e);
	return r < 0 ? r : 1;
}

int start_hear(struct start *s, struct err *e)
{
	bool is_ready = false;
	struct oci_fault f;
	int r;

	while ((r = next_fault(s, &f, e)) > 0) {
		r = follow(s, &f, e);
		if (r <= 0)
			return r;
		is_ready |= f.stage == OCI_STAGE_EXEC;
	}
	return r < 0 || is_ready ? r : killed(e);
}

int start_await(struct start *s, struct err *e)
{
	struct oci_fault f;
	int r = read_fault(s->fault_read, &f, e);

	if (r <= 0)
		return r < 0 ? r : killed(e);
	if (f.error)
		return oci_fault_explain(
			&f, stage_object(s->spec, f.stage, f.index), e);
	return f.stage == OCI_STAGE_WAIT ?
		       0 :
		       err_set(e, EPROTO, "container: stage %u", f.stage);
}

int oci_fault_hear(int fd, const char *program, struct err *e)
{
	bool is_ready = false;
	struct oci_fault f;
	int r;

	while ((r = read_fault(fd, &f, e)) > 0) {
		if (f.error)
			return oci_fault_explain(&f, program, e);
		if (f.stage != OCI_STAGE_EXEC)
			return err_set(e, EPROTO, "container: stage %u",
				       f.stage);
		is_ready = true;
	}
	return r < 0 || is_ready ? r : killed(e);
}

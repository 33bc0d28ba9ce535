#include "runtime/uplink/kmsg.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"

/* A piece of the message; never NUL-terminated. */
struct span {
	const char *at;
	size_t len;
};

static bool starts_with(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.at, prefix, n) == 0;
}

static struct span skip(struct span s, size_t n)
{
	return (struct span){ s.at + n, s.len - n };
}

/* What lies before the first `needle`, moving `s` behind it. */
static bool take_until(struct span *s, const char *needle, struct span *before)
{
	const char *hit = memmem(s->at, s->len, needle, strlen(needle));

	if (!hit)
		return false;
	*before = (struct span){ s->at, (size_t)(hit - s->at) };
	*s = skip(*s, before->len + strlen(needle));
	return true;
}

/* What lies after the last `needle`, cutting `s` off before it. */
static bool cut_from_last(struct span *s, const char *needle,
			  struct span *after)
{
	size_t n = strlen(needle);

	for (size_t i = s->len >= n ? s->len - n + 1 : 0; i > 0; i--) {
		if (memcmp(s->at + i - 1, needle, n) != 0)
			continue;
		*after = skip(*s, i - 1 + n);
		s->len = i - 1;
		return true;
	}
	return false;
}

/* All of `s` as a decimal number of at most 18 digits. */
static bool to_number(struct span s, int64_t *n)
{
	int64_t value = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		value = value * 10 + (s.at[i] - '0');
	}
	*n = value;
	return true;
}

static bool to_text(struct span s, char *text, size_t cap)
{
	if (s.len >= cap || memchr(s.at, '\0', s.len))
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return true;
}

static bool to_word(struct span s, char *word)
{
	return s.len > 0 && to_text(s, word, RECORD_WORD_MAX + 1) &&
	       record_is_word(word);
}

/* The value of the last space-separated token "key=...". */
static bool find_field(struct span s, const char *key, struct span *value)
{
	bool is_found = false;
	struct span token;

	while (s.len > 0) {
		if (!take_until(&s, " ", &token)) {
			token = s;
			s.len = 0;
		}
		if (!starts_with(token, key))
			continue;
		*value = skip(token, strlen(key));
		is_found = true;
	}
	return is_found;
}

static bool word_field(struct span s, const char *key, char *word)
{
	struct span value;

	return find_field(s, key, &value) && to_word(value, word);
}

static bool number_field(struct span s, const char *key, int64_t *n)
{
	struct span value;

	return find_field(s, key, &value) && to_number(value, n);
}

/* "audit(1700000000.123:45): " must follow; only digits inside. */
static bool skip_audit_stamp(struct span *s)
{
	struct span stamp;

	if (!starts_with(*s, "audit("))
		return false;
	*s = skip(*s, strlen("audit("));
	if (!take_until(s, "): ", &stamp))
		return false;
	for (size_t i = 0; i < stamp.len; i++)
		if (!strchr("0123456789.:", stamp.at[i]) || !stamp.at[i])
			return false;
	return true;
}

struct decision {
	const char *prefix;
	enum kmsg_kind kind;
};

static const struct decision decisions[] = {
	{ "avc:  denied  { ", KMSG_DENIAL },
	{ "avc:  granted  { ", KMSG_GRANTED },
};

static bool take_decision(struct span *s, enum kmsg_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
		if (!starts_with(*s, decisions[i].prefix))
			continue;
		*kind = decisions[i].kind;
		*s = skip(*s, strlen(decisions[i].prefix));
		return true;
	}
	return false;
}

static bool read_decision(struct span s, struct kmsg_event *ev)
{
	int64_t permissive = 0;
	struct span permission;
	enum kmsg_kind kind;

	if (!skip_audit_stamp(&s) || !take_decision(&s, &kind) ||
	    !take_until(&s, " } for ", &permission) ||
	    !to_word(permission, ev->permission) ||
	    !word_field(s, "scontext=", ev->source) ||
	    !word_field(s, "tcontext=", ev->target) ||
	    !word_field(s, "tclass=", ev->tclass))
		return false;
	if (number_field(s, "permissive=", &permissive))
		ev->is_permissive = permissive != 0;
	ev->kind = kind;
	return true;
}

/* "auid=4294967295 ses=4294967295 lsm=selinux res=1" */
static bool read_load(struct span s, struct kmsg_event *ev)
{
	if (!skip_audit_stamp(&s) || !number_field(s, "res=", &ev->value))
		return false;
	ev->change = "load";
	ev->kind = KMSG_POLICY;
	return true;
}

/* "enforcing=0 old_enforcing=1 auid=... lsm=selinux res=1" */
static bool read_enforcing(struct span s, struct kmsg_event *ev)
{
	if (!skip_audit_stamp(&s) || !number_field(s, "enforcing=", &ev->value))
		return false;
	ev->change = "enforcing";
	ev->kind = KMSG_POLICY;
	return true;
}

/* "bool=name val=1 old_val=0 auid=... lsm=selinux res=1" */
static bool read_boolean(struct span s, struct kmsg_event *ev)
{
	if (!skip_audit_stamp(&s) || !number_field(s, "val=", &ev->value))
		return false;
	ev->change = "boolean";
	ev->kind = KMSG_POLICY;
	return true;
}

static bool read_seccomp(struct span s, struct kmsg_event *ev)
{
	if (!skip_audit_stamp(&s) ||
	    !number_field(s, "syscall=", &ev->syscall) ||
	    !number_field(s, "sig=", &ev->signal))
		return false;
	/* Without SELinux there is no subject to name. */
	if (!word_field(s, "subj=", ev->source))
		ev->source[0] = '\0';
	ev->kind = KMSG_SECCOMP;
	return true;
}

/* "kauditd_printk_skb: 23 callbacks suppressed" */
static bool read_suppressed(struct span s, struct kmsg_event *ev)
{
	struct span number;

	if (!take_until(&s, " callbacks suppressed", &number) ||
	    !to_number(number, &ev->count))
		return false;
	ev->kind = KMSG_SUPPRESSED;
	return true;
}

/* "3 audit_rate_limit=0 audit_backlog_limit=64": how many since boot. */
static bool read_audit_lost(struct span s, struct kmsg_event *ev)
{
	struct span number;

	if (!take_until(&s, " audit_rate_limit=", &number) ||
	    !to_number(number, &ev->count))
		return false;
	ev->kind = KMSG_AUDIT_LOST;
	return true;
}

static bool is_same_or_below(struct span path, struct span parent)
{
	return path.len >= parent.len &&
	       memcmp(path.at, parent.at, parent.len) == 0 &&
	       (path.len == parent.len || path.at[parent.len] == '/');
}

/* "/tasks/<task>/<container>[/...]" */
static bool read_cgroup(struct span path, struct kmsg_event *ev)
{
	struct span task;
	struct span container;

	if (!starts_with(path, "/tasks/"))
		return false;
	path = skip(path, strlen("/tasks/"));
	if (!take_until(&path, "/", &task))
		return false;
	if (!take_until(&path, "/", &container))
		container = path;
	return to_text(task, ev->task_id, sizeof(ev->task_id)) &&
	       to_text(container, ev->container, sizeof(ev->container)) &&
	       task.len > 0 && container.len > 0;
}

/*
 * constraint=...,[oom_memcg=PATH,]task_memcg=PATH,task=COMM,pid=N,uid=N
 * The killed process is in or below the cgroup that ran out; a forged
 * task_memcg inside a nested cgroup's name is not.
 */
static bool read_oom(struct span s, struct kmsg_event *ev)
{
	struct span before, limit = { "", 0 }, cgroup, uid, pid;
	int64_t ignored;

	if (!cut_from_last(&s, ",uid=", &uid) || !to_number(uid, &ignored) ||
	    !cut_from_last(&s, ",pid=", &pid) || !to_number(pid, &ev->pid))
		return false;
	if (take_until(&s, "oom_memcg=", &before) &&
	    !take_until(&s, ",", &limit))
		return false;
	if (limit.len ? !starts_with(s, "task_memcg=") :
			!take_until(&s, ",task_memcg=", &before))
		return false;
	if (limit.len)
		s = skip(s, strlen("task_memcg="));
	if (!take_until(&s, ",task=", &cgroup) ||
	    (limit.len && !is_same_or_below(cgroup, limit)) ||
	    !read_cgroup(cgroup, ev) || !to_text(s, ev->comm, KMSG_COMM_MAX))
		return false;
	ev->kind = KMSG_OOM;
	return true;
}

/*
 * The level is part of what tells a message: a file system's complaint begins
 * with the name that a task gave to mount(2), and is an error.
 */
struct kmsg_row {
	int64_t level;
	const char *prefix;
	bool (*read)(struct span s, struct kmsg_event *ev);
};

static const struct kmsg_row rows[] = {
	{ 5, "audit: type=1400 ", read_decision },
	{ 5, "audit: type=1403 ", read_load },
	{ 5, "audit: type=1404 ", read_enforcing },
	{ 5, "audit: type=1405 ", read_boolean },
	{ 5, "audit: type=1326 ", read_seccomp },
	{ 4, "kauditd_printk_skb: ", read_suppressed },
	{ 4, "audit: audit_lost=", read_audit_lost },
	{ 6, "oom-kill:", read_oom },
};

/* "prio,seq,usec,flags[,...];" ; a priority that is a level is the kernel's. */
static int read_prefix(struct span *s, int64_t *priority, int64_t *sequence)
{
	struct span prefix, number;

	if (!take_until(s, ";", &prefix) ||
	    !take_until(&prefix, ",", &number) ||
	    !to_number(number, priority) ||
	    !take_until(&prefix, ",", &number) || !to_number(number, sequence))
		return -EBADMSG;
	return 0;
}

int kmsg_parse(const char *text, size_t len, struct kmsg_event *ev)
{
	struct span s = { text, len };
	int64_t priority, sequence;
	struct span line;
	int r;

	ev->kind = KMSG_OTHER;
	r = read_prefix(&s, &priority, &sequence);
	if (r < 0)
		return r;
	ev->sequence = (uint64_t)sequence;
	/* After the line come " KEY=value" lines of the device, if any. */
	if (!take_until(&s, "\n", &line))
		line = s;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (priority == rows[i].level &&
		    starts_with(line, rows[i].prefix) &&
		    rows[i].read(skip(line, strlen(rows[i].prefix)), ev))
			return 0;
	ev->kind = KMSG_OTHER;
	return 0;
}

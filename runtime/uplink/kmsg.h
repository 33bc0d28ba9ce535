/*
 * kmsg: what the kernel's log says about denials, use of what was granted,
 * the policy, seccomp and memory.
 *
 * kmsg_parse() reads one message as read(2) of /dev/kmsg gives it. Pure, for
 * any bytes of any length. Some fields of these messages are chosen by tasks
 * (comm, exe, path, names of nested cgroups), so:
 * - only messages of facility 0 count: the kernel gives no writer of
 *   /dev/kmsg that facility;
 * - only messages of the level that the kernel gives such a message count:
 *   complaints about a mount begin with a name that a task chose;
 * - audit fields are whole space-separated tokens; the kernel writes a task's
 *   strings quoted, or in hexadecimal where they hold a space or a quote, so
 *   no such token can begin with another field's name;
 * - in OOM lines, where comm is plain text, what the kernel writes after comm
 *   is looked for from the end, and what it writes before from the front.
 * The "Killed process" line that follows an OOM line names no container and is
 * not used; a group kill (memory.oom.group) is told by its first process.
 * Source: Documentation/ABI/testing/dev-kmsg; Linux security/selinux/avc.c,
 * security/selinux/selinuxfs.c, include/uapi/linux/audit.h, kernel/auditsc.c,
 * kernel/audit.c (audit_log_untrustedstring), mm/oom_kill.c.
 */
#ifndef CLOISTER_UPLINK_KMSG_H
#define CLOISTER_UPLINK_KMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/record.h"

#define KMSG_MESSAGE_MAX 8192	/* more than one read(2) ever gives */
#define KMSG_COMM_MAX 64	/* 15 bytes, each at most 4 when escaped */

enum kmsg_kind {
	KMSG_OTHER,		/* nothing for us */
	KMSG_DENIAL,
	KMSG_GRANTED,		/* an access that the policy wants to hear of */
	KMSG_POLICY,		/* a policy was loaded, or enforcing set */
	KMSG_SECCOMP,
	KMSG_OOM,		/* a process of a container was killed */
	KMSG_SUPPRESSED,	/* audit messages that the kernel held back */
	KMSG_AUDIT_LOST,	/* the same, for want of room; all since boot */
	KMSG_KIND_COUNT
};

struct kmsg_event {
	enum kmsg_kind kind;
	uint64_t sequence;			/* of the message */
	/* denial, granted, seccomp: words */
	char source[RECORD_WORD_MAX + 1];	/* scontext or subj */
	char target[RECORD_WORD_MAX + 1];
	char tclass[RECORD_WORD_MAX + 1];
	char permission[RECORD_WORD_MAX + 1];
	bool is_permissive;
	int64_t syscall, signal;
	/* OOM */
	char task_id[CHANNEL_TASK_ID_MAX];
	char container[CHANNEL_NAME_MAX];
	char comm[KMSG_COMM_MAX];		/* chosen by the task */
	int64_t pid;
	/* policy: a word of ours, and what the kernel says of it */
	const char *change;
	int64_t value;
	/* suppressed, lost */
	int64_t count;
};

/*
 * Reads one message. Returns 0, also for one of no interest (KMSG_OTHER), or
 * -EBADMSG when it is not in the form of /dev/kmsg.
 */
int kmsg_parse(const char *text, size_t len, struct kmsg_event *ev);

#endif

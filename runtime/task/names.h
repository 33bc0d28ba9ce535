/* SPDX-License-Identifier: MIT */
/*
 * names: what a container finds in /etc of names, in the form that Docker
 * gives these files: its own, those of hosts, and who to ask for others. Pure:
 * texts alone, made of the plan.
 */
#ifndef CLOISTER_TASK_NAMES_H
#define CLOISTER_TASK_NAMES_H

#include "runtime/base/err.h"
#include "runtime/task/plan.h"

#define NAMES_HOSTS_MAX 32768	/* what intake lets through fits into these */
#define NAMES_RESOLV_MAX 4096

struct names {
	char hostname[PLAN_HOSTNAME_MAX + 2];
	char hosts[NAMES_HOSTS_MAX];
	char resolv[NAMES_RESOLV_MAX];
};

/*
 * Fills the texts of /etc/hostname, /etc/hosts and /etc/resolv.conf for a
 * container called `hostname`, whose task has these `cards` (NULL: none). The
 * name leads to the first address of the first card or, where the container
 * uses the instance's network, to that one's, else to a loopback address.
 * Servers are the container's own or, where it names none, the card's, else
 * the instance's.
 * Returns 0 or -E2BIG: more than fits.
 * Source: hosts(5), hostname(5), resolv.conf(5).
 */
int names_fill(struct names *n, const struct plan_instance *instance,
	       const struct plan_task *task,
	       const struct plan_attachment *cards,
	       const struct plan_container *c, const char *hostname,
	       struct err *e);

#endif

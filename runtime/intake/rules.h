// SPDX-License-Identifier: MIT
/*
 * rules: what holds between the fields of a document, after each field alone
 * was checked.
 *
 * A rule is one function with a name in a table; the first that fails ends
 * the check, with the path of the field to change and the reason. Source of
 * the rules of tasks and containers: ECS API reference, RegisterTaskDefinition
 * and ContainerDefinition.
 */
#ifndef CLOISTER_INTAKE_RULES_H
#define CLOISTER_INTAKE_RULES_H

#include "runtime/intake/refusal.h"
#include "runtime/task/plan.h"

/*
 * Rules of `instance`. Also brings privilegedCapabilities into the plan's
 * form: without CAP_, ALL as the names of all that are not default.
 * Returns 0, -EINVAL with `why` filled, -ENOMEM.
 */
int rules_check_instance(struct plan *p, struct refusal *why);

/*
 * Rules of `tasks` and all below, for a plan whose instance was checked. Also
 * brings capabilities into the plan's form, without CAP_. Same returns.
 */
int rules_check_tasks(struct plan *p, struct refusal *why);

/* ------------------------------------- for the files of the rules */

struct rule_scope {
	struct plan *plan;
	struct plan_task *task;		  /* NULL in instance rules */
	struct plan_container *container; /* NULL but in container rules */
	struct refusal *why;
	char path[96]; /* of the object at hand */
};

struct rule {
	const char *name; /* the claim */
	int (*check)(struct rule_scope *s);
};

/* Sets the path in s->why to a member below s->path: ".memory". */
void rule_at(struct rule_scope *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes CAP_ from the front of each word, in place. */
void rule_strip_prefixes(struct plan_strings *words);

/* The index of the container of that name, or -1. */
int rule_find_container(const struct plan_task *t, const char *name);

/* "/data" and "/data/" are one place. */
bool rule_is_same_path(const char *a, const char *b);

/*
 * Writes what volumesFrom brings into mount_points, in rules_volumes.c. What a
 * container mounts itself wins over what it inherits, later sources over
 * earlier ones, as Docker has it. Source: ECS API VolumeFrom.
 */
int rule_write_out_volumes_from(struct rule_scope *s);

/*
 * Writes what secrets and environmentFiles name into the environment, in
 * rules_environment.c; secrets of a task that has them as files get their
 * values where they are. Values of `environment` win over those of secrets'
 * and files', earlier files over later ones. Source: ECS API EnvironmentFile,
 * Secret; amazon-ecs-agent reads files in this way.
 */
int rule_write_out_environment(struct rule_scope *s);

/* All volumes, and some room for each root, are within ephemeralStorage. */
int rule_volumes_fit_into_the_storage(struct rule_scope *s);

/* Where a task has its secrets as files nothing else is mounted. */
int rule_secrets_have_their_place(struct rule_scope *s);

/* Rules of the whole document, in rules_counts.c. */
int rule_tasks_are_not_too_many(struct rule_scope *s);
int rule_single_placement_has_one_task(struct rule_scope *s);
int rule_daemons_are_one_each(struct rule_scope *s);
int rule_deployments_can_proceed(struct rule_scope *s);

/* Rules of the whole document, in rules_network.c and rules_interface.c. */
int rule_instance_ports_are_taken_once(struct rule_scope *s);
int rule_interfaces_can_be_given(struct rule_scope *s);
int rule_bridges_have_a_way_out(struct rule_scope *s);

/* Rules of one container, in rules_network.c and rules_names.c. */
int rule_ports_can_be_mapped(struct rule_scope *s);
int rule_search_domains_are_short(struct rule_scope *s);
int rule_settings_are_the_tasks_own(struct rule_scope *s);
int rule_devices_are_granted(struct rule_scope *s);

/* The capabilities that a container would have, permitted or not; after
 * rule_strip_prefixes(). In rules_container.c. */
uint64_t rule_asked_set(const struct rule_scope *s);

/* Rules of one task, in rules_names.c. */
int rule_settings_agree(struct rule_scope *s);

/* Rules of one container; the table ends at name NULL. */
extern const struct rule container_rules[];

#endif

/* SPDX-License-Identifier: MIT */
/*
 * settings: which kernel settings a task may ask for (systemControls), and which
 * namespace has to be its own for that. Pure.
 */
#ifndef CLOISTER_TASK_SETTINGS_H
#define CLOISTER_TASK_SETTINGS_H

enum setting_kind {
	SETTING_NONE,		/* not of a namespace: the whole machine's */
	SETTING_NETWORK,
	SETTING_IPC,
};

/*
 * What the namespace of a well-formed name (plan_syntax.h) is. A name that is
 * like those of a namespace and that this kernel does not have fails when the
 * container starts.
 * Source: ECS SystemControl; kernel net/, ipc/ (6.12): what is registered for
 * each namespace and may be written there.
 */
enum setting_kind setting_kind(const char *name);

#endif

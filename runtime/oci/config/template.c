// SPDX-License-Identifier: MIT
/*
 * The config.json of `cloister spec`: little privilege, and the mounts, hidden
 * paths and seccomp profile that the engine's own containers have.
 */
#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "policy/grants.h"
#include "policy/seccomp.h"
#include "runtime/base/fd.h"
#include "runtime/oci/config/config.h"
#include "runtime/oci/config/mount_options.h"
#include "runtime/oci/config/pretty.h"
#include "runtime/oci/config/words.h"

#define OPEN_FILES 1024

static void text_member(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_text(j, value);
}

static void number_member(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_uint(j, value);
}

static void bool_member(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

static void text_list(struct json *j, const char *key, const char *const *items,
		      size_t count)
{
	json_key(j, key);
	json_open(j, '[');
	for (size_t i = 0; i < count; i++)
		json_text(j, items[i]);
	json_close(j, ']');
}

/* ----------------------------------------------------------------- process */

/* What a program as root cannot do without. */
static const char *const capabilities[] = {
	"CAP_AUDIT_WRITE",
	"CAP_KILL",
	"CAP_NET_BIND_SERVICE",
};

static void put_capabilities(struct json *j)
{
	static const char *const sets[] = { "bounding", "effective",
					    "permitted" };

	json_key(j, "capabilities");
	json_open(j, '{');
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		text_list(j, sets[i], capabilities, ARRAY_SIZE(capabilities));
	json_close(j, '}');
}

static void put_rlimits(struct json *j)
{
	json_key(j, "rlimits");
	json_open(j, '[');
	json_open(j, '{');
	text_member(j, "type", words_name(words_rlimits, RLIMIT_NOFILE));
	number_member(j, "hard", OPEN_FILES);
	number_member(j, "soft", OPEN_FILES);
	json_close(j, '}');
	json_close(j, ']');
}

static void put_process(struct json *j)
{
	static const char *const args[] = { "sh" };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		"/sbin:/bin",
		"TERM=xterm",
	};

	json_key(j, "process");
	json_open(j, '{');
	bool_member(j, "terminal", true);
	json_key(j, "user");
	json_open(j, '{');
	number_member(j, "uid", 0);
	number_member(j, "gid", 0);
	json_close(j, '}');
	text_list(j, "args", args, ARRAY_SIZE(args));
	text_list(j, "env", env, ARRAY_SIZE(env));
	text_member(j, "cwd", "/");
	put_capabilities(j);
	put_rlimits(j);
	bool_member(j, "noNewPrivileges", true);
	json_close(j, '}');
}

/* ------------------------------------------------------------------ mounts */

static void put_attributes(struct json *j, uint64_t set)
{
	for (const struct mount_option *o = mount_options; o->name; o++)
		if (o->effect == MOUNT_ATTRIBUTE && o->set &&
		    (set & o->set) == o->set)
			json_text(j, o->name);
}

static void put_mount(struct json *j, const struct oci_mount *m)
{
	json_open(j, '{');
	text_member(j, "destination", m->destination);
	text_member(j, "type", m->type);
	text_member(j, "source", m->source ? m->source : m->type);
	json_key(j, "options");
	json_open(j, '[');
	put_attributes(j, m->attributes_set);
	for (const char *at = m->options; at && *at;) {
		size_t length = strcspn(at, ",");

		json_bytes(j, at, length);
		at += length + (at[length] == ',');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_mounts(struct json *j)
{
	json_key(j, "mounts");
	json_open(j, '[');
	for (size_t i = 0; i < OCI_DEFAULT_MOUNTS; i++)
		put_mount(j, &oci_default_mounts[i]);
	json_close(j, ']');
}

/* ----------------------------------------------------------------- seccomp */

static void open_rule(struct json *j)
{
	json_open(j, '{');
	json_key(j, "names");
	json_open(j, '[');
}

static void close_rule(struct json *j, int error)
{
	json_close(j, ']');
	text_member(j, "action",
		    words_name(words_seccomp_actions,
			       error ? SCMP_ACT_ERRNO(0) : SCMP_ACT_ALLOW));
	if (error)
		number_member(j, "errnoRet", (uint64_t)error);
}

static void put_condition(struct json *j, const struct seccomp_when *w)
{
	static const enum seccomp_op ops[] = {
		[SECCOMP_EQUAL] = SECCOMP_OP_EQ,
		[SECCOMP_BELOW] = SECCOMP_OP_LT,
		[SECCOMP_ABOVE] = SECCOMP_OP_GT,
		[SECCOMP_MASKED] = SECCOMP_OP_MASKED_EQ,
	};
	bool is_masked = w->compare == SECCOMP_MASKED;

	json_key(j, "args");
	json_open(j, '[');
	json_open(j, '{');
	number_member(j, "index", w->argument);
	number_member(j, "value", is_masked ? w->mask : w->value);
	if (is_masked)
		number_member(j, "valueTwo", w->value);
	text_member(j, "op", words_name(words_seccomp_ops, ops[w->compare]));
	json_close(j, '}');
	json_close(j, ']');
}

static void put_rules(struct json *j)
{
	open_rule(j);
	for (const char *const *n = seccomp_allowed; *n; n++)
		json_text(j, *n);
	close_rule(j, 0);
	json_close(j, '}');
	for (const struct seccomp_when *w = seccomp_when; w->name; w++) {
		open_rule(j);
		json_text(j, w->name);
		close_rule(j, w->error);
		put_condition(j, w);
		json_close(j, '}');
	}
	for (const struct seccomp_refused *r = seccomp_refused; r->name; r++) {
		open_rule(j);
		json_text(j, r->name);
		/* Neighbours with the same answer share a rule. */
		for (; r[1].name && r[1].error == r->error; r++)
			json_text(j, r[1].name);
		close_rule(j, r->error);
		json_close(j, '}');
	}
}

static void put_seccomp(struct json *j)
{
	json_key(j, "seccomp");
	json_open(j, '{');
	text_member(j, "defaultAction",
		    words_name(words_seccomp_actions, SCMP_ACT_ERRNO(0)));
	number_member(j, "defaultErrnoRet", SECCOMP_UNKNOWN_ERROR);
	json_key(j, "syscalls");
	json_open(j, '[');
	put_rules(j);
	json_close(j, ']');
	json_close(j, '}');
}

/* ------------------------------------------------------------------- linux */

static void put_namespaces(struct json *j)
{
	json_key(j, "namespaces");
	json_open(j, '[');
	for (const struct field_word *w = words_namespaces; w->word; w++) {
		if (!(w->value & OCI_DEFAULT_NAMESPACES))
			continue;
		json_open(j, '{');
		text_member(j, "type", w->word);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* Everything is refused but what every container needs. */
static void put_devices(struct json *j)
{
	json_key(j, "resources");
	json_open(j, '{');
	json_key(j, "devices");
	json_open(j, '[');
	json_open(j, '{');
	bool_member(j, "allow", false);
	text_member(j, "access", "rwm");
	json_close(j, '}');
	json_close(j, ']');
	json_close(j, '}');
}

static void put_linux(struct json *j)
{
	json_key(j, "linux");
	json_open(j, '{');
	put_devices(j);
	put_namespaces(j);
	put_seccomp(j);
	text_list(j, "maskedPaths", oci_default_masked,
		  oci_default_masked_count);
	text_list(j, "readonlyPaths", oci_default_read_only,
		  oci_default_read_only_count);
	json_close(j, '}');
}

int config_write_template(int fd, struct err *e)
{
	AUTO_FREE char *text = malloc(PRETTY_BYTES_MAX);
	struct json j;

	if (!text)
		return err_set(e, ENOMEM, "malloc(template)");
	json_start(&j, text, PRETTY_BYTES_MAX);
	json_open(&j, '{');
	text_member(&j, "ociVersion", CONFIG_VERSION_MAX);
	put_process(&j);
	json_key(&j, "root");
	json_open(&j, '{');
	text_member(&j, "path", "rootfs");
	bool_member(&j, "readonly", true);
	json_close(&j, '}');
	text_member(&j, "hostname", "cloister");
	put_mounts(&j);
	put_linux(&j);
	json_close(&j, '}');
	return pretty_write(fd, &j, e);
}

// SPDX-License-Identifier: MIT
/* What `cloister features` prints, from the tables that config.json is read
 * along. Source: OCI runtime-spec 1.3, features.md. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/oci/config/config.h"
#include "runtime/oci/config/document.h"
#include "runtime/oci/config/mount_options.h"
#include "runtime/oci/config/pretty.h"
#include "runtime/oci/config/words.h"

static void open_list(struct json *j, const char *key)
{
	json_key(j, key);
	json_open(j, '[');
}

static void open_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_open(j, '{');
}

static void put_words(struct json *j, const char *key,
		      const struct field_word *words)
{
	open_list(j, key);
	for (; words->word; words++)
		if (!words->why)
			json_text(j, words->word);
	json_close(j, ']');
}

static void put_switch(struct json *j, const char *key, bool is_enabled)
{
	open_object(j, key);
	json_key(j, "enabled");
	json_bool(j, is_enabled);
	json_close(j, '}');
}

static void put_hooks(struct json *j)
{
	const struct field_table *t = &document_hooks_table;

	open_list(j, "hooks");
	for (size_t i = 0; i < t->count; i++)
		json_text(j, t->fields[i].key);
	json_close(j, ']');
}

static void put_mount_options(struct json *j)
{
	open_list(j, "mountOptions");
	for (const struct mount_option *o = mount_options; o->name; o++)
		json_text(j, o->name);
	json_close(j, ']');
}

static void put_capabilities(struct json *j)
{
	open_list(j, "capabilities");
	for (unsigned int i = 0; i < grant_count; i++) {
		char name[64] = "CAP_";

		strncat(name, grant_rows[i].name, sizeof(name) - 5);
		json_text(j, name);
	}
	json_close(j, ']');
}

static void put_cgroup(struct json *j)
{
	static const struct {
		const char *key;
		bool is_there;
	} rows[] = {
		{ "v1", false },      { "v2", true },
		{ "systemd", false }, { "systemdUser", false },
		{ "rdma", true },
	};

	open_object(j, "cgroup");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_key(j, rows[i].key);
		json_bool(j, rows[i].is_there);
	}
	json_close(j, '}');
}

/*
 * The kernel looks at the flags before it looks at the program: without one,
 * EFAULT means that it knows them. Source: kernel/seccomp.c.
 */
static bool kernel_has(uint64_t flag)
{
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 &&
	       errno == EFAULT;
}

static void put_seccomp(struct json *j)
{
	open_object(j, "seccomp");
	json_key(j, "enabled");
	json_bool(j, kernel_has(0));
	put_words(j, "actions", words_seccomp_actions);
	put_words(j, "operators", words_seccomp_ops);
	put_words(j, "archs", words_seccomp_archs);
	put_words(j, "knownFlags", words_seccomp_flags);
	open_list(j, "supportedFlags");
	for (const struct field_word *w = words_seccomp_flags; w->word; w++)
		if (kernel_has(w->value))
			json_text(j, w->word);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_memory_policy(struct json *j)
{
	open_object(j, "memoryPolicy");
	put_words(j, "modes", words_memory_modes);
	put_words(j, "flags", words_memory_flags);
	json_close(j, '}');
}

static void put_linux(struct json *j)
{
	open_object(j, "linux");
	put_words(j, "namespaces", words_namespaces);
	put_capabilities(j);
	put_cgroup(j);
	put_seccomp(j);
	put_switch(j, "apparmor", false);
	put_switch(j, "selinux", true);
	put_switch(j, "intelRdt", false);
	put_memory_policy(j);
	open_object(j, "mountExtensions");
	put_switch(j, "idmap", true);
	json_close(j, '}');
	put_switch(j, "netDevices", true);
	json_close(j, '}');
}

int config_write_features(int fd, struct err *e)
{
	AUTO_FREE char *text = malloc(PRETTY_BYTES_MAX);
	struct json j;

	if (!text)
		return err_set(e, ENOMEM, "malloc(features)");
	json_start(&j, text, PRETTY_BYTES_MAX);
	json_open(&j, '{');
	json_key(&j, "ociVersionMin");
	json_text(&j, CONFIG_VERSION_MIN);
	json_key(&j, "ociVersionMax");
	json_text(&j, CONFIG_VERSION_MAX);
	put_hooks(&j);
	put_mount_options(&j);
	put_linux(&j);
	json_close(&j, '}');
	return pretty_write(fd, &j, e);
}

// SPDX-License-Identifier: MIT
/*
 * The shape in other words:
 *
 *   bench_describe config ROOTFS [WORD]   config.json; a word for the program
 *   bench_describe filter FILE            the seccomp program of one, in C
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/grants.h"
#include "policy/seccomp.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/config/config.h"
#include "runtime/oci/devices.h"
#include "tests/bench/shape.h"

static void print_list(const char *const *strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%s\"%s\"", i ? "," : "", strings[i]);
}

static void print_strings(const char *const *strings)
{
	size_t count = 0;

	while (strings[count])
		count++;
	print_list(strings, count);
}

static const struct {
	uint64_t flag;
	const char *word;
} words[] = {
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_RDONLY, "ro" },
};

static void print_mount(const struct oci_mount *m)
{
	const char *separator = "";

	printf("{\"destination\":\"%s\",\"type\":\"%s\",\"source\":\"%s\","
	       "\"options\":[",
	       m->destination, m->type, m->type);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(m->attributes_set & words[i].flag))
			continue;
		printf("%s\"%s\"", separator, words[i].word);
		separator = ",";
	}
	for (const char *o = m->options; o && *o;) {
		size_t len = strcspn(o, ",");

		printf("%s\"%.*s\"", separator, (int)len, o);
		separator = ",";
		o += len + (o[len] == ',');
	}
	printf("]}");
}

static void print_capabilities(void)
{
	static const char *const sets[] = { "bounding", "effective",
					    "permitted" };

	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		const char *separator = "";

		printf("%s\"%s\":[", s ? "," : "", sets[s]);
		for (unsigned int i = 0; i < grant_count; i++) {
			if (!grant_rows[i].is_default)
				continue;
			printf("%s\"CAP_%s\"", separator, grant_rows[i].name);
			separator = ",";
		}
		printf("]");
	}
}

static bool is_granted(const char *name)
{
	for (unsigned int i = 0; i < grant_count; i++) {
		const char *const *n = grant_rows[i].syscalls;

		for (; grant_rows[i].is_default && n && *n; n++)
			if (strcmp(*n, name) == 0)
				return true;
	}
	return false;
}

static void print_action(int error)
{
	if (error)
		printf("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%d", error);
	else
		printf("\"action\":\"SCMP_ACT_ALLOW\"");
}

static void print_condition(const struct seccomp_when *w)
{
	static const char *const operators[] = {
		[SECCOMP_EQUAL] = "SCMP_CMP_EQ",
		[SECCOMP_BELOW] = "SCMP_CMP_LT",
		[SECCOMP_ABOVE] = "SCMP_CMP_GT",
		[SECCOMP_MASKED] = "SCMP_CMP_MASKED_EQ",
	};
	bool is_masked = w->compare == SECCOMP_MASKED;

	printf(",{\"names\":[\"%s\"],", w->name);
	print_action(w->error);
	printf(",\"args\":[{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,"
	       "\"op\":\"%s\"}]}",
	       w->argument,
	       (unsigned long long)(is_masked ? w->mask : w->value),
	       (unsigned long long)(is_masked ? w->value : 0),
	       operators[w->compare]);
}

static void print_seccomp(void)
{
	printf("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
	       "\"defaultErrnoRet\":%d,\"architectures\":"
	       "[\"SCMP_ARCH_X86_64\"],\"syscalls\":[{\"names\":[",
	       SECCOMP_UNKNOWN_ERROR);
	print_strings(seccomp_allowed);
	printf("],\"action\":\"SCMP_ACT_ALLOW\"}");
	for (const struct seccomp_when *w = seccomp_when; w->name; w++)
		if (!is_granted(w->name))
			print_condition(w);
	for (const struct seccomp_refused *n = seccomp_refused; n->name; n++) {
		if (is_granted(n->name))
			continue;
		printf(",{\"names\":[\"%s\"],", n->name);
		print_action(n->error);
		printf("}");
	}
	printf("]}");
}

static void print_process(const char *const *more)
{
	printf("\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":["
	       "\"/nothing\"%s",
	       *more ? "," : "");
	print_strings(more);
	printf("],\"env\":[\"PATH=/bin\",\"HOME=/root\"],\"cwd\":\"/\","
	       "\"capabilities\":{");
	print_capabilities();
	printf("},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":%d,"
	       "\"soft\":%d}],\"noNewPrivileges\":true,\"oomScoreAdj\":%d}",
	       SHAPE_OPEN_FILES, SHAPE_OPEN_FILES, SHAPE_OOM_SCORE_ADJ);
}

/* Denied whole, then what the default nodes and terminals need. */
static void print_devices(void)
{
	printf("\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
	       "{\"allow\":true,\"type\":\"c\",\"access\":\"m\"},"
	       "{\"allow\":true,\"type\":\"b\",\"access\":\"m\"},"
	       "{\"allow\":true,\"type\":\"c\",\"major\":5,\"minor\":2,"
	       "\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\","
	       "\"major\":136,\"access\":\"rwm\"}");
	for (size_t i = 0; i < DEVICES_DEFAULT; i++)
		printf(",{\"allow\":true,\"type\":\"c\",\"major\":%u,"
		       "\"minor\":%u,\"access\":\"rwm\"}",
		       devices_default[i].major, devices_default[i].minor);
	printf("]");
}

static void print_linux(void)
{
	printf("\"linux\":{\"namespaces\":[{\"type\":\"pid\"},"
	       "{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
	       "{\"type\":\"mount\"},{\"type\":\"cgroup\"}],"
	       "\"resources\":{");
	print_devices();
	printf(",\"memory\":{\"limit\":%d},\"cpu\":{\"shares\":%d},"
	       "\"pids\":{\"limit\":%d}},\"maskedPaths\":[",
	       SHAPE_MEMORY_MAX, SHAPE_CPU_SHARES, SHAPE_PIDS_MAX);
	print_list(oci_default_masked, oci_default_masked_count);
	printf("],\"readonlyPaths\":[");
	print_list(oci_default_read_only, oci_default_read_only_count);
	printf("],");
	print_seccomp();
	printf("}");
}

static int print_config(const char *rootfs, const char *word)
{
	const char *const more[] = { word, NULL };

	printf("{\"ociVersion\":\"1.0.2\",");
	print_process(more);
	printf(",\"root\":{\"path\":\"%s\"},\"hostname\":\"%s\","
	       "\"mounts\":[",
	       rootfs, SHAPE_HOSTNAME);
	for (size_t i = 0; i < OCI_DEFAULT_MOUNTS; i++) {
		printf("%s", i ? "," : "");
		print_mount(&oci_default_mounts[i]);
	}
	printf("],");
	print_linux();
	printf("}\n");
	return 0;
}

/* What the command line makes of such a file. */
static int print_filter(const char *file)
{
	struct config *config;
	const struct sock_fprog *p;
	struct err e = ERR_NONE;

	if (config_load(AT_FDCWD, file, &config, &e) < 0) {
		err_print(2, "bench_describe", &e);
		return 1;
	}
	p = &config_spec(config)->seccomp->program;
	for (unsigned short i = 0; i < p->len; i++)
		printf("{ 0x%x, %u, %u, 0x%x },\n", p->filter[i].code,
		       p->filter[i].jt, p->filter[i].jf, p->filter[i].k);
	config_free(config);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "filter") == 0)
		return print_filter(argv[2]);
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "config") == 0)
		return print_config(argv[2], argv[3]);
	say(2, "bench_describe", "config ROOTFS [WORD] | filter FILE");
	return 2;
}

// SPDX-License-Identifier: MIT
#include "runtime/task/plan_syntax.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/window.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM LETTERS DIGITS
#define MAC_TEXT_BYTES 17
#define HEX_LOWER DIGITS "abcdef"

static bool is_made_of(const char *text, size_t len, const char *set)
{
	return len > 0 && strspn(text, set) >= len;
}

static bool is_text_of(const char *text, const char *set)
{
	return is_made_of(text, strlen(text), set) &&
	       strspn(text, set) == strlen(text);
}

const char *syntax_name(const char *text)
{
	return is_text_of(text, ALNUM "-_") ?
		       NULL :
		       "is not made of letters, digits, - and _ alone";
}

const char *syntax_hostname(const char *text)
{
	bool is_edge = true; /* of a label, where no - may stand */

	for (const char *c = text;; c++) {
		bool is_dot = *c == '.' || *c == '\0';

		if (is_dot ? is_edge || c[-1] == '-' :
			     !strchr(ALNUM "-", *c) || (is_edge && *c == '-'))
			return "is not made of labels of letters, digits and - "
			       "with dots between";
		if (!*c)
			return NULL;
		is_edge = is_dot;
	}
}

const char *syntax_setting(const char *text)
{
	size_t parts = 0;

	for (const char *c = text;; c++) {
		size_t len = strspn(c, ALNUM "-_");

		c += len;
		parts++;
		if (len == 0 || (*c && *c != '.') || (!*c && parts < 2))
			return "is not the name of a kernel setting, with dots "
			       "between its parts";
		if (!*c)
			return NULL;
	}
}

const char *syntax_setting_value(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((*c < ' ' && *c != '\t') || *c > '~')
			return "has a character that is not seen";
	return NULL;
}

const char *syntax_word(const char *text)
{
	return record_is_word(text) ?
		       NULL :
		       "has a character outside A-Z a-z 0-9 space and "
		       "_.:/@+,=*[]()<>-$?%;'!";
}

const char *syntax_attribute(const char *text)
{
	return is_text_of(text, ALNUM "._-/") ?
		       NULL :
		       "is not made of letters, digits and . _ - / alone";
}

/* A number without sign of at most `digits` digits, up to max. */
static bool parse_number(const char *text, size_t len, size_t digits,
			 uint64_t max, uint64_t *value)
{
	*value = 0;
	if (len > digits || !is_made_of(text, len, DIGITS))
		return false;
	for (size_t i = 0; i < len; i++)
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	return *value <= max;
}

/* ------------------------------------------------------------------ images */

static bool is_alnum(char c)
{
	return c && strchr(ALNUM, c);
}

/* The parts between slashes: begin and end with a letter or digit. */
static bool is_image_path(const char *at, size_t len)
{
	const char *end = at + len;

	while (at <= end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t part = (size_t)((slash ? slash : end) - at);

		if (!is_made_of(at, part, ALNUM "._-") || !is_alnum(*at) ||
		    !is_alnum(at[part - 1]))
			return false;
		at += part + 1;
	}
	return true;
}

static bool is_image_tag(const char *at, size_t len)
{
	return len <= 128 && is_made_of(at, len, ALNUM "._-") &&
	       (is_alnum(*at) || *at == '_');
}

/* "registry:5000/" at the front; returns what follows it. */
static const char *skip_registry(const char *text)
{
	size_t host = strspn(text, ALNUM "._-");
	size_t port;

	if (host == 0 || text[host] != ':' || !is_alnum(*text))
		return text;
	port = strspn(text + host + 1, DIGITS);
	if (port == 0 || port > 5 || text[host + 1 + port] != '/')
		return text;
	return text + host + port + 2;
}

const char *syntax_image(const char *text)
{
	static const char digest_prefix[] = "sha256:";
	static const char *const why =
		"is not an image reference like registry/name:tag or "
		"name@sha256:...";
	const char *at = skip_registry(text);
	const char *digest = strchr(at, '@');
	size_t len = digest ? (size_t)(digest - at) : strlen(at);
	const char *tag = memchr(at, ':', len);

	if (digest && (strncmp(digest + 1, digest_prefix, 7) != 0 ||
		       strlen(digest + 8) != 64 ||
		       !is_made_of(digest + 8, 64, HEX_LOWER)))
		return why;
	if (tag && !is_image_tag(tag + 1, len - (size_t)(tag + 1 - at)))
		return why;
	return is_image_path(at, tag ? (size_t)(tag - at) : len) ? NULL : why;
}

/* ------------------------------------------------------------------- paths */

static bool is_bad_part(const char *part, size_t len)
{
	return len == 0 || (len == 1 && part[0] == '.') ||
	       (len == 2 && part[0] == '.' && part[1] == '.');
}

const char *syntax_path(const char *text)
{
	static const char *const why =
		"is not an absolute path without empty, . and .. parts";
	const char *at = text;

	if (*at != '/' || at[1] == '\0')
		return why;
	while (*at == '/' && at[1]) {
		size_t len = strcspn(at + 1, "/");

		if (is_bad_part(at + 1, len))
			return why;
		at += len + 1;
	}
	return NULL;
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

const char *syntax_mount_target(const char *text)
{
	if (is_at_or_below(text, "/proc") || is_at_or_below(text, "/sys") ||
	    strcmp(text, "/dev") == 0 || strcmp(text, "/dev/") == 0)
		return "may not be /dev, nor at or below /proc or /sys";
	return syntax_path(text);
}

/* ------------------------------------------------------------------- users */

static bool is_user_part(const char *text, size_t len)
{
	uint64_t id;

	if (is_made_of(text, len, DIGITS))
		return parse_number(text, len, 10, UINT32_MAX - 1, &id);
	return is_made_of(text, len, ALNUM "._-$") && *text != '-';
}

const char *syntax_device_path(const char *text)
{
	static const char *const taken[] = {
		"console", "fd",     "mqueue", "ptmx",	 "pts",
		"shm",	   "stderr", "stdin",  "stdout",
	};
	const char *why = syntax_path(text);
	const char *name = text + 5;

	if (why)
		return why;
	if (strncmp(text, "/dev/", 5) != 0 || !*name ||
	    name[strlen(name) - 1] == '/')
		return "is not a name below /dev";
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		size_t len = strlen(taken[i]);

		if (strncmp(name, taken[i], len) == 0 &&
		    (!name[len] || name[len] == '/'))
			return "is where a container has something else";
	}
	return NULL;
}

const char *syntax_device_permission(const char *text)
{
	return strcmp(text, "read") == 0 || strcmp(text, "write") == 0 ||
			       strcmp(text, "mknod") == 0 ?
		       NULL :
		       "is not one of read, write, mknod";
}

const char *syntax_user(const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (!is_user_part(text, len) ||
	    (colon && !is_user_part(colon + 1, strlen(colon + 1))))
		return "is not user, uid, user:group or uid:gid";
	return NULL;
}

const char *syntax_environment_name(const char *text)
{
	return *text && !strchr(text, '=') ?
		       NULL :
		       "is not a name: it is empty or has an = in it";
}

/* ------------------------------------------------------------------- words */

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

const char *syntax_event_cron(const char *text)
{
	struct window w = { { false } };

	return window_open_cron(&w, text);
}

const char *syntax_ulimit(const char *text)
{
	static const char *const names[] = {
		"core",	   "cpu",      "data",	 "fsize",      "locks",
		"memlock", "msgqueue", "nice",	 "nofile",     "nproc",
		"rss",	   "rtprio",   "rttime", "sigpending", "stack",
	};

	return is_one_of(text, names, ARRAY_SIZE(names)) ?
		       NULL :
		       "is not a limit that ECS knows, such as nofile";
}

const char *syntax_capability(const char *text)
{
	return strcmp(text, "ALL") == 0 || grant_find(text) ?
		       NULL :
		       "is not a Linux capability, nor ALL";
}

static const char *const tmpfs_words[] = {
	"defaults",	 "ro",	       "rw",	      "suid",
	"nosuid",	 "dev",	       "nodev",	      "exec",
	"noexec",	 "sync",       "async",	      "dirsync",
	"remount",	 "mand",       "nomand",      "atime",
	"noatime",	 "diratime",   "nodiratime",  "bind",
	"rbind",	 "unbindable", "runbindable", "private",
	"rprivate",	 "shared",     "rshared",     "slave",
	"rslave",	 "relatime",   "norelatime",  "strictatime",
	"nostrictatime",
};

static const struct tmpfs_key {
	const char *key;
	const char *set; /* characters of the value */
	size_t max;	 /* its longest form */
} tmpfs_keys[] = {
	{ "mode=", "01234567", 5 },
	{ "uid=", DIGITS, 10 },
	{ "gid=", DIGITS, 10 },
	{ "nr_inodes=", DIGITS "kmg", 16 },
	{ "nr_blocks=", DIGITS "kmg", 16 },
	{ "mpol=", ALNUM ":=-", 32 },
};

const char *syntax_tmpfs_option(const char *text)
{
	if (is_one_of(text, tmpfs_words, ARRAY_SIZE(tmpfs_words)))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(tmpfs_keys); i++) {
		const struct tmpfs_key *k = &tmpfs_keys[i];
		size_t len = strlen(k->key);

		if (strncmp(text, k->key, len) == 0 &&
		    strlen(text + len) <= k->max &&
		    is_text_of(text + len, k->set))
			return NULL;
	}
	return "is not a mount option that ECS allows for tmpfs";
}

const char *syntax_reference(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "has a character that is not printable ASCII, "
			       "or a blank";
	return *text && strlen(text) <= SYNTAX_REFERENCE_MAX ?
		       NULL :
		       "is not of 1 to 2048 bytes";
}

const char *syntax_secret(const char *text)
{
	return *text ? NULL : "is empty";
}

const char *syntax_file_name(const char *text)
{
	return is_text_of(text, ALNUM ".-_") && *text != '.' ?
		       NULL :
		       "is not a name for a file: letters, digits, ., - and _";
}

const char *syntax_mode(const char *text)
{
	size_t len = strlen(text);

	return (len == 3 || len == 4) && is_text_of(text, "01234567") ?
		       NULL :
		       "is not three or four octal digits, like 0750";
}

/* --------------------------------------------------------------- addresses */

int syntax_parse_address(const char *text, size_t len, unsigned char bytes[16])
{
	char host[INET6_ADDRSTRLEN];

	if (len == 0 || len >= sizeof(host))
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, host, bytes) == 1 ? AF_INET6 : 0;
}

/* `len` bytes of text as an address; returns its family or 0. */
static int address_family(const char *text, size_t len)
{
	unsigned char bytes[16];

	return syntax_parse_address(text, len, bytes);
}

const char *syntax_address(const char *text)
{
	return address_family(text, strlen(text)) ?
		       NULL :
		       "is not an IPv4 or IPv6 address";
}

const char *syntax_port_range(const char *text)
{
	size_t digits = strspn(text, DIGITS);
	uint64_t first, last;

	if (text[digits] == '-' &&
	    parse_number(text, digits, 5, 65535, &first) &&
	    parse_number(text + digits + 1, strlen(text + digits + 1), 5, 65535,
			 &last) &&
	    first >= 1 && first <= last)
		return NULL;
	return "is not a range of ports, like 8000-8010";
}

const char *syntax_mac(const char *text)
{
	static const char *const why =
		"is not the address of a card, like 02:00:5e:10:00:01";
	size_t i = 0;

	while (text[i] &&
	       strchr(i % 3 == 2 ? ":" : HEX_LOWER "ABCDEF", text[i]))
		i++;
	if (i != MAC_TEXT_BYTES || text[i] ||
	    strspn(text, "0:") == MAC_TEXT_BYTES)
		return why;
	return strchr("02468aceACE", text[1]) ? NULL : why;
}

const char *syntax_cidr(const char *text)
{
	static const char *const why =
		"is not an address with its prefix, like 10.0.2.15/24";
	const char *slash = strchr(text, '/');
	uint64_t prefix;
	int family;

	if (!slash)
		return why;
	family = address_family(text, (size_t)(slash - text));
	if (!family || !parse_number(slash + 1, strlen(slash + 1), 3,
				     family == AF_INET ? 32 : 128, &prefix))
		return why;
	return prefix >= 1 ? NULL : why;
}

static bool is_endpoint_rest(const char *at)
{
	uint64_t port;
	size_t digits = strspn(at + (*at == ':'), DIGITS);

	if (*at != ':' || !parse_number(at + 1, digits, 5, 65535, &port) ||
	    port == 0)
		return false;
	at += 1 + digits;
	return *at == '\0' || (*at == '/' && is_text_of(at, ALNUM "-._~/%+=,"));
}

const char *syntax_endpoint(const char *text)
{
	static const char *const why =
		"is not http://ADDRESS:PORT with an address in numbers";
	const char *at = text + strlen("http://");
	bool is_v6;
	size_t len;

	if (strncmp(text, "https:", 6) == 0)
		return "is https, which is not supported by this version";
	if (strncmp(text, "http://", 7) != 0)
		return why;
	is_v6 = *at == '[';
	at += is_v6;
	len = strcspn(at, is_v6 ? "]" : ":/");
	if (address_family(at, len) != (is_v6 ? AF_INET6 : AF_INET) ||
	    (is_v6 && at[len] != ']'))
		return why;
	return is_endpoint_rest(at + len + is_v6) ? NULL : why;
}

/* ------------------------------------------------------------------- sizes */

/*
 * A decimal with an optional unit; with the unit, `scale` of the result make
 * one. Nine digits before and after the point keep everything inside 64 bits.
 */
static bool parse_size(const char *text, const char *unit, uint64_t scale,
		       int64_t *value)
{
	size_t whole = strspn(text, DIGITS), part = 0;
	const char *at = text + whole;
	uint64_t units, fraction = 0, power = 1;

	if (whole == 0 || !parse_number(text, whole, 9, UINT32_MAX, &units))
		return false;
	*value = (int64_t)units;
	if (*at == '\0')
		return true;
	if (*at == '.') {
		part = strspn(at + 1, DIGITS);
		if (!parse_number(at + 1, part, 9, UINT32_MAX, &fraction))
			return false;
		at += 1 + part;
	}
	while (part-- > 0)
		power *= 10;
	at += *at == ' ';
	if (strcasecmp(at, unit) != 0 || fraction * scale % power != 0)
		return false;
	*value = (int64_t)(units * scale + fraction * scale / power);
	return true;
}

bool syntax_parse_cpu(const char *text, int64_t *units)
{
	return parse_size(text, "vCPU", 1024, units);
}

bool syntax_parse_memory(const char *text, int64_t *mib)
{
	return parse_size(text, "GB", 1024, mib);
}

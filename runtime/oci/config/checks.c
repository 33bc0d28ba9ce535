// SPDX-License-Identifier: MIT
#include "runtime/oci/config/checks.h"

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/oci/config/list.h"

#define HOST_NAME_BYTES 64
#define DIGITS "0123456789"

const char *check_not_empty(const char *text)
{
	return text[0] ? NULL : "is empty";
}

/* One number of a version, without leading zeros; NULL if there is none. */
static const char *after_number(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	if (digits == 0 || (digits > 1 && text[0] == '0'))
		return NULL;
	return text + digits;
}

/* Source: semver.org 2.0.0, section 2, 9 and 10. */
const char *check_version(const char *text)
{
	static const char rest[] = DIGITS "abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-.+";
	const char *at = text;

	for (int i = 0; i < 3; i++) {
		at = at ? after_number(at) : NULL;
		if (at && i < 2)
			at = *at == '.' ? at + 1 : NULL;
	}
	if (!at || (*at && *at != '-' && *at != '+') || at[strspn(at, rest)])
		return "is no version like 1.3.0";
	return strncmp(text, "1.", 2) == 0 ? NULL : "is not of the 1.x line";
}

const char *check_path(const char *text)
{
	if (!text[0])
		return "is empty";
	return strlen(text) < PATH_MAX ? NULL : "is too long for a path";
}

const char *check_absolute(const char *text)
{
	return text[0] == '/' ? check_path(text) : "is no absolute path";
}

const char *check_environment(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals && equals != text ? NULL : "is no NAME=value";
}

const char *check_host_name(const char *text)
{
	return strlen(text) <= HOST_NAME_BYTES ? NULL :
						 "has more than 64 bytes";
}

const char *check_list(const char *text)
{
	return list_parse(text, NULL) < 0 ? "is no list of numbers like 0-3,7" :
					    NULL;
}

const char *check_page_size(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	if (digits == 0 || digits > 6 || text[0] == '0' ||
	    !strchr("KMG", text[digits]) || strcmp(text + digits + 1, "B") != 0)
		return "is no page size like 2MB";
	return NULL;
}

const char *check_access(const char *text)
{
	return text[strspn(text, "rwm")] ? "is not made of r, w and m" : NULL;
}

static bool is_one_of(const char *text, const char *letters)
{
	return text[0] && !text[1] && strchr(letters, text[0]);
}

const char *check_device_type(const char *text)
{
	return is_one_of(text, "cbup") ? NULL : "is not one of c, b, u, p";
}

const char *check_rule_type(const char *text)
{
	return is_one_of(text, "abc") ? NULL : "is not one of a, b, c";
}

const char *check_word(const char *text)
{
	if (!text[0])
		return "is empty";
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "is no plain word";
	return NULL;
}

/* Source: kernel net/core/dev.c, dev_valid_name(). */
const char *check_interface(const char *text)
{
	if (strlen(text) >= IFNAMSIZ || check_word(text) ||
	    strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
	    strpbrk(text, "/:"))
		return "is no name of a network device";
	return NULL;
}

/* No name is empty, and so none is "..", whichever separator is meant. */
const char *check_sysctl(const char *text)
{
	static const char separators[] = "./";
	const char *at = text;

	if (check_word(text) || strlen(text) >= PATH_MAX / 2)
		return "is no sysctl like net.ipv4.ip_forward";
	for (;;) {
		size_t name = strcspn(at, separators);

		if (name == 0)
			return "is no sysctl like net.ipv4.ip_forward";
		if (!at[name])
			return NULL;
		at += name + 1;
	}
}

/* Files of the cgroup itself have names with a dot; so no "..". */
const char *check_cgroup_file(const char *text)
{
	const char *dot = strchr(text, '.');

	if (check_word(text) || strchr(text, '/') || !dot || dot == text ||
	    strlen(text) > NAME_MAX)
		return "is no file of a cgroup like memory.high";
	return NULL;
}

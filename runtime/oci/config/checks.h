/* SPDX-License-Identifier: MIT */
/*
 * checks: what single strings of a configuration have to be.
 *
 * Each returns NULL for a well-formed text, else what it is not, in words
 * that follow the text: "is no absolute path". No side effects.
 */
#ifndef CLOISTER_OCI_CONFIG_CHECKS_H
#define CLOISTER_OCI_CONFIG_CHECKS_H

const char *check_not_empty(const char *text);
const char *check_version(const char *text);	/* "1.3.0", of the 1.x line */
const char *check_path(const char *text);	/* not empty, shorter than PATH_MAX */
const char *check_absolute(const char *text);	/* a path that begins with / */
const char *check_environment(const char *text);	/* NAME=value */
const char *check_host_name(const char *text);	/* at most 64 bytes, for uname */
const char *check_list(const char *text);	/* "0-3,7", as the kernel's lists */
const char *check_page_size(const char *text);	/* "2MB" */
const char *check_access(const char *text);	/* some of r, w, m */
const char *check_device_type(const char *text);	/* c, b, u or p */
const char *check_rule_type(const char *text);	/* a, b or c */
const char *check_interface(const char *text);	/* a name of a network device */
const char *check_word(const char *text);	/* printable, no space */
const char *check_sysctl(const char *text);	/* names, joined by . or / */
const char *check_cgroup_file(const char *text);	/* "memory.high", no / */

#endif

// SPDX-License-Identifier: MIT
/*
 * plan_syntax: which texts may stand in which member of the document.
 *
 * Pure functions, shared by the parser and the unpacker through the field
 * tables. A syntax_ function returns NULL for a well-formed text, else what
 * the member has to be, as it is told to the operator ("is not ..."). The
 * text is NUL-terminated UTF-8; its length was checked before.
 */
#ifndef CLOISTER_TASK_PLAN_SYNTAX_H
#define CLOISTER_TASK_PLAN_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Letters, digits, - and _: family, container and volume names (ECS). */
const char *syntax_name(const char *text);

/* Labels of letters, digits and -, apart by dots. Source: hostname(7). */
const char *syntax_hostname(const char *text);

/* Parts of letters, digits, - and _, two or more, with dots between: a kernel
 * setting. Source: sysctl(8). */
const char *syntax_setting(const char *text);

/* Characters that are seen, and blanks: its value. */
const char *syntax_setting_value(const char *text);

/* Text that a record can carry: instance id, attributes. */
const char *syntax_word(const char *text);

/* Attribute key: letters, digits and . _ - / */
const char *syntax_attribute(const char *text);

/* [registry[:port]/]path[:tag][@sha256:digest]. Source: OCI distribution
 * specification, ref.name annotation of the image specification. */
const char *syntax_image(const char *text);

/* Absolute path without empty, "." and ".." parts; not "/". */
const char *syntax_path(const char *text);

/* syntax_path(), not /dev and nothing at or below /proc and /sys. */
const char *syntax_mount_target(const char *text);

/* syntax_path() below /dev, not where a container has something else. */
const char *syntax_device_path(const char *text);

/* read, write or mknod. */
const char *syntax_device_permission(const char *text);

/* user, uid, user:group, uid:gid, ... (ECS); numbers below 2^32 - 1. */
const char *syntax_user(const char *text);

/* Not empty, no '='. */
const char *syntax_environment_name(const char *text);

/* EC2's "* HOURS * * DAYS" of event windows, window.h. */
const char *syntax_event_cron(const char *text);

/* One of ECS's 15 names of limits. */
const char *syntax_ulimit(const char *text);

/* A capability with or without CAP_, or ALL. */
const char *syntax_capability(const char *text);

/* One of ECS's mountOptions words; mode=, uid=, gid=, nr_inodes=, nr_blocks=
 * and mpol= with a value. Source: ECS API Tmpfs, tmpfs(5). */
const char *syntax_tmpfs_option(const char *text);

#define SYNTAX_REFERENCE_MAX 2048 /* bytes */

/* A name or ARN of a file or secret: printable ASCII, no blanks. */
const char *syntax_reference(const char *text);

/* A secret's text: something. */
const char *syntax_secret(const char *text);

/* A name for a file: letters, digits, ., - and _, no . in front. */
const char *syntax_file_name(const char *text);

/* Permissions of a directory in octal: 755, 0750, 1777. Source: chmod(2). */
const char *syntax_mode(const char *text);

/* 10.0.2.15/24, fd00::15/64. */
const char *syntax_cidr(const char *text);

/* 8000-8010: ports, the first not above the last. */
const char *syntax_port_range(const char *text);

/* 02:00:5e:10:00:01: of one card, so the first byte is even, and not all of
 * it 0. */
const char *syntax_mac(const char *text);

/* 10.0.2.2, fd00::2. */
const char *syntax_address(const char *text);

/*
 * `len` bytes of text as an address in network byte order: 4 of `bytes` for
 * IPv4, 16 for IPv6. Returns AF_INET, AF_INET6 or 0: not an address.
 * Source: inet_pton(3).
 */
int syntax_parse_address(const char *text, size_t len, unsigned char bytes[16]);

/* http://ADDRESS:PORT[/path]; IPv6 in brackets. */
const char *syntax_endpoint(const char *text);

/*
 * "512", "0.5 vCPU", "1vcpu": CPU units, 1024 per CPU; "512", "1GB", "0.5 GB":
 * MiB. False if it is not of that form or not a whole number of units.
 * Source: ECS API RegisterTaskDefinition, cpu and memory.
 */
bool syntax_parse_cpu(const char *text, int64_t *units);
bool syntax_parse_memory(const char *text, int64_t *mib);

#endif

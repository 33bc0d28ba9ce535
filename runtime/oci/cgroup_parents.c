// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/oci.h"

#define WORDS_MAX 1024

static bool has_word(const char *words, const char *word, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, word, len) == 0)
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

/*
 * What cannot be passed on is not an error here: a limit that lacks its
 * controller is one, when it is set. Returns false if something is left out.
 */
static bool pass_on(int dir, bool is_dry)
{
	char here[WORDS_MAX], passed[WORDS_MAX], text[64];
	bool is_complete = true;
	const char *word;
	size_t len;

	if (fd_read_file(dir, "cgroup.controllers", here, sizeof(here), NULL) <
		    0 ||
	    fd_read_file(dir, "cgroup.subtree_control", passed, sizeof(passed),
			 NULL) < 0)
		return false;
	for (word = here; *word; word += len + strspn(word + len, " ")) {
		len = strcspn(word, " ");
		if (has_word(passed, word, len))
			continue;
		is_complete = false;
		snprintf(text, sizeof(text), "+%.*s", (int)len, word);
		if (!is_dry)
			fd_write_file(dir, "cgroup.subtree_control", text,
				      NULL);
	}
	return is_complete;
}

/* Engines make the parent once and then many containers in it. */
static bool is_ready(const char *parent)
{
	AUTO_CLOSE int dir = -1;

	return oci_cgroup_open(parent, &dir, NULL) == 0 && pass_on(dir, true);
}

static int make_level(int *dir, const char *path, const char *name,
		      size_t *made, struct err *e)
{
	if (mkdirat(*dir, name, 0755) == 0)
		(*made)++;
	else if (errno == EEXIST)
		*made = 0; /* somebody else's, with all that is above it */
	else
		return err_set(e, errno, "mkdir(cgroup %s)", path);
	fd_close(dir);
	return oci_cgroup_open(path, dir, e);
}

static int make_levels(char *path, size_t *made, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int r = oci_cgroup_open("", &dir, e);
	size_t at = 0;

	while (r == 0) {
		size_t len = strcspn(path + at, "/");

		pass_on(dir, false);
		if (!path[at + len])
			return 0; /* the last one is the container's own */
		path[at + len] = '\0';
		r = make_level(&dir, path, path + at, made, e);
		path[at + len] = '/';
		at += len + 1;
	}
	return r;
}

/* A component that is empty or begins with a dot is no cgroup of ours. */
static bool is_proper(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || *path == '.')
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

int oci_cgroup_parents(const char *cgroup, size_t *made, struct err *e)
{
	const char *slash = strrchr(cgroup, '/');
	char path[PATH_MAX];
	size_t len = slash ? (size_t)(slash - cgroup) : 0;
	int r;

	*made = 0;
	if (!is_proper(cgroup))
		return err_set(e, EINVAL, "cgroup path \"%.64s\"", cgroup);
	if (strlen(cgroup) >= sizeof(path))
		return err_set(e, ENAMETOOLONG, "cgroup path \"%.64s\"",
			       cgroup);
	memcpy(path, cgroup, strlen(cgroup) + 1);
	path[len] = '\0';
	if (is_ready(path))
		return 0;
	path[len] = cgroup[len];
	r = make_levels(path, made, e);
	if (r < 0)
		oci_cgroup_parents_undo(cgroup, *made);
	return r;
}

static int remove_level(char *path)
{
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	AUTO_CLOSE int dir = -1;
	int r;

	if (slash)
		*slash = '\0';
	r = oci_cgroup_open(slash ? path : "", &dir, NULL);
	if (r == 0)
		r = sys_result(unlinkat(dir, name, AT_REMOVEDIR));
	return r;
}

/* Those that were made are the nearest ones: above them all were there. */
void oci_cgroup_parents_undo(const char *cgroup, size_t made)
{
	char path[PATH_MAX];
	char *slash;

	if (strlen(cgroup) >= sizeof(path))
		return;
	memcpy(path, cgroup, strlen(cgroup) + 1);
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	while (slash && made-- > 0 && remove_level(path) == 0)
		;
}

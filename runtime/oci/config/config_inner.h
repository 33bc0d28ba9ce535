/* SPDX-License-Identifier: MIT */
/*
 * config_inner: struct config, and the parts that fill it.
 *
 * Each config_take_... turns one part of the document into the spec of `c`.
 * Returns 0 or -errno with the property named; what was made until then
 * belongs to `c` all the same.
 */
#ifndef CLOISTER_OCI_CONFIG_INNER_H
#define CLOISTER_OCI_CONFIG_INNER_H

#include "runtime/oci/config/config.h"
#include "runtime/oci/config/document.h"

struct config_hooks {
	struct oci_hook *items;
	size_t count;
};

struct config {
	struct arena arena;
	char *text;			/* the file; strings point into it */
	bool is_running;		/* config_load_running(): opens nothing */
	uint64_t joined;		/* namespaces with a path, CLONE_NEW */
	int *fds;			/* owned */
	size_t fd_count;
	struct field_texts warnings;
	struct oci_spec spec;
	struct oci_seccomp seccomp;
	const char *root;
	const char *version;
	const char *cgroup;
	const char *listener_path;
	const char *listener_metadata;
	struct config_hooks hooks[CONFIG_HOOK_COUNT];
	struct config_annotation *annotations;
	size_t annotation_count;
};

/*
 * Reads `length` bytes at `text`, which it takes over, also for errors. A
 * `bundle_fd` of -1 is for config_load_running().
 */
int config_take_text(int bundle_fd, char *text, size_t length, struct config **out,
		 struct err *e);

int config_take_process(struct config *c, const struct doc_process *d,
			struct err *e);
int config_take_capabilities(struct config *c, const struct doc_capabilities *d,
			     struct err *e);
int config_take_schedule(struct config *c, const struct doc_process *d,
			 struct err *e);
/* After the namespaces. */
int config_take_mounts(struct config *c, const struct field_objects *mounts,
		       int bundle_fd, struct err *e);
int config_take_namespaces(struct config *c, const struct doc_linux *d,
			   struct err *e);
int config_take_linux(struct config *c, const struct doc_linux *d,
		      struct err *e);
int config_take_resources(struct config *c, const char *place,
			  const struct doc_resources *d, struct err *e);
int config_take_seccomp(struct config *c, const struct doc_seccomp *d,
			struct err *e);

/* A copy of mappings; `place` is their property. */
int config_take_maps(struct config *c, const char *place,
		     const struct field_objects *from,
		     const struct oci_id_map **maps, size_t *count,
		     struct err *e);

/* True if the container has a namespace of `type` that is not the caller's. */
bool config_has_namespace(const struct config *c, uint64_t type);

/* Makes `fd` one of the config's; closes it when there is no memory. */
int config_keep_fd(struct config *c, int fd, struct err *e);

/* `size` zeroed bytes of the arena; `*out` is NULL for none. */
int config_new(struct config *c, size_t count, size_t size, void *out,
	       struct err *e);

int config_warn(struct config *c, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* NULL for "": Go programs write what is absent as an empty string. */
static inline const char *config_given(const char *text)
{
	return text && text[0] ? text : NULL;
}

#endif

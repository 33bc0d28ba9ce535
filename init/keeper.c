#include "init/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/description.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"
#include "runtime/base/source.h"

#define DIGITS_MAX 10
#define ALL_RIGHTS (KEEPER_KEEP | KEEPER_DROP | KEEPER_REPLACE)

struct entry {
	bool is_used;
	bool is_due;
	enum bus_service owner;
	int fd;
	uint32_t meta_len;
	void *meta; /* owned; NULL for none */
	char name[BUS_NAME_MAX];
};

/* clang-format off */
const struct keeper_rule keeper_rules[] = {
	/* What init itself hands out. */
	{ BUS_INIT, BUS_INTAKE, "document", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_INTAKE, "identity", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_INTAKE, "smbios", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_INTAKE, "records", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_INTAKE, "trust", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_RUNTIME, "store", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_RUNTIME, "records", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_RUNTIME, GUARD_MAP_NAME, KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_COURIER, "records", KEEPER_KEEP, 1 },
	{ BUS_INIT, BUS_UPLINK, "records-in/", KEEPER_KEEP, BUS_UPLINK },
	{ BUS_INIT, BUS_UPLINK, "kmsg", KEEPER_KEEP, 1 },
	/* The first document for good, then the newest: no drop. */
	{ BUS_COURIER, BUS_INTAKE, "document", KEEPER_KEEP | KEEPER_REPLACE, 1 },
	{ BUS_INTAKE, BUS_INTAKE, "force", KEEPER_KEEP | KEEPER_REPLACE, 1 },
	{ BUS_INTAKE, BUS_RUNTIME, "plan", KEEPER_KEEP, 1 },
	{ BUS_INTAKE, BUS_RUNTIME, "newer", KEEPER_KEEP | KEEPER_REPLACE, 1 },
	{ BUS_RUNTIME, BUS_RUNTIME, "plan", KEEPER_KEEP | KEEPER_REPLACE, 1 },
	{ BUS_RUNTIME, BUS_COURIER, SOURCE_NAME, KEEPER_KEEP | KEEPER_REPLACE, 1 },
	{ BUS_RUNTIME, BUS_RUNTIME, "state", KEEPER_KEEP | KEEPER_DROP | KEEPER_REPLACE, 1 },
	{ BUS_RUNTIME, BUS_UPLINK, "uplink-config", KEEPER_KEEP | KEEPER_DROP | KEEPER_REPLACE, 1 },
	{ BUS_RUNTIME, BUS_UPLINK, "log/", KEEPER_KEEP | KEEPER_DROP, KEEPER_STREAMS_MAX },
	/* What tasks are told, and the sockets that they ask at. */
	{ BUS_RUNTIME, BUS_METADATA, "task/", ALL_RIGHTS, DESCRIPTION_TASKS_MAX },
	{ BUS_RUNTIME, BUS_METADATA, "door/", ALL_RIGHTS, DESCRIPTION_TASKS_MAX },
	{ BUS_RUNTIME, BUS_METADATA, "counters/", ALL_RIGHTS, DESCRIPTION_TASKS_MAX },
	/* uplink alone knows when a pipe is read to its end. */
	{ BUS_UPLINK, BUS_UPLINK, "log/", KEEPER_DROP, KEEPER_STREAMS_MAX },
	{ BUS_UPLINK, BUS_UPLINK, "ring/", KEEPER_KEEP | KEEPER_DROP, KEEPER_STREAMS_MAX },
};
/* clang-format on */
const size_t keeper_rules_count = ARRAY_SIZE(keeper_rules);

static struct entry entries[KEEPER_MAX];
static size_t entries_end; /* no used entry at or after it */

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len > 0 && len <= DIGITS_MAX && text[len] == '\0' &&
	       (text[0] != '0' || len == 1);
}

static bool is_name_of(const struct keeper_rule *rule, const char *name)
{
	size_t len = strlen(rule->name);

	if (rule->name[len - 1] != '/')
		return strcmp(rule->name, name) == 0;
	return strncmp(rule->name, name, len) == 0 && is_number(name + len);
}

const struct keeper_rule *keeper_rule_of(enum bus_service sender,
					 enum bus_service owner,
					 const char *name)
{
	for (size_t i = 0; i < keeper_rules_count; i++) {
		const struct keeper_rule *rule = &keeper_rules[i];

		if (rule->sender == sender && rule->owner == owner &&
		    is_name_of(rule, name))
			return rule;
	}
	return NULL;
}

static struct entry *find(enum bus_service owner, const char *name)
{
	for (size_t i = 0; i < entries_end; i++)
		if (entries[i].is_used && entries[i].owner == owner &&
		    strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

static size_t count_rule(const struct keeper_rule *rule)
{
	size_t n = 0;

	for (size_t i = 0; i < entries_end; i++)
		n += entries[i].is_used && entries[i].owner == rule->owner &&
		     is_name_of(rule, entries[i].name);
	return n;
}

static void clear(struct entry *entry)
{
	fd_close(&entry->fd);
	ptr_free(&entry->meta);
	entry->is_used = false;
	while (entries_end > 0 && !entries[entries_end - 1].is_used)
		entries_end--;
}

/* The table is larger than the sum of all rules: there is a free entry. */
static struct entry *free_entry(void)
{
	size_t i = 0;

	while (i < entries_end && entries[i].is_used)
		i++;
	if (i == entries_end && entries_end < KEEPER_MAX)
		entries_end++;
	return i < KEEPER_MAX ? &entries[i] : NULL;
}

static int store(enum bus_service sender, const struct bus_message *m, int *fd,
		 struct err *e)
{
	AUTO_FREE void *meta = NULL;
	struct entry *entry;

	if (m->meta_len) {
		meta = malloc(m->meta_len);
		if (!meta)
			return err_set(e, ENOMEM, "malloc(%u)", m->meta_len);
		memcpy(meta, m->meta, m->meta_len);
	}
	entry = free_entry();
	if (!entry)
		return err_set(e, ENOSPC, "keep %s", m->name);
	*entry = (struct entry){
		.is_used = true,
		.is_due = m->service != sender,
		.owner = (enum bus_service)m->service,
		.fd = take_fd(fd),
		.meta_len = m->meta_len,
		.meta = take_ptr(&meta),
	};
	memcpy(entry->name, m->name, sizeof(entry->name));
	return 0;
}

int keeper_keep(enum bus_service sender, const struct bus_message *m, int *fd,
		struct err *e)
{
	enum bus_service owner = (enum bus_service)m->service;
	const struct keeper_rule *rule = keeper_rule_of(sender, owner, m->name);
	struct entry *old = find(owner, m->name);

	if (!rule || !(rule->rights & KEEPER_KEEP))
		return err_set(e, EPERM, "%s keeps %s for %s",
			       bus_service_words[sender], m->name,
			       bus_service_words[owner]);
	if (*fd < 0)
		return err_set(e, EBADF, "keep %s", m->name);
	if (old && !(rule->rights & KEEPER_REPLACE))
		return err_set(e, EEXIST, "keep %s", m->name);
	if (!old && count_rule(rule) >= rule->max)
		return err_set(e, ENOSPC, "keep %s: %zu are kept", m->name,
			       rule->max);
	if (old)
		clear(old);
	return store(sender, m, fd, e);
}

int keeper_drop(enum bus_service sender, const struct bus_message *m,
		struct err *e)
{
	enum bus_service owner = (enum bus_service)m->service;
	const struct keeper_rule *rule = keeper_rule_of(sender, owner, m->name);
	struct entry *entry = find(owner, m->name);

	if (!rule || !(rule->rights & KEEPER_DROP))
		return err_set(e, EPERM, "%s drops %s of %s",
			       bus_service_words[sender], m->name,
			       bus_service_words[owner]);
	if (!entry)
		return err_set(e, ENOENT, "drop %s", m->name);
	clear(entry);
	return 0;
}

void keeper_forget(enum bus_service owner, const char *name)
{
	struct entry *entry = find(owner, name);

	if (entry)
		clear(entry);
}

bool keeper_has(enum bus_service owner, const char *name)
{
	return find(owner, name);
}

size_t keeper_count(enum bus_service owner)
{
	size_t n = 0;

	for (size_t i = 0; i < entries_end; i++)
		n += entries[i].is_used && entries[i].owner == owner;
	return n;
}

static int give(struct entry *entry, int sock)
{
	struct bus_message m = {
		.kind = BUS_GIVE,
		.service = entry->owner,
		.meta_len = entry->meta_len,
	};
	int r;

	memcpy(m.name, entry->name, sizeof(m.name));
	if (entry->meta_len)
		memcpy(m.meta, entry->meta, entry->meta_len);
	r = bus_send(sock, &m, entry->fd);
	entry->is_due = r < 0;
	return r;
}

int keeper_give(enum bus_service owner, int sock)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < entries_end; i++)
		if (entries[i].is_used && entries[i].is_due &&
		    entries[i].owner == owner)
			r = give(&entries[i], sock);
	return r;
}

void keeper_renew(enum bus_service owner)
{
	for (size_t i = 0; i < entries_end; i++)
		if (entries[i].is_used && entries[i].owner == owner)
			entries[i].is_due = true;
}

void keeper_clear(enum bus_service owner)
{
	for (size_t i = entries_end; i-- > 0;)
		if (entries[i].is_used && entries[i].owner == owner)
			clear(&entries[i]);
}

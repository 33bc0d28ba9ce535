/*
 * record: the fixed vocabulary of operator telemetry.
 *
 * One table names every record type, its severity and its fields. A record
 * holds numbers, words from a checked character set and, of the evidence,
 * JSON made of such words; never free bytes, so nothing that a task wrote can
 * enter. Each process emits into a socket of its own (bus name "records");
 * uplink alone reads them ("records-in/N", N the enum bus_service of the
 * emitter), refuses a record that is not its emitter's to tell, turns the
 * others into OTLP log records and sends them.
 *
 * Emitting never blocks: when the queue is full the record is counted lost
 * and the next one carries the number (record_header.lost).
 */
#ifndef CLOISTER_BASE_RECORD_H
#define CLOISTER_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/bus.h"

#define RECORD_WORD_MAX 160	/* bytes of a word, without NUL */
#define RECORD_TEXT_MAX 3000	/* bytes of a text, without NUL */
#define RECORD_FIELDS_MAX 16	/* at most one of them a text */
#define RECORD_WIRE_MAX 6144

enum record_severity {		/* OTLP SeverityNumber */
	RECORD_INFO = 9,
	RECORD_WARN = 13,
	RECORD_ERROR = 17,
	RECORD_FATAL = 21,
};

enum record_type {
	RECORD_NUMBER,		/* int64 */
	RECORD_WORD,		/* letters, digits, space, _.:/@+,=*[]()<>-$?%;'! */
	RECORD_TEXT,		/* a piece of canonical JSON: a word's characters
				   and "{} */
};

/* Row: enumerator, name on the wire out, severity, the one who emits it. */
#define RECORD_TABLE(ROW)                                                     \
	ROW(BOOT_EVIDENCE, "cloister.boot.evidence", INFO, INIT)              \
	ROW(BOOT_READY, "cloister.boot.ready", INFO, INIT)                    \
	ROW(BOOT_FAILED, "cloister.boot.failed", FATAL, INIT)                 \
	ROW(EVIDENCE, "cloister.evidence", INFO, INIT)                        \
	ROW(EVIDENCE_SEALED, "cloister.evidence.sealed", INFO, INIT)          \
	ROW(INTEGRITY_LOST, "cloister.integrity.lost", FATAL, INIT)           \
	ROW(SERVICE_STARTED, "cloister.service.started", INFO, INIT)          \
	ROW(SERVICE_ENDED, "cloister.service.ended", WARN, INIT)              \
	ROW(DOCUMENT_ACCEPTED, "cloister.document.accepted", INFO, INTAKE)    \
	ROW(DOCUMENT_REFUSED, "cloister.document.refused", ERROR, INTAKE)     \
	ROW(DOCUMENT_CHANGED, "cloister.document.changed", INFO, RUNTIME)     \
	ROW(CHANGE_REFUSED, "cloister.change.refused", ERROR, RUNTIME)        \
	ROW(DOCUMENT_UNREACHABLE, "cloister.document.unreachable", WARN, COURIER) \
	ROW(FIELD_UNUSED, "cloister.field.unused", INFO, INTAKE)              \
	ROW(PLACEMENT_REFUSED, "cloister.placement.refused", ERROR, RUNTIME)  \
	ROW(GRANT_GIVEN, "cloister.grant.given", WARN, RUNTIME)               \
	ROW(GRANT_REFUSED, "cloister.grant.refused", ERROR, INTAKE)           \
	ROW(GRANT_USED, "cloister.grant.used", INFO, UPLINK)                  \
	ROW(POLICY_CHANGED, "cloister.policy.changed", WARN, UPLINK)          \
	ROW(METADATA_OPENED, "cloister.metadata.opened", WARN, RUNTIME)       \
	ROW(IMAGE_UNPACKED, "cloister.image.unpacked", INFO, RUNTIME)         \
	ROW(IMAGE_REFUSED, "cloister.image.refused", ERROR, RUNTIME)          \
	ROW(TASK_STATE, "cloister.task.state", INFO, RUNTIME)                 \
	ROW(TASK_WAITING, "cloister.task.waiting", INFO, RUNTIME)             \
	ROW(PORT_MAPPED, "cloister.port.mapped", INFO, RUNTIME)               \
	ROW(CONTAINER_STATE, "cloister.container.state", INFO, RUNTIME)       \
	ROW(CONTAINER_RESTARTED, "cloister.container.restarted", WARN, RUNTIME) \
	ROW(CONTAINER_HEALTH, "cloister.container.health", INFO, RUNTIME)     \
	ROW(CONTAINER_OOM, "cloister.container.oom", WARN, RUNTIME)           \
	ROW(ENGINE_FAULT, "cloister.engine.fault", ERROR, RUNTIME)            \
	ROW(DENIAL, "cloister.denial", WARN, UPLINK)                          \
	ROW(SECCOMP_KILL, "cloister.seccomp.kill", WARN, UPLINK)              \
	ROW(KERNEL_LOST, "cloister.kernel.lost", WARN, UPLINK)                \
	ROW(LOG_GAP, "cloister.log.gap", WARN, UPLINK)                        \
	ROW(EXPORT_REJECTED, "cloister.export.rejected", WARN, UPLINK)        \
	ROW(DRAIN_STARTED, "cloister.drain.started", INFO, INIT)              \
	ROW(DRAIN_ENDED, "cloister.drain.ended", INFO, INIT)                  \
	ROW(LIFETIME_SET, "cloister.lifetime.set", INFO, INIT)                \
	ROW(LIFETIME_OVER, "cloister.lifetime.over", WARN, INIT)              \
	ROW(WINDOW_CHOSEN, "cloister.window.chosen", INFO, RUNTIME)           \
	ROW(RECORDS_LOST, "cloister.records.lost", WARN, UPLINK)

enum record_kind {
#define RECORD_ENUM(id, name, severity, origin) RECORD_##id,
	RECORD_TABLE(RECORD_ENUM)
#undef RECORD_ENUM
	RECORD_KIND_COUNT
};

struct record_field {
	const char *name;
	enum record_type type;
};

struct record_row {
	const char *name;
	enum record_severity severity;
	enum bus_service origin;
	struct record_field fields[RECORD_FIELDS_MAX];	/* ends at name NULL */
};

extern const struct record_row record_rows[RECORD_KIND_COUNT];

struct record_value {
	int64_t number;
	const char *word;	/* or text; NULL counts as "" */
};

#define RECORD_N(n) ((struct record_value){ .number = (int64_t)(n) })
#define RECORD_W(w) ((struct record_value){ .word = (w) })

/* What record_parse() hands out: pointers go into the wire buffer. */
struct record {
	enum record_kind kind;
	uint64_t unix_ns;	/* CLOCK_REALTIME when emitted */
	uint64_t boot_ns;	/* CLOCK_BOOTTIME when emitted */
	uint32_t lost;		/* records of that process lost before it */
	size_t count;
	struct record_value values[RECORD_FIELDS_MAX];
};

/*
 * True when `text` may be a word: its characters are in the set and its
 * length is at most RECORD_WORD_MAX.
 */
bool record_is_word(const char *text);

/* The same for a text and RECORD_TEXT_MAX. */
bool record_is_text(const char *text);

/*
 * Sets the socket that this process emits to; -1 (the state before) means
 * that records are counted lost until it is set.
 */
void record_use_socket(int fd);

/*
 * Emits one record: `values` in the order of the row's fields, `count` of
 * them. Characters outside the set become '?', long words are cut. Also says
 * rows of WARN and above on fd 2, as one line.
 * Returns 0, -EINVAL for a count that is not the row's, or -errno of the
 * send (the record is then counted lost).
 */
int record_emit(enum record_kind kind, const struct record_value *values,
		size_t count);

/* record_emit() with the values listed: RECORD(TASK_STATE, RECORD_W(id), ...) */
#define RECORD(id, ...)                                                       \
	record_emit(RECORD_##id,                                              \
		    (const struct record_value[]){ __VA_ARGS__ },             \
		    sizeof((const struct record_value[]){ __VA_ARGS__ }) /    \
			    sizeof(struct record_value))

/*
 * Reads one record from the bytes of one message (writable, for the NULs).
 * Every length and character is checked again: emitters are not trusted.
 * Returns 0 or -EBADMSG.
 */
int record_parse(void *wire, size_t len, struct record *r);

#endif

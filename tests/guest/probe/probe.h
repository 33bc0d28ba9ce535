/*
 * probe: a program for containers that reports facts and tries things.
 *
 * `probe caps -- open /proc/1/environ r -- exit 3` runs three verbs, one after
 * the other. Every verb prints lines `verb words: result`: "ok" and a number
 * or "fail" and the errno's name for what is tried, the fact for what is
 * asked. Each line is one write(2). The verbs are listed in probe.c.
 */
#ifndef CLOISTER_PROBE_H
#define CLOISTER_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define PROBE_LINE_MAX 4096

/* Lines begin with the verb alone, without its words. */
extern bool probe_is_terse;

/* One verb with its words. */
struct probe_call {
	int argc;
	char **argv;		/* argv[0] is the verb, argv[argc] is NULL */
};

struct probe_verb {
	const char *name;
	int words;		/* arguments, at least */
	const char *help;
	void (*run)(const struct probe_call *call);
};

extern const struct probe_verb probe_facts[];		/* facts.c */
extern const struct probe_verb probe_files[];		/* files.c */
extern const struct probe_verb probe_processes[];	/* processes.c */
extern const struct probe_verb probe_attempts[];	/* attempts.c */
extern const struct probe_verb probe_powers[];		/* powers.c */
extern const struct probe_verb probe_kernel[];		/* kernel.c */
extern const struct probe_verb probe_escape[];		/* escape.c */
extern const struct probe_verb probe_traces[];		/* traces.c */
extern const struct probe_verb probe_hogs[];		/* hogs.c */
extern const struct probe_verb probe_victim[];		/* escape_victim.c */
extern const struct probe_verb probe_doors[];		/* doors.c */
extern const struct probe_verb probe_surroundings[];	/* surroundings.c */
extern const struct probe_verb probe_network[];		/* network.c */
extern const struct probe_verb probe_metadata[];	/* metadata.c */

/* Prints one line: the call, a colon, and the formatted rest. */
void probe_say(const struct probe_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints "ok value" for `value` >= 0, else "fail" and the name of errno. */
void probe_result(const struct probe_call *call, long value);

/* Argument `i` (1 is the first) as a number; ends the program if it is not. */
long probe_number(const struct probe_call *call, int i);

/* Argument `i`, or `fallback` when there are fewer. */
const char *probe_word(const struct probe_call *call, int i,
		       const char *fallback);

#endif

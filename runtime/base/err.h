/*
 * err: one fixed-size error that carries what failed and why, up to the one
 * place that prints it.
 *
 * Every function with something to say takes `struct err *e` last and returns
 * 0 or -errno. The failing call sets it with err_set(), callers may add one
 * layer each with err_wrap(); err_print() writes it once, at the top, with a
 * single write(2). No allocation, safe after fork.
 */
#ifndef CLOISTER_BASE_ERR_H
#define CLOISTER_BASE_ERR_H

#include <stdbool.h>

#define ERR_MESSAGE_MAX 384

struct err {
	int code;		/* errno value, 0: nothing failed yet */
	bool is_truncated;	/* message did not fit */
	char message[ERR_MESSAGE_MAX];
};

#define ERR_NONE ((struct err){ .code = 0 })

/*
 * Records a failure: `code` is an errno value (positive), `fmt` names the
 * call and its argument, e.g. "openat2(%s)". The text of `code` is not part
 * of it. `e` may be NULL. Returns -code, so that a caller can write
 * `return err_set(e, errno, ...)`.
 */
int err_set(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Puts "context: " in front of a recorded failure. `e` may be NULL.
 * Returns -e->code (or -EIO where e is NULL or holds no failure), so that a
 * caller can write `return err_wrap(e, ...)`.
 */
int err_wrap(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Writes "program: message: strerror(code)\n" to `fd` with one write(2).
 * Errors of that write are ignored: there is nowhere to report them.
 */
void err_print(int fd, const char *program, const struct err *e);

/*
 * Writes "program: " and the formatted text and a newline to `fd` with one
 * write(2); longer than 1024 bytes is cut. For lines a person reads on the
 * console; never pass bytes that a task chose.
 */
void say(int fd, const char *program, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

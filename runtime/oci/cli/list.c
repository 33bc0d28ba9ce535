// SPDX-License-Identifier: MIT
/* Commands that only look: state, list, ps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/members.h"
#include "runtime/oci/cli/store.h"

static int write_out(const char *text, size_t length, struct err *e)
{
	int r = fd_write_all(STDOUT_FILENO, text, length);

	return r < 0 ? err_set(e, -r, "write(standard output)") : 0;
}

/* ------------------------------------------------------------------- state */

static int print_state(const struct store *s, struct err *e)
{
	AUTO_FREE char *text = NULL;
	enum status status;
	size_t length;
	int r = store_status(s, &status, e);

	if (r == 0)
		r = state_json(&s->state, status, &text, &length, e);
	if (r == 0)
		r = write_out(text, length, e);
	return r;
}

int command_state(struct cli *cli, struct err *e)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0], STORE_LOOK,
			  e);

	if (r == 0)
		r = print_state(&s, e);
	store_close(&s);
	return r;
}

/* -------------------------------------------------------------------- list */

enum list_form { LIST_TABLE, LIST_JSON };

static int parse_form(const char *word, enum list_form *form, struct err *e)
{
	*form = word && strcmp(word, "json") == 0 ? LIST_JSON : LIST_TABLE;
	if (word && *form == LIST_TABLE && strcmp(word, "table") != 0)
		return err_set(e, EINVAL, "option --format %s", word);
	return 0;
}

struct listing {
	enum list_form form;
	bool is_quiet;
	char *text;
	size_t length;
	size_t room;
	bool is_first;
};

static int append(struct listing *l, const char *text, size_t length,
		  struct err *e)
{
	if (!l->text || l->length + length > l->room) {
		size_t room = 2 * (l->length + length) + 1;
		char *more = realloc(l->text, room);

		if (!more)
			return err_set(e, ENOMEM, "realloc(%zu)", room);
		l->text = more;
		l->room = room;
	}
	memcpy(l->text + l->length, text, length);
	l->length += length;
	return 0;
}

static int append_text(struct listing *l, const char *text, struct err *e)
{
	return append(l, text, strlen(text), e);
}

/* Bytes of a path that would move a terminal's cursor are shown as '?'. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static int append_line(struct listing *l, const struct state *s, pid_t pid,
		       enum status status, struct err *e)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "%-11s %-8d %-9s %-23s %-30s %s",
			 s->id, (int)pid, status_word(status), s->bundle,
			 s->created ? s->created : "-",
			 s->owner ? s->owner : "-");

	if (n < 0 || (size_t)n >= sizeof(line))
		line[sizeof(line) - 1] = '\0';
	make_printable(line);
	n = append_text(l, line, e);
	return n < 0 ? n : append_text(l, "\n", e);
}

static int append_json(struct listing *l, const struct state *s,
		       enum status status, struct err *e)
{
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = state_json(s, status, &text, &length, e);

	if (r == 0 && !l->is_first)
		r = append_text(l, ",", e);
	l->is_first = false;
	/* Without its newline. */
	return r < 0 ? r : append(l, text, length - 1, e);
}

static int add_container(struct store *s, void *context, struct err *e)
{
	struct listing *l = context;
	/* Not far enough yet to know more than its name. */
	const struct state young = { .id = s->id, .bundle = "" };
	const struct state *state = s->state.id ? &s->state : &young;
	enum status status;
	int r;

	if (l->is_quiet) {
		r = append_text(l, s->id, e);
		return r < 0 ? r : append_text(l, "\n", e);
	}
	r = store_status(s, &status, e);
	if (r < 0)
		return r;
	if (l->form == LIST_JSON)
		return append_json(l, state, status, e);
	return append_line(l, state, status == STATUS_STOPPED ? 0 : state->pid,
			   status, e);
}

static int make_list(struct store *s, struct listing *l, struct err *e)
{
	char head[128];
	int r = 0;

	snprintf(head, sizeof(head), "%-11s %-8s %-9s %-23s %-30s %s\n", "ID",
		 "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
	if (!l->is_quiet)
		r = append_text(l, l->form == LIST_JSON ? "[" : head, e);
	if (r == 0 && s->root >= 0)
		r = store_list(s, add_container, l, e);
	if (r == 0 && !l->is_quiet && l->form == LIST_JSON)
		r = append_text(l, "]\n", e);
	return r < 0 ? r : write_out(l->text, l->length, e);
}

int command_list(struct cli *cli, struct err *e)
{
	struct listing l = { .is_quiet = cli->options.is_quiet,
			     .is_first = true };
	struct store s;
	int r = parse_form(cli->options.format, &l.form, e);

	if (r < 0)
		return r;
	/* No state directory: no containers. */
	r = store_open(&s, cli->options.root, false, e);
	if (r == 0 || r == -ENOENT)
		r = make_list(&s, &l, e);
	store_close(&s);
	free(l.text);
	return r;
}

/* ---------------------------------------------------------------------- ps */

static int print_pids(const struct members *m, enum list_form form,
		      struct err *e)
{
	struct listing l = { .form = form };
	char word[32];
	int r = append_text(&l, form == LIST_JSON ? "[" : "PID\n", e);

	for (size_t i = 0; r == 0 && i < m->count; i++) {
		bool is_json = form == LIST_JSON;

		snprintf(word, sizeof(word), "%s%d%s", is_json && i ? "," : "",
			 (int)m->pids[i], is_json ? "" : "\n");
		r = append_text(&l, word, e);
	}
	if (r == 0 && form == LIST_JSON)
		r = append_text(&l, "]\n", e);
	if (r == 0)
		r = write_out(l.text, l.length, e);
	free(l.text);
	return r;
}

int command_ps(struct cli *cli, struct err *e)
{
	struct members m = { .pids = NULL };
	enum list_form form;
	struct store s;
	int r = parse_form(cli->options.format, &form, e);

	if (r < 0)
		return r;
	r = store_get(&s, cli->options.root, cli->arguments[0], STORE_LOOK, e);
	if (r == 0 && s.state.cgroup)
		r = members_list(s.state.cgroup, &m, e);
	if (r == 0)
		r = print_pids(&m, form, e);
	members_free(&m);
	store_close(&s);
	return r;
}

// SPDX-License-Identifier: MIT
#include "runtime/image/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/image/json.h"
#include "runtime/image/reply.h"

/* Absent and null mean the same in configurations made by Go programs. */
static bool is_absent(const json_t *value)
{
	return !value || json_is_null(value);
}

static int take_list(const json_t *from, const char *key,
		     struct image_reply *reply, struct image_strings *to,
		     struct err *e)
{
	const json_t *list = json_object_get(from, key);
	size_t i;
	json_t *item;

	to->offset = reply->text_len;
	if (is_absent(list))
		return 0;
	if (!json_is_array(list))
		return err_set(e, EBADMSG, "configuration: %s is no list", key);
	if (json_array_size(list) > IMAGE_STRINGS_MAX)
		return err_set(e, E2BIG, "configuration: %s: more than %d", key,
			       IMAGE_STRINGS_MAX);
	json_array_foreach(list, i, item)
	{
		uint32_t ignored;
		int r;

		if (!json_is_string(item))
			return err_set(e, EBADMSG,
				       "configuration: %s holds no string",
				       key);
		r = image_reply_text(reply, json_string_value(item), &ignored,
				     e);
		if (r < 0)
			return r;
		to->count++;
	}
	return 0;
}

static int check_env(const struct image_reply *reply, struct err *e)
{
	for (uint32_t i = 0; i < reply->env.count; i++) {
		const char *one = image_string(reply, &reply->env, i);
		const char *equals = strchr(one, '=');

		if (!equals || equals == one)
			return err_set(e, EBADMSG,
				       "configuration: Env %u is no NAME=value",
				       i);
	}
	return 0;
}

/* A string that may be absent; `*text` is then "". */
static int get_text(const json_t *from, const char *key, const char **text,
		    struct err *e)
{
	const json_t *value = json_object_get(from, key);

	*text = "";
	if (is_absent(value))
		return 0;
	if (!json_is_string(value))
		return err_set(e, EBADMSG, "configuration: %s is no string",
			       key);
	*text = json_string_value(value);
	return 0;
}

static int take_directory(const json_t *from, struct image_reply *reply,
			  struct err *e)
{
	const char *text;
	int r = get_text(from, "WorkingDir", &text, e);

	if (r < 0)
		return r;
	if (text[0] && text[0] != '/')
		return err_set(e, EBADMSG,
			       "configuration: WorkingDir is not absolute");
	return image_reply_text(reply, text[0] ? text : "/",
				&reply->working_directory, e);
}

static int take_signal(const json_t *from, struct image_reply *reply,
		       struct err *e)
{
	const char *text;
	int r = get_text(from, "StopSignal", &text, e);

	if (r < 0 || !text[0])
		return r;
	r = config_signal(text);
	if (r < 0)
		return err_set(e, EBADMSG,
			       "configuration: StopSignal is no signal");
	reply->stop_signal = r;
	return 0;
}

static int take_user(const json_t *from, struct config *c, struct err *e)
{
	const char *text;
	int r = get_text(from, "User", &text, e);

	if (r < 0)
		return r;
	if (strlen(text) >= sizeof(c->user))
		return err_set(e, ENAMETOOLONG, "configuration: User");
	memcpy(c->user, text, strlen(text) + 1);
	return 0;
}

static int take_config(const json_t *from, struct config *c,
		       struct image_reply *reply, struct err *e)
{
	int r;

	if (!is_absent(from) && !json_is_object(from))
		return err_set(e, EBADMSG, "configuration: config");
	r = take_list(from, "Entrypoint", reply, &reply->entry_point, e);
	if (r == 0)
		r = take_list(from, "Cmd", reply, &reply->command, e);
	if (r == 0)
		r = take_list(from, "Env", reply, &reply->env, e);
	if (r == 0)
		r = check_env(reply, e);
	if (r == 0)
		r = take_directory(from, reply, e);
	if (r == 0)
		r = take_signal(from, reply, e);
	return r < 0 ? r : take_user(from, c, e);
}

static bool is(const json_t *object, const char *key, const char *text)
{
	const char *value = image_json_text(object, key);

	return value && strcmp(value, text) == 0;
}

static int take_diff_ids(const json_t *rootfs, struct config *c, struct err *e)
{
	const json_t *list = json_object_get(rootfs, "diff_ids");
	size_t i;
	json_t *item;

	if (!is(rootfs, "type", "layers") || !json_is_array(list))
		return err_set(e, EBADMSG, "configuration: rootfs");
	if (json_array_size(list) > IMAGE_LAYERS_MAX)
		return err_set(e, E2BIG, "configuration: more than %d layers",
			       IMAGE_LAYERS_MAX);
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		if (!text || digest_parse(text, &c->diff_ids[i]) < 0)
			return err_set(e, EBADMSG, "configuration: diff id %zu",
				       i);
	}
	c->layer_count = (uint32_t)json_array_size(list);
	return 0;
}

static int take_tree(const json_t *tree, struct config *c,
		     struct image_reply *reply, struct err *e)
{
	int r;

	if (!is(tree, "os", "linux") || !is(tree, "architecture", "amd64"))
		return err_set(e, EPROTONOSUPPORT,
			       "the image is not for linux/amd64");
	r = take_diff_ids(json_object_get(tree, "rootfs"), c, e);
	if (r < 0)
		return r;
	return take_config(json_object_get(tree, "config"), c, reply, e);
}

int config_parse(const char *data, size_t len, struct config *c,
		 struct image_reply *reply, struct err *e)
{
	json_t *tree = NULL;
	int r = image_json_parse(data, len, "configuration", &tree, e);

	if (r < 0)
		return r;
	r = take_tree(tree, c, reply, e);
	json_decref(tree);
	return r;
}

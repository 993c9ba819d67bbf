#include "gateway/asked.h"

#include <string.h>

#include "base/memory.h"
#include "text/json.h"
#include "text/keyshape.h"
#include "text/steady.h"
#include "text/utf8.h"

#define SHOWN 160 /* bytes of what differs */
#define BEFORE 40 /* of them in front of the difference */

static const char *const list_names[] = { "messages", "input" };

static void replace(struct ohb_str *text, const char *from, const char *to)
{
	ohb_autostr out = OHB_STR_INIT;
	const char *at = ohb_str_cstr(text), *end = at + text->len, *found;
	size_t len = strlen(from);
	struct ohb_str swap;

	if (ohb_streq(from, to) || !memmem(at, text->len, from, len))
		return;
	while ((found = memmem(at, (size_t)(end - at), from, len))) {
		ohb_str_add(&out, at, (size_t)(found - at));
		ohb_str_adds(&out, to);
		at = found + len;
	}
	ohb_str_add(&out, at, (size_t)(end - at));
	swap = *text;
	*text = out;
	out = swap;
}

static const char *dir_of(const struct ohb_disguise *disguise)
{
	return disguise->dir ? disguise->dir : OHB_ASKED_DIR;
}

void ohb_reply_disguise(
		const struct ohb_disguise *disguise, struct ohb_str *text)
{
	if (disguise->keys)
		(void)ohb_redact_apply(disguise->keys, text);
	(void)ohb_redact_apply(&disguise->own, text);
	replace(text, dir_of(disguise), OHB_ASKED_DIR);
}

void ohb_reply_restore(
		const struct ohb_disguise *disguise, struct ohb_str *text)
{
	replace(text, OHB_ASKED_DIR, dir_of(disguise));
}

/* A copy of the value whose texts are disguised; steady: and free of times
 * and the like. */
static json_t *disguised(
		json_t *value, const struct ohb_disguise *disguise, bool steady)
{
	ohb_autostr text = OHB_STR_INIT, out = OHB_STR_INIT;
	const char *name;
	json_t *item, *copy;
	size_t i;

	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, item) ohb_json_append(
				copy, disguised(item, disguise, steady));
		return copy;
	}
	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach(value, name, item) ohb_json_set(
				copy, name, disguised(item, disguise, steady));
		return copy;
	}
	if (!json_is_string(value))
		return json_incref(value);
	ohb_str_add(&text, json_string_value(value), json_string_length(value));
	ohb_reply_disguise(disguise, &text);
	ohb_keyshape_mask(text.data, text.len);
	if (!steady)
		return ohb_json_bytes(text.data, text.len);
	ohb_steady_add(&out, text.data, text.len);
	return ohb_json_bytes(ohb_str_cstr(&out), out.len);
}

/* What a program printed, in either dialect. */
static bool is_output(json_t *message)
{
	return ohb_streq(ohb_json_text(message, "role"), "tool") ||
			ohb_streq(ohb_json_text(message, "type"),
					"function_call_output");
}

static json_t *list_of(json_t *asked, const char **ret_name)
{
	json_t *list = NULL;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(list_names) && !list; i++) {
		list = json_object_get(asked, list_names[i]);
		if (!json_is_array(list))
			list = NULL;
		else if (ret_name)
			*ret_name = list_names[i];
	}
	return list;
}

static bool is_list(const char *name)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(list_names); i++)
		if (ohb_streq(name, list_names[i]))
			return true;
	return false;
}

json_t *ohb_asked_of(json_t *request, const struct ohb_disguise *disguise)
{
	json_t *asked = json_object(), *value, *message, *copy;
	const char *name;
	size_t i;

	json_object_foreach(request, name, value)
	{
		if (!is_list(name) || !json_is_array(value)) {
			ohb_json_set(asked, name,
					disguised(value, disguise, false));
			continue;
		}
		copy = json_array();
		json_array_foreach(value, i, message) ohb_json_append(copy,
				disguised(message, disguise,
						is_output(message)));
		ohb_json_set(asked, name, copy);
	}
	return asked;
}

struct ohb_digest ohb_asked_digest(const json_t *asked)
{
	ohb_autofree char *text = json_dumps(
			asked, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	return ohb_digest_of(text ? text : "", text ? strlen(text) : 0);
}

static size_t common(json_t *before, json_t *now)
{
	size_t n = 0;

	while (n < json_array_size(before) && n < json_array_size(now) &&
			json_equal(json_array_get(before, n),
					json_array_get(now, n)))
		n++;
	return n;
}

json_t *ohb_asked_delta(json_t *before, json_t *asked)
{
	json_t *delta = json_object(), *fresh = json_array(), *value;
	ohb_autojson *set = json_object(), *gone = json_array();
	const char *name, *list_name = list_names[0];
	json_t *list = list_of(asked, &list_name);
	size_t keep = common(list_of(before, NULL), list), i;

	json_object_foreach(asked, name, value) if (value != list &&
			!json_equal(value, json_object_get(before, name)))
			json_object_set(set, name, value);
	json_object_foreach(
			before, name, value) if (!json_object_get(asked, name))
			ohb_json_append(gone, json_string(name));
	for (i = keep; i < json_array_size(list); i++)
		json_array_append(fresh, json_array_get(list, i));
	ohb_json_set(delta, "keep", json_integer((json_int_t)keep));
	if (json_object_size(set))
		json_object_set(delta, "set", set);
	if (json_array_size(gone))
		json_object_set(delta, "unset", gone);
	ohb_json_set(delta, list_name, fresh);
	return delta;
}

static int check_names(json_t *delta, struct ohb_error *err)
{
	static const char *const names[] = { "keep", "set", "unset", "messages",
		"input" };
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(delta, name, value)
	{
		for (i = 0; i < OHB_ARRAY_LEN(names); i++)
			if (ohb_streq(names[i], name))
				break;
		if (i == OHB_ARRAY_LEN(names))
			return ohb_fail(err, OHB_E_CONFIG,
					"unknown key 'request.%s'", name);
	}
	return 0;
}

static int check_delta(json_t *delta, size_t kept, struct ohb_error *err)
{
	int64_t keep = ohb_json_int(delta, "keep", -1);
	json_t *set = json_object_get(delta, "set");
	json_t *gone = json_object_get(delta, "unset");

	if (!json_is_object(delta))
		return ohb_fail(err, OHB_E_CONFIG, "request is not an object");
	if (check_names(delta, err) < 0)
		return -1;
	if (keep < 0 || (uint64_t)keep > kept)
		return ohb_fail(err, OHB_E_CONFIG,
				"request.keep is not a number from 0 to %zu, "
				"the messages of the request before",
				kept);
	if (set && !json_is_object(set))
		return ohb_fail(err, OHB_E_CONFIG,
				"request.set is not an object");
	if (gone && !json_is_array(gone))
		return ohb_fail(err, OHB_E_CONFIG,
				"request.unset is not a list");
	if (!list_of(delta, NULL))
		return ohb_fail(err, OHB_E_CONFIG,
				"request.messages is not a list");
	return 0;
}

json_t *ohb_asked_apply(json_t *before, json_t *delta, struct ohb_error *err)
{
	const char *name, *list_name = list_names[0];
	json_t *asked, *list, *item, *kept = list_of(before, NULL);
	size_t i;

	if (check_delta(delta, json_array_size(kept), err) < 0)
		return NULL;
	list = json_array();
	for (i = 0; i < (size_t)ohb_json_int(delta, "keep", 0); i++)
		json_array_append(list, json_array_get(kept, i));
	json_array_extend(list, list_of(delta, &list_name));
	asked = json_object();
	json_object_foreach(before, name, item) if (item != kept)
			json_object_set(asked, name, item);
	json_array_foreach(json_object_get(delta, "unset"), i,
			item) if (json_is_string(item))
			json_object_del(asked, json_string_value(item));
	json_object_foreach(json_object_get(delta, "set"), name, item)
			json_object_set(asked, name, item);
	ohb_json_set(asked, list_name, list);
	return asked;
}

/* One value as a line; of a message its text, which says more than JSON. */
static void add_value(struct ohb_str *out, json_t *value)
{
	const char *text = json_string_value(value);

	if (!value)
		ohb_str_adds(out, "nothing");
	else if (text)
		ohb_str_adds(out, text);
	else
		ohb_json_add(out, value);
}

static void add_line(struct ohb_str *out, const char *what,
		const struct ohb_str *text, size_t from)
{
	ohb_str_addf(out, "\n%s: %s", what, from ? "…" : "");
	ohb_utf8_line(out, ohb_str_cstr(text) + from, text->len - from, SHOWN);
}

static void compare(json_t *recorded, json_t *now, struct ohb_str *out)
{
	ohb_autostr a = OHB_STR_INIT, b = OHB_STR_INIT;
	size_t at = 0;

	add_value(&a, recorded);
	add_value(&b, now);
	while (at < a.len && at < b.len && a.data[at] == b.data[at])
		at++;
	at = at > BEFORE ? at - BEFORE : 0;
	while (at && ((unsigned char)a.data[at] & 0xc0) == 0x80)
		at--;
	add_line(out, "recorded", &a, at);
	add_line(out, "now", &b, at);
}

/* The first member that differs; NULL: none does. */
static const char *other_member(json_t *a, json_t *b)
{
	const char *name;
	json_t *value;

	json_object_foreach(a, name, value) if (
			!json_equal(value,
					json_object_get(b, name))) return name;
	json_object_foreach(b, name,
			value) if (!json_object_get(a, name)) return name;
	return NULL;
}

/* Goes down to where two values differ, and says the way. */
static void descend(json_t *a, json_t *b, struct ohb_str *out)
{
	while (!json_equal(a, b) && json_typeof(a) == json_typeof(b)) {
		const char *name;
		size_t at;

		if (json_is_array(a)) {
			at = common(a, b);
			ohb_str_addf(out, "[%zu]", at);
			a = json_array_get(a, at);
			b = json_array_get(b, at);
		} else if (json_is_object(a)) {
			name = other_member(a, b);
			ohb_str_addf(out, "%s%s", out->len ? "." : "", name);
			a = json_object_get(a, name);
			b = json_object_get(b, name);
		} else {
			break;
		}
		if (!a || !b)
			break;
	}
	if (!json_equal(a, b))
		compare(a, b, out);
}

void ohb_asked_difference(json_t *recorded, json_t *asked, struct ohb_str *out)
{
	ohb_autostr where = OHB_STR_INIT;

	descend(recorded, asked, &where);
	ohb_str_add(out, ohb_str_cstr(&where), where.len);
}

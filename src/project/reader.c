#include "project/reader.h"

#include <stdlib.h>
#include <string.h>

#include "project/value.h"

/* "{report}" without quotes is a mapping in YAML, with a key and nothing. */
static const char *brace_hint(
		struct ohb_reader *reader, const struct ohb_yaml *node)
{
	if (node->kind != OHB_YAML_MAP || node->count != 1 ||
			!ohb_value_is_nothing(node->pairs[0].value))
		return NULL;
	return ohb_arena_printf(reader->arena, "write it with quotes: \"{%s}\"",
			node->pairs[0].key->text);
}

static void read_scalar(const struct ohb_item *item)
{
	const struct ohb_yaml *node = item->node;
	enum ohb_key_kind kind = item->key->kind;
	const char *hint = brace_hint(item->reader, node);

	if (node->kind != OHB_YAML_SCALAR || ohb_value_is_nothing(node)) {
		ohb_value_wrong(item, node, hint);
		return;
	}
	if ((kind == OHB_KEY_INTEGER || kind == OHB_KEY_NUMBER) &&
			!node->plain) {
		ohb_value_wrong(item, node, "write it without quotes");
		return;
	}
	if (ohb_value_parse(item, node->text, &hint) < 0)
		ohb_value_wrong(item, node, hint);
}

static void read_list(const struct ohb_item *item)
{
	const struct ohb_yaml *node = item->node;
	struct ohb_yaml *one[] = { (struct ohb_yaml *)(uintptr_t)node };
	struct ohb_yaml **items = node->items;
	struct ohb_list list = { .count = node->count };
	size_t i;

	if (node->kind == OHB_YAML_SCALAR) {
		items = one;
		list.count = 1;
	} else if (node->kind == OHB_YAML_MAP) {
		ohb_value_wrong(item, node, brace_hint(item->reader, node));
		return;
	}
	list.items = ohb_arena_alloc(
			item->reader->arena, list.count * sizeof(char *));
	list.pos = ohb_arena_alloc(
			item->reader->arena, list.count * sizeof(*list.pos));
	for (i = 0; i < list.count; i++) {
		if (items[i]->kind != OHB_YAML_SCALAR ||
				ohb_value_is_nothing(items[i]) ||
				!ohb_form_matches(item->reader, item->key->form,
						items[i]->text)) {
			ohb_value_wrong(item, items[i],
					brace_hint(item->reader, items[i]));
			return;
		}
		list.items[i] = items[i]->text;
		list.pos[i] = items[i]->pos;
	}
	if (item->key->max > 0 && (double)list.count > item->key->max)
		ohb_diags_add(item->reader->diags, node->pos, NULL,
				"'%s' has more than %.0f items",
				item->key->name, item->key->max);
	ohb_value_put(item, &list, sizeof(list));
}

static void read_argv(const struct ohb_item *item)
{
	const struct ohb_yaml *node = item->node;
	const char **argv;
	size_t i;

	if (node->kind != OHB_YAML_LIST) {
		ohb_value_wrong(item, node,
				node->kind == OHB_YAML_SCALAR ?
						"no shell reads it: [program, "
						"argument]" :
						NULL);
		return;
	}
	argv = ohb_arena_alloc(item->reader->arena,
			(node->count + 1) * sizeof(char *));
	for (i = 0; i < node->count; i++) {
		if (node->items[i]->kind != OHB_YAML_SCALAR ||
				ohb_value_is_nothing(node->items[i]) ||
				!node->items[i]->text[0]) {
			ohb_value_wrong(item, node->items[i], NULL);
			return;
		}
		argv[i] = node->items[i]->text;
	}
	ohb_value_put(item, &argv, sizeof(argv));
}

static void read_flags(const struct ohb_item *item)
{
	const struct ohb_yaml *node = item->node;
	const struct ohb_choice *choice;
	const char *hint = NULL;
	size_t i;

	if (node->kind != OHB_YAML_LIST) {
		ohb_value_wrong(item, node, NULL);
		return;
	}
	for (choice = item->key->choices; choice->name; choice++)
		item->object[choice->value] = false;
	for (i = 0; i < node->count; i++) {
		choice = NULL;
		if (node->items[i]->kind == OHB_YAML_SCALAR)
			choice = ohb_value_choice(
					item, node->items[i]->text, &hint);
		if (!choice) {
			ohb_value_wrong(item, node->items[i], hint);
			return;
		}
		item->object[choice->value] = true;
	}
}

static void read_map(const struct ohb_item *item)
{
	char *object = item->object + item->key->at;

	if (item->node->kind == OHB_YAML_MAP)
		ohb_reader_map(item->reader, item->key->keys, item->node,
				object);
	else
		ohb_value_wrong(item, item->node, NULL);
}

static void read_choice(const struct ohb_item *item)
{
	unsigned value = (unsigned)item->key->map_value;

	if (!item->key->keys || item->node->kind != OHB_YAML_MAP) {
		read_scalar(item);
		return;
	}
	ohb_value_put(item, &value, sizeof(value));
	ohb_reader_map(item->reader, item->key->keys, item->node, item->object);
}

static void check_maps(const struct ohb_item *item)
{
	const struct ohb_yaml *node = item->node;
	size_t i;

	if (node->kind != OHB_YAML_LIST) {
		ohb_value_wrong(item, node,
				node->kind == OHB_YAML_MAP ?
						"each item begins with '- '" :
						NULL);
		return;
	}
	for (i = 0; i < node->count; i++)
		if (node->items[i]->kind != OHB_YAML_MAP)
			ohb_value_wrong(item, node->items[i], NULL);
}

static void read_value(const struct ohb_item *item)
{
	const struct ohb_key *key = item->key;

	switch (key->kind) {
	case OHB_KEY_TEXT:
	case OHB_KEY_INTEGER:
	case OHB_KEY_NUMBER:
	case OHB_KEY_DURATION:
	case OHB_KEY_SIZE:
		read_scalar(item);
		break;
	case OHB_KEY_CHOICE:
		read_choice(item);
		break;
	case OHB_KEY_LIST:
		read_list(item);
		break;
	case OHB_KEY_ARGV:
		read_argv(item);
		break;
	case OHB_KEY_FLAGS:
		read_flags(item);
		break;
	case OHB_KEY_MAP:
		read_map(item);
		break;
	case OHB_KEY_MAPS:
		check_maps(item);
		break;
	}
	if ((key->flags & OHB_KEY_NOT_EMPTY) != 0 &&
			item->node->kind == OHB_YAML_LIST &&
			item->node->count == 0)
		ohb_diags_add(item->reader->diags, item->node->pos, NULL,
				"'%s' is empty", key->name);
	if (key->pos_at)
		memcpy(item->object + key->pos_at, &item->node->pos,
				sizeof(item->node->pos));
	if (key->given_at)
		item->object[key->given_at] = true;
}

static const struct ohb_key *find_key(
		const struct ohb_keys *keys, const char *name)
{
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (!(keys->keys[i].flags & keys->without) &&
				ohb_streq(keys->keys[i].name, name))
			return &keys->keys[i];
	return NULL;
}

/* Where else a key is known: "'image' belongs in 'agent'". */
static const char *elsewhere(struct ohb_reader *reader, const char *name)
{
	size_t i;

	for (i = 0; ohb_all_keys[i]; i++)
		if (find_key(ohb_all_keys[i], name))
			return ohb_arena_printf(reader->arena,
					"'%s' belongs in %s", name,
					ohb_all_keys[i]->what);
	return NULL;
}

static const char *known_here(
		struct ohb_reader *reader, const struct ohb_keys *keys)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (!(keys->keys[i].flags & keys->without))
			ohb_str_addf(&text, "%s%s",
					text.len ? ", " : "known here: ",
					keys->keys[i].name);
	return ohb_arena_strdup(reader->arena, ohb_str_cstr(&text));
}

static bool names_secret(const char *name)
{
	static const char *const words[] = { "key", "token", "secret",
		"password", "auth" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

static void unknown_key(struct ohb_reader *reader, const struct ohb_keys *keys,
		const struct ohb_yaml_pair *pair)
{
	const char *name = pair->key->text;
	const char *names[32] = { NULL };
	const char *hint;
	size_t i, n = 0;

	for (i = 0; i < keys->count && n + 1 < OHB_ARRAY_LEN(names); i++)
		if (!(keys->keys[i].flags & keys->without))
			names[n++] = keys->keys[i].name;
	hint = elsewhere(reader, name);
	if (!hint)
		hint = ohb_value_did_you_mean(reader, ohb_suggest(name, names));
	if (!hint)
		hint = known_here(reader, keys);
	/* "api_key: ..." is a mistake that one should not see twice. */
	if (names_secret(name))
		ohb_diags_mask(reader->diags, pair->value->pos);
	ohb_diags_add(reader->diags, pair->key->pos, hint,
			"unknown key '%s' in %s", name, keys->what);
}

static void read_pair(struct ohb_reader *reader, const struct ohb_keys *keys,
		const struct ohb_yaml_pair *pair, void *object)
{
	struct ohb_item item = {
		.reader = reader,
		.key = find_key(keys, pair->key->text),
		.node = pair->value,
		.object = object,
	};

	if (!item.key)
		unknown_key(reader, keys, pair);
	else
		read_value(&item);
}

/* One of the names in "a|b" stands beside it. */
static void check_needs(struct ohb_reader *reader, const struct ohb_key *key,
		const struct ohb_yaml *map, struct ohb_pos pos)
{
	ohb_autostr names = OHB_STR_INIT;
	const char *at = key->needs;

	while (*at) {
		const size_t len = strcspn(at, "|");
		ohb_autofree char *name = ohb_strndup(at, len);

		if (ohb_yaml_get(map, name))
			return;
		ohb_str_addf(&names, "%s'%s'", names.len ? " or " : "", name);
		at += len + (at[len] == '|');
	}
	ohb_diags_add(reader->diags, pos, NULL, "'%s' needs %s beside it",
			key->name, names.data);
}

static void check_beside(struct ohb_reader *reader, const struct ohb_keys *keys,
		const struct ohb_yaml *map)
{
	struct ohb_pos pos = map->pos;
	size_t i;

	pos.length = 1;
	for (i = 0; i < keys->count; i++) {
		const struct ohb_key *key = &keys->keys[i];
		const struct ohb_yaml *value = ohb_yaml_get(map, key->name);

		if (key->flags & keys->without)
			continue;
		if (!value && (key->flags & OHB_KEY_REQUIRED))
			ohb_diags_add(reader->diags, pos, NULL,
					"'%s' is missing in %s", key->name,
					keys->what);
		if (value && key->needs)
			check_needs(reader, key, map, value->pos);
	}
}

void ohb_reader_map(struct ohb_reader *reader, const struct ohb_keys *keys,
		const struct ohb_yaml *map, void *object)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		read_pair(reader, keys, &map->pairs[i], object);
	check_beside(reader, keys, map);
	if (keys->pos_at)
		memcpy((char *)object + keys->pos_at, &map->pos,
				sizeof(map->pos));
}

void ohb_reader_defaults(struct ohb_reader *reader, const struct ohb_keys *keys,
		void *object)
{
	const char *hint = NULL;
	size_t i;

	for (i = 0; i < keys->count; i++) {
		const struct ohb_key *key = &keys->keys[i];
		struct ohb_item item = {
			.reader = reader,
			.key = key,
			.object = object,
		};

		if (key->kind == OHB_KEY_MAP)
			ohb_reader_defaults(reader, key->keys,
					(char *)object + key->at);
		else if (key->kind == OHB_KEY_CHOICE && key->keys)
			ohb_reader_defaults(reader, key->keys, object);
		if (key->fallback &&
				ohb_value_parse(&item, key->fallback, &hint) <
						0)
			abort(); /* the table is wrong */
	}
}

void ohb_reader_items(const struct ohb_yaml *map, const char *key,
		ohb_reader_item_fn *fn, void *userdata)
{
	const struct ohb_yaml *list = ohb_yaml_get(map, key);
	size_t i;

	if (!list || list->kind != OHB_YAML_LIST)
		return;
	for (i = 0; i < list->count; i++)
		if (list->items[i]->kind == OHB_YAML_MAP)
			fn(userdata, list->items[i]);
}

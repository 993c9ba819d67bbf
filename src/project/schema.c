#include "project/reader.h"

#include <string.h>

#include "text/json.h"

/* schema/openhands.schema.json: JSON Schema draft 7, which editors know. */

#define DRAFT "http://json-schema.org/draft-07/schema#"

static json_t *schema_of_keys(const struct ohb_keys *keys);

static json_t *typed(const char *type)
{
	json_t *schema = json_object();

	ohb_json_set(schema, "type", json_string(type));
	return schema;
}

static json_t *any_of(json_t *first, json_t *second)
{
	json_t *schema = json_object(), *both = json_array();

	ohb_json_append(both, first);
	ohb_json_append(both, second);
	ohb_json_set(schema, "anyOf", both);
	return schema;
}

static json_t *pattern_of(const char *pattern)
{
	json_t *schema = typed("string");

	ohb_json_set(schema, "pattern", json_string(pattern));
	return schema;
}

/* `tags: [1.10]` and `command: true` are texts to the reader. */
static json_t *text_of(const struct ohb_form *form)
{
	json_t *schema = typed("string"), *types = json_array();

	ohb_json_append(types, json_string("string"));
	ohb_json_append(types, json_string("number"));
	if (!form)
		ohb_json_append(types, json_string("boolean"));
	if (!form || form->number)
		ohb_json_set(schema, "type", json_incref(types));
	json_decref(types);
	if (form)
		ohb_json_set(schema, "pattern", json_string(form->pattern));
	else
		ohb_json_set(schema, "minLength", json_integer(1));
	return schema;
}

static json_t *list_of(const struct ohb_key *key, json_t *items)
{
	json_t *schema = typed("array");

	ohb_json_set(schema, "items", items);
	if (key->flags & OHB_KEY_NOT_EMPTY)
		ohb_json_set(schema, "minItems", json_integer(1));
	if (key->max > 0)
		ohb_json_set(schema, "maxItems",
				json_integer((json_int_t)key->max));
	return schema;
}

static json_t *choices_of(const struct ohb_choice *choice)
{
	json_t *schema = json_object(), *names = json_array();

	for (; choice->name; choice++)
		ohb_json_append(names, json_string(choice->name));
	ohb_json_set(schema, "enum", names);
	return schema;
}

/* A whole number without a fraction: "60", not "60.0". */
static json_t *number(double value)
{
	json_int_t whole = (json_int_t)value;

	if (value >= (double)whole && value <= (double)whole)
		return json_integer(whole);
	return json_real(value);
}

static json_t *range_of(const struct ohb_key *key, const char *type)
{
	json_t *schema = typed(type);

	ohb_json_set(schema, "minimum", number(key->min));
	ohb_json_set(schema, "maximum", number(key->max));
	return schema;
}

static json_t *schema_of_kind(const struct ohb_key *key)
{
	switch (key->kind) {
	case OHB_KEY_TEXT:
		return text_of(key->form);
	case OHB_KEY_LIST:
		return any_of(text_of(key->form),
				list_of(key, text_of(key->form)));
	case OHB_KEY_ARGV:
		return list_of(key, text_of(NULL));
	case OHB_KEY_INTEGER:
		return range_of(key, "integer");
	case OHB_KEY_NUMBER:
		return range_of(key, "number");
	case OHB_KEY_DURATION:
		return pattern_of(OHB_DURATION_PATTERN);
	case OHB_KEY_SIZE:
		return pattern_of(OHB_SIZE_PATTERN);
	case OHB_KEY_CHOICE:
		if (!key->keys)
			return choices_of(key->choices);
		return any_of(choices_of(key->choices),
				schema_of_keys(key->keys));
	case OHB_KEY_FLAGS:
		return list_of(key, choices_of(key->choices));
	case OHB_KEY_MAP:
		return schema_of_keys(key->keys);
	case OHB_KEY_MAPS:
		return list_of(key, schema_of_keys(key->keys));
	}
	return NULL;
}

static json_t *default_of(const struct ohb_key *key)
{
	if (key->kind == OHB_KEY_INTEGER || key->kind == OHB_KEY_NUMBER)
		return number(strtod(key->fallback, NULL));
	return json_string(key->fallback);
}

/* {"required": [name]} */
static json_t *has(const char *name)
{
	json_t *schema = json_object(), *names = json_array();

	ohb_json_append(names, json_string(name));
	ohb_json_set(schema, "required", names);
	return schema;
}

static json_t *schema_of_key(
		const struct ohb_keys *keys, const struct ohb_key *key)
{
	json_t *schema = json_object(), *kind = schema_of_kind(key);

	ohb_json_set(schema, "description", json_string(key->about));
	if (json_object_update(schema, kind) < 0)
		abort();
	json_decref(kind);
	if (key->keys == &ohb_step_keys && keys != &ohb_defaults_keys)
		ohb_json_set(schema, "contains", has("test"));
	if (key->fallback)
		ohb_json_set(schema, "default", default_of(key));
	return schema;
}

/* "a|b": one of them is there. */
static json_t *has_one(const char *names)
{
	json_t *any, *schema;

	if (!strchr(names, '|'))
		return has(names);
	any = json_array();
	while (*names) {
		const size_t len = strcspn(names, "|");
		ohb_autofree char *name = ohb_strndup(names, len);

		ohb_json_append(any, has(name));
		names += len + (names[len] == '|');
	}
	schema = json_object();
	ohb_json_set(schema, "anyOf", any);
	return schema;
}

static json_t *schema_of_keys(const struct ohb_keys *keys)
{
	json_t *schema = typed("object"), *properties = json_object();
	json_t *required = json_array(), *needs = json_object();
	json_t *one_of = json_array();
	size_t i;

	for (i = 0; i < keys->count; i++) {
		const struct ohb_key *key = &keys->keys[i];

		if (key->flags & keys->without)
			continue;
		ohb_json_set(properties, key->name, schema_of_key(keys, key));
		if (key->flags & OHB_KEY_REQUIRED)
			ohb_json_append(required, json_string(key->name));
		if (key->flags & OHB_KEY_STEP)
			ohb_json_append(one_of, has(key->name));
		if (key->needs)
			ohb_json_set(needs, key->name, has_one(key->needs));
	}
	ohb_json_set(schema, "additionalProperties", json_false());
	ohb_json_set(schema, "properties", properties);
	if (json_array_size(required))
		ohb_json_set(schema, "required", json_incref(required));
	if (json_array_size(one_of))
		ohb_json_set(schema, "oneOf", json_incref(one_of));
	if (json_object_size(needs))
		ohb_json_set(schema, "dependencies", json_incref(needs));
	json_decref(required);
	json_decref(one_of);
	json_decref(needs);
	return schema;
}

void ohb_config_schema(struct ohb_str *out)
{
	json_t *schema = json_object(),
	       *keys = schema_of_keys(&ohb_document_keys);
	char *text;

	ohb_json_set(schema, "$schema", json_string(DRAFT));
	ohb_json_set(schema, "title", json_string("openhands.yml"));
	ohb_json_set(schema, "description",
			json_string("What ohbuild reads: which tests are made "
				    "from which sources, by which models, and "
				    "what judges them."));
	if (json_object_update(schema, keys) < 0)
		abort();
	json_decref(keys);
	text = json_dumps(schema, JSON_INDENT(2));
	if (!text)
		abort();
	ohb_str_adds(out, text);
	ohb_str_addc(out, '\n');
	free(text);
	json_decref(schema);
}

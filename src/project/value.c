#include "project/value.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/keyshape.h"
#include "text/utf8.h"

#define SHOWN_BYTES 60 /* of a wrong value */

/* Few forms, and many texts that are held against them. */
struct ohb_form_cache {
	struct ohb_form_cache *next;
	const struct ohb_form *form;
	regex_t regex;
};

void ohb_reader_release(struct ohb_reader *reader)
{
	struct ohb_form_cache *entry = reader->forms;

	/* The entries themselves are the arena's. */
	for (; entry; entry = entry->next)
		regfree(&entry->regex);
	reader->forms = NULL;
}

static const regex_t *compiled(
		struct ohb_reader *reader, const struct ohb_form *form)
{
	struct ohb_form_cache *entry = reader->forms;

	while (entry && entry->form != form)
		entry = entry->next;
	if (entry)
		return &entry->regex;
	entry = ohb_arena_alloc(reader->arena, sizeof(*entry));
	if (regcomp(&entry->regex, form->pattern, REG_EXTENDED | REG_NOSUB) !=
			0)
		abort(); /* the table is wrong */
	entry->form = form;
	entry->next = reader->forms;
	reader->forms = entry;
	return &entry->regex;
}

bool ohb_form_matches(struct ohb_reader *reader, const struct ohb_form *form,
		const char *text)
{
	if (!form)
		return text[0] != '\0';
	return strlen(text) <= OHB_MAX_PATH &&
			regexec(compiled(reader, form), text, 0, NULL, 0) == 0;
}

void ohb_choices_add(struct ohb_str *out, const struct ohb_choice *choices)
{
	size_t left = 0, i;

	for (i = 0; choices[i].name; i++)
		left++;
	for (i = 0; choices[i].name; i++) {
		ohb_str_addf(out, "'%s'", choices[i].name);
		left--;
		if (left)
			ohb_str_adds(out, left == 1 ? " or " : ", ");
	}
}

static void add_amount(
		struct ohb_str *out, const struct ohb_key *key, double amount)
{
	static const struct {
		enum ohb_key_kind kind;
		double unit;
		const char *name;
	} units[] = {
		{ OHB_KEY_DURATION, 3600000, "h" },
		{ OHB_KEY_DURATION, 60000, "m" },
		{ OHB_KEY_DURATION, 1000, "s" },
		{ OHB_KEY_SIZE, 1099511627776, "TiB" },
		{ OHB_KEY_SIZE, 1073741824, "GiB" },
		{ OHB_KEY_SIZE, 1048576, "MiB" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(units); i++)
		if (units[i].kind == key->kind && amount >= units[i].unit) {
			ohb_str_addf(out, "%g%s", amount / units[i].unit,
					units[i].name);
			return;
		}
	ohb_str_addf(out, "%.10g", amount);
}

static void add_range(struct ohb_str *out, const struct ohb_key *key)
{
	ohb_str_adds(out, " from ");
	add_amount(out, key, key->min);
	ohb_str_adds(out, " to ");
	add_amount(out, key, key->max);
}

/* "'jobs' must be " goes before this. */
static void add_expected(struct ohb_str *out, const struct ohb_key *key)
{
	const char *text = key->form ? key->form->expected : "a text";

	switch (key->kind) {
	case OHB_KEY_TEXT:
		ohb_str_adds(out, text);
		return;
	case OHB_KEY_LIST:
		ohb_str_addf(out, "%s or a list of such", text);
		return;
	case OHB_KEY_ARGV:
		ohb_str_adds(out, "a list of a program and its arguments");
		return;
	case OHB_KEY_INTEGER:
		if (key->min < key->max) {
			ohb_str_adds(out, "a whole number");
			add_range(out, key);
		} else {
			add_amount(out, key, key->min);
		}
		return;
	case OHB_KEY_NUMBER:
		ohb_str_adds(out, "a number");
		add_range(out, key);
		return;
	case OHB_KEY_DURATION:
		ohb_str_adds(out, "a time");
		add_range(out, key);
		return;
	case OHB_KEY_SIZE:
		ohb_str_adds(out, "a size");
		add_range(out, key);
		return;
	case OHB_KEY_CHOICE:
		ohb_choices_add(out, key->choices);
		if (key->keys)
			ohb_str_addf(out, ", or {%s: ...}",
					key->keys->keys[0].name);
		return;
	case OHB_KEY_FLAGS:
		ohb_str_adds(out, "a list of ");
		ohb_choices_add(out, key->choices);
		return;
	case OHB_KEY_MAP:
		ohb_str_adds(out, "a mapping");
		return;
	case OHB_KEY_MAPS:
		ohb_str_adds(out, "a list of mappings");
		return;
	}
}

bool ohb_value_is_nothing(const struct ohb_yaml *node)
{
	return node->kind == OHB_YAML_SCALAR && node->plain &&
			(!node->text[0] || ohb_streq(node->text, "~") ||
					ohb_streq(node->text, "null"));
}

/* Whether the value may be a secret, that nothing must show. */
static bool is_hidden(const struct ohb_key *key, const struct ohb_yaml *node)
{
	if (node->kind != OHB_YAML_SCALAR || ohb_value_is_nothing(node))
		return false;
	return (key->flags & OHB_KEY_SECRET) != 0 ||
			(strstr(node->text, "://") &&
					strpbrk(node->text, "@?"));
}

static void add_found(struct ohb_str *out, const struct ohb_yaml *node)
{
	ohb_str_adds(out, ", not ");
	if (ohb_value_is_nothing(node))
		ohb_str_adds(out, "nothing");
	else if (node->kind == OHB_YAML_LIST)
		ohb_str_adds(out, "a list");
	else if (node->kind == OHB_YAML_MAP)
		ohb_str_adds(out, "a mapping");
	else {
		ohb_str_addc(out, '\'');
		ohb_utf8_line(out, node->text, strlen(node->text), SHOWN_BYTES);
		ohb_str_addc(out, '\'');
	}
}

void ohb_value_wrong(const struct ohb_item *item, const struct ohb_yaml *node,
		const char *hint)
{
	struct ohb_diags *diags = item->reader->diags;
	ohb_autostr text = OHB_STR_INIT;
	size_t at = 0, len;

	add_expected(&text, item->key);
	if (is_hidden(item->key, node)) {
		ohb_diags_mask(diags, node->pos);
		/* Has been refused already, wherever it stands. */
		if (ohb_keyshape_find(
				    node->text, strlen(node->text), &at, &len))
			return;
	} else {
		add_found(&text, node);
	}
	ohb_diags_add(diags, node->pos, hint, "'%s' must be %s",
			item->key->name, ohb_str_cstr(&text));
}

void ohb_value_put(const struct ohb_item *item, const void *value, size_t size)
{
	if (item->key->at != OHB_NOWHERE)
		memcpy(item->object + item->key->at, value, size);
}

static bool in_range(const struct ohb_key *key, double value)
{
	return value >= key->min && value <= key->max;
}

/* A decimal number without sign; -1 when it is none. */
static int parse_decimal(const char *text, double *ret)
{
	unsigned long long whole, part = 0;
	size_t len = strcspn(text, "."), digits = 0;
	double scale = 1;

	if (text[len] == '.') {
		digits = strlen(text + len + 1);
		if (digits > 9 ||
				ohb_parse_u64(text + len + 1, digits,
						1000000000, &part) < 0)
			return -1;
	}
	if (ohb_parse_u64(text, len, 1000000000000, &whole) < 0 ||
			(len > 1 && text[0] == '0'))
		return -1;
	while (digits--)
		scale *= 10;
	*ret = (double)whole + (double)part / scale;
	return 0;
}

static int parse_integer(const struct ohb_item *item, const char *text,
		const char **hint)
{
	bool minus = text[0] == '-';
	unsigned long long digits;
	unsigned bits;
	double value;

	text += minus;
	if (ohb_parse_u64(text, strlen(text), 1000000000, &digits) < 0)
		return -1;
	/* YAML 1.1 takes 010 for eight, YAML 1.2 for ten. */
	if (text[0] == '0' && text[1]) {
		*hint = "write it without leading zeros";
		return -1;
	}
	value = minus ? -(double)digits : (double)digits;
	if (!in_range(item->key, value))
		return -1;
	bits = minus ? 0u - (unsigned)digits : (unsigned)digits;
	ohb_value_put(item, &bits, sizeof(bits));
	return 0;
}

static int parse_number(const struct ohb_item *item, const char *text,
		const char **hint)
{
	double value;

	(void)hint;
	if (parse_decimal(text, &value) < 0 || !in_range(item->key, value))
		return -1;
	ohb_value_put(item, &value, sizeof(value));
	return 0;
}

static int parse_duration(const struct ohb_item *item, const char *text,
		const char **hint)
{
	static const struct ohb_form form = { .pattern = OHB_DURATION_PATTERN };
	unsigned long long part;
	double total = 0;
	int64_t ms;
	size_t n;

	if (!ohb_form_matches(item->reader, &form, text)) {
		*hint = "hours, minutes and seconds in this order: 1h30m, "
			"20m, 300s";
		return -1;
	}
	for (; *text; text += n + 1) {
		n = strspn(text, "0123456789");
		if (ohb_parse_u64(text, n, 1000000000, &part) < 0)
			return -1;
		total += (double)part *
				(text[n] == 'h' ? 3600000 :
								text[n] == 'm' ?
						  60000 :
						  1000);
	}
	if (!in_range(item->key, total))
		return -1;
	ms = (int64_t)total;
	ohb_value_put(item, &ms, sizeof(ms));
	return 0;
}

static int parse_size(const struct ohb_item *item, const char *text,
		const char **hint)
{
	static const struct ohb_form form = { .pattern = OHB_SIZE_PATTERN };
	static const char units[] = "KMGT";
	size_t n = strspn(text, "0123456789");
	unsigned long long value;
	uint64_t bytes;

	if (!ohb_form_matches(item->reader, &form, text)) {
		*hint = "a whole number with KiB, MiB, GiB or TiB: 512MiB, "
			"4GiB";
		return -1;
	}
	if (ohb_parse_u64(text, n, 1000000000, &value) < 0)
		return -1;
	bytes = (uint64_t)value;
	for (const char *unit = units;; unit++) {
		if (bytes > UINT64_MAX / 1024)
			return -1;
		bytes *= 1024;
		if (*unit == text[n])
			break;
	}
	if (!in_range(item->key, (double)bytes))
		return -1;
	ohb_value_put(item, &bytes, sizeof(bytes));
	return 0;
}

const char *ohb_value_did_you_mean(struct ohb_reader *reader, const char *word)
{
	if (!word)
		return NULL;
	return ohb_arena_printf(reader->arena, "did you mean '%s'?", word);
}

const struct ohb_choice *ohb_value_choice(const struct ohb_item *item,
		const char *text, const char **hint)
{
	const struct ohb_choice *choice;
	const char *names[16] = { NULL };
	size_t n = 0;

	for (choice = item->key->choices; choice->name; choice++) {
		if (ohb_streq(choice->name, text))
			return choice;
		names[n++] = choice->name;
	}
	*hint = ohb_value_did_you_mean(item->reader, ohb_suggest(text, names));
	return NULL;
}

static int parse_choice(const struct ohb_item *item, const char *text,
		const char **hint)
{
	const struct ohb_choice *choice = ohb_value_choice(item, text, hint);
	unsigned value;

	if (!choice)
		return -1;
	/* Every enum here is as wide as this. */
	value = (unsigned)choice->value;
	ohb_value_put(item, &value, sizeof(value));
	return 0;
}

static int parse_text(const struct ohb_item *item, const char *text,
		const char **hint)
{
	const char *copy = text;

	if (!ohb_form_matches(item->reader, item->key->form, text)) {
		*hint = item->key->form ? item->key->form->hint : NULL;
		return -1;
	}
	ohb_value_put(item, &copy, sizeof(copy));
	return 0;
}

int ohb_value_parse(const struct ohb_item *item, const char *text,
		const char **hint)
{
	switch (item->key->kind) {
	case OHB_KEY_TEXT:
		return parse_text(item, text, hint);
	case OHB_KEY_INTEGER:
		return parse_integer(item, text, hint);
	case OHB_KEY_NUMBER:
		return parse_number(item, text, hint);
	case OHB_KEY_DURATION:
		return parse_duration(item, text, hint);
	case OHB_KEY_SIZE:
		return parse_size(item, text, hint);
	case OHB_KEY_CHOICE:
		return parse_choice(item, text, hint);
	case OHB_KEY_LIST:
	case OHB_KEY_ARGV:
	case OHB_KEY_FLAGS:
	case OHB_KEY_MAP:
	case OHB_KEY_MAPS:
		return -1;
	}
	return -1;
}

/* Patterns of the file: where they are wrong, and with values put in. */
#include <string.h>

#include "project/rules.h"

struct ohb_pos ohb_pos_inside(struct ohb_pos pos, const char *text, size_t at)
{
	size_t len = strlen(text);

	/* Plain or in quotes, as it stands there; else only the whole. */
	if (pos.length != len && pos.length != len + 2)
		return pos;
	pos.column += (unsigned)at + (pos.length == len ? 0 : 1);
	pos.length = 1;
	return pos;
}

struct ohb_glob *ohb_rules_compile(struct ohb_rules *rules,
		struct ohb_arena *arena, const char *pattern,
		struct ohb_pos pos)
{
	const char *fault = ohb_path_fault(pattern);
	struct ohb_glob *glob;
	struct ohb_error err;
	size_t at = 0, skip = 0;

	if (fault) {
		(void)ohb_diags_add(rules->diags, pos, NULL,
				"bad pattern '%s': %s", pattern, fault);
		return NULL;
	}
	while (ohb_starts(pattern + skip, "./"))
		skip += 2;
	glob = ohb_glob_compile(arena, pattern + skip, &at, &err);
	if (!glob)
		(void)ohb_diags_add(rules->diags,
				ohb_pos_inside(pos, pattern, skip + at), NULL,
				"%s", err.msg);
	return glob;
}

static void add_escaped(struct ohb_str *out, const char *value)
{
	for (; *value; value++) {
		if (strchr("*?[{\\", *value))
			ohb_str_addc(out, '\\');
		ohb_str_addc(out, *value);
	}
}

/* Bytes of the class that begins at the '['; 0 when it does not end. */
static size_t class_len(const char *pattern)
{
	size_t i = 1;

	if (pattern[i] == '!' || pattern[i] == '^')
		i++;
	if (pattern[i] == ']')
		i++;
	for (; pattern[i] && pattern[i] != ']'; i++)
		if (pattern[i] == '\\' && pattern[i + 1])
			i++;
	return pattern[i] ? i + 1 : 0;
}

/* Bytes of `{name}` or `{name:**}`, 0 when it is neither. */
static size_t word_len(const char *pattern, size_t *ret_name_len)
{
	size_t len = strspn(pattern + 1,
			"abcdefghijklmnopqrstuvwxyz_"
			"0123456789");
	const char *end = pattern + 1 + len;

	*ret_name_len = len;
	if (ohb_starts(end, ":**"))
		end += 3;
	return len && *end == '}' ? (size_t)(end + 1 - pattern) : 0;
}

static const char *value_of(const struct ohb_var *vars, size_t nvars,
		const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nvars; i++)
		if (strlen(vars[i].name) == len &&
				memcmp(vars[i].name, name, len) == 0)
			return vars[i].value;
	return NULL;
}

/* Bytes at the start of the pattern that stay as they are. */
static size_t plain_len(const char *pattern)
{
	size_t len = 1;

	if (*pattern == '\\' && pattern[1])
		len = 2;
	if (*pattern == '[')
		len = class_len(pattern);
	return len ? len : 1;
}

int ohb_pattern_expand(const char *pattern, const struct ohb_var *vars,
		size_t nvars, struct ohb_str *out, struct ohb_error *err)
{
	size_t len, name_len = 0;

	for (; *pattern; pattern += len) {
		const char *value;

		len = *pattern == '{' ? word_len(pattern, &name_len) : 0;
		if (!len) {
			len = plain_len(pattern);
			ohb_str_add(out, pattern, len);
			continue;
		}
		value = value_of(vars, nvars, pattern + 1, name_len);
		if (!value)
			return ohb_fail(err, OHB_E_SYNTAX,
					"unknown word '%.*s'", (int)len,
					pattern);
		add_escaped(out, value);
		if (!*value && pattern[len] == '/' &&
				(!out->len || ohb_ends(out->data, "/")))
			len++;
	}
	return 0;
}

#include "text/template.h"

#include <stdbool.h>
#include <string.h>

static bool word_byte(char byte, bool first)
{
	return (byte >= 'a' && byte <= 'z') || byte == '_' ||
			(!first &&
					((byte >= '0' && byte <= '9') ||
							byte == '.'));
}

/* Bytes of `{word}` at text, with its braces; 0 when it is none. */
static size_t word_at(const char *text, size_t len)
{
	size_t i = 1;

	if (text[0] != '{')
		return 0;
	while (i < len && word_byte(text[i], i == 1))
		i++;
	return i > 1 && i < len && text[i] == '}' ? i + 1 : 0;
}

/* The value of the `{word}` of len bytes; NULL when it is none or unknown. */
static const char *find_value(const struct ohb_var *vars, size_t nvars,
		const char *word, size_t len)
{
	size_t i;

	for (i = 0; len && i < nvars; i++)
		if (strlen(vars[i].name) == len - 2 &&
				memcmp(vars[i].name, word + 1, len - 2) == 0)
			return vars[i].value;
	return NULL;
}

static int unknown_word(const char *word, size_t len, struct ohb_error *err)
{
	return ohb_fail(err, OHB_E_SYNTAX,
			"unknown word '%.*s'; write '{{' for a brace",
			len < 100 ? (int)len : 100, word);
}

/* How many bytes stand for the one at text: a doubled brace is two. */
static size_t plain_at(const char *text, size_t len)
{
	bool brace = text[0] == '{' || text[0] == '}';

	return brace && len > 1 && text[0] == text[1] ? 2 : 1;
}

/* NOLINTNEXTLINE(readability-function-size): two texts and where it fails */
int ohb_template_expand(const char *text, size_t len,
		const struct ohb_var *vars, size_t nvars,
		enum ohb_template_mode mode, struct ohb_str *out,
		size_t *ret_at, struct ohb_error *err)
{
	size_t i, taken;

	for (i = 0; i < len; i += taken) {
		size_t word = word_at(text + i, len - i);
		const char *value = find_value(vars, nvars, text + i, word);

		taken = value ? word : plain_at(text + i, len - i);
		if (value) {
			ohb_str_adds(out, value);
			continue;
		}
		if (word && mode == OHB_TEMPLATE_STRICT) {
			if (ret_at)
				*ret_at = i;
			return unknown_word(text + i, word, err);
		}
		ohb_str_addc(out, text[i]);
	}
	return 0;
}

void ohb_shell_quote(struct ohb_str *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+:,./-";

	if (*text && text[strspn(text, plain)] == '\0') {
		ohb_str_adds(out, text);
		return;
	}
	ohb_str_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			ohb_str_adds(out, "'\\''");
		else
			ohb_str_addc(out, *text);
	}
	ohb_str_addc(out, '\'');
}

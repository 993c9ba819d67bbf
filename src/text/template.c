#include "text/template.h"

#include <stdbool.h>
#include <string.h>

static bool word_byte(char byte, bool first)
{
	return (byte >= 'a' && byte <= 'z') || byte == '_' ||
			(!first && ((byte >= '0' && byte <= '9') ||
						   byte == '.'));
}

/* Bytes of `{word}` at text, with its braces; 0 when it is none. */
static size_t word_at(const char *text, size_t len)
{
	size_t i = 1;

	while (i < len && word_byte(text[i], i == 1))
		i++;
	return i > 1 && i < len && text[i] == '}' ? i + 1 : 0;
}

static const char *find_value(const struct ohb_var *vars, size_t nvars,
		const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < nvars; i++)
		if (strlen(vars[i].name) == len &&
				memcmp(vars[i].name, word, len) == 0)
			return vars[i].value;
	return NULL;
}

int ohb_template_expand(const char *text, size_t len,
		const struct ohb_var *vars, size_t nvars,
		enum ohb_template_mode mode, struct ohb_str *out,
		size_t *ret_at, struct ohb_error *err)
{
	size_t i = 0;

	while (i < len) {
		bool brace = text[i] == '{' || text[i] == '}';
		size_t word = text[i] == '{' ? word_at(text + i, len - i) : 0;
		const char *value = NULL;

		if (brace && i + 1 < len && text[i + 1] == text[i]) {
			ohb_str_addc(out, text[i]);
			i += 2;
			continue;
		}
		if (word)
			value = find_value(vars, nvars, text + i + 1, word - 2);
		if (value) {
			ohb_str_adds(out, value);
			i += word;
			continue;
		}
		if (word && mode == OHB_TEMPLATE_STRICT) {
			if (ret_at)
				*ret_at = i;
			return ohb_fail(err, OHB_E_SYNTAX,
					"unknown word '%.*s'; write '{{' for "
					"a brace",
					word < 100 ? (int)word : 100, text + i);
		}
		ohb_str_addc(out, text[i++]);
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

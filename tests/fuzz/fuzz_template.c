#include "text/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* Undoes ohb_shell_quote as /bin/sh would. */
static void check_quote(const char *text)
{
	ohb_autostr quoted = OHB_STR_INIT;
	ohb_autostr back = OHB_STR_INIT;
	const char *p;
	int inside = 0;

	ohb_shell_quote(&quoted, text);
	must(quoted.len > 0);
	for (p = quoted.data; *p; p++) {
		if (*p == '\'') {
			inside = !inside;
			continue;
		}
		if (!inside && *p == '\\')
			p++;
		else
			must(inside ||
					!strchr(" \t\n$`\"*?[]|&;<>(){}~#!=",
							*p));
		ohb_str_addc(&back, *p);
	}
	must(!inside && ohb_streq(ohb_str_cstr(&back), text));
}

/* The same text with all braces doubled stands for itself. */
static void check_doubled(const char *text, size_t len)
{
	struct ohb_error err;
	ohb_autostr doubled = OHB_STR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '{' || text[i] == '}')
			ohb_str_addc(&doubled, text[i]);
		ohb_str_addc(&doubled, text[i]);
	}
	must(ohb_template_expand(ohb_str_cstr(&doubled), doubled.len, NULL, 0,
			     OHB_TEMPLATE_STRICT, &out, NULL, &err) == 0);
	must(out.len == len && (!len || !memcmp(out.data, text, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ohb_var vars[] = {
		{ "a", "" },
		{ "name", "value" },
		{ "a.b", "{name}" },
	};
	struct ohb_error err;
	ohb_autofree char *text = ohb_strndup((const char *)data, size);
	ohb_autostr strict = OHB_STR_INIT;
	ohb_autostr lenient = OHB_STR_INIT;
	size_t at = 0;

	must(ohb_template_expand(text, size, vars, OHB_ARRAY_LEN(vars),
			     OHB_TEMPLATE_LENIENT, &lenient, &at, &err) == 0);
	if (ohb_template_expand(text, size, vars, OHB_ARRAY_LEN(vars),
			    OHB_TEMPLATE_STRICT, &strict, &at, &err) < 0)
		must(at < size && text[at] == '{');
	else
		must(ohb_streq(ohb_str_cstr(&strict), ohb_str_cstr(&lenient)));
	check_doubled(text, size);
	check_quote(text);
	return 0;
}

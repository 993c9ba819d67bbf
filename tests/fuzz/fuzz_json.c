/*
 * The first byte chooses: text to a value and back to the same text, or any
 * bytes to a string.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void try_paths(json_t *json)
{
	(void)ohb_json_text(json, "a.b.0.c");
	(void)ohb_json_int(json, "a", 0);
	(void)ohb_json_number(json, "0.99999999999999999999", 0);
	(void)ohb_json_at(json, "..");
}

static void try_text(const char *text, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_parse(text, len, &err);
	ohb_autojson *again = NULL;
	ohb_autostr once = OHB_STR_INIT, twice = OHB_STR_INIT;

	if (!json) {
		must(err.code == OHB_E_SYNTAX || err.code == OHB_E_LIMIT);
		return;
	}
	try_paths(json);
	ohb_json_add(&once, json);
	must(strlen(once.data) == once.len);
	again = ohb_json_parse(once.data, once.len, &err);
	must(again && json_equal(json, again));
	ohb_json_add(&twice, again);
	must(once.len == twice.len &&
			memcmp(once.data, twice.data, once.len) == 0);
}

static void try_bytes(const char *bytes, size_t len)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = ohb_json_bytes(bytes, len);
	ohb_autojson *again = NULL;
	ohb_autostr text = OHB_STR_INIT;

	ohb_json_add(&text, json);
	again = ohb_json_parse(text.data, text.len, &err);
	must(again && json_equal(json, again));
	must(strlen(json_string_value(json)) == json_string_length(json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'b')
		try_bytes((const char *)data + 1, size - 1);
	else
		try_text((const char *)data + 1, size - 1);
	return 0;
}

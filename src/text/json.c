#include "text/json.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* What has to be known before jansson sees the bytes. */
struct scan {
	size_t depth, deepest;
	size_t containers, commas;
	size_t nuls; /* escapes \u0000 */
	bool in_string;
};

#define NUL_ESCAPE_LEN 6

/* Bytes of the escape at a backslash; 6 is \u0000 and no other. */
static size_t escape_len(const char *at, size_t left)
{
	if (left >= NUL_ESCAPE_LEN &&
			memcmp(at, "\\u0000", NUL_ESCAPE_LEN) == 0)
		return NUL_ESCAPE_LEN;
	return left > 1 ? 2 : 1;
}

static void scan_structure(struct scan *scan, char c)
{
	if (c == '"') {
		scan->in_string = true;
	} else if (c == '{' || c == '[') {
		scan->containers++;
		scan->depth++;
		if (scan->depth > scan->deepest)
			scan->deepest = scan->depth;
	} else if ((c == '}' || c == ']') && scan->depth) {
		scan->depth--;
	} else if (c == ',') {
		scan->commas++;
	}
}

/* Copies the text to out, when there is one, with \uFFFD for \u0000. */
static struct scan scan_text(const char *data, size_t len, struct ohb_str *out)
{
	struct scan scan = { 0 };
	size_t i, n;

	for (i = 0; i < len; i += n) {
		const char *piece = data + i;

		n = 1;
		if (!scan.in_string)
			scan_structure(&scan, data[i]);
		else if (data[i] == '"')
			scan.in_string = false;
		else if (data[i] == '\\')
			n = escape_len(data + i, len - i);
		if (n == NUL_ESCAPE_LEN) {
			piece = "\\uFFFD";
			scan.nuls++;
		}
		if (out)
			ohb_str_add(out, piece, n);
	}
	return scan;
}

json_t *ohb_json_parse(const char *data, size_t len, struct ohb_error *err)
{
	ohb_autostr copy = OHB_STR_INIT;
	struct scan scan;
	json_error_t error;
	json_t *json;

	if (len > OHB_MAX_JSON_BYTES) {
		(void)ohb_fail(err, OHB_E_LIMIT, "JSON larger than %u bytes",
				OHB_MAX_JSON_BYTES);
		return NULL;
	}
	scan = scan_text(data, len, NULL);
	if (scan.deepest > OHB_MAX_JSON_DEPTH) {
		(void)ohb_fail(err, OHB_E_LIMIT, "JSON nested deeper than %u",
				OHB_MAX_JSON_DEPTH);
		return NULL;
	}
	/* A value of two bytes takes a hundred of memory. */
	if (scan.containers > OHB_MAX_JSON_CONTAINERS) {
		(void)ohb_fail(err, OHB_E_LIMIT,
				"JSON of more than %u arrays and objects",
				OHB_MAX_JSON_CONTAINERS);
		return NULL;
	}
	if (scan.containers + scan.commas > OHB_MAX_JSON_VALUES) {
		(void)ohb_fail(err, OHB_E_LIMIT, "JSON of more than %u values",
				OHB_MAX_JSON_VALUES);
		return NULL;
	}
	if (scan.nuls) {
		(void)scan_text(data, len, &copy);
		data = copy.data;
		len = copy.len;
	}
	json = json_loadb(data ? data : "", len, JSON_DECODE_ANY, &error);
	if (!json)
		(void)ohb_fail(err, OHB_E_SYNTAX, "line %d, column %d: %s",
				error.line, error.column, error.text);
	return json;
}

void ohb_json_freep(json_t **json)
{
	json_decref(*json);
}

static json_t *step_into(json_t *json, const char *name, size_t len)
{
	ohb_autofree char *key = NULL;
	unsigned long long index;

	if (json_is_array(json)) {
		if (ohb_parse_u64(name, len, SIZE_MAX, &index) < 0)
			return NULL;
		return json_array_get(json, (size_t)index);
	}
	key = ohb_strndup(name, len);
	return json_object_get(json, key);
}

json_t *ohb_json_at(json_t *json, const char *path)
{
	while (json && *path) {
		size_t len = strcspn(path, ".");

		json = step_into(json, path, len);
		path += len;
		if (*path == '.')
			path++;
	}
	return json;
}

const char *ohb_json_text(json_t *json, const char *path)
{
	return json_string_value(ohb_json_at(json, path));
}

int64_t ohb_json_int(json_t *json, const char *path, int64_t otherwise)
{
	json_t *value = ohb_json_at(json, path);
	double real;

	if (json_is_integer(value))
		return (int64_t)json_integer_value(value);
	if (!json_is_real(value))
		return otherwise;
	real = json_real_value(value);
	/* Not a number compares false; 2^63 is the first one too large. */
	if (!(real >= -0x1p63 && real < 0x1p63))
		return otherwise;
	return (double)(int64_t)real < real || (double)(int64_t)real > real ?
			otherwise :
			(int64_t)real;
}

double ohb_json_number(json_t *json, const char *path, double otherwise)
{
	json_t *value = ohb_json_at(json, path);

	return json_is_number(value) ? json_number_value(value) : otherwise;
}

json_t *ohb_json_bytes(const char *data, size_t len)
{
	ohb_autostr text = OHB_STR_INIT;
	json_t *json;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = data[i] ? ohb_utf8_next(data + i, len - i) : 0;
		if (n)
			ohb_str_add(&text, data + i, n);
		else
			ohb_str_adds(&text, REPLACEMENT);
		n += n == 0;
	}
	json = json_stringn(ohb_str_cstr(&text), text.len);
	assert(json);
	return json;
}

json_t *ohb_json_string(const char *text)
{
	return text ? ohb_json_bytes(text, strlen(text)) : json_null();
}

/* These fail for want of memory only, which ends us everywhere. */
void ohb_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		abort();
}

void ohb_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		abort();
}

static int add_piece(const char *data, size_t len, void *userdata)
{
	ohb_str_add(userdata, data, len);
	return 0;
}

static void dump(struct ohb_str *out, const json_t *json, size_t flags)
{
	int result = json_dump_callback(json, add_piece, out,
			JSON_COMPACT | JSON_ENCODE_ANY | flags);

	/* Fails only for NULL and for a value that contains itself. */
	assert(result == 0);
	(void)result;
}

void ohb_json_add(struct ohb_str *out, const json_t *json)
{
	dump(out, json, 0);
}

void ohb_json_add_rounded(struct ohb_str *out, const json_t *json)
{
	dump(out, json, JSON_REAL_PRECISION(12));
}

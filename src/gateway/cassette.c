#include "gateway/cassette.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/fs.h"
#include "text/json.h"

#define VERSION 1
#define MAX_DELAY_MS ((int64_t)60 * 60 * 1000)

static const char *const header_names[] = { "ohbuild_cassette", "origin",
	"target", "model", NULL };
static const char *const reply_names[] = { "status", "headers", "body",
	"body_text", "delay_ms", "digest", NULL };

static int check_names(
		json_t *json, const char *const *names, struct ohb_error *err)
{
	const char *key;
	json_t *value;
	size_t i;

	if (!json_is_object(json))
		return ohb_fail(err, OHB_E_CONFIG, "not a JSON object");
	json_object_foreach(json, key, value)
	{
		for (i = 0; names[i] && !ohb_streq(names[i], key); i++)
			;
		if (!names[i])
			return ohb_fail(err, OHB_E_CONFIG, "unknown key '%s'",
					key);
	}
	return 0;
}

static int parse_line(const char *line, size_t len, const char *const *names,
		json_t **ret, struct ohb_error *err)
{
	json_t *json = ohb_json_parse(line, len, err);

	if (!json) {
		if (err)
			err->code = OHB_E_CONFIG;
		return -1;
	}
	*ret = json;
	return check_names(json, names, err);
}

int ohb_cassette_parse_header(const char *line, size_t len, const char *target,
		struct ohb_error *err)
{
	ohb_autojson *wanted = ohb_json_bytes(target, strlen(target));
	ohb_autojson *json = NULL;
	const char *origin;
	json_t *found;

	if (parse_line(line, len, header_names, &json, err) < 0)
		return -1;
	if (ohb_json_int(json, "ohbuild_cassette", -1) != VERSION)
		return ohb_fail(err, OHB_E_CONFIG,
				"not the header of a cassette of version %d",
				VERSION);
	origin = ohb_json_text(json, "origin");
	if (!ohb_streq(origin, "written") && !ohb_streq(origin, "recorded"))
		return ohb_fail(err, OHB_E_CONFIG,
				"origin is neither 'written' nor 'recorded'");
	found = ohb_json_at(json, "target");
	/* Two targets can have one file name: a/b__c and a__b/c. */
	if (found && !json_equal(found, wanted))
		return ohb_fail(err, OHB_E_CONFIG,
				"it is for the target '%s', not for '%s'",
				json_is_string(found) ?
						json_string_value(found) :
						"",
				target);
	return 0;
}

static int add_headers(
		json_t *headers, struct ohb_str *out, struct ohb_error *err)
{
	const char *name, *text;
	json_t *value;

	if (headers && !json_is_object(headers))
		return ohb_fail(err, OHB_E_CONFIG, "headers is not an object");
	json_object_foreach(headers, name, value)
	{
		text = json_string_value(value);
		if (!text || strpbrk(text, "\r\n") || strpbrk(name, "\r\n:") ||
				!*name)
			return ohb_fail(err, OHB_E_CONFIG,
					"the header '%s' is not one line of "
					"text",
					name);
		ohb_str_addf(out, "%s: %s\r\n", name, text);
	}
	return 0;
}

static int add_body(json_t *json, struct ohb_str *out, struct ohb_error *err)
{
	json_t *body = ohb_json_at(json, "body");
	json_t *text = ohb_json_at(json, "body_text");

	if (!body == !text)
		return ohb_fail(err, OHB_E_CONFIG,
				"give one of body and body_text");
	if (text && !json_is_string(text))
		return ohb_fail(err, OHB_E_CONFIG, "body_text is not a string");
	if (text)
		ohb_str_add(out, json_string_value(text),
				json_string_length(text));
	else
		ohb_json_add(out, body);
	return 0;
}

int ohb_cassette_parse_reply(const char *line, size_t len,
		struct ohb_http_response *ret, int64_t *ret_delay_ms,
		struct ohb_error *err)
{
	ohb_autojson *json = NULL;
	int64_t status, delay_ms;

	if (parse_line(line, len, reply_names, &json, err) < 0)
		return -1;
	status = ohb_json_int(json, "status", -1);
	if (status < 100 || status > 599)
		return ohb_fail(err, OHB_E_CONFIG,
				"status is not a number from 100 to 599");
	delay_ms = ohb_json_at(json, "delay_ms") ?
			ohb_json_int(json, "delay_ms", -1) :
			0;
	if (delay_ms < 0 || delay_ms > MAX_DELAY_MS)
		return ohb_fail(err, OHB_E_CONFIG,
				"delay_ms is not a number from 0 to %lld",
				(long long)MAX_DELAY_MS);
	if (add_headers(ohb_json_at(json, "headers"), &ret->headers, err) < 0 ||
			add_body(json, &ret->body, err) < 0)
		return -1;
	ret->status = (int)status;
	*ret_delay_ms = delay_ms;
	return 0;
}

/* The line at *at without its end; *at moves behind it. */
static const char *next_line(
		const struct ohb_str *text, size_t *at, size_t *ret_len)
{
	const char *line = text->data + *at;
	const char *end = memchr(line, '\n', text->len - *at);

	*ret_len = end ? (size_t)(end - line) : text->len - *at;
	*at += *ret_len + (end != NULL);
	return line;
}

static int check_lines(struct ohb_cassette *cassette, const char *target,
		size_t *number, struct ohb_error *err)
{
	size_t at = 0, len;
	int64_t delay_ms;

	while (at < cassette->text.len) {
		ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
		const char *line = next_line(&cassette->text, &at, &len);

		if (++*number == 1) {
			if (ohb_cassette_parse_header(line, len, target, err) <
					0)
				return -1;
			continue;
		}
		if (ohb_cassette_parse_reply(
				    line, len, &reply, &delay_ms, err) < 0)
			return -1;
		ohb_grow(&cassette->lines, &cassette->cap, cassette->count,
				sizeof(*cassette->lines));
		cassette->lines[cassette->count++] =
				(size_t)(line - cassette->text.data);
	}
	if (*number)
		return 0;
	*number = 1;
	return ohb_fail(err, OHB_E_CONFIG, "the file is empty");
}

static char *path_of(const char *dir, const char *target)
{
	struct ohb_str path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/", dir);
	for (; *target; target++)
		if (*target == '/')
			ohb_str_adds(&path, "__");
		else
			ohb_str_addc(&path, *target);
	ohb_str_adds(&path, ".jsonl");
	return ohb_str_take(&path);
}

int ohb_cassette_load(const char *dir, const char *target,
		struct ohb_cassette *ret, struct ohb_error *err)
{
	struct ohb_cassette cassette = { .path = path_of(dir, target) };
	size_t number = 0;
	int failed;

	failed = ohb_fs_read(AT_FDCWD, cassette.path, OHB_MAX_CASSETTE,
				 &cassette.text, err) < 0;
	if (failed) {
		(void)ohb_fail_context(err, "cassette of '%s'", target);
	} else if (check_lines(&cassette, target, &number, err) < 0) {
		(void)ohb_fail_context(err, "cassette '%s', line %zu",
				cassette.path, number);
		failed = 1;
	}
	if (!failed) {
		*ret = cassette;
		return 0;
	}
	if (err)
		err->code = OHB_E_CONFIG;
	ohb_cassette_release(&cassette);
	return -1;
}

void ohb_cassette_release(struct ohb_cassette *cassette)
{
	free(cassette->path);
	free(cassette->lines);
	ohb_str_release(&cassette->text);
	*cassette = (struct ohb_cassette){ 0 };
}

int ohb_cassette_reply(const struct ohb_cassette *cassette, size_t at,
		struct ohb_http_response *ret, int64_t *ret_delay_ms)
{
	struct ohb_error err = OHB_ERROR_INIT;
	const char *line;
	size_t offset, len;
	int result;

	if (at >= cassette->count)
		return 0;
	offset = cassette->lines[at];
	line = next_line(&cassette->text, &offset, &len);
	/* Parsed once when it was loaded; kept as text to be small. */
	result = ohb_cassette_parse_reply(line, len, ret, ret_delay_ms, &err);
	assert(result == 0);
	(void)result;
	return 1;
}

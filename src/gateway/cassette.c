#include "gateway/cassette.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/memory.h"
#include "gateway/asked.h"
#include "io/fs.h"
#include "text/json.h"

#define MAX_DELAY_MS ((int64_t)60 * 60 * 1000)

static const char *const header_names[] = { "ohbuild_cassette", "origin",
	"target", "model", NULL };
/* What a line of version 1 may have; then what one of version 2 may have
 * besides. */
static const char *const reply_names[] = { "status", "headers", "body",
	"body_text", "delay_ms", "digest", NULL };
static const char *const line_names[] = { "conversation", "request", "digest",
	"model", "status", "headers", "body", "body_text", "failure", "words",
	"delay_ms", "usage", NULL };

/* Failures of the transport that are told apart on the way. */
static const struct {
	enum ohb_code code;
	const char *name;
} failures[] = {
	{ OHB_E_CONNECT, "connect" },
	{ OHB_E_TIMEOUT, "timeout" },
	{ OHB_E_PROTOCOL, "cut" },
	{ OHB_E_LIMIT, "too large" },
	{ OHB_E_IO, "io" },
	{ OHB_E_INFRA, "infra" },
};

const char *ohb_cassette_failure(enum ohb_code code)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(failures); i++)
		if (failures[i].code == code)
			return failures[i].name;
	return NULL;
}

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
		struct ohb_cassette *ret, struct ohb_error *err)
{
	ohb_autojson *wanted = ohb_json_bytes(target, strlen(target));
	ohb_autojson *json = NULL;
	const char *origin, *model;
	int64_t version;
	json_t *found;

	if (parse_line(line, len, header_names, &json, err) < 0)
		return -1;
	version = ohb_json_int(json, "ohbuild_cassette", -1);
	if (version < 1 || version > OHB_CASSETTE_VERSION)
		return ohb_fail(err, OHB_E_CONFIG,
				"not the header of a cassette of version 1 to "
				"%d",
				OHB_CASSETTE_VERSION);
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
	model = ohb_json_text(json, "model");
	ret->version = (int)version;
	ret->recorded = ohb_streq(origin, "recorded");
	ohb_str_clear(&ret->model);
	ohb_str_adds(&ret->model, model ? model : "");
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

static int read_reply(json_t *json, struct ohb_cassette_line *ret,
		struct ohb_error *err)
{
	int64_t status = ohb_json_int(json, "status", -1);

	if (status < 100 || status > 599)
		return ohb_fail(err, OHB_E_CONFIG,
				"status is not a number from 100 to 599");
	ret->reply.status = (int)status;
	if (add_headers(ohb_json_at(json, "headers"), &ret->reply.headers,
			    err) < 0)
		return -1;
	return add_body(json, &ret->reply.body, err);
}

/* There was no reply, and this is why. */
static int read_failure(json_t *json, struct ohb_cassette_line *ret,
		struct ohb_error *err)
{
	const char *name = ohb_json_text(json, "failure");
	size_t i;

	if (ohb_json_at(json, "status") || ohb_json_at(json, "body") ||
			ohb_json_at(json, "body_text"))
		return ohb_fail(err, OHB_E_CONFIG,
				"give one of failure and status");
	for (i = 0; i < OHB_ARRAY_LEN(failures) &&
			!ohb_streq(failures[i].name, name);
			i++)
		;
	if (i == OHB_ARRAY_LEN(failures))
		return ohb_fail(err, OHB_E_CONFIG,
				"failure is none that is known");
	ret->failure = failures[i].code;
	ret->words = ohb_json_text(json, "words");
	if (!ret->words)
		return ohb_fail(err, OHB_E_CONFIG,
				"a failure has no words (a string)");
	return 0;
}

static int read_delay(json_t *json, int64_t *ret, struct ohb_error *err)
{
	*ret = ohb_json_at(json, "delay_ms") ?
			ohb_json_int(json, "delay_ms", -1) :
			0;
	if (*ret >= 0 && *ret <= MAX_DELAY_MS)
		return 0;
	return ohb_fail(err, OHB_E_CONFIG,
			"delay_ms is not a number from 0 to %lld",
			(long long)MAX_DELAY_MS);
}

static int read_asked(json_t *json, struct ohb_cassette_line *ret,
		struct ohb_error *err)
{
	json_t *number = json_object_get(json, "conversation");
	int64_t value = number ? ohb_json_int(json, "conversation", -1) : 1;

	if (value < 1 || value > UINT16_MAX)
		return ohb_fail(err, OHB_E_CONFIG,
				"conversation is not a number from 1 to %d",
				UINT16_MAX);
	ret->conversation = (unsigned)value;
	ret->model = ohb_json_text(json, "model");
	ret->digest = ohb_json_text(json, "digest");
	ret->request = json_object_get(json, "request");
	return 0;
}

int ohb_cassette_parse_line(int version, const char *line, size_t len,
		struct ohb_cassette_line *ret, struct ohb_error *err)
{
	const char *const *names = version == 1 ? reply_names : line_names;

	*ret = (struct ohb_cassette_line){ .conversation = 1 };
	if (parse_line(line, len, names, &ret->json, err) < 0 ||
			read_asked(ret->json, ret, err) < 0 ||
			read_delay(ret->json, &ret->delay_ms, err) < 0 ||
			(json_object_get(ret->json, "failure") ?
							read_failure(ret->json,
									ret,
									err) :
							read_reply(ret->json,
									ret,
									err)) <
					0) {
		ohb_cassette_line_release(ret);
		return -1;
	}
	return 0;
}

void ohb_cassette_line_release(struct ohb_cassette_line *line)
{
	ohb_http_response_release(&line->reply);
	json_decref(line->json);
	*line = (struct ohb_cassette_line)OHB_CASSETTE_LINE_INIT;
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

/* What is checked of a line needs those before it. */
struct check {
	bool strict;
	unsigned conversation;
	json_t *request; /* of the line before, in the same conversation */
};

static int check_line(struct ohb_cassette *cassette, struct check *check,
		const char *line, size_t len, struct ohb_error *err)
{
	ohb_autoline read = OHB_CASSETTE_LINE_INIT;
	json_t *request = NULL;

	if (ohb_cassette_parse_line(cassette->version, line, len, &read, err) <
			0)
		return -1;
	if (check->strict && !read.digest)
		return ohb_fail(err, OHB_E_CONFIG,
				"it has no digest of its request, which "
				"--replay-strict compares; record it anew");
	/* One in which nothing was asked has no line. */
	if (read.conversation < check->conversation)
		return ohb_fail(err, OHB_E_CONFIG,
				"conversation %u stands behind %u",
				read.conversation, check->conversation);
	if (read.conversation > check->conversation) {
		check->conversation = read.conversation;
		json_decref(check->request);
		check->request = NULL;
	}
	if (read.request) {
		request = ohb_asked_apply(check->request, read.request, err);
		if (!request)
			return -1;
	}
	json_decref(check->request);
	check->request = request;
	return 0;
}

static int check_lines(struct ohb_cassette *cassette, const char *target,
		struct check *check, size_t *number, struct ohb_error *err)
{
	size_t at = 0, len;

	while (at < cassette->text.len) {
		const char *line = next_line(&cassette->text, &at, &len);

		if (++*number == 1) {
			if (ohb_cassette_parse_header(line, len, target,
					    cassette, err) < 0)
				return -1;
			continue;
		}
		if (check_line(cassette, check, line, len, err) < 0)
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

char *ohb_cassette_path(const char *dir, const char *target)
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

int ohb_cassette_load(const char *dir, const char *target, bool strict,
		struct ohb_cassette *ret, struct ohb_error *err)
{
	struct ohb_cassette cassette = { .path = ohb_cassette_path(
							 dir, target) };
	struct check check = { .strict = strict, .conversation = 1 };
	size_t number = 0;
	int failed;

	failed = ohb_fs_read(AT_FDCWD, cassette.path, OHB_MAX_CASSETTE,
				 &cassette.text, err) < 0;
	if (failed) {
		(void)ohb_fail_context(err, "cassette of '%s'", target);
	} else if (check_lines(&cassette, target, &check, &number, err) < 0) {
		(void)ohb_fail_context(err, "cassette '%s', line %zu",
				cassette.path, number);
		failed = 1;
	}
	json_decref(check.request);
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
	ohb_str_release(&cassette->model);
	ohb_str_release(&cassette->text);
	*cassette = (struct ohb_cassette){ 0 };
}

int ohb_cassette_line(const struct ohb_cassette *cassette, size_t at,
		struct ohb_cassette_line *ret)
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
	result = ohb_cassette_parse_line(
			cassette->version, line, len, ret, &err);
	assert(result == 0);
	(void)result;
	return 1;
}

json_t *ohb_cassette_request(const struct ohb_cassette *cassette, size_t at)
{
	struct ohb_error err = OHB_ERROR_INIT;
	json_t *request = NULL, *next;
	unsigned conversation = 0;
	size_t i;

	for (i = 0; i <= at && i < cassette->count; i++) {
		ohb_autoline line = OHB_CASSETTE_LINE_INIT;

		(void)ohb_cassette_line(cassette, i, &line);
		next = line.request ?
				ohb_asked_apply(line.conversation == conversation ?
								request :
								NULL,
						line.request, &err) :
				NULL;
		json_decref(request);
		request = next;
		conversation = line.conversation;
	}
	return request;
}

size_t ohb_cassette_begin(
		const struct ohb_cassette *cassette, unsigned conversation)
{
	size_t i;

	for (i = 0; i < cassette->count; i++) {
		ohb_autoline line = OHB_CASSETTE_LINE_INIT;

		(void)ohb_cassette_line(cassette, i, &line);
		if (line.conversation == conversation)
			break;
	}
	return i;
}

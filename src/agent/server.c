#include "agent/server.h"

#include <string.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/http.h"
#include "io/wait.h"
#include "text/utf8.h"

#define LOG_BYTES 32768u
#define LOG_LINES 5u
#define LOG_LINE_BYTES 200u
#define WORDS_BYTES 400u
#define HEALTH_FIRST_MS 50
#define HEALTH_LAST_MS 250

void ohb_answer_release(struct ohb_answer *answer)
{
	json_decref(answer->json);
	*answer = (struct ohb_answer)OHB_ANSWER_INIT;
}

/* What went wrong, as the server says it: {"detail": "…"} or a list. */
static void add_words(struct ohb_str *out, const struct ohb_http_response *from)
{
	struct ohb_error ignored;
	ohb_autojson *json = ohb_json_parse(
			ohb_str_cstr(&from->body), from->body.len, &ignored);
	const char *words = ohb_json_text(json, "detail");
	const char *more = ohb_json_text(json, "exception");

	if (!words)
		words = ohb_json_text(json, "detail.0.msg");
	if (words)
		ohb_utf8_line(out, words, strlen(words), WORDS_BYTES);
	else
		ohb_utf8_line(out, ohb_str_cstr(&from->body), from->body.len,
				WORDS_BYTES);
	if (more && *more) {
		ohb_str_adds(out, ": ");
		ohb_utf8_line(out, more, strlen(more), WORDS_BYTES);
	}
}

static int take_answer(const struct ohb_http_response *response,
		struct ohb_answer *ret, struct ohb_error *err)
{
	ohb_autostr words = OHB_STR_INIT;

	ret->status = response->status;
	if (response->status / 100 != 2) {
		add_words(&words, response);
		ret->json = json_string(ohb_str_cstr(&words));
		return 0;
	}
	ret->json = ohb_json_parse(
			ohb_str_cstr(&response->body), response->body.len, err);
	if (ret->json)
		return 0;
	err->code = OHB_E_PROTOCOL;
	return -1;
}

int ohb_server_ask(const struct ohb_server *server, const char *path,
		const struct ohb_str *body, struct ohb_cancel *cancel,
		struct ohb_answer *ret, struct ohb_error *err)
{
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr url = OHB_STR_INIT;
	ohb_autostr key = OHB_STR_INIT;
	const char *headers[] = { NULL, "Content-Type: application/json",
		NULL };
	struct ohb_http_request request = {
		.method = body ? "POST" : "GET",
		.headers = headers,
		.timeout_ms = server->request_timeout_ms,
		.body = body ? ohb_str_cstr(body) : NULL,
		.body_len = body ? body->len : 0,
	};
	int failed;

	ohb_str_addf(&url, "%s%s", server->url, path);
	ohb_str_addf(&key, "X-Session-API-Key: %s",
			ohb_secret_reveal(server->key));
	request.url = url.data;
	headers[0] = key.data;
	failed = ohb_http_do(&request, cancel, &response, err);
	ohb_wipe(key.data, key.len);
	if (failed || take_answer(&response, ret, err) < 0)
		return ohb_fail_context(err, "agent-server: %s", path);
	return 0;
}

int ohb_server_check(const struct ohb_answer *answer, const char *path,
		struct ohb_error *err)
{
	if (answer->status / 100 == 2)
		return 0;
	if (answer->status == 401)
		return ohb_fail(err, OHB_E_INFRA,
				"the agent-server refused its session key "
				"(401): is 'SESSION_API_KEY' set by the image?");
	return ohb_fail(err, OHB_E_INFRA, "agent-server: %s: status %d: %s",
			path, answer->status, json_string_value(answer->json));
}

/* A line of a log may be JSON with its words inside. */
static void add_log_line(struct ohb_str *out, const char *line, size_t len)
{
	struct ohb_error ignored;
	ohb_autojson *json = *line == '{' ?
			ohb_json_parse(line, len, &ignored) :
			NULL;
	const char *message = ohb_json_text(json, "message");

	ohb_str_adds(out, out->len ? " | " : "");
	if (message)
		ohb_utf8_line(out, message, strlen(message), LOG_LINE_BYTES);
	else
		ohb_utf8_line(out, line, len, LOG_LINE_BYTES);
}

/* The last few lines of the container's output, but for our own requests. */
static void add_log(const struct ohb_server *server, struct ohb_str *out)
{
	static const char access[] = "\"uvicorn.access\"";
	ohb_autostr log = OHB_STR_INIT;
	ohb_autostr lines = OHB_STR_INIT;
	struct ohb_error ignored;
	const char *last[LOG_LINES];
	const char *at, *end;
	size_t n = 0;
	size_t i;

	if (!server->sandbox ||
			ohb_sandbox_log(server->sandbox, LOG_BYTES, &log,
					&ignored) < 0)
		return;
	for (at = ohb_str_cstr(&log); *at; at = end + (*end == '\n')) {
		end = strchrnul(at, '\n');
		if (end > at &&
				!memmem(at, (size_t)(end - at), access,
						sizeof(access) - 1))
			last[n++ % LOG_LINES] = at;
	}
	for (i = n > LOG_LINES ? n - LOG_LINES : 0; i < n; i++)
		add_log_line(&lines, last[i % LOG_LINES],
				strcspn(last[i % LOG_LINES], "\r\n"));
	if (lines.len)
		ohb_str_addf(out, "; it said last: %s", lines.data);
}

bool ohb_server_is_gone(const struct ohb_server *server, struct ohb_str *why,
		bool *ret_memory)
{
	struct ohb_sandbox_state state;
	struct ohb_error ignored;

	if (!server->sandbox ||
			ohb_sandbox_state(server->sandbox, &state, &ignored) <
					0)
		return false;
	if (state.running)
		return false;
	*ret_memory = state.out_of_memory;
	if (state.out_of_memory)
		ohb_str_adds(why,
				"the agent's container ran out of memory: "
				"raise 'agent.memory'");
	else if (state.status < 0)
		ohb_str_adds(why, "the agent-server ended");
	else
		ohb_str_addf(why, "the agent's container ended with status %d",
				state.status);
	add_log(server, why);
	return true;
}

static bool is_healthy(const struct ohb_server *server, int64_t left_ms,
		struct ohb_cancel *cancel, struct ohb_error *err)
{
	ohb_autoanswer answer = OHB_ANSWER_INIT;
	struct ohb_server hasty = *server;

	if (hasty.request_timeout_ms > left_ms)
		hasty.request_timeout_ms = left_ms;
	if (ohb_server_ask(&hasty, "/health", NULL, cancel, &answer, err) < 0)
		return false;
	return ohb_server_check(&answer, "/health", err) == 0;
}

int ohb_server_wait(const struct ohb_server *server, int64_t timeout_ms,
		struct ohb_cancel *cancel, struct ohb_error *err)
{
	ohb_autostr why = OHB_STR_INIT;
	int64_t started = ohb_clock_mono_ms();
	int64_t pause = HEALTH_FIRST_MS;
	int64_t left = timeout_ms;
	bool memory;

	do {
		if (is_healthy(server, left, cancel, err))
			return 0;
		if (err->code == OHB_E_CANCELLED)
			return -1;
		if (ohb_server_is_gone(server, &why, &memory))
			return ohb_fail(err, OHB_E_INFRA,
					"the agent-server did not start: %s",
					why.data);
		if (ohb_wait_ms(cancel, pause, err) < 0)
			return -1;
		pause = pause * 2 < HEALTH_LAST_MS ? pause * 2 : HEALTH_LAST_MS;
		left = timeout_ms - (ohb_clock_mono_ms() - started);
	} while (left > 0);
	ohb_str_adds(&why, err->msg);
	add_log(server, &why);
	return ohb_fail(err, OHB_E_INFRA,
			"the agent-server was not healthy within %lld s: %s",
			(long long)(timeout_ms / 1000), why.data);
}

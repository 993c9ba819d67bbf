#include "gateway/try.h"

#include <stdbool.h>
#include <string.h>

#include "gateway/bill.h"
#include "gateway/failure.h"
#include "gateway/price.h"
#include "gateway/tape.h"
#include "io/clock.h"
#include "text/json.h"

/* Some providers say the key that they refuse. */
static void redact(const struct ohb_try *try, struct ohb_str *text)
{
	const struct ohb_redact *keys = try->grant->gateway->options.redact;

	if (keys)
		(void)ohb_redact_apply(keys, text);
}

static void pass(void *userdata, struct ohb_str *text)
{
	struct ohb_try *try = userdata;

	redact(try, text);
	ohb_answer_add(try->answer_to, text->data, text->len);
}

void ohb_try_init(struct ohb_try *ret, struct ohb_grant *grant,
		const struct ohb_request *request, size_t model,
		int64_t deadline_ms, struct ohb_answer *answer)
{
	*ret = (struct ohb_try){
		.grant = grant,
		.request = request,
		.index = model,
		.model = &grant->options.models[model],
		.answer_to = answer,
		.dialect = ohb_dialect_of(grant->options.models[model].id),
		.deadline_ms = deadline_ms,
		.body = OHB_STR_INIT,
		.err = OHB_ERROR_INIT,
		.reply = OHB_HTTP_RESPONSE_INIT,
		.words = OHB_STR_INIT,
		.text = OHB_STR_INIT,
	};
	ohb_stream_init(&ret->stream, request, pass, ret);
}

bool ohb_try_spoke(const struct ohb_try *try)
{
	return try->stream.spoke;
}

void ohb_try_release(struct ohb_try *try)
{
	ohb_upstream_spare(try);
	ohb_str_release(&try->body);
	ohb_http_response_release(&try->reply);
	ohb_json_freep(&try->answer);
	ohb_str_release(&try->words);
	ohb_str_release(&try->text);
	ohb_stream_release(&try->stream);
}

static unsigned lessons_of(const struct ohb_try *try)
{
	unsigned lessons = 0, i;

	for (i = 0; i < OHB_LESSONS && try->index < OHB_TEACHERS; i++)
		if (atomic_load(&try->grant->lessons[i]) >> try->index & 1)
			lessons |= 1U << i;
	return lessons;
}

static int on_piece(void *userdata, const char *data, size_t len)
{
	struct ohb_try *try = userdata;

	return ohb_stream_feed(&try->stream, data, len);
}

/* Where and by which key. */
static void address(struct ohb_try *try, struct ohb_str *url,
		struct ohb_http_request *request)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"User-Agent: ohbuild", NULL };
	static const char *const anthropic[] = {
		"Content-Type: application/json", "User-Agent: ohbuild",
		"anthropic-version: 2023-06-01", NULL
	};
	bool messages = try->dialect->wire == OHB_WIRE_ANTHROPIC;

	ohb_str_adds(url, try->model->base_url);
	while (url->len && url->data[url->len - 1] == '/')
		ohb_str_cut(url, url->len - 1);
	ohb_str_adds(url, ohb_dialect_path(try->dialect, try->request));
	request->url = url->data;
	request->headers = messages ? anthropic : headers;
	*(messages ? &request->api_key : &request->bearer) = try->model->key;
}

static int send_live(struct ohb_try *try)
{
	const struct ohb_gateway_options *options =
			&try->grant->gateway->options;
	int64_t left_ms = try->deadline_ms - ohb_clock_mono_ms();
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = "POST",
		.timeout_ms = options->request_ms,
		.idle_timeout_ms = options->silence_ms,
		.body = try->body.data,
		.body_len = try->body.len,
		.userdata = try,
	};

	if (left_ms <= 0)
		return ohb_fail(&try->err, OHB_E_TIMEOUT,
				"no answer in the %lld seconds that a request "
				"may be held",
				(long long)options->hold_ms / 1000);
	if (left_ms < request.timeout_ms)
		request.timeout_ms = left_ms;
	if (ohb_dialect_streams(try->dialect, try->request))
		request.on_body = on_piece;
	address(try, &url, &request);
	try->sent = true;
	return ohb_http_do(
			&request, &try->grant->cancel, &try->reply, &try->err);
}

static int replay(struct ohb_try *try)
{
	if (ohb_tape_next(try) < 0)
		return -1;
	if (try->reply.status / 100 == 2 &&
			ohb_dialect_streams(try->dialect, try->request))
		(void)!ohb_stream_feed(&try->stream,
				ohb_str_cstr(&try->reply.body),
				try->reply.body.len);
	return 0;
}

/* An agent may have found one elsewhere than in what it was given. */
static bool holds_key(const struct ohb_try *try)
{
	const struct ohb_redact *keys = try->grant->gateway->options.redact;
	size_t at;

	return keys && !try->grant->gateway->replay &&
			ohb_redact_find(keys, try->body.data, try->body.len,
					&at);
}

/* Whether the request is sent; when not, failure and words say why. */
static bool may_send(struct ohb_try *try)
{
	if (holds_key(try)) {
		try->failure = OHB_PROVIDER_POLICY;
		ohb_str_adds(&try->words,
				"not sent: the agent's request holds the key "
				"of a model, from a file or a command's "
				"output");
		return false;
	}
	return ohb_upstream_enter(try) && ohb_bill_open(try);
}

/* A stream's part of the reply, as if it had come at once. */
static void gather(struct ohb_try *try)
{
	ohb_stream_end(&try->stream);
	if (try->stream.text.len) {
		ohb_str_release(&try->reply.body);
		try->reply.body = try->stream.text;
		try->stream.text = (struct ohb_str)OHB_STR_INIT;
	}
	redact(try, &try->reply.body);
}

static void fail(struct ohb_try *try, enum ohb_provider_failure failure,
		const char *words)
{
	try->failure = failure;
	ohb_str_adds(&try->words, words);
	ohb_failure_mask(&try->words, try->model->key);
}

/* What of a cut answer is known to have been used. */
static void count_cut(struct ohb_try *try)
{
	try->usage = (struct ohb_usage){ .cost_unknown = 1 };
	if (!try->answer && try->stream.usage)
		try->answer = json_pack("{s:O}", "usage", try->stream.usage);
	if (try->stream.usage)
		try->usage = ohb_usage_of(try->answer, try->model);
	try->usage.requests = 0;
}

static void read_stream(struct ohb_try *try)
{
	struct ohb_stream *stream = &try->stream;
	struct ohb_http_response said = { .status = try->reply.status };

	if (stream->usage)
		try->answer = json_pack("{s:O}", "usage", stream->usage);
	if (!stream->broken && stream->finished) {
		try->failure = OHB_PROVIDER_OK;
		try->usage = ohb_usage_of(try->answer, try->model);
		return;
	}
	if (stream->refusal) {
		ohb_json_add(&said.body, stream->refusal);
		try->failure = ohb_failure_of(&said, stream->refusal,
				try->model->key, &try->words);
		ohb_http_response_release(&said);
	}
	/* A piece that only looks like an answer is none. */
	if (!stream->refusal || try->failure == OHB_PROVIDER_OK)
		fail(try, OHB_PROVIDER_MALFORMED,
				"the stream ended before the answer did");
}

/* Whether it is a response of that dialect, ended as one should. */
static bool is_response(const struct ohb_try *try)
{
	const char *status = ohb_json_text(try->answer, "status");

	return try->request->api == OHB_API_RESPONSES &&
			try->reply.status / 100 == 2 &&
			json_is_array(ohb_json_at(try->answer, "output")) &&
			(!status || ohb_streq(status, "completed") ||
					ohb_streq(status, "incomplete"));
}

static void read_plain(struct ohb_try *try)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *given = NULL;

	try->answer = ohb_json_parse(
			try->reply.body.data, try->reply.body.len, &err);
	given = ohb_dialect_read(try->dialect, try->answer);
	try->failure = is_response(try) ?
			OHB_PROVIDER_OK :
			ohb_failure_of(&try->reply, given, try->model->key,
					&try->words);
	if (try->failure != OHB_PROVIDER_OK)
		return;
	try->usage = ohb_usage_of(try->answer, try->model);
	if (try->request->streamed)
		ohb_stream_write(try->request, given, &try->text);
	else if (given != try->answer)
		ohb_json_add(&try->text, given);
	else
		ohb_str_add(&try->text, try->reply.body.data,
				try->reply.body.len);
}

static void read_reply(struct ohb_try *try)
{
	if (try->err.code)
		fail(try, ohb_failure_of_error(&try->err), try->err.msg);
	else if (try->reply.status / 100 == 2 && !try->stream.plain &&
			ohb_dialect_streams(try->dialect, try->request))
		read_stream(try);
	else
		read_plain(try);
	if (!ohb_try_spoke(try) || try->failure == OHB_PROVIDER_OK)
		return;
	count_cut(try);
	/* A reply that is half there, for the record. */
	try->err = (struct ohb_error)OHB_ERROR_INIT;
	try->reply.status = 200;
}

/*
 * Some refuse by a 400 what others demand: newer models want max_tokens by
 * another name, older servers know no stream_options.  A grant learns it once.
 */
static const char *const lessons[OHB_LESSONS] = {
	[OHB_LESSON_NEWER_CAP] = "max_completion_tokens",
	[OHB_LESSON_NO_STREAM_OPTIONS] = "stream_options",
};

static bool learn_lesson(const struct ohb_try *try)
{
	const char *words = ohb_str_cstr(&try->words);
	size_t i;

	if (try->failure != OHB_PROVIDER_REQUEST || try->index >= OHB_TEACHERS)
		return false;
	for (i = 0; i < OHB_LESSONS; i++) {
		if (!strstr(words, lessons[i]) ||
				(i == OHB_LESSON_NEWER_CAP &&
						try->request->capped))
			continue;
		return !(atomic_fetch_or(&try->grant->lessons[i],
					 1UL << try->index) >>
						try->index &
				1);
	}
	return false;
}

/* After every request that was sent, whatever came of it. */
static void learn(struct ohb_try *try)
{
	ohb_bill_close(try);
	ohb_grant_sent(try->grant, try->index, try->latency_ms, &try->usage);
	try->again = learn_lesson(try);
	if (try->again)
		ohb_upstream_spare(try);
	else
		ohb_upstream_leave(try);
}

void ohb_try_run(struct ohb_try *try)
{
	struct ohb_error err = OHB_ERROR_INIT;
	int64_t started_ms;

	if (ohb_dialect_check(try->dialect, try->request, try->model, &err) <
					0 ||
			ohb_dialect_write(try->dialect, try->request,
					try->model, lessons_of(try), &try->body,
					&err) < 0) {
		fail(try, OHB_PROVIDER_REQUEST, err.msg);
		return;
	}
	if (!may_send(try))
		return;
	started_ms = ohb_clock_mono_ms();
	/* What failed is in try->err. */
	if (try->grant->gateway->replay)
		(void)!replay(try);
	else
		(void)!send_live(try);
	try->latency_ms = ohb_clock_mono_ms() - started_ms;
	gather(try);
	read_reply(try);
	ohb_tape_add(try);
	learn(try);
}

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/exchange.h"
#include "gateway/failure.h"
#include "gateway/price.h"
#include "gateway/retry.h"
#include "io/clock.h"
#include "io/wait.h"
#include "text/json.h"

/* One request of an agent, until it is answered. */
struct hold {
	struct ohb_grant *grant;
	json_t *request; /* what goes on, without the model */
	bool capped; /* the agent says how long the answer may be */
	int64_t deadline_ms;
	struct ohb_answer *answer; /* status 0: none yet */

	/* The last try. */
	enum ohb_provider_failure failure;
	struct ohb_str words;
	int64_t pause_ms; /* before the next one */
	struct ohb_str history; /* "model: words" of each that gave up */
};

/*
 * What goes on to a provider.  Not: streaming, and what would let an agent
 * choose other models or plugins, have the provider search the web for it,
 * or ask for several answers at once.
 */
static const char *const passed_names[] = { "messages", "tools", "tool_choice",
	"parallel_tool_calls", "functions", "function_call", "max_tokens",
	"max_completion_tokens", "temperature", "top_p", "top_k", "min_p",
	"stop", "seed", "frequency_penalty", "presence_penalty",
	"repetition_penalty", "logit_bias", "response_format", "reasoning",
	"reasoning_effort", "thinking", "verbosity", "prompt_cache_key",
	"prompt_cache_retention" };

void ohb_answer_error(struct ohb_answer *ret, int status, const char *code,
		const char *text)
{
	ohb_autojson *json = json_object();
	json_t *error = json_object();

	json_object_set_new(
			error, "message", ohb_json_bytes(text, strlen(text)));
	json_object_set_new(error, "type", json_string(code));
	json_object_set_new(error, "param", json_null());
	json_object_set_new(error, "code", json_string(code));
	json_object_set_new(json, "error", error);
	ret->status = status;
	ohb_str_clear(&ret->body);
	ohb_json_add(&ret->body, json);
}

static void fail(struct hold *hold, enum ohb_provider_failure failure,
		const char *words)
{
	hold->failure = failure;
	ohb_str_clear(&hold->words);
	ohb_str_adds(&hold->words, words);
}

/* Nobody's failure: the agent will not read this. */
static enum ohb_cure cancelled(struct hold *hold)
{
	ohb_answer_error(hold->answer, 503, "cancelled",
			"ohbuild: the build was cancelled");
	return OHB_CURE_END;
}

static bool wants_newer_cap(const struct ohb_grant *grant, size_t index)
{
	return index < 8 * sizeof(unsigned long) &&
			atomic_load(&grant->newer_cap) >> index & 1;
}

static void write_body(
		const struct hold *hold, size_t index, struct ohb_str *out)
{
	const struct ohb_gateway_model *model =
			&hold->grant->options.models[index];
	ohb_autojson *body = json_copy(hold->request);

	json_object_set_new(body, "model", json_string(model->name));
	/* Without a cap some models reserve their whole context for it. */
	if (!hold->capped && model->max_output_tokens)
		json_object_set_new(body,
				wants_newer_cap(hold->grant, index) ?
						"max_completion_tokens" :
						"max_tokens",
				json_integer(model->max_output_tokens));
	ohb_json_add(out, body);
}

static int send_live(struct hold *hold, size_t index,
		struct ohb_http_response *reply, struct ohb_error *err)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"Accept: application/json", "User-Agent: ohbuild", NULL };
	const struct ohb_gateway_options *options =
			&hold->grant->gateway->options;
	const struct ohb_gateway_model *model =
			&hold->grant->options.models[index];
	int64_t left_ms = hold->deadline_ms - ohb_clock_mono_ms();
	ohb_autostr url = OHB_STR_INIT, body = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = "POST",
		.headers = headers,
		.bearer = model->key,
		.timeout_ms = options->request_ms,
		.idle_timeout_ms = options->silence_ms,
	};

	if (left_ms <= 0)
		return ohb_fail(err, OHB_E_TIMEOUT,
				"no answer in the %lld seconds that a request "
				"may be held",
				(long long)options->hold_ms / 1000);
	if (left_ms < request.timeout_ms)
		request.timeout_ms = left_ms;
	ohb_str_adds(&url, model->base_url);
	while (url.len && url.data[url.len - 1] == '/')
		ohb_str_cut(&url, url.len - 1);
	ohb_str_adds(&url, "/chat/completions");
	write_body(hold, index, &body);
	request.url = url.data;
	request.body = body.data;
	request.body_len = body.len;
	return ohb_http_do(&request, &hold->grant->cancel, reply, err);
}

static int send_replay(struct hold *hold, struct ohb_http_response *reply,
		struct ohb_error *err)
{
	struct ohb_grant *grant = hold->grant;
	int64_t delay_ms = 0;
	size_t number;

	pthread_mutex_lock(&grant->gateway->lock);
	number = grant->replayed++;
	pthread_mutex_unlock(&grant->gateway->lock);
	if (!ohb_cassette_reply(&grant->cassette, number, reply, &delay_ms))
		return ohb_fail(err, OHB_E_MISSING,
				"cassette '%s' has no reply number %zu",
				grant->cassette.path, number + 1);
	return ohb_wait_ms(&grant->cancel, delay_ms, err);
}

/* There was no reply. */
static enum ohb_cure transport_failed(
		struct hold *hold, size_t index, const struct ohb_error *err)
{
	if (ohb_cancel_level(&hold->grant->cancel))
		return cancelled(hold);
	fail(hold, ohb_failure_of_error(err), err->msg);
	ohb_failure_mask(&hold->words, hold->grant->options.models[index].key);
	/* What was silent for minutes is not waited for again if another
	 * model can answer. */
	if (err->code == OHB_E_TIMEOUT &&
			index + 1 < hold->grant->options.nmodels)
		return OHB_CURE_NEXT;
	return ohb_failure_rule(hold->failure)->cure;
}

static enum ohb_cure succeed(struct hold *hold, size_t index, json_t *body,
		struct ohb_http_response *reply)
{
	const struct ohb_gateway_model *model =
			&hold->grant->options.models[index];
	struct ohb_usage usage = ohb_usage_of(body, model);

	hold->failure = OHB_PROVIDER_OK;
	hold->answer->status = 200;
	hold->answer->body = reply->body;
	reply->body = (struct ohb_str)OHB_STR_INIT;
	ohb_grant_succeeded(hold->grant, model->id, &usage);
	return OHB_CURE_END;
}

/* As it came, for agents that shorten their history by such an answer; only
 * the status must not be one that their library repeats. */
static enum ohb_cure answer_context(struct hold *hold, size_t index,
		struct ohb_http_response *reply)
{
	int status = reply->status;

	if (status < 400 || status > 499 || status == 408 || status == 409 ||
			status == 429)
		status = ohb_failure_rule(OHB_PROVIDER_CONTEXT)->status;
	ohb_failure_mask(&reply->body, hold->grant->options.models[index].key);
	hold->answer->status = status;
	hold->answer->body = reply->body;
	reply->body = (struct ohb_str)OHB_STR_INIT;
	return OHB_CURE_END;
}

/* Newer models refuse max_tokens by a 400 that names its successor. */
static bool learn_newer_cap(struct hold *hold, size_t index)
{
	if (hold->failure != OHB_PROVIDER_REQUEST || hold->capped ||
			index >= 8 * sizeof(unsigned long) ||
			!strstr(ohb_str_cstr(&hold->words),
					"max_completion_tokens"))
		return false;
	return !(atomic_fetch_or(&hold->grant->newer_cap, 1UL << index) >>
					index &
			1);
}

static void read_pause(struct hold *hold, unsigned tries,
		const struct ohb_http_response *reply)
{
	int64_t base_ms = hold->grant->gateway->options.retry_base_ms;
	int64_t asked_ms = ohb_retry_asked_ms(reply, ohb_clock_wall_ms());

	/* A little later than asked, and not all at the same instant. */
	if (asked_ms >= 0)
		hold->pause_ms = asked_ms + ohb_retry_backoff_ms(0, base_ms);
	else
		hold->pause_ms = ohb_retry_backoff_ms(tries, base_ms);
}

static enum ohb_cure ask_once(struct hold *hold, size_t index, unsigned tries)
{
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *body = NULL;
	int failed;

	failed = hold->grant->gateway->replay ?
			send_replay(hold, &reply, &err) :
			send_live(hold, index, &reply, &err);
	read_pause(hold, tries, &reply);
	if (failed)
		return transport_failed(hold, index, &err);
	body = ohb_json_parse(reply.body.data, reply.body.len, &err);
	ohb_str_clear(&hold->words);
	hold->failure = ohb_failure_of(&reply, body,
			hold->grant->options.models[index].key, &hold->words);
	if (hold->failure == OHB_PROVIDER_OK)
		return succeed(hold, index, body, &reply);
	if (hold->failure == OHB_PROVIDER_CONTEXT)
		return answer_context(hold, index, &reply);
	if (learn_newer_cap(hold, index)) {
		hold->pause_ms = 0;
		return OHB_CURE_RETRY;
	}
	return ohb_failure_rule(hold->failure)->cure;
}

static enum ohb_cure ask_model(struct hold *hold, size_t index)
{
	struct ohb_error err = OHB_ERROR_INIT;
	enum ohb_cure cure = OHB_CURE_RETRY;
	unsigned tries;

	for (tries = 0; tries < OHB_GATEWAY_TRIES; tries++) {
		if (tries &&
				ohb_wait_ms(&hold->grant->cancel,
						hold->pause_ms, &err) < 0)
			return cancelled(hold);
		cure = ask_once(hold, index, tries);
		if (cure != OHB_CURE_RETRY)
			return cure;
		if (ohb_clock_mono_ms() + hold->pause_ms >= hold->deadline_ms)
			break;
	}
	return OHB_CURE_NEXT;
}

static void ask_models(struct hold *hold)
{
	const struct ohb_grant_options *options = &hold->grant->options;
	enum ohb_cure cure = OHB_CURE_NEXT;
	size_t i;

	for (i = 0; i < options->nmodels && cure == OHB_CURE_NEXT; i++) {
		cure = ask_model(hold, i);
		if (hold->failure == OHB_PROVIDER_OK)
			return;
		if (hold->history.len)
			ohb_str_adds(&hold->history, "; ");
		ohb_str_addf(&hold->history, "%s: %s", options->models[i].id,
				ohb_str_cstr(&hold->words));
	}
	if (ohb_cancel_level(&hold->grant->cancel)) {
		(void)cancelled(hold);
		return;
	}
	ohb_grant_failed(hold->grant, hold->failure,
			ohb_str_cstr(&hold->history));
	if (!hold->answer->status)
		ohb_answer_error(hold->answer,
				ohb_failure_rule(hold->failure)->status,
				ohb_failure_rule(hold->failure)->code,
				ohb_str_cstr(&hold->history));
}

static int read_request(struct hold *hold, const struct ohb_str *text,
		struct ohb_error *err)
{
	ohb_autojson *json = ohb_json_parse(text->data, text->len, err);
	size_t i;

	if (!json)
		return -1;
	if (!json_is_array(json_object_get(json, "messages")))
		return ohb_fail(err, OHB_E_PROTOCOL, "no messages");
	if (json_is_true(json_object_get(json, "stream")))
		return ohb_fail(err, OHB_E_PROTOCOL,
				"stream: true is not supported; ask without "
				"streaming");
	hold->capped = json_object_get(json, "max_tokens") ||
			json_object_get(json, "max_completion_tokens");
	for (i = 0; i < OHB_ARRAY_LEN(passed_names); i++) {
		json_t *value = json_object_get(json, passed_names[i]);

		if (value)
			json_object_set(hold->request, passed_names[i], value);
	}
	return 0;
}

void ohb_forward(struct ohb_grant *grant, const struct ohb_str *request,
		struct ohb_answer *ret)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *passed = json_object();
	struct hold hold = {
		.grant = grant,
		.request = passed,
		.answer = ret,
		.deadline_ms = ohb_clock_mono_ms() +
				grant->gateway->options.hold_ms,
		.words = OHB_STR_INIT,
		.history = OHB_STR_INIT,
	};

	if (read_request(&hold, request, &err) < 0) {
		(void)ohb_fail_context(&err, "the agent's request");
		ohb_grant_failed(grant, OHB_PROVIDER_CONFIG, err.msg);
		ohb_answer_error(ret, 400, "invalid_request_error", err.msg);
		return;
	}
	ask_models(&hold);
	ohb_str_release(&hold.words);
	ohb_str_release(&hold.history);
}

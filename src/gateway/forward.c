#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/exchange.h"
#include "gateway/failure.h"
#include "gateway/retry.h"
#include "gateway/tape.h"
#include "gateway/try.h"
#include "io/clock.h"
#include "io/wait.h"
#include "text/json.h"

/* One request of an agent, until it is answered. */
struct hold {
	struct ohb_grant *grant;
	const struct ohb_request *request;
	int64_t deadline_ms;
	struct ohb_answer *answer; /* status 0: none yet */

	/* Of the last try. */
	enum ohb_provider_failure failure;
	struct ohb_str words;
	int64_t pause_ms; /* before the next one */
	struct ohb_str history; /* "model: words" of each that gave up */
	enum ohb_provider_failure verdict; /* of all that gave up */
};

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

/* Nobody's failure: the agent will not read this. */
static enum ohb_cure cancelled(struct hold *hold)
{
	ohb_answer_error(hold->answer, 503, "cancelled",
			"ohbuild: the build was cancelled");
	return OHB_CURE_END;
}

static enum ohb_cure succeed(struct hold *hold, struct ohb_try *try)
{
	if (try->request->streamed) {
		ohb_answer_add(hold->answer, ohb_str_cstr(&try->text),
				try->text.len);
	} else {
		hold->answer->status = 200;
		hold->answer->body = try->text;
		try->text = (struct ohb_str)OHB_STR_INIT;
	}
	ohb_grant_succeeded(hold->grant, try->model->id, &try->usage);
	return OHB_CURE_END;
}

/* The agent has a part of the answer, and must not take it for the whole. */
static enum ohb_cure cut(struct hold *hold, const struct ohb_try *try)
{
	struct ohb_answer error = { 0 };
	ohb_autostr event = OHB_STR_INIT;

	ohb_answer_error(&error, 502, "stream_cut",
			"ohbuild: the model's answer broke off");
	ohb_sse_add(&event,
			try->request->api == OHB_API_RESPONSES ? "error" : "",
			error.body.data, error.body.len);
	ohb_answer_add(hold->answer, event.data, event.len);
	hold->answer->broken = true;
	ohb_str_release(&error.body);
	return OHB_CURE_END;
}

/* As it came, for agents that shorten their history by such an answer; only
 * the status must not be one that their library repeats. */
static enum ohb_cure answer_context(struct hold *hold, struct ohb_try *try)
{
	int status = try->reply.status;

	if (status < 400 || status > 499 || status == 408 || status == 409 ||
			status == 429)
		status = ohb_failure_rule(OHB_PROVIDER_CONTEXT)->status;
	ohb_failure_mask(&try->reply.body, try->model->key);
	hold->answer->status = status;
	hold->answer->body = try->reply.body;
	try->reply.body = (struct ohb_str)OHB_STR_INIT;
	return OHB_CURE_END;
}

static int64_t pause_after(const struct ohb_try *try, unsigned tries)
{
	int64_t base_ms = try->grant->gateway->options.retry_base_ms;
	int64_t asked_ms = ohb_upstream_asked_ms(&try->reply);

	if (try->again)
		return 0;
	/* A little later than asked, and not all at the same instant. */
	return asked_ms >= 0 ? asked_ms + ohb_retry_backoff_ms(0, base_ms) :
			       ohb_retry_backoff_ms(tries, base_ms);
}

/* What is done about the end of a try. */
static enum ohb_cure cure_of(struct hold *hold, struct ohb_try *try)
{
	if (try->failure == OHB_PROVIDER_OK)
		return succeed(hold, try);
	if (ohb_try_spoke(try))
		return cut(hold, try);
	if (try->err.code && ohb_cancel_level(&hold->grant->cancel))
		return cancelled(hold);
	if (try->failure == OHB_PROVIDER_CONTEXT)
		return answer_context(hold, try);
	if (try->again)
		return OHB_CURE_RETRY;
	if (try->skipped)
		return OHB_CURE_NEXT;
	/* What was silent for minutes is not waited for again if another
	 * model can answer. */
	if (try->err.code == OHB_E_TIMEOUT &&
			try->index + 1 < hold->grant->options.nmodels)
		return OHB_CURE_NEXT;
	return ohb_failure_rule(try->failure)->cure;
}

static enum ohb_cure ask_once(struct hold *hold, size_t index, unsigned tries)
{
	ohb_autotry try;
	enum ohb_cure cure;

	ohb_try_init(&try, hold->grant, hold->request, index, hold->deadline_ms,
			hold->answer);
	ohb_try_run(&try);
	hold->pause_ms = ohb_tape_is_quick(hold->grant) ?
			0 :
			pause_after(&try, tries);
	cure = cure_of(hold, &try);
	if (cure == OHB_CURE_RETRY &&
			ohb_upstream_gives_up(&try, hold->pause_ms))
		cure = OHB_CURE_NEXT;
	hold->failure = try.failure;
	ohb_str_clear(&hold->words);
	ohb_str_add(&hold->words, ohb_str_cstr(&try.words), try.words.len);
	if (cure == OHB_CURE_NEXT)
		ohb_upstream_announce(&try);
	return cure;
}

/* When it was recorded, this model was not asked, or not once more. */
static void passed_over(struct hold *hold, size_t index)
{
	if (hold->failure != OHB_PROVIDER_OK)
		return;
	hold->failure = OHB_PROVIDER_CONNECTION;
	ohb_str_clear(&hold->words);
	ohb_upstream_why(hold->grant, &hold->grant->options.models[index],
			&hold->words);
	if (!hold->words.len)
		ohb_str_adds(&hold->words, "not asked when it was recorded");
}

static int pause_before_next(struct hold *hold, size_t index)
{
	struct ohb_error ignored = OHB_ERROR_INIT;

	ohb_upstream_say_wait(hold->grant, &hold->grant->options.models[index],
			hold->pause_ms, ohb_str_cstr(&hold->words));
	return ohb_wait_ms(&hold->grant->cancel, hold->pause_ms, &ignored);
}

static enum ohb_cure ask_model(struct hold *hold, size_t index)
{
	enum ohb_cure cure = OHB_CURE_RETRY;
	unsigned tries;

	for (tries = 0; tries < OHB_GATEWAY_TRIES; tries++) {
		if (tries && pause_before_next(hold, index) < 0)
			return cancelled(hold);
		if (ohb_tape_passes_over(hold->grant, index)) {
			passed_over(hold, index);
			break;
		}
		cure = ask_once(hold, index, tries);
		if (cure != OHB_CURE_RETRY)
			return cure;
	}
	return OHB_CURE_NEXT;
}

/* While one model may come back the build is not over because another one
 * has a wrong key. */
static void weigh(struct hold *hold, enum ohb_cure cure)
{
	if (cure == OHB_CURE_NEXT && hold->verdict != OHB_PROVIDER_OK &&
			ohb_failure_rule(hold->failure)->ends_build &&
			!ohb_failure_rule(hold->verdict)->ends_build)
		return;
	hold->verdict = hold->failure;
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
		weigh(hold, cure);
		if (hold->history.len)
			ohb_str_adds(&hold->history, "; ");
		ohb_str_addf(&hold->history, "%s: %s", options->models[i].id,
				ohb_str_cstr(&hold->words));
	}
	if (ohb_cancel_level(&hold->grant->cancel)) {
		if (!hold->answer->streamed)
			(void)cancelled(hold);
		return;
	}
	ohb_grant_failed(hold->grant, hold->verdict,
			ohb_str_cstr(&hold->history));
	if (!hold->answer->status)
		ohb_answer_error(hold->answer,
				ohb_failure_rule(hold->verdict)->status,
				ohb_failure_rule(hold->verdict)->code,
				ohb_str_cstr(&hold->history));
}

void ohb_forward(struct ohb_grant *grant, const struct ohb_request *request,
		struct ohb_answer *ret)
{
	struct hold hold = {
		.grant = grant,
		.request = request,
		.answer = ret,
		.deadline_ms = ohb_clock_mono_ms() +
				grant->gateway->options.hold_ms,
		.words = OHB_STR_INIT,
		.history = OHB_STR_INIT,
	};

	ask_models(&hold);
	ohb_str_release(&hold.words);
	ohb_str_release(&hold.history);
}

void ohb_forward_refused(struct ohb_grant *grant, struct ohb_error *err,
		struct ohb_answer *ret)
{
	(void)ohb_fail_context(err, "the agent's request");
	ohb_grant_failed(grant, OHB_PROVIDER_CONFIG, err->msg);
	ohb_answer_error(ret, 400, "invalid_request_error", err->msg);
}

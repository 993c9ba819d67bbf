#include "gateway/try.h"

#include <stdbool.h>

#include "gateway/failure.h"
#include "gateway/price.h"
#include "gateway/tape.h"
#include "io/clock.h"
#include "text/json.h"

void ohb_try_init(struct ohb_try *ret, struct ohb_grant *grant,
		const struct ohb_request *request, size_t model,
		int64_t deadline_ms)
{
	*ret = (struct ohb_try){
		.grant = grant,
		.request = request,
		.index = model,
		.model = &grant->options.models[model],
		.deadline_ms = deadline_ms,
		.body = OHB_STR_INIT,
		.err = OHB_ERROR_INIT,
		.reply = OHB_HTTP_RESPONSE_INIT,
		.words = OHB_STR_INIT,
	};
}

void ohb_try_release(struct ohb_try *try)
{
	ohb_str_release(&try->body);
	ohb_http_response_release(&try->reply);
	ohb_json_freep(&try->answer);
	ohb_str_release(&try->words);
}

static enum ohb_cap cap_of(const struct ohb_try *try)
{
	return try->index < 8 * sizeof(unsigned long) &&
					atomic_load(&try->grant->newer_cap) >>
									try->index &
							1 ?
			OHB_CAP_NEWER :
			OHB_CAP;
}

static int send_live(struct ohb_try *try)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"Accept: application/json", "User-Agent: ohbuild", NULL };
	const struct ohb_gateway_options *options =
			&try->grant->gateway->options;
	int64_t left_ms = try->deadline_ms - ohb_clock_mono_ms();
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = "POST",
		.headers = headers,
		.bearer = try->model->key,
		.timeout_ms = options->request_ms,
		.idle_timeout_ms = options->silence_ms,
		.body = try->body.data,
		.body_len = try->body.len,
	};

	if (left_ms <= 0)
		return ohb_fail(&try->err, OHB_E_TIMEOUT,
				"no answer in the %lld seconds that a request "
				"may be held",
				(long long)options->hold_ms / 1000);
	if (left_ms < request.timeout_ms)
		request.timeout_ms = left_ms;
	ohb_str_adds(&url, try->model->base_url);
	while (url.len && url.data[url.len - 1] == '/')
		ohb_str_cut(&url, url.len - 1);
	ohb_str_adds(&url, "/chat/completions");
	request.url = url.data;
	return ohb_http_do(
			&request, &try->grant->cancel, &try->reply, &try->err);
}

/* Whether the request is sent; when not, failure and words say why. */
static bool may_send(struct ohb_try *try)
{
	(void)try;
	return true;
}

static void read_reply(struct ohb_try *try)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (try->err.code) {
		try->failure = ohb_failure_of_error(&try->err);
		ohb_str_adds(&try->words, try->err.msg);
		ohb_failure_mask(&try->words, try->model->key);
		return;
	}
	try->answer = ohb_json_parse(
			try->reply.body.data, try->reply.body.len, &err);
	try->failure = ohb_failure_of(
			&try->reply, try->answer, try->model->key, &try->words);
	if (try->failure == OHB_PROVIDER_OK)
		try->usage = ohb_usage_of(try->answer, try->model);
}

/* After every request that was sent, whatever came of it. */
static void learn(struct ohb_try *try)
{
	(void)try;
}

void ohb_try_run(struct ohb_try *try)
{
	ohb_request_write(try->request, try->model, cap_of(try), &try->body);
	if (!may_send(try))
		return;
	/* What failed is in try->err. */
	if (try->grant->gateway->replay)
		(void)!ohb_tape_next(try);
	else
		(void)!send_live(try);
	/* Some providers say the key that they refuse. */
	if (try->grant->gateway->options.redact)
		(void)ohb_redact_apply(try->grant->gateway->options.redact,
				&try->reply.body);
	read_reply(try);
	ohb_tape_add(try);
	learn(try);
}

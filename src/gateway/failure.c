#include "gateway/failure.h"

#include <string.h>

#include "base/memory.h"
#include "text/json.h"
#include "text/utf8.h"

#define MAX_TEXT 4096 /* read of an error */
#define MAX_WORDS 500 /* shown of it */

/* Shorter ones are placeholders of local servers ("x"), not secrets. */
#define MIN_KEY 4

/* What is done: asked again here, the next model, and what ends when there is
 * none left. */
static const struct ohb_failure_rule rules[] = {
	[OHB_PROVIDER_OK] = { "ok", NULL, 200, OHB_CURE_END, false,
			OHB_MARK_NONE },
	[OHB_PROVIDER_CONNECTION] = { "connection", "unavailable", 400,
			OHB_CURE_RETRY, false, OHB_MARK_OUTAGE },
	[OHB_PROVIDER_TIMEOUT] = { "timeout", "unavailable", 400,
			OHB_CURE_RETRY, false, OHB_MARK_OUTAGE },
	[OHB_PROVIDER_AUTH] = { "authentication", "invalid_api_key", 401,
			OHB_CURE_NEXT, true, OHB_MARK_OUT },
	[OHB_PROVIDER_RATE_LIMIT] = { "rate limit", "rate_limited", 400,
			OHB_CURE_RETRY, false, OHB_MARK_NONE },
	[OHB_PROVIDER_QUOTA] = { "quota", "insufficient_quota", 402,
			OHB_CURE_NEXT, true, OHB_MARK_OUT },
	[OHB_PROVIDER_CONTEXT] = { "context window", "context_length_exceeded",
			400, OHB_CURE_END, false, OHB_MARK_NONE },
	[OHB_PROVIDER_CONFIG] = { "configuration", "bad_request", 400,
			OHB_CURE_NEXT, true, OHB_MARK_OUT },
	[OHB_PROVIDER_REQUEST] = { "bad request", "bad_request", 400,
			OHB_CURE_NEXT, false, OHB_MARK_NONE },
	[OHB_PROVIDER_POLICY] = { "content policy", "content_policy", 400,
			OHB_CURE_NEXT, false, OHB_MARK_NONE },
	[OHB_PROVIDER_SERVER] = { "server error", "unavailable", 400,
			OHB_CURE_RETRY, false, OHB_MARK_OUTAGE },
	[OHB_PROVIDER_MALFORMED] = { "malformed reply", "unavailable", 400,
			OHB_CURE_RETRY, false, OHB_MARK_OUTAGE },
	[OHB_PROVIDER_BUDGET] = { "budget", "budget_exceeded", 402,
			OHB_CURE_END, false, OHB_MARK_NONE },
	[OHB_PROVIDER_REPLAY_END] = { "replay", "replay_end", 400, OHB_CURE_END,
			true, OHB_MARK_NONE },
};

const struct ohb_failure_rule *ohb_failure_rule(
		enum ohb_provider_failure failure)
{
	return &rules[failure];
}

/*
 * The first row that fits decides: status, then the code or type of the
 * error, then a piece of its text (any case); NULL fits all.  A limit per
 * minute comes before quota, because such texts speak of billing, too.
 */
static const struct {
	int from, to;
	const char *code, *text;
	enum ohb_provider_failure failure;
} rows[] = {
	{ 400, 499, "context_length_exceeded", NULL, OHB_PROVIDER_CONTEXT },
	{ 400, 599, "insufficient_quota", NULL, OHB_PROVIDER_QUOTA },
	{ 400, 499, "billing_hard_limit_reached", NULL, OHB_PROVIDER_QUOTA },
	{ 400, 499, "billing_not_active", NULL, OHB_PROVIDER_QUOTA },
	{ 400, 499, "invalid_api_key", NULL, OHB_PROVIDER_AUTH },
	{ 400, 499, "model_not_found", NULL, OHB_PROVIDER_CONFIG },
	{ 400, 499, "content_filter", NULL, OHB_PROVIDER_POLICY },
	{ 400, 499, "content_policy_violation", NULL, OHB_PROVIDER_POLICY },
	{ 400, 499, "data_inspection_failed", NULL, OHB_PROVIDER_POLICY },

	/* The model wrote nonsense, which its provider would not pass on. */
	{ 400, 499, "tool_use_failed", NULL, OHB_PROVIDER_MALFORMED },
	{ 400, 499, "json_validate_failed", NULL, OHB_PROVIDER_MALFORMED },

	{ 400, 429, "budget_exceeded", NULL, OHB_PROVIDER_QUOTA },
	{ 400, 429, "Arrearage", NULL, OHB_PROVIDER_QUOTA },
	{ 429, 429, "overloaded", NULL, OHB_PROVIDER_SERVER },

	/* What a day or a month may have: waiting for it is too long. */
	{ 429, 429, "GenerateRequestsPerDayPerProjectPerModel", NULL,
			OHB_PROVIDER_QUOTA },
	{ 429, 429, "GenerateRequestsPerDayPerProjectPerModel-FreeTier", NULL,
			OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "-per-day", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "bymodelbyday", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "daily free", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "too many tokens per day", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "tokens per day limit", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "/ month", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "inference limit", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "hourly usage limit", OHB_PROVIDER_RATE_LIMIT },

	{ 429, 429, NULL, "request too large", OHB_PROVIDER_CONTEXT },
	{ 429, 429, "rate_limit_exceeded", NULL, OHB_PROVIDER_RATE_LIMIT },
	{ 429, 429, NULL, "try again in", OHB_PROVIDER_RATE_LIMIT },
	{ 429, 429, NULL, "retry in", OHB_PROVIDER_RATE_LIMIT },
	{ 429, 429, NULL, "per min", OHB_PROVIDER_RATE_LIMIT },
	{ 429, 429, NULL, "rate limit of your", OHB_PROVIDER_RATE_LIMIT },
	{ 429, 429, NULL, "quota", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "billing", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "credit", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, "balance", OHB_PROVIDER_QUOTA },
	{ 429, 429, NULL, NULL, OHB_PROVIDER_RATE_LIMIT },

	/* Some say that it cost no credits. */
	{ 400, 451, NULL, "requires moderation", OHB_PROVIDER_POLICY },
	{ 402, 402, NULL, NULL, OHB_PROVIDER_QUOTA },
	{ 400, 403, NULL, "credit balance", OHB_PROVIDER_QUOTA },
	{ 400, 403, NULL, "insufficient balance", OHB_PROVIDER_QUOTA },
	{ 400, 403, NULL, "usage limit", OHB_PROVIDER_QUOTA },
	{ 400, 412, NULL, "billing", OHB_PROVIDER_QUOTA },
	{ 403, 403, NULL, "quota", OHB_PROVIDER_QUOTA },
	{ 403, 403, NULL, "balance", OHB_PROVIDER_QUOTA },
	{ 403, 403, NULL, "key limit exceeded", OHB_PROVIDER_QUOTA },
	{ 403, 403, NULL, "credit", OHB_PROVIDER_QUOTA },

	{ 400, 451, NULL, "content policy", OHB_PROVIDER_POLICY },
	{ 400, 451, NULL, "content management policy", OHB_PROVIDER_POLICY },
	{ 400, 451, NULL, "content filtering policy", OHB_PROVIDER_POLICY },
	{ 400, 451, NULL, "usage policy", OHB_PROVIDER_POLICY },
	{ 400, 451, NULL, "content exists risk", OHB_PROVIDER_POLICY },
	{ 451, 451, NULL, NULL, OHB_PROVIDER_POLICY },

	{ 401, 401, NULL, NULL, OHB_PROVIDER_AUTH },
	{ 403, 403, NULL, NULL, OHB_PROVIDER_AUTH },
	{ 400, 400, NULL, "api key", OHB_PROVIDER_AUTH },
	{ 400, 400, NULL, "organization has been", OHB_PROVIDER_AUTH },

	{ 413, 413, NULL, NULL, OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "context length", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "context window", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "context limit", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "context size", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "prompt is too long", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "input is too long", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "maximum prompt length", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "input length", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "tokens. given:", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "`max_new_tokens` must be", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "model token limit", OHB_PROVIDER_CONTEXT },
	/* A history that is not accepted: begun anew, as one too long. */
	{ 400, 422, NULL, "`tool_result`", OHB_PROVIDER_CONTEXT },
	{ 400, 422, NULL, "exceeds the maximum number of tokens",
			OHB_PROVIDER_CONTEXT },

	{ 400, 422, NULL, "not a valid model", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "invalid model", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "model not exist", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "model does not exist", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "model identifier", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "model id ", OHB_PROVIDER_CONFIG },
	{ 400, 422, "model_decommissioned", NULL, OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "does not support tools", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "--enable-auto-tool-choice", OHB_PROVIDER_CONFIG },
	{ 500, 500, NULL, "requires --jinja", OHB_PROVIDER_CONFIG },
	{ 500, 500, NULL, "requires more system memory", OHB_PROVIDER_CONFIG },
	{ 400, 422, NULL, "provider not provided", OHB_PROVIDER_CONFIG },
	{ 404, 405, NULL, NULL, OHB_PROVIDER_CONFIG },
	{ 300, 399, NULL, NULL, OHB_PROVIDER_CONFIG },

	{ 408, 408, NULL, NULL, OHB_PROVIDER_TIMEOUT },
	{ 409, 409, NULL, NULL, OHB_PROVIDER_SERVER },
	{ 425, 425, NULL, NULL, OHB_PROVIDER_SERVER },
	{ 504, 504, NULL, NULL, OHB_PROVIDER_TIMEOUT },
	{ 522, 522, NULL, NULL, OHB_PROVIDER_TIMEOUT },
	{ 524, 524, NULL, NULL, OHB_PROVIDER_TIMEOUT },
	{ 500, 599, NULL, NULL, OHB_PROVIDER_SERVER },
	{ 200, 299, NULL, NULL, OHB_PROVIDER_MALFORMED },
	{ 0, 999, NULL, NULL, OHB_PROVIDER_REQUEST },
};

/* Where the dialects put their words, and their code. */
static const char *const message_names[] = {
	"error.metadata.raw",
	"error.message",
	"0.error.message",
	"error",
	"message",
	"detail",
	"error_description",
};
static const char *const code_names[] = {
	"error.code",
	"error.type",
	"error.status",
	"error.details.0.violations.0.quotaId",
	"0.error.details.0.violations.0.quotaId",
	"error_type",
	"0.error.status",
	"code",
	"type",
};

static enum ohb_provider_failure classify(
		int status, json_t *body, const char *text)
{
	size_t i, j;
	bool fits;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++) {
		fits = status >= rows[i].from && status <= rows[i].to;
		if (!fits || (rows[i].text && !strcasestr(text, rows[i].text)))
			continue;
		fits = rows[i].code == NULL;
		for (j = 0; !fits && j < OHB_ARRAY_LEN(code_names); j++)
			fits = ohb_streq(rows[i].code,
					ohb_json_text(body, code_names[j]));
		if (fits)
			return rows[i].failure;
	}
	return OHB_PROVIDER_REQUEST;
}

static void read_text(const struct ohb_http_response *reply, json_t *body,
		struct ohb_str *text)
{
	const char *words = NULL;
	size_t i;

	for (i = 0; !words && i < OHB_ARRAY_LEN(message_names); i++)
		words = ohb_json_text(body, message_names[i]);
	if (words)
		ohb_str_adds(text, words);
	else
		ohb_str_add(text, ohb_str_cstr(&reply->body), reply->body.len);
}

/* Some proxies put the provider's refusal into a reply with status 200. */
static int real_status(int status, json_t *body)
{
	const json_t *error = ohb_json_at(body, "error");
	int64_t code;

	if (status < 200 || status > 299 || !error || json_is_null(error))
		return status;
	code = ohb_json_int(body, "error.code", 502);
	return code >= 400 && code <= 599 ? (int)code : 502;
}

static void describe(
		int status, const struct ohb_str *text, struct ohb_str *words)
{
	ohb_str_addf(words, "HTTP %d", status);
	if (status >= 200 && status <= 299)
		ohb_str_adds(words, ", but no answer of a model");
	if (status >= 300 && status <= 399)
		ohb_str_adds(words, ", a redirection; correct base_url");
	if (!text->len)
		return;
	ohb_str_adds(words, ": ");
	ohb_utf8_line(words, text->data, text->len, MAX_WORDS);
}

enum ohb_provider_failure ohb_failure_of(const struct ohb_http_response *reply,
		json_t *body, const struct ohb_secret *key,
		struct ohb_str *words)
{
	int status = real_status(reply->status, body);
	ohb_autostr text = OHB_STR_INIT;

	if (status >= 200 && status <= 299 &&
			json_array_size(ohb_json_at(body, "choices")) > 0)
		return OHB_PROVIDER_OK;
	read_text(reply, body, &text);
	/* Before it is cut: half a key is a leak as well. */
	ohb_failure_mask(&text, key);
	ohb_str_cut(&text, MAX_TEXT);
	describe(status, &text, words);
	return classify(status, body, ohb_str_cstr(&text));
}

enum ohb_provider_failure ohb_failure_of_error(const struct ohb_error *err)
{
	switch (err->code) {
	case OHB_E_MISSING:
		return OHB_PROVIDER_REPLAY_END;
	case OHB_E_TIMEOUT:
		return OHB_PROVIDER_TIMEOUT;
	case OHB_E_LIMIT:
		return OHB_PROVIDER_MALFORMED;
	case OHB_OK:
	case OHB_E_USAGE:
	case OHB_E_CONFIG:
	case OHB_E_SYNTAX:
	case OHB_E_CHANGED:
	case OHB_E_EXISTS:
	case OHB_E_CANCELLED:
	case OHB_E_IO:
	case OHB_E_BUSY:
	case OHB_E_STATE:
	case OHB_E_INFRA:
	case OHB_E_CONNECT:
	case OHB_E_PROTOCOL:
		return OHB_PROVIDER_CONNECTION;
	}
	return OHB_PROVIDER_CONNECTION;
}

void ohb_failure_mask(struct ohb_str *text, const struct ohb_secret *key)
{
	size_t len = key ? ohb_secret_len(key) : 0;
	ohb_autostr masked = OHB_STR_INIT;
	const char *at, *found, *end;
	struct ohb_str swap;

	if (len < MIN_KEY || !text->len)
		return;
	at = text->data;
	end = at + text->len;
	while ((found = memmem(at, (size_t)(end - at), ohb_secret_reveal(key),
				len))) {
		ohb_str_add(&masked, at, (size_t)(found - at));
		ohb_str_adds(&masked, "***");
		at = found + len;
	}
	ohb_str_add(&masked, at, (size_t)(end - at));
	swap = *text;
	*text = masked;
	masked = swap;
}

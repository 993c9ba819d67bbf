#include "gateway/dialect.h"

#include <string.h>

#include "base/memory.h"
#include "gateway/anthropic.h"
#include "gateway/mistral.h"
#include "text/json.h"

static const struct ohb_dialect dialects[] = {
	{ "anthropic", OHB_WIRE_ANTHROPIC, true, true },
	{ "mistral", OHB_WIRE_MISTRAL, true, true },
	{ "deepseek", OHB_WIRE_OPENAI, true, false },
	{ "gemini", OHB_WIRE_OPENAI, true, false },
	{ "together", OHB_WIRE_OPENAI, true, false },
	{ "together_ai", OHB_WIRE_OPENAI, true, false },
	{ NULL, OHB_WIRE_OPENAI, false, false },
};

const struct ohb_dialect *ohb_dialect_of(const char *model_id)
{
	const size_t len = strcspn(model_id, "/");
	const struct ohb_dialect *at = dialects;

	while (at->provider &&
			(strlen(at->provider) != len ||
					memcmp(at->provider, model_id, len) !=
							0))
		at++;
	return at;
}

int ohb_dialect_check(const struct ohb_dialect *dialect,
		const struct ohb_request *request,
		const struct ohb_gateway_model *model, struct ohb_error *err)
{
	if (request->api == OHB_API_RESPONSES && dialect->no_responses)
		return ohb_fail(err, OHB_E_CONFIG,
				"'%s' has no /responses; ask by "
				"/chat/completions",
				model->id);
	return 0;
}

const char *ohb_dialect_path(const struct ohb_dialect *dialect,
		const struct ohb_request *request)
{
	if (dialect->wire == OHB_WIRE_ANTHROPIC)
		return "/messages";
	return request->api == OHB_API_RESPONSES ? "/responses" :
						   "/chat/completions";
}

bool ohb_dialect_streams(const struct ohb_dialect *dialect,
		const struct ohb_request *request)
{
	return request->streamed && dialect->wire != OHB_WIRE_ANTHROPIC;
}

static void add_member(struct ohb_str *out, const char *name, const char *value,
		size_t len)
{
	ohb_str_addf(out,
			"%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",",
			name);
	ohb_str_add(out, value, len);
}

static void add_cap(const struct ohb_request *request,
		const struct ohb_gateway_model *model, unsigned lessons,
		struct ohb_str *out)
{
	const char *name = lessons >> OHB_LESSON_NEWER_CAP & 1 ?
			"max_completion_tokens" :
			"max_tokens";

	if (request->api == OHB_API_RESPONSES)
		name = "max_output_tokens";
	if (!request->capped && model->max_output_tokens)
		ohb_str_addf(out, ",\"%s\":%u", name, model->max_output_tokens);
}

/* The agent's own text where nothing has to be changed: it may be large. */
static void write_openai(const struct ohb_dialect *dialect,
		const struct ohb_request *request,
		const struct ohb_gateway_model *model, unsigned lessons,
		struct ohb_str *out)
{
	static const char options[] = "{\"include_usage\":true}";
	ohb_autojson *name = json_string(model->name);
	ohb_autostr text = OHB_STR_INIT;
	const struct ohb_passed *at;

	ohb_json_add(&text, name);
	ohb_str_addc(out, '{');
	for (at = request->passed; at->name; at++)
		add_member(out, at->name, at->value, at->len);
	add_member(out, "model", text.data, text.len);
	add_cap(request, model, lessons, out);
	if (request->api == OHB_API_RESPONSES)
		add_member(out, "store", "false", 5);
	if (request->streamed)
		add_member(out, "stream", "true", 4);
	if (request->streamed && request->api == OHB_API_CHAT &&
			!dialect->no_stream_options &&
			!(lessons >> OHB_LESSON_NO_STREAM_OPTIONS & 1))
		add_member(out, "stream_options", options, sizeof(options) - 1);
	ohb_str_addc(out, '}');
}

int ohb_dialect_write(const struct ohb_dialect *dialect,
		const struct ohb_request *request,
		const struct ohb_gateway_model *model, unsigned lessons,
		struct ohb_str *out, struct ohb_error *err)
{
	switch (dialect->wire) {
	case OHB_WIRE_OPENAI:
		write_openai(dialect, request, model, lessons, out);
		return 0;
	case OHB_WIRE_MISTRAL:
		return ohb_mistral_write(request, model, out, err);
	case OHB_WIRE_ANTHROPIC:
		return ohb_anthropic_write(request, model, out, err);
	}
	return 0;
}

json_t *ohb_dialect_read(const struct ohb_dialect *dialect, json_t *reply)
{
	if (reply && dialect->wire == OHB_WIRE_ANTHROPIC)
		return ohb_anthropic_read(reply);
	return json_incref(reply);
}

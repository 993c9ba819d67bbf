#include "gateway/request.h"

#include "base/memory.h"
#include "text/json.h"

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

int ohb_request_read(const struct ohb_str *text, struct ohb_request *ret,
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
	*ret = (struct ohb_request){
		.text = text,
		.passed = json_object(),
		.capped = json_object_get(json, "max_tokens") ||
				json_object_get(json, "max_completion_tokens"),
	};
	for (i = 0; i < OHB_ARRAY_LEN(passed_names); i++) {
		json_t *value = json_object_get(json, passed_names[i]);

		if (value)
			json_object_set(ret->passed, passed_names[i], value);
	}
	return 0;
}

void ohb_request_release(struct ohb_request *request)
{
	ohb_json_freep(&request->passed);
}

void ohb_request_write(const struct ohb_request *request,
		const struct ohb_gateway_model *model, enum ohb_cap cap,
		struct ohb_str *out)
{
	static const char *const caps[] = {
		[OHB_CAP] = "max_tokens",
		[OHB_CAP_NEWER] = "max_completion_tokens",
	};
	ohb_autojson *body = json_copy(request->passed);

	json_object_set_new(body, "model", json_string(model->name));
	if (!request->capped && model->max_output_tokens)
		json_object_set_new(body, caps[cap],
				json_integer(model->max_output_tokens));
	ohb_json_add(out, body);
}

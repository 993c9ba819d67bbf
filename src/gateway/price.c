#include "gateway/price.h"

#include "base/memory.h"
#include "text/json.h"

/* No answer has as many: the field is nonsense, and sums cannot overflow. */
#define MAX_TOKENS ((int64_t)1000 * 1000 * 1000)

/* Every dialect's name for the part of the prompt that was in the cache. */
static const char *const cached_names[] = {
	"usage.prompt_tokens_details.cached_tokens",
	"usage.prompt_cache_hit_tokens",
	"usage.cache_read_input_tokens",
};

static int64_t tokens(json_t *answer, const char *path)
{
	int64_t n = ohb_json_int(answer, path, -1);

	return n > MAX_TOKENS ? -1 : n;
}

static int64_t cached_tokens(json_t *answer, int64_t prompt)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cached_names); i++) {
		int64_t n = tokens(answer, cached_names[i]);

		if (n >= 0)
			return n < prompt ? n : prompt;
	}
	return 0;
}

struct ohb_usage ohb_usage_of(
		json_t *answer, const struct ohb_gateway_model *model)
{
	struct ohb_usage usage = { .requests = 1 };
	int64_t in = tokens(answer, "usage.prompt_tokens");
	int64_t out = tokens(answer, "usage.completion_tokens");
	double reported = ohb_json_number(answer, "usage.cost", -1);
	int64_t cached = 0;

	if (in >= 0 && out >= 0) {
		cached = cached_tokens(answer, in);
		usage.tokens_in = (uint64_t)in;
		usage.tokens_cached = (uint64_t)cached;
		usage.tokens_out = (uint64_t)out;
	}
	if (reported >= 0)
		usage.cost_usd = reported;
	else if (model->has_price && in >= 0 && out >= 0)
		usage.cost_usd =
				((double)(in - cached) * model->price_input +
						(double)cached *
								model->price_cached +
						(double)out * model->price_output) /
				1e6;
	else
		usage.cost_unknown = 1;
	return usage;
}

void ohb_usage_add(struct ohb_usage *sum, const struct ohb_usage *delta)
{
	sum->requests += delta->requests;
	sum->tokens_in += delta->tokens_in;
	sum->tokens_cached += delta->tokens_cached;
	sum->tokens_out += delta->tokens_out;
	sum->cost_usd += delta->cost_usd;
	sum->cost_unknown |= delta->cost_unknown;
}

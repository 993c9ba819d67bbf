#include "gateway/price.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/json.h"

/* No answer has as many: the field is nonsense, and sums cannot overflow. */
#define MAX_TOKENS ((int64_t)1000 * 1000 * 1000)
#define MAX_COST 1e6
/* What is kept in a cache for an hour costs so much more to write than what
 * is kept for five minutes: 2 times the input, and 1.25 times. */
#define HOUR_FACTOR 1.6
#define MILLION 1e6

extern const char ohb_price_table[];
extern const size_t ohb_price_table_len;

/*
 * The names of each number, in every dialect; the first that is there counts.
 * OpenAI's chat completions and all who follow them, the Responses API,
 * DeepSeek, OpenRouter, LiteLLM, Anthropic.
 */
static const char *const prompt_names[] = { "prompt_tokens", NULL };
static const char *const completion_names[] = { "completion_tokens",
	"output_tokens", NULL };
static const char *const cached_names[] = {
	"prompt_tokens_details.cached_tokens",
	"input_tokens_details.cached_tokens",
	"prompt_cache_hit_tokens",
	"cache_read_input_tokens",
	NULL,
};
static const char *const written_names[] = {
	"prompt_tokens_details.cache_write_tokens",
	"prompt_tokens_details.cache_creation_tokens",
	"input_tokens_details.cache_write_tokens",
	"cache_creation_input_tokens",
	NULL,
};
static const char *const hour_names[] = {
	"cache_creation.ephemeral_1h_input_tokens",
	NULL,
};
static const char *const reasoning_names[] = {
	"completion_tokens_details.reasoning_tokens",
	"output_tokens_details.reasoning_tokens",
	"reasoning_tokens",
	NULL,
};

/* A cost as providers report it, and what makes USD of it. */
static const struct {
	const char *name;
	double factor;
} cost_names[] = {
	{ "cost", 1 }, /* OpenRouter and others */
	{ "cost.total_cost", 1 }, /* Perplexity */
	{ "estimated_cost", 1 }, /* DeepInfra */
	{ "cost_in_usd_ticks", 1e-10 }, /* xAI */
};

/* -1: not there, or no number that makes sense. */
static int64_t find_tokens(json_t *usage, const char *const *names)
{
	for (; *names; names++) {
		int64_t n = ohb_json_int(usage, *names, -1);

		if (n >= 0 && n <= MAX_TOKENS)
			return n;
	}
	return -1;
}

static int64_t at_least(int64_t value, int64_t least)
{
	return value > least ? value : least;
}

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

/* The tokens of one answer, in parts that do not overlap. */
struct parts {
	int64_t fresh, cached, written, hour, out;
};

/*
 * Anthropic's input_tokens are without what came from the cache or went into
 * it; everybody else's are with it, the Responses API's too.  Some proxies
 * have OpenAI's names and Anthropic's numbers: there the parts are more than
 * the whole.
 */
static int64_t whole_prompt(json_t *usage, int64_t cached, int64_t written)
{
	const int64_t given = find_tokens(usage, prompt_names);
	const int64_t input = ohb_json_int(usage, "input_tokens", -1);

	if (given >= 0)
		return ohb_json_at(usage, "cache_read_input_tokens") &&
						cached + written > given ?
				given + cached + written :
				given;
	if (input < 0 || input > MAX_TOKENS)
		return -1;
	return ohb_json_at(usage, "input_tokens_details") ?
			input :
			input + cached + written;
}

/*
 * Reasoning is part of the completion at OpenAI, and beside it at xAI and
 * Gemini, where it shows in the total, or by being more than the whole.
 */
static int64_t whole_output(json_t *usage, int64_t prompt)
{
	const int64_t total = ohb_json_int(usage, "total_tokens", -1);
	const int64_t reasoning = find_tokens(usage, reasoning_names);
	int64_t out = find_tokens(usage, completion_names);

	if (out < 0)
		return -1;
	if (total >= 0 && total <= MAX_TOKENS)
		return at_least(out, total - prompt);
	return reasoning > out ? out + reasoning : out;
}

static int read_parts(json_t *usage, struct parts *ret)
{
	int64_t cached = at_least(find_tokens(usage, cached_names), 0);
	int64_t written = at_least(find_tokens(usage, written_names), 0);
	const int64_t in = whole_prompt(usage, cached, written);
	const int64_t out = whole_output(usage, in);

	if (in < 0 || out < 0)
		return -1;
	cached = at_most(cached, in);
	written = at_most(written, in - cached);
	ret->fresh = in - cached - written;
	ret->cached = cached;
	ret->hour = at_most(
			at_least(find_tokens(usage, hour_names), 0), written);
	ret->written = written - ret->hour;
	ret->out = out;
	return 0;
}

static double write_price(const struct ohb_rates *rates)
{
	return rates->written > 0 ? rates->written : rates->input;
}

static double price_of(const struct ohb_price *price, const struct parts *parts)
{
	const int64_t in = parts->fresh + parts->cached + parts->written +
			parts->hour;
	const struct ohb_rates *rates =
			price->above && (uint64_t)in > price->above ?
			&price->long_prompt :
			&price->usual;

	return ((double)parts->fresh * rates->input +
			       (double)parts->cached * rates->cached +
			       (double)parts->written * write_price(rates) +
			       (double)parts->hour * write_price(rates) *
					       HOUR_FACTOR +
			       (double)parts->out * rates->output) /
			MILLION;
}

/* Negative: not reported. */
static double reported_cost(json_t *usage)
{
	double cost = -1, upstream;
	size_t i;

	for (i = 0; cost < 0 && i < OHB_ARRAY_LEN(cost_names); i++)
		cost = ohb_json_number(usage, cost_names[i].name, -1) *
				cost_names[i].factor;
	if (cost < 0 || cost > MAX_COST)
		return -1;
	/* With a key of one's own OpenRouter takes its fee, and the provider
	 * behind it what the answer cost. */
	upstream = ohb_json_number(
			usage, "cost_details.upstream_inference_cost", 0);
	if (json_is_true(ohb_json_at(usage, "is_byok")) && upstream > 0)
		cost += upstream;
	return cost;
}

struct ohb_usage ohb_usage_of(
		json_t *answer, const struct ohb_gateway_model *model)
{
	struct ohb_usage usage = { .requests = 1 };
	json_t *given = ohb_json_at(answer, "usage");
	struct parts parts = { 0 };
	double reported;
	int known;

	if (!given)
		given = ohb_json_at(answer, "response.usage");
	reported = reported_cost(given);
	known = read_parts(given, &parts) == 0;
	if (known) {
		usage.tokens_in = (uint64_t)(parts.fresh + parts.cached +
				parts.written + parts.hour);
		usage.tokens_cached = (uint64_t)parts.cached;
		usage.tokens_out = (uint64_t)parts.out;
	}
	usage.cost_reported = reported >= 0;
	if (reported >= 0)
		usage.cost_usd = reported;
	else if (model->has_price && known)
		usage.cost_usd = price_of(&model->price, &parts);
	else
		usage.cost_unknown = 1;
	return usage;
}

void ohb_usage_reported(
		struct ohb_usage *usage, const struct ohb_http_response *reply)
{
	ohb_autostr text = OHB_STR_INIT;
	char *end;
	double cost;

	if (usage->cost_reported ||
			!ohb_http_header(reply, "x-litellm-response-cost",
					&text) ||
			!text.len)
		return;
	cost = strtod(text.data, &end);
	/* 0 is also what it says of a model that it has no price of. */
	if (*end || !(cost > 0 && cost <= MAX_COST))
		return;
	usage->cost_usd = cost;
	usage->cost_reported = 1;
	usage->cost_unknown = 0;
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

static double most(double a, double b)
{
	return a > b ? a : b;
}

/* All of the prompt at what is the dearest thing that can be done with it. */
static double bound_of(
		const struct ohb_rates *rates, const struct ohb_tokens *tokens)
{
	const double hour = tokens->hour ? HOUR_FACTOR : 1;
	const double input = most(most(rates->input, rates->cached),
			rates->written * hour);

	return ((double)tokens->bound * input +
			       (double)tokens->max_output * rates->output) /
			MILLION;
}

double ohb_price_bound(const struct ohb_gateway_model *model,
		const struct ohb_tokens *tokens)
{
	const struct ohb_price *price = &model->price;
	double bound;

	if (!model->has_price || tokens->unbounded || !tokens->max_output)
		return -1;
	bound = bound_of(&price->usual, tokens);
	if (price->above && tokens->bound > price->above)
		bound = most(bound, bound_of(&price->long_prompt, tokens));
	return bound;
}

/* Takes the number at *at and what follows it; 0 when there is none. */
static double take_number(const char **at)
{
	char *end;
	double value = strtod(*at, &end);

	*at = end;
	return value;
}

static void take_rates(const char **at, struct ohb_rates *ret)
{
	ret->input = take_number(at);
	ret->cached = take_number(at);
	ret->written = take_number(at);
	ret->output = take_number(at);
}

/* The line of that id, behind it; NULL. */
static const char *find_line(const char *id)
{
	const size_t len = strlen(id);
	const char *line = ohb_price_table;

	while (line && *line) {
		if (strncmp(line, id, len) == 0 && line[len] == ' ')
			return line + len;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

int ohb_price_find(const char *id, struct ohb_price *ret)
{
	const char *at = *id == '#' ? NULL : find_line(id);

	*ret = (struct ohb_price){ .above = 0 };
	if (!at)
		return 0;
	take_rates(&at, &ret->usual);
	if (*at != ' ')
		return 1;
	ret->above = (uint64_t)take_number(&at);
	take_rates(&at, &ret->long_prompt);
	return 1;
}

const char *ohb_price_date(char ret[11])
{
	static const char mark[] = "# as of ";
	const char *at = strstr(ohb_price_table, mark);

	ret[0] = '\0';
	if (at)
		memcpy(ret, at + sizeof(mark) - 1, 10);
	ret[10] = '\0';
	return ret;
}

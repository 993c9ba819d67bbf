/* doctor and models: what is here, and how it has done. */

#include "base/memory.h"
#include "report/answers.h"
#include "report/words.h"
#include "text/json.h"

static const struct look {
	const char *state;
	enum ohb_color color;
} looks[] = {
	{ "ok", OHB_GREEN },
	{ "warning", OHB_YELLOW },
	{ "not ok", OHB_RED },
	{ "skipped", OHB_DIM },
};

static enum ohb_color color_of(const char *state)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(looks); i++)
		if (ohb_streq(looks[i].state, state))
			return looks[i].color;
	return OHB_PLAIN;
}

static void add_finding(struct ohb_str *out, json_t *item, bool colors)
{
	const char *state = ohb_json_text(item, "state");
	const char *check = ohb_json_text(item, "check");
	const char *cure = ohb_json_text(item, "cure");

	ohb_words_color(out, colors, color_of(state));
	ohb_str_addf(out, "%-8s", state ? state : "");
	ohb_words_color(out, colors, OHB_PLAIN);
	ohb_str_addf(out, "%-10s", check ? check : "");
	ohb_words_line(out, ohb_json_text(item, "text"));
	ohb_str_addc(out, '\n');
	if (!cure)
		return;
	ohb_str_addf(out, "%-18s-> ", "");
	ohb_words_line(out, cure);
	ohb_str_addc(out, '\n');
}

void ohb_answer_doctor(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	size_t i, wrong = 0;
	json_t *item;

	json_array_foreach(ohb_json_at(answer, "checks"), i, item)
	{
		add_finding(out, item, style->colors);
		wrong += ohb_streq(ohb_json_text(item, "state"), "not ok");
	}
	if (wrong)
		ohb_str_addf(out,
				"%zu of %zu checks not ok: no build could "
				"run\n",
				wrong, i);
	else
		ohb_str_adds(out, "a build could run\n");
}

static void add_price(struct ohb_str *out, json_t *model)
{
	json_t *price = ohb_json_at(model, "price");

	if (json_is_object(price))
		ohb_str_addf(out, "$%.6g in, $%.6g out a million",
				ohb_json_number(price, "input", 0),
				ohb_json_number(price, "output", 0));
	else
		ohb_str_adds(out, "unknown price");
}

/* "1234", "12.3k", "4.5M" */
static void add_tokens(struct ohb_str *out, int64_t n)
{
	if (n < 10000)
		ohb_str_addf(out, "%lld", (long long)n);
	else if (n < 1000000)
		ohb_str_addf(out, "%.1fk", (double)n / 1e3);
	else
		ohb_str_addf(out, "%.1fM", (double)n / 1e6);
}

static void add_attempts(struct ohb_str *out, json_t *model)
{
	const int64_t attempts = ohb_json_int(model, "attempts", 0);
	const int64_t priced = ohb_json_int(model, "priced", 0);

	if (!attempts) {
		ohb_str_adds(out, "  no attempt yet\n");
		return;
	}
	ohb_str_addf(out, "  attempts  %lld of %lld made a test (%.0f%%), ",
			(long long)ohb_json_int(model, "made", 0),
			(long long)attempts,
			100 * ohb_json_number(model, "success", 0));
	ohb_words_duration(
			out, (int64_t)ohb_json_number(model, "attempt_ms", 0));
	ohb_str_adds(out, " and ");
	ohb_words_money(out,
			priced ? ohb_json_number(model, "attempt_usd", -1) :
				 -1);
	ohb_str_adds(out, " each");
	if (priced && priced < attempts)
		ohb_str_addf(out, " (%lld with a known price)",
				(long long)priced);
	ohb_str_addc(out, '\n');
}

static void add_requests(struct ohb_str *out, json_t *model)
{
	const int64_t requests = ohb_json_int(model, "requests", 0);

	if (!requests)
		return;
	ohb_str_addf(out, "  requests  %lld of %lld answered",
			(long long)ohb_json_int(model, "answers", 0),
			(long long)requests);
	if (ohb_json_int(model, "answers", 0)) {
		ohb_str_adds(out, " after ");
		ohb_words_duration(out,
				(int64_t)ohb_json_number(
						model, "answer_ms", 0));
	}
	ohb_str_adds(out, "; ");
	add_tokens(out, ohb_json_int(model, "tokens_in", 0));
	ohb_str_adds(out, " tokens in (");
	add_tokens(out, ohb_json_int(model, "tokens_cached", 0));
	ohb_str_adds(out, " cached), ");
	add_tokens(out, ohb_json_int(model, "tokens_out", 0));
	ohb_str_adds(out, " out\n");
}

static void add_model(struct ohb_str *out, json_t *model, bool colors)
{
	const char *until = ohb_json_text(model, "out.until");

	ohb_words_color(out, colors, OHB_BOLD);
	ohb_words_line(out, ohb_json_text(model, "id"));
	ohb_words_color(out, colors, OHB_PLAIN);
	ohb_str_adds(out, ": ");
	if (json_is_true(ohb_json_at(model, "configured")))
		add_price(out, model);
	else
		ohb_str_adds(out, "no longer in openhands.yml");
	ohb_str_addc(out, '\n');
	add_attempts(out, model);
	add_requests(out, model);
	if (!until)
		return;
	ohb_words_color(out, colors, OHB_YELLOW);
	ohb_str_addf(out, "  not asked before %s: ", until);
	ohb_words_line(out, ohb_json_text(model, "out.reason"));
	ohb_words_color(out, colors, OHB_PLAIN);
	ohb_str_addc(out, '\n');
}

void ohb_answer_models(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *model;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "models"), i, model)
			add_model(out, model, style->colors);
}

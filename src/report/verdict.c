#include "report/verdict.h"

#include "base/memory.h"
#include "text/json.h"

static const struct ohb_verdict_words verdicts[] = {
	{ "fresh", OHB_GREEN, NULL, NULL },
	{ "never built", OHB_YELLOW, "", "to make it" },
	{ "stale", OHB_YELLOW, "", "to make it again" },
	{ "missing", OHB_YELLOW, "", "to make it again" },
	{ "edited", OHB_YELLOW, "", "to make it again" },
	{ "failed before", OHB_RED, " --retry-failed", "to try again" },
	{ "blocked", OHB_RED, " why", "to see by what" },
	{ "orphan", OHB_PLAIN, NULL, NULL },
};

const struct ohb_verdict_words *ohb_verdict_look(json_t *target)
{
	static const struct ohb_verdict_words unknown = { "", OHB_PLAIN, " why",
		"to see more" };
	const char *name = ohb_json_text(target, "verdict");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(verdicts); i++)
		if (ohb_streq(verdicts[i].name, name))
			return &verdicts[i];
	return &unknown;
}

void ohb_verdict_add(struct ohb_str *out, json_t *target, bool colors)
{
	const char *because = ohb_json_text(target, "because");

	ohb_words_color(out, colors, ohb_verdict_look(target)->color);
	ohb_words_line(out, ohb_json_text(target, "verdict"));
	ohb_words_color(out, colors, OHB_PLAIN);
	if (!because || !*because)
		return;
	ohb_str_adds(out, ": ");
	ohb_words_line(out, because);
}

/* " of module 'core'", in its short form " of core" */
static void add_basis(struct ohb_str *out, json_t *target,
		enum ohb_forecast_form form)
{
	const char *of = ohb_json_text(target, "predicted.of");
	const char *module = ohb_json_text(target, "module");

	if (ohb_streq(of, "target") && form == OHB_FORECAST_LONG)
		ohb_str_adds(out, " of this target");
	if (ohb_streq(of, "all"))
		ohb_str_adds(out, " in all");
	if (!ohb_streq(of, "module"))
		return;
	ohb_str_adds(out, form == OHB_FORECAST_LONG ? " of module '" : " of ");
	ohb_words_line(out, module);
	if (form == OHB_FORECAST_LONG)
		ohb_str_addc(out, '\'');
}

void ohb_forecast_add(struct ohb_str *out, json_t *target,
		enum ohb_forecast_form form)
{
	double cost = ohb_json_number(target, "predicted.cost_usd", -1);
	int64_t ms = ohb_json_int(target, "predicted.ms", -1);
	int64_t runs = ohb_json_int(target, "predicted.runs", 0);
	int64_t priced = ohb_json_int(target, "predicted.priced", runs);

	if (ohb_streq(ohb_json_text(target, "way"), "judge")) {
		ohb_str_adds(out, "$0.00, unknown time");
		return;
	}
	if (runs <= 0 || (cost < 0 && ms < 0)) {
		ohb_str_adds(out, "unknown");
		return;
	}
	ohb_words_money(out, cost);
	ohb_str_adds(out, ", ");
	ohb_words_duration(out, ms);
	ohb_str_adds(out, form == OHB_FORECAST_LONG ? " (median of " : " (");
	ohb_words_count(out, (size_t)runs, "run");
	add_basis(out, target, form);
	if (form == OHB_FORECAST_LONG && priced > 0 && priced < runs)
		ohb_str_addf(out, "; the price is of %lld", (long long)priced);
	ohb_str_addc(out, ')');
}

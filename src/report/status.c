/* status, check, -n and why: four views of one answer. */

#include "base/memory.h"
#include "report/answers.h"
#include "report/words.h"
#include "text/json.h"

#define SHORT_DIGEST 12

static const struct verdict {
	const char *name;
	enum ohb_color color;
	const char *cure; /* what helps, between the program and the target */
	const char *effect;
} verdicts[] = {
	{ "fresh", OHB_GREEN, NULL, NULL },
	{ "never built", OHB_YELLOW, "", "to make it" },
	{ "stale", OHB_YELLOW, "", "to make it again" },
	{ "missing", OHB_YELLOW, "", "to make it again" },
	{ "edited", OHB_PLAIN, NULL, NULL },
	{ "failed before", OHB_RED, " --retry-failed", "to try again" },
	{ "blocked", OHB_RED, " why", "to see by what" },
};

/* A verdict of a later library is shown as it is. */
static const struct verdict *find_verdict(json_t *target)
{
	static const struct verdict unknown = { "", OHB_PLAIN, " why",
		"to see more" };
	const char *name = ohb_json_text(target, "verdict");
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(verdicts); i++)
		if (ohb_streq(verdicts[i].name, name))
			return &verdicts[i];
	return &unknown;
}

static void add_prediction(struct ohb_str *out, json_t *target)
{
	double cost = ohb_json_number(target, "predicted.cost_usd", -1);
	int64_t ms = ohb_json_int(target, "predicted.ms", -1);

	if (cost < 0 && ms < 0) {
		ohb_str_adds(out, "unknown");
		return;
	}
	ohb_words_money(out, cost);
	ohb_str_adds(out, ", ");
	ohb_words_duration(out, ms);
}

/* "stale: src/ring.c changed" */
static void add_verdict(struct ohb_str *out, json_t *target, bool colors)
{
	const char *because = ohb_json_text(target, "because");

	ohb_words_color(out, colors, find_verdict(target)->color);
	ohb_words_line(out, ohb_json_text(target, "verdict"));
	ohb_words_color(out, colors, OHB_PLAIN);
	if (!because || !*because)
		return;
	ohb_str_adds(out, ": ");
	ohb_words_line(out, because);
}

static void add_row(struct ohb_table *table, json_t *target)
{
	ohb_autostr price = OHB_STR_INIT;

	if (json_is_true(ohb_json_at(target, "will_build")))
		add_prediction(&price, target);
	ohb_table_row(table, find_verdict(target)->color);
	ohb_table_cell(table, 0, ohb_json_text(target, "name"));
	ohb_table_cell(table, 1, ohb_json_text(target, "verdict"));
	ohb_table_cell(table, 2, ohb_json_text(target, "because"));
	ohb_table_cell(table, 3, ohb_str_cstr(&price));
}

static void add_summary(json_t *answer, struct ohb_str *out)
{
	static const struct {
		const char *key, *words;
	} parts[] = {
		{ "fresh", "fresh" },
		{ "to_build", "to build" },
		{ "edited", "edited" },
		{ "failed_before", "failed before" },
		{ "blocked", "blocked" },
	};
	json_t *summary = ohb_json_at(answer, "summary");
	const char *between = ": ";
	int64_t n;
	size_t i;

	n = ohb_json_int(summary, "targets", 0);
	ohb_words_count(out, n > 0 ? (size_t)n : 0, "target");
	for (i = 0; i < OHB_ARRAY_LEN(parts); i++) {
		n = ohb_json_int(summary, parts[i].key, 0);
		if (n <= 0)
			continue;
		ohb_str_adds(out, between);
		ohb_str_addf(out, "%lld %s", (long long)n, parts[i].words);
		between = ", ";
	}
	ohb_str_addc(out, '\n');
}

void ohb_answer_status(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	struct ohb_table table = OHB_TABLE_INIT;
	json_t *item;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, item)
			add_row(&table, item);
	ohb_table_add(&table, style->colors, out);
	ohb_table_release(&table);
	json_array_foreach(ohb_json_at(answer, "orphans"), i, item)
	{
		ohb_words_line(out, json_string_value(item));
		ohb_str_adds(out, ": orphan: no module makes it any more\n");
	}
	add_summary(answer, out);
}

void ohb_answer_check(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	const struct verdict *verdict;
	const char *name;
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		verdict = find_verdict(target);
		if (ohb_streq(verdict->name, "fresh"))
			continue;
		name = ohb_json_text(target, "name");
		ohb_words_line(out, name);
		ohb_str_adds(out, ": ");
		add_verdict(out, target, style->colors);
		if (verdict->cure) {
			ohb_str_addf(out, "; %s: %s%s %s", verdict->effect,
					style->program, verdict->cure,
					name && name[0] == '-' ? "-- " : "");
			ohb_words_shell(out, name);
		} else {
			ohb_str_adds(out, "; left alone");
		}
		ohb_str_addc(out, '\n');
	}
}

/* Sums of what is known, and how much is not. */
struct total {
	size_t targets, no_price, no_time;
	double cost_usd;
	int64_t ms;
};

static void count(struct total *total, json_t *target)
{
	double cost = ohb_json_number(target, "predicted.cost_usd", -1);
	int64_t ms = ohb_json_int(target, "predicted.ms", -1);

	total->targets++;
	total->no_price += cost < 0;
	total->no_time += ms < 0;
	total->cost_usd += cost < 0 ? 0 : cost;
	total->ms += ms < 0 ? 0 : ms;
}

/* "to build: 2 targets, $0.12, 1m 33s; of 1 target the price is unknown" */
static void add_total(struct ohb_str *out, const struct total *total)
{
	ohb_str_adds(out, "to build: ");
	ohb_words_count(out, total->targets, "target");
	ohb_str_adds(out, ", ");
	ohb_words_money(out,
			total->no_price == total->targets ? -1 :
							    total->cost_usd);
	if (total->no_price && total->no_price < total->targets)
		ohb_str_addf(out, " and %zu of unknown price", total->no_price);
	ohb_str_adds(out, ", ");
	ohb_words_duration(
			out, total->no_time == total->targets ? -1 : total->ms);
	if (total->no_time && total->no_time < total->targets)
		ohb_str_addf(out, " and %zu of unknown time", total->no_time);
	ohb_str_addc(out, '\n');
}

void ohb_answer_plan(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	struct ohb_table table = OHB_TABLE_INIT;
	struct total total = { .targets = 0 };
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		if (!json_is_true(ohb_json_at(target, "will_build")))
			continue;
		add_row(&table, target);
		count(&total, target);
	}
	ohb_table_add(&table, style->colors, out);
	ohb_table_release(&table);
	if (total.targets) {
		add_total(out, &total);
		return;
	}
	ohb_str_adds(out, "nothing to do: ");
	add_summary(answer, out);
}

static void add_digest(struct ohb_str *out, const char *digest)
{
	ohb_str_addf(out, "%.*s", SHORT_DIGEST, digest ? digest : "-");
}

static void add_change(struct ohb_table *table, json_t *change)
{
	const char *old = ohb_json_text(change, "old");
	const char *new = ohb_json_text(change, "new");
	ohb_autostr digests = OHB_STR_INIT;
	ohb_autostr what = OHB_STR_INIT;

	if (old)
		add_digest(&digests, old);
	if (old && new)
		ohb_str_adds(&digests, " -> ");
	if (new)
		add_digest(&digests, new);
	ohb_str_adds(&what, "  ");
	ohb_words_line(&what, ohb_json_text(change, "change"));
	ohb_table_row(table, OHB_PLAIN);
	ohb_table_cell(table, 0, what.data);
	ohb_table_cell(table, 1, ohb_json_text(change, "part"));
	ohb_table_cell(table, 2, ohb_str_cstr(&digests));
}

static void add_last(json_t *last, struct ohb_str *out)
{
	if (!json_is_object(last))
		return;
	ohb_str_adds(out, "  last run: ");
	ohb_words_line(out, ohb_json_text(last, "status"));
	if (!ohb_streq(ohb_json_text(last, "status"), "ok") &&
			ohb_json_text(last, "reason")) {
		ohb_str_adds(out, ": ");
		ohb_words_line(out, ohb_json_text(last, "reason"));
	}
	ohb_str_adds(out, " (");
	ohb_words_line(out, ohb_json_text(last, "finished_at"));
	if (ohb_json_text(last, "model")) {
		ohb_str_adds(out, ", ");
		ohb_words_line(out, ohb_json_text(last, "model"));
	}
	ohb_str_adds(out, ", ");
	ohb_words_money(out, ohb_json_number(last, "cost_usd", -1));
	ohb_str_adds(out, ")\n");
}

static void add_forecast(json_t *target, struct ohb_str *out)
{
	int64_t runs = ohb_json_int(target, "predicted.runs", 0);

	if (!json_is_true(ohb_json_at(target, "will_build")))
		return;
	ohb_str_adds(out, "  to make it: ");
	add_prediction(out, target);
	if (runs > 0) {
		ohb_str_adds(out, " (as in ");
		ohb_words_count(out, (size_t)runs, "earlier run");
		ohb_str_addc(out, ')');
	}
	ohb_str_addc(out, '\n');
}

static void add_key(json_t *target, struct ohb_str *out)
{
	json_t *part;
	size_t i;

	ohb_str_adds(out, "  key: ");
	ohb_words_line(out, ohb_json_text(target, "key"));
	ohb_str_adds(out, "\n  recorded key: ");
	ohb_words_line(out,
			ohb_json_text(target, "recorded_key") ?
					ohb_json_text(target, "recorded_key") :
					"none");
	ohb_str_addc(out, '\n');
	json_array_foreach(ohb_json_at(target, "parts"), i, part)
	{
		ohb_str_adds(out, "  part: ");
		add_digest(out, ohb_json_text(part, "digest"));
		ohb_str_adds(out, "  ");
		ohb_words_line(out, ohb_json_text(part, "part"));
		ohb_str_addc(out, '\n');
	}
}

static void why(json_t *target, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	struct ohb_table table = OHB_TABLE_INIT;
	json_t *item;
	size_t i;

	ohb_words_line(out, ohb_json_text(target, "name"));
	ohb_str_adds(out, ": ");
	add_verdict(out, target, style->colors);
	ohb_str_addc(out, '\n');
	json_array_foreach(ohb_json_at(target, "changed"), i, item)
			add_change(&table, item);
	ohb_table_add(&table, style->colors, out);
	ohb_table_release(&table);
	json_array_foreach(ohb_json_at(target, "waits_for"), i, item)
	{
		ohb_str_adds(out, "  waits for: ");
		ohb_words_line(out, json_string_value(item));
		ohb_str_addc(out, '\n');
	}
	add_last(ohb_json_at(target, "last"), out);
	add_forecast(target, out);
	if (style->verbose)
		add_key(target, out);
}

void ohb_answer_why(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
			why(target, style, out);
}

/* status, check and -n: three views of one answer. */

#include "base/memory.h"
#include "report/answers.h"
#include "report/verdict.h"
#include "report/words.h"
#include "text/json.h"

/* Whether a person's file is there, and what then becomes of it. */
static const char *edit_effect(json_t *target)
{
	const char *way = ohb_json_text(target, "way");

	if (ohb_streq(way, "judge"))
		return "to have it judged as it stands";
	if (ohb_streq(way, "merge"))
		return "to merge a new version into it";
	return ohb_streq(ohb_json_text(target, "verdict"), "edited") ?
			"to make it again" :
			NULL;
}

/* "tests/a.c was changed by hand; will be judged as it stands" */
static void add_because(struct ohb_str *out, json_t *target)
{
	const char *way = ohb_json_text(target, "way");
	const char *bug = ohb_json_text(target, "suspected_bug");

	ohb_words_line(out, ohb_json_text(target, "because"));
	if (bug) {
		ohb_str_adds(out, "; ");
		ohb_words_line(out, bug);
	}
	if (!json_is_true(ohb_json_at(target, "will_build")))
		return;
	if (ohb_streq(way, "judge"))
		ohb_str_adds(out, "; it is judged, and not paid for");
	else if (ohb_streq(way, "merge"))
		ohb_str_adds(out, "; a new version is merged into it");
	else if (ohb_streq(way, "revalidate"))
		ohb_str_adds(out, "; the test is judged first");
	else if (ohb_streq(ohb_json_text(target, "verdict"), "edited"))
		ohb_str_adds(out, "; it is made again");
}

static void add_row(struct ohb_table *table, json_t *target)
{
	ohb_autostr price = OHB_STR_INIT;
	ohb_autostr because = OHB_STR_INIT;

	if (json_is_true(ohb_json_at(target, "will_build")))
		ohb_forecast_add(&price, target, OHB_FORECAST_SHORT);
	ohb_table_row(table, ohb_verdict_look(target)->color);
	ohb_table_cell(table, 0, ohb_json_text(target, "name"));
	ohb_table_cell(table, 1, ohb_json_text(target, "verdict"));
	add_because(&because, target);
	ohb_table_cell(table, 2, ohb_str_cstr(&because));
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

/* "; to make it again: ohbuild tests/test_a.c" */
static void add_cure(struct ohb_str *out, json_t *target, const char *program,
		const char *effect, const char *command)
{
	const char *name = ohb_json_text(target, "name");

	ohb_str_addf(out, "; %s: %s%s %s", effect, program, command,
			name && name[0] == '-' ? "-- " : "");
	ohb_words_shell(out, name);
}

/* Whether a build would make it, or try to. */
static bool is_due(json_t *target)
{
	const char *verdict = ohb_json_text(target, "verdict");

	return ohb_streq(verdict, "edited") ?
			json_is_true(ohb_json_at(target, "will_build")) :
			!ohb_streq(verdict, "fresh");
}

/* " t/a.c 't/b c.c'" of those that are due; how many. */
static size_t add_due(json_t *targets, struct ohb_str *out)
{
	json_t *target;
	size_t i, count = 0;

	json_array_foreach(targets, i, target)
	{
		if (!is_due(target))
			continue;
		ohb_str_addc(out, ' ');
		ohb_words_shell(out, ohb_json_text(target, "name"));
		count++;
	}
	return count;
}

/* All that is to be typed before the commit, as one line for a shell. */
static void add_commit(json_t *targets, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	ohb_autostr due = OHB_STR_INIT;
	bool again = false;
	json_t *target;
	size_t i;

	if (!add_due(targets, &due))
		return;
	json_array_foreach(targets, i, target) again |= ohb_streq(
			ohb_json_text(target, "verdict"), "failed before");
	ohb_str_addf(out,
			"to commit: %s%s --%s && %s add --%s openhands.lock\n",
			style->program, again ? " --retry-failed" : "",
			due.data, style->git, due.data);
}

void ohb_answer_check(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	const struct ohb_verdict_words *verdict;
	const char *effect, *usual;
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		verdict = ohb_verdict_look(target);
		if (ohb_streq(verdict->name, "fresh"))
			continue;
		effect = edit_effect(target);
		usual = ohb_streq(ohb_json_text(target, "way"), "revalidate") ?
				"to have it judged, and made again if it fails" :
				verdict->effect;
		ohb_words_line(out, ohb_json_text(target, "name"));
		ohb_str_adds(out, ": ");
		ohb_verdict_add(out, target, style->colors);
		if (verdict->cure)
			add_cure(out, target, style->program,
					effect ? effect : usual, verdict->cure);
		if (effect)
			add_cure(out, target, style->program,
					"to take it as it stands", " adopt");
		ohb_str_addc(out, '\n');
	}
	if (style->git)
		add_commit(ohb_json_at(answer, "targets"), style, out);
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

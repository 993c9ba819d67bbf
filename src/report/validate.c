/* validate: what the judge found in the tests on disk. */

#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "report/answers.h"
#include "report/words.h"
#include "text/json.h"

static enum ohb_color color_of(const char *verdict)
{
	if (ohb_streq(verdict, "passed"))
		return OHB_GREEN;
	return ohb_streq(verdict, "missing") || ohb_streq(verdict, "not run") ?
			OHB_YELLOW :
			OHB_RED;
}

/* " (scope, build, test, 1.2s)" */
static void add_steps(struct ohb_str *out, json_t *target, bool verbose)
{
	const char *note;
	json_t *step;
	size_t i;

	ohb_str_adds(out, " (");
	json_array_foreach(ohb_json_at(target, "steps"), i, step)
	{
		ohb_words_line(out, ohb_json_text(step, "step"));
		if (!json_is_true(ohb_json_at(step, "ok")))
			ohb_str_adds(out, " failed");
		note = ohb_json_text(step, "note");
		/* That nobody looked is no detail. */
		if (note && (verbose || ohb_starts(note, "not judged"))) {
			ohb_str_adds(out, ": ");
			ohb_words_line(out, note);
		}
		ohb_str_adds(out, verbose ? "; " : ", ");
	}
	if (json_is_true(ohb_json_at(target, "known")))
		ohb_str_adds(out, "known");
	else
		ohb_words_duration(out, ohb_json_int(target, "duration_ms", 0));
	ohb_str_addc(out, ')');
}

/* "tests/test_a.c:12" */
static void add_place(struct ohb_str *out, json_t *finding)
{
	int64_t line = ohb_json_int(finding, "line", 0);

	ohb_words_line(out, ohb_json_text(finding, "file"));
	if (line > 0)
		ohb_str_addf(out, ":%lld", (long long)line);
	ohb_str_adds(out, ": ");
}

/* Every line of a text, set in. */
static void add_lines(struct ohb_str *out, const char *text)
{
	bool first = true;

	while (text && *text) {
		size_t len = strcspn(text, "\n");
		ohb_autofree char *line = ohb_strndup(text, len);

		if (!first)
			ohb_str_adds(out, "      ");
		ohb_words_line(out, line);
		ohb_str_addc(out, '\n');
		first = false;
		text += len + (text[len] == '\n');
	}
}

static void add_finding(struct ohb_str *out, json_t *finding, const char *level)
{
	const char *name = ohb_json_text(finding, "name");

	ohb_str_adds(out, "    ");
	if (ohb_json_text(finding, "file"))
		add_place(out, finding);
	ohb_str_adds(out, level);
	ohb_words_line(out, ohb_json_text(finding, "step"));
	if (name) {
		ohb_str_adds(out, ": ");
		ohb_words_line(out, name);
	}
	ohb_str_adds(out, ": ");
	add_lines(out, ohb_json_text(finding, "text"));
}

static void add_said(struct ohb_str *out, json_t *target, const char *key)
{
	const char *text = ohb_json_text(target, key);

	if (!text)
		return;
	ohb_str_adds(out, "    the agent: ");
	add_lines(out, text);
}

static void add_target(struct ohb_str *out, json_t *target,
		const struct ohb_answer_style *style)
{
	const char *verdict = ohb_json_text(target, "verdict");
	bool judged = json_array_size(ohb_json_at(target, "steps")) > 0;
	json_t *finding;
	size_t i;

	ohb_words_line(out, ohb_json_text(target, "name"));
	ohb_str_adds(out, ": ");
	ohb_words_color(out, style->colors, color_of(verdict));
	ohb_words_line(out, verdict);
	ohb_words_color(out, style->colors, OHB_PLAIN);
	if (!ohb_streq(verdict, "passed") && !ohb_streq(verdict, "failed") &&
			ohb_json_text(target, "reason")) {
		ohb_str_adds(out, ": ");
		ohb_words_line(out, ohb_json_text(target, "reason"));
	}
	if (judged)
		add_steps(out, target, style->verbose);
	ohb_str_addc(out, '\n');
	json_array_foreach(ohb_json_at(target, "findings"), i, finding)
			add_finding(out, finding, "");
	json_array_foreach(ohb_json_at(target, "warnings"), i, finding)
			add_finding(out, finding, "warning: ");
	add_said(out, target, "suspected_bug");
	add_said(out, target, "blocked");
}

/* "3 tests: 2 passed, 1 failed" */
static void add_summary(struct ohb_str *out, json_t *summary)
{
	static const char *const keys[] = { "passed", "failed", "config",
		"infra", "missing", "not_run" };
	const char *between = ": ";
	int64_t n = ohb_json_int(summary, "targets", 0);
	size_t i;

	ohb_words_count(out, (size_t)n, "target");
	for (i = 0; i < OHB_ARRAY_LEN(keys); i++) {
		n = ohb_json_int(summary, keys[i], 0);
		if (n == 0)
			continue;
		ohb_str_addf(out, "%s%lld %s", between, (long long)n,
				ohb_streq(keys[i], "not_run") ? "not run" :
								keys[i]);
		between = ", ";
	}
	ohb_str_addc(out, '\n');
}

void ohb_answer_validate(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
			add_target(out, target, style);
	add_summary(out, ohb_json_at(answer, "summary"));
}

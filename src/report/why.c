/* why: what has changed, since when, and what it would cost. */

#include <string.h>

#include "base/memory.h"
#include "report/answers.h"
#include "report/verdict.h"
#include "text/json.h"
#include "text/utf8.h"

#define SHORT_DIGEST 12
#define MAX_LINE ((size_t)200) /* bytes shown of a line of a file */
#define TAB 8

static void add_digest(struct ohb_str *out, const char *digest)
{
	ohb_str_addf(out, "%.*s", SHORT_DIGEST, digest ? digest : "-");
}

/* A line of a file: no tab moves what stands before it, and nothing in it
 * reaches the terminal as a command. */
static void add_source_line(struct ohb_str *out, const char *line, size_t len)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < len && text.len < 4 * MAX_LINE; i++) {
		if (line[i] != '\t') {
			ohb_str_addc(&text, line[i]);
			continue;
		}
		do
			ohb_str_addc(&text, ' ');
		while (text.len % TAB != 1);
	}
	ohb_utf8_line(out, ohb_str_cstr(&text), text.len, MAX_LINE);
}

static enum ohb_color color_of(const char *line)
{
	switch (*line) {
	case '+':
		return OHB_GREEN;
	case '-':
		return OHB_RED;
	case '@':
		return OHB_DIM;
	default:
		return OHB_PLAIN;
	}
}

static void add_diff(json_t *change, bool colors, struct ohb_str *out)
{
	const char *line = ohb_json_text(change, "diff.text");
	const char *why = ohb_json_text(change, "no_diff");
	int64_t more = ohb_json_int(change, "diff.left_out", 0);
	const char *end;

	if (why) {
		ohb_str_adds(out, "    no lines to show: ");
		ohb_words_line(out, why);
		ohb_str_addc(out, '\n');
	}
	for (; line && *line; line = *end ? end + 1 : end) {
		bool colored = colors && color_of(line) != OHB_PLAIN;

		end = strchrnul(line, '\n');
		ohb_str_adds(out, "    ");
		ohb_words_color(out, colored, color_of(line));
		add_source_line(out, line, (size_t)(end - line));
		ohb_words_color(out, colored, OHB_PLAIN);
		ohb_str_addc(out, '\n');
	}
	if (more > 0) {
		ohb_str_adds(out, "    ... and ");
		ohb_words_count(out, (size_t)more, "more line");
		ohb_str_addc(out, '\n');
	}
}

/* "by 1a2b3c4d of 2026-11-20, Jane Doe: ring: grow; 2 commits later" */
static void add_commit(json_t *change, struct ohb_str *out)
{
	json_t *commit = ohb_json_at(change, "commit");
	bool open = json_is_true(ohb_json_at(change, "uncommitted"));
	int64_t later = ohb_json_int(commit, "later", 0);

	if (!json_is_object(commit)) {
		if (open)
			ohb_str_adds(out, "    not committed yet\n");
		return;
	}
	ohb_str_adds(out, "    by ");
	ohb_words_line(out, ohb_json_text(commit, "id"));
	ohb_str_adds(out, " of ");
	ohb_words_line(out, ohb_json_text(commit, "date"));
	ohb_str_adds(out, ", ");
	ohb_words_line(out, ohb_json_text(commit, "author"));
	ohb_str_adds(out, ": ");
	ohb_words_line(out, ohb_json_text(commit, "subject"));
	if (later > 0) {
		ohb_str_adds(out, "; then ");
		ohb_words_count(out, (size_t)later, "more commit");
	}
	ohb_str_adds(out, open ? "; the rest is not committed yet\n" : "\n");
}

static void add_change(json_t *change, bool colors, struct ohb_str *out)
{
	const char *old = ohb_json_text(change, "old");
	const char *new = ohb_json_text(change, "new");

	ohb_str_adds(out, "  ");
	ohb_words_line(out, ohb_json_text(change, "change"));
	ohb_str_adds(out, ": ");
	ohb_words_line(out, ohb_json_text(change, "part"));
	ohb_str_adds(out, "  ");
	if (old)
		add_digest(out, old);
	if (old && new)
		ohb_str_adds(out, " -> ");
	if (new)
		add_digest(out, new);
	ohb_str_addc(out, '\n');
	add_commit(change, out);
	add_diff(change, colors, out);
}

static void add_last(json_t *last, struct ohb_str *out)
{
	static const char *const keys[] = { "finished_at", "model" };
	size_t i;

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
	for (i = 0; i < OHB_ARRAY_LEN(keys); i++) {
		if (!ohb_json_text(last, keys[i]))
			continue;
		ohb_words_line(out, ohb_json_text(last, keys[i]));
		ohb_str_adds(out, ", ");
	}
	ohb_words_money(out, ohb_json_number(last, "cost_usd", -1));
	ohb_str_adds(out, ")\n");
}

static void add_forecast(json_t *target, struct ohb_str *out)
{
	if (!json_is_true(ohb_json_at(target, "will_build")))
		return;
	ohb_str_adds(out, "  to make it: ");
	ohb_forecast_add(out, target, OHB_FORECAST_LONG);
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

/* Its words are in the log. */
static void add_bug(json_t *target, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	const char *bug = ohb_json_text(target, "suspected_bug");

	if (!bug)
		return;
	ohb_str_adds(out, "  ");
	ohb_words_line(out, bug);
	ohb_str_addf(out, "; to see more: %s log ", style->program);
	ohb_words_shell(out, ohb_json_text(target, "name"));
	ohb_str_addc(out, '\n');
}

static void why(json_t *target, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *item;
	size_t i;

	ohb_words_line(out, ohb_json_text(target, "name"));
	ohb_str_adds(out, ": ");
	ohb_verdict_add(out, target, style->colors);
	ohb_str_addc(out, '\n');
	json_array_foreach(ohb_json_at(target, "edits"), i, item)
	{
		ohb_str_adds(out, "  edited: ");
		ohb_words_line(out, ohb_json_text(item, "file"));
		ohb_str_addc(out, '\n');
		add_diff(item, style->colors, out);
	}
	json_array_foreach(ohb_json_at(target, "changed"), i, item)
			add_change(item, style->colors, out);
	json_array_foreach(ohb_json_at(target, "waits_for"), i, item)
	{
		ohb_str_adds(out, "  waits for: ");
		ohb_words_line(out, json_string_value(item));
		ohb_str_addc(out, '\n');
	}
	add_bug(target, style, out);
	add_last(ohb_json_at(target, "last"), out);
	add_forecast(target, out);
	if (style->verbose)
		add_key(target, out);
}

static void why_orphan(json_t *orphan, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	const char *name = ohb_json_text(orphan, "name");

	ohb_words_line(out, name);
	ohb_str_adds(out, ": ");
	ohb_verdict_add(out, orphan, style->colors);
	if (json_is_true(ohb_json_at(orphan, "on_disk"))) {
		ohb_str_adds(out, "; if nobody needs it: rm ");
		ohb_str_adds(out, name && name[0] == '-' ? "-- " : "");
		ohb_words_shell(out, name);
	} else {
		ohb_str_adds(out, "; it is not on the disk either");
	}
	ohb_str_addc(out, '\n');
	add_last(ohb_json_at(orphan, "last"), out);
}

void ohb_answer_why(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
			why(target, style, out);
	json_array_foreach(ohb_json_at(answer, "orphans"), i, target)
			why_orphan(target, style, out);
}

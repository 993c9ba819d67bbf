/* log: what the agent did and what the judge found. */

#include <stdint.h>
#include <string.h>

#include "report/answers.h"
#include "report/words.h"
#include "text/json.h"
#include "text/utf8.h"

#define MAX_SAID ((size_t)160) /* bytes of one remark */

/* Newest first: attempt n of the newest run, or the first there is. */
static json_t *find(json_t *attempts, unsigned n)
{
	const char *run = ohb_json_text(attempts, "0.run");
	json_t *attempt;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		if (!n)
			return attempt;
		if (ohb_streq(ohb_json_text(attempt, "run"), run) &&
				ohb_json_int(attempt, "attempt", 0) == n)
			return attempt;
	}
	return NULL;
}

/* Text of several lines, each indented. */
static void add_block(struct ohb_str *out, const char *text)
{
	ohb_autostr clean = OHB_STR_INIT;
	const char *line, *end;

	ohb_utf8_clean(&clean, text, strlen(text));
	for (line = ohb_str_cstr(&clean); *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		ohb_str_addf(out, "%s%.*s\n", end > line ? "    " : "",
				(int)(end - line), line);
	}
}

static void add_titled(struct ohb_str *out, const char *title, const char *text)
{
	if (!text || !*text)
		return;
	ohb_str_addf(out, "  %s:\n", title);
	add_block(out, text);
}

/* One line, or all of it: a tool may have answered with pages. */
static void add_said(json_t *said, bool verbose, struct ohb_str *out)
{
	const char *what = ohb_json_text(said, "what");
	bool lines;

	if (!what)
		return;
	lines = verbose && strchr(what, '\n');
	ohb_str_adds(out, "    ");
	ohb_words_line(out, ohb_json_text(said, "who"));
	ohb_str_adds(out, lines ? ":\n" : ": ");
	if (lines) {
		add_block(out, what);
		return;
	}
	ohb_utf8_line(out, what, strlen(what), verbose ? SIZE_MAX : MAX_SAID);
	ohb_str_addc(out, '\n');
}

static void add_numbers(json_t *attempt, struct ohb_str *out)
{
	const char *class = ohb_json_text(attempt, "class");
	double usd = ohb_json_number(attempt, "cost_usd", -1);
	/* Nobody has told what its last request cost. */
	bool open = ohb_streq(class, "abandoned") ||
			ohb_streq(class, "running");

	ohb_str_adds(out, "  ");
	ohb_words_line(out, ohb_json_text(attempt, "started_at"));
	if (ohb_json_text(attempt, "model")) {
		ohb_str_adds(out, ", ");
		ohb_words_line(out, ohb_json_text(attempt, "model"));
	}
	ohb_str_adds(out, ", ");
	ohb_words_duration(out, ohb_json_int(attempt, "duration_ms", -1));
	ohb_str_adds(out, ", ");
	ohb_str_adds(out, open && usd >= 0 ? "at most " : "");
	ohb_words_money(out, usd);
	ohb_str_addf(out, ", %lld tokens in, %lld out\n",
			(long long)ohb_json_int(attempt, "tokens_in", 0),
			(long long)ohb_json_int(attempt, "tokens_out", 0));
}

/* Names, or all of it. */
static void add_written(json_t *attempt, bool verbose, struct ohb_str *out)
{
	json_t *file;
	size_t i;

	json_array_foreach(ohb_json_at(attempt, "written"), i, file)
	{
		ohb_str_adds(out, "  wrote ");
		ohb_words_line(out, ohb_json_text(file, "path"));
		ohb_str_adds(out, verbose ? ":\n" : "\n");
		if (verbose && ohb_json_text(file, "text"))
			add_block(out, ohb_json_text(file, "text"));
	}
}

/* "@2  2026-11-22T21:00:00Z  agent, refused  312 B 1a2b3c4d5e6f" */
static void add_version(struct ohb_table *table, json_t *version)
{
	json_t *files = ohb_json_at(version, "files"), *file;
	const char *refused = ohb_json_text(version, "refused");
	ohb_autostr number = OHB_STR_INIT, by = OHB_STR_INIT;
	ohb_autostr content = OHB_STR_INIT;
	int64_t bytes;
	size_t i;

	if (json_is_true(ohb_json_at(version, "on_disk")))
		ohb_str_adds(&number, "    now");
	else
		ohb_str_addf(&number, "    @%lld",
				(long long)ohb_json_int(version, "number", 0));
	ohb_str_adds(&by, ohb_json_text(version, "by"));
	if (refused)
		ohb_str_addf(&by, ", not taken (%s)", refused);
	json_array_foreach(files, i, file)
	{
		bytes = ohb_json_int(file, "bytes", 0);
		ohb_str_adds(&content, i ? ", " : "");
		if (json_array_size(files) > 1)
			ohb_str_addf(&content, "%s ",
					ohb_json_text(file, "path"));
		ohb_words_bytes(&content, bytes > 0 ? (uint64_t)bytes : 0);
		ohb_str_addf(&content, " %.12s", ohb_json_text(file, "digest"));
	}
	ohb_table_row(table, OHB_PLAIN);
	ohb_table_cell(table, 0, number.data);
	ohb_table_cell(table, 1, ohb_json_text(version, "written_at"));
	ohb_table_cell(table, 2, ohb_str_cstr(&by));
	ohb_table_cell(table, 3, ohb_str_cstr(&content));
}

static void add_versions(json_t *target, struct ohb_str *out)
{
	json_t *versions = ohb_json_at(target, "versions"), *version;
	struct ohb_table table = OHB_TABLE_INIT;
	size_t i;

	if (json_array_size(versions))
		ohb_str_adds(out, "  versions:\n");
	json_array_foreach(versions, i, version) add_version(&table, version);
	ohb_table_add(&table, false, out);
	ohb_table_release(&table);
}

static void add_attempt(json_t *attempt, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	const char *reason = ohb_json_text(attempt, "reason");
	json_t *said;
	size_t i;

	if (ohb_json_int(attempt, "attempt", 0))
		ohb_str_addf(out, "attempt %lld of run ",
				(long long)ohb_json_int(attempt, "attempt", 0));
	else
		ohb_str_adds(out, "judged in run ");
	ohb_words_line(out, ohb_json_text(attempt, "run"));
	ohb_str_adds(out, ": ");
	ohb_words_color(out, style->colors, OHB_BOLD);
	ohb_words_line(out, ohb_json_text(attempt, "class"));
	ohb_words_color(out, style->colors, OHB_PLAIN);
	if (reason && *reason) {
		ohb_str_adds(out, ": ");
		ohb_words_line(out, reason);
	}
	ohb_str_addc(out, '\n');
	add_numbers(attempt, out);
	if (style->verbose)
		add_titled(out, "prompt", ohb_json_text(attempt, "prompt"));
	if (json_array_size(ohb_json_at(attempt, "conversation")))
		ohb_str_adds(out, "  conversation:\n");
	json_array_foreach(ohb_json_at(attempt, "conversation"), i, said)
			add_said(said, style->verbose, out);
	add_written(attempt, style->verbose, out);
	add_titled(out, "judge", ohb_json_text(attempt, "digest"));
}

int ohb_answer_log(json_t *answer, const struct ohb_answer_style *style,
		unsigned attempt, struct ohb_str *out, struct ohb_error *err)
{
	json_t *target, *attempts, *found;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		attempts = ohb_json_at(target, "attempts");
		found = find(attempts, attempt);
		if (!found && attempt)
			return ohb_fail(err, OHB_E_USAGE,
					"'%s' has no attempt %u in its latest "
					"run",
					ohb_json_text(target, "name"), attempt);
		ohb_words_line(out, ohb_json_text(target, "name"));
		ohb_str_adds(out, found ? ": " : ": never run\n");
		if (found)
			add_attempt(found, style, out);
		add_versions(target, out);
	}
	return 0;
}

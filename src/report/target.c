/* list and show: what a target is made of. */

#include <string.h>

#include "base/memory.h"
#include "report/answers.h"
#include "report/words.h"
#include "text/json.h"
#include "text/utf8.h"

#define SHORT_DIGEST 12

/* "a b c"; each with the prefix. */
static void join(struct ohb_str *out, json_t *array, const char *prefix)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		ohb_str_addf(out, "%s%s", i ? " " : "", prefix);
		ohb_words_shell(out, json_string_value(item));
	}
}

static void add_field(struct ohb_str *out, json_t *target, const char *key)
{
	ohb_autostr items = OHB_STR_INIT;
	json_t *value = ohb_json_at(target, key);

	if (json_is_string(value))
		ohb_words_line(&items, json_string_value(value));
	else if (json_is_integer(value))
		ohb_str_addf(&items, "%lld",
				(long long)json_integer_value(value));
	else
		join(&items, value, "");
	if (items.len)
		ohb_str_addf(out, "  %-9s %s\n", key, items.data);
}

static void list_row(struct ohb_table *table, json_t *target)
{
	ohb_autostr sources = OHB_STR_INIT;
	ohb_autostr tags = OHB_STR_INIT;

	join(&sources, ohb_json_at(target, "sources"), "");
	join(&tags, ohb_json_at(target, "tags"), "@");
	ohb_table_row(table, OHB_PLAIN);
	ohb_table_cell(table, 0, ohb_json_text(target, "name"));
	ohb_table_cell(table, 1, ohb_json_text(target, "module"));
	ohb_table_cell(table, 2, ohb_str_cstr(&sources));
	ohb_table_cell(table, 3, ohb_str_cstr(&tags));
}

static void list_all(json_t *target, struct ohb_str *out)
{
	static const char *const keys[] = { "module", "sources", "outputs",
		"inputs", "needs", "tags", "priority" };
	size_t i;

	ohb_words_line(out, ohb_json_text(target, "name"));
	ohb_str_addc(out, '\n');
	for (i = 0; i < OHB_ARRAY_LEN(keys); i++)
		add_field(out, target, keys[i]);
}

void ohb_answer_list(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	struct ohb_table table = OHB_TABLE_INIT;
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		if (style->verbose)
			list_all(target, out);
		else
			list_row(&table, target);
	}
	ohb_table_add(&table, style->colors, out);
	ohb_table_release(&table);
}

static void heading(struct ohb_str *out, const struct ohb_answer_style *style,
		const char *text)
{
	ohb_words_color(out, style->colors, OHB_BOLD);
	ohb_str_addf(out, "%s:", text);
	ohb_words_color(out, style->colors, OHB_PLAIN);
	ohb_str_addc(out, '\n');
}

/* "(junit in {report}, at least 3 cases, 0 skipped at most)" */
static void add_report(json_t *step, const char *format, struct ohb_str *out)
{
	const long long min = (long long)ohb_json_int(step, "min", 0);
	const long long changed =
			(long long)ohb_json_int(step, "min_changed", 0);

	ohb_str_addf(out, " (%s in ", format);
	ohb_words_line(out, ohb_json_text(step, "report"));
	ohb_str_adds(out, ", at least ");
	if (ohb_streq(ohb_json_text(step, "step"), "coverage")) {
		ohb_str_addf(out, "%lld %% of the lines", min);
		if (changed)
			ohb_str_addf(out, ", %lld %% of those that changed",
					changed);
		ohb_str_addc(out, ')');
		return;
	}
	ohb_words_count(out, (size_t)min, "case");
	ohb_str_addf(out, ", %lld skipped at most)",
			(long long)ohb_json_int(step, "max_skipped", 0));
}

static void add_step(json_t *step, struct ohb_str *out)
{
	const char *format = ohb_json_text(step, "format");

	ohb_str_adds(out, "  ");
	ohb_words_line(out, ohb_json_text(step, "step"));
	ohb_str_adds(out, ": ");
	ohb_words_line(out, ohb_json_text(step, "command"));
	if (format)
		add_report(step, format, out);
	ohb_str_adds(out, "; ");
	ohb_words_duration(out, ohb_json_int(step, "timeout_ms", -1));
	ohb_str_adds(out, " at most\n");
}

static void add_agent(json_t *agent, struct ohb_str *out)
{
	int64_t bytes = ohb_json_int(agent, "memory_bytes", 0);

	ohb_str_adds(out, "  ");
	ohb_words_line(out, ohb_json_text(agent, "image"));
	ohb_str_adds(out, " in ");
	ohb_words_line(out, ohb_json_text(agent, "sandbox"));
	ohb_str_adds(out, ", network ");
	ohb_words_line(out, ohb_json_text(agent, "network"));
	ohb_str_adds(out, ", ");
	ohb_words_bytes(out, bytes > 0 ? (uint64_t)bytes : 0);
	ohb_str_addf(out, ", %g cpus\n  ", ohb_json_number(agent, "cpus", 0));
	ohb_words_count(out, (size_t)ohb_json_int(agent, "attempts", 0),
			"attempt");
	ohb_str_addf(out, ", each at most %lld iterations, ",
			(long long)ohb_json_int(agent, "max_iterations", 0));
	ohb_words_duration(out, ohb_json_int(agent, "timeout_ms", -1));
	ohb_str_adds(out, ", ");
	ohb_words_duration(out, ohb_json_int(agent, "idle_timeout_ms", -1));
	ohb_str_adds(out, " of silence\n");
}

static void add_parts(json_t *target, struct ohb_str *out)
{
	json_t *part;
	size_t i;

	json_array_foreach(ohb_json_at(target, "parts"), i, part)
	{
		ohb_str_addf(out, "  %.*s  ", SHORT_DIGEST,
				ohb_json_text(part, "digest") ?
						ohb_json_text(part, "digest") :
						"-");
		ohb_words_line(out, ohb_json_text(part, "part"));
		ohb_str_addc(out, '\n');
	}
}

static void add_models(json_t *target, struct ohb_str *out)
{
	json_t *model;
	size_t i;

	json_array_foreach(ohb_json_at(target, "models"), i, model)
	{
		ohb_str_adds(out, "  ");
		ohb_words_line(out, ohb_json_text(model, "id"));
		if (ohb_json_text(model, "base_url")) {
			ohb_str_adds(out, " at ");
			ohb_words_line(out, ohb_json_text(model, "base_url"));
		}
		ohb_str_addc(out, '\n');
	}
}

static void show(json_t *target, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	static const char *const keys[] = { "module", "key", "sources",
		"outputs", "inputs" };
	const char *prompt = ohb_json_text(target, "prompt");
	json_t *item;
	size_t i;

	ohb_words_line(out, ohb_json_text(target, "name"));
	ohb_str_addc(out, '\n');
	for (i = 0; i < OHB_ARRAY_LEN(keys); i++)
		add_field(out, target, keys[i]);
	heading(out, style, "parts of the key");
	add_parts(target, out);
	heading(out, style, "files the agent and the judge see");
	json_array_foreach(ohb_json_at(target, "workspace"), i, item)
	{
		ohb_str_adds(out, "  ");
		ohb_words_line(out, json_string_value(item));
		ohb_str_addc(out, '\n');
	}
	heading(out, style, "models, in this order");
	add_models(target, out);
	heading(out, style, "agent");
	add_agent(ohb_json_at(target, "agent"), out);
	ohb_str_adds(out, "judge, in: ");
	ohb_words_line(out, ohb_json_text(target, "validate_in"));
	ohb_str_addc(out, '\n');
	json_array_foreach(ohb_json_at(target, "steps"), i, item)
			add_step(item, out);
	heading(out, style, "prompt, word for word");
	if (prompt)
		ohb_utf8_clean(out, prompt, strlen(prompt));
	if (!ohb_ends(ohb_str_cstr(out), "\n"))
		ohb_str_addc(out, '\n');
}

void ohb_answer_show(json_t *answer, const struct ohb_answer_style *style,
		struct ohb_str *out)
{
	json_t *target;
	size_t i;

	json_array_foreach(ohb_json_at(answer, "targets"), i, target)
	{
		if (i)
			ohb_str_addc(out, '\n');
		show(target, style, out);
	}
}

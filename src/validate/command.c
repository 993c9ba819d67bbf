#include "validate/steps.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/junit.h"
#include "text/tap.h"
#include "text/template.h"
#include "text/utf8.h"

#define MAX_FAILURES 10 /* failing cases that are reported one by one */

/* A target's variables and the report's path. */
struct vars {
	struct ohb_var *items;
	size_t count;
};

/* Of a list every path is a word of its own. */
static void quote(const struct ohb_target *target, const struct ohb_var *var,
		struct ohb_str *out)
{
	size_t i;

	if (strcmp(var->name, "inputs") != 0) {
		ohb_shell_quote(out, var->value);
		return;
	}
	for (i = 0; i < target->ninputs; i++) {
		if (i)
			ohb_str_addc(out, ' ');
		ohb_shell_quote(out, target->inputs[i]);
	}
}

static struct vars vars_of(const struct ohb_target *target, const char *report,
		bool quoted, struct ohb_arena *arena)
{
	struct vars vars = {
		.items = ohb_arena_alloc(arena,
				(target->nvars + 1) * sizeof(*vars.items)),
	};
	size_t i;

	for (i = 0; i < target->nvars; i++) {
		ohb_autostr value = OHB_STR_INIT;

		if (quoted)
			quote(target, &target->vars[i], &value);
		else
			ohb_str_adds(&value, target->vars[i].value);
		vars.items[vars.count++] = (struct ohb_var){
			.name = target->vars[i].name,
			.value = ohb_arena_strdup(arena, ohb_str_cstr(&value)),
		};
	}
	vars.items[vars.count++] = (struct ohb_var){
		.name = "report",
		.value = report ? report : "{report}",
	};
	return vars;
}

static int expand(const char *template, const struct vars *vars,
		struct ohb_arena *arena, const char **ret,
		struct ohb_error *err)
{
	ohb_autostr line = OHB_STR_INIT;

	/* Lenient: braces are the shell's as well. */
	if (ohb_template_expand(template, strlen(template), vars->items,
			    vars->count, OHB_TEMPLATE_LENIENT, &line, NULL,
			    err) < 0)
		return -1;
	*ret = ohb_arena_strdup(arena, ohb_str_cstr(&line));
	return 0;
}

int ohb_command_expand(const struct ohb_target *target,
		const struct ohb_step_config *config, const char *report,
		struct ohb_arena *arena, const char **ret_line,
		struct ohb_error *err)
{
	struct vars vars = vars_of(target, report, true, arena);

	return expand(config->command, &vars, arena, ret_line, err);
}

int ohb_command_report(const struct ohb_target *target,
		const struct ohb_step_config *config, const char *report,
		struct ohb_arena *arena, const char **ret_path,
		struct ohb_error *err)
{
	struct vars vars = vars_of(target, report, false, arena);

	return expand(config->reports[config->format], &vars, arena, ret_path,
			err);
}

/* Every run has a report path of its own: an old one is never read. */
int ohb_command_run(struct ohb_trial *trial, const struct ohb_command *command,
		struct ohb_exec_result *ret, struct ohb_error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", command->line, NULL };
	struct ohb_exec_spec spec = {
		.argv = argv,
		.env = trial->env,
		.timeout_ms = command->config->timeout_ms,
		.on_tick = command->on_tick,
		.userdata = command->userdata,
	};

	ohb_str_release(&trial->seen);
	return ohb_sandbox_exec(trial->sandbox, &spec, ret, err);
}

/* A limit of the sandbox ended the command: says which.  1 it did. */
int ohb_command_limit(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_exec_result *result, struct ohb_error *err)
{
	struct ohb_sandbox_state state;

	if (result->timed_out) {
		trial->unkeyed = true;
		ohb_trial_add(trial, command->step,
				"did not end within %" PRId64 " s%s",
				command->config->timeout_ms / 1000,
				ohb_output_tail(trial, result));
		return 1;
	}
	if (result->status == 0)
		return 0;
	if (ohb_sandbox_state(trial->sandbox, &state, err) < 0)
		return -1;
	if (!state.running && !state.out_of_memory)
		return ohb_fail(err, OHB_E_INFRA,
				"'%s': its container was ended from outside",
				command->step);
	if (result->status != 137 || !state.out_of_memory)
		return 0;
	trial->unkeyed = true;
	ohb_trial_add(trial, command->step,
			"was killed: it needs more memory than agent.memory "
			"allows");
	return 1;
}

/* The one file of an archive. */
static int take_file(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	struct ohb_str *out = userdata;

	if (entry->kind != OHB_TAR_FILE || !entry->data)
		return ohb_fail(err, OHB_E_SYNTAX,
				"the report is not a regular file of at most "
				"64 MiB");
	ohb_str_clear(out);
	ohb_str_add(out, entry->data, entry->len);
	return 0;
}

static const char *format_name(const struct ohb_command *command)
{
	static const char *const names[] = {
		[OHB_REPORT_NONE] = "",
		[OHB_REPORT_JUNIT] = "JUnit",
		[OHB_REPORT_TAP] = "TAP",
		[OHB_REPORT_LCOV] = "lcov",
		[OHB_REPORT_COBERTURA] = "Cobertura",
		[OHB_REPORT_GCOV] = "gcov",
		[OHB_REPORT_GOPROFILE] = "Go coverage",
	};

	return names[command->config->format];
}

static void add_no_report(
		struct ohb_trial *trial, const char *step, const char *why)
{
	ohb_trial_add(trial, step, "no report: %s", why)->name = "no report";
}

static int unreadable(struct ohb_trial *trial,
		const struct ohb_command *command, const struct ohb_error *err)
{
	add_no_report(trial, command->step,
			ohb_arena_printf(trial->arena,
					"the %s file cannot be read: %s",
					format_name(command), err->msg));
	return 0;
}

/* 1 it is there, 0 not (a finding says why). */
static int fetch_report(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_str *out,
		struct ohb_error *err)
{
	ohb_autostr tar = OHB_STR_INIT;

	if (ohb_fileset_find(&trial->tree, command->report)) {
		add_no_report(trial, command->step,
				ohb_arena_printf(trial->arena,
						"'%s' is a file of the "
						"project, so an old one could "
						"be read; use {report}",
						command->report));
		return 0;
	}
	if (ohb_tree_fetch(trial, command->report, out))
		return 1;
	if (ohb_sandbox_get(trial->sandbox, command->report,
			    OHB_MAX_REPORT + 4096, &tar, err) == 0)
		return ohb_tar_each(tar.data, tar.len, OHB_MAX_REPORT,
				       take_file, out, err) == 0 ?
				1 :
				unreadable(trial, command, err);
	if (err->code == OHB_E_LIMIT)
		ohb_trial_add(trial, command->step,
				"the report is larger than 64 MiB")
				->name = "no report";
	else if (err->code == OHB_E_MISSING)
		add_no_report(trial, command->step,
				ohb_arena_printf(trial->arena,
						"the command ended without "
						"writing its %s file to "
						"{report}",
						format_name(command)));
	else
		return -1;
	return 0;
}

static void add_cases(struct ohb_trial *trial, const char *step,
		const struct ohb_report *report)
{
	size_t i, shown = 0;

	for (i = 0; i < report->count && shown < MAX_FAILURES; i++) {
		const struct ohb_case *test = &report->cases[i];

		if (test->result != OHB_CASE_FAILED &&
				test->result != OHB_CASE_ERROR)
			continue;
		shown++;
		ohb_output_case(trial, step, test);
	}
}

/* Report and exit status must agree, and there must be something in it. */
static void judge_report(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_report *report,
		const struct ohb_exec_result *result)
{
	const struct ohb_step_config *config = command->config;
	size_t bad = report->failed + report->errors;

	add_cases(trial, command->step, report);
	if (bad > MAX_FAILURES)
		ohb_trial_add(trial, command->step,
				"and %zu more failing cases",
				bad - MAX_FAILURES);
	if (bad == 0 && result->status != 0)
		ohb_output_add(trial, command->step,
				"exit status is not 0, but the report has no "
				"failure:",
				result);
	if (report->skipped > config->max_skipped)
		ohb_trial_add(trial, command->step,
				"%zu cases are skipped; at most %u may be",
				report->skipped, config->max_skipped);
	if (report->count - report->skipped < config->min)
		ohb_trial_add(trial, command->step,
				"%zu test cases ran; at least %u are wanted",
				report->count - report->skipped, config->min);
}

static const struct ohb_report *keep_report(
		struct ohb_trial *trial, const struct ohb_report *report)
{
	struct ohb_report *kept = ohb_arena_alloc(trial->arena, sizeof(*kept));

	*kept = *report;
	return kept;
}

int ohb_command_read_report(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_report *ret,
		struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;
	int found = fetch_report(trial, command, &text, err);

	if (found > 0 &&
			(command->config->format == OHB_REPORT_TAP ?
							ohb_tap_parse :
							ohb_junit_parse)(
					ohb_str_cstr(&text), text.len,
					trial->arena, ret, err) < 0)
		return unreadable(trial, command, err);
	return found;
}

/* 1 read and judged, 0 not (a finding says why). */
static int judge_cases(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_exec_result *result,
		struct ohb_step_result *ret, struct ohb_error *err)
{
	struct ohb_report report = { .count = 0 };
	int found = ohb_command_read_report(trial, command, &report, err);

	if (found <= 0)
		return found;
	judge_report(trial, command, &report, result);
	ret->report = keep_report(trial, &report);
	return 1;
}

static int judge_lines(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_step_result *ret,
		struct ohb_error *err)
{
	static const enum ohb_coverage_format formats[] = {
		[OHB_REPORT_LCOV] = OHB_COVERAGE_LCOV,
		[OHB_REPORT_COBERTURA] = OHB_COVERAGE_COBERTURA,
		[OHB_REPORT_GCOV] = OHB_COVERAGE_GCOV,
		[OHB_REPORT_GOPROFILE] = OHB_COVERAGE_GOPROFILE,
	};
	struct ohb_coverage report = { .count = 0 };
	ohb_autostr text = OHB_STR_INIT;
	int found = fetch_report(trial, command, &text, err);

	if (found <= 0)
		return found;
	if (ohb_coverage_parse(formats[command->config->format],
			    ohb_str_cstr(&text), text.len, trial->arena,
			    &report, err) < 0)
		return unreadable(trial, command, err);
	ohb_coverage_judge(trial, command, &report, ret);
	return 1;
}

static void add_failure(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_exec_result *result)
{
	ohb_output_add(trial, command->step,
			ohb_arena_printf(trial->arena, "exit status %d",
					result->status),
			result);
}

int ohb_command_judge(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_step_result *ret,
		struct ohb_error *err)
{
	const bool lines = command->config->kind == OHB_STEP_COVERAGE;
	struct ohb_exec_result result = { .status = 0 };
	int done = ohb_command_run(trial, command, &result, err), found;

	if (done < 0)
		return -1;
	ret->duration_ms = result.duration_ms;
	ret->timed_out = result.timed_out;
	found = ohb_command_limit(trial, command, &result, err);
	if (found == 0 && result.status != 0 && (lines || !command->report))
		add_failure(trial, command, &result);
	else if (found == 0 && lines)
		found = judge_lines(trial, command, ret, err);
	else if (found == 0 && command->report) {
		found = judge_cases(trial, command, &result, ret, err);
		if (found == 0 && result.status != 0)
			ohb_output_add(trial, command->step,
					"and the command failed:", &result);
	}
	ohb_exec_result_release(&result);
	return found < 0 ? -1 : 0;
}

/* The word before ": not found" or ": command not found" in a shell's line:
 * a program that is not there, unless it is one the build should make. */
static const char *missing_program(const char *line, struct ohb_arena *arena)
{
	static const char *const ends[] = { ": command not found",
		": not found", ": No such file or directory" };
	size_t i, len, start;

	for (i = 0; i < OHB_ARRAY_LEN(ends); i++) {
		if (!ohb_ends(line, ends[i]))
			continue;
		/* The last form is a shell's or make's only. */
		if (i == 2 && !ohb_starts(line, "make: "))
			return NULL;
		len = strlen(line) - strlen(ends[i]);
		start = len;
		while (start && line[start - 1] != ' ')
			start--;
		if (start == len || memchr(line + start, '/', len - start))
			return NULL;
		return ohb_arena_strndup(arena, line + start, len - start);
	}
	return NULL;
}

/* "/usr/bin/python3: No module named pytest" */
static const char *missing_module(const char *line)
{
	static const char words[] = ": No module named ";
	const char *at = strstr(line, words);

	return *line == '/' && at && !strchr(line, '"') ? at + strlen(words) :
							  NULL;
}

/* Adds a finding for every tool that the output says is not there. */
static void add_missing(
		struct ohb_trial *trial, const char *step, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = ohb_arena_strndup(trial->arena, text, len);
		const char *program = missing_program(line, trial->arena);
		const char *module = missing_module(line);

		if (program)
			ohb_trial_add(trial, step,
					"'%s' is not in the sandbox; put it "
					"into the image, or change the command",
					program)
					->name = program;
		else if (module)
			ohb_trial_add(trial, step,
					"the Python module '%s' is not in the "
					"sandbox; put it into the image",
					module)
					->name = module;
		text += len + (text[len] == '\n');
	}
}

void ohb_command_missing(struct ohb_trial *trial, const char *step,
		const struct ohb_exec_result *result)
{
	if (result->status != 0 && !result->timed_out)
		add_missing(trial, step,
				ohb_trial_text(trial,
						ohb_str_cstr(&result->err),
						result->err.len,
						OHB_MAX_EXEC_OUTPUT));
}

/* Whether the command depends on the test, which the baseline has not. */
static bool names_test(const struct ohb_target *target,
		const struct ohb_command *command)
{
	static const char *const words[] = { "{test}", "{name}", "{dir}" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(words); i++)
		if (strstr(command->config->command, words[i]))
			return true;
	for (i = 0; i < target->noutputs; i++)
		if (strstr(command->line, target->outputs[i]))
			return true;
	return false;
}

int ohb_command_baseline(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_error *err)
{
	struct ohb_exec_result result = { .status = 0 };
	size_t before = trial->nfindings;

	if (ohb_command_run(trial, command, &result, err) < 0)
		return -1;
	if (result.status != 0 && !result.timed_out) {
		ohb_command_missing(trial, command->step, &result);
		if (trial->nfindings == before &&
				command->config->kind == OHB_STEP_BUILD &&
				!names_test(trial->spec->target, command))
			ohb_output_add(trial, command->step,
					"the project does not build without "
					"the test:",
					&result);
	}
	ohb_exec_result_release(&result);
	return 0;
}

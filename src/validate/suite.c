#include "validate/suite.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "validate/steps.h"

#define MAX_WORSE 10 /* cases that are named one by one */

static const int rank[] = {
	[OHB_CASE_PASSED] = 0,
	[OHB_CASE_SKIPPED] = 1,
	[OHB_CASE_FAILED] = 2,
	[OHB_CASE_ERROR] = 3,
};

/* What the suite did before there was the new test. */
struct suite {
	struct ohb_digest key;
	bool reported;
	bool passed; /* exit status 0 */
	const char **names; /* of the cases that passed */
	size_t count;
};

struct ohb_suites {
	pthread_mutex_t mutex;
	struct ohb_arena arena; /* of the names */
	struct suite *items;
	size_t count, cap;
};

struct ohb_suites *ohb_suites_new(void)
{
	struct ohb_suites *suites = ohb_alloc(sizeof(*suites));

	(void)pthread_mutex_init(&suites->mutex, NULL);
	return suites;
}

void ohb_suites_free(struct ohb_suites *suites)
{
	if (!suites)
		return;
	(void)pthread_mutex_destroy(&suites->mutex);
	ohb_arena_release(&suites->arena);
	free(suites->items);
	free(suites);
}

/* What runs before a suite in a place that is made for it. */
static bool prepares(const struct ohb_step_config *config)
{
	return config->kind == OHB_STEP_BUILD ||
			config->kind == OHB_STEP_COMMAND;
}

static int add_command(struct ohb_framed *framed, const struct ohb_trial *trial,
		const struct ohb_step_config *config, struct ohb_error *err)
{
	const char *line;

	if (ohb_command_expand(trial->spec->target, config, NULL, trial->arena,
			    &line, err) < 0)
		return -1;
	ohb_framed_add(framed, "command", line, strlen(line));
	ohb_framed_add(framed, "timeout", &config->timeout_ms,
			sizeof(config->timeout_ms));
	return 0;
}

static int add_commands(struct ohb_framed *framed,
		const struct ohb_trial *trial,
		const struct ohb_step_config *suite, struct ohb_error *err)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	size_t i;

	for (i = 0; i < module->nsteps; i++)
		if (prepares(&module->steps[i]) &&
				add_command(framed, trial, &module->steps[i],
						err) < 0)
			return -1;
	return add_command(framed, trial, suite, err);
}

/* Of what the suite can see: the same for all attempts, and for all targets
 * with the same inputs and commands. */
static int key_of(const struct ohb_trial *trial,
		const struct ohb_step_config *config, struct ohb_digest *ret,
		struct ohb_error *err)
{
	const struct ohb_judge_spec *spec = trial->spec;
	const enum ohb_validate_in in = spec->target->module->validate_in;
	struct ohb_framed framed;
	int result;
	size_t i;

	ohb_framed_init(&framed);
	result = add_commands(&framed, trial, config, err);
	ohb_framed_add(&framed, ohb_report_key(config->format),
			config->reports[config->format],
			strlen(config->reports[config->format]));
	ohb_framed_add(&framed, "in", &in, sizeof(in));
	if (spec->image)
		ohb_framed_add(&framed, "image", spec->image,
				strlen(spec->image));
	for (i = 0; i < spec->inputs->count; i++) {
		const struct ohb_file *file = &spec->inputs->files[i];

		ohb_framed_add(&framed, "path", file->path, strlen(file->path));
		ohb_framed_add(&framed, "digest", file->digest.bytes,
				sizeof(file->digest.bytes));
	}
	*ret = ohb_framed_end(&framed);
	return result;
}

static bool recall(struct ohb_suites *suites, const struct ohb_digest *key,
		struct suite *ret)
{
	bool found = false;
	size_t i;

	if (!suites)
		return false;
	(void)pthread_mutex_lock(&suites->mutex);
	for (i = 0; i < suites->count && !found; i++) {
		found = ohb_digest_eq(&suites->items[i].key, key);
		if (found)
			*ret = suites->items[i];
	}
	(void)pthread_mutex_unlock(&suites->mutex);
	return found;
}

/* The names move into the arena that lives as long as the build. */
static void remember(struct ohb_suites *suites, const struct suite *suite)
{
	struct suite *kept;
	size_t i;

	if (!suites)
		return;
	(void)pthread_mutex_lock(&suites->mutex);
	kept = ohb_grow(&suites->items, &suites->cap, suites->count,
			sizeof(*kept));
	*kept = *suite;
	kept->names = ohb_arena_alloc(&suites->arena,
			(suite->count + 1) * sizeof(*kept->names));
	for (i = 0; i < suite->count; i++)
		kept->names[i] = ohb_arena_strdup(
				&suites->arena, suite->names[i]);
	suites->count++;
	(void)pthread_mutex_unlock(&suites->mutex);
}

/* By name; of several cases of one name the worst. */
static void sort_cases(struct ohb_trial *trial, const struct ohb_report *report,
		struct ohb_map *ret)
{
	struct ohb_case *cases = ohb_arena_alloc(
			trial->arena, (report->count + 1) * sizeof(*cases));
	size_t i;

	if (report->count)
		memcpy(cases, report->cases, report->count * sizeof(*cases));
	for (i = 0; i < report->count; i++) {
		struct ohb_case *first =
				ohb_map_add(ret, cases[i].name, &cases[i]);

		if (rank[cases[i].result] > rank[first->result])
			*first = cases[i];
	}
}

static void take_names(struct ohb_trial *trial, const struct ohb_report *report,
		struct suite *ret)
{
	struct ohb_map cases = { .slots = NULL };
	size_t i;

	sort_cases(trial, report, &cases);
	ret->names = ohb_arena_alloc(trial->arena,
			(report->count + 1) * sizeof(*ret->names));
	for (i = 0; i < report->count; i++) {
		struct ohb_case *test =
				ohb_map_get(&cases, report->cases[i].name);

		if (test->result != OHB_CASE_PASSED)
			continue;
		ret->names[ret->count++] = test->name;
		test->result = OHB_CASE_SKIPPED; /* each name once */
	}
	ohb_map_release(&cases);
}

/* Runs it where the new test is not; findings say why there is no report. */
static int run_before(struct ohb_trial *trial,
		const struct ohb_command *command, struct suite *ret,
		struct ohb_error *err)
{
	struct ohb_exec_result result = { .status = 0 };
	struct ohb_report report = { .count = 0 };
	int found;

	if (ohb_command_run(trial, command, &result, err) < 0)
		return -1;
	ohb_command_missing(trial, command->step, &result);
	found = result.timed_out ?
			0 :
			ohb_command_read_report(trial, command, &report, err);
	ret->passed = result.status == 0;
	ret->reported = found > 0;
	if (found > 0)
		take_names(trial, &report, ret);
	ohb_exec_result_release(&result);
	return found < 0 ? -1 : 0;
}

int ohb_suite_baseline(struct ohb_trial *trial,
		const struct ohb_command *command, struct ohb_error *err)
{
	struct ohb_suites *suites = trial->spec->suites;
	struct suite suite = { .reported = false }, known;

	if (key_of(trial, command->config, &suite.key, err) < 0)
		return -1;
	if (recall(suites, &suite.key, &known) && known.reported)
		return 0;
	if (run_before(trial, command, &suite, err) < 0)
		return -1;
	if (suite.reported)
		remember(suites, &suite);
	return 0;
}

/* What the suite stands on when it is run with the new test. */
static int prepare_place(
		struct ohb_trial *place, size_t at, struct ohb_error *err)
{
	const struct ohb_module_config *module = place->spec->target->module;
	size_t i;

	for (i = 0; i < module->nsteps; i++) {
		struct ohb_exec_result result = { .status = 0 };
		struct ohb_command command;

		if (i == at || !prepares(&module->steps[i]))
			continue;
		if (ohb_step_prepare(place, i, &command, err) < 0 ||
				ohb_command_run(place, &command, &result, err) <
						0)
			return -1;
		ohb_exec_result_release(&result);
	}
	return 0;
}

int ohb_suite_place(struct ohb_trial *trial, size_t at, struct ohb_error *err)
{
	int others = ohb_trial_reset(trial, err);

	return others <= 0 ? others : prepare_place(trial, at, err);
}

static int run_apart(struct ohb_trial *base, const char *name, size_t at,
		struct suite *ret, struct ohb_error *err)
{
	const struct ohb_judge_spec *spec = base->spec;
	struct ohb_command command;
	size_t i;

	for (i = 0; i < spec->inputs->count; i++)
		ohb_fileset_put(&base->tree, &spec->inputs->files[i]);
	if (ohb_trial_place(spec, name, &base->sandbox, err) < 0 ||
			ohb_trial_put(base, err) < 0 ||
			prepare_place(base, at, err) < 0 ||
			ohb_step_prepare(base, at, &command, err) < 0)
		return -1;
	return run_before(base, &command, ret, err);
}

/* From the build's memory, or by a run in a place of its own. */
static int find_before(struct ohb_trial *trial,
		const struct ohb_command *command, struct suite *ret,
		struct ohb_error *err)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	const size_t at = (size_t)(command->config - module->steps);
	struct ohb_trial base = { .spec = trial->spec, .arena = trial->arena };
	ohb_autostr name = OHB_STR_INIT;
	struct ohb_digest key;
	int result;

	if (key_of(trial, command->config, &key, err) < 0)
		return -1;
	if (recall(trial->spec->suites, &key, ret))
		return 0;
	ret->key = key;
	ohb_str_addf(&name, "%s-%u", trial->spec->name, ++trial->opened);
	result = run_apart(&base, ohb_str_cstr(&name), at, ret, err);
	ohb_trial_close(&base);
	if (result == 0)
		remember(trial->spec->suites, ret);
	return result;
}

static void add_worse(struct ohb_trial *trial, const char *step,
		const char *name, const struct ohb_case *now)
{
	struct ohb_finding *finding;

	if (!now || now->result == OHB_CASE_SKIPPED) {
		ohb_trial_add(trial, step,
				"passes without the new test and %s with it",
				now ? "is skipped" : "is not run")
				->name = ohb_arena_strdup(trial->arena, name);
		return;
	}
	ohb_output_case(trial, step, now);
	finding = &trial->findings[trial->nfindings - 1];
	finding->text = ohb_arena_printf(trial->arena,
			"passes without the new test and fails with it: %s",
			finding->text);
}

static void compare(struct ohb_trial *trial, const char *step,
		const struct suite *before, const struct ohb_report *report)
{
	struct ohb_map cases = { .slots = NULL };
	size_t i, worse = 0;

	sort_cases(trial, report, &cases);
	for (i = 0; i < before->count; i++) {
		const struct ohb_case *now =
				ohb_map_get(&cases, before->names[i]);

		if (now && now->result == OHB_CASE_PASSED)
			continue;
		if (worse++ < MAX_WORSE)
			add_worse(trial, step, before->names[i], now);
	}
	if (worse > MAX_WORSE)
		ohb_trial_add(trial, step,
				"and %zu more cases that pass without the new "
				"test",
				worse - MAX_WORSE);
	ohb_map_release(&cases);
}

int ohb_suite_judge(struct ohb_trial *trial, const struct ohb_command *command,
		struct ohb_step_result *ret, struct ohb_error *err)
{
	struct ohb_exec_result result = { .status = 0 };
	struct ohb_report report = { .count = 0 };
	struct suite before = { .reported = false };
	int found;

	if (find_before(trial, command, &before, err) < 0)
		return -1;
	if (!before.reported) {
		ret->note = "not judged: without the new test the suite writes "
			    "no report";
		return 0;
	}
	if (ohb_command_run(trial, command, &result, err) < 0)
		return -1;
	ret->duration_ms = result.duration_ms;
	ret->timed_out = result.timed_out;
	found = ohb_command_limit(trial, command, &result, err);
	if (found == 0)
		found = ohb_command_read_report(trial, command, &report, err);
	if (found == 0)
		ohb_output_add(trial, command->step,
				"without the new test there is a report:",
				&result);
	else if (found > 0 && !result.timed_out)
		compare(trial, command->step, &before, &report);
	if (trial->nfindings == 0 && before.passed && result.status != 0)
		ohb_output_add(trial, command->step,
				"ends with status 0 without the new test, and "
				"fails with it:",
				&result);
	ret->note = ohb_arena_printf(trial->arena,
			"%zu cases that passed before still do", before.count);
	ohb_exec_result_release(&result);
	return found < 0 ? -1 : 0;
}

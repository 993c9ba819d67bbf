#include "validate/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/clock.h"
#include "text/utf8.h"
#include "validate/steps.h"

/* A folder that holds this run's report and nothing else; returns the
 * report's path beneath the sandbox's dir.  It is the same whatever steps ran
 * before. */
static const char *make_report(
		struct ohb_trial *trial, size_t at, struct ohb_error *err)
{
	const size_t number =
			trial->round * trial->spec->target->module->nsteps + at;
	const char *dir = ohb_arena_printf(
			trial->arena, OHB_REPORT_DIR "%zu", number);
	struct ohb_fileset files = OHB_FILESET_INIT;
	const struct ohb_file file = {
		.path = ohb_arena_printf(trial->arena, "%s/.keep", dir),
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = "",
	};
	const char *path = ohb_arena_printf(trial->arena, "%s/report.xml", dir);
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;
	int result;

	if (number < trial->prepared)
		return path;
	ohb_sandbox_owner(trial->sandbox, &uid, &gid);
	ohb_fileset_put(&files, &file);
	result = ohb_fileset_tar(&files, uid, gid, &tar, err);
	ohb_fileset_release(&files);
	if (result < 0 ||
			ohb_sandbox_put(trial->sandbox, tar.data, tar.len,
					err) < 0)
		return NULL;
	return path;
}

/* "test", or "test 2" for the second of its kind. */
static const char *step_name(const struct ohb_judge_spec *spec, size_t at,
		struct ohb_arena *arena)
{
	const struct ohb_step_config *steps = spec->target->module->steps;
	size_t i, number = 1;

	for (i = 0; i < at; i++)
		number += steps[i].kind == steps[at].kind;
	return number == 1 ? ohb_step_kind_name(steps[at].kind) :
			     ohb_arena_printf(arena, "%s %zu",
					     ohb_step_kind_name(steps[at].kind),
					     number);
}

int ohb_step_prepare(struct ohb_trial *trial, size_t at,
		struct ohb_command *command, struct ohb_error *err)
{
	const struct ohb_target *target = trial->spec->target;
	const char *report = NULL, *path = NULL;

	*command = (struct ohb_command){
		.config = &target->module->steps[at],
		.step = step_name(trial->spec, at, trial->arena),
	};
	if (strstr(command->config->command, "{report}")) {
		report = make_report(trial, at, err);
		if (!report)
			return -1;
		path = ohb_arena_printf(trial->arena, "%s/%s",
				ohb_sandbox_dir(trial->sandbox), report);
	}
	if (ohb_command_expand(target, command->config, path, trial->arena,
			    &command->line, err) < 0)
		return -1;
	return command->config->format != OHB_REPORT_NONE ?
			ohb_command_report(target, command->config, report,
					trial->arena, &command->report, err) :
			0;
}

/* Of a step that failed its first finding, of another its note. */
static const char *words_of(const struct ohb_trial *trial,
		const struct ohb_step_result *result)
{
	size_t i;

	if (result->ok)
		return result->note;
	for (i = 0; i < trial->nfindings; i++)
		if (strcmp(trial->findings[i].step, result->step) == 0)
			return trial->findings[i].text;
	return trial->nfindings ? trial->findings[0].text : NULL;
}

static void tell(struct ohb_trial *trial, const char *step, int started,
		const struct ohb_step_result *result)
{
	const struct ohb_judge_spec *spec = trial->spec;

	if (spec->on_step)
		spec->on_step(spec->userdata, step, started,
				result ? result->ok : 0,
				result ? result->duration_ms : 0,
				result ? words_of(trial, result) : NULL);
}

struct ohb_step_result *ohb_step_add(struct ohb_trial *trial)
{
	return ohb_grow(&trial->steps, &trial->csteps, trial->nsteps,
			sizeof(*trial->steps));
}

/* One step; findings say whether it failed. */
static int judge_step(struct ohb_trial *trial, size_t at, struct ohb_error *err)
{
	struct ohb_step_result *result = ohb_step_add(trial);
	const size_t before = trial->nfindings;
	struct ohb_command command;

	if (ohb_step_prepare(trial, at, &command, err) < 0)
		return -1;
	result->step = command.step;
	if (ohb_command_expand(trial->spec->target, command.config, NULL,
			    trial->arena, &result->command, err) < 0)
		return -1;
	tell(trial, command.step, 1, NULL);
	if ((command.config->kind == OHB_STEP_SUITE ? ohb_suite_judge :
						      ohb_command_judge)(
			    trial, &command, result, err) < 0)
		return -1;
	if (trial->nfindings == before &&
			ohb_tree_judge(trial, command.step, err) < 0)
		return -1;
	result->ok = trial->nfindings == before;
	atomic_store(&trial->took_ms[at],
			result->duration_ms ? result->duration_ms : 1);
	trial->nsteps++;
	tell(trial, command.step, 0, result);
	return 0;
}

/* A step that runs the others again. */
static int judge_again(struct ohb_trial *trial, const char *step,
		int (*judge)(struct ohb_trial *trial,
				struct ohb_step_result *ret,
				struct ohb_error *err),
		struct ohb_error *err)
{
	const int64_t begin_ms = ohb_clock_mono_ms();
	struct ohb_step_result result = { .step = step };

	tell(trial, step, 1, NULL);
	if (judge(trial, &result, err) < 0)
		return ohb_fail_context(err, "%s", step);
	result.ok = trial->nfindings == 0;
	result.duration_ms = ohb_clock_mono_ms() - begin_ms;
	*ohb_step_add(trial) = result;
	trial->nsteps++;
	tell(trial, step, 0, &result);
	return 0;
}

static int judge_proof(struct ohb_trial *trial, struct ohb_error *err)
{
	const struct ohb_proof_config *proof =
			&trial->spec->target->module->proof;
	const bool proves = ohb_rerun_possible(trial->spec->target->module);

	if (!trial->nfindings)
		ohb_repeat_go_on(trial);
	if (!trial->nfindings && (proves || trial->coverage) &&
			ohb_kept_wanted(trial) &&
			judge_again(trial, "kept", ohb_kept_judge, err) < 0)
		return -1;
	if (!proves)
		return 0;
	if (!trial->nfindings && proof->sabotage == OHB_SABOTAGE_ON &&
			judge_again(trial, "sabotage", ohb_sabotage_judge,
					err) < 0)
		return -1;
	if (!trial->nfindings && proof->repeat > 1 &&
			judge_again(trial, "repeat", ohb_repeat_judge, err) < 0)
		return -1;
	return 0;
}

/* What is seen without running anything; all of it is said at once. */
static int judge_files(struct ohb_trial *trial,
		const struct ohb_fileset *outputs, struct ohb_error *err)
{
	struct ohb_step_result *result = ohb_step_add(trial);
	size_t before;

	result->step = "scope";
	ohb_scope_judge(trial, outputs);
	result->ok = trial->nfindings == 0;
	trial->nsteps++;
	tell(trial, "scope", 0, result);
	before = trial->nfindings;
	result = ohb_step_add(trial);
	result->step = "guard";
	if (ohb_guard_judge(trial, outputs, &result->note, err) < 0)
		return ohb_fail_context(
				err, "guard '%s'", trial->spec->target->name);
	result->ok = trial->nfindings == before;
	trial->nsteps++;
	tell(trial, "guard", 0, result);
	return 0;
}

/*
 * Whether the at'th step is to run.  What guard finds is no reason to keep
 * back what `lint` does before anything is built: both are said at once, or
 * each would cost an attempt.  A place that a limit ended may be gone.
 */
static bool goes_on(const struct ohb_trial *trial, size_t at)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	const bool scoped = trial->steps[0].ok;
	size_t i;

	if (trial->nfindings == 0)
		return true;
	for (i = 0; i <= at; i++)
		if (i == module->nsteps ||
				module->steps[i].kind != OHB_STEP_LINT)
			return false;
	return scoped && !trial->unkeyed;
}

/* The whole suite comes last: it costs most, and says least of this test. */
static int judge_steps(
		struct ohb_trial *trial, bool suites, struct ohb_error *err)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	size_t i;

	for (i = 0; i < module->nsteps && goes_on(trial, i); i++)
		if ((module->steps[i].kind == OHB_STEP_SUITE) == suites &&
				((suites &&
						 ohb_suite_place(trial, i,
								 err) < 0) ||
						judge_step(trial, i, err) < 0))
			return -1;
	return 0;
}

static int judge_all(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		struct ohb_error *err)
{
	if (judge_files(trial, outputs, err) < 0)
		return -1;
	if (!goes_on(trial, 0))
		return 0;
	trial->took_ms = ohb_arena_alloc(trial->arena,
			trial->spec->target->module->nsteps *
					sizeof(*trial->took_ms));
	if (ohb_trial_open(trial, outputs, err) < 0)
		return ohb_fail_context(err, "prepare the judge");
	if (judge_steps(trial, false, err) < 0 || judge_proof(trial, err) < 0 ||
			judge_steps(trial, true, err) < 0)
		return ohb_fail_context(
				err, "judge '%s'", trial->spec->target->name);
	return 0;
}

/*
 * The line of a text that says what is wrong: the first that names an error,
 * else the last.  Tools begin with what they were about to do.
 */
static const char *telling_line(const char *text, size_t *ret_len)
{
	static const char *const words[] = { "error", "fail", "assert" };
	const char *last = text;

	while (*text) {
		size_t len = strcspn(text, "\n"), i;
		ohb_autofree char *line = ohb_strndup(text, len);

		for (i = 0; i < OHB_ARRAY_LEN(words); i++) {
			if (!strcasestr(line, words[i]))
				continue;
			*ret_len = len;
			return text;
		}
		if (len)
			last = text;
		text += len + (text[len] == '\n');
	}
	*ret_len = strcspn(last, "\n");
	return last;
}

/* Numbers become '#', so that addresses, times and counts do not count. */
static void add_normalised(struct ohb_str *out, const char *text)
{
	size_t len, i, digits;

	text = telling_line(text, &len);
	for (i = 0; i < len; i += digits ? digits : 1) {
		digits = strspn(text + i, "0123456789");
		if (digits == 1 && text[i] == '0' && text[i + 1] == 'x')
			digits = 2 +
					strspn(text + i + 2,
							"0123456789abcdefABCDEF");
		ohb_str_add(out, digits ? "#" : text + i, 1);
	}
}

static int by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static struct ohb_digest fingerprint(const struct ohb_trial *trial)
{
	ohb_autofree const char **names =
			ohb_alloc((trial->nfindings + 1) * sizeof(*names));
	ohb_autostr line = OHB_STR_INIT;
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	for (i = 0; i < trial->nfindings; i++)
		names[i] = trial->findings[i].name ? trial->findings[i].name :
						     "";
	qsort(names, trial->nfindings, sizeof(*names), by_name);
	if (trial->nfindings) {
		const struct ohb_finding *first = &trial->findings[0];

		ohb_framed_add(&framed, "step", first->step,
				strlen(first->step));
		add_normalised(&line, first->text);
		ohb_framed_add(&framed, "line", ohb_str_cstr(&line), line.len);
	}
	for (i = 0; i < trial->nfindings; i++)
		ohb_framed_add(&framed, "name", names[i], strlen(names[i]));
	return ohb_framed_end(&framed);
}

static const char *summary(const struct ohb_trial *trial)
{
	const struct ohb_finding *first = trial->findings;
	const char *telling;
	ohb_autostr line = OHB_STR_INIT;
	size_t len;

	if (trial->nfindings == 0)
		return "all steps passed";
	ohb_str_addf(&line, "%s: ", first->step);
	if (first->file && !strstr(first->text, first->file)) {
		ohb_str_adds(&line, first->file);
		if (first->line)
			ohb_str_addf(&line, ":%u", first->line);
		ohb_str_adds(&line, ": ");
	}
	if (first->name && !strstr(first->text, first->name))
		ohb_str_addf(&line, "%s: ", first->name);
	telling = telling_line(first->text, &len);
	if (telling != first->text) {
		ohb_utf8_line(&line, first->text, strcspn(first->text, "\n"),
				80);
		ohb_str_adds(&line, ohb_ends(line.data, ":") ? " " : ": ");
	}
	ohb_utf8_line(&line, telling, len, 200);
	if (trial->nfindings > 1)
		ohb_str_addf(&line, " (and %zu more)", trial->nfindings - 1);
	return ohb_arena_strdup(trial->arena, ohb_str_cstr(&line));
}

static bool is_told(const struct ohb_trial *trial, const char *file)
{
	const struct ohb_target *target = trial->spec->target;
	size_t i;

	for (i = 0; trial->looked && i < target->nsources; i++)
		if (trial->looked[i] && strcmp(target->sources[i], file) == 0)
			return true;
	return ohb_coverage_tells(trial, file);
}

static const char *untold(const struct ohb_trial *trial)
{
	const struct ohb_judge_spec *spec = trial->spec;
	size_t i;

	for (i = 0; i < spec->nchanged; i++)
		if (!is_told(trial, spec->changed[i].file))
			return spec->changed[i].file;
	return NULL;
}

static void *copy(struct ohb_trial *trial, const void *data, size_t size)
{
	void *ret = ohb_arena_alloc(trial->arena, size);

	if (size)
		memcpy(ret, data, size);
	return ret;
}

static void finish(struct ohb_trial *trial, enum ohb_judge_class failed,
		struct ohb_judgement *ret)
{
	const size_t nsteps = trial->nsteps * sizeof(*trial->steps);
	const size_t nfindings = trial->nfindings * sizeof(*trial->findings);
	const size_t nwarnings = trial->nwarnings * sizeof(*trial->warnings);

	*ret = (struct ohb_judgement){
		.class = trial->nfindings ? failed : OHB_JUDGE_OK,
		.steps = copy(trial, trial->steps, nsteps),
		.nsteps = trial->nsteps,
		.findings = copy(trial, trial->findings, nfindings),
		.nfindings = trial->nfindings,
		.warnings = copy(trial, trial->warnings, nwarnings),
		.nwarnings = trial->nwarnings,
		.summary = summary(trial),
		.killed = trial->killed,
		.mutants = trial->mutants,
		.killed_changed = trial->killed_changed,
		.tried_changed = trial->tried_changed,
		.untold_changed = untold(trial),
		.faultless_changed = trial->faultless_changed,
		.covered_changed = trial->covered_changed,
		.lines_changed = trial->lines_changed,
		.fingerprint = fingerprint(trial),
		.unkeyed = trial->unkeyed,
	};
}

int ohb_judge_run(const struct ohb_judge_spec *spec,
		const struct ohb_fileset *outputs,
		const struct ohb_fileset *previous, struct ohb_arena *arena,
		struct ohb_judgement *ret, struct ohb_error *err)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t news = PTHREAD_COND_INITIALIZER;
	struct ohb_trial trial = {
		.spec = spec,
		.arena = arena,
		.previous = previous,
		.compares = true,
		.mutex = &mutex,
		.news = &news,
	};
	int result = judge_all(&trial, outputs, err);

	if (result == 0)
		finish(&trial, OHB_JUDGE_AGENT, ret);
	ohb_trial_close(&trial);
	(void)pthread_cond_destroy(&news);
	(void)pthread_mutex_destroy(&mutex);
	return result;
}

static int baseline_all(struct ohb_trial *trial, struct ohb_error *err)
{
	size_t i;

	if (ohb_trial_open(trial, NULL, err) < 0)
		return -1;
	for (i = 0; i < trial->spec->target->module->nsteps; i++) {
		struct ohb_sandbox_state state;
		struct ohb_command command;

		if (ohb_step_prepare(trial, i, &command, err) < 0 ||
				(command.config->kind == OHB_STEP_SUITE ?
								ohb_suite_baseline :
								ohb_command_baseline)(
						trial, &command, err) < 0)
			return -1;
		/* A limit may have ended it: that says nothing of the test. */
		if (ohb_sandbox_state(trial->sandbox, &state, err) < 0)
			return -1;
		if (!state.running || trial->nfindings)
			break;
	}
	return 0;
}

int ohb_judge_baseline(const struct ohb_judge_spec *spec,
		struct ohb_arena *arena, struct ohb_judgement *ret,
		struct ohb_error *err)
{
	struct ohb_trial trial = { .spec = spec, .arena = arena };
	int result = baseline_all(&trial, err);

	if (result == 0)
		finish(&trial, OHB_JUDGE_CONFIG, ret);
	else
		(void)ohb_fail_context(
				err, "baseline of '%s'", spec->target->name);
	ohb_trial_close(&trial);
	return result;
}

const char *const *ohb_judge_commands(const struct ohb_target *target,
		struct ohb_arena *arena, size_t *ret_n, struct ohb_error *err)
{
	size_t i, n = target->module->nsteps;
	const char **lines = ohb_arena_alloc(arena, (n + 1) * sizeof(*lines));

	for (i = 0; i < n; i++)
		if (ohb_command_expand(target, &target->module->steps[i], NULL,
				    arena, &lines[i], err) < 0)
			return NULL;
	*ret_n = n;
	return lines;
}

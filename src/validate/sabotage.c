#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "validate/steps.h"

/* Mutants that are run, those that do not build too: at least so many, and so
 * many for each that is asked for. */
#define MIN_TRIES 24
#define TRIES_EACH 3
/* A fault can be none: what is equivalent no test can notice.  One that is
 * not noticed proves nothing, unless no more is asked for. */
#define MIN_SURVIVED 2
#define MAX_LINE 200 /* bytes of a line that is shown */

enum fate {
	FATE_UNKNOWN,
	FATE_UNBUILT, /* a step before the tests failed */
	FATE_SURVIVED,
	FATE_FAILED, /* a case failed: somebody looked */
	FATE_CRASHED, /* the test ended otherwise, or did not end */
};

struct sabotage {
	struct ohb_trial *trial;
	struct ohb_mutant *mutants;
	struct ohb_rerun *reruns; /* one each */
	/* Runs beside them, and is none of them, unless repeat has it. */
	struct ohb_rerun control;
	bool begun_control, uncontrolled;
	enum fate *fates;
	size_t count, begun;
	bool tells; /* a report tells failures from errors */
	unsigned wanted, needed; /* mutants to be judged, killed at least */
	/* What follows is of the first `decided` in order, so that it does
	 * not depend on which run was quicker. */
	size_t decided;
	bool over;
	unsigned killed, failed, survived;
	unsigned killed_changed, survived_changed;
};

static const char step[] = "sabotage";

/*
 * pytest, node and others report an exception of the code under test as a
 * failure as well, and name it: "ValueError: …" against "AssertionError: …",
 * "assert 1 == 2" and all else.  Node says it further on.
 */
static bool is_exception(const char *message)
{
	static const char cause[] = "\n  cause: ";
	const char *at = strstr(message, cause);
	size_t len = 0;

	if (at)
		message = at + strlen(cause);
	while (message[len] == '_' || message[len] == '.' ||
			isalnum((unsigned char)message[len]))
		len++;
	if (memmem(message, len, "Assert", 6) ||
			memmem(message, len, "Expectation", 11))
		return false;
	return (len > 5 && memcmp(message + len - 5, "Error", 5) == 0) ||
			(len > 9 &&
					memcmp(message + len - 9, "Exception",
							9) == 0);
}

/* Some assertion did not hold. */
static bool has_failure(const struct ohb_report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct ohb_case *one = &report->cases[i];

		if (one->result == OHB_CASE_FAILED &&
				(!one->message || !is_exception(one->message)))
			return true;
	}
	return false;
}

static enum fate fate_of(
		const struct sabotage *all, const struct ohb_rerun *rerun)
{
	const struct ohb_trial *run = &rerun->trial;
	const struct ohb_step_config *steps = run->spec->target->module->steps;
	const struct ohb_step_result *last;

	if (run->nfindings == 0)
		return FATE_SURVIVED;
	last = &run->steps[run->nsteps - 1];
	if (steps[rerun->at].kind != OHB_STEP_TEST)
		return last->timed_out ? FATE_CRASHED : FATE_UNBUILT;
	if (!all->tells)
		return FATE_FAILED;
	return last->report && has_failure(last->report) ? FATE_FAILED :
							   FATE_CRASHED;
}

/* Goes on in order as far as there are results. */
static void decide(struct sabotage *all)
{
	while (!all->over && all->decided < all->count &&
			all->fates[all->decided] != FATE_UNKNOWN) {
		const enum fate fate = all->fates[all->decided];
		const bool changed = all->mutants[all->decided].changed;

		all->decided++;
		switch (fate) {
		case FATE_UNKNOWN:
		case FATE_UNBUILT:
			break;
		case FATE_SURVIVED:
			all->survived++;
			all->survived_changed += changed;
			break;
		case FATE_FAILED:
			all->failed++;
			all->killed++;
			all->killed_changed += changed;
			break;
		case FATE_CRASHED:
			all->killed++;
			all->killed_changed += changed;
			break;
		}
		all->over = (all->killed >= all->needed && all->failed) ||
				all->killed + all->survived == all->wanted ||
				(all->survived >= MIN_SURVIVED &&
						all->wanted - all->survived <
								all->needed);
	}
}

/* The whole file with the fault in it. */
static void prepare(struct sabotage *all, size_t at)
{
	const struct ohb_mutant *mutant = &all->mutants[at];
	struct ohb_rerun *rerun = &all->reruns[at];
	struct ohb_file *file = ohb_arena_alloc(&rerun->arena, sizeof(*file));
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_add(&text, mutant->file->data, mutant->start);
	ohb_str_adds(&text, mutant->text);
	ohb_str_add(&text, mutant->file->data + mutant->end,
			mutant->file->len - mutant->end);
	*file = *mutant->file;
	file->data = ohb_arena_strndup(
			&rerun->arena, ohb_str_cstr(&text), text.len);
	file->len = text.len;
	*rerun = (struct ohb_rerun){
		.dir = "project",
		.files = file,
		.nfiles = 1,
		.hurry = true,
		.arena = rerun->arena,
	};
}

/* Most tests notice the first: until one has not been noticed, no more are
 * begun than may be enough; where nothing else runs, one in each lane. */
static bool may_suffice(const struct sabotage *all)
{
	const bool busy = all->begun_control || all->trial->early;
	const size_t lanes = busy ? 1 : OHB_LANES;

	return all->decided == all->killed && all->begun >= all->needed &&
			all->begun >= lanes && all->begun > all->decided;
}

static bool waits(void *userdata)
{
	const struct sabotage *all = userdata;

	return !all->over && all->begun < all->count;
}

static struct ohb_rerun *next(void *userdata)
{
	struct sabotage *all = userdata;

	if (all->control.nfiles && !all->begun_control) {
		all->begun_control = true;
		return &all->control;
	}
	if (all->over || all->begun == all->count || may_suffice(all))
		return NULL;
	prepare(all, all->begun);
	return &all->reruns[all->begun++];
}

static void done(void *userdata, struct ohb_rerun *rerun)
{
	struct sabotage *all = userdata;
	size_t at;

	if (rerun == &all->control)
		return;
	at = (size_t)(rerun - all->reruns);
	all->fates[at] = fate_of(all, rerun);
	decide(all);
}

/* The line at `at` as a line of a diff; without its indentation. */
static void add_line(struct ohb_str *out, char sign, const char *data,
		size_t len, size_t at)
{
	size_t start = at, end = at;

	while (start && data[start - 1] != '\n')
		start--;
	while (end < len && data[end] != '\n')
		end++;
	while (start < end && (data[start] == ' ' || data[start] == '\t'))
		start++;
	ohb_str_addf(out, "\n%c ", sign);
	ohb_utf8_line(out, data + start, end - start, MAX_LINE);
}

static void add_survivor(struct sabotage *all, size_t at)
{
	const struct ohb_mutant *mutant = &all->mutants[at];
	const struct ohb_file *broken = all->reruns[at].files;
	struct ohb_finding *finding;
	ohb_autostr text = OHB_STR_INIT;

	add_line(&text, '-', mutant->file->data, mutant->file->len,
			mutant->start);
	add_line(&text, '+', broken->data, broken->len, mutant->start);
	finding = ohb_trial_add(all->trial, step,
			"no case noticed this change of '%s', line %u:%s",
			mutant->file->path, mutant->line, text.data);
	finding->name = "survived";
	finding->file = mutant->file->path;
	finding->line = mutant->line;
}

/* No more could be tried, and nothing follows from what was. */
static bool is_too_little(const struct sabotage *all)
{
	return !all->over && all->killed == 0 && all->survived < MIN_SURVIVED;
}

static void judge(struct sabotage *all)
{
	size_t i;

	if (all->killed < all->needed)
		ohb_trial_add(all->trial, step,
				"%u of %u small faults in the source were "
				"noticed, at least %u must be: assert what the "
				"code returns and does, so that a wrong one "
				"fails",
				all->killed, all->killed + all->survived,
				all->needed)
				->name = "survived";
	else if (!all->failed)
		ohb_trial_add(all->trial, step,
				"weak oracle: %u of %u small faults in the "
				"source were noticed, but by crashes or errors "
				"alone; no assertion failed, so nothing is "
				"compared with what is right",
				all->killed, all->killed + all->survived)
				->name = "weak oracle";
	else
		return;
	for (i = 0; i < all->decided; i++)
		if (all->fates[i] == FATE_SURVIVED)
			add_survivor(all, i);
}

static const char *note(const struct sabotage *all, struct ohb_arena *arena)
{
	if (all->killed + all->survived == 0)
		return ohb_arena_printf(arena,
				"not judged: none of %zu faults put into the "
				"source builds",
				all->decided);
	if (is_too_little(all))
		return "not judged: a single fault can be put into the source, "
		       "and was not noticed";
	return ohb_arena_printf(arena, "%u of %u faults noticed%s", all->killed,
			all->killed + all->survived,
			all->uncontrolled ? "; " OHB_NO_CONTROL : "");
}

static bool has_test(const struct ohb_module_config *module)
{
	size_t i;

	for (i = 0; i < module->nsteps; i++)
		if (module->steps[i].kind == OHB_STEP_TEST)
			return true;
	return false;
}

static bool has_report(const struct ohb_trial *trial)
{
	size_t i;

	for (i = 0; i < trial->nsteps; i++)
		if (trial->steps[i].report)
			return true;
	return false;
}

static void prepare_control(struct sabotage *all)
{
	all->control = (struct ohb_rerun){ .dir = "project" };
	if (ohb_control_is_repeat(all->trial->spec->target->module))
		return;
	all->control.nfiles =
			ohb_control_files(all->trial, &all->control.files);
	all->uncontrolled = all->control.nfiles == 0;
}

static int judge_control(struct sabotage *all, struct ohb_error *err)
{
	struct ohb_rerun plain = { .dir = "project" };
	int result = ohb_rerun_one(all->trial, &plain, err);

	if (result == 0)
		ohb_control_judge(all->trial, step, &all->control, &plain);
	if (plain.trial.spec)
		ohb_rerun_release(&plain);
	return result;
}

static int run_all(struct sabotage *all, struct ohb_error *err)
{
	const struct ohb_reruns reruns = {
		.next = next,
		.waits = waits,
		.done = done,
		.userdata = all,
	};
	size_t i;
	int result;

	all->reruns = ohb_alloc(all->count * sizeof(*all->reruns));
	all->fates = ohb_alloc(all->count * sizeof(*all->fates));
	prepare_control(all);
	result = ohb_rerun_all(all->trial, &reruns, err);
	if (result == 0 && all->control.done &&
			ohb_control_failed(&all->control))
		result = judge_control(all, err);
	/* Of a few that build not as many can be killed as of many. */
	if (!all->over && all->killed + all->survived < all->needed)
		all->needed = all->killed + all->survived;
	if (result == 0 && all->trial->nfindings == 0 && !is_too_little(all))
		judge(all);
	for (i = 0; i < all->begun; i++)
		ohb_rerun_release(&all->reruns[i]);
	ohb_rerun_release(&all->control);
	free(all->reruns);
	free(all->fates);
	return result;
}

int ohb_sabotage_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err)
{
	const struct ohb_proof_config *proof =
			&trial->spec->target->module->proof;
	struct sabotage all = {
		.trial = trial,
		.tells = has_report(trial),
		.wanted = proof->mutants,
		.needed = proof->min_killed,
	};
	const size_t tries = proof->mutants * (size_t)TRIES_EACH;
	const char *why;

	if (!has_test(trial->spec->target->module)) {
		ret->note = "not judged: no step is a 'test'";
		return 0;
	}
	if (ohb_mutants_find(trial, tries < MIN_TRIES ? MIN_TRIES : tries,
			    &all.mutants, &all.count, &why, err) < 0)
		return -1;
	if (all.count == 0) {
		ret->note = ohb_arena_printf(
				trial->arena, "not judged: %s", why);
		return 0;
	}
	if (run_all(&all, err) < 0)
		return -1;
	trial->killed = all.killed;
	trial->mutants = all.killed + all.survived;
	trial->killed_changed = all.killed_changed;
	trial->tried_changed = all.killed_changed + all.survived_changed;
	ret->note = note(&all, trial->arena);
	return 0;
}

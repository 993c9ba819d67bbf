#include <stdlib.h>
#include <string.h>

#include "io/fs.h"
#include "text/json.h"
#include "validate/steps.h"

/* Cases that are named, of all that differ. */
#define MAX_SHOWN 10
#define MAX_TEXT 600 /* bytes of what a case says */

/* More than a year, whatever the day; more than most certificates last. */
#define LATER_DAYS "400"

/* Of each further run in turn; one more than the default needs. */
static const struct variation {
	const char *dir;
	const char *env[8]; /* NULL-terminated */
	bool later; /* and a run that follows in its place */
} variations[] = {
	{ "again",
			{ "TZ=XXX-14", "LC_ALL=C", "PYTHONHASHSEED=1",
					"GTEST_SHUFFLE=1",
					"GTEST_RANDOM_SEED=11",
					"SPEC_OPTS=--order rand:11" },
			true },
	{ "another-place",
			{ "TZ=XXX+11:30", "LC_ALL=C.UTF-8",
					"PYTHONHASHSEED=4242",
					"RUST_TEST_THREADS=1" },
			false },
	{ "x", { "TZ=UTC", "LC_ALL=POSIX", "PYTHONHASHSEED=0" }, false },
	{ "a-third-place-with-a-longer-name",
			{ "TZ=XXX-05:45", "LC_ALL=C.UTF-8",
					"PYTHONHASHSEED=99991",
					"GTEST_SHUFFLE=1",
					"GTEST_RANDOM_SEED=97",
					"SPEC_OPTS=--order rand:97" },
			false },
};

/* Where a run of pytest finds what it takes for the cases that failed. */
#define CACHE OHB_OURS "pytest"

/* A run that fails at another date is run again with libfaketime today, and if
 * that fails without it: not every program bears it.  Today is two hours off,
 * since the times of files are moved for some programs only: what finds a new
 * file old is not to blame. */
static const char *const dates[] = { "+" LATER_DAYS "d", "+2h", NULL };

/* Of as many as the default has: beside another. */
#define LAST (OHB_ARRAY_LEN(variations) - 1)

/* What is odd about a run is taken from it, one after the other, until it
 * passes: its date, then libfaketime; what is beside it, then the other text. */
struct one {
	struct ohb_rerun tries[3];
	size_t last; /* of the tries */
	bool waits; /* for the last to begin, out of turn */
};

struct ohb_repeat {
	struct one *runs;
	size_t count, begun;
	bool goes_on; /* the test itself has passed: all may begin */
	struct ohb_reruns reruns;
	/* Of one that can have another order by this. */
	const char *env[OHB_ARRAY_LEN(variations[0].env) + 1];
	struct ohb_file failed;
	const struct ohb_file *text; /* the second's; NULL: the same */
};

/* The first needs nothing that only a report tells, and begins beside the test
 * itself. */
static bool has_early(const struct ohb_repeat *repeat)
{
	return repeat->count > LAST;
}

/* The id that pytest gives the case of a report, or NULL: "tests.test_a::f" is
 * "tests/test_a.py::f", "tests.test_a.TestB::f" "tests/test_a.py::TestB::f". */
static const char *node_id(
		const char *output, const char *name, struct ohb_arena *arena)
{
	const size_t len = strlen(output) - strlen(".py");
	const char *rest = name + len, *end = strstr(name, "::");
	ohb_autostr id = OHB_STR_INIT;
	size_t i, part;

	if (!end || (size_t)(end - name) < len)
		return NULL;
	for (i = 0; i < len; i++)
		if (name[i] != (output[i] == '/' ? '.' : output[i]))
			return NULL;
	ohb_str_adds(&id, output);
	for (; rest < end && *rest == '.'; rest += part) {
		rest++;
		part = strcspn(rest, ".:");
		ohb_str_addf(&id, "::%.*s", (int)part, rest);
	}
	ohb_str_adds(&id, end);
	return rest == end ? ohb_arena_strdup(arena, id.data) : NULL;
}

/* Adds the later half of the cases as those that failed last. */
static void add_failed_last(const struct ohb_trial *trial, const char *output,
		const struct ohb_report *report, json_t *ids)
{
	size_t i;

	for (i = report->count / 2; i < report->count; i++) {
		const char *path = output, *id = NULL;

		/* It may have been run in a folder on the way. */
		while (path && !id) {
			id = node_id(path, report->cases[i].name, trial->arena);
			path = strchr(path, '/');
			path = path ? path + 1 : NULL;
		}
		if (id)
			ohb_json_set(ids, id, json_true());
	}
}

/* Whether the file or command says that pytest is to keep no cache: then it
 * does not know the option, either. */
static bool refuses_cache(const char *data, size_t len)
{
	return data && memmem(data, len, "no:cacheprovider", 16) != NULL;
}

static bool has_pytest_cache(const struct ohb_trial *trial)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	bool runs = false;
	size_t i;

	for (i = 0; i < module->nsteps; i++) {
		const char *command = module->steps[i].command;

		if (!command || module->steps[i].kind != OHB_STEP_TEST)
			continue;
		runs = runs || strstr(command, "pytest");
		if (refuses_cache(command, strlen(command)))
			return false;
	}
	for (i = 0; runs && i < trial->tree.count; i++)
		if (refuses_cache(trial->tree.files[i].data,
				    trial->tree.files[i].len))
			return false;
	return runs;
}

/* pytest has no option for the order of cases, but one for those that failed
 * last: it is told so of half of them. */
static void reorder(struct ohb_trial *trial, struct ohb_repeat *repeat)
{
	const struct ohb_target *target = trial->spec->target;
	struct ohb_rerun *run =
			&repeat->runs[has_early(repeat) ? LAST : 0].tries[0];
	ohb_autojson *ids = json_object();
	ohb_autostr text = OHB_STR_INIT;
	size_t i, k, n = 0;

	if (!has_pytest_cache(trial))
		return;
	for (i = 0; i < trial->nsteps; i++)
		for (k = 0; trial->steps[i].report && k < target->noutputs; k++)
			if (ohb_ends(target->outputs[k], ".py"))
				add_failed_last(trial, target->outputs[k],
						trial->steps[i].report, ids);
	if (json_object_size(ids) == 0)
		return;
	ohb_json_add(&text, ids);
	repeat->failed = (struct ohb_file){
		.path = CACHE "/v/cache/lastfailed",
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = ohb_arena_strdup(trial->arena, text.data),
		.len = text.len,
		.digest = ohb_fs_digest_of(
				OHB_FS_FILE, 0644, text.data, text.len),
	};
	for (; run->env[n]; n++)
		repeat->env[n] = run->env[n];
	repeat->env[n] = "PYTEST_ADDOPTS=--failed-first "
			 "-o cache_dir=$OHBUILD_JUDGE/" CACHE;
	run->env = repeat->env;
	run->files = &repeat->failed;
	run->nfiles = 1;
}

/* One is on the sources with wider blanks, if sabotage leaves that to us. */
static void retext(struct ohb_trial *trial, struct ohb_repeat *repeat)
{
	struct ohb_rerun *run;

	if (!ohb_control_is_repeat(trial->spec->target->module))
		return;
	run = &repeat->runs[1].tries[0];
	run->nfiles = ohb_control_files(trial, &run->files);
	if (run->nfiles)
		repeat->text = run->files;
}

/*
 * Each lane has a pair of runs.  Of one the second is where the first was, as
 * it left it, and at its date; of the other it is beside the first, at the same
 * time.  So a test that stands in its own way is seen, too.
 */
static bool is_second(size_t run)
{
	return run / OHB_LANES % 2 == 1;
}

static void plan(struct ohb_repeat *repeat)
{
	size_t i;

	repeat->begun = 0;
	for (i = 0; i < repeat->count; i++) {
		const struct variation *variation =
				&variations[i % OHB_ARRAY_LEN(variations)];
		struct ohb_rerun *run = &repeat->runs[i].tries[0], *first;

		repeat->runs[i] = (struct one){ .last = 0 };
		*run = (struct ohb_rerun){
			.dir = variation->dir,
			.env = variation->env,
			.date = variation->later ? dates[0] : NULL,
			/* What hangs at another date hangs by libfaketime. */
			.hurry = variation->later,
			.compare = true,
		};
		if (!is_second(i))
			continue;
		first = &repeat->runs[i - OHB_LANES].tries[0];
		if (first->date) {
			run->dir = first->dir;
			first->then = run;
			continue;
		}
		first->beside = run;
		run->beside = first;
		/* What waits for the other for ever. */
		first->hurry = run->hurry = true;
	}
}

static bool waits(void *userdata)
{
	const struct ohb_repeat *repeat = userdata;

	return !repeat->goes_on;
}

static struct ohb_rerun *next(void *userdata)
{
	struct ohb_repeat *repeat = userdata;
	size_t i;

	for (i = 0; i < repeat->count; i++) {
		struct one *one = &repeat->runs[i];

		if (!one->waits)
			continue;
		one->waits = false;
		return &one->tries[one->last];
	}
	if (!repeat->goes_on)
		return NULL;
	while (repeat->begun < repeat->count && is_second(repeat->begun))
		repeat->begun++;
	return repeat->begun < repeat->count ?
			&repeat->runs[repeat->begun++].tries[0] :
			NULL;
}

static struct one *one_of(
		struct ohb_repeat *repeat, const struct ohb_rerun *run)
{
	size_t i = 0;

	while (run != &repeat->runs[i].tries[repeat->runs[i].last])
		i++;
	return &repeat->runs[i];
}

static bool timed_out(const struct ohb_rerun *run)
{
	return run->trial.steps[run->trial.nsteps - 1].timed_out;
}

static bool has_text(
		const struct ohb_repeat *repeat, const struct ohb_rerun *run)
{
	return repeat->text && run->files == repeat->text;
}

/* Once more, with less that could be to blame. */
static void try_again(struct one *one)
{
	const struct ohb_rerun *was = &one->tries[one->last];
	struct ohb_rerun *now;

	if (was->date && timed_out(was))
		one->last = OHB_ARRAY_LEN(dates) - 1;
	else
		one->last++;
	now = &one->tries[one->last];
	*now = (struct ohb_rerun){
		.dir = was->dir,
		.env = was->env,
		.date = was->date ? dates[one->last] : NULL,
		.compare = was->compare,
		.then = was->then,
	};
	now->hurry = now->date != NULL;
	if (was->date || was->beside) {
		now->files = was->files;
		now->nfiles = was->nfiles;
	}
	one->waits = true;
}

/* The try that failed, with what the last one, which passed, has not. */
static const struct ohb_rerun *blamed(const struct one *one)
{
	const struct ohb_rerun *last = &one->tries[one->last], *was;

	if (one->last == 0 || !last->done || last->trial.nfindings)
		return NULL;
	was = &one->tries[one->last == 2 && one->tries[1].done];
	return was->cut ? NULL : was;
}

/* Another date or another run beside it was to blame. */
static bool is_odd(const struct one *one)
{
	const struct ohb_rerun *was = blamed(one);

	return was && (was->beside || one->tries[one->last].date);
}

static void done(void *userdata, struct ohb_rerun *rerun)
{
	struct ohb_repeat *repeat = userdata;
	struct one *one = one_of(repeat, rerun);
	bool failed = rerun->trial.nfindings > 0;
	/* One that follows another has passed at that date. */
	bool odd = (rerun->clock && rerun->trial.round == 0) || rerun->beside ||
			has_text(repeat, rerun);

	if (rerun->cut || (failed && odd)) {
		try_again(one);
		return;
	}
	/* Further runs nobody needs any more. */
	if (failed || is_odd(one)) {
		repeat->begun = repeat->count;
		rerun->then = NULL;
	}
}

/* "in run 3 (folder 'x', TZ=UTC, …), 400 days later" */
static const char *where(struct ohb_trial *trial, size_t number,
		const struct ohb_rerun *run)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	/* The first was the test step's own. */
	ohb_str_addf(&text, "in run %zu (%sfolder '%s'", number + 2,
			run->trial.round ? "again in " : "", run->dir);
	for (i = 0; run->env[i]; i++)
		ohb_str_addf(&text, ", %s", run->env[i]);
	ohb_str_adds(&text, ")");
	if (run->clock && run->date == dates[0])
		ohb_str_adds(&text, ", " LATER_DAYS " days later");
	if (run->beside)
		ohb_str_addf(&text, ", beside another run of itself%s",
				run->trial.nfindings ?
						", and passed there alone" :
						"");
	return ohb_arena_strdup(trial->arena, text.data);
}

static const char step[] = "repeat";

static void add_failed(struct ohb_trial *trial, const struct ohb_rerun *run,
		const char *place)
{
	size_t i;

	for (i = 0; i < run->trial.nfindings && i < MAX_SHOWN; i++) {
		const struct ohb_finding *was = &run->trial.findings[i];
		struct ohb_finding *finding = ohb_trial_add(trial, step,
				"flaky: passed in the first run, failed in "
				"'%s' %s: %s",
				was->step, place,
				ohb_trial_text(trial, was->text,
						strlen(was->text), MAX_TEXT));

		finding->name = was->name ?
				ohb_arena_strdup(trial->arena, was->name) :
				NULL;
		finding->file = was->file ?
				ohb_arena_strdup(trial->arena, was->file) :
				NULL;
		finding->line = was->line;
	}
}

static int by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static const char **names_of(const struct ohb_report *report)
{
	const char **names = ohb_alloc((report->count + 1) * sizeof(*names));
	size_t i;

	for (i = 0; i < report->count; i++)
		names[i] = report->cases[i].name;
	qsort(names, report->count, sizeof(*names), by_name);
	return names;
}

/* Walks both sorted lists; a case that is in one of them alone is told. */
static void compare(struct ohb_trial *trial, const struct ohb_report *first,
		const struct ohb_report *again, const char *place)
{
	ohb_autofree const char **was = names_of(first);
	ohb_autofree const char **now = names_of(again);
	size_t i = 0, k = 0, shown = 0;

	while ((i < first->count || k < again->count) && shown < MAX_SHOWN) {
		int order = i == first->count	  ? 1 :
				k == again->count ? -1 :
						    strcmp(was[i], now[k]);
		const char *name = order > 0 ? now[k] : was[i];

		i += order <= 0;
		k += order >= 0;
		if (order == 0)
			continue;
		shown++;
		ohb_trial_add(trial, step,
				"flaky: the case '%s' %s %s; the names of "
				"cases must be the same in every run",
				name,
				order > 0 ? "was not in the first run and is" :
					    "was in the first run and is not",
				place)
				->name = ohb_arena_strdup(trial->arena, name);
	}
}

static const struct ohb_report *report_of(
		const struct ohb_trial *trial, const char *name)
{
	size_t i;

	for (i = 0; i < trial->nsteps; i++)
		if (strcmp(trial->steps[i].step, name) == 0)
			return trial->steps[i].report;
	return NULL;
}

static void judge_run(struct ohb_trial *trial, size_t number,
		const struct ohb_rerun *run)
{
	const char *place = where(trial, number, run);
	size_t i;

	if (run->trial.nfindings) {
		trial->unkeyed = run->trial.unkeyed;
		add_failed(trial, run, place);
		return;
	}
	for (i = 0; i < run->trial.nsteps; i++) {
		const struct ohb_step_result *result = &run->trial.steps[i];
		const struct ohb_report *first = report_of(trial, result->step);

		if (first && result->report)
			compare(trial, first, result->report, place);
	}
}

static void judge_one(struct ohb_trial *trial, size_t at,
		const struct ohb_repeat *repeat)
{
	const struct one *one = &repeat->runs[at];
	const struct ohb_rerun *last = &one->tries[one->last];
	const struct ohb_rerun *was = blamed(one);

	if (!last->done)
		return;
	if (was && has_text(repeat, was) && !was->beside &&
			ohb_control_failed(was))
		ohb_control_judge(trial, step, was, last);
	judge_run(trial, at, is_odd(one) ? was : last);
}

static bool was_cut(const struct ohb_repeat *repeat)
{
	size_t i;

	for (i = 0; i < repeat->count; i++)
		if (repeat->runs[i].tries[0].cut)
			return true;
	return false;
}

/* Why no run was at another date; NULL: one was. */
static const char *why_now(struct ohb_trial *trial, const struct one *one)
{
	const struct ohb_rerun *run = &one->tries[one->last];
	const struct ohb_finding *why;

	if (run->clock)
		return NULL;
	if (one->last == 0)
		return "there is no libfaketime";
	run = &one->tries[one->tries[1].done];
	why = &run->trial.findings[0];
	return ohb_arena_printf(trial->arena, "with libfaketime '%s' fails: %s",
			why->step,
			ohb_trial_text(trial, why->text, strlen(why->text),
					MAX_TEXT));
}

static void release(struct ohb_repeat *repeat)
{
	size_t i, k;

	for (i = 0; i < repeat->count; i++)
		for (k = 0; k < OHB_ARRAY_LEN(repeat->runs[i].tries); k++)
			if (repeat->runs[i].tries[k].trial.spec)
				ohb_rerun_release(&repeat->runs[i].tries[k]);
}

void ohb_repeat_begin(struct ohb_trial *trial)
{
	const unsigned runs = trial->spec->target->module->proof.repeat;
	struct ohb_repeat *repeat;

	if (runs <= 1)
		return;
	repeat = ohb_arena_alloc(trial->arena, sizeof(*repeat));
	repeat->count = runs - 1;
	repeat->runs = ohb_alloc(repeat->count * sizeof(*repeat->runs));
	repeat->reruns = (struct ohb_reruns){
		.next = next,
		.waits = waits,
		.done = done,
		.userdata = repeat,
	};
	trial->repeat = repeat;
	plan(repeat);
	if (!has_early(repeat))
		return;
	/* Out of turn. */
	repeat->runs[0].waits = true;
	repeat->begun = 1;
	ohb_early_begin(trial, &repeat->reruns, variations[0].dir);
}

void ohb_repeat_go_on(struct ohb_trial *trial)
{
	struct ohb_repeat *repeat = trial->repeat;

	if (!repeat)
		return;
	(void)pthread_mutex_lock(trial->mutex);
	reorder(trial, repeat);
	retext(trial, repeat);
	repeat->goes_on = true;
	(void)pthread_cond_broadcast(trial->news);
	(void)pthread_mutex_unlock(trial->mutex);
}

static int run_all(struct ohb_trial *trial, struct ohb_error *err)
{
	struct ohb_repeat *repeat = trial->repeat;

	if (ohb_rerun_all(trial, &repeat->reruns, err) < 0)
		return -1;
	if (ohb_early_end(trial, false) == 0)
		return 0;
	/* It could not be done: all of them again, in their turn. */
	release(repeat);
	plan(repeat);
	ohb_repeat_go_on(trial);
	return ohb_rerun_all(trial, &repeat->reruns, err);
}

void ohb_repeat_release(struct ohb_trial *trial)
{
	struct ohb_repeat *repeat = trial->repeat;

	if (!repeat)
		return;
	release(repeat);
	free(repeat->runs);
	trial->repeat = NULL;
}

int ohb_repeat_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	struct ohb_repeat *repeat = trial->repeat;
	const char *why;
	size_t i;
	int result = run_all(trial, err);

	/* The first in order that says something; it does not depend on which
	 * was quicker unless both of a pair fail. */
	for (i = 0; result == 0 && i < repeat->count; i++)
		if (trial->nfindings == 0)
			judge_one(trial, i, repeat);
	why = why_now(trial, &repeat->runs[0]);
	ret->note = ohb_arena_printf(trial->arena,
			"%zu green runs, each in another environment%s%s%s%s",
			repeat->count + 1, why ? "; date not varied: " : "",
			why ? why : "",
			was_cut(repeat) ? "; none beside another: there was "
					  "too little time or memory for two" :
					  "",
			!repeat->text && ohb_control_is_repeat(module) ?
					"; " OHB_NO_CONTROL :
					"");
	return result;
}

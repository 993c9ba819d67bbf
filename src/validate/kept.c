#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "text/utf8.h"
#include "validate/guard.h"

#define MAX_SHOWN 10 /* cases that are named */
#define MAX_NAME 120 /* bytes of such a name */

static const char step[] = "kept";

/* Of cases that passed; malloc'ed, the names are the report's. */
struct names {
	const char **items;
	size_t count, cap;
};

static void add_passed(struct names *names, const struct ohb_trial *trial)
{
	size_t i, k;

	for (i = 0; i < trial->nsteps; i++) {
		const struct ohb_report *report = trial->steps[i].report;

		for (k = 0; report && k < report->count; k++)
			if (report->cases[k].result == OHB_CASE_PASSED) {
				(void)ohb_grow(&names->items, &names->cap,
						names->count,
						sizeof(*names->items));
				names->items[names->count++] =
						report->cases[k].name;
			}
	}
}

/* Without its class and its parameters: a case may move, and the values it is
 * tried with may be others. */
static const char *bare(const char *name, struct ohb_arena *arena)
{
	const char *params = ohb_ends(name, "]") ? strchr(name, '[') : NULL;
	size_t len = params && params != name ? (size_t)(params - name) :
						strlen(name);
	size_t start = 0, i;

	for (i = 0; i + 2 < len; i++)
		if (name[i] == ':' && name[i + 1] == ':')
			start = i + 2;
	return ohb_arena_strndup(arena, name + start, len - start);
}

static void count(
		struct ohb_map *map, const char *name, struct ohb_arena *arena)
{
	size_t *number = ohb_map_add(
			map, name, ohb_arena_alloc(arena, sizeof(*number)));

	(*number)++;
}

static bool take(const struct ohb_map *map, const char *name)
{
	size_t *number = ohb_map_get(map, name);

	if (!number || !*number)
		return false;
	(*number)--;
	return true;
}

/* Leaves those in `was` that have no counterpart in `now`, each of which is
 * one for a single case: of its name, or else of its bare name. */
static void leave_gone(struct names *was, const struct names *now,
		struct ohb_arena *arena)
{
	struct ohb_map whole = OHB_MAP_INIT, part = OHB_MAP_INIT;
	size_t i, n = 0;

	for (i = 0; i < now->count; i++) {
		count(&whole, now->items[i], arena);
		count(&part, bare(now->items[i], arena), arena);
	}
	for (i = 0; i < was->count; i++)
		if (!take(&whole, was->items[i]))
			was->items[n++] = was->items[i];
		else
			(void)take(&part, bare(was->items[i], arena));
	was->count = n;
	for (i = n = 0; i < was->count; i++)
		if (!take(&part, bare(was->items[i], arena)))
			was->items[n++] = was->items[i];
	was->count = n;
	ohb_map_release(&whole);
	ohb_map_release(&part);
}

static void report(struct ohb_trial *trial, const char *front)
{
	ohb_guard_report(trial, step, &trial->previous->files[0],
			OHB_RULE_CASE_REMOVED, 0, front);
}

static void report_gone(struct ohb_trial *trial, const struct names *gone)
{
	ohb_autostr front = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < gone->count && i < MAX_SHOWN; i++) {
		ohb_str_adds(&front, i ? ", '" : "'");
		ohb_utf8_line(&front, gone->items[i], strlen(gone->items[i]),
				MAX_NAME);
		ohb_str_addc(&front, '\'');
	}
	if (gone->count > MAX_SHOWN)
		ohb_str_addf(&front, " and %zu more", gone->count - MAX_SHOWN);
	ohb_str_adds(&front, gone->count == 1 ? " is gone: " : " are gone: ");
	report(trial, front.data);
}

static void compare_cases(struct ohb_trial *trial, const struct ohb_rerun *run,
		struct ohb_str *note)
{
	struct names was = { .items = NULL }, now = { .items = NULL };

	add_passed(&now, trial);
	add_passed(&was, &run->trial);
	ohb_str_addf(note, "%zu cases of the version before pass", was.count);
	leave_gone(&was, &now, trial->arena);
	if (was.count)
		report_gone(trial, &was);
	free(was.items);
	free(now.items);
}

/* What fails has not executed what it might. */
static void compare_lines(struct ohb_trial *trial, const struct ohb_rerun *run,
		struct ohb_str *note)
{
	const struct ohb_coverage *was = run->trial.coverage;
	const char *lost;

	if (run->trial.nfindings || !was) {
		ohb_str_adds(note, "; its lines are not known");
		return;
	}
	ohb_str_addf(note, "; it executes %zu of %zu lines",
			ohb_coverage_hit(was), was->count);
	lost = ohb_coverage_lost(trial, was);
	if (lost)
		report(trial, lost);
}

static bool has_report(const struct ohb_trial *trial)
{
	size_t i;

	for (i = 0; i < trial->nsteps; i++)
		if (trial->steps[i].report)
			return true;
	return false;
}

static bool is_plain(const struct ohb_fileset *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->files[i].kind != OHB_TAR_FILE || !set->files[i].data)
			return false;
	return true;
}

bool ohb_kept_wanted(const struct ohb_trial *trial)
{
	const struct ohb_judge_spec *spec = trial->spec;

	return !spec->standing && trial->previous->count &&
			ohb_guard_level(spec->target,
					trial->previous->files[0].path,
					OHB_RULE_CASE_REMOVED) != OHB_GUARD_OFF;
}

static void compare(struct ohb_trial *trial, const struct ohb_rerun *run,
		struct ohb_step_result *ret)
{
	ohb_autostr note = OHB_STR_INIT;

	if (has_report(trial) && has_report(&run->trial))
		compare_cases(trial, run, &note);
	else if (run->trial.nfindings)
		ohb_str_adds(&note,
				"nothing to keep: the version before fails");
	else
		ohb_str_adds(&note, "the version before passes");
	if (trial->coverage)
		compare_lines(trial, run, &note);
	ret->note = ohb_arena_strdup(trial->arena, note.data);
}

int ohb_kept_judge(struct ohb_trial *trial, struct ohb_step_result *ret,
		struct ohb_error *err)
{
	/* Not hurried: more cases may take longer. */
	struct ohb_rerun run = {
		.dir = "project",
		.files = trial->previous->files,
		.nfiles = trial->previous->count,
		.measure = true,
	};
	int result;

	if (!has_report(trial) && !trial->coverage)
		ret->note = "not judged: no step has a report";
	else if (!is_plain(trial->previous))
		ret->note = "not judged: the version before is no file";
	if (ret->note)
		return 0;
	result = ohb_rerun_one(trial, &run, err);
	if (result == 0)
		compare(trial, &run, ret);
	if (run.trial.spec)
		ohb_rerun_release(&run);
	return result;
}

/* Graph and facts as literals, the plan out. */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#define MAX_TARGETS 6
#define MAX_PARTS 4

/* One target: its name is its letter. */
struct given {
	const char *needs; /* letters of targets before or after it */
	/* Parts with the digest's letter behind '=': "source:a.c=1". */
	const char *now[MAX_PARTS], *recorded[MAX_PARTS];
	const char *evidence;
	int64_t ms;
	int priority;
	enum ohb_output_state output, second; /* second: with `two` */
	enum ohb_edited edited;
	enum ohb_on_change on_change;
	enum ohb_edit_past edit;
	bool unlocked, resettled;
	bool has_record, failed, two, unselected, tried;
};

static struct ohb_arena arena;
static struct ohb_module_config modules[MAX_TARGETS];
static struct ohb_target targets[MAX_TARGETS];
static struct ohb_fact facts[MAX_TARGETS];
static bool selected[MAX_TARGETS];
static size_t order[MAX_TARGETS];
static struct ohb_graph graph;
static struct ohb_plan plan;

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
}

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static struct ohb_parts parts_of(const char *const *texts)
{
	struct ohb_part *items =
			ohb_arena_alloc(&arena, MAX_PARTS * sizeof(*items));
	size_t n = 0;

	for (; n < MAX_PARTS && texts[n]; n++) {
		const char *sign = strrchr(texts[n], '=');

		items[n].name = ohb_arena_strndup(
				&arena, texts[n], (size_t)(sign - texts[n]));
		items[n].digest = ohb_digest_of(sign + 1, strlen(sign + 1));
	}
	return (struct ohb_parts){ .items = items, .count = n };
}

static void add_target(size_t i, const struct given *given)
{
	const char *name = ohb_arena_printf(&arena, "%c", 'a' + (int)i);
	const char **outputs = ohb_arena_alloc(&arena, 2 * sizeof(*outputs));
	enum ohb_output_state *states =
			ohb_arena_alloc(&arena, 2 * sizeof(*states));
	size_t *needs = ohb_arena_alloc(&arena, MAX_TARGETS * sizeof(*needs));

	modules[i] = (struct ohb_module_config){
		.name = "",
		.priority = given->priority,
		.edited = given->edited,
		.on_change = given->on_change,
	};
	outputs[0] = name;
	outputs[1] = ohb_arena_printf(&arena, "%s2", name);
	states[0] = given->output;
	states[1] = given->second;
	targets[i] = (struct ohb_target){
		.name = name,
		.module = &modules[i],
		.outputs = outputs,
		.noutputs = given->two ? 2 : 1,
		.needs = needs,
	};
	for (const char *c = given->needs; c && *c; c++)
		needs[targets[i].nneeds++] = (size_t)(*c - 'a');
	facts[i] = (struct ohb_fact){
		.parts = parts_of(given->now),
		.has_record = given->has_record,
		.unlocked = given->unlocked,
		.resettled = given->resettled,
		.failed = given->failed,
		.evidence = given->evidence,
		.recorded = parts_of(given->recorded),
		.outputs = states,
		.forecast = { .ms = given->ms ? given->ms : -1, .usd = -1 },
		.edit = given->edit,
		.edit_evidence = "test: refused",
		.merge_tried = given->tried,
	};
	facts[i].key = ohb_key_of(&facts[i].parts);
	facts[i].recorded_key = ohb_key_of(&facts[i].recorded);
	selected[i] = !given->unselected;
}

static void place(size_t i, bool *placed, size_t *n)
{
	if (placed[i])
		return;
	placed[i] = true;
	for (size_t j = 0; j < targets[i].nneeds; j++)
		place(targets[i].needs[j], placed, n);
	order[(*n)++] = i;
}

static void make_plan(const struct given *given, size_t n,
		struct ohb_plan_options options)
{
	const struct ohb_facts all = { .items = facts };
	bool placed[MAX_TARGETS] = { false };
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		add_target(i, &given[i]);
	for (size_t i = 0; i < n; i++)
		place(i, placed, &count);
	graph = (struct ohb_graph){
		.targets = targets, .count = n, .order = order
	};
	options.selected = selected;
	ohb_plan_make(&graph, &all, &options, &arena, &plan);
}

#define PLAN(given) make_plan(given, OHB_ARRAY_LEN(given), none)
static const struct ohb_plan_options none;

static const struct ohb_step *step(char letter)
{
	for (size_t i = 0; i < plan.nsteps; i++)
		if (plan.steps[i].target == (size_t)(letter - 'a'))
			return &plan.steps[i];
	return NULL;
}

/* "bac": the letters of the steps. */
static const char *steps(void)
{
	static char text[MAX_TARGETS + 1];

	for (size_t i = 0; i < plan.nsteps; i++)
		text[i] = (char)('a' + (int)plan.steps[i].target);
	text[plan.nsteps] = '\0';
	return text;
}

static void check_step(char letter, enum ohb_verdict_kind verdict,
		bool will_build, const char *because)
{
	const struct ohb_step *of = step(letter);

	ck_assert_msg(of != NULL, "no step %c", letter);
	ck_assert_str_eq(ohb_verdict_name(of->verdict),
			ohb_verdict_name(verdict));
	ck_assert_str_eq(of->because, because);
	ck_assert(of->will_build == will_build);
}

#define SAME                                           \
	.has_record = true, .now = { "source:a.c=1" }, \
	.recorded = { "source:a.c=1" }, .output = OHB_OUTPUT_AS_RECORDED
#define CHANGED                                        \
	.has_record = true, .now = { "source:a.c=2" }, \
	.recorded = { "source:a.c=1" }, .output = OHB_OUTPUT_AS_RECORDED
#define NEW .now = { "source:a.c=1" }
#define FAILED                                                         \
	.has_record = true, .failed = true, .now = { "source:a.c=1" }, \
	.recorded = { "source:a.c=1" }

static const struct {
	struct given given;
	enum ohb_verdict_kind verdict;
	bool will_build;
	const char *because;
} alone_cases[] = {
	{ { SAME }, OHB_FRESH, false, "nothing has changed" },
	{ { SAME, .two = true, .second = OHB_OUTPUT_AS_RECORDED }, OHB_FRESH,
			false, "nothing has changed" },
	{ { NEW }, OHB_NEVER_BUILT, true, "there is no record of it" },
	{ { SAME, .unlocked = true }, OHB_STALE, true,
			"the lock file in git's index does not say so" },
	{ { CHANGED, .unlocked = true }, OHB_STALE, true, "a.c changed" },
	{ { CHANGED }, OHB_STALE, true, "a.c changed" },
	{ { SAME, .two = true, .second = OHB_OUTPUT_ABSENT }, OHB_MISSING, true,
			"a2 is not there" },
	{ { CHANGED, .two = true, .second = OHB_OUTPUT_ABSENT }, OHB_MISSING,
			true, "a2 is not there" },
	{ { SAME, .two = true, .second = OHB_OUTPUT_DIFFERENT }, OHB_EDITED,
			true, "a2 was changed by hand" },
	{ { CHANGED, .two = true, .second = OHB_OUTPUT_DIFFERENT }, OHB_EDITED,
			true, "a2 was changed by hand, and a.c changed" },
	{ { NEW, .two = true, .second = OHB_OUTPUT_UNKNOWN }, OHB_EDITED, true,
			"a2 exists, but ohbuild did not write it" },
	{ { SAME, .two = true, .second = OHB_OUTPUT_UNKNOWN }, OHB_EDITED, true,
			"a2 exists, but ohbuild did not write it" },
	{ { FAILED, .evidence = "test: 1 of 7 failed" }, OHB_FAILED_BEFORE,
			false, "test: 1 of 7 failed" },
	{ { FAILED }, OHB_FAILED_BEFORE, false, "nothing has changed since" },
	{ { .has_record = true,
			  .failed = true,
			  .now = { "source:a.c=2" },
			  .recorded = { "source:a.c=1" } },
			OHB_STALE, true, "a.c changed" },
	{ { FAILED, .two = true, .second = OHB_OUTPUT_DIFFERENT }, OHB_EDITED,
			true, "a2 was changed by hand" },
	/* texts */
	{ { .has_record = true,
			  .now = { "input:a.h=1", "prompt=2", "source:a.c=2",
					  "source:b.c=2" },
			  .recorded = { "input:a.h=2", "prompt=1",
					  "source:a.c=1", "source:b.c=1" },
			  .output = OHB_OUTPUT_AS_RECORDED },
			OHB_STALE, true,
			"a.c changed, b.c changed and 2 more" },
	{ { .has_record = true,
			  .now = { "prompt=2", "source:a.c=1" },
			  .recorded = { "input:a.h=2", "source:a.c=1" },
			  .output = OHB_OUTPUT_AS_RECORDED },
			OHB_STALE, true,
			"a.h was removed, the prompt was added" },
	{ { .has_record = true,
			  .now = { "settings=2", "source:a.c=1" },
			  .recorded = { "settings=1" },
			  .output = OHB_OUTPUT_AS_RECORDED },
			OHB_STALE, true,
			"a.c was added, the settings changed" },
};

START_TEST(test_alone)
{
	enum ohb_verdict_kind kind = alone_cases[_i].verdict;

	make_plan(&alone_cases[_i].given, 1, none);
	ck_assert_uint_eq(plan.nsteps, 1);
	check_step('a', kind, alone_cases[_i].will_build,
			alone_cases[_i].because);
	ck_assert_uint_eq(plan.counts[kind], 1);
	ck_assert_uint_eq(plan.will_build, alone_cases[_i].will_build);
}
END_TEST

START_TEST(test_other_key)
{
	const struct ohb_facts all = { .items = facts };
	const struct ohb_plan_options options = { .selected = selected };
	const struct given given = { SAME };

	make_plan(&given, 1, none);
	facts[0].recorded_key = ohb_digest_of("old", 3);
	ohb_plan_make(&graph, &all, &options, &arena, &plan);
	check_step('a', OHB_STALE, true, "its key was made in another way");
	ck_assert_uint_eq(step('a')->nchanges, 0);
}
END_TEST

START_TEST(test_changes)
{
	const struct given given[] = { { CHANGED } };

	PLAN(given);
	ck_assert_uint_eq(step('a')->nchanges, 1);
	ck_assert_str_eq(step('a')->changes[0].part, "source:a.c");
	ck_assert_int_eq(step('a')->changes[0].kind, OHB_PART_CHANGED);
}
END_TEST

START_TEST(test_always)
{
	const struct given given[] = {
		{ SAME },
		{ SAME, .two = true, .second = OHB_OUTPUT_DIFFERENT },
		{ FAILED },
		{ SAME, .unselected = true },
		{ SAME, .needs = "d" },
		{ FAILED, .unselected = true },
	};

	make_plan(given, OHB_ARRAY_LEN(given),
			(struct ohb_plan_options){ .always = true });
	ck_assert_str_eq(steps(), "abce");
	check_step('a', OHB_STALE, true, "everything is to be built");
	check_step('b', OHB_EDITED, true, "b2 was changed by hand");
	ck_assert_int_eq(step('b')->way, OHB_WAY_JUDGE);
	check_step('c', OHB_FAILED_BEFORE, true, "nothing has changed since");
	check_step('e', OHB_STALE, true, "everything is to be built");
	ck_assert_uint_eq(plan.will_build, 4);
	ck_assert_uint_eq(plan.to_build, 3);
}
END_TEST

START_TEST(test_retry)
{
	const struct given given[] = { { FAILED }, { SAME, .needs = "a" } };

	PLAN(given);
	check_step('a', OHB_FAILED_BEFORE, false, "nothing has changed since");
	check_step('b', OHB_BLOCKED, false, "it needs a, which failed before");
	make_plan(given, 2, (struct ohb_plan_options){ .retry_failed = true });
	check_step('a', OHB_FAILED_BEFORE, true, "nothing has changed since");
	check_step('b', OHB_STALE, true, "waits for a");
	ck_assert_uint_eq(step('b')->nwaits, 1);
	ck_assert_uint_eq(step('b')->waits_for[0], 0);
}
END_TEST

START_TEST(test_blocked)
{
	const struct given given[] = {
		{ FAILED, .unselected = true },
		{ NEW, .needs = "a", .unselected = true },
		{ SAME, .needs = "b" },
		{ SAME, .needs = "a", .two = true,
				.second = OHB_OUTPUT_DIFFERENT },
		{ FAILED, .needs = "a" },
	};

	PLAN(given);
	ck_assert_str_eq(steps(), "abcde");
	check_step('b', OHB_BLOCKED, false, "it needs a, which failed before");
	check_step('c', OHB_BLOCKED, false, "it needs b, which is blocked");
	check_step('d', OHB_BLOCKED, false, "it needs a, which failed before");
	check_step('e', OHB_BLOCKED, false, "it needs a, which failed before");
	ck_assert_uint_eq(plan.counts[OHB_BLOCKED], 4);
	ck_assert_uint_eq(plan.will_build, 0);
	ck_assert_uint_eq(step('c')->nwaits, 0);
}
END_TEST

/* What needs an edited test waits for the judge, if it is to be made anyway;
 * the judge alone makes nothing stale. */
START_TEST(test_edited_needed)
{
	const struct given given[] = {
		{ SAME, .two = true, .second = OHB_OUTPUT_DIFFERENT },
		{ NEW, .needs = "a" },
		{ SAME, .needs = "a" },
		{ FAILED, .needs = "a" },
	};

	PLAN(given);
	check_step('b', OHB_NEVER_BUILT, true, "there is no record of it");
	ck_assert_uint_eq(step('b')->nwaits, 1);
	check_step('c', OHB_FRESH, false, "nothing has changed");
	ck_assert_uint_eq(step('c')->nwaits, 0);
	check_step('d', OHB_FAILED_BEFORE, false, "nothing has changed since");
}
END_TEST

#define EDITED SAME, .two = true, .second = OHB_OUTPUT_DIFFERENT
#define EDITED_STALE CHANGED, .two = true, .second = OHB_OUTPUT_DIFFERENT
#define FOREIGN NEW, .two = true, .second = OHB_OUTPUT_UNKNOWN
#define REFUSED .edit = OHB_EDIT_REFUSED
#define UNMERGED .edit = OHB_EDIT_UNMERGED, .tried = true

/* What becomes of a person's file. */
static const struct {
	struct given given;
	enum ohb_edited edited;
	enum ohb_verdict_kind verdict;
	enum ohb_way way;
} edited_cases[] = {
	{ { EDITED }, OHB_EDITED_KEEP, OHB_EDITED, OHB_WAY_JUDGE },
	{ { EDITED_STALE }, OHB_EDITED_KEEP, OHB_EDITED, OHB_WAY_JUDGE },
	{ { FOREIGN }, OHB_EDITED_KEEP, OHB_EDITED, OHB_WAY_JUDGE },
	{ { EDITED, REFUSED }, OHB_EDITED_KEEP, OHB_FAILED_BEFORE,
			OHB_WAY_JUDGE },
	{ { FOREIGN, REFUSED }, OHB_EDITED_KEEP, OHB_FAILED_BEFORE,
			OHB_WAY_JUDGE },
	/* A merge that failed says nothing of the file alone. */
	{ { EDITED_STALE, UNMERGED }, OHB_EDITED_KEEP, OHB_EDITED,
			OHB_WAY_JUDGE },
	/* An agent's failure neither. */
	{ { FAILED, .two = true, .second = OHB_OUTPUT_UNKNOWN },
			OHB_EDITED_KEEP, OHB_EDITED, OHB_WAY_JUDGE },
	{ { EDITED }, OHB_EDITED_MERGE, OHB_EDITED, OHB_WAY_JUDGE },
	{ { EDITED, REFUSED }, OHB_EDITED_MERGE, OHB_FAILED_BEFORE,
			OHB_WAY_JUDGE },
	{ { FOREIGN }, OHB_EDITED_MERGE, OHB_EDITED, OHB_WAY_JUDGE },
	{ { EDITED_STALE }, OHB_EDITED_MERGE, OHB_EDITED, OHB_WAY_MERGE },
	{ { EDITED_STALE, REFUSED }, OHB_EDITED_MERGE, OHB_EDITED,
			OHB_WAY_MERGE },
	{ { EDITED_STALE, UNMERGED }, OHB_EDITED_MERGE, OHB_FAILED_BEFORE,
			OHB_WAY_MERGE },
	/* Edited once more: no second agent is paid. */
	{ { EDITED_STALE, .tried = true }, OHB_EDITED_MERGE, OHB_EDITED,
			OHB_WAY_JUDGE },
	{ { FAILED, .two = true, .second = OHB_OUTPUT_DIFFERENT },
			OHB_EDITED_MERGE, OHB_FAILED_BEFORE, OHB_WAY_MERGE },
	{ { EDITED }, OHB_EDITED_OVERWRITE, OHB_EDITED, OHB_WAY_AGENT },
	{ { EDITED, REFUSED }, OHB_EDITED_OVERWRITE, OHB_EDITED,
			OHB_WAY_AGENT },
	{ { FOREIGN }, OHB_EDITED_OVERWRITE, OHB_EDITED, OHB_WAY_AGENT },
	{ { FAILED, .two = true, .second = OHB_OUTPUT_DIFFERENT },
			OHB_EDITED_OVERWRITE, OHB_FAILED_BEFORE,
			OHB_WAY_AGENT },
};

START_TEST(test_edited)
{
	const enum ohb_verdict_kind verdict = edited_cases[_i].verdict;
	struct given given = edited_cases[_i].given;

	given.edited = edited_cases[_i].edited;
	make_plan(&given, 1, none);
	ck_assert_int_eq(step('a')->verdict, verdict);
	ck_assert_int_eq(step('a')->way, edited_cases[_i].way);
	ck_assert(step('a')->will_build == (verdict == OHB_EDITED));
	make_plan(&given, 1, (struct ohb_plan_options){ .always = true });
	ck_assert(step('a')->will_build);
	ck_assert_int_eq(step('a')->way, edited_cases[_i].way);
	make_plan(&given, 1, (struct ohb_plan_options){ .retry_failed = true });
	ck_assert(step('a')->will_build);
	ck_assert_int_eq(step('a')->way, edited_cases[_i].way);
}
END_TEST

#define OLD .has_record = true, .output = OHB_OUTPUT_AS_RECORDED
#define AGAIN .on_change = OHB_ON_CHANGE_REGENERATE

/* Whether the old test gets the first chance. */
static const struct {
	struct given given;
	enum ohb_verdict_kind verdict;
	enum ohb_way way;
	const char *because;
} chance_cases[] = {
	{ { OLD, .now = { "source:a=2" }, .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_REVALIDATE, "a changed" },
	{ { OLD, AGAIN, .now = { "source:a=2" }, .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_AGENT, "a changed" },
	{ { OLD, .now = { "input:b=2", "source:a=2" },
			  .recorded = { "input:b=1", "source:a=1" } },
			OHB_STALE, OHB_WAY_AGENT, "a changed, b changed" },
	{ { OLD, .now = { "source:a=1", "source:b=1" },
			  .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_AGENT, "b was added" },
	{ { OLD, .failed = true, .now = { "source:a=2" },
			  .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_AGENT, "a changed" },
	{ { .has_record = true,
			  .output = OHB_OUTPUT_ABSENT,
			  .now = { "source:a=2" },
			  .recorded = { "source:a=1" } },
			OHB_MISSING, OHB_WAY_AGENT, "a is not there" },
	{ { OLD, .resettled = true, .now = { "source:a=1" },
			  .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_REVALIDATE, "validate changed" },
	{ { OLD, AGAIN, .resettled = true, .now = { "source:a=2" },
			  .recorded = { "source:a=1" } },
			OHB_STALE, OHB_WAY_AGENT, "a changed" },
	{ { .has_record = true,
			  .output = OHB_OUTPUT_DIFFERENT,
			  .resettled = true,
			  .now = { "source:a=1" },
			  .recorded = { "source:a=1" } },
			OHB_EDITED, OHB_WAY_JUDGE, "a was changed by hand" },
};

START_TEST(test_chance)
{
	const struct given *given = &chance_cases[_i].given;

	make_plan(given, 1, none);
	ck_assert_int_eq(step('a')->verdict, chance_cases[_i].verdict);
	ck_assert_int_eq(step('a')->way, chance_cases[_i].way);
	ck_assert_str_eq(step('a')->because, chance_cases[_i].because);
	ck_assert(step('a')->will_build);
	/* -B is for those who want another one */
	make_plan(given, 1, (struct ohb_plan_options){ .always = true });
	ck_assert(step('a')->will_build);
	ck_assert_int_ne(step('a')->way, OHB_WAY_REVALIDATE);
}
END_TEST

START_TEST(test_waits)
{
	const struct given given[] = {
		{ SAME, .needs = "c" },
		{ FAILED, .needs = "a" },
		{ SAME, .needs = "de" },
		{ CHANGED },
		{ NEW },
		{ CHANGED, .needs = "a" },
	};

	PLAN(given);
	ck_assert_str_eq(steps(), "decabf");
	check_step('c', OHB_STALE, true, "waits for d");
	ck_assert_uint_eq(step('c')->nwaits, 2);
	check_step('a', OHB_STALE, true, "waits for c");
	/* its key may be another one then */
	check_step('b', OHB_STALE, true, "waits for a");
	check_step('f', OHB_STALE, true, "a.c changed");
	ck_assert_uint_eq(step('f')->nwaits, 1);
}
END_TEST

/* What is needed and not fresh is built, what is fresh is no step; through a
 * fresh one as well. */
START_TEST(test_selection)
{
	const struct given given[] = {
		{ SAME, .needs = "b" },
		{ SAME, .needs = "c", .unselected = true },
		{ CHANGED, .unselected = true },
		{ SAME, .unselected = true },
		{ CHANGED, .unselected = true },
		{ NEW, .needs = "d" },
	};

	PLAN(given);
	ck_assert_str_eq(steps(), "cbaf");
	check_step('b', OHB_STALE, true, "waits for c");
	check_step('a', OHB_STALE, true, "waits for b");
	ck_assert_uint_eq(step('f')->nwaits, 0);
	ck_assert_uint_eq(plan.counts[OHB_STALE], 3);
	ck_assert_uint_eq(plan.counts[OHB_NEVER_BUILT], 1);
	ck_assert_uint_eq(plan.counts[OHB_FRESH], 0);
	ck_assert_uint_eq(plan.will_build, 4);
}
END_TEST

START_TEST(test_nothing)
{
	const struct given given[] = { { NEW, .unselected = true } };

	PLAN(given);
	ck_assert_uint_eq(plan.nsteps, 0);
	make_plan(given, 0, none);
	ck_assert_uint_eq(plan.nsteps, 0);
}
END_TEST

static const struct {
	struct given given[MAX_TARGETS];
	size_t n;
	const char *want;
} order_cases[] = {
	/* name */
	{ { { NEW }, { NEW }, { NEW } }, 3, "abc" },
	/* priority, higher first */
	{ { { NEW }, { NEW, .priority = 5 }, { NEW, .priority = -1 } }, 3,
			"bac" },
	/* length, longest first */
	{ { { NEW, .ms = 10 }, { NEW, .ms = 30 }, { NEW, .ms = 20 } }, 3,
			"bca" },
	/* unknown counts as the median of 10, 20, 30 */
	{ { { NEW, .ms = 10 }, { NEW }, { NEW, .ms = 30 }, { NEW, .ms = 20 } },
			4, "cbda" },
	/* priority before length */
	{ { { NEW, .ms = 90 }, { NEW, .ms = 1, .priority = 1 } }, 2, "ba" },
	/* needs before all */
	{ { { NEW, .needs = "c", .ms = 90 }, { NEW, .ms = 50 },
			  { NEW, .ms = 1 } },
			3, "bca" },
	/* what a high priority waits for is as urgent */
	{ { { NEW, .priority = 9, .needs = "d" }, { NEW, .priority = 5 },
			  { NEW, .needs = "d" }, { NEW, .priority = 1 } },
			4, "dabc" },
	/* a diamond */
	{ { { NEW, .needs = "bc" }, { NEW, .needs = "d" },
			  { NEW, .needs = "d" }, { NEW } },
			4, "dbca" },
	/* what is only in the way of others is not in the order */
	{ { { NEW, .needs = "b" }, { SAME, .unselected = true },
			  { NEW, .ms = 5 } },
			3, "ac" },
	/* an unselected one in between does not hold up */
	{ { { SAME, .unselected = true }, { NEW, .needs = "a" },
			  { NEW, .needs = "a", .priority = 1 },
			  { SAME, .needs = "a", .unselected = true } },
			4, "cb" },
};

START_TEST(test_order)
{
	make_plan(order_cases[_i].given, order_cases[_i].n, none);
	ck_assert_str_eq(steps(), order_cases[_i].want);
}
END_TEST

/* Every target of a large graph comes once, behind all it needs. */
START_TEST(test_large)
{
	enum { COUNT = 10000 };
	struct ohb_target *many =
			ohb_arena_alloc(&arena, COUNT * sizeof(*many));
	struct ohb_fact *what = ohb_arena_alloc(&arena, COUNT * sizeof(*what));
	bool *all = ohb_arena_alloc(&arena, COUNT * sizeof(*all));
	size_t *sorted = ohb_arena_alloc(&arena, COUNT * sizeof(*sorted));
	size_t *at = ohb_arena_alloc(&arena, COUNT * sizeof(*at));
	static const enum ohb_output_state absent[] = { OHB_OUTPUT_ABSENT };
	static const char *const output[] = { "x" };
	const struct ohb_facts known = { .items = what };
	const struct ohb_plan_options options = { .selected = all };

	for (size_t i = 0; i < COUNT; i++) {
		size_t *needs = ohb_arena_alloc(&arena, 2 * sizeof(*needs));

		modules[0] = (struct ohb_module_config){ .name = "" };
		needs[0] = i / 2;
		needs[1] = i - 1;
		many[i] = (struct ohb_target){ .name = output[0],
			.module = &modules[0],
			.outputs = output,
			.noutputs = 1,
			.needs = needs,
			.nneeds = i == 0 ? 0 : i % 2 + 1 };
		what[i] = (struct ohb_fact){ .outputs = absent,
			.forecast.ms = (int64_t)(i * 7919 % 1000) };
		all[i] = true;
		sorted[i] = i;
	}
	graph = (struct ohb_graph){
		.targets = many, .count = COUNT, .order = sorted
	};
	ohb_plan_make(&graph, &known, &options, &arena, &plan);
	ck_assert_uint_eq(plan.nsteps, COUNT);
	ck_assert_uint_eq(plan.will_build, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		at[plan.steps[i].target] = i;
	for (size_t i = 1; i < COUNT; i++)
		for (size_t j = 0; j < many[i].nneeds; j++)
			ck_assert_uint_lt(at[many[i].needs[j]], at[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_alone, 0, OHB_ARRAY_LEN(alone_cases));
	tcase_add_test(tc, test_other_key);
	tcase_add_test(tc, test_changes);
	tcase_add_test(tc, test_always);
	tcase_add_test(tc, test_retry);
	tcase_add_test(tc, test_blocked);
	tcase_add_test(tc, test_edited_needed);
	tcase_add_loop_test(tc, test_chance, 0, OHB_ARRAY_LEN(chance_cases));
	tcase_add_loop_test(tc, test_edited, 0, OHB_ARRAY_LEN(edited_cases));
	tcase_add_test(tc, test_waits);
	tcase_add_test(tc, test_selection);
	tcase_add_test(tc, test_nothing);
	tcase_add_loop_test(tc, test_order, 0, OHB_ARRAY_LEN(order_cases));
	tcase_add_test(tc, test_large);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

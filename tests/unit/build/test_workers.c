/*
 * The scheduler with real targets that need no engine: one whose record
 * already is of its key is made, one whose source is gone fails.
 */
#include "unit/store/fixture.h"

#include "build/facts.h"
#include "build/workers.h"
#include "plan/plan.h"

#define MAX_TARGETS 64

static struct ohb_store *store;
static struct ohb_config config;
static struct ohb_module_config module;
static struct ohb_target targets[MAX_TARGETS];
static struct ohb_fact facts[MAX_TARGETS];
static struct ohb_step steps[MAX_TARGETS];
static size_t waits[MAX_TARGETS][2];
static const char *sources[MAX_TARGETS][1];
static const char *outputs[MAX_TARGETS][1];
static struct ohb_str told; /* "+name" begins, "-name class" ends */
static size_t count;
static struct ohb_build_result result;

static void on_event(void *userdata, const struct ohb_event *event)
{
	(void)userdata;
	if (event->type == OHB_EV_TARGET_STARTED)
		ohb_str_addf(&told, "+%s ", event->target);
	if (event->type == OHB_EV_TARGET_ENDED)
		ohb_str_addf(&told, "-%s:%s ", event->target, event->verdict);
}

static void put(const char *path, const char *text)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static struct ohb_digest key_of(const struct ohb_target *target)
{
	struct ohb_stage stage;
	struct ohb_parts parts;

	ck_assert_msg(ohb_stage_load(&stage, project, target, &err) == 0, "%s",
			err.msg);
	parts = ohb_facts_of_stage(&stage, target, &config, &arena);
	ohb_stage_release(&stage);
	return ohb_key_of(&parts);
}

enum kind { GOOD, GONE, BEFORE };

/* A target that waits for others; -1 for none.  Returns its index. */
static size_t add(enum kind kind, int first, int second)
{
	size_t at = count++;
	struct ohb_target *target = &targets[at];
	struct ohb_step *step = &steps[at];

	sources[at][0] = ohb_arena_printf(&arena, "s%02zu", at);
	outputs[at][0] = ohb_arena_printf(&arena, "t%02zu", at);
	*target = (struct ohb_target){
		.name = outputs[at][0],
		.module = &module,
		.sources = sources[at],
		.nsources = 1,
		.outputs = outputs[at],
		.noutputs = 1,
	};
	*step = (struct ohb_step){
		.target = at,
		.verdict = OHB_STALE,
		.will_build = true,
		.waits_for = waits[at],
	};
	/* The first is not built: whoever waits for it alone may begin. */
	waits[at][step->nwaits++] = first < 0 ? 0 : (size_t)first;
	if (second >= 0)
		waits[at][step->nwaits++] = (size_t)second;
	if (kind == GONE)
		return at;
	put(sources[at][0], "source\n");
	facts[at].has_record = true;
	facts[at].failed = kind == BEFORE;
	facts[at].evidence = "test: it failed";
	facts[at].recorded_key = key_of(target);
	return at;
}

static void begin(void)
{
	setup();
	store = open_as(OHB_STORE_WRITE);
	memset(&config, 0, sizeof(config));
	memset(&module, 0, sizeof(module));
	memset(facts, 0, sizeof(facts));
	memset(&result, 0, sizeof(result));
	ohb_str_clear(&told);
	count = 0;
	add(GOOD, -1, -1);
	steps[0].will_build = false;
}

static void end(void)
{
	ohb_store_close(store);
	ohb_str_release(&told);
	teardown();
}

static void run(unsigned jobs, bool keep_going)
{
	struct ohb_emitter emitter;
	struct ohb_cancel cancel = { .fd = -1 };
	const struct ohb_graph graph = { .targets = targets, .count = count };
	const struct ohb_plan plan = {
		.steps = steps,
		.nsteps = count,
		.will_build = count - 1,
	};
	const struct ohb_facts all = { .items = facts };
	struct ohb_build build = {
		.root = project_path,
		.dirfd = project,
		.config = &config,
		.graph = &graph,
		.store = store,
		.emitter = &emitter,
		.cancel = &cancel,
		.run = "run",
	};
	const struct ohb_redact none = { 0 };
	const struct ohb_workers_options options = {
		.plan = &plan,
		.facts = &all,
		.jobs = jobs,
		.keep_going = keep_going,
	};

	build.redact = &none;
	ohb_emitter_init(&emitter, on_event, NULL);
	ohb_workers_run(&build, &options, &result);
	ohb_emitter_release(&emitter);
}

static bool tells(const char *words)
{
	return strstr(ohb_str_cstr(&told), words) != NULL;
}

static size_t place(const char *words)
{
	const char *at = strstr(ohb_str_cstr(&told), words);

	ck_assert_msg(at, "no '%s' in '%s'", words, ohb_str_cstr(&told));
	return (size_t)(at - told.data);
}

START_TEST(needs_come_first)
{
	size_t base = add(GOOD, -1, -1), left = add(GOOD, (int)base, -1);
	size_t right = add(GOOD, (int)base, -1), i;
	size_t top = add(GOOD, (int)left, (int)right);

	while (count < MAX_TARGETS)
		(void)add(GOOD, (int)top, -1);
	run(8, false);
	ck_assert_uint_eq(result.made, count - 1);
	ck_assert_uint_eq(result.failed + result.not_run, 0);
	ck_assert_uint_lt(place("-t01:ok"), place("+t02"));
	ck_assert_uint_lt(place("-t01:ok"), place("+t03"));
	ck_assert_uint_lt(place("-t02:ok"), place("+t04"));
	ck_assert_uint_lt(place("-t03:ok"), place("+t04"));
	for (i = top + 1; i < count; i++)
		ck_assert_uint_lt(place("-t04:ok"),
				place(ohb_arena_printf(&arena, "+t%02zu", i)));
}
END_TEST

START_TEST(a_failure_ends_the_build)
{
	(void)add(GONE, -1, -1);
	(void)add(GOOD, -1, -1);
	run(1, false);
	ck_assert_uint_eq(result.made, 0);
	ck_assert_uint_eq(result.failed, 1);
	ck_assert_uint_eq(result.not_run, 1);
	ck_assert(!result.infrastructure && !result.configuration);
	ck_assert_str_eq(ohb_str_cstr(&told), "+t01 -t01:changed ");
}
END_TEST

START_TEST(others_go_on_after_a_failure)
{
	size_t bad = add(GONE, -1, -1), above = add(GOOD, (int)bad, -1);

	(void)add(GOOD, (int)above, -1);
	(void)add(GOOD, -1, -1);
	run(_i ? 4 : 1, true);
	ck_assert_uint_eq(result.made, 1);
	ck_assert_uint_eq(result.failed, 1);
	ck_assert_uint_eq(result.not_run, 2);
	ck_assert(tells("-t01:changed") && tells("-t04:ok"));
	ck_assert(!tells("+t02") && !tells("+t03"));
}
END_TEST

/* What the plan said already stays counted. */
START_TEST(blocked_targets_stay_counted)
{
	result.not_run = 3;
	result.failed = 2;
	(void)add(GOOD, -1, -1);
	run(1, false);
	ck_assert_uint_eq(result.made, 1);
	ck_assert_uint_eq(result.not_run, 3);
	ck_assert_uint_eq(result.failed, 2);
}
END_TEST

/* It failed with this very key, and what it waited for changed nothing: no
 * engine is asked, no attempt is noted, its record stays as it was. */
START_TEST(a_known_failure_is_not_tried_again)
{
	struct ohb_attempts attempts;
	struct ohb_record found;

	(void)add(BEFORE, -1, -1);
	run(1, false);
	ck_assert_uint_eq(result.made, 0);
	ck_assert_uint_eq(result.failed, 1);
	ck_assert(!result.infrastructure && !result.configuration);
	ck_assert_str_eq(ohb_str_cstr(&told), "+t01 -t01:failed before ");
	ck_assert_int_eq(ohb_attempt_load(store, "t01", 0, &arena, &attempts,
					 &err),
			0);
	ck_assert_uint_eq(attempts.count, 0);
	ck_assert_int_eq(
			ohb_record_find(store, "t01", &arena, &found, &err), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("workers");
	Suite *suite = suite_create("workers");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, needs_come_first);
	tcase_add_test(tc, a_failure_ends_the_build);
	tcase_add_loop_test(tc, others_go_on_after_a_failure, 0, 2);
	tcase_add_test(tc, blocked_targets_stay_counted);
	tcase_add_test(tc, a_known_failure_is_not_tried_again);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

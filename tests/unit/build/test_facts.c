/* What a plan rests on: the disk, the records, the ledger. */
#include "unit/store/fixture.h"

#include <unistd.h>

#include "build/facts.h"

#define N 3

static struct ohb_store *store;
static struct ohb_config config;
static struct ohb_module_config module;
static struct ohb_target targets[N];
static struct ohb_graph graph;
static const char *const a_sources[] = { "a.c" }, *const a_outputs[] = { "ta" };
static const char *const b_sources[] = { "b.c" }, *const b_outputs[] = { "tb" };
static const char *const c_sources[] = { "c.c" }, *const c_outputs[] = { "tc" };
static const char *const c_inputs[] = { "ta" };

static void put(const char *path, const char *text)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static struct ohb_target target(
		const char *const *source, const char *const *output)
{
	return (struct ohb_target){
		.name = output[0],
		.module = &module,
		.sources = source,
		.nsources = 1,
		.outputs = output,
		.noutputs = 1,
	};
}

static void begin(void)
{
	size_t i;

	setup();
	store = open_as(OHB_STORE_WRITE);
	memset(&config, 0, sizeof(config));
	memset(&module, 0, sizeof(module));
	config.modules = &module;
	config.nmodules = 1;
	targets[0] = target(a_sources, a_outputs);
	targets[1] = target(b_sources, b_outputs);
	targets[2] = target(c_sources, c_outputs);
	targets[2].inputs = c_inputs;
	targets[2].ninputs = 1;
	graph = (struct ohb_graph){ .targets = targets, .count = N };
	for (i = 0; i < N; i++)
		ohb_map_add(&graph.by_name, targets[i].name, &targets[i]);
	put("a.c", "a\n");
	put("b.c", "b\n");
	put("c.c", "c\n");
}

static void end(void)
{
	ohb_map_release(&graph.by_name);
	ohb_store_close(store);
	teardown();
}

static struct ohb_facts gather(void)
{
	struct ohb_facts facts = { .items = NULL };

	ck_assert_msg(ohb_facts_gather(&(struct ohb_tree){ .dirfd = project },
				      &graph, &config, store, &arena, &facts,
				      &err) == 0,
			"%s", err.msg);
	return facts;
}

/* A record of the target as it is now, with the file on disk. */
static void record(size_t at, enum ohb_record_status status)
{
	struct ohb_facts facts = gather();
	struct ohb_record row = some_record(targets[at].name);
	struct ohb_record_output output = { .path = targets[at].name,
		.mode = 0644 };

	if (status == OHB_RECORD_OK)
		ck_assert_int_eq(ohb_fs_digest(project, output.path,
						 &output.digest, &err),
				0);
	row.status = status;
	row.key = facts.items[at].key;
	row.outputs = &output;
	row.noutputs = 1;
	row.evidence = status == OHB_RECORD_FAILED ? "it failed" : NULL;
	row.class = status == OHB_RECORD_FAILED ? "agent" : NULL;
	ck_assert_int_eq(ohb_record_save(store, &row, &err), 0);
}

static void run_took(const char *name, int64_t ms, double usd)
{
	struct ohb_attempt row = {
		.run = "run", .target = name, .number = 1, .owner = "1"
	};

	ck_assert_int_eq(ohb_attempt_add(store, &row, &row.id, &err), 0);
	row.class = "ok";
	row.duration_ms = ms;
	row.cost_usd = usd;
	ck_assert_int_eq(ohb_attempt_end(store, &row, &err), 0);
}

START_TEST(outputs_are_told_apart)
{
	put("ta", "written\n");
	put("tb", "written\n");
	record(0, OHB_RECORD_OK);
	ck_assert_int_eq(gather().items[0].outputs[0], OHB_OUTPUT_AS_RECORDED);
	ck_assert_int_eq(gather().items[1].outputs[0], OHB_OUTPUT_UNKNOWN);
	ck_assert_int_eq(gather().items[2].outputs[0], OHB_OUTPUT_ABSENT);
	put("ta", "by hand\n");
	ck_assert_int_eq(gather().items[0].outputs[0], OHB_OUTPUT_DIFFERENT);
	/* The mode is of the file as well. */
	put("ta", "written\n");
	ck_assert_int_eq(fchmodat(project, "ta", 0755, 0), 0);
	ck_assert_int_eq(gather().items[0].outputs[0], OHB_OUTPUT_DIFFERENT);
	ck_assert_int_eq(unlinkat(project, "tb", 0), 0);
	ck_assert_int_eq(mkdirat(project, "tb", 0755), 0);
	ck_assert_int_eq(gather().items[1].outputs[0], OHB_OUTPUT_UNKNOWN);
}
END_TEST

START_TEST(a_source_changes_its_own_key_only)
{
	struct ohb_facts before = gather(), after;

	put("a.c", "other\n");
	after = gather();
	ck_assert(!ohb_digest_eq(&before.items[0].key, &after.items[0].key));
	ck_assert(ohb_digest_eq(&before.items[1].key, &after.items[1].key));
	ck_assert(ohb_digest_eq(&before.items[2].key, &after.items[2].key));
}
END_TEST

/* What another target is yet to write is an input all the same. */
START_TEST(an_input_may_not_be_there_yet)
{
	struct ohb_facts before = gather(), after;

	put("ta", "written\n");
	after = gather();
	ck_assert(!ohb_digest_eq(&before.items[2].key, &after.items[2].key));
	ck_assert_int_eq(unlinkat(project, "a.c", 0), 0);
	ck_assert_int_eq(
			ohb_facts_gather(&(struct ohb_tree){ .dirfd = project },
					&graph, &config, store, &arena, &after,
					&err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
}
END_TEST

START_TEST(a_failure_counts_for_its_key)
{
	struct ohb_facts facts;

	put("ta", "written\n");
	record(0, OHB_RECORD_OK);
	put("a.c", "changed\n");
	record(0, OHB_RECORD_FAILED);
	facts = gather();
	ck_assert(facts.items[0].failed);
	ck_assert_str_eq(facts.items[0].evidence, "it failed");
	ck_assert_int_eq(facts.items[0].outputs[0], OHB_OUTPUT_AS_RECORDED);
	/* Taken back: the success before it holds again. */
	put("a.c", "a\n");
	facts = gather();
	ck_assert(facts.items[0].has_record && !facts.items[0].failed);
	ck_assert(ohb_digest_eq(
			&facts.items[0].key, &facts.items[0].recorded_key));
}
END_TEST

START_TEST(what_was_staged_has_the_same_key)
{
	struct ohb_facts facts = gather();
	struct ohb_stage stage;
	struct ohb_parts parts;
	struct ohb_digest key;

	ck_assert_int_eq(ohb_stage_load(&stage, project, &targets[0], &err), 0);
	parts = ohb_facts_of_stage(&stage, &targets[0], &config, &arena);
	key = ohb_key_of(&parts);
	ohb_stage_release(&stage);
	ck_assert(ohb_digest_eq(&key, &facts.items[0].key));
}
END_TEST

static void forecast_is(size_t at, enum ohb_basis basis, size_t n, int64_t ms)
{
	const struct ohb_forecast now = gather().items[at].forecast;

	ck_assert_int_eq(now.basis, basis);
	ck_assert_uint_eq(now.runs, n);
	ck_assert_int_eq(now.ms, ms);
}

START_TEST(runs_of_others_predict)
{
	static struct ohb_module_config modules[2];

	config.modules = modules;
	config.nmodules = 2;
	targets[0].module = targets[1].module = &modules[0];
	targets[2].module = &modules[1];
	forecast_is(0, OHB_OF_NONE, 0, -1);
	ck_assert(gather().items[0].forecast.usd < 0);
	run_took("ta", 1000, 0.5);
	run_took("elsewhere", 3000, -1);
	forecast_is(0, OHB_OF_TARGET, 1, 1000);
	forecast_is(1, OHB_OF_MODULE, 1, 1000);
	forecast_is(2, OHB_OF_ALL, 2, 2000);
	/* of two runs one has a price */
	ck_assert_uint_eq(gather().items[2].forecast.priced, 1);
	ck_assert(gather().items[2].forecast.usd > 0.4);
	/* What needs nothing has no price. */
	put("ta", "written\n");
	record(0, OHB_RECORD_OK);
	forecast_is(0, OHB_OF_NONE, 0, -1);
}
END_TEST

/* More targets than are looked up one by one. */
START_TEST(many_are_predicted_in_one_pass)
{
	enum { MANY = 100 };
	static struct ohb_target many[MANY];
	struct ohb_facts facts;
	size_t i;

	ohb_map_release(&graph.by_name);
	graph.by_name = (struct ohb_map)OHB_MAP_INIT;
	config.modules = &module;
	config.nmodules = 1;
	for (i = 0; i < MANY; i++) {
		const char **name = ohb_arena_alloc(&arena, sizeof(*name));

		*name = ohb_arena_printf(&arena, "t%zu", i);
		many[i] = target(a_sources, name);
		ohb_map_add(&graph.by_name, *name, &many[i]);
	}
	graph.targets = many;
	graph.count = MANY;
	run_took("t7", 1000, 0.5);
	run_took("t8", 3000, 1.5);
	run_took("t7", 5000, 2.5);
	facts = gather();
	ck_assert_int_eq(facts.items[7].forecast.basis, OHB_OF_TARGET);
	ck_assert_uint_eq(facts.items[7].forecast.runs, 1);
	ck_assert_int_eq(facts.items[7].forecast.ms, 6000);
	ck_assert_int_eq(facts.items[8].forecast.ms, 3000);
	ck_assert_int_eq(facts.items[9].forecast.basis, OHB_OF_MODULE);
	ck_assert_int_eq(facts.items[9].forecast.ms, 4500);
	graph.targets = targets;
	graph.count = N;
}
END_TEST

START_TEST(a_success_may_suspect_a_bug)
{
	struct ohb_record row;

	put("ta", "written\n");
	record(0, OHB_RECORD_OK);
	ck_assert_ptr_null(gather().items[0].suspicion);
	ck_assert_int_eq(ohb_record_find(store, "ta", &arena, &row, &err), 1);
	row.class = "bug";
	row.evidence = "suspected bug: off by one";
	ck_assert_int_eq(ohb_record_save(store, &row, &err), 0);
	ck_assert_str_eq(gather().items[0].suspicion, row.evidence);
	ck_assert(!gather().items[0].failed);
}
END_TEST

START_TEST(orphans_have_no_target)
{
	struct ohb_record gone = some_record("gone");
	struct ohb_facts facts;

	put("ta", "written\n");
	record(0, OHB_RECORD_OK);
	ck_assert_int_eq(ohb_record_save(store, &gone, &err), 0);
	facts = gather();
	ck_assert_uint_eq(facts.norphans, 1);
	ck_assert_str_eq(facts.orphans[0], "gone");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("facts");
	Suite *suite = suite_create("facts");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, outputs_are_told_apart);
	tcase_add_test(tc, a_source_changes_its_own_key_only);
	tcase_add_test(tc, an_input_may_not_be_there_yet);
	tcase_add_test(tc, a_failure_counts_for_its_key);
	tcase_add_test(tc, what_was_staged_has_the_same_key);
	tcase_add_test(tc, runs_of_others_predict);
	tcase_add_test(tc, many_are_predicted_in_one_pass);
	tcase_add_test(tc, a_success_may_suspect_a_bug);
	tcase_add_test(tc, orphans_have_no_target);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* Answers from literal facts and a real store; each is held to its schema. */
#include "unit/store/fixture.h"

#include "ask/ask.h"
#include "text/json.h"

#define A "t/\xff.c" /* a path is bytes, JSON is not */

static struct ohb_store *store;
static struct ohb_config config;
static struct ohb_model_config model;
static struct ohb_step_config command;
static struct ohb_module_config module;
static struct ohb_target targets[2];
static struct ohb_fact facts[2];
static struct ohb_facts all;
static struct ohb_step steps[2];
static struct ohb_plan plan;
static struct ohb_graph graph;
static struct ohb_asked asked;
static bool selected[2];
static const struct ohb_model_config *const models[] = { &model };
static const char *const a_sources[] = { "a.c" }, *const a_outputs[] = { A };
static const char *const b_sources[] = { "b.c" }, *const b_outputs[] = { "b" };
static const size_t b_needs[] = { 0 }, order[] = { 0, 1 };
static const char *tags[] = { "fast" };
static const char *const orphans[] = { "gone.c" };
static const enum ohb_output_state absent[] = { OHB_OUTPUT_ABSENT };
static const struct ohb_part key_parts[] = { { .name = "source:a.c" } };
static const struct ohb_change changes[] = {
	{ .part = "source:a.c", .kind = OHB_PART_CHANGED },
	{ .part = "prompt", .kind = OHB_PART_ADDED },
	{ .part = "input:x", .kind = OHB_PART_REMOVED },
};

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
		.models = models,
		.nmodels = 1,
	};
}

static void fill_facts(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		facts[i] = (struct ohb_fact){
			.parts = { .items = key_parts, .count = 1 },
			.outputs = absent,
			.forecast = { .basis = i ? OHB_OF_NONE : OHB_OF_MODULE,
					.runs = i ? 0 : 3,
					.ms = i ? -1 : 1500,
					.priced = i ? 0 : 2,
					.usd = i ? -1 : 0.25 },
			.suspicion = i ? NULL : "suspected bug: off by one",
		};
		steps[i] = (struct ohb_step){
			.target = i,
			.verdict = i ? OHB_BLOCKED : OHB_STALE,
			.because = i ? "it needs another" : "a.c changed",
			.will_build = !i,
		};
	}
	steps[0].changes = changes;
	steps[0].nchanges = OHB_ARRAY_LEN(changes);
	facts[0].has_record = true;
	all = (struct ohb_facts){
		.items = facts,
		.orphans = orphans,
		.norphans = 1,
	};
	plan = (struct ohb_plan){
		.steps = steps,
		.nsteps = 2,
		.counts = { [OHB_STALE] = 1, [OHB_BLOCKED] = 1 },
		.will_build = 1,
		.to_build = 1,
	};
}

static void begin(void)
{
	setup();
	store = open_as(OHB_STORE_WRITE);
	model = (struct ohb_model_config){
		.id = "openai/x",
		.base_url = "http://localhost/v1",
	};
	command = (struct ohb_step_config){
		.kind = OHB_STEP_TEST,
		.command = "make {test} >{report}",
		.format = OHB_REPORT_JUNIT,
		.reports[OHB_REPORT_JUNIT] = "{report}",
		.min = 1,
		.timeout_ms = 1000,
	};
	module = (struct ohb_module_config){
		.name = "core",
		.steps = &command,
		.nsteps = 1,
		.tags = { .items = tags, .count = 1 },
	};
	config = (struct ohb_config){ .agent = { .image = "img", .cpus = 2 } };
	targets[0] = target(a_sources, a_outputs);
	targets[1] = target(b_sources, b_outputs);
	targets[1].needs = b_needs;
	targets[1].nneeds = 1;
	fill_facts();
	graph = (struct ohb_graph){ .targets = targets, .count = 2 };
	selected[0] = selected[1] = true;
	graph.order = order;
	asked = (struct ohb_asked){
		.dirfd = project,
		.config = &config,
		.graph = &graph,
		.facts = &all,
		.plan = &plan,
		.selected = selected,
		.store = store,
	};
}

static void end(void)
{
	ohb_store_close(store);
	teardown();
}

/* Asks a validator that is not ours. */
static void hold_to_schema(const char *name, json_t *answer)
{
	static const char script[] =
			"import json, sys, jsonschema\n"
			"with open(sys.argv[1], encoding='utf-8') as file:\n"
			"    schema = json.load(file)\n"
			"document = json.load(sys.stdin)\n"
			"jsonschema.Draft202012Validator(schema)"
			".validate(document)\n";
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	const char *path = ohb_arena_printf(&arena, "%s/schema/%s.schema.json",
			root ? root : ".", name);
	const char *const argv[] = { "python3", "-c", script, path, NULL };
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_process_spec spec = { .argv = argv, .max_output = 65536 };
	struct ohb_process_result result = { .status = 0 };

	ohb_json_add(&text, answer);
	spec.input = text.data;
	spec.input_len = text.len;
	ck_assert_msg(ohb_process_run(&spec, NULL, &result, &err) == 0, "%s",
			err.msg);
	ck_assert_msg(result.status == 0, "%s\n%s", text.data,
			ohb_str_cstr(&result.err));
	ohb_process_result_release(&result);
}

typedef json_t *ask_fn(const struct ohb_asked *, struct ohb_error *);

static json_t *ask(const char *name, ask_fn *fn)
{
	json_t *answer = fn(&asked, &err);

	ck_assert_msg(answer != NULL, "%s", err.msg);
	ck_assert_str_eq(ohb_json_text(answer, "question"), name);
	hold_to_schema(name, answer);
	return answer;
}

static void text_is(json_t *json, const char *path, const char *text)
{
	const char *value = ohb_json_text(json, path);

	ck_assert_msg(value && strcmp(value, text) == 0, "%s: %s", path,
			value ? value : "null");
}

START_TEST(status)
{
	ohb_autojson *answer = ask("status", ohb_ask_status);

	text_is(answer, "targets.0.name", "t/\xef\xbf\xbd.c");
	text_is(answer, "targets.0.verdict", "stale");
	text_is(answer, "targets.0.because", "a.c changed");
	ck_assert_int_eq(ohb_json_int(answer, "targets.0.predicted.ms", -1),
			1500);
	ck_assert(json_is_null(ohb_json_at(answer, "targets.1.predicted.ms")));
	ck_assert(json_is_null(
			ohb_json_at(answer, "targets.1.predicted.cost_usd")));
	text_is(answer, "targets.0.predicted.of", "module");
	ck_assert_int_eq(ohb_json_int(answer, "targets.0.predicted.priced", -1),
			2);
	ck_assert(json_is_null(ohb_json_at(answer, "targets.1.predicted.of")));
	text_is(answer, "targets.0.suspected_bug", "suspected bug: off by one");
	text_is(answer, "orphans.0", "gone.c");
	ck_assert_int_eq(ohb_json_int(answer, "summary.blocked", -1), 1);
	ck_assert_int_eq(ohb_json_int(answer, "summary.to_build", -1), 1);
}
END_TEST

START_TEST(why)
{
	struct ohb_record record = some_record(A);
	json_t *answer = ask("why", ohb_ask_why);

	ck_assert(json_is_null(ohb_json_at(answer, "targets.0.last")));
	ck_assert(json_is_null(ohb_json_at(answer, "targets.1.recorded_key")));
	ck_assert(json_is_string(
			ohb_json_at(answer, "targets.0.recorded_key")));
	text_is(answer, "targets.0.changed.1.change", "added");
	ck_assert(json_is_null(ohb_json_at(answer, "targets.0.changed.1.old")));
	ck_assert(json_is_null(ohb_json_at(answer, "targets.0.changed.2.new")));
	json_decref(answer);
	record.status = OHB_RECORD_FAILED;
	record.class = "agent";
	record.evidence = "test: no";
	record.cost_usd = -1;
	ck_assert_int_eq(ohb_record_save(store, &record, &err), 0);
	answer = ask("why", ohb_ask_why);
	text_is(answer, "targets.0.last.status", "failed");
	text_is(answer, "targets.0.last.reason", "test: no");
	ck_assert(json_is_null(ohb_json_at(answer, "targets.0.last.cost_usd")));
	json_decref(answer);
}
END_TEST

START_TEST(why_of_an_orphan)
{
	static const char *const names[] = { "t/old.c" };
	struct ohb_record record = some_record("t/old.c");
	const struct ohb_part parts[] = { { .name = "source:old.c" } };
	ohb_autojson *answer = NULL;

	record.parts = parts;
	record.nparts = 1;
	ck_assert_int_eq(ohb_record_save(store, &record, &err), 0);
	asked.orphans = names;
	asked.norphans = 1;
	answer = ask("why", ohb_ask_why);
	text_is(answer, "orphans.0.name", "t/old.c");
	text_is(answer, "orphans.0.because", "its source old.c is gone");
	text_is(answer, "orphans.0.last.status", "ok");
	ck_assert(json_is_false(ohb_json_at(answer, "orphans.0.on_disk")));
}
END_TEST

START_TEST(graph_with_what_is_needed)
{
	ohb_autojson *answer = NULL;

	selected[0] = false;
	answer = ask("graph", ohb_ask_graph);
	ck_assert_uint_eq(json_array_size(ohb_json_at(answer, "targets")), 2);
	text_is(answer, "targets.0.verdict", "stale");
	text_is(answer, "targets.1.verdict", "blocked");
	text_is(answer, "targets.1.needs.0", "t/\xef\xbf\xbd.c");
	text_is(answer, "targets.1.sources.0", "b.c");
}
END_TEST

START_TEST(list_and_selection)
{
	json_t *answer = ask("list", ohb_ask_list);

	ck_assert_uint_eq(json_array_size(ohb_json_at(answer, "targets")), 2);
	text_is(answer, "targets.1.needs.0", "t/\xef\xbf\xbd.c");
	text_is(answer, "targets.0.tags.0", "fast");
	json_decref(answer);
	selected[0] = false;
	answer = ask("list", ohb_ask_list);
	ck_assert_uint_eq(json_array_size(ohb_json_at(answer, "targets")), 1);
	text_is(answer, "targets.0.name", "b");
	json_decref(answer);
}
END_TEST

START_TEST(show)
{
	ohb_autojson *answer = ask("show", ohb_ask_show);

	text_is(answer, "targets.1.steps.0.step", "test");
	text_is(answer, "targets.1.steps.0.command", "make {test} >{report}");
	text_is(answer, "targets.1.models.0.id", "openai/x");
	text_is(answer, "targets.1.agent.sandbox", "docker");
	text_is(answer, "targets.1.validate_in", "sandbox");
	ck_assert_ptr_nonnull(strstr(
			ohb_json_text(answer, "targets.1.prompt"), "b.c"));
}
END_TEST

static struct ohb_digest blob(const char *text)
{
	struct ohb_digest digest_of;

	ck_assert_int_eq(ohb_blob_add(store, text, strlen(text), &digest_of,
					 &err),
			0);
	return digest_of;
}

static const char trajectory[] =
		"{\"id\":\"1\",\"kind\":\"ActionEvent\",\"tool_name\":"
		"\"terminal\",\"action\":{\"command\":\"make\"}}\n"
		"not JSON\n"
		"{\"id\":\"2\",\"kind\":\"NobodyKnows\"}\n";

START_TEST(models_and_what_they_did)
{
	struct ohb_traffic rows[] = {
		{ .model = "openai/x",
				.base_url = model.base_url,
				.requests = 3,
				.answers = 2,
				.latency_ms = 500,
				.tokens_in = 70,
				.tokens_out = 5,
				.cost_usd = 0.25,
				.answered_ms = 1700000000000 },
		{ .model = "gone/y", .base_url = "", .cost_usd = -1 },
	};
	const struct ohb_breaker_row breaker = {
		.model = "openai/x",
		.base_url = model.base_url,
		.opened_ms = 1700000000000,
		.until_ms = 1700000060000,
		.openings = 1,
		.reason = "on fire",
	};
	struct ohb_attempt attempt = {
		.run = "r",
		.target = "t",
		.number = 1,
		.owner = "1",
		.class = "ok",
		.model = "openai/x",
		.duration_ms = 900,
		.traffic = rows,
		.ntraffic = OHB_ARRAY_LEN(rows),
	};
	ohb_autojson *none = NULL, *answer = NULL;

	config.models = &model;
	config.nmodels = 1;
	model.has_price = true;
	model.price_output = 10;
	none = ask("models", ohb_ask_models);
	ck_assert_uint_eq(json_array_size(ohb_json_at(none, "models")), 1);
	ck_assert(json_is_null(ohb_json_at(none, "models.0.success")));
	ck_assert_int_eq(
			ohb_attempt_add(store, &attempt, &attempt.id, &err), 0);
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), 0);
	ck_assert_int_eq(ohb_breaker_save(store, &breaker, &err), 0);
	answer = ask("models", ohb_ask_models);
	ck_assert_str_eq(ohb_json_text(answer, "models.0.id"), "openai/x");
	ck_assert_double_eq(ohb_json_number(answer, "models.0.success", 0), 1);
	ck_assert_double_eq(
			ohb_json_number(answer, "models.0.answer_ms", 0), 250);
	ck_assert_double_eq(ohb_json_number(answer, "models.0.attempt_usd", 0),
			0.25);
	ck_assert_str_eq(ohb_json_text(answer, "models.0.out.reason"),
			"on fire");
	ck_assert_str_eq(ohb_json_text(answer, "models.1.id"), "gone/y");
	ck_assert(json_is_false(ohb_json_at(answer, "models.1.configured")));
	ck_assert(json_is_null(ohb_json_at(answer, "models.1.success")));
}
END_TEST

START_TEST(log_of_attempts)
{
	char owner[OHB_OWNER_TEXT];
	struct ohb_attempt row = {
		.run = "run", .target = A, .number = 1, .owner = owner
	};
	struct ohb_written files[] = {
		{ .path = A, .blob = blob("int a;\xfe\n") },
		{ .path = "z", .blob = digest("nobody has it") },
	};
	ohb_autojson *none = ask("log", ohb_ask_log), *answer = NULL;

	ck_assert_uint_eq(json_array_size(ohb_json_at(
					  none, "targets.0.attempts")),
			0);
	ohb_owner_self(owner);
	row.started_ms = 1000;
	ck_assert_int_eq(ohb_attempt_add(store, &row, &row.id, &err), 0);
	row.class = "agent";
	row.reason = "test: no";
	row.findings = "The judge refused";
	row.cost_usd = -1;
	row.prompt = blob("Do.");
	row.trajectory = blob(trajectory);
	row.written = files;
	row.nwritten = 1;
	ck_assert_int_eq(ohb_attempt_end(store, &row, &err), 0);
	row.number = 2;
	row.started_ms = 2000;
	ck_assert_int_eq(ohb_attempt_add(store, &row, &row.id, &err), 0);
	answer = ask("log", ohb_ask_log);
	text_is(answer, "targets.0.attempts.0.class", "running");
	text_is(answer, "targets.0.attempts.1.class", "agent");
	text_is(answer, "targets.0.attempts.1.prompt", "Do.");
	text_is(answer, "targets.0.attempts.1.digest", "The judge refused");
	text_is(answer, "targets.0.attempts.1.conversation.0.what",
			"runs: make");
	ck_assert_uint_eq(json_array_size(ohb_json_at(answer,
					  "targets.0.attempts.1.conversation")),
			1);
	text_is(answer, "targets.0.attempts.1.written.0.text",
			"int a;\xef\xbf\xbd\n");
	ck_assert(json_is_null(
			ohb_json_at(answer, "targets.0.attempts.1.cost_usd")));
	/* A blob that nobody has: the ledger refuses to point to it. */
	row.written = files;
	row.nwritten = 2;
	ck_assert_int_eq(ohb_attempt_end(store, &row, &err), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ask");
	Suite *suite = suite_create("ask");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, status);
	tcase_add_test(tc, why);
	tcase_add_test(tc, why_of_an_orphan);
	tcase_add_test(tc, graph_with_what_is_needed);
	tcase_add_test(tc, list_and_selection);
	tcase_add_test(tc, show);
	tcase_add_test(tc, log_of_attempts);
	tcase_add_test(tc, models_and_what_they_did);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* openhands.lock beside the database: which of them is believed. */
#include "unit/store/fixture.h"

#include <unistd.h>

#include "base/failpoint.h"
#include "build/facts.h"
#include "build/lock.h"
#include "validate/judge.h"

#define N 2

static struct ohb_tree tree;
static struct ohb_store *store;
static struct ohb_config config;
static struct ohb_module_config module;
static struct ohb_target targets[N];
static struct ohb_graph graph;
static const char *const a_sources[] = { "a.c" }, *const a_outputs[] = { "ta" };
static const char *const b_sources[] = { "b.c" };
static const char *const b_outputs[] = { "tb", "tb.data" };
static struct ohb_facts facts;
static struct ohb_digest settings; /* of what is recorded */

static void put(const char *path, const char *text)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 0644, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static char *text_of(const char *path)
{
	ohb_autostr text = OHB_STR_INIT;

	ck_assert_msg(ohb_fs_read(project, path, 1 << 20, &text, &err) == 0,
			"%s", err.msg);
	return ohb_arena_strdup(&arena, ohb_str_cstr(&text));
}

static bool is_there(const char *path)
{
	return faccessat(project, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void begin(void)
{
	size_t i;

	setup();
	ck_assert_int_eq(unsetenv("SOURCE_DATE_EPOCH"), 0);
	tree = (struct ohb_tree){ .dirfd = project };
	store = open_as(OHB_STORE_WRITE);
	memset(&module, 0, sizeof(module));
	memset(&settings, 0, sizeof(settings));
	config = (struct ohb_config){
		.lock = "my.lock",
		.modules = &module,
		.nmodules = 1,
	};
	targets[0] = (struct ohb_target){
		.name = "ta",
		.module = &module,
		.sources = a_sources,
		.nsources = 1,
		.outputs = a_outputs,
		.noutputs = 1,
		.prompt = "do it",
	};
	targets[1] = (struct ohb_target){
		.name = "tb",
		.module = &module,
		.sources = b_sources,
		.nsources = 1,
		.outputs = b_outputs,
		.noutputs = 2,
	};
	graph = (struct ohb_graph){ .targets = targets, .count = N };
	for (i = 0; i < N; i++)
		ohb_map_add(&graph.by_name, targets[i].name, &targets[i]);
	put("a.c", "a\n");
	put("b.c", "b\n");
	put("ta", "test a\n");
	put("tb", "test b\n");
	put("tb.data", "data\n");
	ck_assert_int_eq(fchmodat(project, "tb", 0755, 0), 0);
}

static void end(void)
{
	ohb_map_release(&graph.by_name);
	ohb_store_close(store);
	teardown();
}

static void gather(void)
{
	ck_assert_msg(ohb_facts_gather(&tree, &graph, &config, store, &arena,
				      &facts, &err) == 0,
			"%s", err.msg);
}

static bool is_fresh(size_t at)
{
	const struct ohb_fact *fact = &facts.items[at];
	size_t i;

	for (i = 0; i < targets[at].noutputs; i++)
		if (fact->outputs[i] != OHB_OUTPUT_AS_RECORDED)
			return false;
	return fact->has_record && !fact->failed &&
			ohb_digest_eq(&fact->key, &fact->recorded_key);
}

/* A record of the target as it is now. */
static void record(size_t at, enum ohb_record_status status)
{
	struct ohb_record row = some_record(targets[at].name);
	struct ohb_record_output outputs[2];
	size_t i;

	gather();
	for (i = 0; i < targets[at].noutputs; i++) {
		outputs[i] = (struct ohb_record_output){
			.path = targets[at].outputs[i], .mode = 0644
		};
		ck_assert_int_eq(ohb_fs_digest(project, outputs[i].path,
						 &outputs[i].digest, &err),
				0);
	}
	row.status = status;
	row.key = facts.items[at].key;
	row.parts = facts.items[at].parts.items;
	row.nparts = facts.items[at].parts.count;
	row.outputs = outputs;
	row.noutputs = targets[at].noutputs;
	row.finished_ms = 1709251199999;
	row.settings = settings;
	row.evidence = status == OHB_RECORD_FAILED ? "it failed" : NULL;
	row.class = status == OHB_RECORD_FAILED ? "agent" : NULL;
	ck_assert_int_eq(ohb_record_save(store, &row, &err), 0);
}

static int write_lock(void)
{
	const struct ohb_lock_job job = {
		.tree = &tree,
		.graph = &graph,
		.config = &config,
		.store = store,
	};

	return ohb_lock_write(&job, &err);
}

/* Both recorded, and the lock written. */
static void make(void)
{
	record(0, OHB_RECORD_OK);
	record(1, OHB_RECORD_OK);
	ck_assert_msg(write_lock() == 0, "%s", err.msg);
}

/* As a clone: the tree and the lock. */
static void forget(void)
{
	ohb_store_close(store);
	ck_assert_int_eq(ohb_fs_remove_tree(project, ".ohbuild", &err), 0);
	store = open_as(OHB_STORE_WRITE);
}

START_TEST(nothing_to_write)
{
	ck_assert_int_eq(write_lock(), 0);
	ck_assert(!is_there("my.lock"));
	config.lock = NULL;
	make();
	ck_assert(!is_there("my.lock"));
}
END_TEST

START_TEST(all_of_a_record)
{
	char *text;

	make();
	text = text_of("my.lock");
	/* As sha256sum says. */
	ck_assert_ptr_nonnull(strstr(text,
			"\tkey text "
			"f51c362d5cc7defb17b2b1290bb8e9b5"
			"a4d7e1319f85b90741ff3f8578fc6bba prompt\n"));
	ck_assert_ptr_nonnull(strstr(text,
			"\toutput 100755 "
			"2db17e80a177b29c5d9b8cb94aa0ded8"
			"02d96446e7a0a3c4fc164a60ca6c5b72 tb\n"));
	ck_assert_ptr_nonnull(strstr(text, " tb\n\toutput 100644 "));
	ck_assert_ptr_nonnull(strstr(text,
			" tb.data\n"
			"\tby agent\n"
			"\tproof judge\n"
			"\tmodel openai/gpt\n"
			"\timage sha256:1234\n"
			"\tdate 2024-02-29T23:59:59Z\n"
			"\tcost 0.250000\n"));
}
END_TEST

/* No date is later than SOURCE_DATE_EPOCH, which must be a number. */
START_TEST(dates)
{
	static const struct {
		const char *epoch, *date;
	} cases[] = {
		{ "0", "date 1970-01-01T00:00:00Z" },
		{ "1000000000", "date 2001-09-09T01:46:40Z" },
		{ "1709251200", "date 2024-02-29T23:59:59Z" },
		{ "yesterday", "date 2024-02-29T23:59:59Z" },
		{ "-1", "date 2024-02-29T23:59:59Z" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", cases[i].epoch, 1),
				0);
		make();
		ck_assert_ptr_nonnull(
				strstr(text_of("my.lock"), cases[i].date));
		ck_assert_int_eq(unlinkat(project, "my.lock", 0), 0);
	}
}
END_TEST

START_TEST(a_clone_is_fresh)
{
	char *before;
	struct ohb_record back;

	make();
	before = text_of("my.lock");
	forget();
	gather();
	ck_assert(is_fresh(0) && is_fresh(1));
	ck_assert_uint_eq(facts.taken, 2);
	gather();
	ck_assert(is_fresh(0) && is_fresh(1));
	ck_assert_uint_eq(facts.taken, 0);
	ck_assert_int_eq(ohb_record_find(store, "tb", &arena, &back, &err), 1);
	ck_assert_str_eq(back.model, "openai/gpt");
	ck_assert_double_eq(back.cost_usd, 0.25);
	ck_assert_int_eq(back.finished_ms, 1709251199000);
	ck_assert_uint_eq(back.outputs[0].mode, 0755);
	/* What was taken goes back as it came. */
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	ck_assert_int_eq(unlinkat(project, "my.lock", 0), 0);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
}
END_TEST

/* In a clone where something is not as it was when the lock was written. */
START_TEST(a_clone_that_differs)
{
	char *before;

	make();
	before = text_of("my.lock");
	put("a.c", "other\n");
	ck_assert_int_eq(fchmodat(project, "tb", 0644, 0), 0);
	forget();
	gather();
	ck_assert(facts.items[0].has_record);
	ck_assert_int_eq(facts.items[0].outputs[0], OHB_OUTPUT_AS_RECORDED);
	ck_assert(!ohb_digest_eq(
			&facts.items[0].key, &facts.items[0].recorded_key));
	ck_assert_int_eq(facts.items[1].outputs[0], OHB_OUTPUT_DIFFERENT);
	ck_assert_int_eq(facts.items[1].outputs[1], OHB_OUTPUT_AS_RECORDED);
	/* Nobody knows better than the lock. */
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	/* Taken back: fresh. */
	put("a.c", "a\n");
	ck_assert_int_eq(fchmodat(project, "tb", 0755, 0), 0);
	gather();
	ck_assert(is_fresh(0) && is_fresh(1));
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
}
END_TEST

static const char *validate_line(const char *text)
{
	const char *at = strstr(text, "\tvalidate ");

	return at ? ohb_arena_strndup(&arena, at, strcspn(at, "\n")) : NULL;
}

/* By which settings a test was judged is known in a clone, too. */
START_TEST(a_clone_with_other_settings)
{
	char *before, *after, *old;

	settings = ohb_judge_settings(&module);
	make();
	before = text_of("my.lock");
	ck_assert_ptr_nonnull(validate_line(before));
	forget();
	gather();
	ck_assert(is_fresh(0) && !facts.items[0].resettled);
	module.proof.repeat = 7;
	gather();
	ck_assert(is_fresh(0) && facts.items[0].resettled);
	forget();
	gather();
	ck_assert(is_fresh(0) && facts.items[0].resettled);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	/* Judged by them, and back in a lock of them. */
	settings = ohb_judge_settings(&module);
	record(0, OHB_RECORD_OK);
	ck_assert_int_eq(write_lock(), 0);
	after = text_of("my.lock");
	ck_assert_str_ne(validate_line(after), validate_line(before));
	gather();
	ck_assert(!facts.items[0].resettled && facts.items[1].resettled);
	module.proof.repeat = 0;
	put("my.lock", before);
	gather();
	ck_assert(!facts.items[0].resettled && !facts.items[1].resettled);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	/* A lock of neither settings is not better than the database. */
	module.proof.repeat = 8;
	put("my.lock", after);
	gather();
	ck_assert(is_fresh(0) && facts.items[0].resettled);
	ck_assert_uint_eq(facts.taken, 0);
	/* One of an older program does not know them, until it is written. */
	module.proof.repeat = 0;
	old = ohb_arena_strdup(&arena, before);
	while (validate_line(old)) {
		char *at = strstr(old, "\tvalidate ");
		char *rest = strchr(at, '\n') + 1;

		memmove(at, rest, strlen(rest) + 1);
	}
	put("my.lock", old);
	gather();
	ck_assert(is_fresh(0) && !facts.items[0].resettled);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	put("my.lock", old);
	forget();
	module.proof.repeat = 9;
	gather();
	ck_assert(is_fresh(0) && !facts.items[0].resettled);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), old);
}
END_TEST

/* A reader takes nothing over, and knows the same. */
START_TEST(a_reader)
{
	struct ohb_digest before, after;

	make();
	forget();
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	before = whole_tree();
	gather();
	ck_assert(is_fresh(0) && is_fresh(1));
	ck_assert_uint_eq(facts.taken, 0);
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
}
END_TEST

/* The lock of a colleague, whose test is in the tree, and then not. */
START_TEST(whose_outputs_are_there)
{
	char *mine, *theirs;

	make();
	mine = text_of("my.lock");
	put("a.c", "theirs\n");
	put("ta", "their test\n");
	record(0, OHB_RECORD_OK);
	ck_assert_int_eq(write_lock(), 0);
	theirs = text_of("my.lock");
	ck_assert_str_ne(mine, theirs);
	/* Back to mine: the database knows theirs only. */
	put("a.c", "a\n");
	put("ta", "test a\n");
	put("my.lock", mine);
	gather();
	ck_assert(is_fresh(0));
	ck_assert_uint_eq(facts.taken, 1);
	/* Their test without their lock, and the other way round. */
	put("a.c", "theirs\n");
	put("ta", "their test\n");
	gather();
	ck_assert_int_eq(facts.items[0].outputs[0], OHB_OUTPUT_DIFFERENT);
	put("my.lock", theirs);
	gather();
	ck_assert(is_fresh(0));
	put("ta", "by hand\n");
	put("my.lock", mine);
	gather();
	ck_assert_int_eq(facts.items[0].outputs[0], OHB_OUTPUT_DIFFERENT);
	ck_assert_uint_eq(facts.taken, 0);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), mine);
}
END_TEST

/* The same test, held good for another source by a colleague. */
START_TEST(same_test_of_another_source)
{
	char *theirs;

	make();
	put("a.c", "theirs\n");
	record(0, OHB_RECORD_OK);
	ck_assert_int_eq(write_lock(), 0);
	theirs = text_of("my.lock");
	put("a.c", "a\n");
	record(0, OHB_RECORD_OK);
	put("a.c", "neither\n");
	gather();
	ck_assert(!is_fresh(0));
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), theirs);
	put("a.c", "a\n");
	gather();
	ck_assert(is_fresh(0));
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_ne(text_of("my.lock"), theirs);
}
END_TEST

START_TEST(failures_are_not_in_it)
{
	char *before;

	make();
	before = text_of("my.lock");
	put("a.c", "changed\n");
	record(0, OHB_RECORD_FAILED);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	gather();
	ck_assert(facts.items[0].failed);
	/* Also with a lock of which nothing is known. */
	forget();
	record(0, OHB_RECORD_FAILED);
	gather();
	ck_assert(facts.items[0].failed);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	/* Somebody else made it with what is there now. */
	forget();
	put("a.c", "a\n");
	ck_assert_int_eq(unlinkat(project, "my.lock", 0), 0);
	record(0, OHB_RECORD_FAILED);
	put("my.lock", before);
	gather();
	ck_assert(is_fresh(0));
	ck_assert_uint_eq(facts.taken, 2);
}
END_TEST

/* A build killed before it wrote the lock. */
START_TEST(the_database_is_ahead)
{
	char *before;

	make();
	before = text_of("my.lock");
	put("a.c", "changed\n");
	put("ta", "changed test\n");
	record(0, OHB_RECORD_OK);
	gather();
	ck_assert(is_fresh(0));
	ck_assert_uint_eq(facts.taken, 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_ne(text_of("my.lock"), before);
}
END_TEST

/* Records of older versions have no names: found while the files are the
 * same. */
START_TEST(names_are_lost)
{
	char *before;

	make();
	before = text_of("my.lock");
	raw_sql("DELETE FROM names; DELETE FROM meta");
	ck_assert_int_eq(unlinkat(project, "my.lock", 0), 0);
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_eq(text_of("my.lock"), before);
	raw_sql("DELETE FROM names; DELETE FROM meta");
	ck_assert_int_eq(unlinkat(project, "my.lock", 0), 0);
	put("a.c", "changed\n");
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_ptr_null(strstr(text_of("my.lock"), "target ta"));
	ck_assert_ptr_nonnull(strstr(text_of("my.lock"), "target tb"));
}
END_TEST

START_TEST(targets_that_are_no_more)
{
	make();
	forget();
	graph.count = 1;
	ohb_map_release(&graph.by_name);
	ohb_map_add(&graph.by_name, targets[0].name, &targets[0]);
	gather();
	ck_assert_uint_eq(facts.norphans, 1);
	ck_assert_str_eq(facts.orphans[0], "tb");
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_ptr_null(strstr(text_of("my.lock"), "target tb"));
	ck_assert_ptr_nonnull(strstr(text_of("my.lock"), "target ta"));
}
END_TEST

/* What cannot be read is not overwritten. */
START_TEST(a_conflict_meanwhile)
{
	static const char conflict[] = "<<<<<<< HEAD\n";

	make();
	put("a.c", "changed\n");
	record(0, OHB_RECORD_OK);
	put("my.lock", conflict);
	ck_assert_int_eq(write_lock(), -1);
	ck_assert_str_eq(text_of("my.lock"), conflict);
	ck_assert_int_eq(ohb_facts_gather(&tree, &graph, &config, store, &arena,
					 &facts, &err),
			-1);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
}
END_TEST

#ifdef OHB_FAILPOINTS
static size_t temps;

static int count_temp(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *e)
{
	const char *base;
	size_t len;

	(void)userdata;
	(void)kind;
	(void)e;
	temps += ohb_fs_is_temp(path, &base, &len);
	return 0;
}

static size_t count_temps(void)
{
	temps = 0;
	ck_assert_int_eq(ohb_fs_list(project, ".", count_temp, NULL, &err), 0);
	return temps;
}

/* Killed while it is written: the old one or the new one, and the next build
 * ends it. */
START_TEST(killed)
{
	static const struct {
		const char *point;
		bool written;
		size_t left;
	} cases[] = {
		{ "lock-temp", false, 1 },
		{ "lock-written", true, 0 },
	};
	char *before;
	pid_t pid;

	make();
	before = text_of("my.lock");
	put("a.c", "changed\n");
	record(0, OHB_RECORD_OK);
	ohb_store_close(store);
	store = NULL;
	pid = fork();
	if (pid == 0) {
		ck_assert_int_eq(
				setenv("OHBUILD_FAILPOINT", cases[_i].point, 1),
				0);
		store = open_as(OHB_STORE_WRITE);
		_exit(write_lock() == 0 ? 0 : 1);
	}
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	ck_assert_uint_eq(count_temps(), cases[_i].left);
	ck_assert_int_eq(strcmp(text_of("my.lock"), before) != 0,
			cases[_i].written);
	store = open_as(OHB_STORE_WRITE);
	gather();
	ck_assert(is_fresh(0));
	ck_assert_int_eq(write_lock(), 0);
	ck_assert_str_ne(text_of("my.lock"), before);
	ck_assert_uint_eq(count_temps(), 0);
}
END_TEST
#endif

int main(void)
{
	TCase *tc = tcase_create("lock");
	Suite *suite = suite_create("lock");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, nothing_to_write);
	tcase_add_test(tc, all_of_a_record);
	tcase_add_test(tc, dates);
	tcase_add_test(tc, a_clone_is_fresh);
	tcase_add_test(tc, a_clone_that_differs);
	tcase_add_test(tc, a_clone_with_other_settings);
	tcase_add_test(tc, a_reader);
	tcase_add_test(tc, whose_outputs_are_there);
	tcase_add_test(tc, same_test_of_another_source);
	tcase_add_test(tc, failures_are_not_in_it);
	tcase_add_test(tc, the_database_is_ahead);
	tcase_add_test(tc, names_are_lost);
	tcase_add_test(tc, targets_that_are_no_more);
	tcase_add_test(tc, a_conflict_meanwhile);
#ifdef OHB_FAILPOINTS
	tcase_add_loop_test(tc, killed, 0, 2);
#endif
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

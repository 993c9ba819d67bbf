/* A project's folder with a store in it, for the tests of this floor. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/memory.h"
#include "io/fs.h"
#include "io/process.h"
#include "store/store.h"

static struct ohb_error err;
static struct ohb_arena arena;
static char *project_path;
static int project = -1;

__attribute__((unused)) static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
	arena = (struct ohb_arena)OHB_ARENA_INIT;
	ck_assert_int_eq(ohb_fs_temp_dir(&project_path, &err), 0);
	project = open(project_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(project, 0);
}

__attribute__((unused)) static void teardown(void)
{
	ohb_arena_release(&arena);
	ohb_closep(&project);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, project_path, &err), 0);
	free(project_path);
}

__attribute__((unused)) static struct ohb_store *open_as(
		enum ohb_store_mode mode)
{
	const struct ohb_store_options options = { .mode = mode };
	struct ohb_store *store = NULL;

	ck_assert_msg(ohb_store_open(project, &options, &store, &err) == 0,
			"%s", err.msg);
	return store;
}

/* SQL on the file itself, as another program would. */
__attribute__((unused)) static void raw_sql(const char *sql)
{
	ohb_autostr path = OHB_STR_INIT;
	sqlite3 *db;

	ohb_str_addf(&path, "%s/.ohbuild/state.db", project_path);
	ck_assert_int_eq(sqlite3_open(path.data, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
			"%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

__attribute__((unused)) static struct ohb_digest digest(const char *text)
{
	return ohb_digest_of(text, strlen(text));
}

__attribute__((unused)) static bool same(
		const struct ohb_digest *a, const char *text)
{
	const struct ohb_digest b = digest(text);

	return ohb_digest_eq(a, &b);
}

__attribute__((unused)) static int add_file(void *userdata, const char *path,
		enum ohb_fs_kind kind, struct ohb_error *e)
{
	struct ohb_str *out = userdata;

	(void)kind;
	ohb_str_addf(out, "%s ", path);
	if (ohb_fs_read(project, path, (size_t)64 << 20, out, e) < 0)
		return -1;
	ohb_str_addc(out, '\n');
	return 0;
}

/* Names and bytes of everything in the project. */
__attribute__((unused)) static struct ohb_digest whole_tree(void)
{
	ohb_autostr all = OHB_STR_INIT;

	ck_assert_msg(ohb_fs_walk(project, NULL, add_file, &all, &err) == 0,
			"%s", err.msg);
	return ohb_digest_of(all.data, all.len);
}

/* The signal that ended the child, or minus its exit status. */
__attribute__((unused)) static int wait_child(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

__attribute__((unused)) static int run_suite(TCase *tc)
{
	Suite *suite = suite_create("store");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

static const struct ohb_part some_parts[] = {
	{ "prompt", { { 1 } } },
	{ "source:src/a.c", { { 2 } } },
	{ "source:src/\xff b\n.c", { { 3 } } },
};
static const struct ohb_record_output some_outputs[] = {
	{ "tests/a.c", { { 4 } }, 0644 },
	{ "tests/a.sh", { { 5 } }, 04755 },
};

__attribute__((unused)) static struct ohb_record some_record(const char *target)
{
	return (struct ohb_record){
		.target = target,
		.status = OHB_RECORD_OK,
		.key = digest("key"),
		.parts = some_parts,
		.nparts = OHB_ARRAY_LEN(some_parts),
		.outputs = some_outputs,
		.noutputs = OHB_ARRAY_LEN(some_outputs),
		.model = "openai/gpt",
		.image = "sha256:1234",
		.cost_usd = 0.25,
		.tokens_in = 1000000007,
		.tokens_out = 5,
		.started_ms = 1000,
		.finished_ms = 4000,
		.duration_ms = 3000,
		.attempts = 2,
		.validation_key = digest("validation"),
	};
}

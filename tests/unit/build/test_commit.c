/* Commits killed at every point, and what the next start makes of them. */
#include "unit/store/fixture.h"

#include <limits.h>

#include "build/commit.h"

#define OLD "old\n"
#define NEW_A "new a\n"
#define NEW_B "#!/bin/sh\nnew b\n"
#define PERSON "a person's\n"

static struct ohb_store *store;
static struct ohb_str said;

static void put(const char *path, const char *text, mode_t mode)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_mkdirs(project, "t", &err), 0);
	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 mode, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

/* The file has these bytes; NULL: it is not there. */
static bool holds(const char *path, const char *text)
{
	ohb_autostr now = OHB_STR_INIT;

	if (ohb_fs_read(project, path, 1 << 20, &now, &err) < 0)
		return !text;
	return text && ohb_streq(ohb_str_cstr(&now), text);
}

static mode_t mode_of(const char *path)
{
	struct ohb_fs_info info;

	ck_assert_int_eq(ohb_fs_stat(project, path, &info, &err), 0);
	return info.mode;
}

static void add_output(struct ohb_fileset *set, const char *path,
		const char *text, mode_t mode)
{
	const struct ohb_file file = {
		.path = path,
		.kind = OHB_TAR_FILE,
		.mode = mode,
		.data = text,
		.len = strlen(text),
		.digest = ohb_fs_digest_of(
				OHB_FS_FILE, mode, text, strlen(text)),
	};

	ohb_fileset_put(set, &file);
}

/* t/a was there, executable; t/b was not, unless we wrote it. */
static int commit(void)
{
	struct ohb_fileset before = OHB_FILESET_INIT;
	struct ohb_fileset outputs = OHB_FILESET_INIT;
	struct ohb_record record = some_record("t/a");
	const struct ohb_change_set change = {
		.target = "t/a",
		.previous = &before,
		.outputs = &outputs,
		.record = &record,
	};
	static const char *const previous[] = { "t/a", "t/b" };
	int result;

	ck_assert_int_eq(ohb_fileset_load(&before, project, previous,
					 holds("t/b", NEW_B) ? 2 : 1, &arena,
					 &err),
			0);
	add_output(&outputs, "t/a", NEW_A, 0644);
	add_output(&outputs, "t/b", NEW_B, 0755);
	result = ohb_commit_outputs(project, store, &change, &arena, &err);
	ohb_fileset_release(&outputs);
	ohb_fileset_release(&before);
	return result;
}

static void say(void *userdata, const char *text)
{
	(void)userdata;
	ohb_str_addf(&said, "%s\n", text);
}

static void recover(void)
{
	ohb_str_clear(&said);
	ck_assert_msg(ohb_commit_recover(project, store, say, NULL, &err) == 0,
			"%s", err.msg);
}

static int count_temp(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *e)
{
	const char *base;
	size_t len, *count = userdata;

	(void)kind;
	(void)e;
	*count += ohb_fs_is_temp(path, &base, &len);
	return 0;
}

/* Those that are not removed by a sweep. */
static size_t temps(const char *output)
{
	static const char *const skip[] = { ".ohbuild", NULL };
	const char *outputs[] = { output, "t/b" };
	struct ohb_target target = { .name = output,
		.outputs = outputs,
		.noutputs = OHB_ARRAY_LEN(outputs) };
	struct ohb_graph graph = { .targets = &target, .count = 1 };
	size_t i, count = 0;

	for (i = 0; i < OHB_ARRAY_LEN(outputs); i++)
		ohb_map_add(&graph.by_name, outputs[i], &target);
	ck_assert_int_eq(ohb_commit_sweep(project, &graph, &err), 0);
	ohb_map_release(&graph.by_name);
	ck_assert_int_eq(ohb_fs_walk(project, skip, count_temp, &count, &err),
			0);
	return count;
}

static bool is_recorded(void)
{
	struct ohb_record found;
	int there = ohb_record_find(store, "t/a", &arena, &found, &err);

	ck_assert_int_ge(there, 0);
	ck_assert(!there || found.noutputs == 2);
	return there == 1;
}

/* Killed at the point; the store is open for the next start. */
static void die_at(const char *point)
{
	pid_t pid;
	int how;

	put("t/a", OLD, 0755);
	pid = fork();
	if (pid == 0) {
		setenv("OHBUILD_FAILPOINT", point, 1);
		store = open_as(OHB_STORE_WRITE);
		_exit(commit() == 0 ? 0 : 1);
	}
	how = wait_child(pid);
#ifdef OHB_FAILPOINTS
	ck_assert_int_eq(how, SIGKILL);
#else
	ck_assert_int_eq(how, 0);
#endif
	store = open_as(OHB_STORE_NO_WAIT);
}

static void end(void)
{
	ohb_store_close(store);
	ohb_str_release(&said);
	said = (struct ohb_str)OHB_STR_INIT;
}

#ifdef OHB_FAILPOINTS
#	define BEGUN 4 /* of the points */
#else
#	define BEGUN 0 /* none kills: each commit is done */
#endif

static const char *const points[] = {
	"commit-temp:1",
	"commit-temp:2",
	"commit-before-begin",
	"commit-begin", /* of the transaction */
	"commit-begin-done",
	"commit-begun",
	"commit-renamed:1",
	"commit-renamed:2",
	"commit-all-renamed",
	"commit-end",
	"commit-end-done",
	"commit-ended",
};

START_TEST(killed)
{
	const bool begun = _i >= BEGUN;

	die_at(points[_i]);
	recover();
	ck_assert_msg(holds("t/a", begun ? NEW_A : OLD), "%s", points[_i]);
	ck_assert_msg(holds("t/b", begun ? NEW_B : NULL), "%s", points[_i]);
	ck_assert_uint_eq(mode_of("t/a"), begun ? 0644 : 0755);
	ck_assert_int_eq(is_recorded(), begun);
	ck_assert_uint_eq(temps("t/a"), 0);
	/* once is enough */
	recover();
	ck_assert_str_eq(ohb_str_cstr(&said), "");
	ck_assert_int_eq(commit(), 0);
	ck_assert(holds("t/a", NEW_A) && is_recorded());
	end();
}
END_TEST

#ifdef OHB_FAILPOINTS

/* What a person put there meanwhile is not overwritten, and a file that is
 * lost is not made up. */
static const struct {
	const char *point, *path;
	const char *text; /* NULL: it is removed */
	const char *a, *b; /* afterwards */
} meddlings[] = {
	{ "commit-begun", "t/a", PERSON, PERSON, NULL },
	{ "commit-begun", "t/b", PERSON, OLD, PERSON },
	{ "commit-begun", "t/a", NULL, NULL, NULL },
	{ "commit-renamed:1", "t/b", PERSON, OLD, PERSON },
	{ "commit-renamed:1", "t/a", PERSON, PERSON, NULL },
	{ "commit-renamed:1", "t/a", NULL, NULL, NULL },
	{ "commit-all-renamed", "t/b", NULL, OLD, NULL },
	{ "commit-all-renamed", "t/b", PERSON, OLD, PERSON },
};

START_TEST(meddled)
{
	const char *path = meddlings[_i].path;

	die_at(meddlings[_i].point);
	if (meddlings[_i].text)
		put(path, meddlings[_i].text, 0644);
	else
		ck_assert_int_eq(ohb_fs_unlink(project, path, &err), 0);
	recover();
	ck_assert_msg(strstr(ohb_str_cstr(&said), "'t/a'"), "%s", said.data);
	ck_assert(holds("t/a", meddlings[_i].a));
	ck_assert(holds("t/b", meddlings[_i].b));
	if (holds("t/a", OLD))
		ck_assert_uint_eq(mode_of("t/a"), 0755);
	ck_assert(!is_recorded());
	ck_assert_uint_eq(temps("t/a"), 0);
	recover();
	ck_assert_str_eq(ohb_str_cstr(&said), "");
	end();
}
END_TEST

/* A folder where an output was to be. */
START_TEST(a_folder_is_in_the_way)
{
	die_at("commit-begun");
	ck_assert_int_eq(ohb_fs_mkdirs(project, "t/b", &err), 0);
	recover();
	ck_assert(holds("t/a", OLD) && !is_recorded());
	ck_assert_uint_eq(temps("t/a"), 0);
	end();
}
END_TEST

/* Killed while it is mended, too. */
START_TEST(killed_while_mending)
{
	static const char *const where[] = { "commit-end", "commit-end-done",
		"commit-drop", "commit-drop-done" };
	const bool back = _i >= 2;
	pid_t pid;

	die_at("commit-renamed:1");
	ohb_store_close(store);
	if (back)
		put("t/b", PERSON, 0644);
	pid = fork();
	if (pid == 0) {
		setenv("OHBUILD_FAILPOINT", where[_i], 1);
		store = open_as(OHB_STORE_WRITE);
		recover();
		_exit(0);
	}
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	store = open_as(OHB_STORE_NO_WAIT);
	recover();
	ck_assert(holds("t/a", back ? OLD : NEW_A));
	ck_assert(holds("t/b", back ? PERSON : NEW_B));
	ck_assert_int_eq(is_recorded(), !back);
	ck_assert_uint_eq(temps("t/a"), 0);
	end();
}
END_TEST

#endif

/* A file that cannot be put in place: nothing of the commit stays. */
START_TEST(cannot_rename)
{
	put("t/a", OLD, 0755);
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_fs_mkdirs(project, "t/b/full", &err), 0);
	ck_assert_int_eq(commit(), -1);
	ck_assert_msg(strstr(err.msg, "t/b"), "%s", err.msg);
	ck_assert(holds("t/a", OLD) && !is_recorded());
	ck_assert_uint_eq(mode_of("t/a"), 0755);
	ck_assert_uint_eq(temps("t/a"), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(project, "t/b", &err), 0);
	ck_assert_msg(commit() == 0, "%s", err.msg);
	ck_assert(holds("t/b", NEW_B) && is_recorded());
	end();
}
END_TEST

/* Somebody wrote it since the stage: it is not overwritten. */
START_TEST(written_meanwhile)
{
	put("t/a", OLD, 0755);
	put("t/b", PERSON, 0644);
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(commit(), -1);
	ck_assert_int_eq(err.code, OHB_E_EXISTS);
	ck_assert_msg(strstr(err.msg, "'t/b'"), "%s", err.msg);
	ck_assert(holds("t/a", OLD) && holds("t/b", PERSON) && !is_recorded());
	ck_assert_uint_eq(temps("t/a"), 0);
	recover();
	ck_assert_str_eq(ohb_str_cstr(&said), "");
	ck_assert_int_eq(ohb_fs_unlink(project, "t/b", &err), 0);
	ck_assert_msg(commit() == 0, "%s", err.msg);
	end();
}
END_TEST

/* Names that were cut are swept, too; a person's file is not. */
START_TEST(sweeps_what_is_ours)
{
	char path[2 + NAME_MAX + 1];
	char *temp = NULL;

	memcpy(path, "t/", 2);
	memset(path + 2, 'x', NAME_MAX);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(ohb_fs_mkdirs(project, "t", &err), 0);
	ck_assert_int_eq(ohb_fs_write_temp(project, path, "", 0, 0644, &temp,
					 &err),
			0);
	free(temp);
	ck_assert_uint_eq(temps("t/a"), 1);
	ck_assert_uint_eq(temps(path), 0);
	put("t/.a.ohb-0123", PERSON, 0644);
	put("t/.c.ohb-0123456789abcdef", PERSON, 0644);
	ck_assert_uint_eq(temps("t/a"), 1);
	ck_assert(holds("t/.a.ohb-0123", PERSON));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("commit");

	tcase_add_loop_test(tc, killed, 0, OHB_ARRAY_LEN(points));
#ifdef OHB_FAILPOINTS
	tcase_add_loop_test(tc, meddled, 0, OHB_ARRAY_LEN(meddlings));
	tcase_add_test(tc, a_folder_is_in_the_way);
	tcase_add_loop_test(tc, killed_while_mending, 0, 4);
#endif
	tcase_add_test(tc, cannot_rename);
	tcase_add_test(tc, written_meanwhile);
	tcase_add_test(tc, sweeps_what_is_ours);
	return run_suite(tc);
}

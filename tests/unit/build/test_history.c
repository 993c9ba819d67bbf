/* What a file was, and who changed it: against the real git. */
#include "unit/store/fixture.h"

#include "build/history.h"
#include "build/name.h"
#include "io/git.h"

static struct ohb_store *store;
static struct ohb_history history;

/* git in the project; the time makes the order of commits certain. */
static void git_at(const char *const *args)
{
	static int clock = 1000000000;
	ohb_autostr date = OHB_STR_INIT;
	const char *argv[24] = { "-c", "user.name=J \033[31mDoe", "-c",
		"user.email=j@example.org", "-c", "init.defaultBranch=main" };
	struct ohb_git_call call = {
		.dirfd = project, .args = argv, .max_output = 1 << 20
	};
	struct ohb_git_result result;
	size_t i;

	for (i = 0; args[i]; i++)
		argv[6 + i] = args[i];
	ohb_str_addf(&date, "%d +0000", clock += 86400);
	setenv("GIT_AUTHOR_DATE", date.data, 1);
	setenv("GIT_COMMITTER_DATE", date.data, 1);
	ck_assert_msg(ohb_git_run(&call, &result, &err) == 0, "%s", err.msg);
	ck_assert_msg(result.status == 0 || ohb_streq(args[0], "merge"),
			"git %s: %s", args[0], ohb_str_cstr(&result.err));
	ohb_git_result_release(&result);
}

#define GIT(...) git_at((const char *const[]){ __VA_ARGS__, NULL })

static void put(const char *path, const char *text, mode_t mode)
{
	char *temp = NULL;

	ck_assert_int_eq(ohb_fs_write_temp(project, path, text, strlen(text),
					 mode, &temp, &err),
			0);
	ck_assert_int_eq(ohb_fs_rename(project, temp, path, &err), 0);
	free(temp);
}

static void commit(const char *path, const char *text, const char *subject)
{
	put(path, text, 0644);
	GIT("--literal-pathspecs", "add", "--", path);
	GIT("commit", "-qm", subject);
}

static struct ohb_digest was(const char *text)
{
	return ohb_fs_digest_of(OHB_FS_FILE, 0644, text, strlen(text));
}

static void forget(void)
{
	ohb_history_release(&history);
	history = (struct ohb_history){
		.dirfd = project, .store = store, .arena = &arena
	};
}

/* "text|subject|later|uncommitted"; what is not known is "-". */
static const char *find(const char *path, const struct ohb_digest *before)
{
	struct ohb_digest after = { .bytes = { 0 } };
	const struct ohb_history_past *past;
	ohb_autostr text = OHB_STR_INIT;

	ck_assert_int_eq(ohb_fs_digest(project, path, &after, &err), 0);
	forget();
	past = ohb_history_find(&history, path, before, &after);
	if (past->kind != OHB_FS_ABSENT)
		ohb_str_add(&text, past->data, past->len);
	else
		ohb_str_adds(&text, past->missing);
	ohb_str_addf(&text, "|%s|%zu%s",
			past->commit ? past->commit->subject : "-", past->later,
			past->uncommitted ? "|uncommitted" : "");
	/* Asked again it is not looked for again. */
	ck_assert_ptr_eq(
			ohb_history_find(&history, path, before, &after), past);
	return ohb_arena_strdup(&arena, ohb_str_cstr(&text));
}

static const char *find_text(const char *path, const char *text)
{
	const struct ohb_digest before = was(text);

	return find(path, &before);
}

#define UNKNOWN "git does not know the content of then"

static void begin(void)
{
	setup();
	store = open_as(OHB_STORE_WRITE);
	GIT("init", "-q", ".");
}

static void end(void)
{
	ohb_history_release(&history);
	ohb_store_close(store);
	teardown();
}

START_TEST(one_line_of_commits)
{
	put("a", "0", 0644);
	ck_assert_str_eq(find_text("a", "x"), UNKNOWN "|-|0|uncommitted");
	commit("a", "1", "one");
	commit("b", "b", "another file");
	commit("a", "2", "two\n\nbody");
	commit("a", "3", "three");
	ck_assert_str_eq(find_text("a", "1"), "1|two|1");
	ck_assert_str_eq(find_text("a", "2"), "2|three|0");
	/* what nobody committed: the last commit made it what it is */
	ck_assert_str_eq(find_text("a", "x"), UNKNOWN "|three|0");
	put("a", "4", 0644);
	ck_assert_str_eq(find_text("a", "3"), "3|-|0|uncommitted");
	ck_assert_str_eq(find_text("a", "2"), "2|three|0|uncommitted");
	ck_assert_str_eq(find_text("a", "x"), UNKNOWN "|-|0|uncommitted");
	/* taken back and done again: the last time counts */
	commit("a", "2", "back");
	commit("a", "5", "again");
	ck_assert_str_eq(find_text("a", "2"), "2|again|0");
	ck_assert_str_eq(find_text("b", "x"), UNKNOWN "|-|0");
}
END_TEST

START_TEST(by_the_name_of_the_lock_file)
{
	const struct ohb_name name = ohb_name_of(OHB_FS_FILE, 0644, "1", 1);
	struct ohb_digest before = ohb_name_stand_in(&name.content);

	commit("a", "1", "one");
	commit("a", "2", "two");
	ck_assert_str_eq(find("a", &before), "1|two|0");
	before.bytes[0] ^= 1;
	ck_assert_str_eq(find("a", &before), UNKNOWN "|two|0");
}
END_TEST

START_TEST(merges)
{
	commit("a", "1", "one");
	GIT("checkout", "-qb", "side");
	commit("a", "side", "on the side");
	GIT("checkout", "-q", "main");
	commit("b", "b", "elsewhere");
	GIT("merge", "-q", "--no-edit", "side");
	/* the merge itself has changed nothing */
	ck_assert_str_eq(find_text("a", "1"), "1|on the side|0");
	commit("a", "main", "on main");
	GIT("checkout", "-q", "side");
	commit("a", "other", "on the side again");
	GIT("checkout", "-q", "main");
	GIT("merge", "-q", "side");
	put("a", "both", 0644);
	GIT("commit", "-qam", "by hand");
	ck_assert_str_eq(find_text("a", "main"), "main|by hand|0");
	ck_assert_str_eq(find_text("a", "other"), "other|by hand|0");
}
END_TEST

START_TEST(names_modes_links)
{
	static const char *const names[] = { "a*[x].c", ":(top)b", "-c d",
		"\xff\n\"e'" };
	struct ohb_digest before;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(names); i++) {
		commit(names[i], "1", "one");
		commit(names[i], "2", "s\001ubject");
		commit("x.c", names[i], "not this one");
		ck_assert_str_eq(find_text(names[i], "1"), "1|s\001ubject|0");
	}
	/* the same bytes, but it runs */
	put("x.c", names[3], 0755);
	ck_assert_str_eq(find_text("x.c", names[3]),
			"\xff\n\"e'|-|0|uncommitted");
	ck_assert_int_eq(symlinkat("there", project, "link"), 0);
	GIT("add", "link");
	GIT("commit", "-qm", "a link");
	ck_assert_int_eq(unlinkat(project, "link", 0), 0);
	put("link", "there", 0644);
	before = ohb_fs_digest_of(OHB_FS_LINK, 0, "there", 5);
	ck_assert_str_eq(find("link", &before), "there|-|0|uncommitted");
}
END_TEST

START_TEST(from_the_store)
{
	struct ohb_digest before = was("never committed"), blob;
	ohb_autostr frame = OHB_STR_INIT;

	commit("a", "1", "one");
	commit("a", "2", "two");
	ck_assert_str_eq(find("a", &before), UNKNOWN "|two|0");
	ohb_fs_frame(&frame, OHB_FS_FILE, 0644, "never committed", 15);
	ck_assert_int_eq(
			ohb_blob_add(store, frame.data, frame.len, &blob, &err),
			0);
	ck_assert(ohb_digest_eq(&blob, &before));
	ck_assert_str_eq(find("a", &before), "never committed|two|0");
	ck_assert_int_eq(ohb_fs_remove_tree(project, ".git", &err), 0);
	ck_assert_str_eq(find("a", &before), "never committed|-|0");
	before = was("1");
	ck_assert_str_eq(find("a", &before), "there is no git repository|-|0");
}
END_TEST

START_TEST(without_git)
{
	commit("a", "1", "one");
	put("a", "2", 0644);
	setenv("PATH", "/nowhere", 1);
	ck_assert_str_eq(find_text("a", "1"), "git is not installed|-|0");
}
END_TEST

static const char told[] = "\0011a\0002026-01-01\0J\0one \001 \0\n"
			   ":100644 100755 0f7b 88c5 M\0q/f\0"
			   "\0012b\0002026-01-02\0J\0merge\0\0"
			   "::100644 100644 100644 0f7b 1111 2222 MM\0q/f\0"
			   "\0013c\0002026-01-03\0J\0start\0\n"
			   ":000000 100644 0000 422c A\0p/f\0";

START_TEST(what_git_tells)
{
	struct ohb_history_entry e[4];
	size_t len;

	ck_assert_uint_eq(
			ohb_history_parse(told, sizeof(told) - 1, &arena, e, 4),
			3);
	ck_assert_str_eq(e[0].commit.subject, "one \001 ");
	ck_assert_str_eq(e[0].before[0], "0f7b");
	ck_assert_str_eq(e[0].after, "88c5");
	ck_assert_uint_eq(e[0].mode_after, 0100755);
	ck_assert_str_eq(e[1].before[1], "1111");
	ck_assert_str_eq(e[1].after, "2222");
	ck_assert_ptr_null(e[2].before[0]);
	ck_assert_ptr_null(e[2].before[1]);
	ck_assert_str_eq(e[2].commit.date, "2026-01-03");
	/* cut anywhere it is read as far as it goes */
	for (len = 0; len < sizeof(told) - 1; len++)
		ck_assert_uint_le(
				ohb_history_parse(told, len, &arena, e, 4), 3);
	ck_assert_uint_eq(
			ohb_history_parse(told, sizeof(told) - 1, &arena, e, 2),
			2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("history");
	Suite *suite = suite_create("history");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_line_of_commits);
	tcase_add_test(tc, by_the_name_of_the_lock_file);
	tcase_add_test(tc, merges);
	tcase_add_test(tc, names_modes_links);
	tcase_add_test(tc, from_the_store);
	tcase_add_test(tc, without_git);
	tcase_add_test(tc, what_git_tells);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

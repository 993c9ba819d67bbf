#include "unit/store/fixture.h"

#include <pthread.h>

#include "io/wait.h"
#include "store/schema.h"

static struct ohb_str said;

static void say(void *userdata, const char *text)
{
	(void)userdata;
	ohb_str_addf(&said, "%s\n", text);
}

static void save_meta(struct ohb_store *store, const char *text)
{
	ck_assert_msg(ohb_meta_save(store, "x", text, &err) == 0, "%s",
			err.msg);
}

static void check_meta(struct ohb_store *store, const char *text)
{
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_msg(ohb_meta_find(store, "x", &out, &err) == (text != NULL),
			"%s", err.msg);
	ck_assert_str_eq(ohb_str_cstr(&out), text ? text : "");
}

START_TEST(read_nothing)
{
	const struct ohb_digest before = whole_tree();
	struct ohb_store *store = open_as(OHB_STORE_READ);
	const struct ohb_record *records;
	struct ohb_record record;
	struct ohb_attempts attempts;
	struct ohb_runs runs;
	struct ohb_digest after;
	size_t n;

	ck_assert_int_eq(ohb_record_load(store, &arena, &records, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(ohb_record_find(store, "t", &arena, &record, &err), 0);
	ck_assert_int_eq(ohb_attempt_load(store, "t", 0, &arena, &attempts,
					 &err),
			0);
	ck_assert_uint_eq(attempts.count, 0);
	ck_assert_int_eq(ohb_run_load(store, NULL, 0, &arena, &runs, &err), 0);
	ck_assert_uint_eq(runs.count, 0);
	check_meta(store, NULL);
	ck_assert_int_eq(ohb_meta_save(store, "x", "y", &err), -1);
	ohb_store_close(store);
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
	ck_assert_int_lt(faccessat(project, ".ohbuild", F_OK, 0), 0);
}
END_TEST

START_TEST(read_empty_file)
{
	struct ohb_store *store;

	ck_assert_int_eq(mkdirat(project, ".ohbuild", 0755), 0);
	close(openat(project, ".ohbuild/state.db", O_CREAT | O_WRONLY, 0644));
	store = open_as(OHB_STORE_READ);
	check_meta(store, NULL);
	ohb_store_close(store);
	store = open_as(OHB_STORE_WRITE);
	save_meta(store, "1");
	ohb_store_close(store);
}
END_TEST

START_TEST(files)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_fs_info info;

	save_meta(store, "1");
	ck_assert_int_eq(ohb_fs_read(project, ".ohbuild/.gitignore", 9, &out,
					 &err),
			0);
	ck_assert_str_eq(out.data, "*\n");
	/* the holder's name, while it holds */
	ohb_str_clear(&out);
	ck_assert_int_eq(ohb_fs_read(project, ".ohbuild/lock", 999, &out, &err),
			0);
	ck_assert_ptr_nonnull(strstr(out.data, "ohbuild (pid "));
	ohb_store_close(store);
	ck_assert_int_eq(ohb_fs_stat(project, ".ohbuild/lock", &info, &err), 0);
	ck_assert_uint_eq(info.size, 0);
	/* a journal that can be truncated, not a WAL */
	ck_assert_int_lt(faccessat(project, ".ohbuild/state.db-wal", F_OK, 0),
			0);
	store = open_as(OHB_STORE_WRITE);
	check_meta(store, "1");
	ohb_store_close(store);
}
END_TEST

START_TEST(reading_changes_nothing)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_digest before, after;

	save_meta(store, "1");
	ohb_store_close(store);
	before = whole_tree();
	store = open_as(OHB_STORE_READ);
	check_meta(store, "1");
	ck_assert_int_eq(ohb_meta_save(store, "x", "2", &err), -1);
	ohb_store_close(store);
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
}
END_TEST

START_TEST(read_beside_a_writer)
{
	struct ohb_store *writer = open_as(OHB_STORE_WRITE);
	struct ohb_store *reader;

	save_meta(writer, "1");
	reader = open_as(OHB_STORE_READ);
	check_meta(reader, "1");
	save_meta(writer, "2");
	check_meta(reader, "2");
	ohb_store_close(writer);
	check_meta(reader, "2");
	ohb_store_close(reader);
}
END_TEST

/* As a user whom permissions bind, also when the tests run as root. */
START_TEST(read_only_folder)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	const struct ohb_store_options writing = { .mode = OHB_STORE_WRITE };
	pid_t pid;

	save_meta(store, "1");
	ohb_store_close(store);
	ck_assert_int_eq(fchmod(project, 0555), 0);
	ck_assert_int_eq(fchmodat(project, ".ohbuild", 0555, 0), 0);
	ck_assert_int_eq(fchmodat(project, ".ohbuild/state.db", 0444, 0), 0);
	ck_assert_int_eq(fchmodat(project, ".ohbuild/lock", 0444, 0), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(3);
		store = open_as(OHB_STORE_READ);
		check_meta(store, "1");
		ohb_store_close(store);
		if (ohb_store_open(project, &writing, &store, &err) == 0)
			_exit(4);
		_exit(err.code != OHB_E_IO ||
				!strstr(err.msg, "Permission denied"));
	}
	ck_assert_int_eq(wait_child(pid), 0);
	ck_assert_int_eq(fchmodat(project, ".ohbuild", 0755, 0), 0);
}
END_TEST

/* A child that holds the lock until it is told to let go. */
static pid_t start_holder(int *ret_fd)
{
	const struct ohb_store_options options = {
		.mode = OHB_STORE_WRITE,
		.command = "ohbuild -j 4 \x1b[31m",
	};
	struct ohb_store *store;
	int up[2], down[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe2(up, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(down, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(down[1]);
		if (ohb_store_open(project, &options, &store, &err) < 0)
			_exit(1);
		save_meta(store, "child");
		(void)!write(up[1], "x", 1);
		(void)!read(down[0], &c, 1);
		ohb_store_close(store);
		_exit(0);
	}
	close(up[1]);
	close(down[0]);
	ck_assert_int_eq(read(up[0], &c, 1), 1);
	close(up[0]);
	*ret_fd = down[1];
	return pid;
}

START_TEST(busy)
{
	struct ohb_store_options options = { .mode = OHB_STORE_NO_WAIT };
	struct ohb_store *store = NULL;
	char who[64];
	int fd;
	pid_t pid = start_holder(&fd);

	ck_assert_int_eq(ohb_store_open(project, &options, &store, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_BUSY);
	(void)snprintf(who, sizeof(who), "ohbuild -j 4 ?[31m (pid %d, since ",
			(int)pid);
	ck_assert_ptr_nonnull(strstr(err.msg, who));
	/* readers do not care */
	store = open_as(OHB_STORE_READ);
	check_meta(store, "child");
	ohb_store_close(store);
	close(fd);
	ck_assert_int_eq(wait_child(pid), 0);
	store = open_as(OHB_STORE_NO_WAIT);
	ohb_store_close(store);
}
END_TEST

START_TEST(busy_here)
{
	const struct ohb_store_options options = { .mode = OHB_STORE_NO_WAIT };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_store *other;

	ck_assert_int_eq(ohb_store_open(project, &options, &other, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_BUSY);
	ohb_store_close(store);
}
END_TEST

static void *let_go_soon(void *fd)
{
	usleep(300 * 1000);
	close(*(int *)fd);
	return NULL;
}

START_TEST(waits)
{
	struct ohb_store_options options = {
		.mode = OHB_STORE_WRITE,
		.on_wait = say,
	};
	struct ohb_store *store;
	pthread_t thread;
	int fd;
	pid_t pid = start_holder(&fd);

	pthread_create(&thread, NULL, let_go_soon, &fd);
	ck_assert_msg(ohb_store_open(project, &options, &store, &err) == 0,
			"%s", err.msg);
	pthread_join(thread, NULL);
	check_meta(store, "child");
	ohb_store_close(store);
	ck_assert_int_eq(wait_child(pid), 0);
	/* said once */
	ck_assert_ptr_nonnull(strstr(said.data, "ohbuild -j 4"));
	ck_assert_ptr_eq(strchr(said.data, '\n'), said.data + said.len - 1);
	ohb_str_release(&said);
}
END_TEST

START_TEST(waits_for_the_dead)
{
	struct ohb_store *store;
	int fd;
	pid_t pid = start_holder(&fd);

	kill(pid, SIGKILL);
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	close(fd);
	store = open_as(OHB_STORE_NO_WAIT);
	check_meta(store, "child");
	ohb_store_close(store);
}
END_TEST

static void *raise_soon(void *cancel)
{
	usleep(200 * 1000);
	ohb_cancel_raise(cancel);
	return NULL;
}

START_TEST(wait_cancelled)
{
	struct ohb_store_options options = { .mode = OHB_STORE_WRITE };
	struct ohb_store *store;
	struct ohb_cancel cancel;
	pthread_t thread;
	int fd;
	pid_t pid = start_holder(&fd);

	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	options.cancel = &cancel;
	pthread_create(&thread, NULL, raise_soon, &cancel);
	ck_assert_int_eq(ohb_store_open(project, &options, &store, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	pthread_join(thread, NULL);
	ohb_cancel_release(&cancel);
	close(fd);
	ck_assert_int_eq(wait_child(pid), 0);
}
END_TEST

/* Writes over a part of the database; from < 0: from its end. */
static void spoil(off_t from, size_t len)
{
	ohb_autofree char *junk = ohb_alloc(len);
	ohb_autoclose int fd = openat(
			project, ".ohbuild/state.db", O_WRONLY | O_CLOEXEC);

	memset(junk, 0x5a, len);
	ck_assert_int_ge(fd, 0);
	if (from < 0)
		from += lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(pwrite(fd, junk, len, from), (ssize_t)len);
}

static int count_aside(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *e)
{
	(void)kind;
	(void)e;
	*(int *)userdata += ohb_starts(path, ".ohbuild/state.db.damaged-");
	return 0;
}

START_TEST(damaged)
{
	static const struct {
		off_t from;
		size_t len;
	} cases[] = {
		{ 0, 16 }, /* not a database */
		{ 68, 4 }, /* somebody else's */
		{ 100, 900 }, /* the schema */
		{ 0, 40000 },
	};
	const struct ohb_store_options reading = { .mode = OHB_STORE_READ };
	const struct ohb_store_options writing = {
		.mode = OHB_STORE_WRITE,
		.on_warning = say,
	};
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_digest before, after;
	int aside = 0;

	save_meta(store, "1");
	ohb_store_close(store);
	spoil(cases[_i].from, cases[_i].len);
	before = whole_tree();
	ck_assert_int_eq(ohb_store_open(project, &reading, &store, &err), -1);
	ck_assert_msg(err.code == OHB_E_STATE, "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(err.msg, ".ohbuild/state.db"));
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
	ck_assert_msg(ohb_store_open(project, &writing, &store, &err) == 0,
			"%s", err.msg);
	check_meta(store, NULL);
	save_meta(store, "2");
	ohb_store_close(store);
	ck_assert_ptr_nonnull(strstr(said.data,
			"the database is now '.ohbuild/state.db.damaged-"));
	ohb_str_release(&said);
	ck_assert_int_eq(ohb_fs_walk(project, NULL, count_aside, &aside, &err),
			0);
	ck_assert_int_ge(aside, 1);
	store = open_as(OHB_STORE_READ);
	check_meta(store, "2");
	ohb_store_close(store);
}
END_TEST

/* Damage deep inside is met by a call; the next build finds it. */
START_TEST(damaged_inside)
{
	const struct ohb_store_options writing = {
		.mode = OHB_STORE_WRITE,
		.on_warning = say,
	};
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	const struct ohb_record *records;
	struct ohb_record record = some_record("");
	char name[300];
	size_t i, n;

	for (i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "%0280zu", i);
		record.target = name;
		ck_assert_int_eq(ohb_record_save(store, &record, &err), 0);
	}
	ohb_store_close(store);
	spoil(-60000, 50000);
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(
			ohb_record_load(store, &arena, &records, &n, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_STATE);
	ohb_store_close(store);
	ck_assert_int_eq(ohb_store_open(project, &writing, &store, &err), 0);
	ck_assert_uint_gt(said.len, 0);
	ohb_str_release(&said);
	ck_assert_int_eq(ohb_record_load(store, &arena, &records, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	ohb_store_close(store);
}
END_TEST

START_TEST(newer)
{
	static const enum ohb_store_mode modes[] = { OHB_STORE_READ,
		OHB_STORE_WRITE };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	const struct ohb_store_options options = { .mode = modes[_i] };
	struct ohb_digest before, after;

	ohb_store_close(store);
	raw_sql("PRAGMA user_version = 99");
	before = whole_tree();
	ck_assert_int_eq(ohb_store_open(project, &options, &store, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_STATE);
	ck_assert_ptr_nonnull(strstr(err.msg,
			"written by a newer ohbuild (schema 99, this one knows "
			"9)"));
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
}
END_TEST

#define OHB_MIGRATIONS 9 /* of this ohbuild */

/* The step after the present one, as it will be some day. */
START_TEST(migrates)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	/* Those before are not looked at. */
	struct ohb_migration steps[OHB_MIGRATIONS + 2] = {
		[OHB_MIGRATIONS] = { .sql = "ALTER TABLE meta ADD COLUMN extra "
					    "TEXT;"
					    "UPDATE meta SET extra = value || "
					    "'!'" },
		[OHB_MIGRATIONS + 1] = { .sql = "ALTER TABLE meta RENAME TO "
						"meta3" },
	};
	struct ohb_migration bad[OHB_MIGRATIONS + 2] = {
		[OHB_MIGRATIONS] = { .sql = "ALTER TABLE meta RENAME TO "
					    "meta2" },
		[OHB_MIGRATIONS + 1] = { .sql = "no sql" },
	};
	ohb_autosql q = OHB_SQL_INIT;
	size_t version;
	sqlite3 *old;
	ohb_autostr path = OHB_STR_INIT;

	save_meta(store, "1");
	/* all or nothing */
	ck_assert_int_eq(ohb_schema_migrate(
					 store, bad, OHB_ARRAY_LEN(bad), &err),
			-1);
	ck_assert_int_eq(ohb_schema_version(store, &version, &err), 0);
	ck_assert_uint_eq(version, OHB_MIGRATIONS);
	ck_assert_uint_eq(version, ohb_nmigrations);
	check_meta(store, "1");
	/* a copy that is in the way is made again */
	ck_assert_msg(ohb_schema_migrate(store, steps, OHB_ARRAY_LEN(steps),
				      &err) == 0,
			"%s", err.msg);
	ck_assert_int_eq(ohb_schema_version(store, &version, &err), 0);
	ck_assert_uint_eq(version, OHB_MIGRATIONS + 2);
	ck_assert_int_eq(ohb_sql_prepare(&q, store, "SELECT extra FROM meta3",
					 &err),
			0);
	ck_assert_int_eq(ohb_sql_step(&q, &err), 1);
	ck_assert_str_eq(ohb_sql_take_text(&q, &arena), "1!");
	ohb_sql_release(&q);
	ohb_store_close(store);
	/* the copy is the old one */
	ohb_str_addf(&path, "%s/.ohbuild/state.db.v%d", project_path,
			OHB_MIGRATIONS);
	ck_assert_int_eq(sqlite3_open_v2(path.data, &old, SQLITE_OPEN_READONLY,
					 NULL),
			SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(old, "SELECT value FROM meta", NULL, NULL,
					 NULL),
			SQLITE_OK);
	sqlite3_close(old);
}
END_TEST

/* As the version before wrote it: whoever reads sees it as it would be. */
START_TEST(from_version_1)
{
	static const enum ohb_store_mode modes[] = { OHB_STORE_READ,
		OHB_STORE_WRITE };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_attempt attempt = { .run = "r",
		.target = "t",
		.number = 1,
		.owner = "1",
		.class = "ok",
		.cost_usd = 2 };
	struct ohb_attempts all;

	ck_assert_int_eq(
			ohb_attempt_add(store, &attempt, &attempt.id, &err), 0);
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), 0);
	ohb_store_close(store);
	raw_sql("DROP TABLE written; "
		"DROP TABLE names; DROP TABLE depfiles; "
		"DROP TABLE breakers; DROP TABLE spend; "
		"DROP TABLE traffic; DROP TABLE secret; "
		"DROP TABLE verdicts; "
		"ALTER TABLE records DROP COLUMN settings; "
		"DROP TRIGGER records_added; "
		"DROP TRIGGER records_changed; DROP TRIGGER records_removed; "
		"PRAGMA user_version = 1");
	store = open_as(modes[_i]);
	ck_assert_int_eq(
			ohb_attempt_load(store, "t", 0, &arena, &all, &err), 0);
	ck_assert_uint_eq(all.count, 1);
	ck_assert_double_eq(all.items[0].cost_usd, 2);
	ck_assert_uint_eq(all.items[0].nwritten, 0);
	ohb_store_close(store);
}
END_TEST

/* As SQL: dies while a transaction has written some of its pages. */
static void kill_self(sqlite3_context *context, int n, sqlite3_value **values)
{
	(void)context;
	(void)n;
	(void)values;
	raise(SIGKILL);
}

static int offer_die(sqlite3 *db, char **message, const void *api)
{
	(void)message;
	(void)api;
	return sqlite3_create_function(
			db, "die", 0, SQLITE_UTF8, NULL, kill_self, NULL, NULL);
}

START_TEST(hot_journal)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_digest before, after;
	struct ohb_fs_info info;
	int fd = -1;
	pid_t pid;

	save_meta(store, "whole");
	ohb_store_close(store);
	pid = fork();
	if (pid == 0) {
		sqlite3_auto_extension((void (*)(void))offer_die);
		raw_sql("PRAGMA journal_mode = TRUNCATE;"
			"PRAGMA cache_size = 1; BEGIN;"
			"UPDATE meta SET value = 'unfinished';"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
			"i + 1 FROM n WHERE i < 3000) INSERT INTO meta SELECT "
			"'n' || i, hex(randomblob(200)) FROM n;"
			"SELECT die()");
		_exit(1);
	}
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	ck_assert_int_eq(ohb_fs_stat(project, ".ohbuild/state.db-journal",
					 &info, &err),
			0);
	ck_assert_uint_gt(info.size, 0);
	before = whole_tree();
	store = open_as(OHB_STORE_READ);
	check_meta(store, "whole");
	ck_assert_int_eq(ohb_meta_save(store, "x", "2", &err), -1);
	ohb_store_close(store);
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
	/* while a writer is about to do it, a reader waits for that */
	pid = start_holder(&fd);
	store = open_as(OHB_STORE_READ);
	check_meta(store, "child");
	ohb_store_close(store);
	close(fd);
	ck_assert_int_eq(wait_child(pid), 0);
	ck_assert_int_eq(ohb_fs_stat(project, ".ohbuild/state.db-journal",
					 &info, &err),
			0);
	ck_assert_uint_eq(info.size, 0);
}
END_TEST

/* The last one died and left pages that make no sense. */
START_TEST(looks_after_a_death)
{
	const struct ohb_store_options writing = {
		.mode = OHB_STORE_WRITE,
		.on_warning = say,
	};
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_record record = some_record("");
	char name[300];
	int fd;
	pid_t pid;
	size_t i;

	for (i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "%0280zu", i);
		record.target = name;
		ck_assert_int_eq(ohb_record_save(store, &record, &err), 0);
	}
	ohb_store_close(store);
	pid = start_holder(&fd);
	kill(pid, SIGKILL);
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	close(fd);
	spoil(-60000, 50000);
	ck_assert_int_eq(ohb_store_open(project, &writing, &store, &err), 0);
	ck_assert_uint_gt(said.len, 0);
	ohb_str_release(&said);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("open");

	tcase_add_test(tc, read_nothing);
	tcase_add_test(tc, read_empty_file);
	tcase_add_test(tc, files);
	tcase_add_test(tc, reading_changes_nothing);
	tcase_add_test(tc, read_beside_a_writer);
	tcase_add_test(tc, read_only_folder);
	tcase_add_test(tc, busy);
	tcase_add_test(tc, busy_here);
	tcase_add_test(tc, waits);
	tcase_add_test(tc, waits_for_the_dead);
	tcase_add_test(tc, wait_cancelled);
	tcase_add_loop_test(tc, damaged, 0, 4);
	tcase_add_test(tc, damaged_inside);
	tcase_add_loop_test(tc, newer, 0, 2);
	tcase_add_test(tc, migrates);
	tcase_add_loop_test(tc, from_version_1, 0, 2);
	tcase_add_test(tc, hot_journal);
	tcase_add_test(tc, looks_after_a_death);
	return run_suite(tc);
}

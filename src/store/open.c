#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"
#include "store/lock.h"
#include "store/schema.h"
#include "store/snapshot.h"

#define DB OHB_STORE_DB

/* Another program (a reader of ours, a backup) may hold it for a moment. */
#define BUSY_MS 10000

static int open_db(struct ohb_store *store, int flags, struct ohb_error *err)
{
	char link[64], folder[4096];
	ohb_autostr path = OHB_STR_INIT;
	ssize_t n;

	/* SQLite knows paths only. */
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", store->dirfd);
	n = readlink(link, folder, sizeof(folder));
	if (n < 0 || (size_t)n == sizeof(folder))
		return ohb_fail_errno(err, n < 0 ? errno : ENAMETOOLONG,
				"find the path of '%s'", OHB_STORE_DIR);
	ohb_str_add(&path, folder, (size_t)n);
	ohb_str_adds(&path, "/" DB);
	if (sqlite3_open_v2(path.data, &store->db, flags | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return ohb_sql_fail(store, err);
	(void)sqlite3_busy_timeout(store->db, BUSY_MS);
	return 0;
}

static void close_db(struct ohb_store *store)
{
	(void)sqlite3_close(store->db);
	store->db = NULL;
}

/* For every connection: a database is data, not a program, and is not
 * believed blindly. */
static int set_up(struct ohb_store *store, struct ohb_error *err)
{
	return ohb_sql_exec(store,
			"PRAGMA trusted_schema = OFF;"
			"PRAGMA cell_size_check = ON;"
			"PRAGMA foreign_keys = ON;"
			"PRAGMA temp_store = MEMORY",
			err);
}

/* Replaces the connection by one to a database in memory. */
static int stand_on(
		struct ohb_store *store, sqlite3 *memory, struct ohb_error *err)
{
	if (!memory)
		return -1;
	close_db(store);
	store->db = memory;
	if (set_up(store, err) < 0)
		return -1;
	return ohb_schema_migrate(store, ohb_migrations, ohb_nmigrations, err);
}

static bool is_empty(const struct ohb_store *store)
{
	struct stat st;

	return store->dirfd < 0 || fstatat(store->dirfd, DB, &st, 0) < 0 ||
			st.st_size == 0;
}

/* Opens the file as it is; *ret_version is that of its tables. */
static int read_file(struct ohb_store *store, size_t *ret_version,
		struct ohb_error *err)
{
	close_db(store);
	if (open_db(store, SQLITE_OPEN_READONLY, err) < 0 ||
			set_up(store, err) < 0)
		return -1;
	return ohb_schema_version(store, ret_version, err);
}

/*
 * A reader cannot take back what a killed writer left in the journal: that
 * writes.  So it works on a copy.  1: somebody does it just now, the file is
 * to be read once more.
 */
static int read_copy(struct ohb_store *store, struct ohb_error *err)
{
	const int code = sqlite3_extended_errcode(store->db);
	sqlite3 *copy;

	if (code != SQLITE_READONLY_ROLLBACK &&
			code != SQLITE_READONLY_RECOVERY)
		return -1;
	if (ohb_lock_held(store->dirfd))
		return 1;
	copy = ohb_snapshot_recovered(store->dirfd, err);
	if (copy)
		return stand_on(store, copy, err);
	if (err->code == OHB_E_CHANGED)
		return 1;
	return ohb_fail_context(err, "a killed ohbuild left '%s' unfinished",
			OHB_STORE_FILE);
}

static int open_to_read(struct ohb_store *store, struct ohb_error *err)
{
	size_t version = 0;
	int tries, again = 1;

	if (is_empty(store))
		return stand_on(store, ohb_snapshot_empty(err), err);
	for (tries = 0; again > 0 && tries < 40; tries++) {
		if (tries && ohb_wait_ms(NULL, 50, err) < 0)
			return -1;
		again = read_file(store, &version, err);
		if (again < 0) {
			version = ohb_nmigrations;
			again = read_copy(store, err);
		}
	}
	if (again)
		return -1;
	if (version < ohb_nmigrations)
		return stand_on(store, ohb_snapshot_of(store->db, err), err);
	/* Refuses what is newer. */
	return ohb_schema_migrate(store, ohb_migrations, ohb_nmigrations, err);
}

/* Only after a death: it reads the whole file. */
static int check_pages(struct ohb_store *store, struct ohb_error *err)
{
	__attribute__((cleanup(ohb_arena_release))) struct ohb_arena arena =
			OHB_ARENA_INIT;
	ohb_autosql q = OHB_SQL_INIT;
	const char *text;

	if (ohb_sql_prepare(&q, store, "PRAGMA quick_check(1)", err) < 0)
		return -1;
	if (ohb_sql_step(&q, err) <= 0)
		return -1;
	text = ohb_sql_take_text(&q, &arena);
	if (ohb_streq(text, "ok"))
		return 0;
	store->damaged = true;
	return ohb_fail(err, OHB_E_STATE, "use '%s': %s", OHB_STORE_FILE,
			text ? text : "damaged");
}

/*
 * Never WAL: its readers make and write files, and ours must not, even where
 * SQLite has no longer the fault for which one avoids it (before 3.51.3).
 */
static int open_to_write(
		struct ohb_store *store, bool died, struct ohb_error *err)
{
	close_db(store);
	store->damaged = false;
	if (open_db(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) <
					0 ||
			set_up(store, err) < 0 ||
			ohb_sql_exec(store,
					"PRAGMA journal_mode = TRUNCATE;"
					"PRAGMA synchronous = FULL",
					err) < 0)
		return -1;
	if (died && check_pages(store, err) < 0)
		return -1;
	if (ohb_schema_migrate(store, ohb_migrations, ohb_nmigrations, err) <
					0 ||
			ohb_schema_check(store, err) < 0)
		return -1;
	/* Nobody else writes: whose row is open is dead. */
	return ohb_sql_exec(store,
			"BEGIN;"
			"UPDATE attempts AS a SET cost_usd = " OHB_SPENT_USD
			", tokens_in = " OHB_SPENT_TOKENS("tokens_in") ", tokens_out = " OHB_SPENT_TOKENS(
					"tokens_out") ", state = 2 WHERE state = 0;"
						      "UPDATE spend SET open = 0 WHERE open = 1;"
						      "COMMIT",
			err);
}

/* Keeps the journal beside its database, where SQLite looks for it. */
static int put_aside(struct ohb_store *store,
		const struct ohb_store_options *options, struct ohb_error *err)
{
	static const char *const tails[] = { "-journal", "" };
	char time[OHB_TIME_TEXT], from[64], to[128], why[512], text[1024];
	const int64_t now_ms = ohb_clock_wall_ms();
	size_t i;

	(void)snprintf(why, sizeof(why), "%.500s", err->msg);
	close_db(store);
	(void)ohb_clock_format(now_ms, time);
	for (i = 0; i < OHB_ARRAY_LEN(tails); i++) {
		(void)snprintf(from, sizeof(from), DB "%s", tails[i]);
		(void)snprintf(to, sizeof(to), DB ".damaged-%s.%03d%s", time,
				(int)(now_ms % 1000), tails[i]);
		if (renameat(store->dirfd, from, store->dirfd, to) < 0 &&
				errno != ENOENT)
			return ohb_fail_errno(err, errno,
					"put the damaged '%s' aside",
					OHB_STORE_FILE);
		ohb_failpoint("damaged-aside");
	}
	(void)snprintf(text, sizeof(text),
			"%s; the database is now '" OHB_STORE_DIR
			"/%s', and a new one was begun",
			why, to);
	if (options->on_warning)
		options->on_warning(options->userdata, text);
	return 0;
}

static int make_folder(
		int dirfd, struct ohb_store *store, struct ohb_error *err)
{
	static const char ignore[] = "*\n";
	ohb_autofree char *temp = NULL;

	if (mkdirat(dirfd, OHB_STORE_DIR, 0777) < 0 && errno != EEXIST)
		return ohb_fail_errno(
				err, errno, "make folder '%s'", OHB_STORE_DIR);
	store->dirfd = openat(dirfd, OHB_STORE_DIR,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0)
		return ohb_fail_errno(err, errno, "open '%s'", OHB_STORE_DIR);
	if (faccessat(store->dirfd, ".gitignore", F_OK, 0) == 0)
		return 0;
	if (ohb_fs_write_temp(store->dirfd, ".gitignore", ignore,
			    sizeof(ignore) - 1, 0644, &temp, err) < 0)
		return -1;
	return ohb_fs_rename(store->dirfd, temp, ".gitignore", err);
}

static void warn_of_remote(const struct ohb_store *store,
		const struct ohb_store_options *options)
{
	const char *kind = ohb_fs_remote(store->dirfd);
	ohb_autostr text = OHB_STR_INIT;

	if (!kind || !options->on_warning)
		return;
	ohb_str_addf(&text,
			"this folder is on a file system that other machines "
			"may write (%s): every file is read again each time, "
			"and who asks from another machine during a build may "
			"get an error; better clone to a local disk",
			kind);
	options->on_warning(options->userdata, text.data);
}

static int start_writing(int dirfd, struct ohb_store *store,
		const struct ohb_store_options *options, struct ohb_error *err)
{
	bool died = false;

	if (make_folder(dirfd, store, err) < 0)
		return -1;
	store->lock_fd = ohb_lock_take(store->dirfd, options, &died, err);
	if (store->lock_fd < 0)
		return -1;
	warn_of_remote(store, options);
	if (open_to_write(store, died, err) < 0 &&
			(!store->damaged ||
					put_aside(store, options, err) < 0 ||
					open_to_write(store, false, err) < 0)) {
		/* What the dead one left is still to be looked at. */
		store->damaged |= died;
		return -1;
	}
	return 0;
}

static int start_reading(
		int dirfd, struct ohb_store *store, struct ohb_error *err)
{
	store->dirfd = openat(dirfd, OHB_STORE_DIR,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dirfd < 0 && errno != ENOENT)
		return ohb_fail_errno(err, errno, "open '%s'", OHB_STORE_DIR);
	if (open_to_read(store, err) < 0 || ohb_schema_check(store, err) < 0)
		return -1;
	return ohb_sql_exec(store, "PRAGMA query_only = ON", err);
}

int ohb_store_open(int dirfd, const struct ohb_store_options *options,
		struct ohb_store **ret, struct ohb_error *err)
{
	struct ohb_store *store = ohb_alloc(sizeof(*store));
	int bad;

	store->dirfd = -1;
	store->lock_fd = -1;
	(void)pthread_mutex_init(&store->mutex, NULL);
	if (options->mode == OHB_STORE_READ)
		bad = start_reading(dirfd, store, err);
	else
		bad = start_writing(dirfd, store, options, err);
	if (bad) {
		ohb_store_close(store);
		return -1;
	}
	*ret = store;
	return 0;
}

void ohb_store_close(struct ohb_store *store)
{
	if (!store)
		return;
	ohb_stats_free(store->stats);
	close_db(store);
	if (store->lock_fd >= 0)
		ohb_lock_release(store->dirfd, store->lock_fd, store->damaged);
	ohb_closep(&store->dirfd);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

bool ohb_store_writes(const struct ohb_store *store)
{
	return store->lock_fd >= 0;
}

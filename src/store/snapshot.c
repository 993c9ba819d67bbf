#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fs.h"

#define DB "state.db"
#define JOURNAL "state.db-journal"

sqlite3 *ohb_snapshot_empty(struct ohb_error *err)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(":memory:", &db) == SQLITE_OK)
		return db;
	(void)ohb_fail(err, OHB_E_STATE, "open a database in memory: %s",
			sqlite3_errmsg(db));
	(void)sqlite3_close(db);
	return NULL;
}

sqlite3 *ohb_snapshot_of(sqlite3 *db, struct ohb_error *err)
{
	sqlite3 *ret = ohb_snapshot_empty(err);
	sqlite3_backup *backup;

	if (!ret)
		return NULL;
	backup = sqlite3_backup_init(ret, "main", db, "main");
	if (backup) {
		(void)sqlite3_backup_step(backup, -1);
		(void)sqlite3_backup_finish(backup);
	}
	if (sqlite3_errcode(ret) == SQLITE_OK)
		return ret;
	(void)ohb_fail(err, OHB_E_STATE, "read '%s': %s", OHB_STORE_FILE,
			sqlite3_errmsg(ret));
	(void)sqlite3_close(ret);
	return NULL;
}

static int copy_file(int from_dir, int to_dir, const char *name,
		struct ohb_error *err)
{
	ohb_autoclose int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
	ohb_autoclose int to = openat(to_dir, name,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char chunk[64 * 1024];
	ssize_t n;

	if (from < 0)
		return ohb_fail_errno(err, errno, "open '.ohbuild/%s'", name);
	if (to < 0)
		return ohb_fail_errno(err, errno, "copy '.ohbuild/%s'", name);
	while ((n = read(from, chunk, sizeof(chunk))) > 0)
		if (write(to, chunk, (size_t)n) != n)
			return ohb_fail_errno(err, errno,
					"copy '.ohbuild/%s' to a temporary "
					"folder",
					name);
	if (n < 0)
		return ohb_fail_errno(err, errno, "read '.ohbuild/%s'", name);
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
			memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim)) ==
			0;
}

/* Copies both files as they were at one moment. */
static int copy_both(int dirfd, int to, struct ohb_error *err)
{
	struct stat before[2], after[2];

	if (fstatat(dirfd, DB, &before[0], 0) < 0 ||
			fstatat(dirfd, JOURNAL, &before[1], 0) < 0)
		return ohb_fail_errno(err, errno, "read '%s'", OHB_STORE_FILE);
	if (copy_file(dirfd, to, DB, err) < 0 ||
			copy_file(dirfd, to, JOURNAL, err) < 0)
		return -1;
	if (fstatat(dirfd, DB, &after[0], 0) < 0 ||
			fstatat(dirfd, JOURNAL, &after[1], 0) < 0 ||
			!same_file(&before[0], &after[0]) ||
			!same_file(&before[1], &after[1]))
		return ohb_fail(err, OHB_E_CHANGED,
				"read '%s': it changed meanwhile",
				OHB_STORE_FILE);
	return 0;
}

static sqlite3 *load_from(const char *folder, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;
	sqlite3 *db = NULL, *ret = NULL;

	ohb_str_addf(&path, "%s/" DB, folder);
	/* Reading from it takes the transaction back. */
	if (sqlite3_open_v2(path.data, &db, SQLITE_OPEN_READWRITE, NULL) ==
					SQLITE_OK &&
			sqlite3_exec(db, "SELECT 1 FROM sqlite_schema", NULL,
					NULL, NULL) == SQLITE_OK)
		ret = ohb_snapshot_of(db, err);
	else
		(void)ohb_fail(err, OHB_E_STATE, "read a copy of '%s': %s",
				OHB_STORE_FILE, sqlite3_errmsg(db));
	(void)sqlite3_close(db);
	return ret;
}

sqlite3 *ohb_snapshot_recovered(int dirfd, struct ohb_error *err)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autofree char *folder = NULL;
	ohb_autoclose int to = -1;
	sqlite3 *ret = NULL;

	if (ohb_fs_temp_dir(&folder, err) < 0)
		return NULL;
	to = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		(void)ohb_fail_errno(err, errno, "open '%s'", folder);
	else if (copy_both(dirfd, to, err) == 0)
		ret = load_from(folder, err);
	if (ohb_fs_remove_tree(AT_FDCWD, folder, ret ? err : &ignored) < 0) {
		(void)sqlite3_close(ret);
		ret = NULL;
	}
	return ret;
}

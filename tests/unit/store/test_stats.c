/*
 * The stat cache against hashing everything anew, after random histories.
 * Not one false answer is allowed, also not for what happens within one tick
 * of the file system's clock.  OHB_STATS_OPERATIONS sets how many operations
 * each file system gets; OHB_STATS_SEED repeats a run; OHB_STATS_FOLDER names
 * the one file system to use: since Linux 6.13 most give every change a time
 * of its own as soon as somebody looks, so that the rule for what happens
 * within a tick is only put to the test by one that keeps whole seconds
 * (integration/coarse_clock.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "base/memory.h"
#include "io/fs.h"
#include "store/store.h"

#define FILES 6

static uint64_t state;

static unsigned dice(unsigned sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % sides;
}

static const char *name(unsigned number)
{
	static const char *const names[FILES] = { "a", "b", "c", "d/a", "d/b",
		"\xff e" };

	return names[number];
}

/* Sizes repeat, so that size alone tells little. */
static void overwrite(int dirfd, const char *path)
{
	static const char *const texts[] = { "one", "two", "six", "ten",
		"seven", "eight" };
	const char *text = texts[dice(OHB_ARRAY_LEN(texts))];
	int fd = openat(dirfd, path,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
					(dice(2) ? O_TRUNC : 0),
			0644);

	if (fd < 0)
		return; /* a link or a folder is in the way */
	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

/* Writes, then gives the file the time it had. */
static void overwrite_and_restore(int dirfd, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	overwrite(dirfd, path);
	(void)!utimensat(dirfd, path,
			(const struct timespec[]){ st.st_atim, st.st_mtim },
			AT_SYMLINK_NOFOLLOW);
}

static void operate(int dirfd)
{
	const char *path = name(dice(FILES)), *other = name(dice(FILES));

	switch (dice(9)) {
	case 0:
	case 1:
		overwrite(dirfd, path);
		break;
	case 2:
		overwrite_and_restore(dirfd, path);
		break;
	case 3:
		(void)!utimensat(dirfd, path, NULL, AT_SYMLINK_NOFOLLOW);
		break;
	case 4:
		(void)!renameat(dirfd, path, dirfd, other);
		break;
	case 5:
		(void)!fchmodat(dirfd, path, dice(2) ? 0755 : 0644, 0);
		break;
	case 6:
		(void)!renameat2(dirfd, path, dirfd, other, RENAME_EXCHANGE);
		break;
	case 7:
		(void)!unlinkat(dirfd, path, 0);
		(void)!symlinkat(dice(2) ? "one" : "two", dirfd, path);
		break;
	case 8:
		(void)!unlinkat(dirfd, path, 0);
		break;
	}
}

/* Looks at every file by the cache and by hashing. */
static void compare(int dirfd, enum ohb_store_mode mode)
{
	const struct ohb_store_options options = { .mode = mode };
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_store *store = NULL;
	struct ohb_stats *stats = NULL;
	unsigned i;

	ck_assert_msg(ohb_store_open(dirfd, &options, &store, &err) == 0, "%s",
			err.msg);
	stats = ohb_stats_open(store);
	for (i = 0; i < FILES; i++) {
		struct ohb_digest cached, hashed;
		enum ohb_fs_kind kind;

		ck_assert_msg(ohb_stats_look(stats, dirfd, name(i), &kind,
					      &cached, &err) == 0,
				"%s", err.msg);
		if (kind == OHB_FS_ABSENT) {
			ck_assert_int_eq(ohb_fs_digest(dirfd, name(i), &hashed,
							 &err),
					-1);
			continue;
		}
		ck_assert_msg(ohb_fs_digest(dirfd, name(i), &hashed, &err) == 0,
				"%s", err.msg);
		ck_assert_msg(ohb_digest_eq(&cached, &hashed),
				"'%s' was believed unchanged", name(i));
	}
	ck_assert_msg(ohb_stats_save(stats, NULL, &err) == 0, "%s", err.msg);
	ohb_store_close(store);
}

static void histories(const char *parent, unsigned rest_odds, unsigned rest_us)
{
	const char *count = getenv("OHB_STATS_OPERATIONS");
	const char *seed = getenv("OHB_STATS_SEED");
	unsigned long long n = 10000, i;
	struct ohb_error err = OHB_ERROR_INIT;
	char path[256];
	int dirfd;

	if (count)
		ck_assert_int_eq(ohb_parse_u64(count, strlen(count), 100000000,
						 &n),
				0);
	state = (uint64_t)time(NULL);
	if (seed) {
		unsigned long long value;

		ck_assert_int_eq(ohb_parse_u64(seed, strlen(seed), UINT64_MAX,
						 &value),
				0);
		state = value;
	}
	(void)printf("%s: OHB_STATS_SEED=%llu, %llu operations\n", parent,
			(unsigned long long)state, n);
	(void)snprintf(path, sizeof(path), "%s/ohb-stats-XXXXXX", parent);
	ck_assert_ptr_nonnull(mkdtemp(path));
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dirfd, 0);
	ck_assert_int_eq(mkdirat(dirfd, "d", 0755), 0);
	for (i = 0; i < n; i++) {
		operate(dirfd);
		if (dice(8) == 0)
			compare(dirfd,
					dice(4) ? OHB_STORE_WRITE :
						  OHB_STORE_READ);
		/* Let some files rest, so that the cache gets to know them. */
		if (dice(rest_odds) == 0)
			(void)usleep(rest_us);
	}
	ck_assert_int_eq(close(dirfd), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
}

START_TEST(random_histories)
{
	const char *folder = getenv("OHB_STATS_FOLDER");

	if (folder) {
		histories(folder, 1500, 3100000);
		return;
	}
	histories(".", 100, 10000);
	histories("/dev/shm", 100, 10000);
}
END_TEST

/* The cache is of use: what has rested is not read again. */
START_TEST(rested_files_are_known)
{
	struct ohb_error err = OHB_ERROR_INIT;
	const struct ohb_store_options options = { .mode = OHB_STORE_WRITE };
	char path[] = "ohb-stats-XXXXXX";
	struct ohb_store *store = NULL;
	struct ohb_stats *stats = NULL;
	struct ohb_digest first, second;
	enum ohb_fs_kind kind;
	int dirfd;

	ck_assert_ptr_nonnull(mkdtemp(path));
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	overwrite(dirfd, "a");
	(void)usleep(50000);
	ck_assert_int_eq(ohb_store_open(dirfd, &options, &store, &err), 0);
	stats = ohb_stats_open(store);
	ck_assert_int_eq(ohb_stats_look(stats, dirfd, "a", &kind, &first, &err),
			0);
	ck_assert_int_eq(ohb_stats_save(stats, NULL, &err), 0);
	stats = ohb_stats_open(store);
	ck_assert_int_eq(
			ohb_stats_look(stats, dirfd, "a", &kind, &second, &err),
			0);
	ck_assert(ohb_digest_eq(&first, &second));
	ck_assert_uint_eq(ohb_stats_learnt(stats), 0);
	ohb_store_close(store);
	ck_assert_int_eq(close(dirfd), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tests = tcase_create("stats");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 0);
	tcase_add_test(tests, random_histories);
	tcase_add_test(tests, rested_files_are_known);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * The stat cache against hashing everything anew, after random histories.
 * Not one false answer is allowed, also not for what happens within one tick
 * of the file system's clock, nor when that clock is set.
 *
 * The kernel's clock cannot be set for one process, and since Linux 6.13 most
 * file systems give every change a time of its own as soon as somebody looks.
 * So whatever the code under test learns of a file passes through a clock of
 * our own (see shown), made from the kernel's.  integration/file_systems.sh
 * goes through histories on other file systems, with the kernel's own ticks.
 *
 * OHB_STATS_OPERATIONS: how many operations in each history; OHB_STATS_SEED
 * repeats a run; OHB_STATS_FOLDER: the one folder to use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "base/memory.h"
#include "io/fs.h"
#include "io/git.h"
#include "store/store.h"

#define SECOND ((int64_t)1000000000)
#define FILES 8
#define BRANCHES 3

/* The links of the code under test to these lead here (tests/CMakeLists.txt).
 * NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming):
 * the linker chooses the names. */
int __real_fstatat(int dirfd, const char *path, struct stat *ret, int flags);
int __wrap_fstatat(int dirfd, const char *path, struct stat *ret, int flags);
int __real_ohb_fs_digest(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err);
int __wrap_ohb_fs_digest(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err);

/*
 * The clock of the file system: begins at begin_ns, ticks each tick_ns, and
 * goes rate times as fast as the kernel's.  To set it notes from when on what
 * is added.
 */
static struct {
	int64_t begin_ns, tick_ns, rate;
	struct {
		int64_t from_ns, added_ns;
	} sets[64];
	size_t nsets; /* ever; the last of them are kept */
	bool frozen; /* lies: no file ever shows that it changed */
} fs_clock = { .tick_ns = 1, .rate = 1 };

static uint64_t state;
static uint64_t asked;
static atomic_uint_fast64_t hashed;

static unsigned dice(unsigned sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % sides;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * SECOND + time->tv_nsec;
}

/*
 * What the file system would have given, had its clock been ours, when the
 * kernel gave this.  A function of that time alone: the same for a time that
 * was given by the kernel and for one that somebody restored.
 */
static int64_t shown(int64_t kernel_ns)
{
	const size_t max = OHB_ARRAY_LEN(fs_clock.sets);
	int64_t ns = (kernel_ns - fs_clock.begin_ns) * fs_clock.rate;
	size_t i;

	ns -= ns % fs_clock.tick_ns;
	for (i = fs_clock.nsets; i > 0 && i + max > fs_clock.nsets; i--)
		if (fs_clock.sets[(i - 1) % max].from_ns <= kernel_ns)
			return fs_clock.begin_ns + ns +
					fs_clock.sets[(i - 1) % max].added_ns;
	return fs_clock.begin_ns + ns;
}

static void show(struct timespec *time)
{
	int64_t ns = shown(nanoseconds(time));

	*time = (struct timespec){ ns / SECOND, ns % SECOND };
}

int __wrap_fstatat(int dirfd, const char *path, struct stat *ret, int flags)
{
	if (__real_fstatat(dirfd, path, ret, flags) < 0)
		return -1;
	show(&ret->st_mtim);
	show(&ret->st_ctim);
	if (fs_clock.frozen && !ohb_streq(path, "now"))
		ret->st_mtim = ret->st_ctim = (struct timespec){ 1, 1 };
	return 0;
}

int __wrap_ohb_fs_digest(int dirfd, const char *path, struct ohb_digest *ret,
		struct ohb_error *err)
{
	hashed++;
	return __real_ohb_fs_digest(dirfd, path, ret, err);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

static const char *name(unsigned number)
{
	static const char *const names[FILES] = { "a", "b", "c", "d/a", "d/b",
		"e/a", "e/b", "\xff e" };

	return names[number];
}

/* Some change all the time, some seldom. */
static const char *any(void)
{
	return name(dice(dice(FILES) + 1));
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
		return; /* a link is in the way */
	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

static void write_one(int dirfd)
{
	overwrite(dirfd, any());
}

/* As `cp -p` and `rsync -t` leave it: new content under the time it had. */
static void write_and_restore_time(int dirfd)
{
	const char *path = any();
	struct stat st;

	if (__real_fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	overwrite(dirfd, path);
	(void)!utimensat(dirfd, path,
			(const struct timespec[]){ st.st_atim, st.st_mtim },
			AT_SYMLINK_NOFOLLOW);
}

static void give_time_of_other(int dirfd)
{
	struct stat st;

	if (__real_fstatat(dirfd, any(), &st, AT_SYMLINK_NOFOLLOW) == 0)
		(void)!utimensat(dirfd, any(),
				(const struct timespec[]){
						st.st_atim, st.st_mtim },
				AT_SYMLINK_NOFOLLOW);
}

static void touch(int dirfd)
{
	(void)!utimensat(dirfd, any(), NULL, AT_SYMLINK_NOFOLLOW);
}

static void change_mode(int dirfd)
{
	(void)!fchmodat(dirfd, any(), dice(2) ? 0755 : 0644, 0);
}

static void rename_over(int dirfd)
{
	(void)!renameat(dirfd, any(), dirfd, any());
}

static void swap(int dirfd)
{
	(void)!renameat2(dirfd, any(), dirfd, any(), RENAME_EXCHANGE);
}

static void swap_folders(int dirfd)
{
	ck_assert_int_eq(renameat2(dirfd, "d", dirfd, "e", RENAME_EXCHANGE), 0);
}

static void replace_by_symbolic_link(int dirfd)
{
	const char *path = any();

	(void)!unlinkat(dirfd, path, 0);
	(void)!symlinkat(dice(2) ? "one" : "two", dirfd, path);
}

static void replace_by_hard_link(int dirfd)
{
	const char *path = any(), *other = any();

	if (ohb_streq(path, other))
		return;
	(void)!unlinkat(dirfd, path, 0);
	(void)!linkat(dirfd, other, dirfd, path, 0);
}

static void delete (int dirfd)
{
	(void)!unlinkat(dirfd, any(), 0);
}

static void git(int dirfd, const char *const *args)
{
	const struct ohb_git_call call = {
		.dirfd = dirfd,
		.args = args,
		.max_output = 4096,
	};
	struct ohb_git_result result;
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_msg(ohb_git_run(&call, &result, &err) == 0, "%s", err.msg);
	ck_assert_msg(result.status == 0, "git %s: %s", args[0],
			ohb_str_cstr(&result.err));
	ohb_git_result_release(&result);
}

static const char *const branches[BRANCHES] = { "one", "two", "three" };

/* What git leaves untouched, writes anew and deletes is git's choice. */
static void checkout(int dirfd)
{
	git(dirfd,
			(const char *const[]){ "checkout", "-qf",
					branches[dice(BRANCHES)], NULL });
}

static void begin_repository(int dirfd)
{
	static const char *const init[] = { "init", "-q", NULL };
	static const char *const add[] = { "add", "-A", ":!.ohbuild", NULL };
	static const char *const commit[] = { "-c", "user.name=t", "-c",
		"user.email=t@localhost", "commit", "-qm", "x", NULL };
	unsigned i, n;

	git(dirfd, init);
	for (i = 0; i < BRANCHES; i++) {
		git(dirfd,
				(const char *const[]){ "checkout", "-q",
						"--orphan", branches[i],
						NULL });
		for (n = 0; n < FILES; n++)
			overwrite(dirfd, name(n));
		if (i > 0)
			replace_by_symbolic_link(dirfd);
		if (i > 1)
			delete (dirfd);
		git(dirfd, add);
		git(dirfd, commit);
	}
}

/*
 * To the time at which a file changed, as if it was that time again, and then
 * it may change, or some minutes back or forth.  Who sets a clock does not hit
 * the nanosecond; where a file system keeps whole seconds, one comes twice.
 */
static void set_clock(int dirfd)
{
	const size_t max = OHB_ARRAY_LEN(fs_clock.sets);
	const size_t n = fs_clock.nsets;
	const int64_t added = n ? fs_clock.sets[(n - 1) % max].added_ns : 0;
	const char *path = name(dice(FILES));
	struct timespec coarse;
	int64_t now, to;
	struct stat st;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &coarse);
	now = shown(nanoseconds(&coarse));
	to = now + ((int64_t)dice(600) - 400) * SECOND;
	if (dice(4) &&
			__wrap_fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) ==
					0)
		to = nanoseconds(&st.st_ctim);
	if (fs_clock.tick_ns % SECOND)
		to += dice((unsigned)SECOND / 1000);
	fs_clock.sets[n % max].from_ns = nanoseconds(&coarse);
	fs_clock.sets[n % max].added_ns = added + to - now;
	fs_clock.nsets++;
	if (dice(2))
		overwrite(dirfd, path);
}

/* What happens, the more often the greater its share. */
static const struct {
	void (*happen)(int dirfd);
	unsigned share;
} operations[] = {
	{ write_one, 30 },
	{ write_and_restore_time, 15 },
	{ give_time_of_other, 5 },
	{ touch, 10 },
	{ change_mode, 10 },
	{ rename_over, 15 },
	{ swap, 10 },
	{ swap_folders, 2 },
	{ replace_by_symbolic_link, 8 },
	{ replace_by_hard_link, 8 },
	{ delete, 8 },
	{ checkout, 2 },
	{ set_clock, 6 },
};

static void operate(int dirfd)
{
	unsigned sum = 0, chosen;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(operations); i++)
		sum += operations[i].share;
	chosen = dice(sum);
	for (i = 0; chosen >= operations[i].share; i++)
		chosen -= operations[i].share;
	operations[i].happen(dirfd);
}

/* Whether the cache's answer is the one of hashing anew. */
static bool is_right(struct ohb_stats *stats, int dirfd, const char *path)
{
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_digest cached, anew;
	enum ohb_fs_kind kind;
	bool there;

	ck_assert_msg(ohb_stats_look(stats, dirfd, path, &kind, &cached,
				      &err) == 0,
			"%s", err.msg);
	there = __real_ohb_fs_digest(dirfd, path, &anew, &err) == 0;
	asked += there;
	if (!there || kind == OHB_FS_ABSENT)
		return !there && kind == OHB_FS_ABSENT;
	return ohb_digest_eq(&cached, &anew);
}

/* Looks at every file by the cache and by hashing; how many answers were
 * wrong. */
static unsigned compare(int dirfd, enum ohb_store_mode mode)
{
	const struct ohb_store_options options = { .mode = mode };
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_store *store = NULL;
	struct ohb_stats *stats = NULL;
	const char *paths[FILES];
	unsigned i, wrong = 0;

	ck_assert_msg(ohb_store_open(dirfd, &options, &store, &err) == 0, "%s",
			err.msg);
	stats = ohb_stats_open(store);
	for (i = 0; i < FILES; i++)
		paths[i] = name(i);
	/* In one go, or one after another. */
	if (dice(2))
		ohb_stats_prepare(stats, dirfd, paths, FILES);
	for (i = 0; i < FILES; i++)
		wrong += !is_right(stats, dirfd, name(i));
	ck_assert_msg(ohb_stats_save(stats, NULL, &err) == 0, "%s", err.msg);
	ohb_store_close(store);
	return wrong;
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	unsigned long long value = otherwise;

	if (text)
		ck_assert_int_eq(ohb_parse_u64(text, strlen(text), UINT64_MAX,
						 &value),
				0);
	return value;
}

struct history {
	const char *folder;
	int64_t tick_ns, rate; /* of the clock */
	unsigned rest_odds, rest_us; /* one in so many operations waits */
	bool frozen;
};

/* Returns how many answers were wrong. */
static unsigned go_through(const struct history *history, uint64_t n)
{
	struct ohb_error err = OHB_ERROR_INIT;
	unsigned rest_odds = history->rest_odds, rest_us = history->rest_us;
	unsigned wrong = 0;
	struct timespec now;
	struct stat st;
	char path[256];
	bool rested;
	uint64_t i;
	int dirfd;

	(void)snprintf(path, sizeof(path), "%s/ohb-stats-XXXXXX",
			history->folder);
	ck_assert_ptr_nonnull(mkdtemp(path));
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dirfd, 0);
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	memset(&fs_clock, 0, sizeof(fs_clock));
	fs_clock.begin_ns = nanoseconds(&now);
	fs_clock.tick_ns = history->tick_ns;
	ck_assert_int_eq(fstat(dirfd, &st), 0);
	if (st.st_mtim.tv_nsec == 0) {
		fs_clock.tick_ns = SECOND;
		rest_odds = 1500;
		rest_us = 1100000;
	}
	if (fs_clock.tick_ns == SECOND)
		fs_clock.begin_ns -= now.tv_nsec;
	fs_clock.rate = history->rate;
	fs_clock.frozen = history->frozen;
	asked = 0;
	hashed = 0;
	ck_assert_int_eq(mkdirat(dirfd, "d", 0755), 0);
	ck_assert_int_eq(mkdirat(dirfd, "e", 0755), 0);
	begin_repository(dirfd);
	for (i = 0; i < n && (wrong == 0 || history->frozen); i++) {
		operate(dirfd);
		/* Let some files rest: the cache gets to know them. */
		rested = dice(rest_odds) == 0;
		if (rested)
			(void)usleep(rest_us);
		if (rested || dice(8) == 0)
			wrong += compare(dirfd,
					rested || dice(4) ? OHB_STORE_WRITE :
							    OHB_STORE_READ);
	}
	ck_assert_int_eq(close(dirfd), 0);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, path, &err), 0);
	return wrong;
}

static const struct history histories[] = {
	/* The kernel's own clock. */
	{ ".", 1, 1, 100, 10000, false },
	{ "/dev/shm", 1, 1, 100, 10000, false },
	/* The ticks of kernels before Linux 6.13. */
	{ ".", 4000000, 1, 100, 10000, false },
	{ "/dev/shm", 4000000, 1, 100, 10000, false },
	/* Whole seconds, which pass in 10 ms. */
	{ "/dev/shm", SECOND, 100, 150, 30000, false },
};

START_TEST(random_histories)
{
	const uint64_t n = number("OHB_STATS_OPERATIONS", 5000);
	const char *folder = getenv("OHB_STATS_FOLDER");
	struct history history = histories[_i];
	unsigned wrong;

	if (folder)
		history.folder = folder;
	state = number("OHB_STATS_SEED", (uint64_t)time(NULL));
	(void)printf("%s: OHB_STATS_SEED=%llu\n", history.folder,
			(unsigned long long)state);
	wrong = go_through(&history, n);
	(void)printf("ticks of %lld ns: %llu operations, %llu answers, of "
		     "them %llu from the cache, %u wrong\n",
			(long long)fs_clock.tick_ns, (unsigned long long)n,
			(unsigned long long)asked,
			(unsigned long long)(asked - hashed), wrong);
	(void)fflush(stdout);
	ck_assert_uint_eq(wrong, 0);
	/* Nothing is believed where times may come twice; elsewhere the cache
	 * has to be of use, or this would say nothing. */
	if (fs_clock.tick_ns == SECOND)
		ck_assert_uint_eq(hashed, asked);
	else
		ck_assert(n < 1000 || hashed < asked);
}
END_TEST

/* The test can fail: on a file system that does not tell of changes every
 * cache of this kind is wrong, and this is seen. */
START_TEST(false_answers_are_seen)
{
	const struct history history = { "/dev/shm", 1, 1, 100, 10000, true };

	state = 1;
	ck_assert_uint_gt(go_through(&history, 300), 0);
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
	tcase_add_loop_test(tests, random_histories, 0,
			getenv("OHB_STATS_FOLDER") ?
					1 :
					(int)OHB_ARRAY_LEN(histories));
	tcase_add_test(tests, false_answers_are_seen);
	tcase_add_test(tests, rested_files_are_known);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

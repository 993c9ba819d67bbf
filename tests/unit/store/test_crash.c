/* Killed at every durable point, and used by many threads at once. */
#include "unit/store/fixture.h"

#include <pthread.h>
#include <sys/resource.h>

static const struct ohb_rename some_renames[] = {
	{ "a", ".a.ohb-1", { { 4 } }, 0644, false, { { 0 } }, { { 0 } } },
};

static struct ohb_commit some_commit(const char *target)
{
	return (struct ohb_commit){
		.record = some_record(target),
		.renames = some_renames,
		.nrenames = 1,
	};
}

static struct ohb_attempt some_attempt(const char *target)
{
	return (struct ohb_attempt){
		.run = "r",
		.target = target,
		.number = 1,
		.owner = "o",
	};
}

/* What happens before the operation, in another process. */
static void prepare(struct ohb_store *store)
{
	const struct ohb_commit end = some_commit("end");
	const struct ohb_commit drop = some_commit("drop");
	struct ohb_digest ret;

	ck_assert_int_eq(ohb_meta_save(store, "before", "1", &err), 0);
	ck_assert_int_eq(ohb_blob_add(store, "old", 3, &ret, &err), 0);
	ck_assert_int_eq(ohb_commit_begin(store, &end, &err), 0);
	ck_assert_int_eq(ohb_commit_begin(store, &drop, &err), 0);
}

static int do_meta(struct ohb_store *store)
{
	return ohb_meta_save(store, "new", "1", &err);
}

static bool has_meta(struct ohb_store *store)
{
	ohb_autostr out = OHB_STR_INIT;

	return ohb_meta_find(store, "new", &out, &err) == 1;
}

static int do_blob(struct ohb_store *store)
{
	struct ohb_digest ret;

	return ohb_blob_add(store, "new", 3, &ret, &err);
}

static bool has_blob(struct ohb_store *store)
{
	const struct ohb_digest name = digest("new");
	ohb_autostr out = OHB_STR_INIT;

	return ohb_blob_find(store, &name, &out, &err) == 1;
}

static int do_version(struct ohb_store *store)
{
	const struct ohb_version version = {
		.target = "new", .path = "p", .blob = digest("old")
	};

	return ohb_version_add(store, &version, 1, &err);
}

static bool has_version(struct ohb_store *store)
{
	const struct ohb_version *all;
	size_t n = 0;

	return ohb_version_load(store, "new", &arena, &all, &n, &err) == 0 &&
			n == 1;
}

static int do_record(struct ohb_store *store)
{
	const struct ohb_record record = some_record("new");

	return ohb_record_save(store, &record, &err);
}

static bool has_record_of(struct ohb_store *store, const char *target)
{
	struct ohb_record found;

	return ohb_record_find(store, target, &arena, &found, &err) == 1;
}

static bool has_record(struct ohb_store *store)
{
	return has_record_of(store, "new");
}

/* 1 when the commit of the target is under way. */
static bool is_open(struct ohb_store *store, const char *target)
{
	const struct ohb_commit *open;
	size_t n, i;

	ck_assert_int_eq(ohb_commit_load(store, &arena, &open, &n, &err), 0);
	for (i = 0; i < n; i++) {
		ck_assert_uint_eq(open[i].nrenames, 1);
		if (ohb_streq(open[i].record.target, target))
			return true;
	}
	return false;
}

static int do_begin(struct ohb_store *store)
{
	struct ohb_commit commit = some_commit("new");
	struct ohb_version version = { .target = "new", .path = "p" };

	version.blob = digest("old");
	commit.versions = &version;
	commit.nversions = 1;
	return ohb_commit_begin(store, &commit, &err);
}

static bool has_begun(struct ohb_store *store)
{
	ck_assert_int_eq(is_open(store, "new"), has_version(store));
	ck_assert(!has_record(store));
	return is_open(store, "new");
}

static int do_end(struct ohb_store *store)
{
	return ohb_commit_end(store, "end", &err);
}

static bool has_ended(struct ohb_store *store)
{
	/* the record holds exactly when the journal is empty */
	ck_assert_int_ne(is_open(store, "end"), has_record_of(store, "end"));
	return !is_open(store, "end");
}

static int do_drop(struct ohb_store *store)
{
	return ohb_commit_drop(store, "drop", &err);
}

static bool has_dropped(struct ohb_store *store)
{
	ck_assert(!has_record_of(store, "drop"));
	return !is_open(store, "drop");
}

static int do_attempt(struct ohb_store *store)
{
	const struct ohb_attempt attempt = some_attempt("new");
	int64_t id;

	return ohb_attempt_add(store, &attempt, &id, &err);
}

static bool has_attempt(struct ohb_store *store)
{
	struct ohb_attempts all = { .count = 0 };

	return ohb_attempt_load(store, "new", 0, &arena, &all, &err) == 0 &&
			all.count == 1;
}

static int do_attempt_end(struct ohb_store *store)
{
	struct ohb_attempt attempt = some_attempt("new");

	if (ohb_attempt_add(store, &attempt, &attempt.id, &err) < 0)
		return -1;
	return ohb_attempt_end(store, &attempt, &err);
}

static bool has_attempt_ended(struct ohb_store *store)
{
	struct ohb_attempts all = { .count = 0 };

	ck_assert_int_eq(ohb_attempt_load(store, "new", 0, &arena, &all, &err),
			0);
	ck_assert_uint_eq(all.count, 1);
	return all.items[0].state == OHB_ATTEMPT_ENDED;
}

static int do_spend(struct ohb_store *store)
{
	const struct ohb_spend spend = {
		.run = "r", .target = "t", .day = 3, .open = true, .nano_usd = 5
	};

	return ohb_spend_save(store, &spend, &err);
}

static bool has_spent(struct ohb_store *store)
{
	int64_t nano = 0;

	ck_assert_int_eq(ohb_spend_day(store, 3, &nano, &err), 0);
	return nano == 5;
}

static const struct {
	const char *point;
	int (*act)(struct ohb_store *store);
	bool (*done)(struct ohb_store *store);
} points[] = {
	{ "meta-save", do_meta, has_meta },
	{ "blob-add", do_blob, has_blob },
	{ "version-add", do_version, has_version },
	{ "record-save", do_record, has_record },
	{ "commit-begin", do_begin, has_begun },
	{ "commit-end", do_end, has_ended },
	{ "commit-drop", do_drop, has_dropped },
	{ "attempt-add", do_attempt, has_attempt },
	{ "attempt-end", do_attempt_end, has_attempt_ended },
	{ "spend-save", do_spend, has_spent },
};

/* Ends as the failpoint wants when there are any, by itself otherwise. */
static void check_death(int how)
{
#ifdef OHB_FAILPOINTS
	ck_assert_int_eq(how, SIGKILL);
#else
	ck_assert_int_eq(how, 0);
#endif
}

START_TEST(killed)
{
	const bool after = _i % 2;
	bool expected = after;
	struct ohb_store *store;
	char point[64];
	pid_t pid;

	store = open_as(OHB_STORE_WRITE);
	prepare(store);
	ohb_store_close(store);
	(void)snprintf(point, sizeof(point), "%s%s", points[_i / 2].point,
			after ? "-done" : "");
	pid = fork();
	if (pid == 0) {
		setenv("OHBUILD_FAILPOINT", point, 1);
		store = open_as(OHB_STORE_WRITE);
		_exit(points[_i / 2].act(store) ? 1 : 0);
	}
	check_death(wait_child(pid));
#ifndef OHB_FAILPOINTS
	expected = true;
#endif
	/* the same for who reads, and for who builds next */
	store = open_as(OHB_STORE_READ);
	ck_assert_int_eq(points[_i / 2].done(store), expected);
	ohb_store_close(store);
	store = open_as(OHB_STORE_NO_WAIT);
	ck_assert_int_eq(points[_i / 2].done(store), expected);
	ck_assert(has_record_of(store, "end") || is_open(store, "end"));
	ohb_store_close(store);
}
END_TEST

START_TEST(killed_at_birth)
{
	static const char *const births[] = { "migrate-copied", "migrate",
		"migrate-done" };
	struct ohb_store *store;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("OHBUILD_FAILPOINT", births[_i], 1);
		(void)open_as(OHB_STORE_WRITE);
		_exit(0);
	}
	check_death(wait_child(pid));
	store = open_as(OHB_STORE_READ);
	ck_assert(!has_meta(store));
	ohb_store_close(store);
	store = open_as(OHB_STORE_NO_WAIT);
	ck_assert_int_eq(do_meta(store), 0);
	ohb_store_close(store);
}
END_TEST

/* Between putting the journal aside and the database, and after both. */
START_TEST(killed_putting_aside)
{
	static const char *const where[] = { "damaged-aside:1",
		"damaged-aside:2" };
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	pid_t pid;
	int fd;

	ck_assert_int_eq(do_meta(store), 0);
	ohb_store_close(store);
	fd = openat(project, ".ohbuild/state.db", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "no database", 11, 0), 11);
	close(fd);
	pid = fork();
	if (pid == 0) {
		setenv("OHBUILD_FAILPOINT", where[_i], 1);
		(void)open_as(OHB_STORE_WRITE);
		_exit(0);
	}
	check_death(wait_child(pid));
	store = open_as(OHB_STORE_NO_WAIT);
	ck_assert(!has_meta(store));
	ck_assert_int_eq(do_meta(store), 0);
	ohb_store_close(store);
}
END_TEST

/* What does not fit is not done; what was there stays, and work goes on. */
START_TEST(disk_full)
{
	const size_t size = (size_t)4 << 20;
	ohb_autofree char *big = ohb_alloc(size);
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };
	struct ohb_digest ret;

	ck_assert_int_eq(do_record(store), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	limit.rlim_cur = 1 << 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(ohb_blob_add(store, big, size, &ret, &err), -1);
	ck_assert_msg(err.code == OHB_E_IO, "%s", err.msg);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(has_record(store));
	ck_assert_msg(do_meta(store) == 0, "%s", err.msg);
	ck_assert_int_eq(ohb_blob_add(store, big, size, &ret, &err), 0);
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	ck_assert(has_record(store) && has_meta(store));
	ohb_store_close(store);
}
END_TEST

#define THREADS 8
#define ROUNDS 6

struct worker {
	struct ohb_store *store;
	int number;
	struct ohb_error err;
	const char *failed; /* what did */
};

/* As a worker of a build does it; NULL when all went well. */
static const char *one_round(struct worker *w, const char *target)
{
	__attribute__((cleanup(ohb_arena_release))) struct ohb_arena mine =
			OHB_ARENA_INIT;
	struct ohb_attempt attempt = some_attempt(target);
	struct ohb_commit commit = some_commit(target);
	struct ohb_version version = { .target = target, .path = target };
	struct ohb_attempts attempts;
	struct ohb_record found;
	ohb_autostr out = OHB_STR_INIT;

	if (ohb_attempt_add(w->store, &attempt, &attempt.id, &w->err) < 0)
		return "attempt_add";
	if (ohb_blob_add(w->store, target, strlen(target), &version.blob,
			    &w->err) < 0)
		return "blob_add";
	commit.versions = &version;
	commit.nversions = 1;
	if (ohb_commit_begin(w->store, &commit, &w->err) < 0)
		return "commit_begin";
	if (ohb_commit_end(w->store, target, &w->err) < 0)
		return "commit_end";
	attempt.trajectory = version.blob;
	if (ohb_attempt_end(w->store, &attempt, &w->err) < 0)
		return "attempt_end";
	if (ohb_record_find(w->store, target, &mine, &found, &w->err) != 1 ||
			!ohb_streq(found.target, target))
		return "record_find";
	if (ohb_attempt_load(w->store, target, 0, &mine, &attempts, &w->err) <
					0 ||
			attempts.count != 1 ||
			attempts.items[0].id != attempt.id)
		return "attempt_load";
	if (ohb_blob_find(w->store, &version.blob, &out, &w->err) != 1 ||
			!ohb_streq(out.data, target))
		return "blob_find";
	return NULL;
}

static void *work(void *userdata)
{
	struct worker *w = userdata;
	char target[32];
	int i;

	for (i = 0; i < ROUNDS && !w->failed; i++) {
		(void)snprintf(target, sizeof(target), "t%d-%d", w->number, i);
		w->failed = one_round(w, target);
	}
	return NULL;
}

START_TEST(threads)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_store *reader = open_as(OHB_STORE_READ);
	struct worker workers[THREADS];
	pthread_t ids[THREADS];
	const struct ohb_record *all;
	size_t n, i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .store = store,
			.number = (int)i };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, work,
						 &workers[i]),
				0);
	}
	/* and somebody who asks meanwhile */
	for (i = 0; i < 20; i++) {
		ck_assert_msg(ohb_record_load(reader, &arena, &all, &n, &err) ==
						0,
				"%s", err.msg);
		usleep(5000);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(ids[i], NULL);
		ck_assert_msg(!workers[i].failed, "%s: %s", workers[i].failed,
				workers[i].err.msg);
	}
	ck_assert_int_eq(ohb_record_load(reader, &arena, &all, &n, &err), 0);
	ck_assert_uint_eq(n, THREADS * ROUNDS);
	ohb_store_close(reader);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("crash");

	tcase_add_loop_test(tc, killed, 0, 2 * OHB_ARRAY_LEN(points));
	tcase_add_loop_test(tc, killed_at_birth, 0, 3);
	tcase_add_loop_test(tc, killed_putting_aside, 0, 2);
	tcase_add_test(tc, disk_full);
	tcase_add_test(tc, threads);
	return run_suite(tc);
}

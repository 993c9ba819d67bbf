#include "unit/store/fixture.h"

static struct ohb_attempt some_attempt(const char *target, const char *run)
{
	static char owner[OHB_OWNER_TEXT];

	ohb_owner_self(owner);
	return (struct ohb_attempt){
		.run = run,
		.target = target,
		.number = 1,
		.container = "ohb-1-1-agent",
		.owner = owner,
		.started_ms = 100,
	};
}

static int64_t add(struct ohb_store *store, const struct ohb_attempt *attempt)
{
	int64_t id = 0;

	ck_assert_msg(ohb_attempt_add(store, attempt, &id, &err) == 0, "%s",
			err.msg);
	return id;
}

static struct ohb_attempts load(
		struct ohb_store *store, const char *target, size_t max)
{
	struct ohb_attempts ret;

	ck_assert_msg(ohb_attempt_load(store, target, max, &arena, &ret,
				      &err) == 0,
			"%s", err.msg);
	return ret;
}

START_TEST(life)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_attempt attempt = some_attempt("t", "run-1");
	struct ohb_written written[] = { { .path = "t/a" }, { .path = "t/b" } };
	struct ohb_attempts all;

	attempt.id = add(store, &attempt);
	all = load(store, "t", 0);
	ck_assert_uint_eq(all.count, 1);
	ck_assert_uint_eq(all.items[0].nwritten, 0);
	ck_assert_int_eq(all.items[0].state, OHB_ATTEMPT_OPEN);
	ck_assert_str_eq(all.items[0].container, "ohb-1-1-agent");
	ck_assert_str_eq(all.items[0].owner, attempt.owner);
	ck_assert_ptr_null(all.items[0].class);
	ck_assert_double_lt(all.items[0].cost_usd, 0);

	attempt.class = "finished";
	attempt.reason = "green";
	attempt.fingerprint = digest("f");
	attempt.model = "m";
	attempt.cost_usd = 0;
	attempt.tokens_in = 10;
	attempt.tokens_out = 20;
	attempt.ended_ms = 300;
	attempt.duration_ms = 200;
	attempt.findings = "all good";
	ck_assert_int_eq(ohb_blob_add(store, "traj", 4, &attempt.trajectory,
					 &err),
			0);
	ck_assert_int_eq(ohb_blob_add(store, "a\n", 2, &written[0].blob, &err),
			0);
	ck_assert_int_eq(ohb_blob_add(store, "b\n", 2, &written[1].blob, &err),
			0);
	attempt.written = written;
	attempt.nwritten = 2;
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), 0);
	all = load(store, "t", 0);
	ck_assert_uint_eq(all.count, 1);
	ck_assert_int_eq(all.items[0].state, OHB_ATTEMPT_ENDED);
	ck_assert_str_eq(all.items[0].class, "finished");
	ck_assert_str_eq(all.items[0].reason, "green");
	ck_assert(same(&all.items[0].fingerprint, "f"));
	ck_assert_str_eq(all.items[0].model, "m");
	ck_assert_double_eq(all.items[0].cost_usd, 0);
	ck_assert_uint_eq(all.items[0].tokens_in, 10);
	ck_assert_uint_eq(all.items[0].tokens_out, 20);
	ck_assert_int_eq(all.items[0].ended_ms, 300);
	ck_assert_int_eq(all.items[0].duration_ms, 200);
	ck_assert_str_eq(all.items[0].findings, "all good");
	ck_assert(same(&all.items[0].trajectory, "traj"));
	ck_assert_uint_eq(all.items[0].nwritten, 2);
	ck_assert_str_eq(all.items[0].written[0].path, "t/a");
	ck_assert(same(&all.items[0].written[0].blob, "a\n"));
	ck_assert_str_eq(all.items[0].written[1].path, "t/b");
	ck_assert(same(&all.items[0].written[1].blob, "b\n"));
	/* once only */
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_MISSING);
	ohb_store_close(store);
}
END_TEST

START_TEST(newest_first)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_attempt attempt = some_attempt("t", "r");
	struct ohb_attempts all;
	unsigned i;

	for (i = 1; i <= 5; i++) {
		attempt.number = i;
		attempt.target = i == 3 ? "u" : "t";
		(void)add(store, &attempt);
	}
	all = load(store, "t", 0);
	ck_assert_uint_eq(all.count, 4);
	ck_assert_uint_eq(all.items[0].number, 5);
	ck_assert_uint_eq(all.items[3].number, 1);
	all = load(store, "t", 2);
	ck_assert_uint_eq(all.count, 2);
	ck_assert_uint_eq(all.items[1].number, 4);
	ohb_store_close(store);
}
END_TEST

START_TEST(abandoned)
{
	struct ohb_store *store;
	struct ohb_attempt attempt;
	struct ohb_attempts all;
	struct ohb_digest before, after;
	pid_t pid = fork();

	if (pid == 0) {
		store = open_as(OHB_STORE_WRITE);
		attempt = some_attempt("t", "r");
		attempt.id = add(store, &attempt);
		raise(SIGKILL);
	}
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	/* a reader sees it, and leaves it */
	before = whole_tree();
	store = open_as(OHB_STORE_READ);
	all = load(store, "t", 0);
	ck_assert_int_eq(all.items[0].state, OHB_ATTEMPT_ABANDONED);
	ohb_store_close(store);
	after = whole_tree();
	ck_assert(ohb_digest_eq(&before, &after));
	store = open_as(OHB_STORE_WRITE);
	attempt = some_attempt("t", "r");
	attempt.id = all.items[0].id;
	ck_assert_int_eq(ohb_attempt_end(store, &attempt, &err), -1);
	ohb_store_close(store);
	raw_sql("UPDATE attempts SET owner = 'x' WHERE state = 2");
	store = open_as(OHB_STORE_READ);
	all = load(store, "t", 0);
	ck_assert_int_eq(all.items[0].state, OHB_ATTEMPT_ABANDONED);
	ck_assert_str_eq(all.items[0].owner, "x");
	ohb_store_close(store);
}
END_TEST

/* One attempt that ended. */
/* "target ms usd" of each run, the newest first. */
static void check_runs(struct ohb_store *store, const char *target, size_t max,
		const char *text)
{
	ohb_autostr found = OHB_STR_INIT;
	struct ohb_runs runs;
	size_t i;

	ck_assert_int_eq(ohb_run_load(store, target, max, &arena, &runs, &err),
			0);
	for (i = 0; i < runs.count; i++)
		ohb_str_addf(&found, "%s %lld %g\n", runs.items[i].target,
				(long long)runs.items[i].duration_ms,
				runs.items[i].cost_usd);
	ck_assert_str_eq(ohb_str_cstr(&found), text);
}

static void nth(struct ohb_store *store, const char *target, const char *run,
		unsigned number, int64_t ms, double usd, const char *class)
{
	struct ohb_attempt row = some_attempt(target, run);

	row.number = number;
	row.id = add(store, &row);
	row.class = class;
	row.duration_ms = ms;
	row.cost_usd = usd;
	ck_assert_int_eq(ohb_attempt_end(store, &row, &err), 0);
}

START_TEST(runs)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_attempt open = some_attempt("t", "r9");

	check_runs(store, NULL, 0, "");
	nth(store, "t", "r1", 1, 100, 0.1, "ok");
	/* a run is all its attempts, also among those of others */
	nth(store, "t", "r2", 1, 200, 0.2, "agent");
	nth(store, "u", "r2", 1, 5, -1, "agent");
	nth(store, "t", "r2", 2, 200, 0.2, "ok");
	check_runs(store, "t", 0, "t 400 0.4\nt 100 0.1\n");
	check_runs(store, NULL, 0, "t 400 0.4\nu 5 -1\nt 100 0.1\n");
	/* one price that is not known makes the sum unknown */
	nth(store, "t", "r3", 1, 300, 0.9, "agent");
	nth(store, "t", "r3", 2, 300, -1, "ok");
	check_runs(store, "t", 2, "t 600 -1\n");
	/* what is open or was cut short tells nothing */
	(void)add(store, &open);
	nth(store, "t", "r4", 1, 1, 0.1, "interrupted");
	nth(store, "t", "r5", 1, 1, 0.1, "infra");
	check_runs(store, "t", 2, "t 600 -1\n");
	/* a run whose beginning is out of sight is none */
	check_runs(store, "t", 3, "t 600 -1\n");
	check_runs(store, "t", 4, "t 600 -1\nt 400 0.4\n");
	check_runs(store, "none", 0, "");
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("attempt");

	tcase_add_test(tc, life);
	tcase_add_test(tc, newest_first);
	tcase_add_test(tc, abandoned);
	tcase_add_test(tc, runs);
	return run_suite(tc);
}

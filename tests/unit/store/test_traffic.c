#include "unit/store/fixture.h"

static struct ohb_traffic some(
		const char *model, uint64_t answers, int64_t answered_ms)
{
	return (struct ohb_traffic){
		.model = model,
		.base_url = "https://host/v1",
		.requests = answers + 1,
		.answers = answers,
		.latency_ms = 100 * (int64_t)answers,
		.tokens_in = 1000,
		.tokens_cached = 10,
		.tokens_out = 100,
		.cost_usd = 0.5,
		.answered_ms = answered_ms,
	};
}

static void attempt(struct ohb_store *store, const char *model,
		const char *class, const struct ohb_traffic *traffic, size_t n)
{
	char owner[OHB_OWNER_TEXT];
	struct ohb_attempt row = {
		.run = "run",
		.target = "t",
		.number = 1,
		.owner = owner,
		.started_ms = 1,
	};

	ohb_owner_self(owner);
	ck_assert_int_eq(ohb_attempt_add(store, &row, &row.id, &err), 0);
	row.class = class;
	row.model = model;
	row.duration_ms = 60;
	row.traffic = traffic;
	row.ntraffic = n;
	ck_assert_msg(ohb_attempt_end(store, &row, &err) == 0, "%s", err.msg);
}

START_TEST(a_key_has_one_name_here_and_another_elsewhere)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_digest a, b, c;

	ck_assert_int_eq(ohb_traffic_key(store, "sk-1", 4, &a, &err), 0);
	ck_assert_int_eq(ohb_traffic_key(store, "sk-1", 4, &b, &err), 0);
	ck_assert_int_eq(ohb_traffic_key(store, "sk-2", 4, &c, &err), 0);
	ck_assert(ohb_digest_eq(&a, &b));
	ck_assert(!ohb_digest_eq(&a, &c));
	ohb_store_close(store);
	raw_sql("UPDATE secret SET bytes = randomblob(32)");
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_traffic_key(store, "sk-1", 4, &b, &err), 0);
	ck_assert(!ohb_digest_eq(&a, &b));
	ohb_store_close(store);
	raw_sql("DELETE FROM secret");
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_traffic_key(store, "sk-1", 4, &b, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_STATE);
	ohb_store_close(store);
}
END_TEST

START_TEST(an_answer_is_known_by_model_address_key_and_time)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_traffic row = some("m", 1, 500);
	struct ohb_traffic lost = some("lost", 0, 0);
	struct ohb_traffic like;

	row.key = digest("k");
	ck_assert_int_eq(ohb_traffic_add(store, &row, 1, &err), 0);
	ck_assert_int_eq(ohb_traffic_add(store, &lost, 1, &err), 0);
	ck_assert_int_eq(ohb_traffic_answered(store, &row, 500, &err), 1);
	ck_assert_int_eq(ohb_traffic_answered(store, &row, 501, &err), 0);
	ck_assert_int_eq(ohb_traffic_answered(store, &lost, 0, &err), 0);
	like = row;
	like.key = digest("another");
	ck_assert_int_eq(ohb_traffic_answered(store, &like, 0, &err), 0);
	like = row;
	like.key = (struct ohb_digest){ .bytes = { 0 } };
	ck_assert_int_eq(ohb_traffic_answered(store, &like, 0, &err), 0);
	like = row;
	like.base_url = "https://elsewhere/v1";
	ck_assert_int_eq(ohb_traffic_answered(store, &like, 0, &err), 0);
	/* One without a key is known, too. */
	like = some("keyless", 1, 7);
	ck_assert_int_eq(ohb_traffic_add(store, &like, 1, &err), 0);
	ck_assert_int_eq(ohb_traffic_answered(store, &like, 7, &err), 1);
	ohb_store_close(store);
}
END_TEST

START_TEST(models_are_measured_by_the_attempts_that_they_ended)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_traffic both[] = { some("a", 0, 0), some("b", 4, 90) };
	struct ohb_traffic a = some("a", 2, 80), tried = some("a", 1, 95);
	const struct ohb_measure *m = NULL;
	size_t n = 9;

	ck_assert_int_eq(ohb_measure_load(store, &arena, &m, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	attempt(store, "a", "ok", &a, 1);
	attempt(store, "a", "agent", &a, 1);
	attempt(store, "a", "infra", &a, 1);
	attempt(store, "b", "ok", both, 2);
	a.cost_usd = -1;
	attempt(store, "a", "agent", &a, 1);
	ck_assert_int_eq(ohb_traffic_add(store, &tried, 1, &err), 0);
	ck_assert_int_eq(ohb_measure_load(store, &arena, &m, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(m[0].model, "a");
	ck_assert_uint_eq(m[0].attempts, 3);
	ck_assert_uint_eq(m[0].made, 1);
	ck_assert_int_eq(m[0].duration_ms, 180);
	ck_assert_uint_eq(m[0].requests, 4 * 3 + 1 + 2);
	ck_assert_uint_eq(m[0].answers, 9);
	ck_assert_int_eq(m[0].latency_ms, 900);
	ck_assert_uint_eq(m[0].tokens_in, 6000);
	ck_assert_double_eq_tol(m[0].cost_usd, 1, 1e-9);
	ck_assert_uint_eq(m[0].priced, 2);
	ck_assert_int_eq(m[0].answered_ms, 95);
	ck_assert_str_eq(m[1].model, "b");
	ck_assert_uint_eq(m[1].attempts, 1);
	ck_assert_uint_eq(m[1].made, 1);
	ohb_store_close(store);
}
END_TEST

START_TEST(old_attempts_are_forgotten)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_traffic a = some("a", 1, 80);
	const struct ohb_measure *m = NULL;
	size_t n = 0, i;

	attempt(store, "a", "agent", &a, 1);
	for (i = 0; i < OHB_MEASURED_RUNS; i++)
		attempt(store, "a", "ok", &a, 1);
	ck_assert_int_eq(ohb_measure_load(store, &arena, &m, &n, &err), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(m[0].attempts, OHB_MEASURED_RUNS);
	ck_assert_uint_eq(m[0].made, OHB_MEASURED_RUNS);
	ohb_store_close(store);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("traffic");

	tcase_add_test(tests, a_key_has_one_name_here_and_another_elsewhere);
	tcase_add_test(tests, an_answer_is_known_by_model_address_key_and_time);
	tcase_add_test(tests,
			models_are_measured_by_the_attempts_that_they_ended);
	tcase_add_test(tests, old_attempts_are_forgotten);
	return run_suite(tests);
}

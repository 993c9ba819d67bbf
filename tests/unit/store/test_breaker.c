/* Which models are not asked for a while, as it is kept. */
#include <signal.h>

#include "unit/store/fixture.h"

static const struct ohb_breaker_row *load(struct ohb_store *store, size_t want)
{
	const struct ohb_breaker_row *rows;
	size_t n;

	ck_assert_int_eq(ohb_breaker_load(store, &arena, &rows, &n, &err), 0);
	ck_assert_uint_eq(n, want);
	return rows;
}

static struct ohb_breaker_row some_row(const char *model)
{
	return (struct ohb_breaker_row){
		.model = model,
		.base_url = "http://a/v1",
		.opened_ms = 1000,
		.until_ms = 16000,
		.openings = 1,
		.reason = "HTTP 500",
	};
}

START_TEST(kept_replaced_and_dropped)
{
	struct ohb_store *store = open_as(OHB_STORE_WRITE);
	struct ohb_breaker_row row = some_row("openai/b");
	const struct ohb_breaker_row *got;

	(void)load(store, 0);
	ck_assert_int_eq(ohb_breaker_save(store, &row, &err), 0);
	row.base_url = "http://b/v1";
	ck_assert_int_eq(ohb_breaker_save(store, &row, &err), 0);
	row = some_row("openai/a");
	ck_assert_int_eq(ohb_breaker_save(store, &row, &err), 0);
	row.openings = 3;
	row.until_ms = 99000;
	row.reason = "";
	ck_assert_int_eq(ohb_breaker_save(store, &row, &err), 0);
	/* a reader sees it while the writer is there, and keeps nothing */
	ohb_store_close(store);
	store = open_as(OHB_STORE_READ);
	got = load(store, 3);
	ck_assert_str_eq(got[0].model, "openai/a");
	ck_assert_int_eq(got[0].opened_ms, 1000);
	ck_assert_int_eq(got[0].until_ms, 99000);
	ck_assert_uint_eq(got[0].openings, 3);
	ck_assert_str_eq(got[0].reason, "");
	ck_assert_str_eq(got[1].base_url, "http://a/v1");
	ck_assert_str_eq(got[2].base_url, "http://b/v1");
	row = some_row("openai/c");
	ck_assert_int_eq(ohb_breaker_save(store, &row, &err), 0);
	ck_assert_int_eq(ohb_breaker_drop(store, "openai/a", "http://a/v1",
					 &err),
			0);
	(void)load(store, 3);
	ohb_store_close(store);
	store = open_as(OHB_STORE_WRITE);
	ck_assert_int_eq(ohb_breaker_drop(store, "openai/b", "http://b/v1",
					 &err),
			0);
	ck_assert_int_eq(ohb_breaker_drop(store, "none", "none", &err), 0);
	(void)load(store, 2);
	ohb_store_close(store);
}
END_TEST

START_TEST(outlives_a_kill_and_is_seen_by_another_process)
{
	struct ohb_store *store;
	int fds[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct ohb_breaker_row row = some_row("openai/a");

		store = open_as(OHB_STORE_WRITE);
		if (ohb_breaker_save(store, &row, &err) == 0)
			(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	store = open_as(OHB_STORE_READ);
	ck_assert_str_eq(load(store, 1)->reason, "HTTP 500");
	ohb_store_close(store);
	kill(pid, SIGKILL);
	ck_assert_int_eq(wait_child(pid), SIGKILL);
	store = open_as(OHB_STORE_NO_WAIT);
	ck_assert_str_eq(load(store, 1)->model, "openai/a");
	ohb_store_close(store);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("breaker");

	tcase_add_test(tc, kept_replaced_and_dropped);
	tcase_add_test(tc, outlives_a_kill_and_is_seen_by_another_process);
	return run_suite(tc);
}

/* Plain lines and NDJSON: events in, exact text out. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "report/ndjson.h"
#include "report/plain.h"

#define T "tests/test_ring.c"

static const struct {
	struct ohb_event event;
	const char *silent, *normal, *verbose; /* "" prints nothing */
} lines[] = {
	{ { .type = OHB_EV_BUILD_STARTED, .count = 2 }, "", "", "" },
	{ { .type = OHB_EV_TARGET_QUEUED,
			  .target = T,
			  .text = "stale: src/ring.c changed" },
			"", T ": stale: src/ring.c changed\n",
			T ": stale: src/ring.c changed\n" },
	{ { .type = OHB_EV_TARGET_QUEUED,
			  .target = T,
			  .verdict = "never built" },
			"", T ": never built\n", T ": never built\n" },
	{ { .type = OHB_EV_TARGET_STARTED, .target = T }, "", "", "" },
	{ { .type = OHB_EV_STEP_STARTED, .target = T, .step = "judge:test" },
			"", "", T ": judge:test\n" },
	{ { .type = OHB_EV_STEP_ENDED,
			  .target = T,
			  .step = "judge:test",
			  .text = "exit status 1",
			  .duration_ms = 1250 },
			"", "",
			T ": judge:test: failed: exit status 1 (1.2s)\n" },
	{ { .type = OHB_EV_STEP_ENDED,
			  .target = T,
			  .step = "stage",
			  .ok = 1,
			  .duration_ms = 40 },
			"", "", T ": stage: ok (0.0s)\n" },
	{ { .type = OHB_EV_AGENT, .target = T, .text = "runs: make\x1b[31m" },
			"", "", T ": agent: runs: make\n" },
	{ { .type = OHB_EV_WAIT,
			  .target = T,
			  .text = "a/b: rate limit",
			  .duration_ms = 90000 },
			"", T ": waits up to 1m 30s: a/b: rate limit\n",
			T ": waits up to 1m 30s: a/b: rate limit\n" },
	{ { .type = OHB_EV_WAIT,
			  .target = T,
			  .text = "it died",
			  .duration_ms = 2000 },
			"", "", T ": waits up to 2.0s: it died\n" },
	{ { .type = OHB_EV_USAGE, .target = T, .cost_usd = 0.1 }, "", "", "" },
	{ { .type = OHB_EV_ATTEMPT_ENDED,
			  .target = T,
			  .attempt = 1,
			  .verdict = "agent",
			  .text = "test: 1 of 7 cases failed" },
			"", T ": attempt 1: test: 1 of 7 cases failed\n",
			T ": attempt 1: test: 1 of 7 cases failed\n" },
	{ { .type = OHB_EV_ATTEMPT_ENDED,
			  .target = T,
			  .attempt = 2,
			  .verdict = "ok" },
			"", "", "" },
	/* Files of a person were judged. */
	{ { .type = OHB_EV_ATTEMPT_ENDED,
			  .target = T,
			  .verdict = "edited",
			  .text = "test: 1 of 7 cases failed" },
			"", "", "" },
	{ { .type = OHB_EV_TARGET_ENDED,
			  .target = T,
			  .ok = 1,
			  .verdict = "ok",
			  .text = "all steps passed",
			  .attempt = 2,
			  .duration_ms = 41000,
			  .cost_usd = 0.08 },
			"", T ": ok (attempt 2, 41s, $0.08)\n",
			T ": ok (attempt 2, 41s, $0.08)\n" },
	{ { .type = OHB_EV_TARGET_ENDED,
			  .target = T,
			  .verdict = "agent",
			  .text = "the same failure twice",
			  .attempt = 3,
			  .duration_ms = 93000,
			  .cost_usd = -1 },
			T ": failed: the same failure twice (attempt 3, "
			  "1m 33s, unknown price)\n",
			T ": failed: the same failure twice (attempt 3, "
			  "1m 33s, unknown price)\n",
			T ": failed: the same failure twice (attempt 3, "
			  "1m 33s, unknown price)\n" },
	{ { .type = OHB_EV_WARNING, .text = "no isolation" },
			"ohbuild: warning: no isolation\n",
			"ohbuild: warning: no isolation\n",
			"ohbuild: warning: no isolation\n" },
	{ { .type = OHB_EV_WARNING, .target = "a\nb\xff", .text = "x\ny" },
			"a b\xef\xbf\xbd: warning: x y\n",
			"a b\xef\xbf\xbd: warning: x y\n",
			"a b\xef\xbf\xbd: warning: x y\n" },
	{ { .type = OHB_EV_BUILD_ENDED, .ok = 1 }, "", "", "" },
};

START_TEST(lines_are_exact)
{
	const char *const expected[] = {
		[OHB_DETAIL_SILENT] = lines[_i].silent,
		[OHB_DETAIL_NORMAL] = lines[_i].normal,
		[OHB_DETAIL_VERBOSE] = lines[_i].verbose,
	};
	struct ohb_plain plain;
	char *text;
	size_t len, i;

	for (i = 0; i < OHB_ARRAY_LEN(expected); i++) {
		plain.detail = (enum ohb_detail)i;
		plain.out = open_memstream(&text, &len);
		ck_assert_ptr_nonnull(plain.out);
		ohb_plain_event(&plain, &lines[_i].event);
		(void)fclose(plain.out);
		ck_assert_str_eq(text, expected[i]);
		free(text);
	}
}
END_TEST

START_TEST(colors_are_asked_for)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_plain_line(&out,
			&(struct ohb_event){
					.type = OHB_EV_TARGET_ENDED,
					.target = "t",
					.ok = 1,
					.verdict = "ok",
			},
			OHB_DETAIL_NORMAL, true);
	ck_assert_str_eq(out.data, "t: \033[32mok\033[0m (0.0s, $0.00)\n");
}
END_TEST

#define TIME "\"time\":\"2026-11-22T18:51:18.042Z\""
#define TIME_MS 1795373478042

static const struct {
	struct ohb_event event;
	const char *json;
} objects[] = {
	{ { .type = OHB_EV_BUILD_STARTED, .time_ms = TIME_MS, .count = 3 },
			"{\"event\":\"build_started\"," TIME ",\"count\":3}" },
	{ { .type = OHB_EV_TARGET_QUEUED,
			  .time_ms = TIME_MS,
			  .target = T,
			  .text = "stale" },
			"{\"event\":\"target_queued\"," TIME ",\"target\":\"" T
			"\",\"verdict\":null,\"text\":\"stale\",\"ok\":false}" },
	{ { .type = OHB_EV_STEP_STARTED,
			  .time_ms = TIME_MS,
			  .target = T,
			  .step = "baseline" },
			"{\"event\":\"step_started\"," TIME ",\"target\":\"" T
			"\",\"step\":\"baseline\",\"attempt\":null}" },
	{ { .type = OHB_EV_USAGE,
			  .time_ms = TIME_MS,
			  .target = T,
			  .model = "openai/x",
			  .attempt = 1,
			  .tokens_in = 1200,
			  .tokens_out = 30,
			  .cost_usd = 0.08 },
			"{\"event\":\"usage\"," TIME ",\"target\":\"" T
			"\",\"model\":\"openai/x\",\"attempt\":1,"
			"\"tokens_in\":1200,\"tokens_out\":30,"
			"\"cost_usd\":0.08}" },
	{ { .type = OHB_EV_BUILD_ENDED,
			  .time_ms = TIME_MS,
			  .ok = 1,
			  .count = 2,
			  .duration_ms = 93000,
			  .cost_usd = -1 },
			"{\"event\":\"build_ended\"," TIME
			",\"ok\":true,\"count\":2,\"duration_ms\":93000,"
			"\"cost_usd\":null}" },
	{ { .type = OHB_EV_WARNING, .time_ms = -1, .text = "a\n\xff\"" },
			"{\"event\":\"warning\",\"time\":null,\"target\":null,"
			"\"text\":\"a\\n\xef\xbf\xbd\\\"\"}" },
};

START_TEST(objects_are_exact)
{
	FILE *out;
	char *text;
	size_t len;

	out = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(out);
	ohb_ndjson_event(out, &objects[_i].event);
	(void)fclose(out);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(text[len - 1], '\n');
	text[len - 1] = '\0';
	ck_assert_str_eq(text, objects[_i].json);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sinks");
	TCase *tcase = tcase_create("sinks");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
			tcase, lines_are_exact, 0, (int)OHB_ARRAY_LEN(lines));
	tcase_add_test(tcase, colors_are_asked_for);
	tcase_add_loop_test(tcase, objects_are_exact, 0,
			(int)OHB_ARRAY_LEN(objects));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

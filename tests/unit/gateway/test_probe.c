/* Models that are tried before anything rests on them. */
#include "provider.h"

#include "gateway/probe.h"
#include "io/wait.h"

#define KEY "sk-live-0123456789abcdef"

static struct ohb_probe probe(const struct scene *scene)
{
	struct provider provider;
	struct ohb_secret *key = ohb_secret_new(KEY, strlen(KEY));
	struct ohb_gateway_model model = {
		.id = "openai/first",
		.name = "first-2026",
		.key = key,
		.max_output_tokens = 777,
		.has_price = 1,
		.price.usual = { .input = 1, .cached = 1, .output = 10 },
	};
	struct ohb_probe ret = { .model = &model };
	struct ohb_error err = OHB_ERROR_INIT;

	memset(&provider, 0, sizeof(provider));
	provider_start(&provider, scene, 1);
	model.base_url = provider.url;
	ck_assert_msg(ohb_probe_run(&ret, 1, NULL, NULL, &err) == 0, "%s",
			err.msg);
	/* Once, whatever came of it, and no more than a token is paid for. */
	ck_assert_uint_eq(provider.asked, 1);
	ck_assert_ptr_nonnull(strstr(provider.requests[0].data,
			"\"model\":\"first-2026\",\"max_tokens\":1}"));
	ck_assert_ptr_nonnull(strstr(provider.requests[0].data,
			"Authorization: Bearer " KEY));
	ck_assert_uint_eq(ret.tally.requests, 1);
	ck_assert_ptr_null(strstr(ohb_str_cstr(&ret.words), KEY));
	provider_stop(&provider);
	ohb_secret_free(key);
	return ret;
}

#define REFUSED(text) "{\"error\":{\"message\":\"" text "\"}}"

static const struct {
	struct scene scene;
	enum ohb_provider_failure failure;
	const char *words;
} refusals[] = {
	{ { 401, REFUSED("no key " KEY), NULL, 0, WHOLE }, OHB_PROVIDER_AUTH,
			"no key ***" },
	{ { 404, REFUSED("no such model"), NULL, 0, WHOLE },
			OHB_PROVIDER_CONFIG, "no such model" },
	{ { 429, REFUSED("slow down"), NULL, 0, WHOLE },
			OHB_PROVIDER_RATE_LIMIT, "slow down" },
	{ { 402, REFUSED("pay first"), NULL, 0, WHOLE }, OHB_PROVIDER_QUOTA,
			"pay first" },
	{ { 500, REFUSED("on fire"), NULL, 0, WHOLE }, OHB_PROVIDER_SERVER,
			"on fire" },
	{ { 400, REFUSED("max_tokens is too small"), NULL, 0, WHOLE },
			OHB_PROVIDER_REQUEST, "too small" },
	{ { 200, "<html>", NULL, 0, WHOLE }, OHB_PROVIDER_MALFORMED, "html" },
};

START_TEST(a_refusal_is_told_with_a_cure)
{
	struct ohb_probe ret = probe(&refusals[_i].scene);

	ck_assert_int_eq(ret.failure, refusals[_i].failure);
	ck_assert_msg(strstr(ohb_str_cstr(&ret.words), refusals[_i].words) !=
					NULL,
			"%s", ohb_str_cstr(&ret.words));
	ck_assert_uint_eq(ret.tally.usage.requests, 0);
	ck_assert_int_eq(ret.tally.answered_ms, 0);
	ck_assert_ptr_nonnull(ohb_probe_cure(ret.failure));
	ohb_probe_release(&ret);
}
END_TEST

START_TEST(an_answer_is_counted_and_dated)
{
	static const struct scene good = { 200, NULL,
		"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 0, WHOLE };
	struct ohb_probe ret = probe(&good);

	ck_assert_int_eq(ret.failure, OHB_PROVIDER_OK);
	ck_assert_uint_eq(ret.tally.usage.requests, 1);
	ck_assert_uint_eq(ret.tally.usage.tokens_in, 100);
	ck_assert_double_eq_tol(ret.tally.usage.cost_usd, 200e-6, 1e-12);
	ck_assert_int_gt(ret.tally.answered_ms, 0);
	ck_assert_int_eq(ret.date_ms, 784111777000);
	ck_assert_int_gt(ret.ahead_ms, 0);
	ohb_probe_release(&ret);
}
END_TEST

START_TEST(many_are_tried_and_one_that_is_not_there_holds_nobody)
{
	static const struct scene good = { 200, NULL, NULL, 0, WHOLE };
	struct provider provider;
	struct ohb_gateway_model models[20];
	struct ohb_probe probes[20] = { { .model = NULL } };
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i;

	memset(&provider, 0, sizeof(provider));
	provider_start(&provider, &good, 1);
	for (i = 0; i < 20; i++) {
		models[i] = (struct ohb_gateway_model){
			.id = "openai/m",
			.name = "m",
			.base_url = i == 3 ? "http://127.0.0.1:9/v1" :
					     provider.url,
		};
		probes[i].model = &models[i];
	}
	ck_assert_int_eq(ohb_probe_run(probes, 20, NULL, NULL, &err), 0);
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(probes[i].failure,
				i == 3 ? OHB_PROVIDER_CONNECTION :
					 OHB_PROVIDER_OK);
		ohb_probe_release(&probes[i]);
	}
	ck_assert_uint_eq(provider.asked, 19);
	ck_assert_int_eq(ohb_probe_run(NULL, 0, NULL, NULL, &err), 0);
	provider_stop(&provider);
}
END_TEST

START_TEST(ctrl_c_ends_it)
{
	static const struct scene silent = { 0, NULL, NULL, 0, SILENT };
	struct provider provider;
	struct ohb_gateway_model model = { .id = "a/b", .name = "b" };
	struct ohb_probe probe = { .model = &model };
	struct ohb_cancel cancel;
	struct ohb_error err = OHB_ERROR_INIT;

	memset(&provider, 0, sizeof(provider));
	provider_start(&provider, &silent, 1);
	model.base_url = provider.url;
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ohb_cancel_raise(&cancel);
	ck_assert_int_eq(ohb_probe_run(&probe, 1, NULL, &cancel, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	ohb_probe_release(&probe);
	ohb_cancel_release(&cancel);
	provider_stop(&provider);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *tests = tcase_create("probe");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_refusal_is_told_with_a_cure, 0,
			(int)OHB_ARRAY_LEN(refusals));
	tcase_add_test(tests, an_answer_is_counted_and_dated);
	tcase_add_test(tests,
			many_are_tried_and_one_that_is_not_there_holds_nobody);
	tcase_add_test(tests, ctrl_c_ends_it);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Every way a run ends, in the provider's own words. */
#include "build/end.h"

#include "endings.h"
#include "gateway/failure.h"

#define ENOUGH 60
#define PERCENT 97

static const char *by_answer(json_t *json)
{
	json_t *body = ohb_json_at(json, "answer.body");
	struct ohb_http_response reply = {
		.status = (int)ohb_json_int(json, "answer.status", 0),
	};
	ohb_autostr words = OHB_STR_INIT;
	const char *name;

	/* Nothing came back, or nothing was asked. */
	if (!reply.status || (reply.status == 200 && !json_object_size(body)))
		return NULL;
	if (json_is_string(body))
		ohb_str_adds(&reply.body, json_string_value(body));
	else
		ohb_json_add(&reply.body, body);
	name = ohb_outcome_name(ohb_end_outcome(ohb_failure_of(&reply,
			json_is_string(body) ? NULL : body, NULL, &words)));
	ohb_str_release(&reply.body);
	return name;
}

START_TEST(answers_are_told_apart)
{
	struct endings sum;

	endings_judge("gateway", by_answer, &sum);
	ck_assert_uint_ge(sum.all, ENOUGH);
	ck_assert_uint_ge(sum.held * 4, sum.all);
	ck_assert_uint_ge(sum.right * 100, sum.all * PERCENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endings");
	TCase *tcase = tcase_create("endings");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, answers_are_told_apart);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What a provider's failure ends is said once for requests and once for runs:
 * the two must not part. */
#include "build/end.h"

#include <check.h>

#include "gateway/failure.h"

START_TEST(a_failure_ends_as_much_as_its_run)
{
	enum ohb_provider_failure failure;

	for (failure = OHB_PROVIDER_OK; failure <= OHB_PROVIDER_REPLAY_END;
			failure++) {
		const struct ohb_failure_rule *rule = ohb_failure_rule(failure);
		enum ohb_outcome_action action =
				ohb_outcome_action(ohb_end_outcome(failure));

		ck_assert_msg(rule->ends_build == (action == OHB_ACT_END_BUILD),
				"%s", rule->name);
		ck_assert_msg((rule->cure == OHB_CURE_RETRY) ==
						(action == OHB_ACT_RETRY_LATER),
				"%s", rule->name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("build end");
	TCase *tcase = tcase_create("core");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, a_failure_ends_as_much_as_its_run);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#include <check.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger.h"

static int end_of(const struct account *account)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		ledger_require(account);
		_exit(0);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

START_TEST(owing_aborts)
{
	struct account account = { "a", -1, 0 };
	int status = end_of(&account);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

START_TEST(zero_does_not)
{
	struct account account = { "a", 0, 0 };

	ck_assert_int_eq(end_of(&account), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("ledger");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, owing_aborts);
	tcase_add_test(tcase, zero_does_not);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}

#include "sandbox/user.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "me:x:1000:1001:,,,:/home/me:/bin/sh\n"
			     "short:x:7\n"
			     "1000:x:2000:2000::/home/digits:/bin/sh\n"
			     "rel:x:8:8::home:/bin/sh\n"
			     "slash:x:9:9::/:/bin/sh\n"
			     "bad:x:minus:1::/x:/bin/sh\n"
			     "::::::\n"
			     "last:x:3:4::/last:/bin/sh";
static const char group[] = "root:x:0:\nmine:x:55:me,you\nnone\n";

static const struct {
	const char *user;
	int found;
	unsigned uid, gid;
	const char *home;
} users[] = {
	{ "", 1, 0, 0, "/root" },
	{ "root", 1, 0, 0, "/root" },
	{ "0", 1, 0, 0, "/root" },
	{ "me", 1, 1000, 1001, "/home/me" },
	{ "me:mine", 1, 1000, 55, "/home/me" },
	{ "me:77", 1, 1000, 77, "/home/me" },
	{ "me:", 1, 1000, 1001, "/home/me" },
	{ "1000", 1, 2000, 2000, "/home/digits" },
	{ "7", 1, 7, 0, NULL },
	{ "4321", 1, 4321, 0, NULL },
	{ "4321:8", 1, 4321, 8, NULL },
	{ "rel", 1, 8, 8, NULL },
	{ "slash", 1, 9, 9, NULL },
	{ "last", 1, 3, 4, "/last" },
	{ ":mine", 1, 0, 55, "/root" },
	{ "bad", 0, 0, 0, NULL },
	{ "nobody", 0, 0, 0, NULL },
	{ "me:nobody", 0, 0, 0, NULL },
	{ "-1", 0, 0, 0, NULL },
	{ "99999999999999999999", 0, 0, 0, NULL },
	{ "2147483648", 0, 0, 0, NULL },
};

START_TEST(a_user_is_found_as_the_engine_does)
{
	struct ohb_user user = { .uid = 99 };
	struct ohb_error err = OHB_ERROR_INIT;
	int ret = ohb_user_resolve(users[_i].user, passwd, group, &user, &err);

	if (!users[_i].found) {
		ck_assert_int_eq(ret, -1);
		ck_assert_int_eq(err.code, OHB_E_MISSING);
		ck_assert_uint_eq(user.uid, 99);
		return;
	}
	ck_assert_msg(ret == 0, "%s", err.msg);
	ck_assert_uint_eq(user.uid, users[_i].uid);
	ck_assert_uint_eq(user.gid, users[_i].gid);
	ck_assert_msg(ohb_streq(user.home, users[_i].home), "%s",
			user.home ? user.home : "none");
	ohb_user_release(&user);
}
END_TEST

START_TEST(an_image_may_have_no_files)
{
	struct ohb_user user = { .uid = 99 };
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_user_resolve("5:6", NULL, NULL, &user, &err), 0);
	ck_assert_uint_eq(user.uid, 5);
	ck_assert_uint_eq(user.gid, 6);
	ck_assert_ptr_null(user.home);
	ck_assert_int_eq(ohb_user_resolve("me", NULL, NULL, &user, &err), -1);
	ck_assert_int_eq(ohb_user_resolve("5", "", "", &user, &err), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox/user");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_user_is_found_as_the_engine_does, 0,
			(int)OHB_ARRAY_LEN(users));
	tcase_add_test(tcase, an_image_may_have_no_files);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

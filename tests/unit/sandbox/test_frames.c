#include "sandbox/frames.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"

struct seen {
	struct ohb_str streams[3];
};

static void on_data(void *userdata, int stream, const char *data, size_t len)
{
	struct seen *seen = userdata;

	ck_assert(stream == 1 || stream == 2);
	ck_assert_uint_gt(len, 0);
	ohb_str_add(&seen->streams[stream], data, len);
}

static const char wire[] = "\1\0\0\0\0\0\0\5hello"
			   "\2\0\0\0\0\0\0\3err"
			   "\1\0\0\0\0\0\0\0"
			   "\1\0\0\0\0\0\0\1!";

/* Cut into pieces of every size, and each place once between two. */
START_TEST(pieces_do_not_matter)
{
	const size_t len = sizeof(wire) - 1;
	size_t piece = (size_t)_i, at, n;
	struct seen seen = { .streams = { OHB_STR_INIT } };
	struct ohb_frames frames = { .on_data = on_data, .userdata = &seen };
	struct ohb_error err = OHB_ERROR_INIT;

	for (at = 0; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		ck_assert_int_eq(
				ohb_frames_add(&frames, wire + at, n, &err), 0);
	}
	ck_assert(ohb_frames_complete(&frames));
	ck_assert_str_eq(seen.streams[1].data, "hello!");
	ck_assert_str_eq(seen.streams[2].data, "err");
	ohb_str_release(&seen.streams[1]);
	ohb_str_release(&seen.streams[2]);
}
END_TEST

START_TEST(an_end_in_the_middle_is_seen)
{
	static const size_t cuts[] = { 1, 7, 8, 12, 14, 23 };
	struct seen seen = { .streams = { OHB_STR_INIT } };
	struct ohb_frames frames = { .on_data = on_data, .userdata = &seen };
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_frames_add(&frames, wire, cuts[_i], &err), 0);
	ck_assert(!ohb_frames_complete(&frames));
	ohb_str_release(&seen.streams[1]);
	ohb_str_release(&seen.streams[2]);
}
END_TEST

START_TEST(what_is_no_frame_is_refused)
{
	static const char bad[][9] = { "\0\0\0\0\0\0\0\1", "\3\0\0\0\0\0\0\1",
		"\1\1\0\0\0\0\0\1", "\1\0\0\1\0\0\0\1", "plain te",
		"\377\0\0\0\0\0\0\1" };
	struct ohb_frames frames = { .on_data = on_data };
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_frames_add(&frames, bad[_i], 8, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_PROTOCOL);
}
END_TEST

START_TEST(a_length_may_have_all_its_bits)
{
	struct seen seen = { .streams = { OHB_STR_INIT } };
	struct ohb_frames frames = { .on_data = on_data, .userdata = &seen };
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_frames_add(&frames,
					 "\2\0\0\0\377\377\377\377"
					 "x",
					 9, &err),
			0);
	ck_assert_uint_eq(frames.left, 0xfffffffeu);
	ohb_str_release(&seen.streams[2]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox/frames");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, pieces_do_not_matter, 1, (int)sizeof(wire));
	tcase_add_loop_test(tcase, an_end_in_the_middle_is_seen, 0, 6);
	tcase_add_loop_test(tcase, what_is_no_frame_is_refused, 0, 6);
	tcase_add_test(tcase, a_length_may_have_all_its_bits);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include "text/sse.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

static void list(void *userdata, const struct ohb_sse_event *event)
{
	ck_assert_uint_eq(strlen(event->data), event->len);
	ohb_str_addf(userdata, "[%s|%s]", event->name, event->data);
}

static const struct {
	const char *in, *out;
} streams[] = {
	{ "", "" },
	{ "data: a\n\n", "[|a]" },
	{ "data: a\n", "" },
	{ "data:a\n\ndata:  b\n\n", "[|a][| b]" },
	{ "data: a\ndata: b\n\n", "[|a\nb]" },
	{ "data\n\n", "[|]" },
	{ "data:\n\n", "[|]" },
	{ "event: x\n\ndata: a\n\n", "[|a]" },
	{ "event: x\ndata: a\n\ndata: b\n\n", "[x|a][|b]" },
	{ "event: x\nevent: y\ndata: a\n\n", "[y|a]" },
	{ ": comment\n\n:\n\ndata: a\n\n", "[|a]" },
	{ "id: 1\nretry: 5\nother\ndata: a\n\n", "[|a]" },
	{ "datas: a\ndat: b\n\n", "" },
	{ "data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]" },
	{ "data: a\r\rdata: b\r\r", "[|a][|b]" },
	{ "data: a\r\ndata: b\n\r\n", "[|a\nb]" },
	{ "\xef\xbb\xbf"
	  "data: a\n\n",
			"[|a]" },
	{ "data: \xef\xbb\xbf\n\n", "[|\xef\xbb\xbf]" },
	{ "\n\n\ndata: a\n\n\n\n", "[|a]" },
	{ "data: {\"a\": \"b:c\"}\n\n", "[|{\"a\": \"b:c\"}]" },
};

/* At once, and byte by byte. */
START_TEST(a_stream_is_read)
{
	const char *in = streams[_i].in;
	size_t step;

	for (step = 1; step <= strlen(in) + 1; step += strlen(in)) {
		struct ohb_error err = OHB_ERROR_INIT;
		ohb_autostr out = OHB_STR_INIT;
		struct ohb_sse sse = { 0 };
		size_t at, len = strlen(in), n;

		for (at = 0; at < len; at += n) {
			n = step < len - at ? step : len - at;
			ck_assert_int_eq(ohb_sse_feed(&sse, in + at, n, list,
							 &out, &err),
					0);
		}
		ck_assert_str_eq(ohb_str_cstr(&out), streams[_i].out);
		ohb_sse_release(&sse);
		if (!len)
			break;
	}
}
END_TEST

START_TEST(an_event_is_written)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_sse_add(&out, "", "a", 1);
	ohb_sse_add(&out, "x", "b\nc", 3);
	ohb_sse_add(&out, "", "", 0);
	ck_assert_str_eq(out.data,
			"data: a\n\nevent: x\ndata: b\ndata: c\n\ndata: \n\n");
}
END_TEST

static void nothing(void *userdata, const struct ohb_sse_event *event)
{
	(void)userdata;
	(void)event;
}

START_TEST(it_is_bounded)
{
	const size_t size = (size_t)OHB_MAX_JSON_BYTES / 2;
	ohb_autofree char *piece = ohb_alloc(size);
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_sse sse = { 0 };
	int i, ret = 0;

	memset(piece, 'a', size);
	for (i = 0; i < 3 && ret == 0; i++)
		ret = ohb_sse_feed(&sse, piece, size, nothing, NULL, &err);
	ck_assert_int_eq(ret, -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	ohb_sse_release(&sse);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sse");
	TCase *tcase = tcase_create("sse");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_stream_is_read, 0,
			(int)OHB_ARRAY_LEN(streams));
	tcase_add_test(tcase, an_event_is_written);
	tcase_add_test(tcase, it_is_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

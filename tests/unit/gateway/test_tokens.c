#include "gateway/tokens.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"

static struct ohb_tokens count(
		const char *body, const struct ohb_tokens_known *known)
{
	struct ohb_tokens tokens;

	ohb_tokens_count(body, strlen(body), known, &tokens);
	return tokens;
}

static uint64_t weight(const char *body)
{
	return count(body, NULL).bound - OHB_TOKENS_FRAME;
}

START_TEST(text_is_counted_by_bytes)
{
	static const struct {
		const char *json;
		uint64_t weight;
	} rows[] = {
		{ "\"\"", 2 },
		{ "\"abc\"", 5 },
		{ "\"a\\n\\\"\\\\\"", 6 }, /* four characters */
		{ "\"\\u0041\"", 3 },
		{ "\"\xc3\xa9\"", 4 }, /* é */
		{ "\"\\u00e9\"", 4 },
		{ "\"\xe4\xb8\xad\"", 5 }, /* Han */
		{ "\"\\u4e2d\"", 5 },
		{ "\"\xf0\x9f\x98\x80\"", 6 }, /* an emoji */
		{ "\"\\ud83d\\ude00\"", 6 },
		{ "\"\xef\xb7\xba\"",
				35 }, /* one that NFKC makes 33 bytes of */
		{ "\"\\ufdfa\"", 35 },
		{ "12345", 5 },
		{ "[1,2]", 8 },
		{ "{\"a\":true}", 13 },
	};

	ck_assert_uint_eq(weight(rows[_i].json), rows[_i].weight);
}
END_TEST

#define BODY(messages) "{\"model\":\"m\",\"messages\":[" messages "],\"n\":1}"
#define PART(part)                                                                      \
	BODY("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}," part \
	     "]}")

static void add_long(struct ohb_str *out, const char *before, const char *after)
{
	size_t i;

	ohb_str_adds(out, before);
	for (i = 0; i < 200000; i++)
		ohb_str_addc(out, 'A');
	ohb_str_adds(out, after);
}

/* What a provider takes for an image is counted as one; the same bytes as
 * text are text. */
START_TEST(images)
{
	static const struct {
		const char *before, *after;
		int image, unbounded;
	} rows[] = {
		{ "{\"messages\":[{\"content\":[{\"type\":\"image_url\","
		  "\"image_url\":{\"url\":\"data:image/png;base64,",
				"\"}}]}]}", 1, 0 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"image_url\","
		  "\"image_url\":{\"detail\":\"high\",\"url\":\"data:image/png;"
		  "base64,",
				"\"}}]}]}", 1, 0 },
		{ "{\"input\":[{\"content\":[{\"type\":\"input_image\","
		  "\"image_url\":\"data:image/png;base64,",
				"\"}]}]}", 1, 0 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{"
		  "\"type\":\"base64\",\"data\":\"iVBOR",
				"\"}}]}]}", 1, 0 },
		{ "{\"messages\":[{\"content\":\"data:image/png;base64,",
				"\"}]}", 0, 0 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":"
		  "\"data:image/png;base64,",
				"\"}]}]}", 0, 0 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"text\",\"url\":"
		  "\"data:image/png;base64,",
				"\"}]}]}", 0, 0 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"document\","
		  "\"source\":{\"type\":\"base64\",\"data\":\"JVBERi",
				"\"}}]}]}", 0, 1 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"input_audio\","
		  "\"input_audio\":{\"data\":\"",
				"\"}}]}]}", 0, 1 },
		{ "{\"messages\":[{\"content\":[{\"type\":\"file\",\"file\":{"
		  "\"file_data\":\"",
				"\"}}]}]}", 0, 1 },
		{ "{\"tools\":[{\"a\":{\"b\":{\"type\":\"file\",\"d\":\"",
				"\"}}}]}", 0, 0 },
	};
	ohb_autostr body = OHB_STR_INIT;
	struct ohb_tokens tokens;

	add_long(&body, rows[_i].before, rows[_i].after);
	ohb_tokens_count(body.data, body.len, NULL, &tokens);
	ck_assert_int_eq(tokens.unbounded, rows[_i].unbounded);
	if (rows[_i].image) {
		ck_assert_uint_ge(tokens.bound, OHB_TOKENS_IMAGE);
		ck_assert_uint_lt(tokens.bound, OHB_TOKENS_IMAGE + 3000);
	} else {
		ck_assert_uint_ge(tokens.bound, 200000);
	}
}
END_TEST

#define FIRST "{\"role\":\"user\",\"content\":\"" TEXT "\"}"
#define TEXT                                                                  \
	"a text that is long enough to be counted as far too many tokens by " \
	"its bytes, so that it is seen when they are not counted again"

START_TEST(what_is_known_is_not_counted_again)
{
	struct ohb_tokens_known known = { .len = 0 };
	struct ohb_tokens first = count(BODY(FIRST), &known), next;

	ck_assert(!first.goes_on);
	ohb_tokens_learn(&known, &first, 30);
	next = count(BODY(FIRST ",{\"role\":\"tool\",\"content\":\"ok\"}"),
			&known);
	ck_assert(next.goes_on);
	ck_assert_uint_lt(next.bound, 200);
	ck_assert_uint_ge(next.bound, 30 + strlen("role tool content ok"));
	/* The same again: tried once more. */
	first = count(BODY(FIRST), &known);
	ck_assert(first.goes_on);
	ck_assert_uint_lt(first.bound, 200);
	/* A provider that leaves out what it had cached. */
	ohb_tokens_learn(&known, &next, 4);
	ck_assert_uint_eq(known.tokens, 30);
	/* Nothing was said. */
	ohb_tokens_learn(&known, &next, 0);
	next = count(BODY(FIRST ",{\"role\":\"tool\",\"content\":\"ok\"}"),
			&known);
	ck_assert(!next.goes_on);
}
END_TEST

START_TEST(what_differs_is_counted_anew)
{
	static const char *const bodies[] = {
		/* Another history. */
		BODY("{\"role\":\"user\",\"content\":\"b" TEXT "\"}"),
		BODY("{\"role\":\"user\",\"content\":\"" TEXT " \"}"),
		BODY("{\"role\":\"user\",\"content\":\"x\"}"),
		BODY(""),
		/* Other tools or settings, before or behind. */
		"{\"model\":\"m\",\"tools\":[],\"messages\":[" FIRST
		"],\"n\":1}",
		"{\"model\":\"m\",\"messages\":[" FIRST "],\"n\":2}",
		/* No messages at all. */
		"{}",
		"[" FIRST "]",
		"{\"a\":{\"messages\":[" FIRST "]}}",
	};
	struct ohb_tokens_known known = { .len = 0 };
	struct ohb_tokens first = count(BODY(FIRST), NULL);

	ohb_tokens_learn(&known, &first, 30);
	first = count(bodies[_i], &known);
	ck_assert(!first.goes_on);
	ck_assert_uint_ge(first.bound, OHB_TOKENS_FRAME);
}
END_TEST

START_TEST(an_image_that_is_new)
{
	struct ohb_tokens_known known = { .len = 0 };
	struct ohb_tokens tokens = count(BODY(FIRST), &known);

	ohb_tokens_learn(&known, &tokens, 30);
	tokens = count(BODY(FIRST ",{\"content\":[{\"type\":\"image_url\","
				  "\"image_url\":{\"url\":\"https://x/y.png\"}}"
				  "]}"),
			&known);
	ck_assert(tokens.goes_on);
	ck_assert_uint_ge(tokens.bound, OHB_TOKENS_IMAGE);
	tokens = count(BODY(FIRST ",{\"content\":[{\"type\":\"file\","
				  "\"file\":{}}]}"),
			&known);
	ck_assert(tokens.unbounded);
}
END_TEST

START_TEST(kept_for_an_hour)
{
	ck_assert(count(PART("{\"cache_control\":{\"type\":\"ephemeral\","
			     "\"ttl\":\"1h\"}}"),
			NULL)
					.hour);
	ck_assert(!count(PART("{\"cache_control\":{\"type\":\"ephemeral\"},"
			      "\"text\":\"ttl\"}"),
			NULL)
					.hour);
}
END_TEST

START_TEST(the_longest_answer)
{
	static const struct {
		const char *body;
		uint64_t most;
	} rows[] = {
		{ "{\"max_tokens\":17}", 17 },
		{ "{\"max_tokens\":17,\"max_completion_tokens\":90}", 90 },
		{ "{\"max_completion_tokens\":90,\"max_tokens\":17}", 90 },
		{ "{\"max_output_tokens\":5,\"messages\":[]}", 5 },
		{ "{\"a\":{\"max_tokens\":17}}", 0 },
		{ "{\"max_tokens\":\"17\"}", 0 },
		{ "{\"max_tokens\":-17}", 0 },
		{ "{\"max_tokens\":99999999999999999999}", 0 },
		{ "{}", 0 },
		{ "1", 0 },
	};

	ck_assert_uint_eq(count(rows[_i].body, NULL).max_output, rows[_i].most);
}
END_TEST

/* Whatever the bytes are: cut anywhere it ends, and counts each byte or less
 * than that only as an image. */
START_TEST(cut_anywhere)
{
	static const char body[] = PART("{\"type\":\"image_url\",\"image_url\":"
					"{\"url\":\"data:image/x\xf0\x9f\x98"
					"\x80\\ud83d\\ude00\\u00e9\"}}");
	size_t len;

	for (len = 0; len < sizeof(body); len++) {
		ohb_autofree char *copy = ohb_alloc(len + 1);
		struct ohb_tokens tokens;

		/* Exactly so many: a sanitizer sees one byte too far. */
		memcpy(copy, body, len);
		copy = realloc(copy, len ? len : 1);
		ohb_tokens_count(copy, len, NULL, &tokens);
		ck_assert_uint_ge(tokens.bound, OHB_TOKENS_FRAME);
	}
}
END_TEST

/* --bound: a line of JSON in, its bound out, for a test with tokenizers. */
static int print_bounds(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		struct ohb_tokens tokens;

		ohb_tokens_count(line, (size_t)len - 1, NULL, &tokens);
		(void)printf("%llu\n", (unsigned long long)tokens.bound);
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	Suite *suite;
	TCase *tcase;
	int failed;

	if (argc > 1 && strcmp(argv[1], "--bound") == 0)
		return print_bounds();
	suite = suite_create("tokens");
	tcase = tcase_create("tokens");
	tcase_add_loop_test(tcase, text_is_counted_by_bytes, 0, 15);
	tcase_add_loop_test(tcase, images, 0, 11);
	tcase_add_test(tcase, what_is_known_is_not_counted_again);
	tcase_add_loop_test(tcase, what_differs_is_counted_anew, 0, 9);
	tcase_add_test(tcase, an_image_that_is_new);
	tcase_add_test(tcase, kept_for_an_hour);
	tcase_add_loop_test(tcase, the_longest_answer, 0, 10);
	tcase_add_test(tcase, cut_anywhere);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* openhands.lock: every form, every error, and back. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/lockfile.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define HEAD                                                          \
	"openhands.lock 1 key 1: what every test was made of; to be " \
	"committed; ohbuild writes it\n"
#define KEY "\tkey text " SHA " settings\n"
#define OUT(path) "\toutput 100644 " SHA " " path "\n"
#define BY "\tby agent\n\tproof judge\n"
#define BLOCK(path) "\ntarget " path "\n" KEY OUT(path) BY
#define BY_SETTINGS "0123456789abcdef0123456789abcdef"
#define END "\nend\n"

static const char whole[] = HEAD
		"\ntarget tests/a b\n"
		"\tkey absent " ZERO " input:x: y\n"
		"\tkey text " SHA " settings\n"
		"\tkey 120000 " SHA " source:\"\\303\\050\\\"\\\\\\001\"\n"
		"\tkey 100755 " SHA " source:c\n"
		"\toutput 100755 " SHA " tests/a b\n"
		"\toutput 100644 " SHA " \" lead\"\n"
		"\tby person\n"
		"\tproof none\n"
		"\n"
		"target tests/\303\244\n" KEY "\tvalidate " BY_SETTINGS
		"\n" OUT("tests/\303\244") BY "\tmodel openrouter/a/b\n"
					      "\timage sha256:" SHA "\n"
					      "\tdate 2024-02-29T23:59:59Z\n"
					      "\tcost 12.000345\n" END;

static struct ohb_arena arena;
static struct ohb_error err;
static struct ohb_lock lock;

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
	err = (struct ohb_error)OHB_ERROR_INIT;
}

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static int parse(const char *text)
{
	return ohb_lock_parse("openhands.lock", text, strlen(text), 1, &arena,
			&lock, &err);
}

static void comes_back(const char *text)
{
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_msg(parse(text) == 0, "%s", err.msg);
	ohb_lock_print(&lock, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), text);
}

START_TEST(what_is_read_is_printed)
{
	comes_back(HEAD END);
	comes_back(HEAD BLOCK("a") BLOCK("b") END);
	comes_back(HEAD "\ntarget a\n" KEY "\tvalidate " BY_SETTINGS
			"\n" OUT("a") BY END);
}
END_TEST

START_TEST(every_field)
{
	const struct ohb_lock_record *r;
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_msg(parse(whole) == 0, "%s", err.msg);
	ck_assert_uint_eq(lock.count, 2);
	ck_assert_uint_eq(lock.key, 1);
	r = ohb_lock_find(&lock, "tests/a b");
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->nparts, 4);
	ck_assert_str_eq(r->parts[0].name, "input:x: y");
	ck_assert_uint_eq(r->parts[0].content.mode, OHB_CONTENT_ABSENT);
	ck_assert_uint_eq(r->parts[1].content.mode, OHB_CONTENT_TEXT);
	/* A quote within a name begins nothing. */
	ck_assert_str_eq(
			r->parts[2].name, "source:\"\\303\\050\\\"\\\\\\001\"");
	ck_assert_uint_eq(r->parts[2].content.mode, OHB_CONTENT_LINK);
	ck_assert_uint_eq(r->parts[3].content.mode, OHB_CONTENT_PROGRAM);
	ck_assert_uint_eq(r->noutputs, 2);
	ck_assert_str_eq(r->outputs[1].name, " lead");
	ck_assert_uint_eq(r->origin, OHB_BY_PERSON);
	ck_assert(!r->judged && !r->model && !r->image);
	ck_assert(ohb_digest_is_zero(&r->settings));
	ck_assert_int_eq(r->date_ms, -1);
	ck_assert_int_eq(r->cost_microusd, -1);
	r = ohb_lock_find(&lock, "tests/\303\244");
	ck_assert_ptr_nonnull(r);
	ck_assert(r->judged && r->origin == OHB_BY_AGENT);
	ck_assert_uint_eq(r->settings.bytes[1], 0x23);
	ck_assert_str_eq(r->model, "openrouter/a/b");
	ck_assert_str_eq(r->image, "sha256:" SHA);
	ck_assert_int_eq(r->date_ms, 1709251199000);
	ck_assert_int_eq(r->cost_microusd, 12000345);
	ck_assert_uint_eq(r->outputs[0].content.sha.bytes[1], 0x23);
	ck_assert_ptr_null(ohb_lock_find(&lock, "tests"));
	ohb_lock_print(&lock, &out);
	ck_assert_ptr_nonnull(strstr(out.data,
			"\tdate 2024-02-29T23:59:59Z\n"
			"\tcost 12.000345\n\nend\n"));
}
END_TEST

/* Blocks and parts may have been put in another order by a merge. */
START_TEST(order_is_made)
{
	ohb_autostr out = OHB_STR_INIT;

	ck_assert_int_eq(parse(HEAD BLOCK("b") BLOCK("a") END), 0);
	ohb_lock_print(&lock, &out);
	ck_assert_str_eq(out.data, HEAD BLOCK("a") BLOCK("b") END);
	ck_assert_int_eq(parse(HEAD "\ntarget a\n" KEY "\tkey text " SHA
				    " model\n" OUT("a") BY END),
			0);
	ck_assert_str_eq(lock.records[0].parts[0].name, "model");
}
END_TEST

/* Any bytes but NUL are a name, and come back. */
START_TEST(names_of_any_bytes)
{
	char name[8] = "";
	unsigned i;

	for (i = 1; i < 256 * 256; i++) {
		struct ohb_lock_item item = { .name = name };
		const struct ohb_lock_record record = {
			.target = name,
			.parts = &item,
			.nparts = 1,
			.outputs = &item,
			.noutputs = 1,
			.model = name,
			.date_ms = -1,
			.cost_microusd = -1,
		};
		const struct ohb_lock one = {
			.records = &record, .count = 1, .key = 1
		};
		ohb_autostr out = OHB_STR_INIT;

		name[0] = (char)(i & 255 ? i & 255 : i >> 8);
		name[1] = (char)(i & 255 ? i >> 8 : 0);
		if (i % 251 && i > 255)
			continue;
		ohb_lock_print(&one, &out);
		ck_assert_msg(parse(out.data) == 0, "%s", err.msg);
		ck_assert_str_eq(lock.records[0].target, name);
		ck_assert_str_eq(lock.records[0].parts[0].name, name);
		ck_assert_str_eq(lock.records[0].model, name);
		ck_assert(ohb_lock_same(&lock.records[0], &record));
	}
}
END_TEST

START_TEST(c_escapes)
{
	ck_assert_int_eq(parse(HEAD BLOCK("\"\\a\\b\\f\\n\\r\\t\\v\\\"\\\\\"")
							 END),
			0);
	ck_assert_str_eq(lock.records[0].target, "\a\b\f\n\r\t\v\"\\");
}
END_TEST

#define PART(text) HEAD "\ntarget a\n\t" text "\n" KEY OUT("a") BY END
#define CONFLICT(mark, line)                                         \
	{                                                            \
		mark,                                                \
				"openhands.lock:" line               \
				":1: git left a merge conflict here" \
	}

static const struct {
	const char *text, *says;
} errors[] = {
	{ "", "openhands.lock:1:1: this is no lock file of ohbuild" },
	{ "{\n  \"lock\": 1\n}\n", "move it away and run 'ohbuild'" },
	{ "openhands.lock x\n", ":1:16: here should be the version" },
	{ "openhands.lock 0 key 1\n", ":1:17: here should be the version" },
	{ "openhands.lock 1 kez 1\n", ":1:17: here should be ' key '" },
	{ "openhands.lock 1 key x\n", ":1:22: here should be a number" },
	{ "openhands.lock 2 new words\n",
			":1:1: written by a newer ohbuild (format 2, keys 0; "
			"this one knows 1 and 1): update ohbuild" },
	{ "openhands.lock 1 key 2: x\n", "newer ohbuild (format 1, keys 2" },
	{ HEAD, ":1:1: the file was cut off: its last line should be 'end'" },
	{ HEAD BLOCK("a"), ":7:1: the file was cut off" },
	{ HEAD BLOCK("a") "\nen", ":9:3: the file ends in the middle of" },
	{ HEAD END "x\n", ":4:1: here should be nothing more, not 'x'" },
	{ HEAD BLOCK("a") "\tby\r\n" END, ":8:4: the line ends with CR LF" },
	CONFLICT(HEAD "<<<<<<< HEAD\n", "2"),
	CONFLICT(HEAD "=======\n", "2"),
	CONFLICT(HEAD "||||||| 1234567\n", "2"),
	CONFLICT(HEAD BLOCK("a") ">>>>>>> theirs\n", "8"),
	CONFLICT("<<<<<<< HEAD\n" HEAD, "1"),
	CONFLICT(HEAD END "=======\n", "4"),
	{ HEAD "<<<<<<<< HEAD\n", ":2:1: here should be 'target …' or 'end'" },
	{ HEAD "tarGet a\n", ":2:1: here should be 'target …' or 'end'" },
	{ HEAD "target \n", ":2:8: here should be a name" },
	{ HEAD BLOCK("\"a"), ":3:8: here should be a name in C's quotes" },
	{ HEAD BLOCK("\"a\"b"), "here should be a name in C's quotes" },
	{ HEAD BLOCK("\"\""), "here should be a name in C's quotes" },
	{ HEAD BLOCK("\"\\000\""), "here should be a name in C's quotes" },
	{ HEAD BLOCK("\"\\777\""), "here should be a name in C's quotes" },
	{ HEAD BLOCK("\"\\x41\""), "here should be a name in C's quotes" },
	{ HEAD "\ntarget a\nkey\n", ":4:1: here should be a line that begins" },
	{ PART("colour red"), ":4:2: here should be key, validate, " },
	{ PART("key 100600 " SHA " a"), ":4:6: here should be 100644" },
	{ PART("key text 123 a"), ":4:11: here should be the 64 digits" },
	{ PART("key text " SHA "0 a"), ":4:11: here should be the 64 digits" },
	{ PART("key text " SHA), ":4:75: here should be a name" },
	{ PART("validate 123"), ":4:11: here should be the 32 digits of one" },
	{ PART("validate " BY_SETTINGS "0"), "should be the 32 digits of one" },
	{ PART("validate 00000000000000000000000000000000"),
			"should be the 32 digits of one" },
	{ PART("validate " BY_SETTINGS "\n\tvalidate " BY_SETTINGS),
			":5:11: here should be the 32 digits of one" },
	{ PART("by nobody"), ":4:5: here should be agent or person" },
	{ PART("by person"), ":7:5: here should be agent or person, once" },
	{ PART("proof none"), ":8:8: here should be judge or none, once" },
	{ PART("model a\n\tmodel b"), ":5:8: there should be one model" },
	{ PART("image a\n\timage b"), ":5:8: there should be one image" },
	{ PART("date 2023-02-29T00:00:00Z"), ":4:7: here should be one time" },
	{ PART("date 1969-12-31T00:00:00Z"), "here should be one time" },
	{ PART("date 2023-02-2"), "here should be one time" },
	{ PART("date aaaa-bb-ccTdd:ee:ffZ"), "here should be one time" },
	{ PART("cost 1"), ":4:7: here should be one sum in USD" },
	{ PART("cost -1.000000"), "here should be one sum in USD" },
	{ PART("cost 1.000000\n\tcost 1.000000"), ":5:7: here should be one" },
	{ PART("key text " SHA " settings"),
			"'settings' is there twice for the target of line 3" },
	{ PART("output 100644 " SHA " a"),
			"'a' is there twice for the target" },
	{ HEAD "\ntarget a\n" OUT("a") BY END, "line 3 has no line 'key'" },
	{ HEAD "\ntarget a\n" KEY BY END, "line 3 has no line 'output'" },
	{ HEAD "\ntarget a\n" KEY OUT("a") "\tproof none\n" END,
			"has no line 'by'" },
	{ HEAD "\ntarget a\n" KEY OUT("a") "\tby agent\n" END,
			"has no line 'proof'" },
	{ HEAD BLOCK("a") BLOCK("b") BLOCK("a") END,
			":15:1: this target is on line 3 already; delete the "
			"lines of the one whose test is not the one" },
};

START_TEST(every_error)
{
	ck_assert_int_eq(parse(errors[_i].text), -1);
	ck_assert_msg(strstr(err.msg, errors[_i].says) != NULL,
			"\"%s\" is not in: %s", errors[_i].says, err.msg);
	ck_assert_int_eq(err.code, OHB_E_CONFIG);
	ck_assert_msg(strstr(err.msg, "run 'ohbuild'") ||
					strstr(err.msg, "update ohbuild") ||
					strstr(err.msg, ".gitattributes"),
			"no cure: %s", err.msg);
}
END_TEST

START_TEST(nul_bytes)
{
	static const char text[] = HEAD "\ntarget a\0b\n";

	ck_assert_int_eq(ohb_lock_parse("l", text, sizeof(text) - 1, 1, &arena,
					 &lock, &err),
			-1);
	ck_assert_ptr_nonnull(strstr(err.msg, "l:3:8: here should be a name"));
}
END_TEST

/* Cut anywhere, it is never taken for a shorter one. */
START_TEST(cut_anywhere)
{
	size_t i;

	for (i = 0; i < sizeof(whole) - 1; i++) {
		ck_assert_int_eq(ohb_lock_parse("l", whole, i, 1, &arena, &lock,
						 &err),
				-1);
		ck_assert_int_eq(err.code, OHB_E_CONFIG);
	}
}
END_TEST

START_TEST(same_or_not)
{
	const struct ohb_lock_record *a, *b;
	struct ohb_lock_item items[2];
	struct ohb_lock_record other;

	ck_assert_int_eq(parse(whole), 0);
	a = &lock.records[0];
	b = &lock.records[1];
	ck_assert(ohb_lock_same(a, a));
	ck_assert(!ohb_lock_same(a, b));
	other = *a;
	other.model = "another";
	other.cost_microusd = 7;
	ck_assert(ohb_lock_same(a, &other));
	items[0] = a->outputs[0];
	items[1] = a->outputs[1];
	other.outputs = items;
	ck_assert(ohb_lock_same(a, &other));
	items[1].content.mode = OHB_CONTENT_PROGRAM;
	ck_assert(!ohb_lock_same(a, &other));
	/* Unknown settings may be any. */
	other = *b;
	other.settings.bytes[0] ^= 1;
	ck_assert(!ohb_lock_same(b, &other));
	memset(&other.settings, 0, sizeof(other.settings));
	ck_assert(ohb_lock_same(b, &other) && ohb_lock_same(&other, b));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lockfile");
	Suite *suite = suite_create("lockfile");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_read_is_printed);
	tcase_add_test(tc, every_field);
	tcase_add_test(tc, order_is_made);
	tcase_add_test(tc, names_of_any_bytes);
	tcase_add_test(tc, c_escapes);
	tcase_add_loop_test(tc, every_error, 0, OHB_ARRAY_LEN(errors));
	tcase_add_test(tc, nul_bytes);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, same_or_not);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

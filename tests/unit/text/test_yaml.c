#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/yaml.h"

static struct ohb_arena arena;
static struct ohb_diags diags;
static struct ohb_str out;

static void setup(void)
{
	ohb_diags_init(&diags, &arena);
}

static void teardown(void)
{
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	ohb_str_release(&out);
}

static struct ohb_yaml *parse_bytes(const char *data, size_t len)
{
	unsigned file = ohb_diags_add_file(&diags, "f.yml", data, len);
	struct ohb_yaml *root = ohb_yaml_parse(&arena, &diags, file);

	ck_assert_int_eq(root == NULL, diags.nitems > 0);
	return root;
}

static struct ohb_yaml *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* JSON-like: plain scalars bare, others in quotes. */
static void dump(const struct ohb_yaml *node)
{
	size_t i;

	switch (node->kind) {
	case OHB_YAML_SCALAR:
		ohb_str_addf(&out, node->plain ? "%s" : "\"%s\"", node->text);
		return;
	case OHB_YAML_LIST:
		ohb_str_addc(&out, '[');
		for (i = 0; i < node->count; i++) {
			ohb_str_adds(&out, i ? " " : "");
			dump(node->items[i]);
		}
		ohb_str_addc(&out, ']');
		return;
	case OHB_YAML_MAP:
		ohb_str_addc(&out, '{');
		for (i = 0; i < node->count; i++) {
			ohb_str_adds(&out, i ? " " : "");
			dump(node->pairs[i].key);
			ohb_str_addc(&out, ':');
			dump(node->pairs[i].value);
		}
		ohb_str_addc(&out, '}');
		return;
	}
}

static const struct {
	const char *yaml, *tree;
} good[] = {
	{ "", "{}" },
	{ "# nothing\n", "{}" },
	{ "---\n...\n", "{}" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
			"{a:1}" },
	{ "%YAML 1.2\n---\na: 1\n", "{a:1}" },
	{ "a: 1.10\nb: on\nc: 0x10\nd: ~\ne:\n",
			"{a:1.10 b:on c:0x10 d:~ e:}" },
	{ "a: 'x y'\nb: \"\\tz\"\nc: |\n  l1\n  l2\nd: >-\n  f1\n  f2\n",
			"{a:\"x y\" b:\"\tz\" c:\"l1\nl2\n\" d:\"f1 f2\"}" },
	{ "a: [1, {b: c}, []]\n", "{a:[1 {b:c} []]}" },
	{ "- x\n- - y\n", "[x [y]]" },
	{ "a: &x {k: v}\nb: *x\nc: [*x, *x]\n",
			"{a:{k:v} b:{k:v} c:[{k:v} {k:v}]}" },
	{ "a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}" },
	{ "d: &d {x: 1, y: 2}\ne:\n  y: 3\n  <<: *d\n",
			"{d:{x:1 y:2} e:{y:3 x:1}}" },
	{ "d: {<<: [{x: 1}, {x: 2, y: 3}], z: 4}\n", "{d:{z:4 x:1 y:3}}" },
	{ "a: !!str 5\n", "{a:\"5\"}" },
	{ "'<<': 1\n", "{\"<<\":1}" },
	{ "a: x\r\nb: y\r\n", "{a:x b:y}" },
};

START_TEST(test_good)
{
	struct ohb_yaml *root = parse(good[_i].yaml);

	ck_assert_ptr_nonnull(root);
	dump(root);
	ck_assert_str_eq(ohb_str_cstr(&out), good[_i].tree);
}
END_TEST

static const struct {
	const char *yaml, *shown;
} bad[] = {
	{ "a: 1\nb: 2\na: 3\n",
			"f.yml:3:1: error: the key 'a' is there already, in "
			"line 1\n"
			"  a: 3\n"
			"  ^\n" },
	{ "a:\n\t- x\n",
			"f.yml:2:1: error: a tab cannot stand here\n"
			"          - x\n"
			"  ^~~~~~~~\n"
			"  hint: indent with spaces\n" },
	{ "a: 1\n---\nb: 2\n",
			"f.yml:2:1: error: a second document begins here\n"
			"  ---\n"
			"  ^\n"
			"  hint: one file holds one document\n" },
	{ "a: *b\n",
			"f.yml:1:4: error: no anchor '&b' before this alias\n"
			"  a: *b\n"
			"     ^~\n"
			"  hint: quote a text that begins with '*'\n" },
	{ "a: &b [*b]\n",
			"f.yml:1:8: error: the alias '*b' is inside of what it "
			"stands for\n"
			"  a: &b [*b]\n"
			"         ^~\n"
			"  hint: quote a text that begins with '*'\n" },
	{ "a: **/*.c\n",
			"f.yml:1:5: error: while scanning an alias did not "
			"find expected alphabetic or numeric character\n"
			"  a: **/*.c\n"
			"      ^\n"
			"  hint: quote a text that begins with '*' or '&'\n" },
	{ "a: !exclude\n",
			"f.yml:1:4: error: the tag '!exclude' is not known "
			"here\n"
			"  a: !exclude\n"
			"     ^~~~~~~~\n"
			"  hint: quote a text that begins with '!'\n" },
	{ "a: !!int 5\n",
			"f.yml:1:4: error: the tag 'tag:yaml.org,2002:int' is "
			"not known here\n"
			"  a: !!int 5\n"
			"     ^~~~~~~\n"
			"  hint: quote a text that begins with '!'\n" },
	{ "a: @unit\n",
			"f.yml:1:4: error: while scanning for the next token "
			"found character that cannot start any token\n"
			"  a: @unit\n"
			"     ^\n"
			"  hint: quote a text that begins with this "
			"character\n" },
	{ "a: {dir}/x\n",
			"f.yml:1:9: error: while parsing a block mapping did "
			"not find expected key\n"
			"  a: {dir}/x\n"
			"          ^\n"
			"  hint: quote a text that begins with '{'\n" },
	{ "a: b: c\n",
			"f.yml:1:5: error: mapping values are not allowed in "
			"this context\n"
			"  a: b: c\n"
			"      ^\n"
			"  hint: indent keys of one mapping alike; quote a text "
			"that holds ': '\n" },
	{ "a: 'open\n",
			"f.yml:2:1: error: while scanning a quoted scalar "
			"found unexpected end of stream\n"
			"  \n"
			"  ^\n"
			"  hint: a closing quote is missing\n" },
	{ "[x, y]: 1\nb: 2\n",
			"f.yml:1:1: error: a key must be a text, not a list\n"
			"  [x, y]: 1\n"
			"  ^\n"
			"  hint: quote a text that begins with '{' or '['\n" },
	{ "a:\n  <<: 5\n  b: 1\n",
			"f.yml:2:7: error: '<<' takes a mapping or a list of "
			"mappings\n"
			"    <<: 5\n"
			"        ^\n" },
	{ "a: {<<: [5]}\n",
			"f.yml:1:10: error: '<<' takes a mapping or a list of "
			"mappings\n"
			"  a: {<<: [5]}\n"
			"           ^\n" },
	{ "a: {<<: {}, <<: {}}\n",
			"f.yml:1:13: error: the key '<<' is there already, in "
			"line 1\n"
			"  a: {<<: {}, <<: {}}\n"
			"              ^~\n" },
	{ "a: \"x\\0y\"\n",
			"f.yml:1:4: error: a value holds a NUL character\n"
			"  a: \"x\\0y\"\n"
			"     ^~~~~~\n" },
	{ "gr\xc3\xbc\xc3\x9f: \xff\n",
			"f.yml:1:9: error: the byte 0xff is not UTF-8\n"
			"  gr\xc3\xbc\xc3\x9f: \xef\xbf\xbd\n"
			"        ^\n"
			"  hint: save the file as UTF-8\n" },
	{ "a: \x1b[31m\n",
			"f.yml:1:4: error: a control character cannot stand "
			"here\n"
			"  a: \xef\xbf\xbd[31m\n"
			"     ^\n" },
	/* Columns count bytes, libyaml counts characters. */
	{ "gr\xc3\xbc\xc3\x9f: [\xe6\x97\xa5, !x y]\n",
			"f.yml:1:15: error: the tag '!x' is not known here\n"
			"  gr\xc3\xbc\xc3\x9f: [\xe6\x97\xa5, !x y]\n"
			"             ^~~~\n"
			"  hint: quote a text that begins with '!'\n" },
	/* All of them at once. */
	{ "a: !x 1\nb: !y 2\na: 3\n",
			"f.yml:1:4: error: the tag '!x' is not known here\n"
			"  a: !x 1\n"
			"     ^~~~\n"
			"  hint: quote a text that begins with '!'\n"
			"f.yml:2:4: error: the tag '!y' is not known here\n"
			"  b: !y 2\n"
			"     ^~~~\n"
			"  hint: quote a text that begins with '!'\n"
			"f.yml:3:1: error: the key 'a' is there already, in "
			"line 1\n"
			"  a: 3\n"
			"  ^\n" },
};

START_TEST(test_bad)
{
	ck_assert_ptr_null(parse(bad[_i].yaml));
	ohb_diags_format(&diags, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), bad[_i].shown);
}
END_TEST

static void expect_text(const char *text)
{
	ck_assert_uint_eq(diags.nitems, 1);
	ck_assert_str_eq(diags.items[0].text, text);
}

START_TEST(test_utf16)
{
	static const struct {
		const char *data;
		size_t len;
	} files[] = {
		{ "\xff\xfe"
		  "a\0:\0",
				6 },
		{ "\xfe\xff"
		  "\0a\0:",
				6 },
		{ "a\0:\0", 4 },
		{ "\0a\0:", 4 },
	};

	ck_assert_ptr_null(parse_bytes(files[_i].data, files[_i].len));
	expect_text("this is UTF-16, not UTF-8");
}
END_TEST

START_TEST(test_nul)
{
	ck_assert_ptr_null(parse_bytes("a: 1\0", 5));
	expect_text("a control character cannot stand here");
}
END_TEST

START_TEST(test_laughs)
{
	ohb_autostr yaml = OHB_STR_INIT;
	int i, j;

	ohb_str_adds(&yaml, "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
	for (i = 1; i < 30; i++) {
		ohb_str_addf(&yaml, "a%d: &a%d [", i, i);
		for (j = 0; j < 9; j++)
			ohb_str_addf(&yaml, "*a%d, ", i - 1);
		ohb_str_adds(&yaml, "]\n");
	}
	ck_assert_ptr_null(parse(ohb_str_cstr(&yaml)));
	expect_text("more than 200000 values when the aliases are expanded");
}
END_TEST

static void repeat(struct ohb_str *str, const char *text, size_t n)
{
	while (n--)
		ohb_str_adds(str, text);
}

START_TEST(test_too_many)
{
	ohb_autostr yaml = OHB_STR_INIT;

	ohb_str_adds(&yaml, "a: [");
	repeat(&yaml, "1,", OHB_MAX_YAML_NODES);
	ohb_str_adds(&yaml, "]");
	ck_assert_ptr_null(parse(ohb_str_cstr(&yaml)));
	expect_text("more than 200000 values");
}
END_TEST

START_TEST(test_depth)
{
	ohb_autostr yaml = OHB_STR_INIT;

	repeat(&yaml, "[", OHB_MAX_YAML_DEPTH);
	repeat(&yaml, "]", OHB_MAX_YAML_DEPTH);
	ck_assert_ptr_nonnull(parse(ohb_str_cstr(&yaml)));
	ohb_str_clear(&yaml);
	repeat(&yaml, "[", 100000);
	ck_assert_ptr_null(parse(ohb_str_cstr(&yaml)));
	expect_text("nested deeper than 64 levels");
}
END_TEST

START_TEST(test_huge_scalar)
{
	ohb_autostr yaml = OHB_STR_INIT;

	ohb_str_adds(&yaml, "a: ");
	repeat(&yaml, "x", OHB_MAX_SCALAR);
	ck_assert_ptr_nonnull(parse(ohb_str_cstr(&yaml)));
	ohb_str_adds(&yaml, "x");
	ck_assert_ptr_null(parse(ohb_str_cstr(&yaml)));
	expect_text("a value larger than 262144 bytes");
}
END_TEST

START_TEST(test_huge_file)
{
	ohb_autostr yaml = OHB_STR_INIT;

	ohb_str_adds(&yaml, "#");
	repeat(&yaml, "x", OHB_MAX_YAML_BYTES);
	ck_assert_ptr_null(parse(ohb_str_cstr(&yaml)));
	expect_text("larger than 4194304 bytes");
}
END_TEST

START_TEST(test_places)
{
	struct ohb_yaml *root = parse("a:\n  - x\n  - 'yz'\nb: |\n  text\n");
	const struct ohb_yaml *list = ohb_yaml_get(root, "a");

	ck_assert_uint_eq(list->pos.line, 2);
	ck_assert_uint_eq(list->items[1]->pos.line, 3);
	ck_assert_uint_eq(list->items[1]->pos.column, 5);
	ck_assert_uint_eq(list->items[1]->pos.length, 4);
	ck_assert_uint_eq(ohb_yaml_get(root, "b")->pos.line, 4);
	ck_assert_ptr_null(ohb_yaml_get(root, "c"));
	ck_assert_ptr_null(ohb_yaml_get(list, "a"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tcase = tcase_create("yaml");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, OHB_ARRAY_LEN(good));
	tcase_add_loop_test(tcase, test_bad, 0, OHB_ARRAY_LEN(bad));
	tcase_add_loop_test(tcase, test_utf16, 0, 4);
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_laughs);
	tcase_add_test(tcase, test_too_many);
	tcase_add_test(tcase, test_depth);
	tcase_add_test(tcase, test_huge_scalar);
	tcase_add_test(tcase, test_huge_file);
	tcase_add_test(tcase, test_places);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

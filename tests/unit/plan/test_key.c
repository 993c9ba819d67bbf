#include "plan/key.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct ohb_arena arena;
static struct ohb_config config;
static struct ohb_module_config module;
static struct ohb_target target;
static const char *sources[] = { "src/b.c", "src/a.c" };
static const char *inputs[] = { "inc/a.h" };
static const char *outputs[] = { "tests/a.c", "tests/b.c" };
static const struct ohb_model_config model_a = { .id = "x/a" };
static const struct ohb_model_config model_b = { .id = "x/b" };
static const struct ohb_model_config *models[] = { &model_a, &model_b };
static struct ohb_digest digests[3];

static void setup(void)
{
	arena = (struct ohb_arena)OHB_ARENA_INIT;
	config = (struct ohb_config){ .agent = { .image = "image:1" } };
	module = (struct ohb_module_config){ .name = "" };
	target = (struct ohb_target){
		.module = &module,
		.sources = sources,
		.nsources = 2,
		.inputs = inputs,
		.ninputs = 1,
		.outputs = outputs,
		.noutputs = 2,
		.models = models,
		.nmodels = 2,
	};
	digests[0] = ohb_digest_of("b", 1);
	digests[1] = ohb_digest_of("a", 1);
	digests[2] = ohb_digest_of("h", 1);
}

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static struct ohb_parts parts(void)
{
	return ohb_key_parts(&target, &config, digests, digests + 2, &arena);
}

static const char *names(const struct ohb_parts *of)
{
	ohb_autostr text = OHB_STR_INIT;

	for (size_t i = 0; i < of->count; i++)
		ohb_str_addf(&text, i ? " %s" : "%s", of->items[i].name);
	return ohb_arena_strdup(&arena, ohb_str_cstr(&text));
}

START_TEST(test_parts)
{
	struct ohb_parts got = parts();

	ck_assert_str_eq(names(&got),
			"input:inc/a.h settings source:src/a.c "
			"source:src/b.c");
	ck_assert(ohb_digest_eq(&got.items[2].digest, &digests[1]));
	ck_assert(ohb_digest_eq(&got.items[3].digest, &digests[0]));
	target.prompt = "write";
	module.key_model = true;
	module.key_image = true;
	got = parts();
	ck_assert_str_eq(names(&got),
			"image input:inc/a.h model prompt "
			"settings source:src/a.c source:src/b.c");
	config.agent.image = NULL; /* of the process sandbox */
	got = parts();
	ck_assert_uint_eq(got.count, 6);
}
END_TEST

/* The key of fixed parts is fixed: else every test of every user is stale. */
START_TEST(test_golden)
{
	char hex[OHB_DIGEST_HEX];
	struct ohb_parts got;
	struct ohb_digest key;

	target.prompt = "write";
	got = parts();
	key = ohb_key_of(&got);
	ck_assert_str_eq(ohb_digest_hex(&key, hex),
			"a80b304daa3174e55053271158038530");
}
END_TEST

/* Each of these changes the key, and nothing else does. */
START_TEST(test_what_counts)
{
	struct ohb_parts got;
	struct ohb_digest before, after;
	static const char *renamed[] = { "src/b.c", "src/c.c" };
	static const char *fewer[] = { "tests/a.c" };

	module.key_model = true;
	module.key_image = true;
	got = parts();
	before = ohb_key_of(&got);
#define CHANGES(what)                                       \
	do {                                                \
		what;                                       \
		got = parts();                              \
		after = ohb_key_of(&got);                   \
		ck_assert(!ohb_digest_eq(&before, &after)); \
		before = after;                             \
	} while (0)
	CHANGES(digests[0] = ohb_digest_of("B", 1));
	CHANGES(digests[2] = ohb_digest_of("H", 1));
	CHANGES(target.sources = renamed);
	CHANGES(target.ninputs = 0);
	CHANGES(target.prompt = "");
	CHANGES(target.prompt = "write");
	CHANGES((target.outputs = fewer, target.noutputs = 1));
	CHANGES(target.nmodels = 1);
	CHANGES(config.agent.image = "image:2");
	CHANGES(module.key_model = false);
	CHANGES(module.key_image = false);
	config.agent.image = "image:3";
	config.limits.attempts = 9;
	module.priority = 4;
	module.name = "other";
	target.nmodels = 2;
	got = parts();
	after = ohb_key_of(&got);
	ck_assert(ohb_digest_eq(&before, &after));
}
END_TEST

static const struct {
	/* Part names of one letter, with the letter that is digested. */
	const char *before[4], *after[4];
	const char *want;
} compare_cases[] = {
	{ { NULL }, { NULL }, "" },
	{ { "a1" }, { "a1" }, "" },
	{ { "a1" }, { "a2" }, "~a" },
	{ { NULL }, { "a1" }, "+a" },
	{ { "a1" }, { NULL }, "-a" },
	{ { "a1", "b1", "c1" }, { "b2", "c1", "d1" }, "-a~b+d" },
	{ { "b1" }, { "a1", "b1", "c1" }, "+a+c" },
	{ { "a1", "b1", "c1" }, { "b1" }, "-a-c" },
};

static struct ohb_parts letters(const char *const *items)
{
	struct ohb_part *list = ohb_arena_alloc(&arena, 4 * sizeof(*list));
	size_t n = 0;

	for (; n < 4 && items[n]; n++) {
		list[n].name = ohb_arena_strndup(&arena, items[n], 1);
		list[n].digest = ohb_digest_of(items[n] + 1, 1);
	}
	return (struct ohb_parts){ .items = list, .count = n };
}

START_TEST(test_compare)
{
	static const struct ohb_digest zero;
	struct ohb_parts before = letters(compare_cases[_i].before);
	struct ohb_parts after = letters(compare_cases[_i].after);
	ohb_autostr text = OHB_STR_INIT;
	size_t n = 99;
	const struct ohb_change *changes =
			ohb_key_compare(&before, &after, &arena, &n);

	for (size_t i = 0; i < n; i++) {
		ohb_str_addf(&text, "%c%s", "~+-"[changes[i].kind],
				changes[i].part);
		ck_assert(ohb_digest_eq(&changes[i].before, &zero) ==
				(changes[i].kind == OHB_PART_ADDED));
		ck_assert(ohb_digest_eq(&changes[i].after, &zero) ==
				(changes[i].kind == OHB_PART_REMOVED));
	}
	ck_assert_str_eq(ohb_str_cstr(&text), compare_cases[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("key");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_parts);
	tcase_add_test(tc, test_golden);
	tcase_add_test(tc, test_what_counts);
	tcase_add_loop_test(tc, test_compare, 0, OHB_ARRAY_LEN(compare_cases));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

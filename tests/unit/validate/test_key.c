/* What a verdict rests on is in the key that it is remembered under. */
#include "validate/judge.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

static const char *const sources[] = { "src/a.c", "src/b.c" };
static const char *const outputs[] = { "tests/a.c", "tests/b.c" };
static const char *const inputs[] = { "src/a.h", "src/b.h" };

struct subject {
	struct ohb_step_config step;
	struct ohb_module_config module;
	struct ohb_var vars[2];
	struct ohb_target target;
	const char *image;
};

static void source(struct subject *s)
{
	s->target.nsources = 2;
}

static void output(struct subject *s)
{
	s->target.noutputs = 2;
}

static void input(struct subject *s)
{
	s->target.ninputs = 2;
}

static void variable(struct subject *s)
{
	s->vars[0].value = "b";
}

static void variable_name(struct subject *s)
{
	s->vars[0].name = "other";
}

static void command(struct subject *s)
{
	s->step.command = "false";
}

static void timeout(struct subject *s)
{
	s->step.timeout_ms = 2;
}

static void rule(struct subject *s)
{
	s->module.guard.levels[OHB_RULE_SKIP] = OHB_GUARD_WARN;
}

static void level(struct subject *s)
{
	s->module.guard.levels[OHB_RULE_SECRET] = OHB_GUARD_WARN;
}

static void image(struct subject *s)
{
	s->image = "another";
}

static void (*const changes[])(struct subject *s) = { source, output, input,
	variable, variable_name, command, timeout, rule, level, image };

static struct ohb_digest key_after(void (*change)(struct subject *s))
{
	const struct ohb_fileset none = OHB_FILESET_INIT;
	struct subject s = {
		.step = { .kind = OHB_STEP_TEST,
				.command = "true",
				.timeout_ms = 1 },
		.vars = { { "name", "a" }, { "dir", "src" } },
		.image = "image",
	};

	s.module.steps = &s.step;
	s.module.nsteps = 1;
	s.module.guard.levels[OHB_RULE_SECRET] = OHB_GUARD_OFF;
	s.target = (struct ohb_target){
		.name = outputs[0],
		.module = &s.module,
		.sources = sources,
		.nsources = 1,
		.outputs = outputs,
		.noutputs = 1,
		.inputs = inputs,
		.ninputs = 1,
		.vars = s.vars,
		.nvars = OHB_ARRAY_LEN(s.vars),
	};
	if (change)
		change(&s);
	return ohb_judge_key(&s.target, &none, &none, s.image);
}

START_TEST(changes_with_what_it_rests_on)
{
	const struct ohb_digest before = key_after(NULL);
	const struct ohb_digest again = key_after(NULL);
	const struct ohb_digest after = key_after(changes[_i]);

	ck_assert(ohb_digest_eq(&before, &again));
	ck_assert_msg(!ohb_digest_eq(&before, &after), "change %d", _i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("key");
	TCase *tests = tcase_create("key");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, changes_with_what_it_rests_on, 0,
			OHB_ARRAY_LEN(changes));
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

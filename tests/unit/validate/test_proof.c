/* What a test must survive besides its own run: faults in the source, and
 * other environments.  On this machine, without a container. */
#include "validate/steps.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "io/fs.h"
#include "io/wait.h"

#define RUN "sh {test} {report}"
#define CASE(result)                                    \
	"echo '<testsuite><testcase name=\"a\">" result \
	"</testcase></testsuite>' >\"$1\"\n"

static struct ohb_engine *engine;
static struct ohb_cancel cancel;
static struct ohb_arena arena;
static struct ohb_error err;

static void ignore(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static void setup(void)
{
	const struct ohb_engine_options options = {
		.kind = OHB_ENGINE_PROCESS,
		.run = "test",
		.cancel = &cancel,
		.on_warning = ignore,
	};

	err = (struct ohb_error)OHB_ERROR_INIT;
	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	ck_assert_msg(ohb_engine_open(&options, &engine, &err) == 0, "%s",
			err.msg);
}

static void teardown(void)
{
	ohb_engine_close(engine);
	ohb_cancel_release(&cancel);
	ohb_arena_release(&arena);
}

static void put(struct ohb_fileset *set, const char *path, const char *data)
{
	const struct ohb_file file = {
		.path = path,
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = data,
		.len = strlen(data),
		.digest = ohb_fs_digest_of(
				OHB_FS_FILE, 0644, data, strlen(data)),
	};

	ohb_fileset_put(set, &file);
}

static int ignored(void *userdata, const char *const *paths, size_t n,
		int *ret_ignored, struct ohb_error *unused)
{
	(void)userdata;
	(void)paths;
	(void)unused;
	memset(ret_ignored, 0, n * sizeof(*ret_ignored));
	return 0;
}

/* One source, one test, and a judge of both. */
struct subject {
	struct ohb_step_config steps[3];
	struct ohb_module_config module;
	struct ohb_target target;
	struct ohb_fileset inputs, outputs, previous;
	struct ohb_judge_spec spec;
	const char *sources[2];
	struct ohb_judgement judgement;
};

static const char *const outputs[] = { "tests/test_a.sh" };
static const struct ohb_var vars[] = { { "test", "tests/test_a.sh" } };

static void subject(struct subject *s, const char *path, const char *source,
		const char *test, const char *junit)
{
	memset(s, 0, sizeof(*s));
	s->steps[0] = (struct ohb_step_config){
		.kind = OHB_STEP_TEST,
		.command = RUN,
		.format = junit ? OHB_REPORT_JUNIT : OHB_REPORT_NONE,
		.reports[OHB_REPORT_JUNIT] = junit,
		.min = 1,
		.timeout_ms = 60000,
	};
	s->module = (struct ohb_module_config){
		.name = "m",
		.steps = s->steps,
		.nsteps = 1,
		.proof = { OHB_SABOTAGE_OFF, 8, 1, 1 },
	};
	s->sources[0] = path;
	s->target = (struct ohb_target){
		.name = outputs[0],
		.module = &s->module,
		.sources = s->sources,
		.nsources = 1,
		.outputs = outputs,
		.noutputs = 1,
		.vars = vars,
		.nvars = OHB_ARRAY_LEN(vars),
	};
	put(&s->inputs, path, source);
	put(&s->outputs, outputs[0], test);
	s->spec = (struct ohb_judge_spec){
		.engine = engine,
		.name = "judge",
		.target = &s->target,
		.inputs = &s->inputs,
		.ignored = ignored,
	};
}

static void release(struct subject *s)
{
	ohb_fileset_release(&s->inputs);
	ohb_fileset_release(&s->outputs);
	ohb_fileset_release(&s->previous);
}

static const struct ohb_step_result *judge(struct subject *s)
{
	ck_assert_msg(ohb_judge_run(&s->spec, &s->outputs, &s->previous, &arena,
				      &s->judgement, &err) == 0,
			"%s", err.msg);
	return &s->judgement.steps[s->judgement.nsteps - 1];
}

/* says: in a finding (!), in the note, or the absence of both (NULL). */
static void expect(struct subject *s, const char *step, const char *says)
{
	const struct ohb_step_result *last = judge(s);
	ohb_autostr all = OHB_STR_INIT;
	size_t i;

	ck_assert_str_eq(last->step, step);
	for (i = 0; i < s->judgement.nfindings; i++)
		ohb_str_addf(&all, "%s\n", s->judgement.findings[i].text);
	if (*says == '!') {
		ck_assert_msg(!last->ok && strstr(ohb_str_cstr(&all), says + 1),
				"%s", all.len ? all.data : last->note);
	} else {
		ck_assert_msg(all.len == 0, "%s", all.data);
		ck_assert_msg(strstr(last->note, says) != NULL, "%s",
				last->note);
	}
}

static const char larger[] = "larger() {\n"
			     "	if [ \"$1\" -gt \"$2\" ]; then\n"
			     "		echo \"$1\"\n"
			     "	else\n"
			     "		echo \"$2\"\n"
			     "	fi\n"
			     "}\n";

#define LOOK(then)                                                           \
	". ./src/a.sh\n[ \"$(larger 2 1),$(larger 3 4)\" = 2,4 ] || { " then \
	"; }\n"

static const struct {
	const char *path, *source, *test, *junit;
	const char *says;
} sabotages[] = {
	{ "src/a.sh", larger, LOOK(CASE("<failure/>") "exit 1") CASE(""),
			"{report}", "1 of " },
	{ "src/a.sh", larger, LOOK("exit 1") "exit 0", NULL, "1 of " },
	{ "src/a.sh", larger, ". ./src/a.sh\nlarger 2 1\n" CASE(""), "{report}",
			"!0 of 5 small faults" },
	{ "src/a.sh", larger, ". ./src/a.sh\nlarger 2 1\n" CASE(""), "{report}",
			"!line 3:\n- echo \"$1\"\n+ echo \"\"" },
	{ "src/a.sh", larger, LOOK("kill -9 $$") CASE(""), "{report}",
			"!weak oracle: " },
	{ "src/a.sh", larger, LOOK(CASE("<error/>") "exit 1") CASE(""),
			"{report}", "!weak oracle: " },
	{ "src/a.sh", larger,
			LOOK(CASE("<failure message=\"x.KeyError: 2\"/>") "exit 1")
					CASE(""),
			"{report}", "!weak oracle: " },
	{ "src/a.sh", larger,
			LOOK(CASE("<failure message=\"AssertionError: 2\"/>") "exit 1")
					CASE(""),
			"{report}", "1 of " },
	{ "src/a.sh", larger,
			LOOK("echo '<testsuite><testcase name=\"a\">"
			     "<failure message=\"too old\">[Error: too old] {"
			     "\n  cause: RangeError [Error]: too old\n"
			     "</failure></testcase></testsuite>' >\"$1\"\nexit 1")
					CASE(""),
			"{report}", "!weak oracle: " },
	{ "src/a.sh", larger,
			LOOK("echo '<testsuite><testcase name=\"a\">"
			     "<failure message=\"too old\">[Error: too old] {"
			     "\n  cause: AssertionError [X]: too old\n"
			     "</failure></testcase></testsuite>' >\"$1\"\nexit 1")
					CASE(""),
			"{report}", "1 of " },
	{ "src/a.sh", "# echo \"x\"\n", CASE(""), "{report}",
			"not judged: there is nothing" },
	{ "src/a.sh", "echo \"x\"\n", CASE(""), "{report}",
			"not judged: a single fault" },
	{ "src/a.none", larger, CASE(""), "{report}",
			"not judged: no grammar for .none" },
	/* A function that is not meant to be tested is left alone. */
	{ "src/a.sh",
			"other() { echo \"a\" \"b\" \"c\"; }\n"
			"one() { echo \"x\" \"y\"; }\n",
			". ./src/a.sh\none >/dev/null\n" CASE(""), "{report}",
			"!0 of 2 small faults" },
	/* To bring its name in is not to mean it. */
	{ "src/a.sh",
			"other() { echo \"a\" \"b\" \"c\"; }\n"
			"one() { echo \"x\" \"y\"; }\n",
			". ./src/a.sh # import other, one\n"
			"one >/dev/null\n" CASE(""),
			"{report}", "!0 of 2 small faults" },
	/* A run on a fault is like the one before; here is no control. */
	{ "src/a.sh",
			"echo \"$LINENO\" >&2\n"
			"one() { echo \"x\" \"y\"; }\n",
			". ./src/a.sh\none >/dev/null\n"
			"! env | grep -q ^OHBUILD_JUDGE || { " CASE(
					"<failure/>") "exit 1; }\n" CASE(""),
			"{report}", "!0 of 2 small faults" },
	/* Who does not come to an end has noticed. */
	{ "src/a.sh", larger, LOOK("sleep 600") CASE(""), NULL, "1 of " },
};

START_TEST(sabotages_sources)
{
	struct subject s;

	subject(&s, sabotages[_i].path, sabotages[_i].source,
			sabotages[_i].test, sabotages[_i].junit);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	expect(&s, "sabotage", sabotages[_i].says);
	release(&s);
}
END_TEST

/* Who looks at the source's text is disturbed by wider blanks. */
static const struct {
	const char *test, *junit;
	const char *says;
	size_t warnings;
} controls[] = {
	{ "grep -q -- '\"$1\" -gt' src/a.sh || { " CASE(
			  "<failure message=\"text\"/>") "exit 1; }\n" CASE(""),
			"{report}",
			"!it looks at the source's text. Run the code and "
			"assert what it does. What it says: 'a'\ntext",
			0 },
	/* The command may look at the style as well: shown, not refused. */
	{ "grep -q -- '\"$1\" -gt' src/a.sh || exit 1\n"
	  "grep -q 'echo \"$1\"' src/a.sh || exit 1\n" CASE(""),
			"{report}", "!weak oracle", 1 },
	{ LOOK("exit 1") "grep -q 'if \\[' src/a.sh || exit 1\n", NULL, "1 of ",
			1 },
	/* Comments are as they were: a program may print its own. */
	{ LOOK("exit 1") "grep -q '^# a b$' src/a.sh || exit 1\n", NULL,
			"1 of ", 0 },
};

START_TEST(controls_sabotage)
{
	struct subject s;
	ohb_autostr source = OHB_STR_INIT;

	ohb_str_addf(&source, "# a b\n%s", larger);
	subject(&s, "src/a.sh", source.data, controls[_i].test,
			controls[_i].junit);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	expect(&s, "sabotage", controls[_i].says);
	ck_assert_uint_eq(s.judgement.nwarnings, controls[_i].warnings);
	release(&s);
}
END_TEST

/* One of enough repeated runs has that text; alone, or with one beside it. */
static const struct {
	size_t control; /* of the above */
	unsigned runs;
	const char *says;
} control_repeats[] = {
	{ 0, 3, NULL },
	{ 0, 5, NULL },
	{ 2, 3, "3 green runs" },
	{ 2, 5, "5 green runs" },
	{ 3, 5, "5 green runs" },
};

START_TEST(controls_repeat)
{
	const size_t at = control_repeats[_i].control;
	const char *says = control_repeats[_i].says;
	struct subject s;
	ohb_autostr source = OHB_STR_INIT;

	ohb_str_addf(&source, "# a b\n%s", larger);
	subject(&s, "src/a.sh", source.data, controls[at].test,
			controls[at].junit);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.module.proof.repeat = control_repeats[_i].runs;
	expect(&s, "repeat", says ? says : controls[at].says);
	ck_assert_uint_eq(s.judgement.nwarnings, controls[at].warnings);
	release(&s);
}
END_TEST

/* A step before the tests may look at the text. */
START_TEST(controls_tests_alone)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, LOOK("exit 1") CASE(""), NULL);
	s.steps[1] = s.steps[0];
	s.steps[0].kind = OHB_STEP_COMMAND;
	s.steps[0].command = "grep -q '\tif \\[' src/a.sh";
	s.module.nsteps = 2;
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.module.proof.repeat = 5;
	expect(&s, "repeat", "5 green runs");
	ck_assert_uint_eq(s.judgement.nwarnings, 0);
	release(&s);
}
END_TEST

/* What fails on the same source as well has another reason. */
START_TEST(controls_are_controlled)
{
	char folder[] = "/tmp/ohb-proof-XXXXXX";
	ohb_autostr test = OHB_STR_INIT, seen = OHB_STR_INIT;
	struct subject s;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ohb_str_addf(&seen, "%s/seen", folder);
	ohb_str_addf(&test,
			"if [ -e %s ]; then " CASE(
					"<failure/>") "exit 1; fi\n"
						      "echo >%s\n" CASE(""),
			seen.data, seen.data);
	subject(&s, "src/a.sh", larger, test.data, "{report}");
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	expect(&s, "sabotage", "!flaky: it passed, and failed when");
	ck_assert_str_eq(s.judgement.findings[0].name, "flaky");
	release(&s);
	ck_assert_int_eq(unlink(seen.data), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static const struct {
	const char *was, *now; /* names of cases that pass; "-x" fails */
	const char *says;
} kept[] = {
	{ "a b", "b c a", "2 cases of the version before pass" },
	{ "a b", "a", "!'b' is gone: what the version before asserts" },
	{ "a b c", "b", "!'a', 'c' are gone: " },
	{ "a -b", "a", "1 cases of the version before pass" },
	{ "a::b c", "x::b d::c", "2 cases" },
	{ "a::b c::b", "c::b d", "!'a::b' is gone" },
	{ "a::b[1] a::b[2]", "a::b[x] a::b[y]", "2 cases" },
	{ "a::b[1] a::b[2]", "a::b[2]", "!'a::b[1]' is gone" },
	{ "a a", "a b", "!'a' is gone" },
	{ "[a] [b]", "[a] [c]", "!'[b]' is gone" },
	{ "a b c d e f g h i j k l m", "a", "!'j', 'k' and 2 more are gone: " },
	{ "", "a", "nothing to keep: the version before fails" },
};

/* Writes a report of the cases. */
static const char *script(const char *names)
{
	return ohb_arena_printf(&arena,
			"f=0; o='<testsuite>'\n"
			"for n in %s; do\n"
			"case $n in -*) f=1 r='<failure/>' ;; *) r= ;; esac\n"
			"o=\"$o<testcase name='${n#-}'>$r</testcase>\"\n"
			"done; echo \"$o</testsuite>\" >\"$1\"\nexit $f\n",
			names);
}

START_TEST(keeps_cases)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, script(kept[_i].now), "{report}");
	put(&s.previous, outputs[0],
			*kept[_i].was ? script(kept[_i].was) : "exit 1\n");
	expect(&s, "kept", kept[_i].says);
	if (*kept[_i].says == '!') {
		ck_assert_str_eq(s.judgement.findings[0].name, "case-removed");
		ck_assert_str_eq(s.judgement.findings[0].file, outputs[0]);
	}
	release(&s);
}
END_TEST

static const struct {
	const char *was, *now; /* executed ones of lines 1 to 5; "" fails */
	const char *junit, *says;
} covered[] = {
	{ "1 2 3", "3 2 1", "{report}",
			"1 cases of the version before pass; it executes 3 of "
			"5 lines" },
	/* another one, and as many */
	{ "1 2 3", "1 2 5", "{report}", "it executes 3 of 5 lines" },
	{ "1 2", "1 2 3 4 5", "{report}", "it executes 2 of 5 lines" },
	{ "1 2 3 5", "2", "{report}",
			"!1 lines of the source are executed, 4 by the version "
			"before, without those of 'src/a.sh': 1, 3, 5: what "
			"the version before asserts still holds" },
	{ "1 3 4 5", "1 2", NULL, "!without those of 'src/a.sh': 3-5: " },
	{ "", "1 2", "{report}",
			"nothing to keep: the version before fails; its lines "
			"are not known" },
	{ "-", "1 2", "{report}",
			"1 cases of the version before pass; its lines are not "
			"known" },
	{ "", "1 2", NULL, "its lines are not known" },
};

/* Executes these lines, or has a report of cases alone. */
static const char *executes(const char *lines)
{
	return *lines ? ohb_arena_printf(&arena,
					"if [ -z \"$1\" ]; then %s; exit; fi\n" CASE(
							""),
					*lines == '-' ? "exit 1" :
							ohb_arena_printf(&arena,
									"for n in %s; do "
									"echo $n; done",
									lines)) :
			"exit 1\n";
}

static void add_coverage(struct subject *s, unsigned min)
{
	s->steps[1] = (struct ohb_step_config){
		.kind = OHB_STEP_COVERAGE,
		.command = "sh {test} >lines || exit; for n in 1 2 3 4 5; do "
			   "echo DA:$n,$(grep -c $n lines); done | "
			   "{ echo SF:src/a.sh; cat; echo end_of_record; } "
			   ">{report}; rm lines",
		.format = OHB_REPORT_LCOV,
		.reports[OHB_REPORT_LCOV] = "{report}",
		.min = min,
		.timeout_ms = 60000,
	};
	s->module.nsteps = 2;
}

/* The test may not execute less than before. */
START_TEST(keeps_coverage)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, executes(covered[_i].now),
			covered[_i].junit);
	add_coverage(&s, 1);
	put(&s.previous, outputs[0], executes(covered[_i].was));
	expect(&s, "kept", covered[_i].says);
	if (*covered[_i].says == '!') {
		ck_assert_str_eq(s.judgement.findings[0].name, "case-removed");
		s.module.guard.levels[OHB_RULE_CASE_REMOVED] = OHB_GUARD_WARN;
		expect(&s, "kept", "it executes 4 of 5 lines");
		ck_assert_uint_eq(s.judgement.nwarnings, 1);
	}
	release(&s);
}
END_TEST

/* What the version before lacks is no reason to know nothing of it: it may be
 * why it was to be changed.  Also without any other step. */
START_TEST(keeps_coverage_of_few)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, executes("1 2 3 4"), "{report}");
	add_coverage(&s, 80);
	put(&s.previous, outputs[0], executes("5 1"));
	expect(&s, "kept", "it executes 2 of 5 lines");
	s.steps[0] = s.steps[1];
	s.module.nsteps = 1;
	expect(&s, "kept", "it executes 2 of 5 lines");
	release(&s);
}
END_TEST

/* Where a person says so, and where there is nothing to compare. */
START_TEST(lets_cases_go)
{
	static const char allowed[] =
			"# ohbuild: allow case-removed it is another's now\n";
	const char *was = script("a b");
	struct subject s;

	subject(&s, "src/a.sh", larger, script("a"), "{report}");
	put(&s.previous, outputs[0], was);
	s.module.guard.levels[OHB_RULE_CASE_REMOVED] = OHB_GUARD_WARN;
	expect(&s, "kept", "2 cases");
	ck_assert_uint_eq(s.judgement.nwarnings, 1);
	ck_assert(ohb_starts(s.judgement.warnings[0].text, "'b' is gone: "));

	s.module.guard.levels[OHB_RULE_CASE_REMOVED] = OHB_GUARD_OFF;
	ck_assert_str_eq(judge(&s)->step, "test");

	s.module.guard.levels[OHB_RULE_CASE_REMOVED] = OHB_GUARD_DEFAULT;
	s.spec.standing = true;
	ck_assert_str_eq(judge(&s)->step, "test");
	s.spec.standing = false;

	put(&s.previous, outputs[0],
			ohb_arena_printf(&arena, "%s%s", allowed, was));
	expect(&s, "kept", "!'b' is gone");
	s.spec.exempting = &s.previous;
	expect(&s, "kept", "2 cases");
	ck_assert(ohb_starts(s.judgement.warnings[0].text,
			"allowed in the file (it is another's now): 'b' is"));
	release(&s);

	subject(&s, "src/a.sh", larger, "exit 0\n", NULL);
	put(&s.previous, outputs[0], was);
	expect(&s, "kept", "not judged: no step has a report");
	release(&s);
}
END_TEST

/* What others ran in its place is gone, and what it stands on is there. */
START_TEST(runs_the_suite_after_faults)
{
	struct subject s;

	subject(&s, "src/a.sh", larger,
			LOOK(CASE("<failure/>") "exit 1") CASE(""), "{report}");
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.steps[1] = s.steps[0];
	s.steps[1].kind = OHB_STEP_SUITE;
	s.steps[1].command = "cat made/it && cmp src/a.sh want && "
			     "echo \"<testsuite><testcase name='s'/>"
			     "</testsuite>\" >{report}";
	s.steps[2] = s.steps[0];
	s.steps[0] = (struct ohb_step_config){
		.kind = OHB_STEP_BUILD,
		.command = "mkdir made && echo >made/it",
		.timeout_ms = 60000,
	};
	s.module.nsteps = 3;
	put(&s.inputs, "want", larger);
	s.spec.ignored = NULL;
	expect(&s, "suite", "1 cases that passed before still do");
	release(&s);
}
END_TEST

/* What does not build is replaced, and says nothing. */
START_TEST(replaces_what_does_not_build)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, "exit 0\n", NULL);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.steps[1] = s.steps[0];
	s.steps[0] = (struct ohb_step_config){
		.kind = OHB_STEP_BUILD,
		.command = "grep -q -- -gt src/a.sh && "
			   "grep -q 'echo \"$2\"' src/a.sh",
		.timeout_ms = 60000,
	};
	s.module.nsteps = 2;
	expect(&s, "sabotage", "!0 of 3 small faults");
	release(&s);
	subject(&s, "src/a.sh", larger, "exit 0\n", NULL);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.steps[1] = s.steps[0];
	s.steps[0] = (struct ohb_step_config){
		.kind = OHB_STEP_BUILD,
		.command = "test \"$(cksum <src/a.sh)\" = \"$(cksum <want)\"",
		.timeout_ms = 60000,
	};
	s.module.nsteps = 2;
	put(&s.inputs, "want", larger);
	expect(&s, "sabotage", "not judged: none of 5 faults");
	release(&s);
}
END_TEST

/* A fault is noticed by a test; where there is none nobody asks. */
START_TEST(needs_a_test)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, "exit 0\n", NULL);
	s.module.proof = (struct ohb_proof_config){ OHB_SABOTAGE_ON, 8, 1, 1 };
	s.steps[0].kind = OHB_STEP_COMMAND;
	expect(&s, "sabotage", "not judged: no step is a 'test'");
	release(&s);
	subject(&s, "src/a.sh", larger, "exit 0\n", NULL);
	s.module.proof = (struct ohb_proof_config){ OHB_SABOTAGE_ON, 8, 1, 5 };
	s.module.nsteps = 0;
	ck_assert_str_eq(judge(&s)->step, "guard");
	ck_assert_int_eq(s.judgement.class, OHB_JUDGE_OK);
	release(&s);
}
END_TEST

/* The same test meets the same faults; another one others. */
START_TEST(chooses_by_the_key)
{
	static const char weak[] = ". ./src/a.sh\nlarger 2 1\n";
	struct subject s;
	char *first = NULL;
	unsigned i;

	for (i = 0; i < 2; i++) {
		subject(&s, "src/a.sh", larger, weak, NULL);
		s.module.proof = (struct ohb_proof_config){ OHB_SABOTAGE_ON, 2,
			1, 1 };
		(void)judge(&s);
		ck_assert_uint_eq(s.judgement.nfindings, 3);
		ck_assert_uint_eq(s.judgement.mutants, 2);
		ck_assert_uint_eq(s.judgement.killed, 0);
		ck_assert_str_eq(s.judgement.findings[1].file, "src/a.sh");
		ck_assert_uint_ne(s.judgement.findings[1].line, 0);
		if (!first)
			first = ohb_strdup(s.judgement.findings[1].text);
		ck_assert_str_eq(first, s.judgement.findings[1].text);
		release(&s);
	}
	free(first);
}
END_TEST

/* Nor by where its report goes, whatever steps are not run again. */
START_TEST(hides_faults)
{
	struct subject s;

	subject(&s, "src/a.sh",
			"echo \"$LINENO\" >&2\n"
			"one() { echo \"x\" \"y\"; }\n",
			". ./src/a.sh\none >/dev/null\n"
			"case $1 in *-1/*) ;; *) " CASE(
					"<failure/>") "exit 1 ;; esac\n" CASE(""),
			"{report}");
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.steps[1] = s.steps[0];
	s.steps[0] = (struct ohb_step_config){
		.kind = OHB_STEP_LINT,
		.command = "echo {report}",
		.timeout_ms = 60000,
	};
	s.module.nsteps = 2;
	expect(&s, "sabotage", "!0 of 2 small faults");
	release(&s);
}
END_TEST

/* A test that notices nothing, and what is asked of it; how many faults it is
 * shown until that is certain. */
static const struct {
	struct ohb_proof_config proof;
	const char *says;
} strict[] = {
	{ { OHB_SABOTAGE_ON, 3, 3, 1 }, "!0 of 2 small faults" },
	{ { OHB_SABOTAGE_ON, 5, 4, 1 }, "!0 of 2 small faults" },
	{ { OHB_SABOTAGE_ON, 1, 1, 1 }, "!0 of 1 small faults" },
	{ { OHB_SABOTAGE_ON, 100, 100, 1 }, "!0 of 2 small faults" },
};

START_TEST(asks_for_many)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, ". ./src/a.sh\nlarger 2 1\n", NULL);
	s.module.proof = strict[_i].proof;
	expect(&s, "sabotage", strict[_i].says);
	release(&s);
}
END_TEST

/* As many faults as are asked for, where the source has them. */
START_TEST(shows_many)
{
	ohb_autostr source = OHB_STR_INIT;
	struct subject s;
	int i;

	for (i = 0; i < 30; i++)
		ohb_str_addf(&source, "[ \"$1\" != %d ] || echo %d\n", i, i);
	subject(&s, "src/a.sh", source.data, "sh src/a.sh 99\n", NULL);
	s.module.proof = (struct ohb_proof_config){ OHB_SABOTAGE_ON, 30, 1, 1 };
	expect(&s, "sabotage", "!0 of 30 small faults");
	release(&s);
}
END_TEST

/* What changed is broken first, and counted. */
START_TEST(breaks_changed_lines_first)
{
	const struct ohb_line_range changed[] = { { "src/other", 1, 9 },
		{ "src/a.sh", 5, 5 } };
	struct subject s;

	subject(&s, "src/a.sh", larger, ". ./src/a.sh\nlarger 2 1\n", NULL);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.spec.changed = changed;
	s.spec.nchanged = OHB_ARRAY_LEN(changed);
	(void)judge(&s);
	ck_assert_uint_eq(s.judgement.findings[1].line, 5);
	ck_assert_uint_eq(s.judgement.tried_changed, 1);
	ck_assert_uint_eq(s.judgement.killed_changed, 0);
	release(&s);
	subject(&s, "src/a.sh", larger, LOOK("exit 1") "exit 0", NULL);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.spec.changed = changed;
	s.spec.nchanged = OHB_ARRAY_LEN(changed);
	(void)judge(&s);
	ck_assert_uint_eq(s.judgement.killed_changed, 1);
	release(&s);
}
END_TEST

/* A part of `source` changed; `other` is another source, which did too. */
static const struct {
	const char *source, *coverage, *other, *untold;
	unsigned first, last;
	bool faultless;
} tellings[] = {
	{ larger, NULL, NULL, NULL, 5, 5, false },
	{ larger, NULL, NULL, NULL, 1, 1, true },
	/* Not a language that is known, and one that is, in part. */
	{ larger, NULL, "src/a.odd", "src/a.odd", 5, 5, false },
	{ larger, "SF:src/a.odd\nDA:1,1\nend_of_record\n", "src/a.odd", NULL, 5,
			5, false },
	{ "larger() {\n\techo 1\n}\n: ) x\n", NULL, NULL, "src/a.sh", 4, 4,
			true },
	/* What is wrong elsewhere does not count. */
	{ "larger() {\n\techo 1\n}\n# a\n# b\n: ) x\n", NULL, NULL, NULL, 4, 4,
			true },
	{ "larger() {\n\techo 1\n}\n# a\n# b\n: ) x\n", NULL, NULL, "src/a.sh",
			4, 7, true },
	/* No case comes there: no fault is put there, but one could be. */
	{ larger, "SF:src/a.sh\nDA:1,1\nDA:2,0\nend_of_record\n", NULL, NULL, 5,
			5, false },
};

START_TEST(tells_of_what_changed)
{
	const struct ohb_line_range changed[] = {
		{ "src/a.sh", tellings[_i].first, tellings[_i].last },
		{ "src/a.odd", 1, 1 },
	};
	struct subject s;

	subject(&s, "src/a.sh", tellings[_i].source, "exit 0\n", NULL);
	s.module.proof.sabotage = OHB_SABOTAGE_ON;
	s.spec.changed = changed;
	s.spec.nchanged = tellings[_i].other ? 2 : 1;
	if (tellings[_i].other) {
		s.sources[s.target.nsources++] = tellings[_i].other;
		put(&s.inputs, tellings[_i].other, "odd\n");
	}
	if (tellings[_i].coverage) {
		put(&s.inputs, "lcov", tellings[_i].coverage);
		s.steps[s.module.nsteps++] = (struct ohb_step_config){
			.kind = OHB_STEP_COVERAGE,
			.command = "cp lcov {report}",
			.format = OHB_REPORT_LCOV,
			.reports[OHB_REPORT_LCOV] = "{report}",
			.timeout_ms = 60000,
		};
	}
	(void)judge(&s);
	ck_assert_pstr_eq(s.judgement.untold_changed, tellings[_i].untold);
	ck_assert_int_eq(s.judgement.faultless_changed, tellings[_i].faultless);
	release(&s);
}
END_TEST

static const struct {
	unsigned runs; /* of 5 one is beside another */
	const char *test;
	const char *says;
} repeats[] = {
	{ 5, CASE(""), "5 green runs" },
	/* Nothing of a run in another folder is there. */
	{ 4,
			"for f in ~/x $TMPDIR/x; do\n"
			"[ ! -e $f ] || grep -qx \"$PWD\" $f || exit 1\n"
			"echo \"$PWD\" >$f; done\n" CASE(""),
			"4 green runs" },
	/* But in the same. */
	{ 4, "[ ! -e $TMPDIR/x ] || exit 1; echo x >$TMPDIR/x\n" CASE(""),
			"!in run 4 (again in folder 'again', TZ=UTC" },
	{ 5,
			"case $TZ in *11:30) " CASE("<failure message=\"night\"/>") "exit 1 ;; esac\n" CASE(
					""),
			"!flaky: passed in the first run, failed in 'test' in "
			"run 3 (folder 'another-place', TZ=XXX+11:30, "
			"LC_ALL=C.UTF-8, PYTHONHASHSEED=4242, "
			"RUST_TEST_THREADS=1): night" },
	{ 5, "case $PWD in *project) ;; *) exit 1 ;; esac\n" CASE(""),
			"!folder 'again'" },
	{ 5,
			"n=x; [ -z \"$PYTHONHASHSEED\" ] || n=y\n"
			"echo \"<testsuite><testcase name='$n'/></testsuite>\" >\"$1\"\n",
			"!flaky: the case 'x' was in the first run and is not "
			"in run 2" },
	{ 5,
			"n=x; [ -z \"$PYTHONHASHSEED\" ] || n=y\n"
			"echo \"<testsuite><testcase name='$n'/></testsuite>\" >\"$1\"\n",
			"!flaky: the case 'y' was not in the first run and is "
			"in run 2" },
	{ 5, "[ -z \"$PYTHONHASHSEED\" ] || echo x >new\n" CASE(""),
			"!tree modified: the step wrote 'new'" },
	/* Of two at the same time one finds what the other holds. */
	{ 5,
			"mkdir $TMPDIR/x || { " CASE(
					"<failure message=\"taken\"/>") "exit 1; }\n"
									"sleep 1; rmdir $TMPDIR/x\n" CASE(
											""),
			"!), beside another run of itself, and passed there "
			"alone: taken" },
	{ 5, "mkdir ../x || exit 1; sleep 1; rmdir ../x\n" CASE(""),
			"!beside another run of itself, and passed there "
			"alone: no report" },
	{ 5,
			"until mkdir $TMPDIR/x; do sleep 0.1; done 2>/dev/null\n"
			"sleep 0.2; rmdir $TMPDIR/x\n" CASE(""),
			"5 green runs" },
	{ 5, "mkdir $TMPDIR/x || sleep 100; sleep 1; rmdir $TMPDIR/x\n" CASE(""),
			"; none beside another: " },
	/* That is not the other's fault. */
	{ 5, "[ \"$TZ\" != XXX+11:30 ] || exit 1\n" CASE(""),
			"!RUST_TEST_THREADS=1): no report" },
};

START_TEST(repeats_runs)
{
	struct subject s;

	subject(&s, "src/a.sh", larger, repeats[_i].test, "{report}");
	s.module.proof.repeat = repeats[_i].runs;
	expect(&s, "repeat", repeats[_i].says);
	release(&s);
}
END_TEST

#define MOVED "[ \"$FAKETIME\" ] && echo 2000000000 || echo 1900000000"
#define LATER "[ \"$FAKETIME\" != +400d ]"
#define FAIL CASE("<failure message=\"old\"/>") "exit 1"

/* What stands in for date(1) and libfaketime, which moves it; of this machine
 * nothing is known. */
static const struct {
	const char *date;
	const char *test, *junit;
	const char *says;
} dates[] = {
	{ MOVED, LATER " || { " FAIL "; }\n" CASE(""), "{report}",
			"!flaky: passed in the first run, failed in 'test' in "
			"run 2 (folder 'again', TZ=XXX-14, LC_ALL=C, "
			"PYTHONHASHSEED=1, GTEST_SHUFFLE=1, "
			"GTEST_RANDOM_SEED=11, SPEC_OPTS=--order rand:11), "
			"400 days later: old" },
	{ MOVED, LATER, NULL, "!400 days later: exit status 1" },
	/* Once more where it was, at the same date. */
	{ MOVED, LATER " || [ ! -e ~/x ] || exit 1; echo x >~/x\n", NULL,
			"!in run 4 (again in folder 'again', TZ=UTC, "
			"LC_ALL=POSIX, PYTHONHASHSEED=0), 400 days later: " },
	/* It is not the date. */
	{ MOVED, "[ \"$TZ\" != XXX-14 ]", NULL,
			"!SPEC_OPTS=--order rand:11): exit" },
	{ MOVED, "[ -z \"$LD_PRELOAD\" ] || exit 1\n" CASE(""), "{report}",
			"; date not varied: with libfaketime 'test' fails: "
			"no report" },
	{ MOVED, LATER " || sleep 100", NULL,
			"; date not varied: with libfaketime 'test' fails: "
			"did not end" },
	{ "echo 1900000000", LATER, NULL,
			"; date not varied: there is no libfaketime" },
};

START_TEST(varies_the_date)
{
	char *root = NULL;
	struct ohb_fileset files = OHB_FILESET_INIT;
	ohb_autostr path = OHB_STR_INIT, date = OHB_STR_INIT;
	struct subject s;
	int dirfd;

	ck_assert_int_eq(ohb_fs_temp_dir(&root, &err), 0);
	dirfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ohb_str_addf(&date, "#!/bin/sh\n%s\n", dates[_i].date);
	put(&files, "bin/date", date.data);
	put(&files, "lib/faketime/libfaketime.so.1", "");
	ck_assert_msg(ohb_fileset_write(&files, dirfd, &err) == 0, "%s",
			err.msg);
	ck_assert_int_eq(fchmodat(dirfd, "bin/date", 0755, 0), 0);
	ohb_str_addf(&path, "%s/bin:%s", root, getenv("PATH"));
	ck_assert_int_eq(setenv("PATH", path.data, 1), 0);
	subject(&s, "src/a.sh", larger, dates[_i].test, dates[_i].junit);
	s.module.proof.repeat = 5;
	expect(&s, "repeat", dates[_i].says);
	release(&s);
	ohb_fileset_release(&files);
	(void)close(dirfd);
	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, root, &err), 0);
	free(root);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("validate/proof");
	TCase *tcase = tcase_create("proof");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
			tcase, sabotages_sources, 0, OHB_ARRAY_LEN(sabotages));
	tcase_add_loop_test(
			tcase, controls_sabotage, 0, OHB_ARRAY_LEN(controls));
	tcase_add_loop_test(tcase, controls_repeat, 0,
			OHB_ARRAY_LEN(control_repeats));
	tcase_add_test(tcase, controls_tests_alone);
	tcase_add_test(tcase, controls_are_controlled);
	tcase_add_loop_test(tcase, keeps_cases, 0, OHB_ARRAY_LEN(kept));
	tcase_add_loop_test(tcase, keeps_coverage, 0, OHB_ARRAY_LEN(covered));
	tcase_add_test(tcase, keeps_coverage_of_few);
	tcase_add_test(tcase, lets_cases_go);
	tcase_add_test(tcase, runs_the_suite_after_faults);
	tcase_add_test(tcase, replaces_what_does_not_build);
	tcase_add_test(tcase, needs_a_test);
	tcase_add_test(tcase, chooses_by_the_key);
	tcase_add_test(tcase, hides_faults);
	tcase_add_loop_test(tcase, asks_for_many, 0, OHB_ARRAY_LEN(strict));
	tcase_add_test(tcase, shows_many);
	tcase_add_test(tcase, breaks_changed_lines_first);
	tcase_add_loop_test(tcase, tells_of_what_changed, 0,
			OHB_ARRAY_LEN(tellings));
	tcase_add_loop_test(tcase, repeats_runs, 0, OHB_ARRAY_LEN(repeats));
	tcase_add_loop_test(tcase, varies_the_date, 0, OHB_ARRAY_LEN(dates));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Answers of the library as text: JSON in, exact text out. */

#include "report/answers.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/json.h"

#define STALE                                                                  \
	"{\"name\":\"t/ring.c\",\"module\":\"core\",\"verdict\":\"stale\","    \
	"\"because\":\"src/ring.c changed\",\"will_build\":true,"              \
	"\"predicted\":{\"ms\":93000,\"cost_usd\":0.12,\"runs\":4,"            \
	"\"priced\":3,\"of\":\"module\"},"                                     \
	"\"changed\":[{\"part\":\"source:src/ring.c\",\"change\":\"changed\"," \
	"\"old\":\"0123456789abcdef\",\"new\":\"fedcba9876543210\","           \
	"\"commit\":{\"id\":\"1a2b3c\",\"date\":\"2026-11-20\","               \
	"\"author\":\"J\\u001b[31m D\",\"subject\":\"grow\",\"later\":2},"     \
	"\"uncommitted\":true,\"no_diff\":null,\"diff\":{\"left_out\":7,"      \
	"\"text\":\"@@ -1,2 +1,2 @@\\n-a\\tb\\u001b[2J\\n+\\rx\\n\"}},"        \
	"{\"part\":\"input:b\",\"change\":\"added\",\"old\":null,"             \
	"\"new\":\"aaaabbbbccccdddd\"}],\"waits_for\":[\"t/x.c\"],"            \
	"\"parts\":[{\"part\":\"source:src/ring.c\","                          \
	"\"digest\":\"fedcba9876543210\"}],\"key\":\"aa11\","                  \
	"\"recorded_key\":null,\"last\":{\"status\":\"failed\","               \
	"\"class\":\"agent\",\"reason\":\"1 failed\","                         \
	"\"finished_at\":\"2026-11-22T10:00:00Z\",\"model\":\"openai/x\","     \
	"\"cost_usd\":null,\"attempts\":3}}"
#define NEW                                                             \
	"{\"name\":\"t/\\u001b[31mn w.c\",\"verdict\":\"never built\"," \
	"\"because\":\"\",\"will_build\":true,"                         \
	"\"predicted\":{\"ms\":null,\"cost_usd\":null,\"runs\":0}}"
#define FAILED                                                 \
	"{\"name\":\"-it's.c\",\"verdict\":\"failed before\"," \
	"\"because\":\"1 of 7\",\"will_build\":false}"
#define EDITED                                                                \
	"{\"name\":\"t/e.c\",\"verdict\":\"edited\",\"because\":\"by hand\"," \
	"\"will_build\":true,\"way\":\"judge\","                              \
	"\"predicted\":{\"ms\":null,\"cost_usd\":0,\"runs\":0}}"
#define FRESH "{\"name\":\"t/f.c\",\"verdict\":\"fresh\",\"will_build\":false}"
#define SUMMARY                                                             \
	"\"orphans\":[\"t/old.c\"],\"summary\":{\"targets\":5,\"fresh\":1," \
	"\"to_build\":2,\"edited\":1,\"failed_before\":1,\"blocked\":0}"

static const char states[] = "{\"targets\":[" STALE "," NEW "," FAILED
			     "," EDITED "," FRESH "]," SUMMARY "}";
static const char staged[] = "{\"targets\":[" STALE "," FAILED "," FRESH "]}";
static const char fresh[] = "{\"targets\":[" FRESH "],\"orphans\":[],"
			    "\"summary\":{\"targets\":1,\"fresh\":1}}";
static const char one[] = "{\"targets\":[" STALE "]}";
static const char list[] =
		"{\"targets\":[{\"name\":\"t/a.c\",\"module\":\"core\","
		"\"sources\":[\"a.c\",\"b c.c\"],\"outputs\":[\"t/a.c\"],"
		"\"inputs\":[],\"needs\":[\"t/b.c\"],\"tags\":[\"unit\","
		"\"fast\"],\"priority\":10}]}";
static const char show[] =
		"{\"targets\":[{\"name\":\"t/a.c\",\"module\":\"core\","
		"\"key\":\"aa11\",\"parts\":[{\"part\":\"source:a.c\","
		"\"digest\":\"0123456789abcdef\"}],\"sources\":[\"a.c\"],"
		"\"outputs\":[\"t/a.c\"],\"inputs\":[],\"workspace\":[\"a.c\"],"
		"\"prompt\":\"Test a.\\n\\n\\u001b[2JNow.\","
		"\"steps\":[{\"step\":\"test\",\"command\":\"make check\","
		"\"format\":\"junit\",\"report\":\"{report}\","
		"\"junit\":\"{report}\",\"min\":3,\"max_skipped\":0,"
		"\"timeout_ms\":300000},{\"step\":\"build\","
		"\"command\":\"make\",\"junit\":null,\"min\":1,"
		"\"max_skipped\":0,\"timeout_ms\":5000}],"
		"\"validate_in\":\"image my/tools\","
		"\"models\":[{\"id\":\"openai/x\",\"base_url\":null}],"
		"\"agent\":{\"image\":\"a:b\",\"sandbox\":\"docker\","
		"\"network\":\"gateway\",\"max_iterations\":60,"
		"\"timeout_ms\":1200000,\"idle_timeout_ms\":300000,"
		"\"memory_bytes\":1610612736,\"cpus\":1.5,\"attempts\":3}}]}";

typedef void answer_fn(
		json_t *, const struct ohb_answer_style *, struct ohb_str *);

static const struct {
	answer_fn *answer;
	const char *json;
	struct ohb_answer_style style;
	const char *text;
} cases[] = {
	{ ohb_answer_status, states, { false, false, "ohbuild", NULL },
			"t/ring.c  stale          src/ring.c changed          "
			"             $0.12, 1m 33s (4 runs of core)\n"
			"t/n w.c   never built                                "
			"             unknown\n"
			"-it's.c   failed before  1 of 7\n"
			"t/e.c     edited         by hand; it is judged, and not "
			"paid for  $0.00, unknown time\n"
			"t/f.c     fresh\n"
			"t/old.c: orphan: no module makes it any more\n"
			"5 targets: 1 fresh, 2 to build, 1 edited, 1 failed "
			"before\n" },
	{ ohb_answer_status, fresh, { true, false, "ohbuild", NULL },
			"t/f.c  \033[32mfresh\033[0m\n"
			"1 target: 1 fresh\n" },
	{ ohb_answer_check, states, { false, false, "ohbuild", NULL },
			"t/ring.c: stale: src/ring.c changed; to make it "
			"again: ohbuild t/ring.c\n"
			"t/n w.c: never built; to make it: ohbuild 't/n w.c'\n"
			"-it's.c: failed before: 1 of 7; to try again: ohbuild "
			"--retry-failed -- '-it'\\''s.c'\n"
			"t/e.c: edited: by hand; to have it judged as it "
			"stands: ohbuild t/e.c; to take it as it stands: "
			"ohbuild adopt t/e.c\n" },
	{ ohb_answer_check, staged,
			{ false, false, "ohbuild -C s", "git -C s" },
			"t/ring.c: stale: src/ring.c changed; to make it "
			"again: ohbuild -C s t/ring.c\n"
			"-it's.c: failed before: 1 of 7; to try again: ohbuild "
			"-C s --retry-failed -- '-it'\\''s.c'\n"
			"to commit: ohbuild -C s --retry-failed -- t/ring.c "
			"'-it'\\''s.c' && git -C s add -- t/ring.c "
			"'-it'\\''s.c' openhands.lock\n" },
	{ ohb_answer_check, fresh, { false, false, "ohbuild", "git" }, "" },
	{ ohb_answer_check, fresh, { false, false, "ohbuild", NULL }, "" },
	{ ohb_answer_plan, states, { false, false, "ohbuild", NULL },
			"t/ring.c  stale        src/ring.c changed            "
			"           $0.12, 1m 33s (4 runs of core)\n"
			"t/n w.c   never built                                "
			"           unknown\n"
			"t/e.c     edited       by hand; it is judged, and "
			"not paid for  $0.00, unknown time\n"
			"to build: 3 targets, $0.12 and 1 of unknown price, "
			"1m 33s and 2 of unknown time\n" },
	{ ohb_answer_plan, one, { false, false, "ohbuild", NULL },
			"t/ring.c  stale  src/ring.c changed  $0.12, 1m 33s "
			"(4 runs of core)\n"
			"to build: 1 target, $0.12, 1m 33s\n" },
	{ ohb_answer_plan, fresh, { false, false, "ohbuild", NULL },
			"nothing to do: 1 target: 1 fresh\n" },
	{ ohb_answer_why, one, { false, true, "ohbuild", NULL },
			"t/ring.c: stale: src/ring.c changed\n"
			"  changed: source:src/ring.c  0123456789ab -> "
			"fedcba987654\n"
			"    by 1a2b3c of 2026-11-20, J D: grow; then 2 more "
			"commits; the rest is not committed yet\n"
			"    @@ -1,2 +1,2 @@\n"
			"    -a       b\n"
			"    + x\n"
			"    ... and 7 more lines\n"
			"  added: input:b  aaaabbbbcccc\n"
			"  waits for: t/x.c\n"
			"  last run: failed: 1 failed (2026-11-22T10:00:00Z, "
			"openai/x, unknown price)\n"
			"  to make it: $0.12, 1m 33s (median of 4 runs of "
			"module 'core'; the price is of 3)\n"
			"  key: aa11\n"
			"  recorded key: none\n"
			"  part: fedcba987654  source:src/ring.c\n" },
	{ ohb_answer_list, list, { false, false, "ohbuild", NULL },
			"t/a.c  core  a.c 'b c.c'  @unit @fast\n" },
	{ ohb_answer_list, list, { false, true, "ohbuild", NULL },
			"t/a.c\n"
			"  module    core\n"
			"  sources   a.c 'b c.c'\n"
			"  outputs   t/a.c\n"
			"  needs     t/b.c\n"
			"  tags      unit fast\n"
			"  priority  10\n" },
	{ ohb_answer_show, show, { false, false, "ohbuild", NULL },
			"t/a.c\n"
			"  module    core\n"
			"  key       aa11\n"
			"  sources   a.c\n"
			"  outputs   t/a.c\n"
			"parts of the key:\n"
			"  0123456789ab  source:a.c\n"
			"files the agent and the judge see:\n"
			"  a.c\n"
			"models, in this order:\n"
			"  openai/x\n"
			"agent:\n"
			"  a:b in docker, network gateway, 1.5 GiB, 1.5 cpus\n"
			"  3 attempts, each at most 60 iterations, 20m 00s, 5m "
			"00s of silence\n"
			"judge, in: image my/tools\n"
			"  test: make check (junit in {report}, at least 3 "
			"cases, 0 skipped at most); 5m 00s at most\n"
			"  build: make; 5.0s at most\n"
			"prompt, word for word:\n"
			"Test a.\n"
			"\n"
			"Now.\n" },
};

static json_t *parse(const char *text)
{
	struct ohb_error err = OHB_ERROR_INIT;
	json_t *json = ohb_json_parse(text, strlen(text), &err);

	ck_assert_msg(json != NULL, "%s", err.msg);
	return json;
}

START_TEST(texts_are_exact)
{
	ohb_autojson *json = parse(cases[_i].json);
	ohb_autostr out = OHB_STR_INIT;

	cases[_i].answer(json, &cases[_i].style, &out);
	ck_assert_str_eq(ohb_str_cstr(&out), cases[_i].text);
}
END_TEST

#define ATTEMPT(run, n)                                                  \
	"{\"run\":\"" run "\",\"attempt\":" n ",\"class\":\"agent\","    \
	"\"reason\":\"test: 1 failed\",\"model\":\"openai/x\","          \
	"\"started_at\":\"2026-11-22T10:00:00Z\",\"duration_ms\":41000," \
	"\"cost_usd\":0.08,\"tokens_in\":100,\"tokens_out\":20,"         \
	"\"digest\":\"one\\n\\ntwo\\n\",\"prompt\":\"Do.\","             \
	"\"conversation\":[{\"who\":\"agent\",\"what\":\"runs: make\"}," \
	"{\"who\":\"tool\",\"what\":\"a\\nb\"}],"                        \
	"\"written\":[{\"path\":\"t/a.c\",\"text\":\"int x;\\n\"}]}"

static const char attempts[] =
		"{\"targets\":[{\"name\":\"t/a.c\",\"attempts\":[" ATTEMPT(
				"r2", "2") "," ATTEMPT("r2",
				"1") "," ATTEMPT("r1", "3") "]}]}";
static const char never[] =
		"{\"targets\":[{\"name\":\"t/a.c\",\"attempts\":[]}]}";

#define LOG(n)                                                             \
	"t/a.c: attempt " n " of run r2: agent: test: 1 failed\n"          \
	"  2026-11-22T10:00:00Z, openai/x, 41s, $0.08, 100 tokens in, 20 " \
	"out\n"
#define JUDGE        \
	"  judge:\n" \
	"    one\n"  \
	"\n"         \
	"    two\n"

static const struct {
	const char *json;
	unsigned attempt;
	bool verbose;
	const char *text; /* NULL: there is no such attempt */
} logs[] = {
	{ attempts, 0, false,
			LOG("2") "  conversation:\n"
				 "    agent: runs: make\n"
				 "    tool: a b\n"
				 "  wrote t/a.c\n" JUDGE },
	{ attempts, 1, true,
			LOG("1") "  prompt:\n"
				 "    Do.\n"
				 "  conversation:\n"
				 "    agent: runs: make\n"
				 "    tool:\n"
				 "    a\n"
				 "    b\n"
				 "  wrote t/a.c:\n"
				 "    int x;\n" JUDGE },
	{ attempts, 3, false, NULL }, /* only an older run has it */
	{ never, 0, false, "t/a.c: never run\n" },
	{ never, 1, false, NULL },
};

START_TEST(logs_are_exact)
{
	struct ohb_answer_style style = { false, logs[_i].verbose, "ohbuild",
		NULL };
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = parse(logs[_i].json);
	ohb_autostr out = OHB_STR_INIT;
	int failed = ohb_answer_log(json, &style, logs[_i].attempt, &out, &err);

	if (!logs[_i].text) {
		ck_assert_int_eq(failed, -1);
		ck_assert_int_eq(err.code, OHB_E_USAGE);
		return;
	}
	ck_assert_int_eq(failed, 0);
	ck_assert_str_eq(ohb_str_cstr(&out), logs[_i].text);
}
END_TEST

START_TEST(any_document_is_survived)
{
	static const char *const odd[] = { "{}", "[]", "1", "{\"targets\":1}",
		"{\"targets\":[1,{},{\"attempts\":[{}],\"changed\":[{}]}]}" };
	struct ohb_answer_style style = { false, true, "ohbuild", NULL };
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autojson *json = parse(odd[_i]);
	ohb_autostr out = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(cases); i++)
		cases[i].answer(json, &style, &out);
	ck_assert_int_eq(ohb_answer_log(json, &style, 0, &out, &err), 0);
	ck_assert_ptr_null(strchr(ohb_str_cstr(&out), '\033'));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answers");
	TCase *tcase = tcase_create("answers");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
			tcase, texts_are_exact, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, logs_are_exact, 0, (int)OHB_ARRAY_LEN(logs));
	tcase_add_loop_test(tcase, any_document_is_survived, 0, 5);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * What guard finds in code, by the grammars that the build made.  The cases
 * are data, guard/<language>: "==== PATH: what is found", then the file.  A
 * word is the id of a rule, "~id" a warning, "id@line" one at that line; none:
 * nothing is found.
 */
#include "validate/guard.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/limits.h"
#include "io/fs.h"
#include "syntax/syntax.h"
#include "validate/exempt.h"

#define MAX_WORDS 64

static struct ohb_arena arena;

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static const char *const languages[] = { "bash", "c", "cpp", "go", "java",
	"javascript", "python", "ruby", "rust", "typescript" };

/* The unit under test: those of the language of the test's file. */
static const struct {
	const char *path, *text;
} sources[] = {
	{ "src/calc.py",
			"import time\n\ndef add(a, b):\n    return a + b\n\n"
			"def _now():\n    return time.time()\n\n"
			"class Calc:\n    def sum(self, a):\n        return a\n"
			"    def load(self):\n        return 1\n" },
	{ "src/calc.c",
			"static int twice(int a) { return 2 * a; }\n"
			"int add(int a, int b) { return a + b; }\n" },
	{ "src/calc.h", "int add(int a, int b);\n" },
	{ "src/calc.js",
			"export function add(a, b) { return a + b; }\n"
			"export function total(a) { return a.reduce(add); }\n"
			"export function now() { return Date.now(); }\n" },
	{ "src/http.js", "export function get(u) { return u; }\n" },
	{ "src/calc.ts",
			"export function add(a: number, b: number): number {\n"
			"  return a + b; }\n"
			"export class Calc {\n"
			"  sum(a: number[]): number { return a.reduce(add); }\n"
			"  load(): number[] { return []; }\n}\n" },
	{ "src/http.ts", "export function get(u: string) { return u; }\n" },
	{ "src/calc.cc",
			"int add(int a, int b) { return a + b; }\n"
			"int Calc::sum(int a) { return a + now(); }\n"
			"int Calc::now() { return 1; }\n" },
	{ "src/calc.hh",
			"class Calc { public: virtual int sum(int a); };\n"
			"class Store { public: virtual int load(int a) "
			"{ return a; } };\n" },
	{ "src/sum.go",
			"package calc\n\nvar Add = func(a, b int) int { "
			"return a + b }\n"
			"var now = func() int { return 1 }\n"
			"func Sum(a []int) int { return Add(a[0], now()) }\n"
			"type Calc struct{}\n"
			"func (c *Calc) Load() int { return 1 }\n" },
	{ "src/calc.rs",
			"pub fn add(a: i32, b: i32) -> i32 { a + b }\n"
			"pub trait Store { fn load(&self) -> i32; }\n"
			"pub struct Calc {}\n"
			"impl Calc { pub fn sum(&self, a: i32) -> i32 { a } }\n"
			"impl Store for Calc { fn load(&self) -> i32 { 1 } }\n" },
	{ "src/Calc.java",
			"class Calc {\n"
			"    static int add(int a, int b) { return a + b; }\n"
			"    int sum(int a) { return a + now(); }\n"
			"    int now() { return 1; }\n}\n" },
	{ "src/Store.java", "interface Store { int load(int a); }\n" },
	{ "lib/calc.rb",
			"class Calc\n  def self.add(a, b)\n    a + b\n  end\n"
			"  def sum(a)\n    a + now\n  end\n"
			"  def now\n    1\n  end\nend\n"
			"class Store\n  def load(a)\n    a\n  end\nend\n" },
	{ "src/calc.sh",
			"add() { echo $(($1 + $2)); }\n"
			"now() { date; }\nstamp() { now; }\n" },
};

struct subject {
	const char *paths[OHB_ARRAY_LEN(sources)];
	struct ohb_module_config module;
	struct ohb_target target;
	struct ohb_fileset inputs, outputs, theirs;
	struct ohb_judge_spec spec;
	struct ohb_trial trial;
	const char *note;
};

static void put(struct ohb_fileset *set, const char *path, const char *text,
		size_t len)
{
	const struct ohb_file file = {
		.path = path,
		.kind = OHB_TAR_FILE,
		.mode = 0644,
		.data = text,
		.len = len,
	};

	ohb_fileset_put(set, &file);
}

/* The source that a test of this path has. */
static bool is_source(const char *path, const char *source)
{
	const char *of = ohb_syntax_language(path);
	const char *is = ohb_syntax_language(source);

	if (ohb_streq(of, "tsx"))
		of = "typescript";
	return ohb_streq(of, is);
}

static void make_for(struct subject *s, const char *path)
{
	size_t i, n = 0;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < OHB_ARRAY_LEN(sources); i++) {
		if (!is_source(path, sources[i].path))
			continue;
		s->paths[n++] = sources[i].path;
		put(&s->inputs, sources[i].path, sources[i].text,
				strlen(sources[i].text));
	}
	s->target = (struct ohb_target){
		.name = "test",
		.module = &s->module,
		.sources = s->paths,
		.nsources = n,
	};
	s->spec = (struct ohb_judge_spec){
		.target = &s->target,
		.inputs = &s->inputs,
	};
	s->trial = (struct ohb_trial){ .spec = &s->spec, .arena = &arena };
}

static void make(struct subject *s)
{
	make_for(s, "test_a.py");
}

static void judge(struct subject *s)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_msg(ohb_guard_judge(&s->trial, &s->outputs, &s->note, &err) ==
					0,
			"%s", err.msg);
}

static void release(struct subject *s)
{
	ohb_fileset_release(&s->inputs);
	ohb_fileset_release(&s->outputs);
	ohb_fileset_release(&s->theirs);
	free(s->trial.findings);
	free(s->trial.warnings);
}

static int by_word(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static const char *joined(const char **words, size_t n)
{
	ohb_autostr all = OHB_STR_INIT;
	size_t i;

	qsort(words, n, sizeof(*words), by_word);
	for (i = 0; i < n; i++)
		ohb_str_addf(&all, "%s%s", i ? " " : "", words[i]);
	return ohb_arena_strdup(&arena, ohb_str_cstr(&all));
}

/* Words in alphabetical order. */
static const char *sorted(const char *text)
{
	const char *words[MAX_WORDS];
	size_t n = 0, len;

	for (; *text; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		ck_assert_uint_lt(n, MAX_WORDS);
		words[n++] = ohb_arena_strndup(&arena, text, len);
	}
	return joined(words, n);
}

/* Rules in the same order, with lines where `lines` has any. */
static const char *found(const struct subject *s, bool lines)
{
	const char *words[MAX_WORDS];
	size_t i, n = 0;

	for (i = 0; i < s->trial.nfindings + s->trial.nwarnings; i++) {
		bool warns = i >= s->trial.nfindings;
		const struct ohb_finding *finding = warns ?
				&s->trial.warnings[i - s->trial.nfindings] :
				&s->trial.findings[i];
		const char *mark = warns ? "~" : "";

		ck_assert_uint_lt(n, MAX_WORDS);
		ck_assert_str_eq(finding->step, "guard");
		words[n++] = lines ?
				ohb_arena_printf(&arena, "%s%s@%u", mark,
						finding->name, finding->line) :
				ohb_arena_printf(&arena, "%s%s", mark,
						finding->name);
	}
	return joined(words, n);
}

static void one_case(const char *place, const char *path, const char *expected,
		const char *text, size_t len)
{
	struct subject s;
	const char *is;

	make_for(&s, path);
	put(&s.outputs, path, text, len);
	judge(&s);
	is = found(&s, strchr(expected, '@') != NULL);
	ck_assert_msg(!s.note, "%s: %s (build with -DOHB_GRAMMARS=ON)", path,
			s.note ? s.note : "");
	if (strcmp(is, expected) != 0)
		ck_abort_msg("%s: expected '%s', found '%s' (%s)\n%.*s", place,
				expected, is,
				s.trial.nfindings ? s.trial.findings[0].text :
						    "",
				(int)len, text);
	release(&s);
}

START_TEST(finds_what_it_should)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	ohb_autostr path = OHB_STR_INIT, text = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	unsigned ncases = 0;
	char *at, *next;

	ohb_str_addf(&path, "%s/tests/unit/validate/guard/%s",
			root ? root : ".", languages[_i]);
	ck_assert_msg(ohb_fs_read(AT_FDCWD, path.data, 1 << 20, &text, &err) ==
					0,
			"%s", err.msg);
	for (at = text.data; at; at = next) {
		char *colon = strchr(at, ':'), *body = strchr(at, '\n') + 1;
		const char *file, *expected;

		ck_assert(ohb_starts(at, "==== "));
		next = strstr(body, "\n==== ");
		next = next ? next + 1 : NULL;
		file = ohb_arena_strndup(
				&arena, at + 5, (size_t)(colon - at) - 5);
		colon += 1 + (colon[1] == ' ');
		expected = sorted(ohb_arena_strndup(
				&arena, colon, (size_t)(body - 1 - colon)));
		one_case(ohb_arena_printf(&arena, "%s: %.*s", languages[_i],
					 (int)(body - 1 - at), at),
				file, expected, body,
				next ? (size_t)(next - body) : strlen(body));
		ncases++;
	}
	ck_assert_uint_gt(ncases, 3);
}
END_TEST

static bool has_word(const char *text, const char *word)
{
	const size_t len = strlen(word);
	const char *at = text;

	while (at && (at = strstr(at, word))) {
		if (strchr(" ~", at[-1]) && strchr(" @\n", at[len]))
			return true;
		at += len;
	}
	return false;
}

/* The text of what `front`, a word and `back` name in the sources; false: there
 * is none. */
static bool read_data(struct ohb_str *out, const char *front, const char *word,
		const char *back)
{
	const char *root = getenv("OHBUILD_SOURCE_DIR");
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr path = OHB_STR_INIT;

	ohb_str_addf(&path, "%s/%s%s%s", root ? root : ".", front, word, back);
	return ohb_fs_read(AT_FDCWD, path.data, 1 << 20, out, &err) == 0;
}

/* What the queries of a language find, a case shows. */
START_TEST(every_rule_has_a_case)
{
#define ID(rule, id, level, about, text) id,
	static const char *const ids[] = { OHB_GUARD_RULES(ID) };
#undef ID
	ohb_autostr queries = OHB_STR_INIT, cases = OHB_STR_INIT;
	ohb_autostr heads = OHB_STR_INIT;
	const char *at;
	size_t i;

	/* TypeScript has those of JavaScript. */
	ck_assert(read_data(&queries, "src/syntax/languages/", languages[_i],
				  "/guard.scm") ||
			ohb_streq(languages[_i], "typescript"));
	ck_assert(read_data(&cases, "tests/unit/validate/guard/", languages[_i],
			""));
	for (at = cases.data; at; at = strstr(at + 1, "\n==== "))
		ohb_str_add(&heads, at + 1, strcspn(at + 1, "\n") + 1);
	ck_assert(has_word(ohb_str_cstr(&heads), "mock-unit"));
	for (i = 0; i < OHB_ARRAY_LEN(ids); i++) {
		ohb_autostr capture = OHB_STR_INIT;

		ohb_str_addf(&capture, "@is.%s", ids[i]);
		ck_assert_msg(!queries.len ||
						!strstr(queries.data,
								capture.data) ||
						has_word(ohb_str_cstr(&heads),
								ids[i]),
				"no case of %s has '%s'", languages[_i],
				ids[i]);
	}
}
END_TEST

static const char skips[] = "import pytest\n"
			    "# ohbuild: allow skip not on this machine\n"
			    "@pytest.mark.skip\n"
			    "def test_a():\n"
			    "    assert f() == 1\n";

START_TEST(exempts_what_a_person_exempted)
{
	struct subject s;

	make(&s);
	put(&s.outputs, "test_a.py", skips, strlen(skips));
	judge(&s);
	ck_assert_str_eq(found(&s, true), "skip@3");
	ck_assert_ptr_nonnull(strstr(s.trial.findings[0].text,
			"'ohbuild: allow' counts when a person wrote it"));
	release(&s);

	make(&s);
	put(&s.outputs, "test_a.py", skips, strlen(skips));
	put(&s.theirs, "test_a.py", skips, strlen(skips));
	s.spec.exempting = &s.theirs;
	judge(&s);
	ck_assert_str_eq(found(&s, true), "~skip@3");
	ck_assert_ptr_nonnull(strstr(s.trial.warnings[0].text,
			"allowed in the file (not on this machine): "));
	release(&s);
}
END_TEST

static const struct {
	const char *text, *rule;
	unsigned line;
	int result;
} exemptions[] = {
	{ "a\n# ohbuild: allow skip why\nb\n", "skip", 3, 1 },
	{ "# ohbuild: allow skip  \twhy  \r\n", "skip", 1, 1 },
	{ "a\nb /* ohbuild: allow skip why */\n", "skip", 2, 1 },
	{ "// ohbuild: allow skip why\na\nb\n", "skip", 3, 0 },
	{ "# ohbuild: allow skip why\n\n\n", "skip", 0, 1 },
	{ "# ohbuild: allow skip\n", "skip", 1, -1 },
	{ "# ohbuild: allow skip \n", "skip", 1, -1 },
	{ "# ohbuild: allow skipping why\n", "skip", 1, 0 },
	{ "# ohbuild: allow exit why\n", "skip", 1, 0 },
	{ "# ohbuild: allow ", "skip", 1, 0 },
	{ "# ohbuild: allow skip", "skip", 1, -1 },
};

static int find(const struct subject *s, const struct ohb_file *file,
		const char *rule, unsigned line, struct ohb_exemption *ret)
{
	struct ohb_exemptions *all = ohb_exemptions_new(&s->spec, file);
	int result = ohb_exemptions_find(all, rule, line, ret);

	ohb_exemptions_free(all);
	return result;
}

static unsigned planted(const struct subject *s)
{
	struct ohb_exemptions *all =
			ohb_exemptions_new(&s->spec, &s->outputs.files[0]);
	unsigned line = ohb_exemptions_planted(all);

	ohb_exemptions_free(all);
	return line;
}

START_TEST(reads_exemptions)
{
	const char *text = exemptions[_i].text;
	struct ohb_exemption found_one;
	struct subject s;

	make(&s);
	put(&s.theirs, "a", text, strlen(text));
	s.spec.exempting = &s.theirs;
	ck_assert_int_eq(find(&s, &s.theirs.files[0], exemptions[_i].rule,
					 exemptions[_i].line, &found_one),
			exemptions[_i].result);
	if (exemptions[_i].result > 0) {
		ck_assert_uint_eq(found_one.len, 3);
		ck_assert_int_eq(strncmp(found_one.reason, "why", 3), 0);
	}
	release(&s);
}
END_TEST

/* It would count the next time. */
START_TEST(refuses_exemptions_of_agents)
{
	static const char was[] = "def test_a():\n"
				  "    # ohbuild: allow sleep it is short\n"
				  "    assert f() == 1\n";
	static const char now[] =
			"def test_a():\n"
			"  # ohbuild: allow sleep it is short\n"
			"  assert f() == 1  # ohbuild: allow skip why\n";
	struct subject s;

	make(&s);
	put(&s.outputs, "test_a.py", now, strlen(now));
	put(&s.theirs, "test_a.py", was, strlen(was));
	s.spec.exempting = &s.theirs;
	judge(&s);
	ck_assert_str_eq(found(&s, true), "exemption@3");
	release(&s);
	make(&s);
	put(&s.outputs, "test_a.py", was, strlen(was));
	judge(&s);
	ck_assert_str_eq(found(&s, true), "exemption@2");
	release(&s);
}
END_TEST

START_TEST(goes_by_levels)
{
	struct subject s;

	make(&s);
	put(&s.outputs, "test_a.py", skips, strlen(skips));
	put(&s.theirs, "test_a.py", skips, strlen(skips));
	s.spec.exempting = &s.theirs;
	s.module.guard.levels[OHB_RULE_SKIP] = OHB_GUARD_OFF;
	judge(&s);
	ck_assert_str_eq(found(&s, false), "");
	ck_assert_int_eq(ohb_guard_level(&s.target, "a.sh", OHB_RULE_NO_TEST),
			OHB_GUARD_OFF);
	s.module.guard.levels[OHB_RULE_NO_TEST] = OHB_GUARD_WARN;
	ck_assert_int_eq(ohb_guard_level(&s.target, "a.sh", OHB_RULE_NO_TEST),
			OHB_GUARD_WARN);
	release(&s);
}
END_TEST

START_TEST(says_what_it_did_not_judge)
{
	struct subject s;

	make(&s);
	put(&s.outputs, "a.xyz", "skip", 4);
	judge(&s);
	ck_assert_str_eq(found(&s, false), "");
	ck_assert_str_eq(s.note, "not judged: no grammar for .xyz");
	release(&s);
}
END_TEST

/* A key is found in any file; one that is plainly made up is none. */
START_TEST(finds_secrets)
{
	ohb_autostr text = OHB_STR_INIT;
	struct subject s;

	make(&s);
	ohb_str_adds(&text, "a\nb = '");
	ohb_str_adds(&text, "ghp_");
	ohb_str_adds(&text, "x7Kq9ZbW3mNf5TgR2vYc8LpD4sHj6A1eU0oB'\n");
	put(&s.outputs, "a.xyz", text.data, text.len);
	judge(&s);
	ck_assert_str_eq(found(&s, true), "secret@2");
	ck_assert_ptr_null(strstr(s.trial.findings[0].text, "x7Kq9"));
	release(&s);
}
END_TEST

/* What a person wrote once counts once: it is not to be copied. */
START_TEST(counts_exemptions)
{
	static const char was[] = "# ohbuild: allow skip why\nx\n"
				  "# ohbuild: allow skip why\nx\n";
	ohb_autostr now = OHB_STR_INIT;
	struct ohb_exemption unused;
	struct subject s;

	make(&s);
	put(&s.theirs, "test_a.py", was, strlen(was));
	s.spec.exempting = &s.theirs;
	ohb_str_adds(&now, was);
	put(&s.outputs, "test_a.py", now.data, now.len);
	ck_assert_int_eq(find(&s, &s.outputs.files[0], "skip", 1, &unused), 1);
	ck_assert_uint_eq(planted(&s), 0);
	ohb_str_adds(&now, "\nx # ohbuild: allow skip why\n");
	put(&s.outputs, "test_a.py", now.data, now.len);
	ck_assert_int_eq(find(&s, &s.outputs.files[0], "skip", 6, &unused), -1);
	ck_assert_uint_eq(planted(&s), 6);
	release(&s);
}
END_TEST

/* Whatever the order of many is, each is found among its like. */
START_TEST(finds_one_among_many)
{
	ohb_autostr was = OHB_STR_INIT, now = OHB_STR_INIT;
	struct ohb_exemption found_one;
	struct subject s;
	unsigned i;

	for (i = 0; i < 100; i++) {
		ohb_str_addf(&was,
				"def test_%u():\n"
				"    skip() # ohbuild: allow skip why%u\n",
				i % 50, i * 7 % 10);
		ohb_str_addf(&now,
				"def test_%u():\n"
				"    skip()  # ohbuild: allow skip why%u\n",
				(99 - i) % 50, (99 - i) * 7 % 10);
	}
	make(&s);
	put(&s.theirs, "test_a.py", was.data, was.len);
	put(&s.outputs, "test_a.py", now.data, now.len);
	s.spec.exempting = &s.theirs;
	ck_assert_uint_eq(planted(&s), 0);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(find(&s, &s.outputs.files[0], "skip",
						 2 * i + 2, &found_one),
				1);
		ck_assert_uint_eq(found_one.len, 4);
		ck_assert_int_eq(found_one.reason[3],
				'0' + (char)((99 - i) * 7 % 10));
	}
	ohb_str_adds(&now,
			"def test_7():\n"
			"    skip()  # ohbuild: allow skip why8\n");
	put(&s.outputs, "test_a.py", now.data, now.len);
	ck_assert_uint_eq(planted(&s), 202);
	release(&s);
}
END_TEST

#define WHY "# ohbuild: allow skip why\n"

/* An exemption is of the code that it stands at, and of no other. */
static const struct {
	const char *path, *was, *now;
	unsigned line;
	int result;
} moves[] = {
	/* the next lines are others now, the function has moved */
	{ "test_a.py", WHY "@skip\ndef test_a():\n    f(1)\n",
			"import x\n\ndef test_b():\n    f(2)\n\n" WHY
			"@skip\ndef test_a():\n    f(3)\n",
			7, 1 },
	/* blanks */
	{ "test_a.py", "def test_a():\n    " WHY "    f(1, 2)\n    g()\n",
			"def test_a():\n  " WHY "  f( 1,\n    2)\n  h()\n", 3,
			1 },
	{ "test_a.py", "def test_a():\n    " WHY "    f(1,\n    2)\n    g()\n",
			"def test_a():\n  " WHY "  f(1, 2)\n  h()\n", 3, 1 },
	/* to another test, with the line or alone */
	{ "test_a.py", WHY "@skip\ndef test_a():\n    f(1)\n",
			"def test_a():\n    f(1)\n" WHY
			"@skip\ndef test_b():\n    f(1)\n",
			4, -1 },
	{ "test_a.py", WHY "@skip\ndef test_a():\n    f(1)\n" WHY,
			"@skip\ndef test_a():\n    f(1)\n" WHY
			"@skip\ndef test_b():\n    f(1)\n",
			5, -1 },
	{ "a_test.go",
			"func TestA(t *testing.T) {\n"
			"	t.Skip() // ohbuild: allow skip why\n}\n"
			"func TestB(t *testing.T) {\n}\n",
			"func TestA(t *testing.T) {\n}\n"
			"func TestB(t *testing.T) {\n"
			"	t.Skip() // ohbuild: allow skip why\n}\n",
			4, -1 },
	{ "a.test.js", "// ohbuild: allow skip why\nit.skip('a', () => {});\n",
			"// ohbuild: allow skip why\nit.skip('b', () => {});\n",
			2, -1 },
	/* to other code of the test */
	{ "test_a.py", "def test_a():\n    f(1) " WHY "    g()\n",
			"def test_a():\n    f(1)\n    g() " WHY, 3, -1 },
	{ "test_a.py", "def test_a():\n    f(1) " WHY "    g()\n",
			"def test_a():\n    f(1); g() " WHY, 2, -1 },
	{ "test_a.py", "def test_a():\n    " WHY "    f(1)\n",
			"def test_a():\n    " WHY "    f(1) or g()\n", 3, -1 },
	/* behind code it is of this line alone */
	{ "test_a.py", "def test_a():\n    f(1) " WHY "    g()\n",
			"def test_a():\n    f(1) " WHY "    g()\n", 3, 0 },
	{ "test_a.py", "def test_a():\n    f(1) " WHY "    g()\n",
			"def test_a():\n    f(1) " WHY "    h()\n", 2, 1 },
	/* of the file: anywhere in it */
	{ "test_a.py", WHY "@skip\ndef test_a():\n    f(1)\n",
			"def test_b():\n    f(2)\n" WHY, 0, 1 },
	/* no language: by the line */
	{ "a.xyz", WHY "a b\n", "c\n" WHY "ab\n", 3, 1 },
	{ "a.xyz", WHY "a b\nc\n", "ab\n" WHY "c\n", 3, -1 },
};

START_TEST(ties_exemptions_to_code)
{
	struct ohb_exemption unused;
	struct subject s;

	make(&s);
	put(&s.theirs, moves[_i].path, moves[_i].was, strlen(moves[_i].was));
	put(&s.outputs, moves[_i].path, moves[_i].now, strlen(moves[_i].now));
	s.spec.exempting = &s.theirs;
	ck_assert_int_eq(find(&s, &s.outputs.files[0], "skip", moves[_i].line,
					 &unused),
			moves[_i].result);
	if (moves[_i].line)
		ck_assert_int_eq(planted(&s) == 0, moves[_i].result >= 0);
	release(&s);
}
END_TEST

/* What is of the whole file may stand anywhere. */
START_TEST(moves_exemptions_of_files)
{
	static const char was[] = "# ohbuild: allow case-removed why\na\n";
	static const char now[] = "b\n# ohbuild: allow case-removed why\nc\n";
	struct subject s;

	make(&s);
	put(&s.theirs, "test_a.py", was, strlen(was));
	put(&s.outputs, "test_a.py", now, strlen(now));
	s.spec.exempting = &s.theirs;
	ck_assert_uint_eq(planted(&s), 0);
	release(&s);
}
END_TEST

/* Many findings of one rule are not all told. */
START_TEST(shows_some)
{
	ohb_autostr text = OHB_STR_INIT;
	struct subject s;
	size_t i;

	make(&s);
	for (i = 0; i < 100; i++)
		ohb_str_addf(&text, "def test_%zu():\n    pass # assert\n", i);
	put(&s.outputs, "test_a.py", text.data, text.len);
	judge(&s);
	ck_assert_uint_eq(s.trial.nfindings, 5);
	release(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tests = tcase_create("guard");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, finds_what_it_should, 0,
			OHB_ARRAY_LEN(languages));
	tcase_add_loop_test(tests, every_rule_has_a_case, 0,
			OHB_ARRAY_LEN(languages));
	tcase_add_test(tests, exempts_what_a_person_exempted);
	tcase_add_loop_test(
			tests, reads_exemptions, 0, OHB_ARRAY_LEN(exemptions));
	tcase_add_test(tests, refuses_exemptions_of_agents);
	tcase_add_test(tests, counts_exemptions);
	tcase_add_test(tests, finds_one_among_many);
	tcase_add_loop_test(tests, ties_exemptions_to_code, 0,
			OHB_ARRAY_LEN(moves));
	tcase_add_test(tests, moves_exemptions_of_files);
	tcase_add_test(tests, goes_by_levels);
	tcase_add_test(tests, says_what_it_did_not_judge);
	tcase_add_test(tests, finds_secrets);
	tcase_add_test(tests, shows_some);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

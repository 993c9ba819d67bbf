/* Code parsed by the grammars that the build made, and queries in it. */
#include "syntax/syntax.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "base/limits.h"
#include "base/str.h"
#include "io/fs.h"

static struct ohb_arena arena;

static void teardown(void)
{
	ohb_arena_release(&arena);
}

static const struct {
	const char *path, *language;
} names[] = {
	{ "tests/test_a.py", "python" },
	{ "a.c", "c" },
	{ "a.h", "c" },
	{ "a.cc", "cpp" },
	{ "src/a.test.ts", "typescript" },
	{ "a.tsx", "tsx" },
	{ "a.mjs", "javascript" },
	{ "a_test.go", "go" },
	{ "a.rs", "rust" },
	{ "ATest.java", "java" },
	{ "a_spec.rb", "ruby" },
	{ "a.bats", "bash" },
	{ "a.xyz", NULL },
	{ "py", NULL },
	{ "Makefile", NULL },
};

START_TEST(knows_languages)
{
	const char *language = ohb_syntax_language(names[_i].path);

	ck_assert_msg(ohb_streq(language, names[_i].language), "'%s' is '%s'",
			names[_i].path, language ? language : "nothing");
}
END_TEST

/* Every language has a grammar, and each of its queries fits the grammar. */
START_TEST(every_query_compiles)
{
	const char *path = names[_i].path, *why = NULL;
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	const struct ohb_syntax_match *matches;
	unsigned query;
	size_t n;
	int result = ohb_syntax_parse(path, "", 0, &arena, &tree, &why);

	if (!names[_i].language) {
		ck_assert_int_eq(result, OHB_SYNTAX_NO_LANGUAGE);
		ck_assert_ptr_nonnull(strstr(why, "no grammar for "));
		return;
	}
	ck_assert_msg(result == 0, "%s: %s (build with -DOHB_GRAMMARS=ON)",
			path, why ? why : "");
	ck_assert_uint_eq(ohb_syntax_error(tree), 0);
	for (query = 0; query < OHB_QUERIES; query++)
		ck_assert_msg(ohb_syntax_query(tree, query, &arena, &matches,
					      &n, &err) == 0,
				"%s", err.msg);
}
END_TEST

START_TEST(finds_places)
{
	static const char text[] = "x = 1\n\n"
				   "def f():\n"
				   "    pass\n"
				   "  \n"
				   "class A:\n"
				   "    async def g(self): pass\n";
	const struct ohb_syntax_match *matches;
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	const char *why;
	size_t i, n, found = 0;

	ck_assert_int_eq(ohb_syntax_parse("a.py", text, strlen(text), &arena,
					 &tree, &why),
			0);
	ck_assert(ohb_syntax_has(tree, OHB_QUERY_GUARD));
	ck_assert_int_eq(ohb_syntax_query(tree, OHB_QUERY_GUARD, &arena,
					 &matches, &n, &err),
			0);
	for (i = 0; i < n; i++) {
		const struct ohb_syntax_node *node = matches[i].nodes;

		if (strcmp(node->capture, "function") != 0)
			continue;
		ck_assert_str_eq(node->kind, "function_definition");
		ck_assert_uint_eq(node->line, found ? 7 : 3);
		ck_assert_uint_eq(node->column, found ? 5 : 1);
		ck_assert_uint_eq(node->end_line, found ? 7 : 4);
		ck_assert_ptr_eq(text + node->start,
				strstr(text, found ? "async" : "def"));
		ck_assert_str_eq(node[1].capture, "function.name");
		ck_assert_int_eq(text[node[1].start], found ? 'g' : 'f');
		found++;
	}
	ck_assert_uint_eq(found, 2);
}
END_TEST

START_TEST(tells_wrong_code)
{
	static const char text[] = "int a;\nint b(\n";
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	const char *why;

	ck_assert_int_eq(ohb_syntax_parse("a.c", text, strlen(text), &arena,
					 &tree, &why),
			0);
	ck_assert_uint_eq(ohb_syntax_error(tree), 2);
	ck_assert(!ohb_syntax_error_in(tree, 1, 1));
	ck_assert(ohb_syntax_error_in(tree, 2, 2));
	ck_assert(ohb_syntax_error_in(tree, 1, UINT_MAX));
}
END_TEST

START_TEST(bounds_size)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_syntax_tree *tree = NULL;
	const char *why;

	while (text.len <= OHB_MAX_SYNTAX_FILE)
		ohb_str_adds(&text, "int a; /* and so on, and so on */\n");
	ck_assert_int_eq(ohb_syntax_parse("a.c", text.data, text.len, &arena,
					 &tree, &why),
			OHB_SYNTAX_LIMIT);
	ck_assert_ptr_null(tree);
	ck_assert_ptr_nonnull(strstr(why, "too much to parse"));
}
END_TEST

static const struct {
	const char *path, *piece;
} hostile[] = {
	{ "a.c", "(" },
	{ "a.c", "{" },
	{ "a.c", "[(" },
	{ "a.c", "if (a) {\n" },
	{ "a.c", "a=" },
	{ "a.c", "it(() => {" },
	{ "a.py", "(" },
	{ "a.py", "try:\n " },
	{ "a.py", "assert a == a\n" },
	{ "a.js", "it('a', () => {" },
	{ "a.js", "/*" },
	{ "a.sh", "$(" },
};

/*
 * Code that nobody writes: it is refused, or parsed and searched, and the
 * process lives on.  In tree-sitter 0.20.7 a node with more than 65535
 * children breaks the heap, and some searches take the square of a width or
 * of a depth.
 */
START_TEST(survives_hostile_code)
{
	static const size_t sizes[] = { 20000, 31000, 1 << 20 };
	struct ohb_error err = OHB_ERROR_INIT;
	const char *why;
	size_t i, n;

	for (i = 0; i < OHB_ARRAY_LEN(sizes); i++) {
		ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
		const struct ohb_syntax_match *matches;
		ohb_autostr text = OHB_STR_INIT;
		int result;

		while (text.len < sizes[i])
			ohb_str_adds(&text, hostile[_i].piece);
		result = ohb_syntax_parse(hostile[_i].path, text.data, text.len,
				&arena, &tree, &why);
		ck_assert(result == OHB_SYNTAX_OK ||
				result == OHB_SYNTAX_LIMIT);
		if (text.len >= 1 << 20)
			ck_assert_int_eq(result, OHB_SYNTAX_LIMIT);
		if (tree &&
				ohb_syntax_query(tree, OHB_QUERY_GUARD, &arena,
						&matches, &n, &err) < 0)
			ck_assert_int_eq(err.code, OHB_E_LIMIT);
	}
}
END_TEST

/* A folder of one's own, in which a language is made of another's grammar. */
static char folder[] = "/tmp/ohb-syntax-XXXXXX";

static void put(const char *name, const char *text)
{
	ohb_autostr path = OHB_STR_INIT;
	int fd;

	ohb_str_addf(&path, "%s/mine/%s", folder, name);
	fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void make_mine(const char *language)
{
	const char *built = getenv("OHBUILD_LANGUAGES");
	ohb_autostr list = OHB_STR_INIT, path = OHB_STR_INIT;

	ck_assert_ptr_nonnull(built);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ohb_str_addf(&path, "%s/mine", folder);
	ck_assert_int_eq(mkdir(path.data, 0755), 0);
	put("language", language);
	ohb_str_addf(&list, "%s:%s", folder, built);
	ck_assert_int_eq(setenv("OHBUILD_LANGUAGES", list.data, 1), 0);
}

static void remove_mine(void)
{
	struct ohb_error err = OHB_ERROR_INIT;

	ck_assert_int_eq(ohb_fs_remove_tree(AT_FDCWD, folder, &err), 0);
}

/* Of the text, what is found by a query. */
static int ask(const char *text, const struct ohb_syntax_match **ret,
		size_t *ret_n, struct ohb_error *err)
{
	struct ohb_syntax_tree *tree = NULL;
	const char *why;
	int result;

	ck_assert_int_eq(ohb_syntax_parse("a.mine", text, strlen(text), &arena,
					 &tree, &why),
			0);
	result = ohb_syntax_query(
			tree, OHB_QUERY_MUTATE, &arena, ret, ret_n, err);
	ohb_syntax_free(tree);
	return result;
}

START_TEST(takes_a_language_without_c)
{
	static const char text[] = "f(a, a)\nf(a, b)\ng(a, a)\nh('f')\n";
	const struct ohb_syntax_match *matches;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t n;

	make_mine("# mine\ngrammar python\nsuffix .mine\nguard skip off\n");
	put("mutate.scm",
			"((call function: (identifier) @f arguments: (argument_list"
			" (identifier) @l (identifier) @r))\n"
			" (#any-of? @f \"f\" \"e\") (#eq? @l @r)\n"
			" (#set! to \"x y\"))\n"
			"((call function: (identifier) @f) (#match? @f \"^[g-i]$\")"
			" (#not-eq? @f \"g\"))\n");
	ck_assert_str_eq(ohb_syntax_setting("a.mine", "guard skip"), "off");
	ck_assert_ptr_null(ohb_syntax_setting("a.mine", "guard"));
	ck_assert_msg(ask(text, &matches, &n, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(matches[0].nodes[0].line, 1);
	ck_assert_uint_eq(matches[0].nnodes, 3);
	ck_assert_str_eq(matches[0].properties[0].key, "to");
	ck_assert_str_eq(matches[0].properties[0].value, "x y");
	ck_assert_uint_eq(matches[1].nodes[0].line, 4);
	ck_assert_uint_eq(matches[1].pattern, 1);
	remove_mine();
}
END_TEST

static const struct {
	const char *query, *said;
} wrong[] = {
	{ "(call\n(nothing)) @a\n",
			"line 2 (of what it inherits and its own): "
			"'nothing' is no node of the grammar" },
	{ "(call", "is not the syntax of a query" },
	{ "((call) @a (#like? @a \"b\"))", "pattern 0 has a predicate" },
	{ "((call) @a (#match? @a \"(\"))", "pattern 0 has a predicate" },
	{ "((call) @a (#match? @a))", "pattern 0 has a predicate" },
	{ "((call) @a (#eq? \"a\" @a))", "pattern 0 has a predicate" },
};

START_TEST(refuses_wrong_queries)
{
	const struct ohb_syntax_match *matches;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t n;

	make_mine("grammar python\nsuffix .mine\n");
	put("mutate.scm", wrong[_i].query);
	ck_assert_int_eq(ask("f(a)\n", &matches, &n, &err), -1);
	ck_assert_msg(err.code == OHB_E_SYNTAX &&
					strstr(err.msg, "mine/mutate.scm") &&
					strstr(err.msg, wrong[_i].said),
			"%s", err.msg);
	remove_mine();
}
END_TEST

/* As a process sees it that begins now. */
static struct ohb_digest digest_now(void)
{
	struct ohb_digest digest = { .bytes = { 0 } };
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		digest = ohb_syntax_digest();
		_exit(write(ends[1], digest.bytes, OHB_DIGEST_SIZE) !=
				OHB_DIGEST_SIZE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], digest.bytes, OHB_DIGEST_SIZE),
			OHB_DIGEST_SIZE);
	close(ends[0]);
	close(ends[1]);
	return digest;
}

static void check_new(struct ohb_digest *before)
{
	const struct ohb_digest now = digest_now(), again = digest_now();

	ck_assert(!ohb_digest_eq(&now, before));
	ck_assert(ohb_digest_eq(&now, &again));
	*before = now;
}

START_TEST(digests_all_that_it_reads_by)
{
	const char *built = getenv("OHBUILD_LANGUAGES");
	struct ohb_digest digest = digest_now();
	ohb_autostr grammar = OHB_STR_INIT, path = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	int fd;

	ohb_str_addf(&path, "%s/python.so", built);
	ck_assert_msg(ohb_fs_read(AT_FDCWD, path.data, 64 << 20, &grammar,
				      &err) == 0,
			"%s", err.msg);
	make_mine("grammar python\nsuffix .mine\n");
	check_new(&digest);
	put("guard.scm", "(comment) @a\n");
	check_new(&digest);
	put("layout.scm", "(comment) @a\n");
	check_new(&digest);
	put("layout.scm", "(comment) @b\n");
	check_new(&digest);
	put("language", "grammar python\nsuffix .mine\nguard skip off\n");
	check_new(&digest);
	/* the same code: it is loaded as before */
	ohb_str_adds(&grammar, "another");
	ohb_str_clear(&path);
	ohb_str_addf(&path, "%s/python.so", folder);
	fd = open(path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert(write(fd, grammar.data, grammar.len) == (ssize_t)grammar.len);
	close(fd);
	check_new(&digest);
	remove_mine();
}
END_TEST

START_TEST(lacks_a_grammar)
{
	struct ohb_syntax_tree *tree = NULL;
	const char *why;

	make_mine("suffix .mine\n");
	ck_assert_int_eq(ohb_syntax_parse("a.mine", "", 0, &arena, &tree, &why),
			OHB_SYNTAX_NO_GRAMMAR);
	ck_assert_str_eq(why, "no grammar for .mine");
	remove_mine();
}
END_TEST

#define NTHREADS 4

struct reader {
	pthread_barrier_t *start;
	size_t from; /* the language that it begins with */
	bool ok;
	struct ohb_digest digest;
};

static bool read_one(const char *path, struct ohb_arena *own)
{
	static const char text[] = "add(1);\n";
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	const struct ohb_syntax_match *matches;
	unsigned query;
	const char *why;
	size_t n;

	if (!ohb_syntax_language(path))
		return true;
	if (ohb_syntax_parse(path, text, strlen(text), own, &tree, &why) !=
			OHB_SYNTAX_OK)
		return false;
	(void)ohb_syntax_setting(path, "linked");
	for (query = 0; query < OHB_QUERIES; query++)
		if (ohb_syntax_query(tree, (enum ohb_query)query, own, &matches,
				    &n, &err) < 0)
			return false;
	return true;
}

/* Checks nothing itself: a thread must not end the test. */
static void *read_all_of_them(void *userdata)
{
	struct ohb_arena own = OHB_ARENA_INIT;
	struct reader *reader = userdata;
	size_t i;

	(void)pthread_barrier_wait(reader->start);
	reader->ok = true;
	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (!read_one(names[(reader->from + i) % OHB_ARRAY_LEN(names)]
						    .path,
				    &own))
			reader->ok = false;
	reader->digest = ohb_syntax_digest();
	ohb_arena_release(&own);
	return NULL;
}

/* Of each language the grammar and the queries are first asked for by several
 * threads at once: half of them go the same way, the others from elsewhere.
 * For the thread sanitizer to judge. */
START_TEST(serves_threads)
{
	struct reader readers[NTHREADS] = { { .ok = false } };
	pthread_t threads[NTHREADS];
	pthread_barrier_t start;
	size_t i;

	ck_assert_int_eq(pthread_barrier_init(&start, NULL, NTHREADS), 0);
	for (i = 0; i < NTHREADS; i++) {
		readers[i].start = &start;
		readers[i].from = i / 2 * (OHB_ARRAY_LEN(names) / 2);
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						 read_all_of_them, &readers[i]),
				0);
	}
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (i = 0; i < NTHREADS; i++) {
		ck_assert(readers[i].ok);
		ck_assert_mem_eq(&readers[i].digest, &readers[0].digest,
				sizeof(readers[i].digest));
	}
	pthread_barrier_destroy(&start);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("syntax");
	TCase *tests = tcase_create("syntax");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, knows_languages, 0, OHB_ARRAY_LEN(names));
	tcase_add_loop_test(
			tests, every_query_compiles, 0, OHB_ARRAY_LEN(names));
	tcase_add_test(tests, serves_threads);
	tcase_add_test(tests, finds_places);
	tcase_add_test(tests, tells_wrong_code);
	tcase_add_test(tests, bounds_size);
	tcase_add_loop_test(tests, survives_hostile_code, 0,
			OHB_ARRAY_LEN(hostile));
	tcase_add_test(tests, takes_a_language_without_c);
	tcase_add_loop_test(
			tests, refuses_wrong_queries, 0, OHB_ARRAY_LEN(wrong));
	tcase_add_test(tests, digests_all_that_it_reads_by);
	tcase_add_test(tests, lacks_a_grammar);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include "unit/project/project.h"

#define FILES(...)                                                     \
	add_files((const char *const[]){ __VA_ARGS__ },                \
			sizeof((const char *const[]){ __VA_ARGS__ }) / \
					sizeof(const char *))

static void must_make(void)
{
	ohb_autostr text = OHB_STR_INIT;

	if (make_graph() == 0)
		return;
	ohb_diags_format(&project.diags, &text);
	ck_abort_msg("%s", ohb_str_cstr(&text));
}

static const struct ohb_target *target(const char *name)
{
	const struct ohb_target *found =
			ohb_map_get(&project.graph.by_name, name);

	ck_assert_msg(found != NULL, "no target '%s'", name);
	return found;
}

static const char *var(const struct ohb_target *of, const char *name)
{
	for (size_t i = 0; i < of->nvars; i++)
		if (ohb_streq(of->vars[i].name, name))
			return of->vars[i].value;
	return "(none)";
}

/* "a b c" */
static const char *joined(const char *const *items, size_t count)
{
	ohb_autostr text = OHB_STR_INIT;

	for (size_t i = 0; i < count; i++)
		ohb_str_addf(&text, i ? " %s" : "%s", items[i]);
	return ohb_arena_strdup(&project.arena, ohb_str_cstr(&text));
}

START_TEST(test_simple)
{
	const struct ohb_target *calc;

	FILES("src/util.c", "src/calc.c", "src/calc.h", "README");
	add_rule(&(struct rule){ .name = "core",
			.source = { "src/{name}.c" },
			.test = { "tests/test_{name}.c" } });
	must_make();
	ck_assert_uint_eq(project.graph.count, 2);
	ck_assert_str_eq(project.graph.targets[0].name, "tests/test_calc.c");
	ck_assert_str_eq(project.graph.targets[1].name, "tests/test_util.c");
	calc = target("tests/test_calc.c");
	ck_assert_ptr_eq(calc, &project.graph.targets[0]);
	ck_assert_ptr_eq(calc->module, &project.modules[0]);
	ck_assert_str_eq(joined(calc->sources, calc->nsources), "src/calc.c");
	ck_assert_uint_eq(calc->noutputs, 1);
	ck_assert_uint_eq(calc->ninputs, 0);
	ck_assert_uint_eq(calc->nneeds, 0);
	ck_assert_str_eq(joined(calc->workspace, calc->nworkspace),
			"README src/calc.c src/calc.h src/util.c");
	ck_assert_ptr_eq(calc->workspace, project.files.paths);
	ck_assert_uint_eq(calc->nmodels, 2);
	ck_assert_str_eq(calc->models[0]->id, "openrouter/deepseek/chat");
	ck_assert_str_eq(var(calc, "source"), "src/calc.c");
	ck_assert_str_eq(var(calc, "test"), "tests/test_calc.c");
	ck_assert_str_eq(var(calc, "name"), "calc");
	ck_assert_str_eq(var(calc, "dir"), "src");
	ck_assert_str_eq(var(calc, "module"), "core");
	ck_assert_str_eq(var(calc, "inputs"), "");
	ck_assert_ptr_null(calc->prompt);
}
END_TEST

START_TEST(test_deep)
{
	const struct ohb_target *at;

	FILES("src/a.py", "src/p/q/b.py", "src/p/__init__.py");
	add_rule(&(struct rule){ .source = { "./src/{dir:**}/{name}.py" },
			.test = { "tests/{dir}/test_{name}.py",
					"./tests/{dir}/data/{name}.json" },
			.exclude = { "src/**/__init__.py" } });
	must_make();
	ck_assert_uint_eq(project.graph.count, 2);
	at = target("tests/test_a.py");
	ck_assert_str_eq(joined(at->outputs, at->noutputs),
			"tests/test_a.py tests/data/a.json");
	ck_assert_str_eq(var(at, "dir"), "");
	at = target("tests/p/q/test_b.py");
	ck_assert_str_eq(joined(at->outputs, at->noutputs),
			"tests/p/q/test_b.py tests/p/q/data/b.json");
	ck_assert_ptr_eq(target("tests/p/q/data/b.json"), at);
	ck_assert_str_eq(var(at, "dir"), "p/q");
}
END_TEST

START_TEST(test_source_list)
{
	const struct ohb_target *at;

	FILES("src/a.c", "src/b.c", "include/a.h", "include/b.h", "common.h",
			"lib/z.cc");
	add_rule(&(struct rule){ .source = { "src/{name}.c", "include/{name}.h",
						 "common.h", "lib/{name}.c*" },
			.test = { "tests/{name}.c" } });
	must_make();
	ck_assert_uint_eq(project.graph.count, 3);
	at = target("tests/a.c");
	ck_assert_str_eq(joined(at->sources, at->nsources),
			"src/a.c include/a.h common.h");
	ck_assert_str_eq(var(at, "source"), "src/a.c");
	at = target("tests/z.c");
	ck_assert_str_eq(joined(at->sources, at->nsources), "lib/z.cc");
}
END_TEST

START_TEST(test_literal_source)
{
	/* git ignores it, but it is there */
	write_file("gen/parser.c");
	FILES("src/a.c", "src/b.c");
	add_rule(&(struct rule){ .source = { "src/a.c", "src/b.c" },
			.test = { "tests/ab.c" } });
	add_rule(&(struct rule){ .source = { "gen/parser.c" },
			.test = { "tests/parser.c" } });
	must_make();
	ck_assert_uint_eq(project.graph.count, 2);
	ck_assert_uint_eq(target("tests/ab.c")->nsources, 2);
	ck_assert_str_eq(var(target("tests/ab.c"), "name"), "a");
	ck_assert_str_eq(target("tests/parser.c")->sources[0], "gen/parser.c");
}
END_TEST

START_TEST(test_inputs)
{
	const struct ohb_target *a, *b;

	write_file("ignored.h");
	FILES("src/a.c", "src/b.c", "src/[x].c", "docs/a.md", "docs/b.md",
			"docs/[x].md", "docs/x.md", "inc/1.h", "inc/2.h",
			"tests/a.c");
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "tests/{name}.c" },
			.inputs = { "docs/{name}.*", "inc/*.h", "src/a.c",
					"./ignored.h", "tests/**" } });
	must_make();
	a = target("tests/a.c");
	b = target("tests/b.c");
	/* neither the own source nor tests of the own module */
	ck_assert_str_eq(joined(a->inputs, a->ninputs),
			"docs/a.md ignored.h inc/1.h inc/2.h");
	ck_assert_str_eq(joined(b->inputs, b->ninputs),
			"docs/b.md ignored.h inc/1.h inc/2.h src/a.c");
	ck_assert_str_eq(var(b, "inputs"),
			"docs/b.md ignored.h inc/1.h inc/2.h src/a.c");
	/* a value is never a pattern */
	a = target("tests/[x].c");
	ck_assert_str_eq(a->inputs[0], "docs/[x].md");
	ck_assert_uint_eq(a->ninputs, 5);
	ck_assert_uint_eq(a->nneeds, 0);
}
END_TEST

START_TEST(test_inputs_shared)
{
	FILES("src/a.c", "src/b.c", "inc/1.h");
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "tests/{name}.c" },
			.inputs = { "inc/*", "src/b.c" },
			.workspace = { "src/**" } });
	must_make();
	ck_assert_str_eq(joined(target("tests/a.c")->inputs, 2),
			"inc/1.h src/b.c");
	ck_assert_str_eq(joined(target("tests/b.c")->inputs, 1), "inc/1.h");
	ck_assert_uint_eq(target("tests/b.c")->ninputs, 1);
	ck_assert_ptr_eq(target("tests/a.c")->workspace,
			target("tests/b.c")->workspace);
	ck_assert_uint_eq(target("tests/b.c")->nworkspace, 2);
}
END_TEST

START_TEST(test_folders)
{
	const struct ohb_target *a, *b;

	FILES("data/1", "data/deep/2", "data-not/3", "src/a.c", "src/b.c",
			"t/a");
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "t/{name}" },
			.inputs = { "./data/", "src", "t" },
			.workspace = { "data", "src/{name}.c" } });
	/* "gen" is not there: only tests of the first module lie in it */
	add_rule(&(struct rule){ .source = { "data/1" },
			.test = { "gen/one" },
			.inputs = { "t" } });
	add_rule(&(struct rule){ .source = { "data/deep/2" },
			.test = { "u/two" },
			.inputs = { "gen/" } });
	must_make();
	a = target("t/a");
	ck_assert_str_eq(joined(a->inputs, a->ninputs),
			"data/1 data/deep/2 src/b.c");
	ck_assert_str_eq(joined(a->workspace, a->nworkspace),
			"data/1 data/deep/2 src/a.c");
	b = target("gen/one");
	ck_assert_str_eq(joined(b->inputs, b->ninputs), "t/a t/b");
	ck_assert_uint_eq(b->nneeds, 2);
	b = target("u/two");
	ck_assert_str_eq(joined(b->inputs, b->ninputs), "gen/one");
	ck_assert_uint_eq(b->nneeds, 1);
}
END_TEST

START_TEST(test_optional)
{
	const struct ohb_target *a, *b;

	write_file("local.ini");
	ck_assert_int_eq(ohb_fs_mkdirs(project.fd, "empty", &project.err), 0);
	FILES("src/a.c", "src/b.c", "src/b.md", "conf/1");
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "t/{name}" },
			.inputs = { "src/b.c" },
			.optional = { "local.ini", "conf", "empty",
					"./not//there.ini", "src/*.toml",
					"src/{name}.md" } });
	add_rule(&(struct rule){ .source = { "conf/1" },
			.test = { "u" },
			.optional = { "t/a" } });
	must_make();
	a = target("t/a");
	ck_assert_str_eq(joined(a->inputs, a->ninputs),
			"conf/1 local.ini src/b.c");
	ck_assert_str_eq(joined(a->absent, a->nabsent),
			"not/there.ini src/a.md");
	b = target("t/b");
	ck_assert_str_eq(joined(b->inputs, b->ninputs),
			"conf/1 local.ini src/b.md");
	ck_assert_str_eq(joined(b->absent, b->nabsent), "not/there.ini");
	/* a test that is yet to be written is none that is absent */
	ck_assert_uint_eq(target("u")->nneeds, 1);
	ck_assert_uint_eq(target("u")->nabsent, 0);
}
END_TEST

START_TEST(test_workspace_words)
{
	const struct ohb_target *at;

	FILES("src/a/x.c", "src/b/x.c", "src/b/y.h", "mk");
	add_rule(&(struct rule){ .source = { "src/{lib}/x.c" },
			.test = { "tests/{lib}.c" },
			.workspace = { "src/{lib}/**", "mk" } });
	must_make();
	at = target("tests/b.c");
	ck_assert_str_eq(joined(at->workspace, at->nworkspace),
			"mk src/b/x.c src/b/y.h");
}
END_TEST

/* A target waits for the tests it reads; chains come out in order. */
START_TEST(test_needs)
{
	const struct ohb_target *c;
	size_t place[3] = { 0 };

	FILES("a.c", "b.c", "c.c", "tests/a.c");
	add_rule(&(struct rule){ .source = { "a.c" },
			.test = { "tests/a.c" },
			.inputs = { "tests/{test}" } });
	project.modules[0].inputs.items[0] = "tests/b.c";
	add_rule(&(struct rule){ .source = { "b.c" },
			.test = { "tests/b.c", "tests/b.h" },
			.inputs = { "tests/c.*" } });
	add_rule(&(struct rule){
			.source = { "c.c" }, .test = { "tests/c.c" } });
	add_rule(&(struct rule){ .source = { "{name}.c" },
			.test = { "tests/z_{name}" },
			.exclude = { "[ab].c" },
			.inputs = { "tests/*.[ch]" } });
	must_make();
	ck_assert_uint_eq(project.graph.count, 4);
	c = target("tests/z_c");
	ck_assert_str_eq(joined(c->inputs, c->ninputs),
			"tests/a.c tests/b.c tests/b.h tests/c.c");
	ck_assert_uint_eq(c->nneeds, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(c->needs[i], i);
	ck_assert_uint_eq(target("tests/a.c")->nneeds, 1);
	ck_assert_uint_eq(target("tests/a.c")->needs[0], 1);
	for (size_t i = 0; i < 4; i++)
		if (project.graph.order[i] < 3)
			place[project.graph.order[i]] = i;
	ck_assert_uint_lt(place[2], place[1]);
	ck_assert_uint_lt(place[1], place[0]);
	ck_assert_uint_eq(project.graph.order[3], 3);
}
END_TEST

START_TEST(test_prompt_and_models)
{
	const struct ohb_target *a;

	FILES("src/a.c", "src/b.c", "inc.h");
	add_rule(&(struct rule){ .name = "m",
			.source = { "src/{name}.c" },
			.test = { "t/{name}.c", "t/{name}.h" },
			.inputs = { "inc.h" },
			.models = { "mistral/small" },
			.prompt = "Test {source} in {test}: {name} {dir} "
				  "{inputs} {module} {{x}} { y }" });
	must_make();
	a = target("t/a.c");
	ck_assert_str_eq(a->prompt,
			"Test src/a.c in t/a.c: a src inc.h m {x} "
			"{ y }");
	ck_assert_uint_eq(a->nmodels, 1);
	ck_assert_str_eq(a->models[0]->id, "mistral/small");
}
END_TEST

static const struct {
	struct rule rules[3];
	unsigned line;
	const char *text, *hint;
} bad_cases[] = {
	{ { { .source = { "src/[.c" }, .test = { "t" } } }, AT_SOURCE,
			"without ']'", NULL },
	{ { { .source = { "../x/{name}.c" }, .test = { "t/{name}" } } },
			AT_SOURCE, "'..' leads out", NULL },
	{ { { .source = { "/etc/{name}" }, .test = { "t/{name}" } } },
			AT_SOURCE, "absolute", NULL },
	{ { { .source = { "scr/{name}.c" }, .test = { "t/{name}" } } },
			AT_SOURCE, "'scr/{name}.c' matches no file",
			"did you mean 'src/'?" },
	{ { { .source = { "src/{name}.cpp" }, .test = { "t/{name}" } } },
			AT_SOURCE, "matches no file", "do not cross" },
	{ { { .source = { "src/clac.c" }, .test = { "t/x" } } }, AT_SOURCE,
			"source 'src/clac.c' is not there",
			"did you mean 'src/calc.c'?" },
	{ { { .source = { "calc.c" }, .test = { "t/x" } } }, AT_SOURCE,
			"source 'calc.c' is not there",
			"did you mean 'src/calc.c'?" },
	{ { { .source = { "folder" }, .test = { "t/x" } } }, AT_SOURCE,
			"source 'folder' is a folder", "folder/**" },
	{ { { .source = { "out/secret.c" }, .test = { "t/x" } } }, AT_SOURCE,
			"is outside of the project", NULL },
	{ { { .source = { "src/{name}.c", "inc/{name}.h" },
			  .test = { "t/{name}" } } },
			AT_SOURCE, "source 'inc/calc.h' is not there", NULL },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}" },
			  .exclude = { "src/*" } } },
			AT_SOURCE, "all of them are excluded", NULL },
	{ { { .source = { "src/{test}.c" }, .test = { "t/{test}" } } },
			AT_SOURCE, "'{test}' has a meaning of its own",
			"another name" },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}" },
			  .exclude = { "a[" } } },
			AT_EXCLUDE, "without ']'", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "t/{nme}" } } }, AT_TEST,
			"'{nme}' is no capture of the source 'src/{name}.c'",
			"knows the captures" },
	{ { { .source = { "src/*.c" }, .test = { "t/{name}" } } }, AT_TEST,
			"'{name}' is no capture", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "t" } } }, AT_TEST,
			"two targets write 't', this one for 'src/util.c'",
			"also the test of 'src/calc.c', by the module in line "
			"1" },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}", "t/{name}" } } },
			AT_TEST, "stands twice", NULL },
	{ { { .name = "core",
			    .source = { "src/{name}.c" },
			    .test = { "t/{name}" } },
			  { .source = { "src/{x}alc.c" },
					  .test = { "t/{x}alc" } } },
			10 + AT_TEST, "two targets write 't/calc'",
			"by the module 'core' in line 1" },
	{ { { .source = { "src/{name}.c" }, .test = { "../{name}" } } },
			AT_TEST, "'..' leads out", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "/tmp/{name}" } } },
			AT_TEST, "absolute", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "" } } }, AT_TEST,
			"empty", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "t/{name}/" } } },
			AT_TEST, "ends in '/'", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { ".git/{name}" } } },
			AT_TEST, "lies in '.git'", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "x/.GIT/{name}" } } },
			AT_TEST, "lies in '.git'", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { ".ohbuild/{name}" } } },
			AT_TEST, "ohbuild's own", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "openhands.yml" } } },
			AT_TEST, "configuration", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "ci/models.yml" } } },
			AT_TEST, "configuration", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "src" } } }, AT_TEST,
			"it is a folder", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "out/x.c" } } }, AT_TEST,
			"symbolic link", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "out/new/x.c" } } },
			AT_TEST, "symbolic link", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "plain/x.c" } } }, AT_TEST,
			"its folder is none", NULL },
	{ { { .source = { "src/{name}.c" }, .test = { "src/{name}.c" } } },
			AT_SOURCE,
			"is a source of 'src/calc.c', but also the test",
			"exclude" },
	{ { { .source = { "**/{name}.c" }, .test = { "t/test_{name}.c" } } },
			AT_SOURCE,
			"'t/test_calc.c', the test of 'src/calc.c', would itself be "
			"a source",
			"exclude: [t/test_calc.c]" },
	{ { { .source = { "src/{name}.c" }, .test = { "t/{name}.c" } },
			  { .source = { "t/{name}.c" },
					  .test = { "u/{name}.c" } } },
			10 + AT_SOURCE, "matches no file", NULL },
	{ { { .source = { "src/calc.c", "src/util.c" }, .test = { "t/x" } },
			  { .source = { "README" },
					  .test = { "src/util.c" } } },
			AT_SOURCE, "but also the test of 'README'", NULL },
	{ { { .source = { "src/calc.c" }, .test = { "t/x" } },
			  { .source = { "src/util.c" },
					  .test = { "t/x/y/z" } } },
			10 + AT_TEST, "its folder 't/x' is the test", NULL },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}" },
			  .inputs = { "inc/calk.h" } } },
			AT_INPUTS, "input 'inc/calk.h' is not there", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "{name}.md" } } },
			AT_INPUTS, "input 'calc.md' is not there", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "src/*.md" } } },
			AT_INPUTS, "input 'src/*.md' matches no file", NULL },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}" },
			  .inputs = { "{nme}.md" } } },
			AT_INPUTS, "unknown word '{nme}'", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "../x" } } },
			AT_INPUTS, "'..' leads out", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { ".ohbuild/state.db" } } },
			AT_INPUTS, "is outside of the project", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "out/secret.c" } } },
			AT_INPUTS, "outside of the project", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "srcs" } } },
			AT_INPUTS, "input 'srcs' is not there", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .inputs = { "folder/" } } },
			AT_INPUTS, "input 'folder' is a folder without a file",
			NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .workspace = { "folder" } } },
			AT_WORKSPACE, "workspace 'folder' is a folder without",
			NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .optional = { "../x" } } },
			AT_OPTIONAL, "'..' leads out", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .optional = { "out/secret.c" } } },
			AT_OPTIONAL, "outside of the project", NULL },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .optional = { "{nme}.md" } } },
			AT_OPTIONAL, "unknown word '{nme}'", NULL },
	{ { { .source = { "src/{dir:**}/{name}.c" },
			  .test = { "t/{dir:**}/{name}.c" } } },
			AT_TEST, "'{dir:**}' has no meaning in a test path",
			"write '{dir}'" },
	{ { { .source = { "src/{name}.c" }, .test = { "t/*.c" } } }, AT_TEST,
			"'*' has no meaning in a test path", "{name}" },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .workspace = { "nix/**" } } },
			AT_WORKSPACE, "workspace 'nix/**' matches no file",
			"nothing lies in 'nix/'" },
	{ { { .source = { "src/calc.c" },
			  .test = { "t/x" },
			  .models = { "mistral/smal" } } },
			AT_MODELS, "unknown model 'mistral/smal'",
			"did you mean 'mistral/small'?" },
	{ { { .source = { "src/{name}.c" },
			  .test = { "t/{name}" },
			  .prompt = "Test {souce}." } },
			AT_MODULE, "unknown word '{souce}'", NULL },
	{ { { .source = { "src/calc.c" },
			    .test = { "t/1" },
			    .inputs = { "t/2" } },
			  { .source = { "src/util.c" },
					  .test = { "t/2" },
					  .inputs = { "t/1" } } },
			AT_INPUTS, "'t/1' needs 't/2' needs 't/1'", NULL },
};

/* "out/secret.c" stands for a file that is there, behind the link "out". */
static void lead_out(const struct ohb_list *list)
{
	if (list->count && ohb_streq(list->items[0], "out/secret.c"))
		list->items[0] = ohb_arena_printf(&project.arena,
				"out/%s/plain", strrchr(project.dir, '/') + 1);
}

START_TEST(test_bad)
{
	const struct ohb_diag *diag;
	const char *hint;

	FILES("src/calc.c", "src/util.c", "README");
	ohb_diags_add_file(&project.diags, "openhands.yml", "", 0);
	ohb_diags_add_file(&project.diags, "ci/models.yml", "", 0);
	write_file("folder/x");
	write_file("plain");
	ck_assert_int_eq(symlinkat("..", project.fd, "out"), 0);
	for (size_t i = 0; bad_cases[_i].rules[i].source[0]; i++)
		add_rule(&bad_cases[_i].rules[i]);
	lead_out(&project.modules[0].source);
	lead_out(&project.modules[0].inputs);
	lead_out(&project.modules[0].optional_inputs);
	ck_assert_int_eq(make_graph(), -1);
	ck_assert_int_eq(project.err.code, OHB_E_CONFIG);
	ck_assert_uint_ge(project.diags.nitems, 1);
	diag = &project.diags.items[0];
	ck_assert_msg(strstr(diag->text, bad_cases[_i].text) != NULL,
			"'%s' is not in '%s'", bad_cases[_i].text, diag->text);
	ck_assert_uint_eq(diag->pos.line, bad_cases[_i].line);
	hint = diag->hint ? diag->hint : "(none)";
	if (bad_cases[_i].hint)
		ck_assert_msg(strstr(hint, bad_cases[_i].hint) != NULL,
				"'%s' is not in '%s'", bad_cases[_i].hint,
				hint);
}
END_TEST

/* What is wrong for every target is told once. */
START_TEST(test_told_once)
{
	FILES("src/a.c", "src/b.c", "src/c.c");
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "t/{nme}", "/x" },
			.inputs = { "{nme}.md" },
			.prompt = "{x}" });
	add_rule(&(struct rule){ .source = { "src/{name}.c" },
			.test = { "t/{name}" },
			.inputs = { "{nme}.md" },
			.prompt = "{x}" });
	ck_assert_int_eq(make_graph(), -1);
	ck_assert_uint_eq(project.diags.nitems, 4);
}
END_TEST

START_TEST(test_place_in_pattern)
{
	struct ohb_pos pos = { .line = 1, .column = 10, .length = 5 };

	ck_assert_int_eq(make_graph(), 0);
	FILES("src/a.c");
	add_rule(&(struct rule){ .source = { "src/[" }, .test = { "t" } });
	project.modules[0].source.pos[0] = pos;
	ck_assert_int_eq(make_graph(), -1);
	ck_assert_uint_eq(project.diags.items[0].pos.column, 14);
	ck_assert_uint_eq(project.diags.items[0].pos.length, 1);
}
END_TEST

START_TEST(test_any_bytes)
{
	char name[256], path[300];
	const struct ohb_target *at;

	for (size_t i = 0; i < 254; i++)
		name[i] = (char)(i + 1 < '/' ? i + 1 : i + 2);
	name[254] = '\0';
	snprintf(path, sizeof(path), "src/%s", name);
	FILES(path);
	add_rule(&(struct rule){ .source = { "src/{name}" },
			.test = { "tests/{name}" },
			.inputs = { "src/{name}*" },
			.prompt = "{name}" });
	must_make();
	ck_assert_uint_eq(project.graph.count, 1);
	at = &project.graph.targets[0];
	ck_assert_str_eq(at->name + 6, name);
	ck_assert_str_eq(at->prompt, name);
	ck_assert_str_eq(at->sources[0], path);
	ck_assert_uint_eq(at->ninputs, 0);
}
END_TEST

/* Long chains need no stack; many files no patience (the test's time limit
 * would say so). */
START_TEST(test_large)
{
	enum { COUNT = 10000 };
	struct ohb_arena *arena = &project.arena;
	const char **paths = ohb_arena_alloc(
			arena, (size_t)2 * COUNT * sizeof(*paths));

	for (int i = 0; i < COUNT; i++) {
		paths[i] = ohb_arena_printf(
				arena, "src/d%d/file%05d.c", i % 97, i);
		paths[COUNT + i] = ohb_arena_printf(
				arena, "include/d%d/file%05d.h", i % 97, i);
	}
	add_files(paths, (size_t)2 * COUNT);
	add_rule(&(struct rule){ .source = { "src/{dir:**}/{name}.c",
						 "include/{dir}/{name}.h" },
			.test = { "tests/{dir}/test_{name}.c" },
			.inputs = { "include/d1/*.h", "include/{dir}/{name}*" },
			.prompt = "Write {test} for {source}." });
	must_make();
	ck_assert_uint_eq(project.graph.count, COUNT);
	ck_assert_uint_eq(target("tests/d5/test_file00005.c")->nsources, 2);
	ck_assert_uint_eq(target("tests/d5/test_file00005.c")->ninputs, 104);
}
END_TEST

START_TEST(test_chain)
{
	enum { COUNT = 20000 };
	struct ohb_module_config *modules = ohb_arena_alloc(
			&project.arena, COUNT * sizeof(*modules));
	struct ohb_pos pos = { .line = 1 };
	const char *source = "a.c";

	FILES("a.c");
	for (size_t i = 0; i < COUNT; i++) {
		const char **names = ohb_arena_alloc(
				&project.arena, 2 * sizeof(*names));

		names[0] = ohb_arena_printf(&project.arena, "t/%zu", i);
		names[1] = ohb_arena_printf(&project.arena, "t/%zu", i + 1);
		modules[i].name = "";
		modules[i].source = (struct ohb_list){ &source, &pos, 1 };
		modules[i].test = (struct ohb_list){ names, &pos, 1 };
		modules[i].inputs = (struct ohb_list){ names + 1, &pos,
			i + 1 < COUNT };
	}
	project.config.modules = modules;
	project.config.nmodules = 200; /* of a chain that ends in nothing */
	ck_assert_int_eq(make_graph(), -1);
	project.diags.nitems = 0;
	project.config.nmodules = COUNT;
	must_make();
	ck_assert_uint_eq(project.graph.count, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		size_t at = project.graph.order[i];

		ck_assert_str_eq(project.graph.targets[at].name,
				modules[COUNT - 1 - i].test.items[0]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph");
	TCase *tc = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_simple);
	tcase_add_test(tc, test_deep);
	tcase_add_test(tc, test_source_list);
	tcase_add_test(tc, test_literal_source);
	tcase_add_test(tc, test_inputs);
	tcase_add_test(tc, test_inputs_shared);
	tcase_add_test(tc, test_folders);
	tcase_add_test(tc, test_optional);
	tcase_add_test(tc, test_workspace_words);
	tcase_add_test(tc, test_needs);
	tcase_add_test(tc, test_prompt_and_models);
	tcase_add_loop_test(tc, test_bad, 0, OHB_ARRAY_LEN(bad_cases));
	tcase_add_test(tc, test_told_once);
	tcase_add_test(tc, test_place_in_pattern);
	tcase_add_test(tc, test_any_bytes);
	tcase_add_test(tc, test_large);
	tcase_add_test(tc, test_chain);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

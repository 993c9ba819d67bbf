/*
 * A glance against deciding everything anew, after random histories of a
 * small project: whenever the glance says that the last decision stands, it
 * must be what a whole look decides now.  OHB_PICTURE_STEPS says how long,
 * OHB_PICTURE_SEED repeats a run.
 */
#include "unit/store/fixture.h"

#include <time.h>

#include "build/facts.h"
#include "build/picture.h"
#include "io/git.h"

static uint64_t state;
static unsigned amended;

static unsigned dice(unsigned sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % sides;
}

static void put(const char *path, const char *text)
{
	int fd = openat(project, path,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
					(dice(2) ? O_TRUNC : 0),
			0644);

	if (fd < 0)
		return; /* something else is in the way */
	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

static void git(const char *const *args)
{
	const struct ohb_git_call call = {
		.dirfd = project, .args = args, .max_output = 1 << 20
	};
	struct ohb_git_result result;

	ck_assert_msg(ohb_git_run(&call, &result, &err) == 0, "%s", err.msg);
	ohb_git_result_release(&result);
}

#define GIT(...) git((const char *const[]){ __VA_ARGS__, NULL })

/* All that is known, as src/api puts it together. */
struct whole {
	struct ohb_arena arena;
	struct ohb_tree tree;
	struct ohb_tree_notes notes;
	struct ohb_diags diags;
	struct ohb_config config;
	struct ohb_files files;
	struct ohb_graph graph;
	struct ohb_facts facts;
	struct ohb_plan plan;
	struct ohb_store *store;
	struct ohb_index_base base;
	bool based;
};

static int load(struct whole *all)
{
	struct ohb_error why = OHB_ERROR_INIT;

	return ohb_config_load(&all->tree, "openhands.yml", &all->arena,
			       &all->diags, &all->config, &why) == 0 &&
					ohb_tree_list(&all->tree, &all->arena,
							&all->files,
							&why) == 0 &&
					ohb_graph_make(&all->tree, &all->config,
							&all->files,
							&all->arena,
							&all->diags,
							&all->graph,
							&why) == 0 ?
			0 :
			-1;
}

/* -1 when the project is wrong. */
static int decide(struct whole *all, enum ohb_store_mode mode)
{
	struct ohb_error why = OHB_ERROR_INIT;
	struct ohb_plan_options options = { .always = false };
	bool *selected;

	*all = (struct whole){ .tree = { .dirfd = project } };
	all->notes.arena = &all->arena;
	all->tree.notes = &all->notes;
	ohb_diags_init(&all->diags, &all->arena);
	if (load(all) < 0)
		return -1;
	selected = ohb_arena_alloc(&all->arena, all->graph.count);
	memset(selected, true, all->graph.count);
	options.selected = selected;
	all->store = open_as(mode);
	all->based = ohb_store_base(all->store, &all->base) == 0;
	if (ohb_facts_gather(&all->tree, &all->graph, &all->config, all->store,
			    &all->arena, &all->facts, &why) < 0)
		return -1;
	ohb_plan_make(&all->graph, &all->facts, &options, &all->arena,
			&all->plan);
	return 0;
}

static void let_go(struct whole *all)
{
	ohb_store_close(all->store);
	ohb_graph_release(&all->graph);
	free(all->notes.items);
	ohb_diags_release(&all->diags);
	ohb_arena_release(&all->arena);
}

static void keep(void)
{
	struct whole all;

	if (decide(&all, OHB_STORE_WRITE) == 0) {
		const struct ohb_decision decision = {
			.file = "openhands.yml",
			.tree = &all.tree,
			.files = &all.files,
			.lock = all.config.lock,
			.graph = &all.graph,
			.plan = &all.plan,
			.store = all.store,
			.base = all.based ? &all.base : NULL,
		};

		ck_assert_msg(ohb_picture_keep(&decision, &err) == 0, "%s",
				err.msg);
	}
	let_go(&all);
}

/* As if an agent had just made the test, or failed. */
static void record(void)
{
	struct whole all;

	if (decide(&all, OHB_STORE_WRITE) == 0 && all.graph.count) {
		size_t at = dice((unsigned)all.graph.count);
		const char *name = all.graph.targets[at].name;
		struct ohb_record row = some_record(name);
		struct ohb_record_output output = { .path = name,
			.mode = 0644 };

		put(name, "made\n");
		if (ohb_fs_digest(project, name, &output.digest, &err) == 0) {
			row.status = dice(5) ? OHB_RECORD_OK :
					       OHB_RECORD_FAILED;
			row.key = all.facts.items[at].key;
			row.outputs = &output;
			row.noutputs = 1;
			ck_assert_int_eq(ohb_record_save(all.store, &row, &err),
					0);
		}
	}
	let_go(&all);
}

static void compare(const struct whole *all, const struct ohb_glance_kept *kept)
{
	size_t i;

	ck_assert_uint_eq(all->plan.nsteps, kept->picture.ntargets);
	for (i = 0; i < all->plan.nsteps; i++) {
		const struct ohb_step *step = &all->plan.steps[i];
		struct ohb_index_target target;

		ohb_picture_target(kept, step->target, &target);
		ck_assert_str_eq(target.name,
				all->graph.targets[step->target].name);
		ck_assert_str_eq(target.because, step->because);
		ck_assert_uint_eq(target.verdict, step->verdict);
		ck_assert_uint_eq(target.way, step->way);
		ck_assert_int_eq(target.will_build, step->will_build);
	}
}

/* Whether the decision stood. */
static bool look(void)
{
	struct ohb_glance_kept kept;
	struct whole all;
	bool stands = ohb_picture_glance(project, "openhands.yml", &kept) &&
			(!kept.nchanged || ohb_picture_amend(project, &kept));
	int right = decide(&all, OHB_STORE_READ);

	ck_assert_msg(!stands || right == 0, "a wrong project stands");
	if (stands)
		compare(&all, &kept);
	let_go(&all);
	amended += stands && kept.namended;
	ohb_glance_release(&kept);
	return stands;
}

static const char *const paths[] = { "src/a.c", "src/b.c", "src/c.c", "tests/a",
	"tests/b", "tests/c", "common.h", "maybe.h", "prompt.md", "ignored/x",
	"README", "src/a.c" };

static const char *any_path(void)
{
	return paths[dice(OHB_ARRAY_LEN(paths))];
}

static void configure(unsigned form)
{
	static const char head[] = "version: 1\nmodels: [{id: openai/x}]\n"
				   "defaults: {validate: [{test: 'true'}]}\n";
	static const char *const modules[] = {
		("modules:\n- {source: 'src/{n}.c', test: 'tests/{n}',"
		 " inputs: [common.h], optional_inputs: [maybe.h],"
		 " prompt: prompt.md}\n"),
		("modules:\n- {source: 'src/{n}.c', test: 'tests/{n}',"
		 " exclude: [src/c.c], workspace: [ignored/x, 'src/**']}\n"
		 "- {source: src/c.c, test: tests/c, inputs: [tests/a]}\n"),
		("# a comment\nmodules:\n- {source: 'src/*.c', "
		 "test: 'tests/a'}\n"),
		"include: more.yml\n",
	};
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_adds(&text, head);
	ohb_str_adds(&text, modules[form]);
	(void)unlinkat(project, "openhands.yml", 0);
	put("openhands.yml", text.data);
}

static void change_file(void)
{
	static const char *const texts[] = { "one\n", "two\n", "three\n" };
	const char *path = any_path(), *other = any_path();
	struct stat st;

	switch (dice(8)) {
	case 0:
	case 1:
		put(path, texts[dice(3)]);
		break;
	case 2:
		(void)!utimensat(project, path, NULL, AT_SYMLINK_NOFOLLOW);
		break;
	case 3:
		(void)!unlinkat(project, path, 0);
		break;
	case 4:
		(void)!renameat(project, path, project, other);
		break;
	case 5:
		(void)!fchmodat(project, path, dice(2) ? 0755 : 0644, 0);
		break;
	case 6:
		(void)!unlinkat(project, path, 0);
		(void)!symlinkat(other, project, path);
		break;
	case 7: /* with the time it had */
		if (fstatat(project, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			break;
		put(path, texts[dice(3)]);
		(void)!utimensat(project, path,
				(const struct timespec[]){
						st.st_atim, st.st_mtim },
				AT_SYMLINK_NOFOLLOW);
		break;
	}
}

/* Moves a folder away or back, perhaps out of the project by a link. */
static void change_folder(void)
{
	ohb_autostr away = OHB_STR_INIT;
	const char *folder = dice(2) ? "tests" : "src";

	ohb_str_addf(&away, "%s-%s", project_path, folder);
	if (dice(2) == 0) {
		if (renameat(project, folder, AT_FDCWD, away.data) == 0 &&
				dice(2))
			(void)!symlinkat(away.data, project, folder);
		return;
	}
	(void)!unlinkat(project, folder, 0);
	(void)!renameat(AT_FDCWD, away.data, project, folder);
}

static void change(void)
{
	switch (dice(16)) {
	case 0:
		configure(dice(10) < 8 ? dice(2) : dice(4));
		break;
	case 1:
		put("more.yml",
				dice(2) ? "modules:\n- {source: 'src/{n}.c', "
					  "test: 'tests/{n}'}\n" :
					  "modules: []\n");
		break;
	case 2:
		put(".gitignore",
				dice(2) ? "ignored/\nmore.yml\n" :
					  "ignored/\nsrc/c.c\nmaybe.h\n");
		break;
	case 3:
		GIT("add", "-A");
		break;
	case 4:
		GIT("-c", "user.name=t", "-c", "user.email=t@example.org",
				"commit", "-qam", "x");
		break;
	case 5:
		GIT("checkout", "-q", "--", ".");
		break;
	case 6:
	case 7:
		record();
		break;
	case 8:
		if (dice(3) == 0)
			change_folder();
		break;
	case 9: /* of a source or a test alone */
	case 10:
		put(paths[dice(6)], dice(2) ? "this\n" : "that\n");
		break;
	default:
		change_file();
		break;
	}
}

static void mend(void)
{
	static const char *const needed[] = { "src/a.c", "src/b.c", "src/c.c",
		"common.h", "prompt.md", "ignored/x" };
	static const char *const folders[] = { "src", "tests" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(folders); i++) {
		ohb_autostr away = OHB_STR_INIT;

		ohb_str_addf(&away, "%s-%s", project_path, folders[i]);
		(void)!unlinkat(project, folders[i], 0);
		(void)!renameat(AT_FDCWD, away.data, project, folders[i]);
		(void)!mkdirat(project, folders[i], 0755);
	}
	(void)!mkdirat(project, "ignored", 0755);
	for (i = 0; i < OHB_ARRAY_LEN(needed); i++)
		if (faccessat(project, needed[i], F_OK, 0) < 0) {
			(void)!unlinkat(project, needed[i], 0);
			put(needed[i], "new\n");
		}
	configure(dice(2));
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	unsigned long long value = otherwise;

	if (text)
		ck_assert_int_eq(ohb_parse_u64(text, strlen(text), UINT64_MAX,
						 &value),
				0);
	return value;
}

START_TEST(random_histories)
{
	uint64_t steps = number("OHB_PICTURE_STEPS", 250), i;
	unsigned stood = 0;

	state = number("OHB_PICTURE_SEED", (uint64_t)time(NULL));
	(void)printf("OHB_PICTURE_SEED=%llu, %llu steps\n",
			(unsigned long long)state, (unsigned long long)steps);
	GIT("init", "-q");
	mend();
	for (i = 0; i < steps; i++) {
		if (dice(8) == 0)
			mend();
		if (dice(2)) {
			if (dice(2))
				(void)usleep(8000); /* files rest */
			keep();
		}
		if (dice(4))
			change();
		if (dice(6) == 0)
			change();
		stood += look();
	}
	(void)printf("%u times it stood, %u of them amended\n", stood, amended);
	ck_assert(amended > 0 || steps < 200);
	/* Else this was no test. */
	ck_assert_uint_gt(stood, steps / 20);
	mend();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("picture");
	TCase *tests = tcase_create("picture");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 0);
	tcase_add_test(tests, random_histories);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

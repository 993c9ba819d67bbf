#include "project/repository.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fs.h"
#include "io/git.h"

#define MAX_SETTINGS (1u << 20) /* bytes of git's settings, or attributes */
#define MAX_DEPTH 64 /* of a project in its repository */

static const char attributes_end[] = "/attributes\n";

/* --- calls --- */

static int run(const struct ohb_repository *repository, const char *const *args,
		struct ohb_git_result *ret, struct ohb_error *err)
{
	const struct ohb_git_call call = {
		.dirfd = repository->dirfd,
		.args = args,
		.env = repository->env,
		.max_output = OHB_MAX_FILE_LIST,
	};

	if (ohb_git_run(&call, ret, err) == 0)
		return 0;
	if (err->code != OHB_E_MISSING)
		return -1;
	return ohb_fail(err, OHB_E_MISSING,
			"the program 'git' is not there; install git");
}

int ohb_repository_try(const struct ohb_repository *repository,
		const char *const *args, struct ohb_str *out, int *ret_status,
		struct ohb_error *err)
{
	struct ohb_git_result result;

	if (run(repository, args, &result, err) < 0)
		return -1;
	*ret_status = result.status;
	ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	ohb_git_result_release(&result);
	return 0;
}

int ohb_repository_ask(const struct ohb_repository *repository,
		const char *const *args, struct ohb_str *out,
		struct ohb_error *err)
{
	ohb_autostr what = OHB_STR_INIT;
	struct ohb_git_result result;
	int ret = 0;

	if (run(repository, args, &result, err) < 0)
		return -1;
	ohb_str_addf(&what, "git %s", args[0]);
	if (result.status != 0)
		ret = ohb_git_fail(&result, what.data, err);
	else
		ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	ohb_git_result_release(&result);
	return ret;
}

const char *const *ohb_repository_env(
		const struct ohb_repository *repository, const char *work_tree)
{
	struct ohb_arena *arena = repository->arena;
	const char **env = ohb_arena_alloc(arena, 5 * sizeof(*env));
	size_t n = 0;

	/* git-lfs would go and get its files. */
	env[n++] = "GIT_LFS_SKIP_SMUDGE=1";
	if (repository->index)
		env[n++] = ohb_arena_printf(
				arena, "GIT_INDEX_FILE=%s", repository->index);
	if (work_tree || repository->named)
		env[n++] = ohb_arena_printf(
				arena, "GIT_DIR=%s", repository->dir);
	if (!work_tree && repository->named)
		work_tree = getenv("GIT_WORK_TREE");
	if (work_tree && *work_tree)
		env[n] = ohb_arena_printf(arena, "GIT_WORK_TREE=%s", work_tree);
	return env;
}

/* --- which repository, which index --- */

/* Cuts "<path of attributes>\n<git dir>\n<prefix>\n". */
static int take_places(struct ohb_repository *repository, char *text,
		const char **ret_attributes, struct ohb_error *err)
{
	char *dir = strstr(text, attributes_end);
	char *prefix, *end;

	if (dir)
		dir += strlen(attributes_end);
	prefix = dir ? strchr(dir, '\n') : NULL;
	end = prefix ? strchr(++prefix, '\n') : NULL;
	if (!end || end[1])
		return ohb_fail(err, OHB_E_CONFIG,
				"a folder of the repository has a line end in "
				"its name");
	dir[-1] = prefix[-1] = *end = '\0';
	*ret_attributes = ohb_arena_strdup(repository->arena, text);
	repository->dir = ohb_arena_strdup(repository->arena, dir);
	repository->prefix = ohb_arena_strdup(repository->arena, prefix);
	return 0;
}

/* 1, or 0: there is no repository. */
static int find_places(struct ohb_repository *repository,
		const char **ret_attributes, struct ohb_error *err)
{
	static const char *const args[] = { "rev-parse", "--git-path",
		"info/attributes", "--absolute-git-dir", "--show-prefix",
		NULL };
	struct ohb_git_result result;
	int ret = 1;

	if (run(repository, args, &result, err) < 0)
		return -1;
	if (result.status == 0) {
		if (take_places(repository, result.out.data, ret_attributes,
				    err) < 0)
			ret = -1;
	} else if (strstr(ohb_str_cstr(&result.err), "not a git repository")) {
		ret = 0;
	} else {
		ret = ohb_git_fail(&result, "git rev-parse", err);
	}
	ohb_git_result_release(&result);
	return ret;
}

static const char *way_to_top(const struct ohb_repository *repository)
{
	ohb_autostr way = OHB_STR_INIT;
	const char *at;

	for (at = repository->prefix; *at; at++)
		if (*at == '/')
			ohb_str_adds(&way, "../");
	return ohb_arena_strdup(repository->arena, ohb_str_cstr(&way));
}

static bool is_same_folder(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * GIT_INDEX_FILE, when it is about our repository: it lies in its folder, as
 * all that git makes for a commit, or it is in no repository's folder.  In
 * the hook of a repository around ours it is about that one.
 */
static void choose_index(struct ohb_repository *repository)
{
	struct ohb_arena *arena = repository->arena;
	int dirfd = repository->dirfd;
	const char *given = getenv("GIT_INDEX_FILE"), *slash, *folder;
	struct stat own, its, head;

	if (!given || !*given)
		return;
	/* Git is at the top of the work tree when it reads it. */
	if (*given != '/')
		given = ohb_arena_printf(
				arena, "%s%s", way_to_top(repository), given);
	slash = strrchr(given, '/');
	folder = !slash ? "." :
			  ohb_arena_strndup(arena, given,
					  (size_t)(slash + 1 - given));
	if (fstatat(dirfd, folder, &its, 0) < 0 ||
			fstatat(dirfd, repository->dir, &own, 0) < 0)
		return;
	if (!is_same_folder(&own, &its) &&
			(fstatat(dirfd,
					 ohb_arena_printf(arena, "%s/HEAD",
							 folder),
					 &head, 0) == 0 ||
					fstatat(dirfd, given, &head, 0) < 0))
		return;
	/* For git each folder it runs in is another. */
	if (*given != '/')
		given = is_same_folder(&own, &its) ?
				ohb_arena_printf(arena, "%s/%s",
						repository->dir,
						slash ? slash + 1 : given) :
				NULL;
	repository->index = given;
}

/* --- settings --- */

static void add_file(struct ohb_repository *repository, const char *path)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error ignored;

	if (!path ||
			ohb_fs_read(repository->dirfd, path, MAX_SETTINGS,
					&text, &ignored) < 0)
		return;
	repository->converts = repository->converts || text.len > 0;
}

static const char *in_home(struct ohb_arena *arena, const char *path)
{
	const char *home = getenv("HOME");

	return home ? ohb_arena_printf(arena, "%s/%s", home, path) : NULL;
}

/* Where git looks for attributes of all repositories; given may be NULL. */
static const char *user_attributes(struct ohb_arena *arena, const char *given)
{
	const char *config = getenv("XDG_CONFIG_HOME");

	if (given)
		return ohb_starts(given, "~/") ? in_home(arena, given + 2) :
						 given;
	if (config && *config)
		return ohb_arena_printf(arena, "%s/git/attributes", config);
	return in_home(arena, ".config/git/attributes");
}

static bool is_no(const char *value)
{
	static const char *const words[] = { "false", "no", "off", "0", "" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

/* One "<name>\n<value>" of git's settings; without a value it is true. */
static void take_setting(struct ohb_repository *repository, const char *setting,
		const char **ret_attributes)
{
	const char *value = strchr(setting, '\n');
	bool no = value && is_no(value + 1);

	if (ohb_starts(setting, "core.filemode"))
		repository->has_modes = !no;
	else if (ohb_starts(setting, "core.symlinks"))
		repository->has_links = !no;
	else if (ohb_starts(setting, "core.autocrlf"))
		repository->converts = repository->converts || !no;
	else if (ohb_starts(setting, "core.attributesfile") && value)
		*ret_attributes =
				ohb_arena_strdup(repository->arena, value + 1);
}

static int read_settings(struct ohb_repository *repository,
		const char *attributes, struct ohb_error *err)
{
	static const char wanted[] = "^core\\.(autocrlf|filemode|symlinks|"
				     "attributesfile)$";
	static const char *const args[] = { "config", "-z", "--get-regexp",
		wanted, NULL };
	ohb_autostr text = OHB_STR_INIT;
	const char *given = NULL, *setting = NULL;
	int status = 0;

	/* 1: there are none. */
	if (ohb_repository_try(repository, args, &text, &status, err) < 0)
		return -1;
	repository->has_links = repository->has_modes = true;
	while ((setting = ohb_git_next(&text, setting)))
		take_setting(repository, setting, &given);
	add_file(repository, attributes);
	add_file(repository, user_attributes(repository->arena, given));
	add_file(repository, "/etc/gitattributes");
	return 0;
}

int ohb_repository_open(struct ohb_repository *repository, int dirfd,
		struct ohb_arena *arena, struct ohb_error *err)
{
	const char *attributes = NULL, *named = getenv("GIT_DIR");
	int found;

	*repository = (struct ohb_repository){
		.dirfd = dirfd,
		.arena = arena,
	};
	found = find_places(repository, &attributes, err);
	/* As `git --git-dir=… commit` tells its hooks. */
	if (found == 0 && named && *named) {
		repository->named = true;
		repository->dir = named;
		repository->env = ohb_repository_env(repository, NULL);
		found = find_places(repository, &attributes, err);
	}
	if (found < 0)
		return -1;
	if (!found)
		return ohb_fail(err, OHB_E_CONFIG,
				"this folder is in no git repository");
	choose_index(repository);
	repository->env = ohb_repository_env(repository, NULL);
	return read_settings(repository, attributes, err);
}

/* --- the index --- */

int ohb_repository_index(const struct ohb_repository *repository,
		struct ohb_str *out, struct ohb_error *err)
{
	const char *args[MAX_DEPTH + 6] = { "ls-files", "-s", "-z" };
	size_t n = 3, depth = 0;
	const char *way = way_to_top(repository);

	if (*way) {
		args[n++] = "--";
		args[n++] = ".";
	}
	for (; *way && depth < MAX_DEPTH; way += 3, depth++)
		args[n++] = ohb_arena_printf(
				repository->arena, "%s.gitattributes", way);
	return ohb_repository_ask(repository, args, out, err);
}

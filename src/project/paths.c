/* Places: what is a path of the project, and what is written there. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "project/rules.h"

#define MAX_NAME 255 /* bytes of one name; the same on all that matters */

static int by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

size_t ohb_paths_sort(const char **paths, size_t count)
{
	size_t i = 1, kept = 0;

	/* Mostly they are. */
	while (i < count && strcmp(paths[i - 1], paths[i]) < 0)
		i++;
	if (i >= count)
		return count;
	qsort(paths, count, sizeof(*paths), by_bytes);
	for (i = 0; i < count; i++)
		if (!kept || strcmp(paths[kept - 1], paths[i]) != 0)
			paths[kept++] = paths[i];
	return kept;
}

size_t ohb_paths_from(
		const char *const *paths, size_t count, const char *prefix)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(paths[middle], prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ohb_paths_have(const char *const *paths, size_t count, const char *path)
{
	size_t i = ohb_paths_from(paths, count, path);

	return i < count && strcmp(paths[i], path) == 0;
}

const char *ohb_path_fault(const char *path)
{
	size_t len;

	if (*path == '\0')
		return "it is empty";
	if (*path == '/')
		return "it is absolute; paths are relative to the project";
	if (strlen(path) > OHB_MAX_PATH)
		return "it is too long";
	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && memcmp(path, "..", 2) == 0)
			return "'..' leads out of the project";
	}
	return NULL;
}

char *ohb_path_clean(struct ohb_arena *arena, const char *path)
{
	char *clean = ohb_arena_alloc(arena, strlen(path) + 1);
	size_t len, at = 0;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 0 || (len == 1 && *path == '.'))
			continue;
		if (at)
			clean[at++] = '/';
		memcpy(clean + at, path, len);
		at += len;
	}
	return clean;
}

/* Whether any name of the path is this one, in any case of letters: some
 * file systems do not tell them apart. */
static bool has_name(const char *path, const char *name)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == strlen(name) && strncasecmp(path, name, len) == 0)
			return true;
	}
	return false;
}

/* What is git's or ours is no file of the project. */
static bool is_private(const char *path)
{
	return has_name(path, ".git") || has_name(path, ".ohbuild");
}

enum ohb_found ohb_rules_find(struct ohb_rules *rules, const char *path,
		const char **ret_path)
{
	const struct ohb_files *files = rules->files;
	const char *clean = ohb_path_clean(rules->arena, path);
	size_t i = ohb_paths_from(files->paths, files->count, clean);
	enum ohb_fs_kind kind;
	struct ohb_error err;

	if (ohb_path_fault(path) || is_private(path))
		return OHB_FOUND_OUTSIDE;
	if (i < files->count && ohb_streq(files->paths[i], clean)) {
		*ret_path = files->paths[i];
		return OHB_FOUND_FILE;
	}
	if (ohb_tree_kind(rules->tree, clean, &kind, &err) < 0)
		return OHB_FOUND_OUTSIDE;
	if (kind == OHB_FS_DIR)
		return OHB_FOUND_FOLDER;
	if (kind == OHB_FS_ABSENT || kind == OHB_FS_OTHER)
		return OHB_FOUND_NOTHING;
	*ret_path = clean;
	return OHB_FOUND_FILE;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A file of the same name elsewhere, or of a similar one in the folder. */
static const char *similar_file(struct ohb_rules *rules, const char *path)
{
	const struct ohb_files *files = rules->files;
	size_t folder = (size_t)(base_name(path) - path);
	const char **candidates = ohb_arena_alloc(
			rules->arena, (files->count + 1) * sizeof(*candidates));
	size_t count = 0, i;

	for (i = 0; i < files->count; i++) {
		const char *base = base_name(files->paths[i]);

		if (strcmp(base, base_name(path)) == 0)
			return files->paths[i];
		if ((size_t)(base - files->paths[i]) == folder &&
				memcmp(files->paths[i], path, folder) == 0)
			candidates[count++] = files->paths[i];
	}
	return ohb_suggest(path, candidates);
}

void ohb_rules_not_found(struct ohb_rules *rules, struct ohb_pos pos,
		const char *what, const char *path, enum ohb_found found)
{
	const char *similar;

	switch (found) {
	case OHB_FOUND_FILE:
		break;
	case OHB_FOUND_FOLDER:
		(void)ohb_diags_add(rules->diags, pos,
				ohb_arena_printf(rules->arena,
						"write '%s/**' for all that "
						"is inside of it",
						path),
				"%s '%s' is a folder", what, path);
		break;
	case OHB_FOUND_OUTSIDE:
		(void)ohb_diags_add(rules->diags, pos, NULL,
				"%s '%s' is outside of the project", what,
				path);
		break;
	case OHB_FOUND_NOTHING:
		similar = similar_file(rules, path);
		(void)ohb_diags_add(rules->diags, pos,
				similar ? ohb_arena_printf(rules->arena,
							  "did you mean '%s'?",
							  similar) :
					  NULL,
				"%s '%s' is not there", what, path);
		break;
	}
}

/* Folders of the files, each with its '/', without doubles. */
static const char **all_folders(struct ohb_rules *rules)
{
	const struct ohb_files *files = rules->files;
	struct ohb_map seen = OHB_MAP_INIT;
	const char **folders = NULL;
	size_t count = 0, cap = 0, i, len;

	for (i = 0; i < files->count; i++) {
		const char *path = files->paths[i];
		const char *slash = path;

		while ((slash = strchr(slash, '/')) != NULL) {
			char *folder;

			len = (size_t)(++slash - path);
			folder = ohb_arena_strndup(rules->arena, path, len);
			if (ohb_map_add(&seen, folder, folder) != folder)
				continue;
			*(const char **)ohb_grow((void *)&folders, &cap, count,
					sizeof(*folders)) = folder;
			count++;
		}
	}
	*(const char **)ohb_grow(
			(void *)&folders, &cap, count, sizeof(*folders)) = NULL;
	ohb_map_release(&seen);
	return folders;
}

void ohb_rules_no_match(struct ohb_rules *rules, struct ohb_pos pos,
		const char *what, const char *pattern,
		const struct ohb_glob *glob)
{
	const struct ohb_files *files = rules->files;
	const char *prefix = ohb_glob_prefix(glob);
	char *folder = ohb_arena_strndup(rules->arena, prefix,
			(size_t)(base_name(prefix) - prefix));
	size_t i = ohb_paths_from(files->paths, files->count, folder);
	ohb_autofree const char **folders = NULL;
	const char *hint = NULL, *similar;

	if (i < files->count && ohb_starts(files->paths[i], folder)) {
		hint = files->git ? "files that git ignores are left out; "
				    "'*' and '{name}' do not cross a '/'" :
				    "'*' and '{name}' do not cross a '/'";
	} else {
		folders = all_folders(rules);
		similar = ohb_suggest(folder, folders);
		hint = ohb_arena_printf(rules->arena,
				similar ? "nothing lies in '%s'; did you mean "
					  "'%s'?" :
					  "nothing lies in '%s'",
				folder, similar);
	}
	(void)ohb_diags_add(rules->diags, pos, hint, "%s '%s' matches no file",
			what, pattern);
}

static bool is_configuration(const struct ohb_rules *rules, const char *path)
{
	size_t i;

	for (i = 0; i < rules->diags->nfiles; i++)
		if (ohb_streq(rules->diags->files[i].name, path))
			return true;
	return ohb_streq(path, "openhands.yml") ||
			ohb_streq(path, "openhands.lock");
}

/* "" or why a folder is no place for outputs.  What is not there yet is
 * made later; its parents count. */
static const char *folder_fault(struct ohb_rules *rules, const char *folder)
{
	const char *known = ohb_map_get(&rules->folders, folder);
	const char *slash = strrchr(folder, '/');
	struct ohb_error err;
	int status;

	if (known)
		return known;
	status = ohb_tree_folder(rules->tree, folder, &err);
	known = "";
	if (status < 0 && err.code != OHB_E_MISSING)
		known = "its folder is none, or a symbolic link that leads out "
			"of the project";
	else if (status < 0 && slash)
		known = folder_fault(rules,
				ohb_arena_strndup(rules->arena, folder,
						(size_t)(slash - folder)));
	return ohb_map_add(&rules->folders, folder,
			ohb_arena_strdup(rules->arena, known));
}

/* Whether the path is a folder of the project's files. */
static bool is_folder(const struct ohb_rules *rules, const char *path)
{
	const struct ohb_files *files = rules->files;
	ohb_autostr inside = OHB_STR_INIT;
	size_t i;

	ohb_str_addf(&inside, "%s/", path);
	i = ohb_paths_from(files->paths, files->count, inside.data);
	return i < files->count && ohb_starts(files->paths[i], inside.data);
}

static bool has_long_name(const char *path)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len > MAX_NAME)
			return true;
	}
	return false;
}

const char *ohb_output_fault(struct ohb_rules *rules, const char *path)
{
	const char *fault = ohb_path_fault(path);
	const char *slash = strrchr(path, '/');

	if (fault)
		return fault;
	if (has_name(path, ".git"))
		return "it lies in '.git'";
	if (has_name(path, ".ohbuild"))
		return "it lies in '.ohbuild', which is ohbuild's own";
	if (is_configuration(rules, path))
		return "it belongs to the configuration";
	if (has_long_name(path))
		return "a name in it is longer than 255 bytes";
	if (is_folder(rules, path))
		return "it is a folder";
	if (!slash)
		return NULL;
	fault = folder_fault(rules,
			ohb_arena_strndup(rules->arena, path,
					(size_t)(slash - path)));
	return *fault ? fault : NULL;
}

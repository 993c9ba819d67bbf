/* Whether git's index and the disk hold the same. */
#include <string.h>

#include "io/git.h"
#include "project/entries.h"

#define MAX_ATTRIBUTES (1024 * 1024)

struct agreeing {
	struct ohb_repository repository;
	ohb_sight_fn *sight;
	void *userdata;
};

/* Whether anything in there may make a checkout write other bytes than the
 * index holds. */
static bool converts(const struct agreeing *all, const char *path)
{
	static const char *const words[] = { "text", "eol", "crlf", "filter",
		"ident", "encoding" };
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error err;
	size_t i;

	if (ohb_fs_read(all->repository.dirfd, path, MAX_ATTRIBUTES, &text,
			    &err) < 0)
		return err.code != OHB_E_MISSING;
	for (i = 0; i < OHB_ARRAY_LEN(words); i++)
		if (strstr(ohb_str_cstr(&text), words[i]))
			return true;
	return false;
}

/* Those of the folders above the project. */
static bool converts_above(const struct agreeing *all)
{
	ohb_autostr path = OHB_STR_INIT;
	const char *at = all->repository.prefix;
	ohb_autostr folder = OHB_STR_INIT;

	for (; (at = strchr(at, '/')) != NULL; at++) {
		ohb_str_adds(&folder, "../");
		path.len = 0;
		ohb_str_addf(&path, "%s.gitattributes", ohb_str_cstr(&folder));
		if (converts(all, ohb_str_cstr(&path)))
			return true;
	}
	return false;
}

static int ask(struct agreeing *all, const char *const *args,
		struct ohb_str *out)
{
	struct ohb_error ignored;

	return ohb_repository_ask(&all->repository, args, out, &ignored);
}

/* What differs from the index, and what has only been announced to it. */
static bool no_use_differs(struct agreeing *all)
{
	static const char *const args[] = { "diff-files", "-z", "--name-only",
		"--relative", "--ignore-submodules", NULL };
	ohb_autostr text = OHB_STR_INIT;
	const char *path = NULL;

	if (ask(all, args, &text) < 0)
		return false;
	while ((path = ohb_git_next(&text, path)))
		if (all->sight(all->userdata, path) != OHB_SIGHT_LISTED)
			return false;
	return true;
}

/* "H path": in the index; "? path": not.  Other letters are files that git
 * was told not to look at, and conflicts. */
static bool entry_agrees(struct agreeing *all, const char *entry)
{
	const char *path = entry + 2;
	enum ohb_sight sight = all->sight(all->userdata, path);

	if (ohb_entry_is_attributes(path) && converts(all, path))
		return false;
	if (entry[0] == '?')
		return sight == OHB_SIGHT_LISTED;
	/* Only another index than that of the list can know more. */
	return entry[0] == 'H' &&
			(sight != OHB_SIGHT_NONE || !all->repository.index);
}

static bool same_files(struct agreeing *all)
{
	static const char *const args[] = { "ls-files", "-z", "-v", "--cached",
		"--others", "--exclude-standard", NULL };
	ohb_autostr text = OHB_STR_INIT;
	const char *entry = NULL;

	if (ask(all, args, &text) < 0)
		return false;
	while ((entry = ohb_git_next(&text, entry)))
		if (strlen(entry) < 3 || !entry_agrees(all, entry))
			return false;
	return true;
}

bool ohb_staged_agrees(int dirfd, ohb_sight_fn *sight, void *userdata)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct agreeing all = { .sight = sight, .userdata = userdata };
	struct ohb_error ignored;
	bool ret = ohb_repository_open(&all.repository, dirfd, &arena,
				   &ignored) == 0 &&
			!all.repository.converts && !converts_above(&all) &&
			same_files(&all) && no_use_differs(&all);

	ohb_arena_release(&arena);
	return ret;
}

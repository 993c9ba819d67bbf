#ifndef OHB_PROJECT_REPOSITORY_H
#define OHB_PROJECT_REPOSITORY_H

/*
 * The git repository that a project's folder is in, and the index that
 * counts: the repository's own, or in a hook the one that git made for the
 * commit under way (`git commit -a`), when it is that of this repository.
 */

#include <stdbool.h>

#include "base/memory.h"
#include "base/str.h"

struct ohb_repository {
	int dirfd; /* the project's folder */
	struct ohb_arena *arena; /* everything lives there */
	const char *dir; /* its own one: ".git"; absolute */
	const char *index; /* NULL: its own */
	bool named; /* by GIT_DIR: the folder itself is in none */
	const char *prefix; /* from its top to the project: "" or "a/b/" */
	const char *const *env; /* for every call of git; ended by NULL */
	/* --- settings of conversions --- */
	bool has_links, has_modes; /* the file system keeps them */
	bool converts; /* there are some, whatever the index says */
};

/* Fails with OHB_E_CONFIG when the folder is in no repository. */
int ohb_repository_open(struct ohb_repository *repository, int dirfd,
		struct ohb_arena *arena, struct ohb_error *err) OHB_MUST_CHECK;

/* The variables that name it, with another work tree. */
const char *const *ohb_repository_env(
		const struct ohb_repository *repository, const char *work_tree);

/* Appends what git says; a status but 0 is OHB_E_IO. */
int ohb_repository_ask(const struct ohb_repository *repository,
		const char *const *args, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The same, with the status in *ret_status. */
int ohb_repository_try(const struct ohb_repository *repository,
		const char *const *args, struct ohb_str *out, int *ret_status,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The entries beneath the project's folder, and the .gitattributes above it
 * ("../.gitattributes"), as `git ls-files -s -z`. */
int ohb_repository_index(const struct ohb_repository *repository,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

#endif

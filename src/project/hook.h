#ifndef OHB_PROJECT_HOOK_H
#define OHB_PROJECT_HOOK_H

/*
 * The pre-commit hook of a git repository: it refuses a commit while tests
 * of a project in it are not fresh.  It lies where git looks for it
 * (core.hooksPath, linked worktrees, submodules) and is found again by its
 * first lines.  One hook serves all projects of the repository.
 */

#include "base/str.h"

struct ohb_hook {
	int dirfd; /* the project's folder */
	const char *file; /* its configuration, relative to that */
	const char *program; /* path of ohbuild, for where PATH lacks it */
};

/*
 * Both append a line for people to `said`, and are done when there is nothing
 * to do.  Somebody else's hook is not touched: `install` is OHB_E_CONFIG
 * then, with what to add to it, and when there is no configuration or no
 * work tree of git.  OHB_E_MISSING: no git; OHB_E_IO.
 */
int ohb_hook_install(const struct ohb_hook *hook, struct ohb_str *said,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_hook_remove(const struct ohb_hook *hook, struct ohb_str *said,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif

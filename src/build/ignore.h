#ifndef OHB_BUILD_IGNORE_H
#define OHB_BUILD_IGNORE_H

#include "base/cancel.h"
#include "ohbuild/error.h"

/* Whether git ignores each of n paths of the project at root; sets
 * ret_ignored[i] to 1 or 0. */
int ohb_ignored(const char *root, struct ohb_cancel *cancel,
		const char *const *paths, size_t n, int *ret_ignored,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif

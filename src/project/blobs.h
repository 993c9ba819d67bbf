#ifndef OHB_PROJECT_BLOBS_H
#define OHB_PROJECT_BLOBS_H

/*
 * Contents of git's objects as a checkout would write them: line ends,
 * encoding, `ident` and filters applied.  Files that git-lfs keeps elsewhere
 * come as the pointers that git has; nothing is fetched for them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct ohb_blob_source {
	int dirfd; /* a folder of the repository */
	const char *const *env; /* what says which one, ended by NULL */
	/* A folder with the .gitattributes that hold, on their paths, and
	 * nothing else; NULL: nothing is converted. */
	const char *attributes;
	int attributes_fd; /* of that folder */
};

struct ohb_blob_want {
	const char *object; /* its name, in hex */
	const char *path; /* from the top of the repository */
	bool plain; /* as it is: of a link */
};

/* data lives as long as the call; returns 0, or -1 with err set. */
typedef int ohb_blob_fn(void *userdata, size_t at, const char *data, size_t len,
		struct ohb_error *err);

/*
 * Calls fn once for each of wants, in no order.  Two processes of git at
 * most, but for paths that its protocol cannot name.  OHB_E_LIMIT: one is
 * longer than OHB_MAX_INPUT_FILE; OHB_E_MISSING: it is not in the
 * repository.
 */
int ohb_blobs_read(const struct ohb_blob_source *source,
		const struct ohb_blob_want *wants, size_t n, ohb_blob_fn *fn,
		void *userdata, struct ohb_error *err) OHB_MUST_CHECK;

#endif

#ifndef OHB_PROJECT_LFS_H
#define OHB_PROJECT_LFS_H

/* What git holds in place of a file that git-lfs keeps. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

struct ohb_lfs_pointer {
	struct ohb_sha256 sha; /* of the file itself */
	uint64_t size;
};

/* Whether the bytes are such a pointer. */
bool ohb_lfs_parse(const char *data, size_t len, struct ohb_lfs_pointer *ret);

#endif

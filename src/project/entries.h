#ifndef OHB_PROJECT_ENTRIES_H
#define OHB_PROJECT_ENTRIES_H

/* The entries of git's index; private to staged.c (what is there) and
 * content.c (what it holds). */

#include "project/blobs.h"
#include "project/repository.h"
#include "project/staged.h"

#define OHB_ENTRY_LINK 0120000 /* mode of a symbolic link */

struct ohb_entry {
	const char *path, *object;
	mode_t mode; /* as git's; what a checkout here would make of it */
	bool wanted, known;
	struct ohb_digest digest;
};

struct ohb_staged {
	struct ohb_arena arena;
	struct ohb_repository repository;
	struct ohb_str listing; /* what git said; paths and objects point in */
	struct ohb_entry *items; /* sorted by path */
	size_t count, cap;
	struct ohb_blob_source source;
	bool converts; /* a checkout changes contents */
	char *attributes; /* a folder; see struct ohb_blob_source */
	int attributes_fd;
	struct ohb_files ignored; /* folders with a '/' behind; sorted */
	bool ignored_known;
};

/* NULL: it is not in the index. */
struct ohb_entry *ohb_entry_find(
		const struct ohb_staged *staged, const char *path);
/* Whether it is a .gitattributes. */
bool ohb_entry_is_attributes(const char *path);

#endif

#ifndef OHB_IO_BULK_H
#define OHB_IO_BULK_H

/* Looking at very many files: by several threads, and each folder opened
 * once instead of walked through for every file in it. */

#include "io/fs.h"

/*
 * Calls fn for ranges that together are 0 … n-1, by several threads when n is
 * worth it; returns when all are done.
 */
typedef void ohb_range_fn(void *userdata, size_t from, size_t to);
void ohb_bulk_run(size_t n, ohb_range_fn *fn, void *userdata);

/* Folders beneath dirfd that are kept open; for one thread. */
struct ohb_folders {
	int dirfd;
	struct ohb_folder {
		char *path; /* NULL: free */
		size_t len;
		int fd; /* -1: absent */
	} slots[8];
	unsigned next; /* to be given up */
	struct ohb_error err; /* of the last that failed */
};

void ohb_folders_init(struct ohb_folders *folders, int dirfd);
void ohb_folders_release(struct ohb_folders *folders);

/*
 * As ohb_fs_stat for a path whose folder lies beneath dirfd.  -1 when the
 * folder does not, is no folder or cannot be entered, or the file cannot be
 * looked at: then ohb_fs_stat has the words for it.
 */
int ohb_folders_stat(struct ohb_folders *folders, const char *path,
		struct ohb_fs_info *ret) OHB_MUST_CHECK;

#endif

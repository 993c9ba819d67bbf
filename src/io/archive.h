#ifndef OHB_IO_ARCHIVE_H
#define OHB_IO_ARCHIVE_H

/* What is called of libarchive: see io/library.h. */

#include <archive.h>
#include <archive_entry.h>

#include "io/library.h"

#define OHB_ARCHIVE_FUNCTIONS(X)                  \
	X(archive, entry_clear)                   \
	X(archive, entry_copy_pathname)           \
	X(archive, entry_copy_symlink)            \
	X(archive, entry_filetype)                \
	X(archive, entry_free)                    \
	X(archive, entry_hardlink)                \
	X(archive, entry_new)                     \
	X(archive, entry_pathname)                \
	X(archive, entry_perm)                    \
	X(archive, entry_set_filetype)            \
	X(archive, entry_set_gid)                 \
	X(archive, entry_set_mtime)               \
	X(archive, entry_set_perm)                \
	X(archive, entry_set_size)                \
	X(archive, entry_set_uid)                 \
	X(archive, entry_size)                    \
	X(archive, entry_symlink)                 \
	X(archive, error_string)                  \
	X(archive, read_data)                     \
	X(archive, read_free)                     \
	X(archive, read_new)                      \
	X(archive, read_next_header)              \
	X(archive, read_open_memory)              \
	X(archive, read_support_format_tar)       \
	X(archive, write_close)                   \
	X(archive, write_data)                    \
	X(archive, write_free)                    \
	X(archive, write_header)                  \
	X(archive, write_new)                     \
	X(archive, write_open2)                   \
	X(archive, write_set_bytes_in_last_block) \
	X(archive, write_set_format_pax_restricted)

struct ohb_archive {
	OHB_ARCHIVE_FUNCTIONS(OHB_LIBRARY_POINTER)
};

#endif

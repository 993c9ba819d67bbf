#ifndef OHB_IO_TAR_H
#define OHB_IO_TAR_H

/*
 * Tar archives in memory, by libarchive (pax format; names are bytes), which
 * is loaded with the first entry: without it that fails with OHB_E_INFRA.
 * What goes into a sandbox and what comes out of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

enum ohb_tar_kind { OHB_TAR_FILE, OHB_TAR_DIR, OHB_TAR_LINK, OHB_TAR_OTHER };

struct ohb_tar_entry {
	const char *path; /* relative, without "./"; borrowed */
	enum ohb_tar_kind kind; /* LINK: symbolic; a hard link, a device, a
				   fifo is OTHER */
	mode_t mode; /* permission bits, set-id included */
	const char *data; /* bytes of a file; borrowed; NULL when skipped */
	size_t len; /* size as the archive says, also when skipped */
	const char *target; /* of a link */
};

struct ohb_tar_writer;

/* uid and gid are given to every entry. */
struct ohb_tar_writer *ohb_tar_writer_new(unsigned uid, unsigned gid);
int ohb_tar_add(struct ohb_tar_writer *writer,
		const struct ohb_tar_entry *entry,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Ends the archive, appends it to out and frees the writer, also on
 * failure. */
int ohb_tar_end(struct ohb_tar_writer *writer, struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_tar_writer_free(struct ohb_tar_writer *writer);

/*
 * Calls fn for every entry in order.  Files above max_file bytes come with
 * data NULL.  fn returns 0 to go on, -1 with err set to end.  Absolute paths
 * and ".." are OHB_E_PROTOCOL.
 */
typedef int ohb_tar_fn(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err);
int ohb_tar_each(const void *data, size_t len, size_t max_file, ohb_tar_fn *fn,
		void *userdata, struct ohb_error *err) OHB_MUST_CHECK;

/* Loads libarchive; OHB_E_INFRA when it is not there. */
int ohb_tar_load(struct ohb_error *err) OHB_MUST_CHECK;

#endif

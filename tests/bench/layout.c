/*
 * Whether two versions of a file differ in nothing that is executed.
 *
 *	bench_layout NAME OLD NEW	exit status 0, 1
 *
 * NAME says the language.
 */

#include <fcntl.h>
#include <stdio.h>

#include "base/str.h"
#include "io/fs.h"
#include "syntax/layout.h"

#define MAX_BYTES ((size_t)1 << 24)

int main(int argc, char **argv)
{
	ohb_autostr old = OHB_STR_INIT, now = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	if (argc != 4)
		return 2;
	if (ohb_fs_read(AT_FDCWD, argv[2], MAX_BYTES, &old, &err) < 0 ||
			ohb_fs_read(AT_FDCWD, argv[3], MAX_BYTES, &now, &err) <
					0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	return !ohb_layout_same(argv[1], ohb_str_cstr(&old), old.len,
			ohb_str_cstr(&now), now.len);
}

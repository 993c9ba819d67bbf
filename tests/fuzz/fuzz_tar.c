/* Archives that come out of a sandbox. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/tar.h"

#define MAX_FILE 4096

static int check(void *userdata, const struct ohb_tar_entry *entry,
		struct ohb_error *err)
{
	size_t *sum = userdata, i;

	(void)err;
	if (!*entry->path || *entry->path == '/' ||
			strncmp(entry->path, "../", 3) == 0 ||
			strstr(entry->path, "/../") ||
			strcmp(entry->path, "..") == 0)
		abort();
	if ((entry->kind == OHB_TAR_LINK) != (entry->target != NULL))
		abort();
	if (entry->data &&
			(entry->kind != OHB_TAR_FILE || entry->len > MAX_FILE))
		abort();
	for (i = 0; entry->data && i < entry->len; i++)
		*sum += (unsigned char)entry->data[i];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_error err = OHB_ERROR_INIT;
	size_t sum = 0;

	if (ohb_tar_each(data, size, MAX_FILE, check, &sum, &err) < 0 &&
			!*err.msg)
		abort();
	return 0;
}

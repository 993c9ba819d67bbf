#include "project/lfs.h"

#include <string.h>

#include "base/str.h"

#define MAX_POINTER 1024 /* bytes; git-lfs reads no more, either */

/* The value of the line "<name> <value>\n" that comes next, or NULL. */
static const char *take_line(const char **at, const char *end, const char *name,
		size_t *ret_len)
{
	size_t len = strlen(name);
	const char *line = *at;
	const char *stop = memchr(line, '\n', (size_t)(end - line));

	if (!stop || (size_t)(stop - line) <= len ||
			memcmp(line, name, len) != 0)
		return NULL;
	*at = stop + 1;
	*ret_len = (size_t)(stop - line) - len;
	return line + len;
}

bool ohb_lfs_parse(const char *data, size_t len, struct ohb_lfs_pointer *ret)
{
	const char *at = data, *end = data + len, *value;
	unsigned long long size;
	size_t n;

	if (len >= MAX_POINTER ||
			!take_line(&at, end, "version https://git-lfs.", &n))
		return false;
	/* Lines of extensions, "ext-0-name …", may come between. */
	while (take_line(&at, end, "ext-", &n))
		;
	value = take_line(&at, end, "oid sha256:", &n);
	if (!value || ohb_sha256_parse(value, n, &ret->sha) < 0)
		return false;
	value = take_line(&at, end, "size ", &n);
	if (!value || ohb_parse_u64(value, n, UINT64_MAX, &size) < 0)
		return false;
	ret->size = size;
	return true;
}

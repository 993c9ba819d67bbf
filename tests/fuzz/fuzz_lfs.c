/* Pointers of git-lfs: what is one says so again when it is written anew. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "project/lfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_lfs_pointer first, second;
	ohb_autostr text = OHB_STR_INIT;
	char hex[OHB_SHA256_HEX];

	if (!ohb_lfs_parse((const char *)data, size, &first))
		return 0;
	ohb_str_addf(&text,
			"version https://git-lfs.github.com/spec/v1\n"
			"oid sha256:%s\nsize %llu\n",
			ohb_sha256_hex(&first.sha, hex),
			(unsigned long long)first.size);
	if (!ohb_lfs_parse(text.data, text.len, &second) ||
			!ohb_sha256_eq(&first.sha, &second.sha) ||
			first.size != second.size)
		abort();
	return 0;
}

/* .ohbuild/index: damaged files, sealed with the right checksum, because a
 * wrong one would end it all. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ohbuild/version.h"
#include "store/index.h"

static size_t sum(const char *text)
{
	return strlen(text);
}

static size_t read_all(const struct ohb_index *index)
{
	struct ohb_index_target target;
	struct ohb_index_file file;
	struct ohb_picture picture = { .ntargets = 0 };
	size_t total = 0, i;

	for (i = 0; i < ohb_index_count(index); i++) {
		ohb_index_file(index, i, &file);
		total += sum(file.path);
		if (file.path != ohb_index_path(index, i) ||
				file.seen > OHB_SEEN_LAST)
			abort();
	}
	if (ohb_index_picture(index, &picture))
		total += sum(picture.file);
	for (i = 0; i < picture.ntargets; i++) {
		ohb_index_target(index, i, &target);
		total += sum(target.name) + sum(target.because) +
				sum(target.source);
	}
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char version[32] = OHB_VERSION;
	struct ohb_str bytes = OHB_STR_INIT;
	struct ohb_index index;
	struct ohb_digest checksum;

	ohb_str_add(&bytes, data, size);
	if (size >= OHB_INDEX_SUMMED + sizeof(version)) {
		memcpy(bytes.data + OHB_INDEX_SUMMED, version, sizeof(version));
		checksum = ohb_digest_of(bytes.data + OHB_INDEX_SUMMED,
				size - OHB_INDEX_SUMMED);
		memcpy(bytes.data + OHB_INDEX_SUMMED - sizeof(checksum),
				&checksum, sizeof(checksum));
	}
	if (ohb_index_parse(&index, &bytes) == 0 &&
			read_all(&index) > OHB_INDEX_SUMMED * size * size)
		abort();
	ohb_index_release(&index);
	return 0;
}

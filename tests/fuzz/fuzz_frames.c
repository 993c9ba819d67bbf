/* Frames of an engine's output, cut as the first byte says: however they are
 * cut, the same comes out. */
#include <stdint.h>
#include <stdlib.h>

#include "sandbox/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t len[3], hash[3];
};

static void on_data(void *userdata, int stream, const char *data, size_t len)
{
	struct sum *sum = userdata;
	size_t i;

	if (stream < 1 || stream > 2 || len == 0)
		abort();
	sum->len[stream] += len;
	for (i = 0; i < len; i++)
		sum->hash[stream] =
				sum->hash[stream] * 31 + (unsigned char)data[i];
}

static int decode(const char *data, size_t size, size_t piece, struct sum *sum)
{
	struct ohb_frames frames = { .on_data = on_data, .userdata = sum };
	struct ohb_error err = OHB_ERROR_INIT;
	size_t n;

	for (; size; data += n, size -= n) {
		n = size < piece ? size : piece;
		if (ohb_frames_add(&frames, data, n, &err) < 0)
			return -1;
	}
	return ohb_frames_complete(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole = { .len = { 0 } }, cut = { .len = { 0 } };
	int i;

	if (size == 0)
		return 0;
	if (decode((const char *)data + 1, size - 1, size, &whole) !=
			decode((const char *)data + 1, size - 1,
					(size_t)data[0] + 1, &cut))
		abort();
	for (i = 1; i <= 2; i++)
		if (whole.len[i] != cut.len[i] || whole.hash[i] != cut.hash[i])
			abort();
	return 0;
}

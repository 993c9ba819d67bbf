#include "sandbox/frames.h"

#include <string.h>

static int begin(struct ohb_frames *frames, struct ohb_error *err)
{
	const unsigned char *h = frames->header;

	/* 0 is stdin echoed, which we never attach; above 2 the engine would
	 * speak of itself. */
	if (h[0] < 1 || h[0] > 2 || h[1] || h[2] || h[3])
		return ohb_fail(err, OHB_E_PROTOCOL,
				"the engine sent output that is not framed "
				"(%02x %02x %02x %02x)",
				h[0], h[1], h[2], h[3]);
	frames->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 |
			(uint32_t)h[6] << 8 | h[7];
	if (frames->left == 0)
		frames->have = 0;
	return 0;
}

static size_t add_header(
		struct ohb_frames *frames, const char *data, size_t len)
{
	size_t n = sizeof(frames->header) - frames->have;

	if (n > len)
		n = len;
	memcpy(frames->header + frames->have, data, n);
	frames->have += n;
	return n;
}

static size_t add_body(struct ohb_frames *frames, const char *data, size_t len)
{
	size_t n = frames->left < len ? frames->left : len;

	frames->on_data(frames->userdata, frames->header[0], data, n);
	frames->left -= (uint32_t)n;
	if (frames->left == 0)
		frames->have = 0;
	return n;
}

int ohb_frames_add(struct ohb_frames *frames, const char *data, size_t len,
		struct ohb_error *err)
{
	size_t n;

	for (; len > 0; data += n, len -= n) {
		if (frames->left > 0) {
			n = add_body(frames, data, len);
			continue;
		}
		n = add_header(frames, data, len);
		if (frames->have == sizeof(frames->header) &&
				begin(frames, err) < 0)
			return -1;
	}
	return 0;
}

int ohb_frames_complete(const struct ohb_frames *frames)
{
	return frames->have == 0;
}

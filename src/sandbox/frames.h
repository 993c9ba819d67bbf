#ifndef OHB_SANDBOX_FRAMES_H
#define OHB_SANDBOX_FRAMES_H

/*
 * How an engine puts stdout and stderr on one wire: frames of a byte that
 * names the stream, three zero bytes, the length as four bytes (big endian),
 * and so many bytes.  A decoder for pieces cut anywhere; it keeps nothing of
 * what passes.
 */

#include <stddef.h>
#include <stdint.h>

#include "ohbuild/error.h"

struct ohb_frames {
	/* stream is 1 or 2.  Never called with len 0. */
	void (*on_data)(void *userdata, int stream, const char *data,
			size_t len);
	void *userdata;
	/* The decoder's own; zero in the beginning. */
	unsigned char header[8];
	size_t have; /* bytes of the header */
	uint32_t left; /* bytes of the frame still to come */
};

/* OHB_E_PROTOCOL when the bytes are no such frames; not to be called again
 * then. */
int ohb_frames_add(struct ohb_frames *frames, const char *data, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;
/* True when the last frame is complete. */
int ohb_frames_complete(const struct ohb_frames *frames);

#endif

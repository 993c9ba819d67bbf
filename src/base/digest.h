#ifndef OHB_BASE_DIGEST_H
#define OHB_BASE_DIGEST_H

/*
 * XXH3-128: the name of a content on this machine.  Not for strangers: it is
 * not collision-resistant against one who tries; what leaves the machine is
 * named by SHA-256.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "ohbuild/error.h"

#define OHB_DIGEST_SIZE 16
#define OHB_DIGEST_HEX (2 * OHB_DIGEST_SIZE + 1)

struct ohb_digest {
	unsigned char bytes[OHB_DIGEST_SIZE]; /* canonical, big endian */
};

struct ohb_digest ohb_digest_of(const void *data, size_t len);
bool ohb_digest_eq(const struct ohb_digest *a, const struct ohb_digest *b);
bool ohb_digest_is_zero(const struct ohb_digest *digest);
/* Writes 32 lower-case hex digits and a NUL; returns hex. */
const char *ohb_digest_hex(
		const struct ohb_digest *digest, char hex[OHB_DIGEST_HEX]);
int ohb_digest_parse(const char *hex, struct ohb_digest *ret) OHB_MUST_CHECK;

/* A part of something, by its name. */
struct ohb_part {
	const char *name;
	struct ohb_digest digest;
};

/*
 * A digest over fields, each framed by tag, length and bytes, so that no two
 * lists of fields have the same bytes ("ab","c" against "a","bc").
 */
struct ohb_framed {
	struct XXH3_state_s *state;
};

void ohb_framed_init(struct ohb_framed *framed);
void ohb_framed_add(struct ohb_framed *framed, const char *tag,
		const void *data, size_t len);
/* Bytes without a frame: a content that comes in pieces, and nothing beside
 * it.  The digest is that of ohb_digest_of. */
void ohb_framed_raw(struct ohb_framed *framed, const void *data, size_t len);
/* Ends and releases; the object may be initialised again. */
struct ohb_digest ohb_framed_end(struct ohb_framed *framed);
/* Appends the bytes that ohb_framed_add would take the digest of. */
void ohb_frame_add(struct ohb_str *out, const char *tag, const void *data,
		size_t len);

#endif

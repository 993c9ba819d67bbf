#ifndef OHB_BASE_SHA256_H
#define OHB_BASE_SHA256_H

/* SHA-256: the name of a content for everybody, also for those who try to
 * make two contents of one name. */

#include <stdbool.h>
#include <stddef.h>

#include "ohbuild/error.h"

#define OHB_SHA256_SIZE 32
#define OHB_SHA256_HEX (2 * OHB_SHA256_SIZE + 1)

struct ohb_sha256 {
	unsigned char bytes[OHB_SHA256_SIZE];
};

struct ohb_sha256 ohb_sha256_of(const void *data, size_t len);
/* HMAC-SHA256: who does not have the key can neither make nor check it. */
struct ohb_sha256 ohb_sha256_keyed(
		const void *key, size_t key_len, const void *data, size_t len);
bool ohb_sha256_eq(const struct ohb_sha256 *a, const struct ohb_sha256 *b);
/* Writes 64 lower-case hex digits and a NUL; returns hex. */
const char *ohb_sha256_hex(
		const struct ohb_sha256 *sha, char hex[OHB_SHA256_HEX]);
/* Takes exactly the len bytes of such a text. */
int ohb_sha256_parse(const char *hex, size_t len,
		struct ohb_sha256 *ret) OHB_MUST_CHECK;

#endif

#include "base/sha256.h"

#include <string.h>

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include "base/str.h"

struct ohb_sha256 ohb_sha256_of(const void *data, size_t len)
{
	struct sha256_ctx state;
	struct ohb_sha256 ret;

	sha256_init(&state);
	if (len)
		sha256_update(&state, len, data);
	sha256_digest(&state, sizeof(ret.bytes), ret.bytes);
	return ret;
}

struct ohb_sha256 ohb_sha256_keyed(
		const void *key, size_t key_len, const void *data, size_t len)
{
	struct hmac_sha256_ctx state;
	struct ohb_sha256 ret;

	hmac_sha256_set_key(&state, key_len, key);
	if (len)
		hmac_sha256_update(&state, len, data);
	hmac_sha256_digest(&state, sizeof(ret.bytes), ret.bytes);
	return ret;
}

bool ohb_sha256_eq(const struct ohb_sha256 *a, const struct ohb_sha256 *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

const char *ohb_sha256_hex(
		const struct ohb_sha256 *sha, char hex[OHB_SHA256_HEX])
{
	ohb_hex_format(sha->bytes, sizeof(sha->bytes), hex);
	return hex;
}

int ohb_sha256_parse(const char *hex, size_t len, struct ohb_sha256 *ret)
{
	if (len != (size_t)2 * OHB_SHA256_SIZE)
		return -1;
	return ohb_hex_parse(hex, ret->bytes, sizeof(ret->bytes));
}

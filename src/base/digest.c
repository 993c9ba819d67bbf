#include "base/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/memory.h"

static struct ohb_digest canonical(XXH128_hash_t hash)
{
	XXH128_canonical_t bytes;
	struct ohb_digest ret;

	XXH128_canonicalFromHash(&bytes, hash);
	memcpy(ret.bytes, bytes.digest, sizeof(ret.bytes));
	return ret;
}

struct ohb_digest ohb_digest_of(const void *data, size_t len)
{
	return canonical(XXH3_128bits(data, len));
}

bool ohb_digest_eq(const struct ohb_digest *a, const struct ohb_digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

const char *ohb_digest_hex(
		const struct ohb_digest *digest, char hex[OHB_DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < OHB_DIGEST_SIZE; i++) {
		hex[2 * i] = digits[digest->bytes[i] >> 4];
		hex[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	hex[2 * OHB_DIGEST_SIZE] = '\0';
	return hex;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int ohb_digest_parse(const char *hex, struct ohb_digest *ret)
{
	struct ohb_digest digest = { .bytes = { 0 } };
	size_t i;

	if (strlen(hex) != (size_t)2 * OHB_DIGEST_SIZE)
		return -1;
	for (i = 0; i < OHB_DIGEST_SIZE; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		digest.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret = digest;
	return 0;
}

void ohb_framed_init(struct ohb_framed *framed)
{
	framed->state = XXH3_createState();
	if (!framed->state || XXH3_128bits_reset(framed->state) != XXH_OK)
		abort();
}

static void add_length(XXH3_state_t *state, size_t len)
{
	unsigned char bytes[8];
	uint64_t value = len;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	(void)XXH3_128bits_update(state, bytes, sizeof(bytes));
}

void ohb_framed_add(struct ohb_framed *framed, const char *tag,
		const void *data, size_t len)
{
	add_length(framed->state, strlen(tag));
	(void)XXH3_128bits_update(framed->state, tag, strlen(tag));
	add_length(framed->state, len);
	if (len)
		(void)XXH3_128bits_update(framed->state, data, len);
}

struct ohb_digest ohb_framed_end(struct ohb_framed *framed)
{
	struct ohb_digest ret = canonical(XXH3_128bits_digest(framed->state));

	(void)XXH3_freeState(framed->state);
	framed->state = NULL;
	return ret;
}

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

bool ohb_digest_is_zero(const struct ohb_digest *digest)
{
	static const struct ohb_digest zero;

	return ohb_digest_eq(digest, &zero);
}

const char *ohb_digest_hex(
		const struct ohb_digest *digest, char hex[OHB_DIGEST_HEX])
{
	ohb_hex_format(digest->bytes, sizeof(digest->bytes), hex);
	return hex;
}

int ohb_digest_parse(const char *hex, struct ohb_digest *ret)
{
	struct ohb_digest digest;

	if (strlen(hex) != (size_t)2 * OHB_DIGEST_SIZE ||
			ohb_hex_parse(hex, digest.bytes, sizeof(digest.bytes)) <
					0)
		return -1;
	*ret = digest;
	return 0;
}

void ohb_framed_init(struct ohb_framed *framed)
{
	framed->state = XXH3_createState();
	if (!framed->state || XXH3_128bits_reset(framed->state) != XXH_OK)
		abort();
}

#define LENGTH_SIZE 8

static void format_length(size_t len, unsigned char ret[LENGTH_SIZE])
{
	uint64_t value = len;
	size_t i;

	for (i = 0; i < LENGTH_SIZE; i++)
		ret[i] = (unsigned char)(value >> (8 * i));
}

static void add_length(XXH3_state_t *state, size_t len)
{
	unsigned char bytes[LENGTH_SIZE];

	format_length(len, bytes);
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

void ohb_frame_add(struct ohb_str *out, const char *tag, const void *data,
		size_t len)
{
	unsigned char bytes[LENGTH_SIZE];

	format_length(strlen(tag), bytes);
	ohb_str_add(out, bytes, sizeof(bytes));
	ohb_str_adds(out, tag);
	format_length(len, bytes);
	ohb_str_add(out, bytes, sizeof(bytes));
	ohb_str_add(out, data, len);
}

void ohb_framed_raw(struct ohb_framed *framed, const void *data, size_t len)
{
	(void)XXH3_128bits_update(framed->state, data, len);
}

struct ohb_digest ohb_framed_end(struct ohb_framed *framed)
{
	struct ohb_digest ret = canonical(XXH3_128bits_digest(framed->state));

	(void)XXH3_freeState(framed->state);
	framed->state = NULL;
	return ret;
}

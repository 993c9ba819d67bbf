#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ohb_secret {
	size_t len;
	char data[];
};

struct ohb_secret *ohb_secret_new(const char *data, size_t len)
{
	struct ohb_secret *secret = ohb_alloc(sizeof(*secret) + len + 1);

	secret->len = len;
	if (len)
		memcpy(secret->data, data, len);
	return secret;
}

void ohb_secret_free(struct ohb_secret *secret)
{
	if (!secret)
		return;
	ohb_wipe(secret, sizeof(*secret) + secret->len);
	free(secret);
}

const char *ohb_secret_reveal(const struct ohb_secret *secret)
{
	return secret->data;
}

size_t ohb_secret_len(const struct ohb_secret *secret)
{
	return secret->len;
}

bool ohb_secret_matches(
		const struct ohb_secret *secret, const char *data, size_t len)
{
	unsigned char diff = secret->len != len || len == 0;
	size_t i;

	if (secret->len == 0)
		return false;
	for (i = 0; i < len; i++)
		diff |= (unsigned char)(data[i] ^
				secret->data[i % secret->len]);
	return diff == 0;
}

void ohb_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

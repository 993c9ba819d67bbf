#ifndef OHB_TEXT_KEYSHAPE_H
#define OHB_TEXT_KEYSHAPE_H

/*
 * Keys and tokens of well-known services have a form of their own ("sk-…",
 * "ghp_…").  Found wherever they must not stand: in a configuration file, in
 * a message, in a test that an agent wrote.
 */

#include <stdbool.h>
#include <stddef.h>

/* The first one in data from *at on; *at and *ret_len tell where. */
bool ohb_keyshape_find(
		const char *data, size_t len, size_t *at, size_t *ret_len);

/*
 * Whether what was found at `at`, `found` bytes of len, may be one that works:
 * random letters, not a name with words, not a placeholder or a sequence, not
 * the examples of a service's manual; of a private key, with its bytes.
 */
bool ohb_keyshape_is_real(
		const char *data, size_t len, size_t at, size_t found);

/* Overwrites each one in data with asterisks, in place. */
void ohb_keyshape_mask(char *data, size_t len);

#endif

#ifndef OHB_BASE_SECRET_H
#define OHB_BASE_SECRET_H

/*
 * A key or token.  Opaque, without a printable form, wiped on release.
 * ohb_secret_reveal is the one way to its bytes: grep for it.
 */

#include <stdbool.h>
#include <stddef.h>

struct ohb_secret;

/* Copies len bytes; the caller wipes its own copy (ohb_wipe). */
struct ohb_secret *ohb_secret_new(const char *data, size_t len);
void ohb_secret_free(struct ohb_secret *secret); /* NULL is allowed */
/* NUL-terminated; valid until free. */
const char *ohb_secret_reveal(const struct ohb_secret *secret);
size_t ohb_secret_len(const struct ohb_secret *secret);
/* Compares in time that depends on len only. */
bool ohb_secret_matches(
		const struct ohb_secret *secret, const char *data, size_t len);
void ohb_wipe(void *data, size_t len);

#endif

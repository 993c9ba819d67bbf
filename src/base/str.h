#ifndef OHB_BASE_STR_H
#define OHB_BASE_STR_H

/*
 * A growing string of bytes.  `data` is never NULL after the first add and
 * always followed by a NUL that `len` does not count; before that it is NULL
 * (ohb_str_cstr gives "" then).  May hold NUL bytes.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "ohbuild/error.h"

struct ohb_str {
	char *data;
	size_t len, cap;
};

#define OHB_STR_INIT                             \
	{                                        \
		.data = NULL, .len = 0, .cap = 0 \
	}

/* Room for so many bytes more, at once. */
void ohb_str_reserve(struct ohb_str *str, size_t more);
void ohb_str_add(struct ohb_str *str, const void *data, size_t len);
void ohb_str_adds(struct ohb_str *str, const char *s);
void ohb_str_addc(struct ohb_str *str, char c);
void ohb_str_addf(struct ohb_str *str, const char *fmt, ...) OHB_PRINTF(2, 3);
void ohb_str_addv(struct ohb_str *str, const char *fmt, va_list ap)
		OHB_PRINTF(2, 0);
void ohb_str_clear(struct ohb_str *str); /* keeps the memory */
void ohb_str_cut(struct ohb_str *str, size_t len); /* to at most len */
const char *ohb_str_cstr(const struct ohb_str *str); /* never NULL */
char *ohb_str_take(struct ohb_str *str); /* the caller frees; str is empty */
void ohb_str_release(struct ohb_str *str);
#define ohb_autostr __attribute__((cleanup(ohb_str_release))) struct ohb_str

bool ohb_streq(const char *a, const char *b); /* NULL equals only NULL */
bool ohb_starts(const char *s, const char *prefix);
bool ohb_ends(const char *s, const char *suffix);

/* The one checked parser of foreign integers: decimal digits only, no sign,
 * no space, at most max.  Returns 0, or -1 and leaves *ret alone. */
int ohb_parse_u64(const char *s, size_t len, unsigned long long max,
		unsigned long long *ret) OHB_MUST_CHECK;

/* Lower-case hex digits of n bytes and a NUL, and back. */
void ohb_hex_format(const unsigned char *bytes, size_t n, char *ret);
int ohb_hex_parse(const char *hex, unsigned char *ret,
		size_t n) OHB_MUST_CHECK; /* -1: *ret may be half written */

#endif

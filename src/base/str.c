#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void ohb_str_reserve(struct ohb_str *str, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(str->len, more, &need) ||
			__builtin_add_overflow(need, (size_t)1, &need))
		need = (size_t)-1; /* cannot be had: realloc ends us */
	if (need <= str->cap)
		return;
	if (need < str->cap * 2)
		need = str->cap * 2;
	if (need < 32)
		need = 32;
	str->data = ohb_realloc(str->data, need, 1);
	str->cap = need;
	str->data[str->len] = '\0';
}

void ohb_str_add(struct ohb_str *str, const void *data, size_t len)
{
	ohb_str_reserve(str, len);
	if (len)
		memcpy(str->data + str->len, data, len);
	str->len += len;
	str->data[str->len] = '\0';
}

void ohb_str_adds(struct ohb_str *str, const char *s)
{
	ohb_str_add(str, s, strlen(s));
}

void ohb_str_addc(struct ohb_str *str, char c)
{
	ohb_str_add(str, &c, 1);
}

void ohb_str_addv(struct ohb_str *str, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len <= 0)
		return;
	ohb_str_reserve(str, (size_t)len);
	(void)vsnprintf(str->data + str->len, (size_t)len + 1, fmt, ap);
	str->len += (size_t)len;
}

void ohb_str_addf(struct ohb_str *str, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(str, fmt, ap);
	va_end(ap);
}

void ohb_str_clear(struct ohb_str *str)
{
	ohb_str_cut(str, 0);
}

void ohb_str_cut(struct ohb_str *str, size_t len)
{
	if (len >= str->len)
		return;
	str->len = len;
	str->data[len] = '\0';
}

const char *ohb_str_cstr(const struct ohb_str *str)
{
	return str->data ? str->data : "";
}

char *ohb_str_take(struct ohb_str *str)
{
	char *ret = str->data ? str->data : ohb_strdup("");

	*str = (struct ohb_str)OHB_STR_INIT;
	return ret;
}

void ohb_str_release(struct ohb_str *str)
{
	free(str->data);
	*str = (struct ohb_str)OHB_STR_INIT;
}

bool ohb_streq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool ohb_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool ohb_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);

	return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

int ohb_parse_u64(const char *s, size_t len, unsigned long long max,
		unsigned long long *ret)
{
	unsigned long long value = 0;
	size_t i;

	if (len == 0)
		return -1;
	for (i = 0; i < len; i++) {
		unsigned long long digit;

		if (s[i] < '0' || s[i] > '9')
			return -1;
		digit = (unsigned long long)(s[i] - '0');
		if (__builtin_mul_overflow(value, 10ULL, &value) ||
				__builtin_add_overflow(value, digit, &value))
			return -1;
	}
	if (value > max)
		return -1;
	*ret = value;
	return 0;
}

void ohb_hex_format(const unsigned char *bytes, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * n] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int ohb_hex_parse(const char *hex, unsigned char *ret, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int high = nibble(hex[2 * i]), low = -1;

		if (high >= 0)
			low = nibble(hex[2 * i + 1]);
		if (low < 0)
			return -1;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

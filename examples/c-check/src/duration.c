#include "duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	uint64_t ms;
} units[] = {
	{ "d", 24 * 60 * 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "m", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

#define NUNITS (sizeof(units) / sizeof(units[0]))

static int fail(int code)
{
	errno = code;
	return -1;
}

/* Moves *text behind the number. */
static int parse_number(const char **text, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = *text;

	if (*p < '0' || *p > '9')
		return fail(EINVAL);
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return fail(ERANGE);
		value = value * 10 + digit;
	}
	*text = p;
	*ret = value;
	return 0;
}

/* Moves *text behind the unit; returns its index, at least first, or -1. */
static int parse_unit(const char **text, size_t first)
{
	size_t len = 0;

	while ((*text)[len] >= 'a' && (*text)[len] <= 'z')
		len++;
	for (size_t i = first; i < NUNITS; i++) {
		if (strlen(units[i].name) == len &&
				memcmp(units[i].name, *text, len) == 0) {
			*text += len;
			return (int)i;
		}
	}
	return fail(EINVAL);
}

int duration_parse(const char *text, uint64_t *ms)
{
	uint64_t total = 0;
	size_t next = 0;

	do {
		uint64_t number;
		int unit;

		if (parse_number(&text, &number) < 0)
			return -1;
		unit = parse_unit(&text, next);
		if (unit < 0)
			return -1;
		if (number > (UINT64_MAX - total) / units[unit].ms)
			return fail(ERANGE);
		total += number * units[unit].ms;
		next = (size_t)unit + 1;
	} while (*text != '\0');
	*ms = total;
	return 0;
}

int duration_format(uint64_t ms, char *buf, size_t size)
{
	char out[64] = "0s";
	size_t len = 0;

	for (size_t i = 0; i < NUNITS; i++) {
		uint64_t number = ms / units[i].ms;

		if (number == 0)
			continue;
		len += (size_t)snprintf(out + len, sizeof(out) - len,
				"%" PRIu64 "%s", number, units[i].name);
		ms %= units[i].ms;
	}
	len = strlen(out);
	if (len >= size) {
		if (size > 0)
			buf[0] = '\0';
		return -1;
	}
	memcpy(buf, out, len + 1);
	return (int)len;
}

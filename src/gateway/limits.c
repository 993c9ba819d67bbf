#include "gateway/limits.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

#define MAX_MS ((int64_t)366 * 24 * 60 * 60 * 1000)
#define MAX_COUNT 1000000000000ULL
/* Greater numbers are no durations but times since the epoch. */
#define MIN_EPOCH_S 1000000000LL
#define MIN_EPOCH_MS 100000000000LL

/* Digits at *at, which moves on; -1. */
static int64_t take_number(const char **at, const char *end)
{
	int64_t value = 0;
	const char *from = *at;

	while (*at < end && **at >= '0' && **at <= '9') {
		if (value > INT64_MAX / 20)
			return -1;
		value = value * 10 + (**at - '0');
		(*at)++;
	}
	return *at == from ? -1 : value;
}

/* Thousandths of what follows a point, rounded up; 0 without one. */
static int64_t take_fraction(const char **at, const char *end)
{
	int64_t value = 0, unit = 100;
	bool more = false;

	if (*at == end || **at != '.')
		return 0;
	for ((*at)++; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		value += unit * (**at - '0');
		more |= unit == 0 && **at != '0';
		unit /= 10;
	}
	return value + more;
}

static bool take_word(const char **at, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* "1h2m3.5s", "20ms", "6m0s", and plain seconds "59.7". */
static int64_t parse_duration(const char *at, const char *end)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "d", 86400000 }, { "h", 3600000 },
		{ "m", 60000 }, { "s", 1000 } };
	int64_t sum = 0;
	size_t i;

	while (at < end) {
		int64_t whole = take_number(&at, end);
		int64_t part = take_fraction(&at, end);
		int64_t unit = at == end ? 1000 : 0;

		for (i = 0; unit == 0 && i < OHB_ARRAY_LEN(units); i++)
			if (take_word(&at, end, units[i].name))
				unit = units[i].ms;
		if (whole < 0 || unit == 0 || whole > MAX_MS / unit)
			return -1;
		sum += whole * unit + (part * unit + 999) / 1000;
		if (sum > MAX_MS)
			return -1;
	}
	return sum;
}

static int field(const char *text, size_t len, int max)
{
	unsigned long long value;

	return ohb_parse_u64(text, len, (unsigned long long)max, &value) < 0 ?
			-1 :
			(int)value;
}

/* "+02:00" behind a time: minutes; a reset is never so far off that a wrong
 * one could be taken for another. */
static int take_zone(const char *at, const char *end, int *ret_minutes)
{
	int hours, minutes;

	*ret_minutes = 0;
	if (end - at == 1 && (*at == 'Z' || *at == 'z'))
		return 0;
	if (end - at != 6 || (*at != '+' && *at != '-') || at[3] != ':')
		return -1;
	hours = field(at + 1, 2, 23);
	minutes = field(at + 4, 2, 59);
	if (hours < 0 || minutes < 0)
		return -1;
	*ret_minutes = (*at == '-' ? -1 : 1) * (hours * 60 + minutes);
	return 0;
}

/* "2026-11-22T18:40:01Z" to milliseconds since the epoch; -1. */
static int64_t parse_date(const char *text, const char *end)
{
	struct tm tm = { 0 };
	const char *at = text + 19;
	int zone;

	if (end - text < 20 || text[4] != '-' || text[7] != '-' ||
			(text[10] != 'T' && text[10] != 't') ||
			text[13] != ':' || text[16] != ':')
		return -1;
	tm.tm_year = field(text, 4, 9999) - 1900;
	tm.tm_mon = field(text + 5, 2, 12) - 1;
	tm.tm_mday = field(text + 8, 2, 31);
	tm.tm_hour = field(text + 11, 2, 23);
	tm.tm_min = field(text + 14, 2, 59);
	tm.tm_sec = field(text + 17, 2, 60);
	(void)take_fraction(&at, end);
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mday < 1 ||
			tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0 ||
			take_zone(at, end, &zone) < 0)
		return -1;
	return ((int64_t)timegm(&tm) - (int64_t)zone * 60) * 1000;
}

static int64_t until(int64_t date_ms, int64_t wall_ms)
{
	int64_t left_ms = date_ms - wall_ms;

	if (left_ms < 0)
		return 0;
	return left_ms > MAX_MS ? -1 : left_ms;
}

int64_t ohb_limits_parse_reset(const char *text, size_t len, int64_t wall_ms)
{
	const char *end = text + len, *at = text;
	int64_t number;

	if (len == 0)
		return -1;
	if (len >= 20 && text[4] == '-') {
		number = parse_date(text, end);
		return number < 0 ? -1 : until(number, wall_ms);
	}
	number = take_number(&at, end);
	if (at == end && number >= MIN_EPOCH_MS)
		return until(number, wall_ms);
	if (at == end && number >= MIN_EPOCH_S)
		return until(number * 1000, wall_ms);
	return parse_duration(text, end);
}

/* The names of what is left; its total and reset are called likewise. */
static const struct {
	bool tokens;
	const char *left, *total, *reset;
} dialects[] = {
	{ false, "x-ratelimit-remaining-requests", "x-ratelimit-limit-requests",
			"x-ratelimit-reset-requests" },
	{ true, "x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens",
			"x-ratelimit-reset-tokens" },
	{ false, "anthropic-ratelimit-requests-remaining",
			"anthropic-ratelimit-requests-limit",
			"anthropic-ratelimit-requests-reset" },
	{ true, "anthropic-ratelimit-tokens-remaining",
			"anthropic-ratelimit-tokens-limit",
			"anthropic-ratelimit-tokens-reset" },
	{ true, "anthropic-ratelimit-input-tokens-remaining",
			"anthropic-ratelimit-input-tokens-limit",
			"anthropic-ratelimit-input-tokens-reset" },
	{ false, "x-ratelimit-remaining", "x-ratelimit-limit",
			"x-ratelimit-reset" },
	{ false, "ratelimit-remaining", "ratelimit-limit", "ratelimit-reset" },
};

static int64_t read_count(
		const struct ohb_http_response *reply, const char *name)
{
	ohb_autostr text = OHB_STR_INIT;
	unsigned long long value;

	if (!ohb_http_header(reply, name, &text) ||
			ohb_parse_u64(ohb_str_cstr(&text),
					strcspn(ohb_str_cstr(&text), ".;,"),
					MAX_COUNT, &value) < 0)
		return -1;
	return (int64_t)value;
}

static int64_t read_reset(const struct ohb_http_response *reply,
		const char *name, int64_t wall_ms)
{
	ohb_autostr text = OHB_STR_INIT;

	if (!ohb_http_header(reply, name, &text))
		return -1;
	return ohb_limits_parse_reset(ohb_str_cstr(&text), text.len, wall_ms);
}

struct ohb_limits ohb_limits_read(
		const struct ohb_http_response *reply, int64_t wall_ms)
{
	struct ohb_limits limits = {
		.requests = { .total = -1, .left = -1, .reset_ms = -1 },
		.tokens = { .total = -1, .left = -1, .reset_ms = -1 },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(dialects); i++) {
		struct ohb_limit *limit = dialects[i].tokens ? &limits.tokens :
							       &limits.requests;

		if (limit->left >= 0)
			continue;
		limit->left = read_count(reply, dialects[i].left);
		if (limit->left < 0)
			continue;
		limit->total = read_count(reply, dialects[i].total);
		limit->reset_ms = read_reset(reply, dialects[i].reset, wall_ms);
	}
	return limits;
}

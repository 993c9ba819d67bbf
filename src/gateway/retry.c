#include "gateway/retry.h"

#include <string.h>
#include <time.h>

#include "io/clock.h"

#define MAX_SECONDS (366ULL * 24 * 60 * 60)
#define CEILING 30

static unsigned field(const char *text, size_t len, unsigned max)
{
	unsigned long long value;

	return ohb_parse_u64(text, len, max, &value) < 0 ? max + 1 :
							   (unsigned)value;
}

/* Not by strptime: its names of months are those of the user's language. */
int64_t ohb_retry_date_ms(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned month, day, year, hour, minute, second;
	struct tm tm = { 0 };

	if (strlen(text) != 29 || strcmp(text + 25, " GMT") != 0)
		return -1;
	for (month = 0; month < 12; month++)
		if (memcmp(text + 8, months + (size_t)month * 3, 3) == 0)
			break;
	day = field(text + 5, 2, 31);
	year = field(text + 12, 4, 9999);
	hour = field(text + 17, 2, 23);
	minute = field(text + 20, 2, 59);
	second = field(text + 23, 2, 60);
	if (month > 11 || day > 31 || year > 9999 || year < 1970 || hour > 23 ||
			minute > 59 || second > 60)
		return -1;
	tm.tm_mday = (int)day;
	tm.tm_mon = (int)month;
	tm.tm_year = (int)year - 1900;
	tm.tm_hour = (int)hour;
	tm.tm_min = (int)minute;
	tm.tm_sec = (int)second;
	return (int64_t)timegm(&tm) * 1000;
}

int64_t ohb_retry_asked_ms(
		const struct ohb_http_response *reply, int64_t wall_ms)
{
	ohb_autostr text = OHB_STR_INIT;
	unsigned long long value;
	size_t whole;
	int64_t date;

	if (ohb_http_header(reply, "retry-after-ms", &text) &&
			ohb_parse_u64(ohb_str_cstr(&text), text.len,
					MAX_SECONDS * 1000, &value) == 0)
		return (int64_t)value;
	ohb_str_clear(&text);
	if (!ohb_http_header(reply, "retry-after", &text))
		return -1;
	/* Some say "1.5": one second more is not too early. */
	whole = strcspn(ohb_str_cstr(&text), ".");
	if (ohb_parse_u64(ohb_str_cstr(&text), whole, MAX_SECONDS, &value) == 0)
		return (int64_t)(value + (whole < text.len)) * 1000;
	date = ohb_retry_date_ms(ohb_str_cstr(&text));
	if (date < 0)
		return -1;
	return date > wall_ms ? date - wall_ms : 0;
}

int64_t ohb_retry_backoff_ms(unsigned tries, int64_t base_ms)
{
	int64_t limit = base_ms * CEILING;
	uint64_t random;

	if (tries < 5 && base_ms << tries < limit)
		limit = base_ms << tries;
	ohb_random(&random, sizeof(random));
	return (int64_t)(random % ((uint64_t)limit + 1));
}

#include "text/steady.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"

/* The text from a place on; `begin` is where all of it begins. */
struct place {
	const char *begin, *at, *end;
};

static size_t left(const struct place *p)
{
	return (size_t)(p->end - p->at);
}

/* The character n further on, or NUL behind the end. */
static char look(const struct place *p, size_t n)
{
	if (n < left(p))
		return p->at[n];
	return '\0';
}

static char before(const struct place *p)
{
	if (p->at > p->begin)
		return p->at[-1];
	return '\0';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t count(const struct place *p, size_t from, int (*is)(int))
{
	size_t n = 0;

	while (look(p, from + n) && is((unsigned char)look(p, from + n)))
		n++;
	return n;
}

static size_t digits(const struct place *p, size_t from)
{
	return count(p, from, isdigit);
}

static size_t text(const struct place *p, size_t from, const char *word)
{
	size_t len = strlen(word);

	return from + len <= left(p) && memcmp(p->at + from, word, len) == 0 ?
			len :
			0;
}

static size_t any(const struct place *p, size_t from, const char *const *words)
{
	size_t n = 0;

	for (; *words && !n; words++)
		n = text(p, from, *words);
	return n;
}

/* "0x7f3c5a0", of an object or a function. */
static size_t match_address(const struct place *p)
{
	size_t n;

	if (!text(p, 0, "0x") || is_word(before(p)))
		return 0;
	n = count(p, 2, isxdigit);
	return n >= 6 && !is_word(look(p, 2 + n)) ? 2 + n : 0;
}

static size_t match_uuid(const struct place *p)
{
	static const unsigned char lengths[] = { 8, 4, 4, 4, 12 };
	size_t i, n = 0;

	if (is_word(before(p)))
		return 0;
	for (i = 0; i < OHB_ARRAY_LEN(lengths); i++) {
		if (i && look(p, n++) != '-')
			return 0;
		if (count(p, n, isxdigit) != lengths[i])
			return 0;
		n += lengths[i];
	}
	return is_word(look(p, n)) ? 0 : n;
}

/* "12:34", "12:34:56.789"; from is where it begins. */
static size_t clock_at(const struct place *p, size_t from)
{
	size_t n = from, more;

	if (digits(p, n) != 2 || look(p, n + 2) != ':' || digits(p, n + 3) != 2)
		return 0;
	n += 5;
	if (look(p, n) == ':' && digits(p, n + 1) == 2)
		n += 3;
	else if (look(p, n) == ':')
		return 0; /* line and column of a message */
	more = strchr(".,", look(p, n)) && look(p, n) ? digits(p, n + 1) : 0;
	return n - from + (more ? more + 1 : 0);
}

static size_t zone_at(const struct place *p, size_t from)
{
	static const char *const names[] = { "Z", " UTC", " GMT", " CET",
		" CEST", NULL };
	size_t n = from + (look(p, from) == ' ');
	size_t len;

	if (look(p, n) == '+' || look(p, n) == '-') {
		len = digits(p, n + 1);
		if (len == 4)
			return n + 5 - from;
		if (len == 2 && look(p, n + 3) == ':' && digits(p, n + 4) == 2)
			return n + 6 - from;
	}
	return any(p, from, names);
}

static size_t match_clock(const struct place *p)
{
	size_t n;

	if (is_word(before(p)) || strchr(":.-", before(p) ? before(p) : ' '))
		return 0;
	n = clock_at(p, 0);
	if (n)
		n += zone_at(p, n);
	return n && !is_word(look(p, n)) ? n : 0;
}

/* "2026-11-23", with a time behind it or not. */
static size_t match_date(const struct place *p)
{
	size_t n = 10, more = 0;

	if (is_word(before(p)) || before(p) == '-' || digits(p, 0) != 4 ||
			look(p, 4) != '-' || digits(p, 5) != 2 ||
			look(p, 7) != '-' || digits(p, 8) != 2)
		return 0;
	if (look(p, n) == 'T' || look(p, n) == ' ')
		more = clock_at(p, n + 1);
	if (more) {
		n += 1 + more;
		n += zone_at(p, n);
	}
	return is_word(look(p, n)) ? 0 : n;
}

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
	"Sun", NULL };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec", NULL };

static size_t spaces(const struct place *p, size_t from)
{
	return count(p, from, isblank);
}

/* A blank and a time of day, with its zone. */
static size_t behind_clock(const struct place *p, size_t from)
{
	size_t gap = spaces(p, from), n = gap ? clock_at(p, from + gap) : 0;

	return n ? gap + n + zone_at(p, from + gap + n) : 0;
}

static size_t behind_year(const struct place *p, size_t from)
{
	size_t gap = spaces(p, from);

	return gap && digits(p, from + gap) == 4 &&
					!is_word(look(p, from + gap + 4)) ?
			gap + 4 :
			0;
}

/* " 12:34:56 UTC 2026" and " 2026 12:34:56 GMT" in any part. */
static size_t rest_of_date(const struct place *p, size_t from)
{
	size_t n = from + behind_clock(p, from), year = behind_year(p, n);

	n += year;
	if (year && n == from + year)
		n += behind_clock(p, n);
	return n - from;
}

/* "Nov 23 01:45", "Mon Nov 23 01:45:10 UTC 2026", "Mon, 23 Nov 2026 …". */
static size_t match_named_date(const struct place *p)
{
	size_t n = 0, day, more, start;

	if (is_word(before(p)))
		return 0;
	n = any(p, 0, days);
	if (n) {
		n += look(p, n) == ',';
		more = spaces(p, n);
		if (!more)
			return 0;
		n += more;
	}
	start = n;
	day = digits(p, n);
	if (day == 1 || day == 2)
		n += day + spaces(p, n + day);
	if (!any(p, n, months))
		return 0;
	n += 3;
	if (n == start + 3) {
		more = spaces(p, n);
		day = digits(p, n + more);
		if (!more || day < 1 || day > 2)
			return 0;
		n += more + day;
	}
	more = rest_of_date(p, n);
	return more && !is_word(look(p, n + more)) ? n + more : 0;
}

/* "0.102s", "0m0.102s", "12 ms", "1.5 seconds". */
static size_t match_duration(const struct place *p)
{
	static const char *const units[] = { "seconds", "second", "secs", "sec",
		"milliseconds", "ms", "us", "\xc2\xb5s", "ns", "s", NULL };
	size_t n = digits(p, 0), fraction, unit;

	if (!n || is_word(before(p)) || before(p) == '.')
		return 0;
	if (look(p, n) == 'm' && digits(p, n + 1))
		n += 1 + digits(p, n + 1);
	fraction = look(p, n) == '.' ? digits(p, n + 1) : 0;
	n += fraction ? fraction + 1 : 0;
	n += look(p, n) == ' ';
	unit = any(p, n, units);
	return unit && !is_word(look(p, n + unit)) ? n + unit : 0;
}

static size_t number_at(const struct place *p, size_t from)
{
	size_t n = digits(p, from), fraction;

	if (!n)
		return 0;
	fraction = look(p, from + n) == '.' ? digits(p, from + n + 1) : 0;
	n += fraction ? fraction + 1 : 0;
	return is_word(look(p, from + n)) ? 0 : n;
}

/* Whether a word ends where the place is. */
static bool is_behind(const struct place *p, const char *at, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(at - p->begin) >= len &&
			memcmp(at - len, word, len) == 0 &&
			((size_t)(at - p->begin) == len ||
					!is_word(at[-(ptrdiff_t)len - 1]));
}

/* The number behind a name: pid 93, "pid": "93", time="0.012". */
static size_t match_named_number(const struct place *p)
{
	static const char *const names[] = { "pid", "PID", "time" };
	const char *at = p->at;
	size_t i;

	if (!isdigit((unsigned char)look(p, 0)))
		return 0;
	while (at > p->begin && p->at - at < 5 && strchr(" \t\"':=", at[-1]) &&
			at[-1])
		at--;
	if (at == p->at)
		return 0;
	for (i = 0; i < OHB_ARRAY_LEN(names); i++)
		if (is_behind(p, at, names[i]))
			return number_at(p, 0);
	return 0;
}

/* "[1] 93", "[1]+    93 Running". */
static size_t match_job(const struct place *p)
{
	size_t n, i, len;

	if (look(p, 0) != '[' || (before(p) && before(p) != '\n'))
		return 0;
	n = digits(p, 1);
	if (!n || look(p, n + 1) != ']')
		return 0;
	n += 2;
	n += look(p, n) == '+' || look(p, n) == '-';
	i = spaces(p, n);
	len = i ? number_at(p, n + i) : 0;
	return len ? n + i + len : 0;
}

/* "TMUX=/tmp/tmux-0/default,93,0": the second is a process. */
static size_t match_tmux(const struct place *p)
{
	size_t n = text(p, 0, "TMUX=");

	if (!n || is_word(before(p)))
		return 0;
	while (look(p, n) && !isspace((unsigned char)look(p, n)))
		n++;
	return n;
}

/* "/tmp/tmpab12cd34", "/tmp/tmp.Ab12Cd", "/tmp/ccAb12Cd.o", and with the
 * number of a process "/tmp/openhands-agent-server-7". */
static size_t match_temp(const struct place *p)
{
	static const char *const begins[] = { "/tmp/tmp.", "/tmp/tmp",
		"/tmp/cc", "/tmp/ohbuild-", NULL };
	size_t n = text(p, 0, "/tmp/openhands-agent-server-"), len = 0;

	if (n)
		return digits(p, n) ? n + digits(p, n) : 0;
	n = any(p, 0, begins);
	if (!n)
		return 0;
	while (is_word(look(p, n + len)))
		len++;
	return len >= 6 && len <= 16 ? n + len : 0;
}

/* "==93==", of a sanitizer or of valgrind. */
static size_t match_sanitizer(const struct place *p)
{
	size_t n = text(p, 0, "==") ? digits(p, 2) : 0;

	if (!n || (before(p) && before(p) != '\n') || !text(p, 2 + n, "=="))
		return 0;
	return n + 4;
}

static const struct {
	size_t (*match)(const struct place *p);
	const char *word;
	bool value; /* what a test may compare, too */
} kinds[] = {
	{ match_address, "<address>", false },
	{ match_uuid, "<uuid>", true },
	{ match_date, "<time>", true },
	{ match_named_date, "<time>", true },
	{ match_clock, "<time>", true },
	{ match_named_number, "<number>", true },
	{ match_duration, "<time>", true },
	{ match_job, "<job>", false },
	{ match_tmux, "TMUX=<name>", false },
	{ match_temp, "/tmp/<name>", false },
	{ match_sanitizer, "==<number>==", false },
};

static void add(struct ohb_str *out, struct place p, bool values)
{
	size_t i, n;

	while (p.at < p.end) {
		for (i = 0, n = 0; i < OHB_ARRAY_LEN(kinds) && !n; i++)
			n = kinds[i].value && !values ? 0 : kinds[i].match(&p);
		if (n)
			ohb_str_adds(out, kinds[i - 1].word);
		else
			ohb_str_add(out, p.at, n = 1);
		p.at += n;
	}
}

void ohb_steady_add(struct ohb_str *out, const char *data, size_t len)
{
	add(out, (struct place){ data, data, data + len }, true);
}

void ohb_steady_add_message(struct ohb_str *out, const char *data, size_t len)
{
	add(out, (struct place){ data, data, data + len }, false);
}

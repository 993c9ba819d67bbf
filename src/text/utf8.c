#include "text/utf8.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS "\xe2\x80\xa6" /* U+2026 */

struct range {
	uint32_t first, last;
};

/* Marks that stand on the character before them, and format characters:
 * what Unicode calls Mn, Me and Cf in the scripts one meets. */
static const struct range combining[] = {
	{ 0x0300, 0x036f },
	{ 0x0483, 0x0489 },
	{ 0x0591, 0x05bd },
	{ 0x05bf, 0x05bf },
	{ 0x05c1, 0x05c2 },
	{ 0x05c4, 0x05c5 },
	{ 0x0600, 0x0605 },
	{ 0x0610, 0x061a },
	{ 0x064b, 0x065f },
	{ 0x0670, 0x0670 },
	{ 0x06d6, 0x06dd },
	{ 0x06df, 0x06e4 },
	{ 0x06e7, 0x06e8 },
	{ 0x06ea, 0x06ed },
	{ 0x0711, 0x0711 },
	{ 0x0730, 0x074a },
	{ 0x0816, 0x082d },
	{ 0x0900, 0x0902 },
	{ 0x093a, 0x093a },
	{ 0x093c, 0x093c },
	{ 0x0941, 0x0948 },
	{ 0x094d, 0x094d },
	{ 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e },
	{ 0x0eb1, 0x0eb1 },
	{ 0x0eb4, 0x0ebc },
	{ 0x1160, 0x11ff },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x200b, 0x200f },
	{ 0x202a, 0x202e },
	{ 0x2060, 0x2064 },
	{ 0x2066, 0x206f },
	{ 0x20d0, 0x20f0 },
	{ 0x302a, 0x302d },
	{ 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff },
	{ 0x1f3fb, 0x1f3ff },
	{ 0xe0001, 0xe007f },
	{ 0xe0100, 0xe01ef },
};

/* East Asian Wide and Fullwidth, and emoji that terminals draw so. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },
	{ 0x231a, 0x231b },
	{ 0x2329, 0x232a },
	{ 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 },
	{ 0x23f3, 0x23f3 },
	{ 0x25fd, 0x25fe },
	{ 0x2614, 0x2615 },
	{ 0x2648, 0x2653 },
	{ 0x267f, 0x267f },
	{ 0x2693, 0x2693 },
	{ 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be },
	{ 0x26c4, 0x26c5 },
	{ 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 },
	{ 0x26ea, 0x26ea },
	{ 0x26f2, 0x26f3 },
	{ 0x26f5, 0x26f5 },
	{ 0x26fa, 0x26fa },
	{ 0x26fd, 0x26fd },
	{ 0x2705, 0x2705 },
	{ 0x270a, 0x270b },
	{ 0x2728, 0x2728 },
	{ 0x274c, 0x274c },
	{ 0x274e, 0x274e },
	{ 0x2753, 0x2755 },
	{ 0x2757, 0x2757 },
	{ 0x2795, 0x2797 },
	{ 0x27b0, 0x27b0 },
	{ 0x27bf, 0x27bf },
	{ 0x2b1b, 0x2b1c },
	{ 0x2b50, 0x2b50 },
	{ 0x2b55, 0x2b55 },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },
	{ 0xa000, 0xa4cf },
	{ 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe10, 0xfe19 },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18aff },
	{ 0x1b000, 0x1b2ff },
	{ 0x1f004, 0x1f004 },
	{ 0x1f0cf, 0x1f0cf },
	{ 0x1f18e, 0x1f18e },
	{ 0x1f191, 0x1f19a },
	{ 0x1f200, 0x1f320 },
	{ 0x1f32d, 0x1f335 },
	{ 0x1f337, 0x1f37c },
	{ 0x1f37e, 0x1f393 },
	{ 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 },
	{ 0x1f3e0, 0x1f3f0 },
	{ 0x1f3f4, 0x1f3f4 },
	{ 0x1f3f8, 0x1f43e },
	{ 0x1f440, 0x1f440 },
	{ 0x1f442, 0x1f4fc },
	{ 0x1f4ff, 0x1f53d },
	{ 0x1f54b, 0x1f54e },
	{ 0x1f550, 0x1f567 },
	{ 0x1f57a, 0x1f57a },
	{ 0x1f595, 0x1f596 },
	{ 0x1f5a4, 0x1f5a4 },
	{ 0x1f5fb, 0x1f64f },
	{ 0x1f680, 0x1f6c5 },
	{ 0x1f6cc, 0x1f6cc },
	{ 0x1f6d0, 0x1f6d2 },
	{ 0x1f6d5, 0x1f6d7 },
	{ 0x1f6dc, 0x1f6df },
	{ 0x1f6eb, 0x1f6ec },
	{ 0x1f6f4, 0x1f6fc },
	{ 0x1f7e0, 0x1f7eb },
	{ 0x1f90c, 0x1f93a },
	{ 0x1f93c, 0x1f945 },
	{ 0x1f947, 0x1f9ff },
	{ 0x1fa70, 0x1faff },
	{ 0x20000, 0x2fffd },
	{ 0x30000, 0x3fffd },
};

static bool within(const struct range *ranges, size_t count, uint32_t point)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (point > ranges[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < count && point >= ranges[low].first;
}

/* The length of the valid sequence at data and its code point, or 0. */
static size_t decode(const char *data, size_t len, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	unsigned char first = len ? (unsigned char)data[0] : 0;
	size_t n = 0, i;
	uint32_t point;

	while (n < OHB_ARRAY_LEN(forms) &&
			(first & forms[n].mask) != forms[n].lead)
		n++;
	if (n >= OHB_ARRAY_LEN(forms) || n >= len)
		return 0;
	point = first & (unsigned char)~forms[n].mask;
	for (i = 1; i <= n; i++) {
		unsigned char next = (unsigned char)data[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (next & 0x3f);
	}
	if (point < forms[n].least || point > 0x10ffff ||
			(point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret = point;
	return n + 1;
}

size_t ohb_utf8_next(const char *data, size_t len)
{
	uint32_t point;

	return decode(data, len, &point);
}

bool ohb_utf8_valid(const char *data, size_t len)
{
	size_t at = 0, n;

	while (at < len) {
		n = ohb_utf8_next(data + at, len - at);
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

static bool between(char c, int low, int high)
{
	unsigned char byte = (unsigned char)c;

	return byte >= low && byte <= high;
}

/* From behind "ESC [": parameters, intermediates, one final byte. */
static size_t skip_csi(const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && between(data[at], 0x20, 0x3f))
		at++;
	return at < len && between(data[at], 0x40, 0x7e) ? at + 1 : at;
}

/* From behind "ESC ]" and its kin: up to BEL, ST or the end of the line, so
 * that a lost terminator does not swallow all that follows. */
static size_t skip_string(const char *data, size_t len)
{
	size_t at;

	for (at = 0; at < len && data[at] != '\n'; at++) {
		if (data[at] == '\a')
			return at + 1;
		if (len - at >= 2 &&
				(memcmp(data + at, "\x1b\\", 2) == 0 ||
						memcmp(data + at, "\xc2\x9c",
								2) == 0))
			return at + 2;
	}
	return at;
}

/* What is introduced by byte (of ESC or the C1 form of it: 0x40 lower). */
static size_t skip_introduced(char by, const char *data, size_t len)
{
	if (by == '[')
		return skip_csi(data, len);
	if (by && strchr("]PX^_", by))
		return skip_string(data, len);
	return 0;
}

/* From ESC on. */
static size_t skip_escape(const char *data, size_t len)
{
	size_t at = 1;

	while (at < len && between(data[at], 0x20, 0x2f))
		at++;
	if (at >= len || !between(data[at], 0x30, 0x7e))
		return at;
	if (at > 1)
		return at + 1;
	return at + 1 + skip_introduced(data[at], data + at + 1, len - at - 1);
}

/* Bytes at data that are not shown: an escape sequence or a control. */
static size_t skip_control(const char *data, size_t len, uint32_t point)
{
	if (point == 0x1b)
		return skip_escape(data, len);
	if (point >= 0x80 && point <= 0x9f)
		return 2 +
				skip_introduced((char)(point - 0x40), data + 2,
						len - 2);
	if (point == '\n' || point == '\t')
		return 0;
	return point < 0x20 || point == 0x7f ? 1 : 0;
}

void ohb_utf8_clean(struct ohb_str *out, const char *data, size_t len)
{
	size_t at = 0, n, skip;
	uint32_t point;

	while (at < len) {
		n = decode(data + at, len - at, &point);
		if (n == 0) {
			ohb_str_adds(out, REPLACEMENT);
			at++;
			continue;
		}
		skip = skip_control(data + at, len - at, point);
		if (!skip)
			ohb_str_add(out, data + at, n);
		else if (point == '\r' &&
				!(at + 1 < len && data[at + 1] == '\n'))
			ohb_str_addc(out, '\n');
		at += skip ? skip : n;
	}
}

void ohb_utf8_line(
		struct ohb_str *out, const char *data, size_t len, size_t max)
{
	ohb_autostr clean = OHB_STR_INIT;
	const size_t dots = sizeof(ELLIPSIS) - 1;
	size_t cut = 0, n, i;

	ohb_utf8_clean(&clean, data, len);
	for (i = 0; i < clean.len; i++)
		if (clean.data[i] == '\n' || clean.data[i] == '\t')
			clean.data[i] = ' ';
	if (clean.len <= max) {
		ohb_str_add(out, ohb_str_cstr(&clean), clean.len);
		return;
	}
	if (max < dots)
		return;
	while ((n = ohb_utf8_next(clean.data + cut, clean.len - cut)) > 0 &&
			cut + n <= max - dots)
		cut += n;
	ohb_str_add(out, clean.data, cut);
	ohb_str_adds(out, ELLIPSIS);
}

static size_t width_of(uint32_t point)
{
	if (point < 0x20 || (point >= 0x7f && point < 0xa0))
		return 0;
	if (within(combining, OHB_ARRAY_LEN(combining), point))
		return 0;
	return within(wide, OHB_ARRAY_LEN(wide), point) ? 2 : 1;
}

size_t ohb_utf8_fit(const char *data, size_t len, size_t columns)
{
	size_t at = 0, used = 0, n, width;
	uint32_t point;

	while (at < len) {
		n = decode(data + at, len - at, &point);
		width = n ? width_of(point) : 1;
		if (width > columns - used)
			break;
		used += width;
		at += n ? n : 1;
	}
	return at;
}

size_t ohb_utf8_width(const char *data, size_t len)
{
	size_t at = 0, width = 0, n;
	uint32_t point;

	while (at < len) {
		n = decode(data + at, len - at, &point);
		width += n ? width_of(point) : 1;
		at += n ? n : 1;
	}
	return width;
}

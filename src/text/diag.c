#include "text/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/keyshape.h"
#include "text/utf8.h"

#define TAB_WIDTH 8
#define LINE_WIDTH 100 /* columns of a line that are shown */
#define LINE_BEFORE 40 /* columns of them before the caret, when cut */
#define TEXT_BYTES 1000
#define WORD_BYTES 64 /* longer words are not mistyped short ones */

void ohb_diags_init(struct ohb_diags *diags, struct ohb_arena *arena)
{
	*diags = (struct ohb_diags){ .arena = arena };
}

void ohb_diags_release(struct ohb_diags *diags)
{
	free(diags->files);
	free(diags->masks);
	free(diags->items);
	*diags = (struct ohb_diags){ .arena = diags->arena };
}

unsigned ohb_diags_add_file(struct ohb_diags *diags, const char *name,
		const char *data, size_t len)
{
	struct ohb_diag_file *file = ohb_grow((void *)&diags->files,
			&diags->cfiles, diags->nfiles, sizeof(*file));

	file->name = ohb_arena_strdup(diags->arena, name);
	file->data = ohb_arena_strndup(diags->arena, data, len);
	file->len = len;
	return (unsigned)diags->nfiles++;
}

void ohb_diags_mask(struct ohb_diags *diags, struct ohb_pos pos)
{
	struct ohb_pos *mask = ohb_grow((void *)&diags->masks, &diags->cmasks,
			diags->nmasks, sizeof(*mask));

	*mask = pos;
	diags->nmasks++;
}

/* One line, fit for people, without keys. */
static char *keep_text(struct ohb_diags *diags, const char *data, size_t len)
{
	ohb_autostr masked = OHB_STR_INIT;
	ohb_autostr clean = OHB_STR_INIT;

	ohb_str_add(&masked, data, len);
	ohb_keyshape_mask(masked.data, masked.len);
	ohb_utf8_line(&clean, masked.data, masked.len, TEXT_BYTES);
	return ohb_arena_strdup(diags->arena, ohb_str_cstr(&clean));
}

int ohb_diags_add(struct ohb_diags *diags, struct ohb_pos pos, const char *hint,
		const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_diag *diag;
	va_list ap;

	if (diags->nitems >= OHB_MAX_DIAGNOSTICS) {
		diags->dropped++;
		return -1;
	}
	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	diag = ohb_grow((void *)&diags->items, &diags->citems, diags->nitems,
			sizeof(*diag));
	diag->pos = pos;
	diag->text = keep_text(diags, ohb_str_cstr(&text), text.len);
	if (hint)
		diag->hint = keep_text(diags, hint, strlen(hint));
	diags->nitems++;
	return -1;
}

static char fold(char c)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz";

	if (c >= 'A' && c <= 'Z')
		return small[c - 'A'];
	if (c == '-')
		return '_';
	return c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][WORD_BYTES + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *swap;
	size_t i, j;

	memset(rows, 0, sizeof(rows));
	for (j = 0; j <= blen; j++)
		last[j] = j;
	for (i = 1; i <= alen; i++) {
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			char x = fold(a[i - 1]), y = fold(b[j - 1]);

			row[j] = least(last[j - 1] + (x != y),
					least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == fold(b[j - 2]) &&
					y == fold(a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		swap = before;
		before = last;
		last = row;
		row = swap;
	}
	return last[blen];
}

const char *ohb_suggest(const char *word, const char *const *candidates)
{
	size_t len = strlen(word), best = len / 3 + 1, clen, d;
	const char *ret = NULL;

	if (len == 0 || len > WORD_BYTES)
		return NULL;
	for (; *candidates; candidates++) {
		clen = strlen(*candidates);
		if (clen > WORD_BYTES || clen > len + best || len > clen + best)
			continue;
		d = distance(word, len, *candidates, clen);
		/* All letters replaced is no likeness. */
		if (d > best || d >= clen || (ret && d == best))
			continue;
		ret = *candidates;
		best = d;
	}
	return ret;
}

/* A line of a file as it is drawn. */
struct view {
	const char *data;
	size_t len;
	size_t from; /* first column that is shown */
};

static struct view find_line(const struct ohb_diag_file *file, unsigned number)
{
	const char *at = file->data, *end = file->data + file->len, *nl;

	for (; number > 1; number--) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			return (struct view){ .data = end };
		at = nl + 1;
	}
	nl = memchr(at, '\n', (size_t)(end - at));
	if (nl)
		end = nl;
	if (end > at && end[-1] == '\r')
		end--;
	return (struct view){ .data = at, .len = (size_t)(end - at) };
}

struct glyph {
	size_t len; /* bytes of the line */
	size_t width; /* columns */
	const char *text; /* what is drawn, NULL: spaces */
	size_t text_len;
};

/* Tabs become spaces and what is no character becomes U+FFFD, so that what
 * is drawn has known columns. */
static struct glyph glyph_at(const char *c, size_t len, size_t column)
{
	struct glyph glyph = {
		.len = ohb_utf8_next(c, len),
		.width = 1,
		.text = "\xef\xbf\xbd",
		.text_len = 3,
	};
	unsigned char first = (unsigned char)*c;
	bool control = first < 0x20 || first == 0x7f ||
			(glyph.len == 2 && first == 0xc2 &&
					(unsigned char)c[1] < 0xa0);

	if (first == '\t') {
		glyph.width = TAB_WIDTH - column % TAB_WIDTH;
		glyph.text = NULL;
	} else if (glyph.len == 0) {
		glyph.len = 1;
	} else if (!control) {
		glyph.width = ohb_utf8_width(c, glyph.len);
		glyph.text = c;
		glyph.text_len = glyph.len;
	}
	return glyph;
}

/* Draws the bytes up to `len` of a line and returns the column behind them.
 * out may be NULL: only the column counts. */
static size_t draw(struct ohb_str *out, const struct view *line, size_t len)
{
	size_t at = 0, column = 0;
	struct glyph glyph;

	while (at < len && column < line->from + LINE_WIDTH) {
		glyph = glyph_at(line->data + at, line->len - at, column);
		if (out && column >= line->from) {
			if (glyph.text)
				ohb_str_add(out, glyph.text, glyph.text_len);
			else
				ohb_str_addf(out, "%*s", (int)glyph.width, "");
		}
		column += glyph.width;
		at += glyph.len;
	}
	return column;
}

/* Puts asterisks over what must not be shown of this line. */
static void mask_line(const struct ohb_diags *diags, struct ohb_pos pos,
		char *line, size_t len)
{
	size_t i, from, n;

	ohb_keyshape_mask(line, len);
	for (i = 0; i < diags->nmasks; i++) {
		const struct ohb_pos *mask = &diags->masks[i];

		if (mask->file != pos.file || mask->line != pos.line)
			continue;
		from = least(mask->column - 1, len);
		n = least(mask->length, len - from);
		memset(line + from, '*', n);
	}
}

static void add_line(const struct ohb_diags *diags, struct ohb_pos pos,
		struct ohb_str *out)
{
	struct view line = find_line(&diags->files[pos.file], pos.line);
	size_t from = least(pos.column ? pos.column - 1 : 0, line.len);
	size_t to = least(from + (pos.length ? pos.length : 1), line.len);
	ohb_autofree char *copy = ohb_strndup(line.data, line.len);
	size_t caret, end;

	mask_line(diags, pos, copy, line.len);
	line.data = copy;
	line.from = SIZE_MAX - LINE_WIDTH; /* measure the whole line */
	caret = draw(NULL, &line, from);
	end = draw(NULL, &line, to);
	line.from = 0;
	if (draw(NULL, &line, line.len) >= LINE_WIDTH && caret > LINE_BEFORE)
		line.from = caret - LINE_BEFORE;
	ohb_str_adds(out, line.from ? "  …" : "  ");
	draw(out, &line, line.len);
	ohb_str_addf(out, "\n%*s^",
			(int)(caret - line.from) + (line.from ? 3 : 2), "");
	end = least(end, line.from + LINE_WIDTH);
	for (caret++; caret < end; caret++)
		ohb_str_addc(out, '~');
	ohb_str_addc(out, '\n');
}

static void add_diag(const struct ohb_diags *diags, const struct ohb_diag *diag,
		struct ohb_str *out)
{
	struct ohb_pos pos = diag->pos;
	bool placed = pos.file < diags->nfiles;

	if (placed) {
		const char *name = diags->files[pos.file].name;

		ohb_utf8_line(out, name, strlen(name), TEXT_BYTES);
		ohb_str_addc(out, ':');
		if (pos.line)
			ohb_str_addf(out, "%u:%u:", pos.line,
					pos.column ? pos.column : 1);
		ohb_str_addc(out, ' ');
	}
	ohb_str_addf(out, "error: %s\n", diag->text);
	if (placed && pos.line)
		add_line(diags, pos, out);
	if (diag->hint)
		ohb_str_addf(out, "  hint: %s\n", diag->hint);
}

void ohb_diags_format(const struct ohb_diags *diags, struct ohb_str *out)
{
	size_t i;

	for (i = 0; i < diags->nitems; i++)
		add_diag(diags, &diags->items[i], out);
	if (diags->dropped)
		ohb_str_addf(out, "and %zu more\n", diags->dropped);
}

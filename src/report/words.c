#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

#define MAX_LINE (16u << 10)
#define MAX_CELL 48 /* columns; a longer cell is not aligned to */

void ohb_words_money(struct ohb_str *out, double usd)
{
	if (!(usd >= 0))
		ohb_str_adds(out, "unknown price");
	else if (usd > 0 && usd < 0.01)
		ohb_str_addf(out, "$%.4f", usd);
	else
		ohb_str_addf(out, "$%.2f", usd);
}

void ohb_words_duration(struct ohb_str *out, int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 0)
		ohb_str_adds(out, "unknown time");
	else if (s < 10)
		ohb_str_addf(out, "%" PRId64 ".%" PRId64 "s", s,
				ms % 1000 / 100);
	else if (s < 60)
		ohb_str_addf(out, "%" PRId64 "s", s);
	else if (s < 3600)
		ohb_str_addf(out, "%" PRId64 "m %02" PRId64 "s", s / 60,
				s % 60);
	else
		ohb_str_addf(out, "%" PRId64 "h %02" PRId64 "m", s / 3600,
				s / 60 % 60);
}

void ohb_words_bytes(struct ohb_str *out, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t i = 0;

	while (n >= 1024 && i + 1 < OHB_ARRAY_LEN(units)) {
		n /= 1024;
		i++;
	}
	ohb_str_addf(out, "%.3g %s", n, units[i]);
}

void ohb_words_count(struct ohb_str *out, size_t n, const char *noun)
{
	ohb_str_addf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}

void ohb_words_line(struct ohb_str *out, const char *text)
{
	if (text)
		ohb_utf8_line(out, text, strlen(text), MAX_LINE);
}

void ohb_words_shell(struct ohb_str *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";
	ohb_autostr clean = OHB_STR_INIT;
	const char *s;

	ohb_words_line(&clean, word);
	s = ohb_str_cstr(&clean);
	if (*s && !s[strspn(s, plain)]) {
		ohb_str_adds(out, s);
		return;
	}
	ohb_str_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			ohb_str_adds(out, "'\\'");
		ohb_str_addc(out, *s);
	}
	ohb_str_addc(out, '\'');
}

void ohb_words_color(struct ohb_str *out, bool colors, enum ohb_color color)
{
	static const char *const codes[] = {
		[OHB_PLAIN] = "\033[0m",
		[OHB_RED] = "\033[31m",
		[OHB_GREEN] = "\033[32m",
		[OHB_YELLOW] = "\033[33m",
		[OHB_DIM] = "\033[2m",
		[OHB_BOLD] = "\033[1m",
	};

	if (colors)
		ohb_str_adds(out, codes[color]);
}

void ohb_table_row(struct ohb_table *table, enum ohb_color color)
{
	struct ohb_table_row *row = ohb_grow(&table->rows, &table->cap,
			table->count, sizeof(*table->rows));

	row->color = color;
	table->count++;
}

void ohb_table_cell(struct ohb_table *table, size_t column, const char *text)
{
	struct ohb_table_row *row = &table->rows[table->count - 1];
	ohb_autostr clean = OHB_STR_INIT;

	ohb_words_line(&clean, text);
	free(row->cells[column]);
	row->cells[column] = ohb_str_take(&clean);
}

static size_t cell_width(const struct ohb_table_row *row, size_t column)
{
	const char *cell = row->cells[column];

	return cell ? ohb_utf8_width(cell, strlen(cell)) : 0;
}

static size_t column_width(const struct ohb_table *table, size_t column)
{
	size_t i, width, max = 0;

	for (i = 0; i < table->count; i++) {
		width = cell_width(&table->rows[i], column);
		if (width > max && width <= MAX_CELL)
			max = width;
	}
	return max;
}

/* Spaces are held back until something follows them. */
static void add_row(const struct ohb_table_row *row, const size_t *widths,
		bool colors, struct ohb_str *out)
{
	bool colored = colors && row->color != OHB_PLAIN;
	size_t column, width, spaces = 0;

	for (column = 0; column < OHB_TABLE_COLUMNS; column++) {
		width = cell_width(row, column);
		if (width) {
			ohb_str_addf(out, "%*s", (int)spaces, "");
			ohb_words_color(out, colored && column == 1,
					row->color);
			ohb_str_adds(out, row->cells[column]);
			ohb_words_color(out, colored && column == 1, OHB_PLAIN);
			spaces = 0;
		}
		if (widths[column] || width)
			spaces += 2;
		if (width < widths[column])
			spaces += widths[column] - width;
	}
	ohb_str_addc(out, '\n');
}

void ohb_table_add(
		const struct ohb_table *table, bool colors, struct ohb_str *out)
{
	size_t widths[OHB_TABLE_COLUMNS], i;

	for (i = 0; i < OHB_TABLE_COLUMNS; i++)
		widths[i] = column_width(table, i);
	for (i = 0; i < table->count; i++)
		add_row(&table->rows[i], widths, colors, out);
}

void ohb_table_release(struct ohb_table *table)
{
	size_t i, column;

	for (i = 0; i < table->count; i++)
		for (column = 0; column < OHB_TABLE_COLUMNS; column++)
			free(table->rows[i].cells[column]);
	free(table->rows);
	*table = (struct ohb_table)OHB_TABLE_INIT;
}

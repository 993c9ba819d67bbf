#ifndef OHB_REPORT_WORDS_H
#define OHB_REPORT_WORDS_H

/* How money, time, names and columns are written for people. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* "$0.12", "$0.0042", "$0.00"; negative: "unknown price". */
void ohb_words_money(struct ohb_str *out, double usd);
/* "0.4s", "41s", "1m 33s", "2h 05m"; negative: "unknown time". */
void ohb_words_duration(struct ohb_str *out, int64_t ms);
/* "512 B", "1.5 MiB", "4 GiB" */
void ohb_words_bytes(struct ohb_str *out, uint64_t bytes);
/* "1 target", "2 targets" */
void ohb_words_count(struct ohb_str *out, size_t n, const char *noun);
/* On one line, clean, whatever its bytes are; NULL is "". */
void ohb_words_line(struct ohb_str *out, const char *text);
/* The same; in quotes for a shell when it needs them. */
void ohb_words_shell(struct ohb_str *out, const char *word);

enum ohb_color {
	OHB_PLAIN,
	OHB_RED,
	OHB_GREEN,
	OHB_YELLOW,
	OHB_DIM,
	OHB_BOLD,
};

/* The escape sequence when colors are on, else nothing. */
void ohb_words_color(struct ohb_str *out, bool colors, enum ohb_color color);

/* Rows of cells, printed in columns.  Four columns at most. */
#define OHB_TABLE_COLUMNS 4

struct ohb_table_row {
	char *cells[OHB_TABLE_COLUMNS];
	enum ohb_color color; /* of the second cell */
};

struct ohb_table {
	struct ohb_table_row *rows;
	size_t count, cap;
};

#define OHB_TABLE_INIT                             \
	{                                          \
		.rows = NULL, .count = 0, .cap = 0 \
	}

/* A new empty row: fill it with ohb_table_cell. */
void ohb_table_row(struct ohb_table *table, enum ohb_color color);
/* Sets a cell of the last row; the text is cleaned. */
void ohb_table_cell(struct ohb_table *table, size_t column, const char *text);
/* Columns two spaces apart, as wide as their widest cell, but a very long one
 * only pushes its own row. */
void ohb_table_add(const struct ohb_table *table, bool colors,
		struct ohb_str *out);
void ohb_table_release(struct ohb_table *table);

#endif

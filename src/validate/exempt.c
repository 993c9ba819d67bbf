#include "validate/exempt.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "validate/pieces.h"

#define MAX_LINES 8 /* that one line may become, or be of */
#define MAX_LOOK 64 /* lines, to find so many that have code */

static const char mark[] = "ohbuild: allow ";

/* What it says of the file as a whole may stand anywhere in it. */
static const char *const of_files[] = { "no-test", "case-removed" };

/* A comment, from the mark to the last word of the line. */
struct words {
	const char *data; /* in the file; NULL: there is none */
	size_t len;
};

/* An exemption, and what it is of. */
struct mark {
	struct words words;
	unsigned line;
	bool behind; /* code of its line: it is of this line alone */
	const char *code; /* from there on, without blanks but '\n' */
	const char *name; /* of the test or function, or NULL */
};

/* Those of a file. */
struct marks {
	struct ohb_arena arena;
	struct mark *items;
	size_t count, cap;
};

static void marks_release(struct marks *marks)
{
	free(marks->items);
	ohb_arena_release(&marks->arena);
}

static struct words words_of(const char *line, size_t len)
{
	const char *at = memmem(line, len, mark, strlen(mark));

	if (!at)
		return (struct words){ .data = NULL };
	len -= (size_t)(at - line);
	while (len && strchr(" \t\r*/", at[len - 1]))
		len--;
	return (struct words){ .data = at, .len = len };
}

static size_t line_len(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end ? (size_t)(end - text) : len;
}

/* Of a line, what is in front of an exemption. */
static size_t code_len(const char *line, size_t len)
{
	const struct words words = words_of(line, len);

	if (!words.data)
		return len;
	len = (size_t)(words.data - line);
	while (len && strchr(" \t#/*-;%<!", line[len - 1]))
		len--;
	return len;
}

/* The lines of code from `start` on that have any; *ret_at: where the first
 * one begins, or the end of the file. */
static const char *code_from(const struct ohb_file *file, size_t start,
		struct ohb_arena *arena, size_t *ret_at)
{
	ohb_autostr code = OHB_STR_INIT;
	size_t at = start, n = 0, looked = 0, len;

	*ret_at = file->len;
	for (; at < file->len && n < MAX_LINES && looked++ < MAX_LOOK;
			at += len + 1) {
		const char *line = file->data + at;
		const size_t before = code.len;
		size_t i, end;

		len = line_len(line, file->len - at);
		end = code_len(line, len);
		for (i = 0; i < end; i++) {
			if (strchr(" \t\r\v\f", line[i]))
				continue;
			if (*ret_at == file->len)
				*ret_at = at + i;
			ohb_str_addc(&code, line[i]);
		}
		if (code.len == before)
			continue;
		ohb_str_addc(&code, '\n');
		n++;
	}
	return ohb_arena_strdup(arena, ohb_str_cstr(&code));
}

/* Whether the lines of the one are those of the other, which may be broken at
 * other places. */
static bool same_code(const char *a, const char *b)
{
	while (*a && *b && (*a != '\n' || *b != '\n')) {
		if (*a == '\n')
			a++;
		else if (*b == '\n')
			b++;
		else if (*a++ != *b++)
			return false;
	}
	return *a == *b;
}

/* The smallest of the list that has the place, else the next behind it. */
static const struct ohb_piece *nearest(const struct ohb_piece *best,
		const struct ohb_piece_list *list, size_t at)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct ohb_piece *piece = &list->items[i];
		const bool has = piece->node->start <= at &&
				at < piece->node->end;
		const bool had = best && best->node->start <= at;

		if (!piece->name || piece->node->end <= at || (had && !has))
			continue;
		if (!best || has > had ||
				(has ? piece->node->start > best->node->start :
				       piece->node->start < best->node->start))
			best = piece;
	}
	return best;
}

static void name_marks(struct marks *marks, const struct ohb_file *file,
		const size_t *places)
{
	struct ohb_pieces pieces = { .arena = &marks->arena, .file = file };
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	struct ohb_error ignored = OHB_ERROR_INIT;
	const char *why;
	size_t i;

	if (ohb_syntax_parse(file->path, file->data, file->len, &marks->arena,
			    &tree, &why) == OHB_SYNTAX_OK &&
			ohb_pieces_read(&pieces, tree, &ignored) == 0)
		for (i = 0; i < marks->count; i++) {
			const struct ohb_piece *piece = nearest(NULL,
					&pieces.kinds[OHB_PIECE_FUNCTION],
					places[i]);

			piece = nearest(piece, &pieces.kinds[OHB_PIECE_TEST],
					places[i]);
			marks->items[i].name = piece ? piece->name : NULL;
		}
	ohb_pieces_release(&pieces);
}

static void read_marks(const struct ohb_file *file, struct marks *ret)
{
	size_t at = 0, len, nplaces = 0, cplaces = 0;
	ohb_autofree size_t *places = NULL;
	unsigned line = 0;

	for (; at < file->len; at += len + 1) {
		struct mark *item;
		struct words words;
		size_t start, *place;

		len = line_len(file->data + at, file->len - at);
		line++;
		words = words_of(file->data + at, len);
		if (!words.data)
			continue;
		item = ohb_grow(&ret->items, &ret->cap, ret->count++,
				sizeof(*item));
		*item = (struct mark){ .words = words, .line = line };
		item->behind = code_len(file->data + at, len) > 0;
		start = item->behind ? at : at + len + 1;
		place = ohb_grow(&places, &cplaces, nplaces++, sizeof(*place));
		item->code = code_from(file, start, &ret->arena, place);
	}
	if (ret->count)
		name_marks(ret, file, places);
}

/* What follows the rule's name. */
static bool read_reason(const struct words *words, const char *rule,
		struct ohb_exemption *ret)
{
	const char *at = words->data + strlen(mark);
	const char *end = words->data + words->len;
	const size_t name = strlen(rule);

	if (at + name > end || memcmp(at, rule, name) != 0 ||
			(at + name < end && !strchr(" \t", at[name])))
		return false;
	at += name;
	while (at < end && strchr(" \t", *at))
		at++;
	*ret = (struct ohb_exemption){
		.reason = at,
		.len = (size_t)(end - at),
	};
	return true;
}

static bool is_of_file(const struct mark *item)
{
	struct ohb_exemption unused;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(of_files); i++)
		if (read_reason(&item->words, of_files[i], &unused))
			return true;
	return false;
}

static size_t count(const struct marks *marks, size_t n,
		const struct mark *like, bool of_file)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		const struct mark *item = &marks->items[i];

		found += item->words.len == like->words.len &&
				memcmp(item->words.data, like->words.data,
						like->words.len) == 0 &&
				(of_file ||
						(same_code(item->code,
								 like->code) &&
								ohb_streq(item->name,
										like->name)));
	}
	return found;
}

/* Whether a person's version has this very comment at the same code, and as
 * many of it as the file up to here: a copy is not a person's. */
static bool is_theirs(const struct marks *theirs, const struct marks *marks,
		size_t i, bool of_file)
{
	const size_t n =
			count(theirs, theirs->count, &marks->items[i], of_file);

	return n && count(marks, i + 1, &marks->items[i], of_file) <= n;
}

/* Of both versions. */
static void read_both(const struct ohb_judge_spec *spec,
		const struct ohb_file *file, struct marks *ret,
		struct marks *ret_theirs)
{
	const struct ohb_file *theirs = spec->exempting ?
			ohb_fileset_find(spec->exempting, file->path) :
			NULL;

	read_marks(file, ret);
	if (ret->count && theirs && theirs->data)
		read_marks(theirs, ret_theirs);
}

int ohb_exempt_find(const struct ohb_judge_spec *spec,
		const struct ohb_file *file, const char *rule, unsigned line,
		struct ohb_exemption *ret)
{
	struct marks marks = { .arena = OHB_ARENA_INIT };
	struct marks theirs = { .arena = OHB_ARENA_INIT };
	int result = 0;
	size_t i;

	read_both(spec, file, &marks, &theirs);
	for (i = 0; i < marks.count && result <= 0; i++) {
		const struct mark *item = &marks.items[i];
		struct ohb_exemption found;

		if ((line && item->line != line &&
				    (item->behind || item->line + 1 != line)) ||
				!read_reason(&item->words, rule, &found))
			continue;
		result = -1;
		if (found.len == 0 || !is_theirs(&theirs, &marks, i, !line))
			continue;
		*ret = found;
		result = 1;
	}
	marks_release(&marks);
	marks_release(&theirs);
	return result;
}

unsigned ohb_exempt_planted(
		const struct ohb_judge_spec *spec, const struct ohb_file *file)
{
	struct marks marks = { .arena = OHB_ARENA_INIT };
	struct marks theirs = { .arena = OHB_ARENA_INIT };
	unsigned line = 0;
	size_t i;

	read_both(spec, file, &marks, &theirs);
	for (i = 0; i < marks.count && !line; i++)
		if (!is_theirs(&theirs, &marks, i, is_of_file(&marks.items[i])))
			line = marks.items[i].line;
	marks_release(&marks);
	marks_release(&theirs);
	return line;
}

#include "validate/exempt.h"

#include <limits.h>
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
	size_t start; /* where that is, or may be, in the file */
	const char *code; /* from there on, without blanks but '\n' */
	const char *name; /* of the test or function, or NULL */
};

/* Those of a file. */
struct marks {
	struct ohb_arena arena;
	struct mark *items; /* by line */
	size_t count, cap;
	struct mark *sorted; /* the same, by words and name */
};

struct ohb_exemptions {
	struct marks marks, theirs; /* of the file; of a person's version */
	bool same; /* that version is this file, and not looked at */
};

static void marks_release(struct marks *marks)
{
	free(marks->items);
	free(marks->sorted);
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

/* Which there are, and where. */
static void read_marks(const struct ohb_file *file, struct marks *ret)
{
	size_t at = 0, len;
	unsigned line = 0;

	for (; at < file->len; at += len + 1) {
		struct mark *item;
		struct words words;

		len = line_len(file->data + at, file->len - at);
		line++;
		words = words_of(file->data + at, len);
		if (!words.data)
			continue;
		item = ohb_grow(&ret->items, &ret->cap, ret->count++,
				sizeof(*item));
		*item = (struct mark){ .words = words, .line = line };
		item->behind = code_len(file->data + at, len) > 0;
		item->start = item->behind ? at : at + len + 1;
	}
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

/* By words, and unless it is of the file, by the name of what it is in. */
static int compare(const struct mark *a, const struct mark *b, bool of_file)
{
	int order;

	if (a->words.len != b->words.len)
		return a->words.len < b->words.len ? -1 : 1;
	order = memcmp(a->words.data, b->words.data, a->words.len);
	if (order || of_file)
		return order;
	return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

static int by_words(const void *a, const void *b)
{
	return compare(a, b, false);
}

static void sort_marks(struct marks *marks)
{
	const size_t size = marks->count * sizeof(*marks->items);

	marks->sorted = ohb_alloc(size + 1);
	if (marks->count == 0)
		return;
	memcpy(marks->sorted, marks->items, size);
	qsort(marks->sorted, marks->count, sizeof(*marks->sorted), by_words);
}

/* What they are of, so that they can be counted. */
static void place_marks(struct marks *marks, const struct ohb_file *file)
{
	ohb_autofree size_t *places =
			ohb_alloc((marks->count + 1) * sizeof(*places));
	size_t i;

	for (i = 0; i < marks->count; i++)
		marks->items[i].code = code_from(file, marks->items[i].start,
				&marks->arena, &places[i]);
	name_marks(marks, file, places);
	sort_marks(marks);
}

/* How many up to a line are like this one. */
static size_t count(const struct marks *marks, unsigned line,
		const struct mark *like, bool of_file)
{
	size_t low = 0, high = marks->count, found = 0;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(&marks->sorted[middle], like, of_file) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < marks->count &&
			compare(&marks->sorted[low], like, of_file) == 0;
			low++)
		found += marks->sorted[low].line <= line &&
				(of_file ||
						same_code(marks->sorted[low].code,
								like->code));
	return found;
}

/* Whether a person's version has this very comment at the same code, and as
 * many of it as the file up to here: a copy is not a person's. */
static bool is_theirs(const struct ohb_exemptions *exemptions,
		const struct mark *item, bool of_file)
{
	size_t n;

	if (exemptions->same)
		return true;
	n = count(&exemptions->theirs, UINT_MAX, item, of_file);
	return n && count(&exemptions->marks, item->line, item, of_file) <= n;
}

static bool same_text(const struct ohb_file *a, const struct ohb_file *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

struct ohb_exemptions *ohb_exemptions_new(
		const struct ohb_judge_spec *spec, const struct ohb_file *file)
{
	struct ohb_exemptions *ret = ohb_alloc(sizeof(*ret));
	const struct ohb_file *theirs = spec->exempting ?
			ohb_fileset_find(spec->exempting, file->path) :
			NULL;

	*ret = (struct ohb_exemptions){
		.marks.arena = OHB_ARENA_INIT,
		.theirs.arena = OHB_ARENA_INIT,
		.same = theirs && theirs->data && same_text(theirs, file),
	};
	read_marks(file, &ret->marks);
	/* A look at the code is for those that are to be compared. */
	if (ret->marks.count == 0 || ret->same || !theirs || !theirs->data)
		return ret;
	read_marks(theirs, &ret->theirs);
	place_marks(&ret->marks, file);
	place_marks(&ret->theirs, theirs);
	return ret;
}

void ohb_exemptions_free(struct ohb_exemptions *exemptions)
{
	if (!exemptions)
		return;
	marks_release(&exemptions->marks);
	marks_release(&exemptions->theirs);
	free(exemptions);
}

int ohb_exemptions_find(const struct ohb_exemptions *exemptions,
		const char *rule, unsigned line, struct ohb_exemption *ret)
{
	const struct marks *marks = &exemptions->marks;
	int result = 0;
	size_t i;

	for (i = 0; i < marks->count && result <= 0; i++) {
		const struct mark *item = &marks->items[i];
		struct ohb_exemption found;

		if ((line && item->line != line &&
				    (item->behind || item->line + 1 != line)) ||
				!read_reason(&item->words, rule, &found))
			continue;
		result = -1;
		if (found.len == 0 || !is_theirs(exemptions, item, !line))
			continue;
		*ret = found;
		result = 1;
	}
	return result;
}

unsigned ohb_exemptions_planted(const struct ohb_exemptions *exemptions)
{
	const struct marks *marks = &exemptions->marks;
	size_t i;

	for (i = 0; i < marks->count; i++)
		if (!is_theirs(exemptions, &marks->items[i],
				    is_of_file(&marks->items[i])))
			return marks->items[i].line;
	return 0;
}

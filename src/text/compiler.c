#include "text/compiler.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define MAX_LINE ((size_t)2000) /* of a longer one the rest is not looked at */
#define MAX_AHEAD 8 /* lines behind an error that may show its code */
#define MAX_NUMBER 10000000ull

/* Where the reading is: a line, copied, and what comes after it. */
struct cursor {
	const char *line, *rest;
	struct ohb_arena *arena;
};

static const char *skip(const char *text)
{
	return text + strspn(text, " \t");
}

static bool next(struct cursor *cursor)
{
	size_t len = strcspn(cursor->rest, "\n");

	if (*cursor->rest == '\0')
		return false;
	cursor->line = ohb_arena_strndup(cursor->arena, cursor->rest,
			len < MAX_LINE ? len : MAX_LINE);
	/* pytest marks the lines that say what was wrong */
	if (ohb_starts(cursor->line, "E  "))
		cursor->line = skip(cursor->line + 1);
	cursor->rest += len + (cursor->rest[len] == '\n');
	return true;
}

/* A number and the character behind it; returns what follows, or NULL. */
static const char *number(const char *text, char end, unsigned *ret)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long value;

	if (ohb_parse_u64(text, digits, MAX_NUMBER, &value) < 0 ||
			text[digits] != end)
		return NULL;
	*ret = (unsigned)value;
	return text + digits + (end != '\0');
}

static bool is_file(const char *text, size_t len)
{
	return len && !memchr(text, ' ', len) && !memchr(text, '"', len) &&
			!memchr(text, '\t', len);
}

/* "file:line:" and, where it is there, "column:"; returns what follows. */
static const char *place(const struct cursor *cursor, const char *text,
		struct ohb_compiler_error *ret)
{
	const char *colon = strchr(text, ':'), *after, *further;

	if (!colon || !is_file(text, (size_t)(colon - text)))
		return NULL;
	after = number(colon + 1, ':', &ret->line);
	if (!after)
		return NULL;
	further = number(after, ':', &ret->column);
	ret->file = ohb_arena_strndup(
			cursor->arena, text, (size_t)(colon - text));
	return skip(further ? further : after);
}

static bool is_error(const char *text)
{
	static const char *const words[] = { "error:", "error[", "error ",
		"fatal error:", "- error ", "Error:", "internal compiler",
		"runtime error:" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(words); i++)
		if (ohb_starts(text, words[i]))
			return true;
	return false;
}

/* gcc, clang, javac, linters; tsc --pretty. */
static bool match_colon(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *text = place(cursor, cursor->line, ret);
	const char *dash = NULL;

	if (text && is_error(text)) {
		ret->text = ohb_starts(text, "- ") ? text + 2 : text;
		return true;
	}
	/* "a.ts:3:5 - error TS2322: …": no colon behind the column */
	dash = strstr(cursor->line, " - error TS");
	if (!dash)
		return false;
	text = ohb_arena_printf(cursor->arena,
			"%.*s:", (int)(dash - cursor->line), cursor->line);
	ret->text = dash + 3;
	return place(cursor, text, ret) != NULL;
}

/* go build and go vet name no kind: what they print is wrong. */
static bool match_go(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *line = cursor->line;

	if (ohb_starts(line, "vet: "))
		line += strlen("vet: ");
	ret->text = place(cursor, line, ret);
	return ret->text && ret->column && ohb_ends(ret->file, ".go");
}

/* "a.ts(3,5): error TS2322: …" */
static bool match_tsc(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *open = strchr(cursor->line, '('), *text;

	if (!open || !is_file(cursor->line, (size_t)(open - cursor->line)))
		return false;
	text = number(open + 1, ',', &ret->line);
	text = text ? number(text, ')', &ret->column) : NULL;
	if (!text || !ohb_starts(text, ": error "))
		return false;
	ret->file = ohb_arena_strndup(cursor->arena, cursor->line,
			(size_t)(open - cursor->line));
	ret->text = text + 2;
	return true;
}

/* "error[E0308]: mismatched types", and on the next line " --> a.rs:3:5" */
static bool match_rust(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	struct cursor ahead = *cursor;
	const char *text, *colon;

	if (!ohb_starts(cursor->line, "error") || !next(&ahead))
		return false;
	text = skip(ahead.line);
	if (!ohb_starts(text, "--> "))
		return false;
	text = ohb_arena_printf(cursor->arena, "%s:", text + 4);
	colon = place(cursor, text, ret);
	ret->text = cursor->line;
	cursor->rest = ahead.rest;
	return colon != NULL;
}

/*
 * Python names the place first and what was wrong at the end; of a traceback
 * the last place outside of libraries counts.
 *   File "a.py", line 3[, in f]      a.py:3: in f
 */
static const char *python_place(
		const struct cursor *cursor, struct ohb_compiler_error *ret)
{
	static const char begin[] = "File \"", middle[] = "\", line ";
	const char *text = skip(cursor->line), *end;
	size_t digits;

	if (!ohb_starts(text, begin)) {
		end = place(cursor, cursor->line, ret);
		return end && ohb_starts(end, "in ") ? end : NULL;
	}
	text += strlen(begin);
	end = strstr(text, middle);
	if (!end)
		return NULL;
	ret->file = ohb_arena_strndup(
			cursor->arena, text, (size_t)(end - text));
	text = end + strlen(middle);
	digits = strspn(text, "0123456789");
	return number(text, text[digits], &ret->line);
}

static bool is_library(const char *file)
{
	return *file == '/' || *file == '<';
}

static bool is_exception(const char *line)
{
	size_t name = strspn(line,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
			"RSTUVWXYZ0123456789_.");

	return isupper((unsigned char)*line) && name > 3 &&
			(line[name] == ':' || line[name] == '\0') &&
			(memmem(line, name, "Error", 5) ||
					memmem(line, name, "Exception", 9));
}

static bool match_python(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	struct cursor ahead = *cursor;
	unsigned further = 0;

	if (!python_place(cursor, ret))
		return false;
	while (further++ < 200 && next(&ahead)) {
		struct ohb_compiler_error inner = { .line = 0 };
		const char *line = ahead.line;

		if (python_place(&ahead, &inner)) {
			if (is_library(inner.file) && !is_library(ret->file))
				continue;
			*ret = inner;
		} else if (is_exception(line)) {
			ret->text = line;
			cursor->rest = ahead.rest;
			return true;
		} else if (!ret->source) {
			ret->source = line;
		}
	}
	/* Else one looked so far ahead again for every such line. */
	cursor->rest = ahead.rest;
	return false;
}

/* "/a/b.js:3", the line, "   ^", an empty line, "SyntaxError: …" */
static bool match_node(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *colon = strrchr(cursor->line, ':');
	struct cursor ahead = *cursor;
	unsigned further = 0;

	if (!colon || !is_file(cursor->line, (size_t)(colon - cursor->line)) ||
			!number(colon + 1, '\0', &ret->line) || !next(&ahead))
		return false;
	ret->source = ahead.line;
	while (further++ < MAX_AHEAD && next(&ahead)) {
		if (!is_exception(ahead.line))
			continue;
		ret->file = ohb_arena_strndup(cursor->arena, cursor->line,
				(size_t)(colon - cursor->line));
		ret->text = ahead.line;
		cursor->rest = ahead.rest;
		return true;
	}
	return false;
}

/* dash: "sh: a.sh: 3: Syntax error: …" or "a.sh: 3: …"; bash: "a.sh: line 3:
 * syntax error …" */
static bool match_shell(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *text = strcasestr(cursor->line, ": syntax error");
	const char *line, *file;

	if (!text)
		return false;
	for (line = text;
			line > cursor->line && isdigit((unsigned char)line[-1]);
			line--)
		;
	if (!number(line, ':', &ret->line))
		return false;
	while (line > cursor->line && line[-1] != ':')
		line--;
	if (line == cursor->line)
		return false;
	line--;
	for (file = line; file > cursor->line && file[-1] != ' '; file--)
		;
	ret->file = ohb_arena_strndup(
			cursor->arena, file, (size_t)(line - file));
	ret->text = text + 2;
	return *ret->file != '\0';
}

/* "Makefile:3: *** missing separator.  Stop." */
static bool match_make(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *text = place(cursor, cursor->line, ret);

	ret->text = text && ohb_starts(text, "*** ") ? text + 4 : NULL;
	return ret->text != NULL;
}

/* "a.c:3: undefined reference to `f'", which ld may put its name before */
static bool match_linker(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	const char *text = strstr(cursor->line, "undefined reference to ");
	const char *file, *end;

	if (!text)
		return false;
	end = text;
	while (end > cursor->line && (end[-1] == ' ' || end[-1] == ':'))
		end--;
	for (file = end; file > cursor->line && file[-1] != ' '; file--)
		;
	ret->text = text;
	if (place(cursor, file, ret) && ret->line)
		return true;
	ret->line = 0;
	end = memchr(file, ':', (size_t)(end - file));
	ret->file = end ? ohb_arena_strndup(cursor->arena, file,
					  (size_t)(end - file)) :
			  NULL;
	return true;
}

/* "SUMMARY: AddressSanitizer: heap-use-after-free a.c:3:7 in f" */
static bool match_sanitizer(
		struct cursor *cursor, struct ohb_compiler_error *ret)
{
	static const char begin[] = "SUMMARY: ";
	const char *line = cursor->line, *file, *text;
	size_t len;

	if (!ohb_starts(line, begin) || !strstr(line, "Sanitizer: "))
		return false;
	ret->text = line + strlen(begin);
	for (file = ret->text; *file; file += len + (file[len] == ' ')) {
		len = strcspn(file, " ");
		text = ohb_arena_printf(cursor->arena, "%.*s:", (int)len, file);
		if (place(cursor, text, ret))
			break;
	}
	return true;
}

/* "thread 'f' (93) panicked at a.rs:3:5:", and what was wrong beneath it */
static bool match_panic(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	static const char begin[] = " panicked at ";
	const char *text = strstr(cursor->line, begin);
	ohb_autostr words = OHB_STR_INIT;
	unsigned further = 0;

	if (!ohb_starts(cursor->line, "thread '") || !text ||
			!place(cursor, text + strlen(begin), ret))
		return false;
	while (further++ < MAX_AHEAD && next(cursor)) {
		if (*cursor->line == '\0' ||
				ohb_starts(cursor->line, "note: ") ||
				ohb_starts(cursor->line, "stack backtrace:"))
			break;
		ohb_str_addf(&words, "%s%s", words.len ? "\n" : "",
				cursor->line);
	}
	ret->text = ohb_arena_strdup(cursor->arena, ohb_str_cstr(&words));
	return words.len > 0;
}

static bool (*const forms[])(struct cursor *, struct ohb_compiler_error *) = {
	match_colon,
	match_tsc,
	match_rust,
	match_python,
	match_shell,
	match_make,
	match_linker,
	match_go,
	match_node,
	match_sanitizer,
	match_panic,
};

/*
 * gcc " 3 |   code", rustc "3 |   code" behind an empty "  |"; clang and javac
 * show the bare line, with a caret beneath it.
 */
static const char *source_of(const struct cursor *cursor, unsigned line)
{
	struct cursor ahead = *cursor;
	const char *bare = NULL;
	unsigned further;

	for (further = 0; further < MAX_AHEAD && next(&ahead); further++) {
		const char *text = skip(ahead.line), *bar;
		unsigned shown = 0;
		size_t digits = strspn(text, "0123456789");

		bar = skip(text + digits);
		if (digits && *bar == '|' &&
				number(text, text[digits], &shown) &&
				shown == line)
			return skip(bar + 1);
		if (bare && *text == '^')
			return skip(bare);
		bare = further == 0 ? ahead.line : NULL;
		if (*text != '|' && further > 1)
			break;
	}
	return NULL;
}

static bool is_known(const struct ohb_compiler_error *known, size_t n,
		const struct ohb_compiler_error *error)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (known[i].line == error->line &&
				known[i].column == error->column &&
				ohb_streq(known[i].file, error->file) &&
				strcmp(known[i].text, error->text) == 0)
			return true;
	return false;
}

static bool match(struct cursor *cursor, struct ohb_compiler_error *ret)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(forms); i++) {
		*ret = (struct ohb_compiler_error){ .line = 0 };
		if (!forms[i](cursor, ret))
			continue;
		if (!ret->source)
			ret->source = source_of(cursor, ret->line);
		if (ret->source)
			ret->source = skip(ret->source);
		return true;
	}
	return false;
}

size_t ohb_compiler_errors(const char *text, struct ohb_arena *arena,
		struct ohb_compiler_error *ret, size_t max)
{
	struct cursor cursor = { .rest = text, .arena = arena };
	struct ohb_compiler_error error;
	size_t found = 0;

	while (found < max && next(&cursor))
		if (match(&cursor, &error) && !is_known(ret, found, &error))
			ret[found++] = error;
	return found;
}

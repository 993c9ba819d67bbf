#include "text/depfile.h"

#include <string.h>

#include "base/limits.h"

struct parsing {
	const char *text;
	size_t len, at;
	unsigned line;
	struct ohb_arena *arena;
	struct ohb_error *err;
	const char **files, **targets;
	size_t nfiles, cfiles, ntargets, ctargets;
};

static char peek(const struct parsing *p, size_t ahead)
{
	/* A NUL in the text was refused before. */
	if (ahead >= p->len - p->at)
		return '\0';
	return p->text[p->at + ahead];
}

/* Bytes of the line's end at this place, 0 when it is none. */
static size_t newline_at(const struct parsing *p, size_t ahead)
{
	if (peek(p, ahead) == '\n')
		return 1;
	return peek(p, ahead) == '\r' && peek(p, ahead + 1) == '\n' ? 2 : 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether a word cannot go on here. */
static bool is_end(const struct parsing *p, size_t ahead)
{
	char c = peek(p, ahead);

	return c == '\0' || is_blank(c) || newline_at(p, ahead) ||
			(c == '\\' && newline_at(p, ahead + 1));
}

static int keep(struct parsing *p, const char *word, size_t len,
		const char ***items, size_t *count, size_t *cap)
{
	if (len > OHB_MAX_PATH)
		return ohb_fail(p->err, OHB_E_SYNTAX,
				"line %u: a name longer than %d bytes", p->line,
				OHB_MAX_PATH);
	*(const char **)ohb_grow((void *)items, cap, *count, sizeof(**items)) =
			ohb_arena_strndup(p->arena, word, len);
	(*count)++;
	return 0;
}

/* Blanks and continued lines. */
static void skip_blanks(struct parsing *p)
{
	for (;;) {
		if (is_blank(peek(p, 0))) {
			p->at++;
		} else if (peek(p, 0) == '\\' && newline_at(p, 1)) {
			p->at += 1 + newline_at(p, 1);
			p->line++;
		} else {
			return;
		}
	}
}

/* Of the line, or of what counts in it. */
static bool at_end(const struct parsing *p)
{
	return p->at >= p->len || newline_at(p, 0) || peek(p, 0) == '#';
}

/* A comment, if one begins here, up to the end of the line. */
static void skip_comment(struct parsing *p)
{
	if (peek(p, 0) != '#')
		return;
	while (p->at < p->len && p->text[p->at] != '\n')
		p->at++;
}

/* A run of backslashes and what it does to the byte behind it; whether the
 * word goes on. */
static bool read_backslashes(struct parsing *p, struct ohb_str *word)
{
	size_t n = 0, literal, i;
	char next;

	while (peek(p, n) == '\\')
		n++;
	next = peek(p, n);
	literal = n;
	if (is_blank(next))
		literal = n / 2;
	else if (next == '#' || next == ':' || newline_at(p, n))
		literal = n - 1;
	for (i = 0; i < literal; i++)
		ohb_str_addc(word, '\\');
	p->at += n;
	if (newline_at(p, 0)) {
		p->at--; /* the last one continues the line */
		return false;
	}
	if (is_blank(next) && n % 2 == 0)
		return false;
	if (literal < n) {
		ohb_str_addc(word, next);
		p->at++;
	}
	return true;
}

/* Up to what ends it: nothing of that is taken. */
static void read_word(struct parsing *p, struct ohb_str *word)
{
	ohb_str_clear(word);
	while (!is_end(p, 0) && peek(p, 0) != '#') {
		if (peek(p, 0) == ':' && is_end(p, 1))
			return;
		if (peek(p, 0) == '\\') {
			if (!read_backslashes(p, word))
				return;
			continue;
		}
		if (peek(p, 0) == '$' && peek(p, 1) == '$')
			p->at++;
		ohb_str_addc(word, p->text[p->at++]);
	}
}

/* One word and the ':' behind it: a target before that, then a file. */
static int take_word(struct parsing *p, struct ohb_str *word, bool *colon)
{
	int result = 0;

	read_word(p, word);
	if (word->len && !*colon)
		result = keep(p, word->data, word->len, &p->targets,
				&p->ntargets, &p->ctargets);
	else if (word->len && !ohb_streq(word->data, "|"))
		result = keep(p, word->data, word->len, &p->files, &p->nfiles,
				&p->cfiles);
	if (result < 0 || peek(p, 0) != ':')
		return result;
	if (*colon)
		return ohb_fail(p->err, OHB_E_SYNTAX,
				"line %u: a second ':' in one rule", p->line);
	*colon = true;
	p->at++;
	return 0;
}

/* One rule with its continued lines, up to the end of the last one. */
static int read_rule(struct parsing *p, struct ohb_str *word)
{
	unsigned line = p->line;
	bool colon = false, any = false;

	for (skip_blanks(p); !at_end(p); skip_blanks(p)) {
		any = true;
		if (take_word(p, word, &colon) < 0)
			return -1;
	}
	if (any && !colon)
		return ohb_fail(p->err, OHB_E_SYNTAX,
				"line %u: not of the form 'target: file ...'",
				line);
	skip_comment(p);
	p->at += newline_at(p, 0);
	p->line++;
	return 0;
}

static int read_rules(struct parsing *p)
{
	ohb_autostr word = OHB_STR_INIT;

	while (p->at < p->len)
		if (read_rule(p, &word) < 0)
			return -1;
	return 0;
}

static size_t blank_len(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && is_blank(line[n]))
		n++;
	return n;
}

static int read_lines(struct parsing *p)
{
	for (; p->at < p->len; p->line++) {
		const char *line = p->text + p->at;
		const char *end = memchr(line, '\n', p->len - p->at);
		size_t len = end ? (size_t)(end - line) : p->len - p->at;

		p->at += len + (end != NULL);
		if (len && line[len - 1] == '\r')
			len--;
		if (blank_len(line, len) == len)
			continue;
		if (keep(p, line, len, &p->files, &p->nfiles, &p->cfiles) < 0)
			return -1;
	}
	return 0;
}

/* Whether the first line that says anything is a rule. */
static bool has_rules(const struct parsing *text)
{
	struct parsing p = *text;
	ohb_autostr word = OHB_STR_INIT;

	while (p.at < p.len) {
		skip_blanks(&p);
		skip_comment(&p);
		if (!newline_at(&p, 0))
			break;
		p.at += newline_at(&p, 0);
	}
	while (!at_end(&p)) {
		read_word(&p, &word);
		if (peek(&p, 0) == ':')
			return true;
		skip_blanks(&p);
	}
	return false;
}

int ohb_depfile_parse(const char *text, size_t len, struct ohb_arena *arena,
		struct ohb_depfile *ret, struct ohb_error *err)
{
	struct parsing p = {
		.text = text,
		.len = len,
		.line = 1,
		.arena = arena,
		.err = err,
	};
	const char *nul = len ? memchr(text, '\0', len) : NULL;
	bool rules;
	int result;

	if (nul)
		return ohb_fail(err, OHB_E_SYNTAX,
				"byte %zu is NUL: print one file a line",
				(size_t)(nul - text) + 1);
	rules = has_rules(&p);
	result = rules ? read_rules(&p) : read_lines(&p);
	if (result == 0) {
		const char **files = p.nfiles ? p.files : p.targets;
		size_t count = p.nfiles ? p.nfiles : p.ntargets;
		const char **copy =
				ohb_arena_alloc(arena, count * sizeof(*copy));

		if (count)
			memcpy(copy, files, count * sizeof(*copy));
		*ret = (struct ohb_depfile){
			.form = rules ? OHB_DEPFILE_RULES : OHB_DEPFILE_LINES,
			.files = copy,
			.count = count,
		};
	}
	ohb_freep(&p.files);
	ohb_freep(&p.targets);
	return result;
}

void ohb_depfile_resolve(
		const char *root, const char *path, struct ohb_str *out)
{
	size_t len;

	ohb_str_clear(out);
	ohb_str_adds(out, *path == '/' || ohb_streq(root, "/") ? "" : root);
	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 0 || (len == 1 && *path == '.'))
			continue;
		if (len == 2 && memcmp(path, "..", 2) == 0) {
			const char *slash = strrchr(ohb_str_cstr(out), '/');

			ohb_str_cut(out,
					slash ? (size_t)(slash - out->data) :
						0);
			continue;
		}
		ohb_str_addc(out, '/');
		ohb_str_add(out, path, len);
	}
	if (!out->len)
		ohb_str_addc(out, '/');
}

#include "text/glob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum token_kind {
	TOKEN_LITERAL,
	TOKEN_ANY, /* one byte */
	TOKEN_CLASS, /* one byte of a set */
	TOKEN_STAR, /* any bytes of a segment */
	TOKEN_NAME, /* the same, one or more, captured */
	TOKEN_DEEP, /* whole segments, each with the '/' behind it */
	TOKEN_REST, /* all that is left, at the end of the pattern */
	TOKEN_AGAIN, /* the bytes that a capture has */
	TOKEN_AGAIN_DEEP, /* the same with the '/' behind them, if any */
};

struct token {
	enum token_kind kind;
	int capture; /* index of the name, or -1 */
	bool binds; /* the capture stands again further on */
	unsigned row; /* of the table of failures: the kinds with a choice */
	const char *text; /* TOKEN_LITERAL; not terminated */
	size_t len;
	const unsigned char *set; /* TOKEN_CLASS: 256 bits */
};

struct ohb_glob {
	struct token *tokens;
	size_t ntokens;
	unsigned nrows;
	const char *names[OHB_GLOB_CAPTURES];
	size_t nnames;
	struct token *repeated; /* its capture stands more than once; or NULL */
	const char *prefix;
};

#define SET_BYTES 32

struct compiler {
	struct ohb_glob *glob;
	struct ohb_arena *arena;
	const char *pattern;
	size_t at;
	char *literals; /* of all literal tokens, one after the other */
	size_t nliterals;
	struct ohb_error *err;
};

static int bad(struct compiler *c, size_t at, const char *why)
{
	c->at = at;
	return ohb_fail(c->err, OHB_E_SYNTAX, "bad pattern '%s': %s",
			c->pattern, why);
}

static struct token *add_token(struct compiler *c, enum token_kind kind)
{
	struct token *token = &c->glob->tokens[c->glob->ntokens++];

	token->kind = kind;
	token->capture = -1;
	return token;
}

static int add_choice(struct compiler *c, size_t start, enum token_kind kind,
		int capture)
{
	struct token *token;

	if (c->glob->nrows == OHB_GLOB_WILDCARDS)
		return bad(c, start, "too many wildcards");
	token = add_token(c, kind);
	token->capture = capture;
	token->row = c->glob->nrows++;
	return 0;
}

static void add_literal(struct compiler *c, char byte)
{
	struct ohb_glob *glob = c->glob;
	size_t last = glob->ntokens - 1;

	if (glob->ntokens == 0 || glob->tokens[last].kind != TOKEN_LITERAL) {
		last = glob->ntokens;
		add_token(c, TOKEN_LITERAL)->text = c->literals + c->nliterals;
	}
	c->literals[c->nliterals++] = byte;
	glob->tokens[last].len++;
}

/* What stands for whole segments has '/' or an end on both sides.  start is
 * its first byte, c->at the one behind it; a '/' there belongs to it.  Returns
 * 1 at the end of the pattern, else 0. */
static int whole_segment(struct compiler *c, size_t start)
{
	char next = c->pattern[c->at];

	if ((start > 0 && c->pattern[start - 1] != '/') ||
			(next != '\0' && next != '/'))
		return bad(c, start,
				"'**' must be a whole segment, as in "
				"'src/**/*.c'");
	if (next == '\0')
		return 1;
	c->at++;
	return 0;
}

static int parse_star(struct compiler *c)
{
	size_t start = c->at;
	int end;

	while (c->pattern[c->at] == '*')
		c->at++;
	if (c->at - start == 1)
		return add_choice(c, start, TOKEN_STAR, -1);
	if (c->at - start > 2)
		return bad(c, start, "more than two '*' in a row");
	end = whole_segment(c, start);
	if (end < 0)
		return -1;
	if (!end)
		return add_choice(c, start, TOKEN_DEEP, -1);
	add_token(c, TOKEN_REST);
	return 0;
}

static bool name_byte(char byte, bool first)
{
	return (byte >= 'a' && byte <= 'z') || byte == '_' ||
			(!first && byte >= '0' && byte <= '9');
}

/* The index of the name; *ret_again says that it was there before. */
static int capture_index(
		struct compiler *c, size_t start, size_t len, bool *ret_again)
{
	struct ohb_glob *glob = c->glob;
	const char *text = c->pattern + start;
	size_t i;

	*ret_again = true;
	for (i = 0; i < glob->nnames; i++)
		if (strlen(glob->names[i]) == len &&
				memcmp(glob->names[i], text, len) == 0)
			return (int)i;
	if (i == OHB_GLOB_CAPTURES)
		return bad(c, start, "too many captures");
	*ret_again = false;
	glob->names[glob->nnames++] = ohb_arena_strndup(c->arena, text, len);
	return (int)i;
}

/* kind is what it would be in its first place. */
static int add_again(struct compiler *c, size_t start, enum token_kind kind,
		int capture)
{
	struct ohb_glob *glob = c->glob;
	struct token *first = glob->tokens;

	while (first->capture != capture)
		first++;
	if ((first->kind == TOKEN_NAME) != (kind == TOKEN_NAME))
		return bad(c, start,
				"a capture that stands twice must be written "
				"the same way");
	if (glob->repeated && glob->repeated != first)
		return bad(c, start, "only one capture may stand twice");
	glob->repeated = first;
	first->binds = true;
	add_token(c, kind == TOKEN_DEEP ? TOKEN_AGAIN_DEEP : TOKEN_AGAIN)
			->capture = capture;
	return 0;
}

/* `name` or `name:**` between braces. */
static int capture_form(struct compiler *c, size_t start, size_t *ret_len,
		bool *ret_deep)
{
	while (name_byte(c->pattern[c->at], c->at == start + 1))
		c->at++;
	*ret_len = c->at - start - 1;
	*ret_deep = strncmp(c->pattern + c->at, ":**", 3) == 0;
	c->at += *ret_deep ? 3 : 0;
	if (*ret_len > 0 && c->pattern[c->at++] == '}')
		return 0;
	return bad(c, start,
			"a capture is '{name}' or '{name:**}' with a name of "
			"a-z, 0-9 and '_'; write '\\{' for a brace");
}

static int parse_capture(struct compiler *c)
{
	enum token_kind kind = TOKEN_NAME;
	size_t start = c->at++;
	size_t len = 0;
	bool deep = false, again = false;
	int capture, end = 0;

	if (capture_form(c, start, &len, &deep) < 0)
		return -1;
	capture = capture_index(c, start + 1, len, &again);
	if (capture < 0)
		return -1;
	if (deep)
		end = whole_segment(c, start);
	if (end < 0)
		return -1;
	if (deep)
		kind = end ? TOKEN_REST : TOKEN_DEEP;
	if (again)
		return add_again(c, start, kind, capture);
	if (kind != TOKEN_REST)
		return add_choice(c, start, kind, capture);
	add_token(c, kind)->capture = capture;
	return 0;
}

/* One byte of a class, escapes undone; -1 with an error if there is none. */
static int class_byte(struct compiler *c, size_t start)
{
	if (c->pattern[c->at] == '\\')
		c->at++;
	if (c->pattern[c->at] == '\0')
		return bad(c, start, "'[' without ']'");
	return (unsigned char)c->pattern[c->at++];
}

static int parse_range(struct compiler *c, size_t start, unsigned char *set)
{
	int low = class_byte(c, start);
	int high = low;

	if (low >= 0 && c->pattern[c->at] == '-' &&
			c->pattern[c->at + 1] != ']') {
		c->at++;
		high = class_byte(c, start);
	}
	if (low < 0 || high < 0)
		return -1;
	if (high < low)
		return bad(c, start, "a range that goes down");
	for (; low <= high; low++)
		set[low / 8] |= (unsigned char)(1u << low % 8);
	return 0;
}

static int parse_class(struct compiler *c)
{
	unsigned char *set = ohb_arena_alloc(c->arena, SET_BYTES);
	size_t start = c->at++;
	bool negate = c->pattern[c->at] == '!' || c->pattern[c->at] == '^';
	size_t first, i;

	if (negate)
		c->at++;
	for (first = c->at; c->at == first || c->pattern[c->at] != ']';)
		if (parse_range(c, start, set) < 0)
			return -1;
	c->at++;
	for (i = 0; negate && i < SET_BYTES; i++)
		set[i] = (unsigned char)~set[i];
	set['/' / 8] &= (unsigned char)~(1u << '/' % 8);
	add_token(c, TOKEN_CLASS)->set = set;
	return 0;
}

static int parse_token(struct compiler *c)
{
	switch (c->pattern[c->at]) {
	case '*':
		return parse_star(c);
	case '{':
		return parse_capture(c);
	case '[':
		return parse_class(c);
	case '?':
		add_token(c, TOKEN_ANY);
		c->at++;
		return 0;
	case '\\':
		if (c->pattern[++c->at] == '\0')
			return bad(c, c->at - 1, "'\\' at the end");
		break;
	default:
		break;
	}
	add_literal(c, c->pattern[c->at++]);
	return 0;
}

static bool has_choice(const struct token *token)
{
	return token->kind == TOKEN_STAR || token->kind == TOKEN_NAME ||
			token->kind == TOKEN_DEEP;
}

/* Whether a '/' separates what is before the token from what is behind. */
static bool separates(const struct token *token)
{
	return token->kind == TOKEN_DEEP || token->kind == TOKEN_AGAIN_DEEP ||
			(token->kind == TOKEN_LITERAL &&
					memchr(token->text, '/', token->len));
}

/*
 * What is tried after a capture that stands again depends on its bytes, so
 * each value has to be tried anew.  Alone in its segment it has few values;
 * among other wildcards the work would grow with the fourth power.
 */
static int check_repeated(struct compiler *c)
{
	const struct token *first = c->glob->repeated;
	const struct token *end = c->glob->tokens + c->glob->ntokens;
	const struct token *token;
	bool alone = true;

	if (!first || first->kind != TOKEN_NAME)
		return 0;
	for (token = first; token-- > c->glob->tokens && !separates(token);)
		alone = alone && !has_choice(token);
	for (token = first + 1; token < end && !separates(token); token++)
		alone = alone && !has_choice(token);
	if (alone)
		return 0;
	return bad(c, 0,
			"a capture that stands twice must at first be the only "
			"wildcard between two '/'");
}

static int compile(struct compiler *c, size_t len)
{
	if (len == 0)
		return bad(c, 0, "it is empty");
	if (len > OHB_MAX_PATH)
		return bad(c, 0, "it is too long");
	while (c->pattern[c->at])
		if (parse_token(c) < 0)
			return -1;
	if (c->pattern[len - 1] == '/')
		return bad(c, len - 1,
				"it ends in '/'; write '/**' for all that is "
				"inside of a folder");
	return check_repeated(c);
}

struct ohb_glob *ohb_glob_compile(struct ohb_arena *arena, const char *pattern,
		size_t *ret_at, struct ohb_error *err)
{
	struct ohb_glob *glob = ohb_arena_alloc(arena, sizeof(*glob));
	size_t len = strlen(pattern);
	size_t room = len <= OHB_MAX_PATH ? len + 1 : 1;
	struct compiler c = {
		.glob = glob,
		.arena = arena,
		.pattern = pattern,
		.literals = ohb_arena_alloc(arena, room),
		.err = err,
	};

	glob->tokens = ohb_arena_alloc(arena, room * sizeof(*glob->tokens));
	if (compile(&c, len) < 0) {
		*ret_at = c.at;
		return NULL;
	}
	glob->prefix = "";
	if (glob->tokens[0].kind == TOKEN_LITERAL)
		glob->prefix = ohb_arena_strndup(arena, glob->tokens[0].text,
				glob->tokens[0].len);
	return glob;
}

bool ohb_glob_has_captures(const struct ohb_glob *glob)
{
	return glob->nnames > 0;
}

bool ohb_glob_is_literal(const struct ohb_glob *glob)
{
	return glob->ntokens == 1 && glob->tokens[0].kind == TOKEN_LITERAL;
}

const char *ohb_glob_prefix(const struct ohb_glob *glob)
{
	return glob->prefix;
}

size_t ohb_glob_names(
		const struct ohb_glob *glob, const char *const **ret_names)
{
	*ret_names = glob->names;
	return glob->nnames;
}

struct span {
	size_t start, end;
};

struct matcher {
	const struct ohb_glob *glob;
	const char *path;
	size_t len;
	struct span spans[OHB_GLOB_CAPTURES];
	unsigned char *failed; /* a bit for each row and place */
	size_t width; /* bytes of a row */
	size_t steps;
};

static bool match_again(
		struct matcher *m, const struct token *token, size_t *at)
{
	struct span span = m->spans[token->capture];
	size_t len = span.end - span.start;
	bool slash = token->kind == TOKEN_AGAIN_DEEP && len > 0;

	if (len + slash > m->len - *at ||
			memcmp(m->path + *at, m->path + span.start, len) != 0)
		return false;
	*at += len;
	return !slash || m->path[(*at)++] == '/';
}

/* A token that can match in one way only. */
static bool match_fixed(
		struct matcher *m, const struct token *token, size_t *at)
{
	unsigned char byte = (unsigned char)m->path[*at];

	switch (token->kind) {
	case TOKEN_LITERAL:
		if (token->len > m->len - *at ||
				memcmp(m->path + *at, token->text,
						token->len) != 0)
			return false;
		*at += token->len;
		return true;
	case TOKEN_ANY:
	case TOKEN_CLASS:
		if (byte == '\0' || byte == '/')
			return false;
		++*at;
		return !token->set || token->set[byte / 8] >> byte % 8 & 1;
	case TOKEN_AGAIN:
	case TOKEN_AGAIN_DEEP:
		return match_again(m, token, at);
	case TOKEN_REST:
		if (token->capture >= 0)
			m->spans[token->capture] = (struct span){ *at, m->len };
		byte = *at < m->len;
		*at = m->len;
		return byte;
	case TOKEN_STAR:
	case TOKEN_NAME:
	case TOKEN_DEEP:
		break;
	}
	return false;
}

static void bind(struct matcher *m, const struct token *token, size_t at,
		size_t next)
{
	size_t after = token->row + 1;

	if (token->capture < 0)
		return;
	m->spans[token->capture].start = at;
	m->spans[token->capture].end = token->kind == TOKEN_DEEP && next > at ?
			next - 1 :
			next;
	/* What failed further on may hold with these other bytes. */
	if (token->binds)
		memset(m->failed + after * m->width, 0,
				(m->glob->nrows - after) * m->width);
}

static bool match_from(struct matcher *m, size_t t, size_t at);

static bool match_choice(struct matcher *m, size_t t, size_t at)
{
	const struct token *token = &m->glob->tokens[t];
	unsigned char *failed = m->failed + token->row * m->width;
	bool deep = token->kind == TOKEN_DEEP;
	size_t least = at + (token->kind == TOKEN_NAME ? 1 : 0);
	size_t next = m->len;

	if (failed[at / 8] >> at % 8 & 1)
		return false;
	if (!deep)
		next = at + strcspn(m->path + at, "/");
	for (; next + 1 > least; next--) {
		m->steps++;
		if (deep && next > at && m->path[next - 1] != '/')
			continue;
		bind(m, token, at, next);
		if (match_from(m, t + 1, next))
			return true;
		if (next == 0)
			break;
	}
	failed[at / 8] |= (unsigned char)(1u << at % 8);
	return false;
}

/* Recurses once a wildcard: at most OHB_GLOB_WILDCARDS deep. */
static bool match_from(struct matcher *m, size_t t, size_t at)
{
	for (; t < m->glob->ntokens; t++) {
		m->steps++;
		if (has_choice(&m->glob->tokens[t]))
			return match_choice(m, t, at);
		if (!match_fixed(m, &m->glob->tokens[t], &at))
			return false;
	}
	return at == m->len;
}

static void give(const struct matcher *m, struct ohb_arena *arena,
		struct ohb_captures *captures)
{
	size_t i;

	captures->count = m->glob->nnames;
	for (i = 0; i < m->glob->nnames; i++) {
		struct span span = m->spans[i];

		captures->items[i].name = m->glob->names[i];
		captures->items[i].value = ohb_arena_strndup(arena,
				m->path + span.start, span.end - span.start);
	}
}

bool ohb_glob_match(const struct ohb_glob *glob, const char *path,
		struct ohb_arena *arena, struct ohb_captures *captures)
{
	unsigned char small[512] = { 0 };
	ohb_autofree unsigned char *large = NULL;
	struct matcher m = {
		.glob = glob,
		.path = path,
		.len = strlen(path),
		.failed = small,
	};
	bool matches;

	m.width = m.len / 8 + 1;
	if (m.width * glob->nrows > sizeof(small)) {
		large = ohb_alloc(m.width * glob->nrows);
		m.failed = large;
	}
	matches = match_from(&m, 0, 0);
	if (captures)
		captures->steps = m.steps;
	if (matches && captures)
		give(&m, arena, captures);
	return matches;
}

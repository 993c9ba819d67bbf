#include "syntax/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "syntax/language.h"

enum role { ROLE_LAYOUT, ROLE_VERBATIM, ROLE_PLACE, ROLE_OPAQUE, ROLES };

static const char *const roles[ROLES] = {
	"layout",
	"verbatim",
	"place",
	"opaque",
};

struct span {
	size_t start, end;
};

/* One version, while its tree is walked. */
struct version {
	const char *data;
	size_t len;
	struct ohb_syntax_tree *tree;
	struct ohb_arena arena;
	struct span *spans[ROLES]; /* in the order of the text */
	size_t counts[ROLES];
	size_t at[ROLES]; /* the first that may still come */
	size_t done; /* bytes of the text that were told */
	struct ohb_framed framed;
	struct ohb_str *wide; /* gets the text with wider blanks; or NULL */
};

static void add_span(
		struct version *version, const struct ohb_syntax_node *node)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (strcmp(node->capture, roles[i]) == 0)
			version->spans[i][version->counts[i]++] =
					(struct span){ node->start, node->end };
}

static int by_start(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static int find_spans(struct version *version)
{
	const struct ohb_syntax_match *matches;
	struct ohb_error ignored = OHB_ERROR_INIT;
	size_t n, i, k, nodes = 0;

	if (ohb_syntax_query(version->tree, OHB_QUERY_LAYOUT, &version->arena,
			    &matches, &n, &ignored) < 0)
		return -1;
	for (i = 0; i < n; i++)
		nodes += matches[i].nnodes;
	for (i = 0; i < ROLES; i++)
		version->spans[i] = ohb_arena_alloc(&version->arena,
				nodes * sizeof(*version->spans[i]));
	for (i = 0; i < n; i++)
		for (k = 0; k < matches[i].nnodes; k++)
			add_span(version, &matches[i].nodes[k]);
	for (i = 0; i < ROLES; i++)
		if (version->counts[i])
			qsort(version->spans[i], version->counts[i],
					sizeof(*version->spans[i]), by_start);
	return version->counts[ROLE_OPAQUE] ? -1 : 0;
}

/* Nodes come in the order of the text, too. */
static bool has_role(struct version *version, enum role role, size_t start,
		size_t end)
{
	const struct span *spans = version->spans[role];
	size_t *at = &version->at[role], i;

	while (*at < version->counts[role] && spans[*at].start < start)
		(*at)++;
	for (i = *at; i < version->counts[role] && spans[i].start == start; i++)
		if (spans[i].end == end)
			return true;
	return false;
}

static void add(struct version *version, const char *tag, const void *data,
		size_t len)
{
	ohb_framed_add(&version->framed, tag, data, len);
}

/* Goes on to `end`; what lies on the way is copied as it is. */
static void pass(struct version *version, size_t end)
{
	if (version->wide && end > version->done)
		ohb_str_add(version->wide, version->data + version->done,
				end - version->done);
	version->done = end;
}

/* Blanks between two words of a line, which it may have more of. */
static bool is_elastic(const struct version *version, size_t start, size_t end)
{
	size_t i;

	if (start == 0 || strchr("\r\n", version->data[start - 1]))
		return false; /* an indentation */
	for (i = start; i < end; i++)
		if (!strchr(" \t", version->data[i]))
			return false;
	return start < end;
}

/* What lies between leaves: blanks do not count, all else does. */
static void add_gap(struct version *version, size_t end)
{
	size_t start = version->done, i;

	for (i = start; i < end; i++)
		if (!strchr(" \t\r\n\f\v\\", version->data[i]))
			break;
	if (i < end)
		add(version, "gap", version->data + start, end - start);
	pass(version, end);
	if (version->wide && is_elastic(version, start, end))
		ohb_str_addc(version->wide, ' ');
}

static void add_text(struct version *version, size_t start, size_t end)
{
	if (start < end)
		add(version, "text", version->data + start, end - start);
	pass(version, end);
}

/* A node; true when its children are to be walked. */
static bool enter(struct version *version, TSNode node)
{
	const char *kind = ohb_ts.node_type(node);
	size_t start = ohb_ts.node_start_byte(node);
	size_t end = ohb_ts.node_end_byte(node);
	TSPoint point = ohb_ts.node_start_point(node);
	const uint32_t place[] = { point.row, point.column };

	if (start > version->done)
		add_gap(version, start);
	if (has_role(version, ROLE_LAYOUT, start, end)) {
		pass(version, end);
		return false;
	}
	add(version, "node", kind, strlen(kind));
	if (has_role(version, ROLE_PLACE, start, end))
		add(version, "place", place, sizeof(place));
	if (ohb_ts.node_child_count(node) &&
			!has_role(version, ROLE_VERBATIM, start, end))
		return true;
	add_text(version, start, end);
	add(version, "end", "", 0);
	return false;
}

/* Without recursion: code may be nested deeply. */
static void walk(struct version *version)
{
	TSTreeCursor cursor =
			ohb_ts.tree_cursor_new(ohb_syntax_root(version->tree));
	bool more = true;

	while (more) {
		bool down = enter(version,
				ohb_ts.tree_cursor_current_node(&cursor));

		if (down && ohb_ts.tree_cursor_goto_first_child(&cursor))
			continue;
		while (!ohb_ts.tree_cursor_goto_next_sibling(&cursor)) {
			more = ohb_ts.tree_cursor_goto_parent(&cursor);
			if (!more)
				break;
			add_gap(version,
					ohb_ts.node_end_byte(
							ohb_ts.tree_cursor_current_node(
									&cursor)));
			add(version, "end", "", 0);
		}
	}
	add_gap(version, version->len);
	ohb_ts.tree_cursor_delete(&cursor);
}

/* 0: *ret stands for all of it that counts; wide may be NULL. */
static int digest(const char *path, const char *data, size_t len,
		struct ohb_str *wide, struct ohb_digest *ret)
{
	struct version version = { .data = data, .len = len, .wide = wide };
	const char *why;
	int result = -1;

	if (ohb_syntax_parse(path, data, len, &version.arena, &version.tree,
			    &why) == OHB_SYNTAX_OK &&
			ohb_syntax_error(version.tree) == 0 &&
			ohb_syntax_has(version.tree, OHB_QUERY_LAYOUT) &&
			find_spans(&version) == 0) {
		ohb_framed_init(&version.framed);
		walk(&version);
		*ret = ohb_framed_end(&version.framed);
		result = 0;
	}
	ohb_syntax_free(version.tree);
	ohb_arena_release(&version.arena);
	return result;
}

bool ohb_layout_same(const char *path, const char *old, size_t old_len,
		const char *now, size_t now_len)
{
	struct ohb_digest before, after;

	return digest(path, old, old_len, NULL, &before) == 0 &&
			digest(path, now, now_len, NULL, &after) == 0 &&
			ohb_digest_eq(&before, &after);
}

bool ohb_layout_widen(const char *path, const char *data, size_t len,
		struct ohb_str *out)
{
	ohb_autostr wide = OHB_STR_INIT;
	struct ohb_digest before, after;

	if (digest(path, data, len, &wide, &before) < 0)
		return false;
	ohb_str_addc(&wide, '\n');
	if (digest(path, wide.data, wide.len, NULL, &after) < 0 ||
			!ohb_digest_eq(&before, &after))
		return false;
	ohb_str_add(out, wide.data, wide.len);
	return true;
}

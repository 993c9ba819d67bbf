#include "text/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define CONTEXT ((size_t)2)
#define LOOKED_AT ((size_t)8000)
/* Beyond that many edits all of the middle counts as changed: the table of
 * them grows with the square. */
#define MAX_EDITS 600

struct line {
	const char *text;
	size_t len; /* with its newline; only the last may have none */
};

struct side {
	struct line *lines;
	size_t count;
	bool *changed; /* of each line: is not in the other text */
};

bool ohb_diff_is_text(const char *data, size_t len)
{
	return !len || !memchr(data, '\0', len < LOOKED_AT ? len : LOOKED_AT);
}

static bool split(const char *data, size_t len, struct side *ret)
{
	size_t cap = 0, at = 0;

	if (len > OHB_DIFF_MAX_BYTES)
		return false;
	while (at < len) {
		const char *end = memchr(data + at, '\n', len - at);
		struct line *line;

		if (ret->count == OHB_DIFF_MAX_LINES)
			return false;
		line = ohb_grow(&ret->lines, &cap, ret->count,
				sizeof(*ret->lines));
		line->text = data + at;
		line->len = end ? (size_t)(end - line->text) + 1 : len - at;
		at += line->len;
		ret->count++;
	}
	ret->changed = ohb_alloc((ret->count + 1) * sizeof(*ret->changed));
	return true;
}

static void release(struct side *side)
{
	free(side->lines);
	free(side->changed);
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/*
 * Myers' greedy search over the part of both texts that is not equal at its
 * ends: rows[d] says how far each diagonal k, -d..d, reaches in the old text
 * with d edits; it is at index k + d.
 */
struct search {
	const struct line *a, *b;
	int n, m;
	int *rows[MAX_EDITS + 1];
};

/* The reach of diagonal k before its equal lines, from the row before. */
static int reach(const struct search *s, int d, int k)
{
	const int *row;

	if (d == 0)
		return 0;
	row = s->rows[d - 1] + (d - 1);
	if (k == -d || (k != d && row[k - 1] < row[k + 1]))
		return row[k + 1];
	return row[k - 1] + 1;
}

/* How many edits it takes; -1 when they are too many. */
static int edits(struct search *s)
{
	int d, k, x;

	for (d = 0; d <= MAX_EDITS && d <= s->n + s->m; d++) {
		s->rows[d] = ohb_alloc(
				(size_t)(2 * d + 1) * sizeof(*s->rows[d]));
		for (k = -d; k <= d; k += 2) {
			x = reach(s, d, k);
			while (x < s->n && x - k < s->m &&
					same(&s->a[x], &s->b[x - k]))
				x++;
			s->rows[d][k + d] = x;
			if (x >= s->n && x - k >= s->m)
				return d;
		}
	}
	return -1;
}

/* Goes the way back and notes each edit. */
static void note(const struct search *s, int d, bool *gone, bool *come)
{
	int x = s->n, y = s->m;

	for (; d > 0; d--) {
		const int *row = s->rows[d - 1] + (d - 1);
		int k = x - y;
		bool down = k == -d || (k != d && row[k - 1] < row[k + 1]);

		k += down ? 1 : -1;
		x = row[k];
		y = x - k;
		if (down)
			come[y] = true;
		else
			gone[x] = true;
	}
}

static void compare(struct side *old, struct side *new)
{
	struct search s = { .n = 0 };
	size_t front = 0, back = 0, i;
	int d;

	while (front < old->count &&
			front < new->count &&same(&old->lines[front],
						&new->lines[front]))
		front++;
	while (back < old->count - front &&
			back < new->count -
							front &&same(&old->lines[old->count -
										     back -
										     1],
									&new->lines[new->count -
											back -
											1]))
		back++;
	s.a = old->lines + front;
	s.b = new->lines + front;
	s.n = (int)(old->count - front - back);
	s.m = (int)(new->count - front - back);
	d = edits(&s);
	if (d >= 0) {
		note(&s, d, old->changed + front, new->changed + front);
	} else {
		memset(old->changed + front, true, (size_t)s.n);
		memset(new->changed + front, true, (size_t)s.m);
	}
	for (i = 0; i <= MAX_EDITS; i++)
		free(s.rows[i]);
}

/* What is written, line by line, until there is no room. */
struct page {
	struct ohb_str *out;
	size_t left, more;
};

static void add_line(struct page *page, char sign, const struct line *line)
{
	if (!page->left) {
		page->more++;
		return;
	}
	page->left--;
	ohb_str_addc(page->out, sign);
	ohb_str_add(page->out, line->text, line->len);
	if (line->text[line->len - 1] != '\n')
		ohb_str_adds(page->out, "\n\\ No newline at end of file\n");
}

/* A range of both texts. */
struct hunk {
	size_t old, nold, new, nnew;
};

static bool is_changed(const struct side *side, size_t at)
{
	return at < side->count && side->changed[at];
}

/* From the first change at or behind (old, new) until more than twice the
 * context is equal; false when there is none. */
static bool find_hunk(const struct side *old, const struct side *new, size_t x,
		size_t y, struct hunk *ret)
{
	size_t equal = 0, before;

	while (x < old->count && !is_changed(old, x) && !is_changed(new, y)) {
		x++;
		y++;
	}
	if (!is_changed(old, x) && !is_changed(new, y))
		return false;
	before = x < y ? x : y;
	before = before < CONTEXT ? before : CONTEXT;
	*ret = (struct hunk){ .old = x - before, .new = y - before };
	while (equal <= 2 * CONTEXT && (x < old->count || y < new->count)) {
		bool gone = is_changed(old, x), come = is_changed(new, y);

		equal = gone || come ? 0 : equal + 1;
		x += gone || !come;
		y += come || !gone;
	}
	equal = equal > CONTEXT ? equal - CONTEXT : 0;
	ret->nold = x - equal - ret->old;
	ret->nnew = y - equal - ret->new;
	return true;
}

static void add_hunk(struct page *page, const struct side *old,
		const struct side *new, const struct hunk *hunk)
{
	size_t x = hunk->old, y = hunk->new;
	size_t xend = x + hunk->nold, yend = y + hunk->nnew;

	if (page->left)
		ohb_str_addf(page->out, "@@ -%zu,%zu +%zu,%zu @@\n",
				x + (hunk->nold > 0), hunk->nold,
				y + (hunk->nnew > 0), hunk->nnew);
	while (x < xend || y < yend) {
		if (is_changed(old, x) && x < xend)
			add_line(page, '-', &old->lines[x++]);
		else if (is_changed(new, y) && y < yend)
			add_line(page, '+', &new->lines[y++]);
		else {
			add_line(page, ' ', &old->lines[x++]);
			y++;
		}
	}
}

/* NOLINTNEXTLINE(readability-function-size): two texts and a limit */
bool ohb_diff_add(struct ohb_str *out, const char *old, size_t old_len,
		const char *new, size_t new_len, size_t max_lines,
		size_t *ret_more)
{
	struct side a = { .lines = NULL }, b = { .lines = NULL };
	struct page page = { .out = out, .left = max_lines };
	struct hunk hunk = { .old = 0 };
	bool fits = split(old, old_len, &a) && split(new, new_len, &b);

	if (fits) {
		compare(&a, &b);
		while (find_hunk(&a, &b, hunk.old + hunk.nold,
				hunk.new + hunk.nnew, &hunk))
			add_hunk(&page, &a, &b, &hunk);
		*ret_more = page.more;
	}
	release(&a);
	release(&b);
	return fits;
}

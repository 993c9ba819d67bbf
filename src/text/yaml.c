#include "text/yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/limits.h"
#include "base/map.h"
#include "text/utf8.h"

#define STR_TAG "tag:yaml.org,2002:str"

struct anchor {
	struct ohb_yaml *node; /* NULL while it is being read */
	size_t size; /* nodes, after expansion */
};

/* libyaml counts places in characters; people and editors in lines. */
struct places {
	const char *data;
	size_t len;
	size_t *lines; /* offset of the first byte of each line */
	size_t nlines, clines;
	size_t index, offset; /* the place found last: character and byte */
};

struct parser {
	yaml_parser_t yaml;
	struct ohb_arena *arena;
	struct ohb_diags *diags;
	unsigned file;
	struct places places;
	struct ohb_map anchors; /* name -> struct anchor */
	size_t nodes;
	unsigned depth;
};

/* What libyaml says, and what to do about it. */
static const struct {
	const char *problem, *hint;
} problems[] = {
	{ "mapping values are not allowed",
			"indent keys of one mapping alike; quote a text that "
			"holds ': '" },
	{ "could not find expected ':'",
			"a key is followed by ':' and a space" },
	{ "did not find expected key", "indent keys of one mapping alike" },
	{ "did not find expected '-' indicator",
			"indent the items of a list alike" },
	{ "found unexpected end of stream", "a closing quote is missing" },
	{ "found unknown escape character",
			"write '\\\\' for a backslash, or use single quotes" },
	{ "did not find expected alphabetic or numeric character",
			"quote a text that begins with '*' or '&'" },
	{ "found character that cannot start any token",
			"quote a text that begins with this character" },
	{ "did not find expected ',' or '}'",
			"quote a text that begins with '{'" },
	{ "did not find expected ',' or ']'",
			"inside of [...] quote a text that holds '{', '[' or "
			"','" },
};

static void find_lines(struct places *places)
{
	size_t at;

	for (at = 0; at <= places->len; at++) {
		size_t *line;

		if (at > 0 && places->data[at - 1] != '\n')
			continue;
		line = ohb_grow((void *)&places->lines, &places->clines,
				places->nlines, sizeof(*line));
		*line = at;
		places->nlines++;
	}
}

static struct ohb_pos pos_of(
		const struct parser *p, size_t offset, size_t length)
{
	size_t low = 0, high = p->places.nlines, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (p->places.lines[mid] <= offset)
			low = mid;
		else
			high = mid;
	}
	return (struct ohb_pos){
		.file = p->file,
		.line = (unsigned)(low + 1),
		.column = (unsigned)(offset - p->places.lines[low] + 1),
		.length = (unsigned)length,
	};
}

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The byte of character number index; events come in order, so that this
 * is a short step from the one before. */
static size_t offset_of(struct places *places, size_t index)
{
	while (places->index < index && places->offset < places->len) {
		places->offset++;
		while (places->offset < places->len &&
				is_tail(places->data[places->offset]))
			places->offset++;
		places->index++;
	}
	while (places->index > index) {
		places->offset--;
		while (is_tail(places->data[places->offset]))
			places->offset--;
		places->index--;
	}
	return places->offset;
}

/* From start to end, without the blanks and newlines before the end. */
static struct ohb_pos span(struct parser *p, const yaml_mark_t *start,
		const yaml_mark_t *end)
{
	size_t from = offset_of(&p->places, start->index);
	size_t to = offset_of(&p->places, end->index);
	const char *data = p->places.data;
	const char *nl = memchr(data + from, '\n', to - from);

	if (nl)
		to = (size_t)(nl - data);
	while (to > from && strchr(" \t\r", data[to - 1]))
		to--;
	return pos_of(p, from, to - from);
}

static struct ohb_pos place(struct parser *p, const yaml_mark_t *mark)
{
	return pos_of(p, offset_of(&p->places, mark->index), 1);
}

/* Whether a value in the line of this byte begins with '{' and goes on
 * behind the '}', as "{dir}/x" does. */
static bool unquoted_brace(const struct parser *p, size_t offset)
{
	struct ohb_pos pos = pos_of(p, offset, 1);
	const char *at = p->places.data + p->places.lines[pos.line - 1];
	const char *end = p->places.data + p->places.len;
	const char *nl = memchr(at, '\n', (size_t)(end - at));
	size_t len = (size_t)((nl ? nl : end) - at);

	return memmem(at, len, ": {", 3) || memmem(at, len, "- {", 3);
}

static int fail_syntax(struct parser *p)
{
	const yaml_parser_t *yaml = &p->yaml;
	const char *problem = yaml->problem ? yaml->problem : "cannot be read";
	size_t offset = yaml->error == YAML_READER_ERROR ?
			yaml->problem_offset :
			offset_of(&p->places, yaml->problem_mark.index);
	const char *hint = NULL;
	size_t i;

	if (offset > p->places.len)
		offset = p->places.len;
	for (i = 0; !hint && i < OHB_ARRAY_LEN(problems); i++)
		if (strstr(problem, problems[i].problem))
			hint = problems[i].hint;
	if (yaml->error != YAML_READER_ERROR && unquoted_brace(p, offset))
		hint = "quote a text that begins with '{'";
	if (offset < p->places.len && p->places.data[offset] == '\t')
		return ohb_diags_add(p->diags, pos_of(p, offset, 1),
				"indent with spaces",
				"a tab cannot stand here");
	if (!yaml->context)
		return ohb_diags_add(p->diags, pos_of(p, offset, 1), hint, "%s",
				problem);
	return ohb_diags_add(p->diags, pos_of(p, offset, 1), hint, "%s %s",
			yaml->context, problem);
}

static int next_event(struct parser *p, yaml_event_t *event)
{
	if (yaml_parser_parse(&p->yaml, event))
		return 0;
	return fail_syntax(p);
}

static struct ohb_yaml *new_node(struct parser *p, enum ohb_yaml_kind kind,
		const yaml_event_t *event)
{
	struct ohb_yaml *node;

	if (p->nodes >= OHB_MAX_YAML_NODES) {
		ohb_diags_add(p->diags, place(p, &event->start_mark), NULL,
				"more than %u values", OHB_MAX_YAML_NODES);
		return NULL;
	}
	p->nodes++;
	node = ohb_arena_alloc(p->arena, sizeof(*node));
	node->kind = kind;
	node->pos = span(p, &event->start_mark, &event->end_mark);
	return node;
}

/* The anchor in an event (or NULL), known from now on but not complete. */
static struct anchor *open_anchor(struct parser *p, const yaml_char_t *name)
{
	struct anchor *anchor;

	if (!name)
		return NULL;
	anchor = ohb_arena_alloc(p->arena, sizeof(*anchor));
	anchor = ohb_map_add(&p->anchors,
			ohb_arena_strdup(p->arena, (const char *)name), anchor);
	*anchor = (struct anchor){ .node = NULL };
	return anchor;
}

static void refuse_tag(struct parser *p, const yaml_char_t *tag,
		const struct ohb_pos *pos)
{
	if (tag)
		ohb_diags_add(p->diags, *pos,
				"quote a text that begins with '!'",
				"the tag '%s' is not known here",
				(const char *)tag);
}

static struct ohb_yaml *read_scalar(struct parser *p, const yaml_event_t *event)
{
	struct ohb_yaml *node = new_node(p, OHB_YAML_SCALAR, event);
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	size_t len = event->data.scalar.length;
	struct anchor *anchor;

	if (!node)
		return NULL;
	if (len > OHB_MAX_SCALAR)
		ohb_diags_add(p->diags, node->pos,
				"put it into a file of its own",
				"a value larger than %u bytes", OHB_MAX_SCALAR);
	if (strlen(text) != len)
		ohb_diags_add(p->diags, node->pos, NULL,
				"a value holds a NUL character");
	if (!ohb_streq(tag, STR_TAG))
		refuse_tag(p, event->data.scalar.tag, &node->pos);
	node->text = ohb_arena_strndup(p->arena, text, len);
	node->plain = !tag &&
			event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	anchor = open_anchor(p, event->data.scalar.anchor);
	if (anchor)
		*anchor = (struct anchor){ .node = node, .size = 1 };
	return node;
}

/* The same node again; it counts as if it were a copy, and keeps the place
 * where it is written. */
static struct ohb_yaml *read_alias(struct parser *p, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = ohb_map_get(&p->anchors, name);
	struct ohb_pos pos = span(p, &event->start_mark, &event->end_mark);

	if (!anchor || !anchor->node) {
		ohb_diags_add(p->diags, pos,
				"quote a text that begins with '*'",
				anchor ? "the alias '*%s' is inside of what it "
					 "stands for" :
					 "no anchor '&%s' before this alias",
				name);
		return NULL;
	}
	if (anchor->size > OHB_MAX_YAML_NODES - p->nodes) {
		ohb_diags_add(p->diags, pos, NULL,
				"more than %u values when the aliases are "
				"expanded",
				OHB_MAX_YAML_NODES);
		return NULL;
	}
	p->nodes += anchor->size;
	return anchor->node;
}

static struct ohb_yaml *read_node(struct parser *p, const yaml_event_t *event);

/* The next node of a collection; *ret is NULL at its end. */
static int read_item(struct parser *p, struct ohb_yaml **ret)
{
	yaml_event_t event;
	int status = 0;

	if (next_event(p, &event) < 0)
		return -1;
	*ret = NULL;
	if (event.type != YAML_SEQUENCE_END_EVENT &&
			event.type != YAML_MAPPING_END_EVENT) {
		*ret = read_node(p, &event);
		status = *ret ? 0 : -1;
	}
	yaml_event_delete(&event);
	return status;
}

static int read_items(struct parser *p, struct ohb_yaml *list)
{
	ohb_autofree struct ohb_yaml **items = NULL;
	struct ohb_yaml *item, **slot;
	size_t cap = 0;
	int status;

	while ((status = read_item(p, &item)) == 0 && item) {
		slot = ohb_grow((void *)&items, &cap, list->count,
				sizeof(void *));
		*slot = item;
		list->count++;
	}
	list->items = ohb_arena_alloc(p->arena, list->count * sizeof(void *));
	if (items)
		memcpy(list->items, items, list->count * sizeof(void *));
	return status;
}

struct pairs {
	struct ohb_yaml_pair *items;
	size_t count, cap;
	struct ohb_map seen; /* key -> its node */
	struct ohb_yaml *merge_key, *merged; /* of "<<", or NULL */
};

/* Adds unless the key is there; returns the node that has the key now. */
static struct ohb_yaml *add_pair(struct pairs *pairs, struct ohb_yaml *key,
		struct ohb_yaml *value)
{
	struct ohb_yaml *have = ohb_map_add(&pairs->seen, key->text, key);
	struct ohb_yaml_pair *pair;

	if (have != key)
		return have;
	pair = ohb_grow((void *)&pairs->items, &pairs->cap, pairs->count,
			sizeof(*pair));
	*pair = (struct ohb_yaml_pair){ .key = key, .value = value };
	pairs->count++;
	return key;
}

static void merge(struct parser *p, struct pairs *pairs,
		const struct ohb_yaml *from)
{
	size_t i;

	if (from->kind == OHB_YAML_SCALAR) {
		ohb_diags_add(p->diags, from->pos, NULL,
				"'<<' takes a mapping or a list of mappings");
		return;
	}
	for (i = 0; i < from->count && from->kind == OHB_YAML_MAP; i++)
		add_pair(pairs, from->pairs[i].key, from->pairs[i].value);
	for (i = 0; i < from->count && from->kind == OHB_YAML_LIST; i++) {
		const struct ohb_yaml *item = from->items[i];

		if (item->kind == OHB_YAML_MAP)
			merge(p, pairs, item);
		else
			ohb_diags_add(p->diags, item->pos, NULL,
					"'<<' takes a mapping or a list of "
					"mappings");
	}
}

static int read_pair(struct parser *p, struct pairs *pairs, bool *more)
{
	struct ohb_yaml *key, *value, *have;

	if (read_item(p, &key) < 0)
		return -1;
	*more = key != NULL;
	if (!key)
		return 0;
	if (read_item(p, &value) < 0)
		return -1;
	if (key->kind != OHB_YAML_SCALAR) {
		ohb_diags_add(p->diags, key->pos,
				"quote a text that begins with '{' or '['",
				"a key must be a text, not a %s",
				key->kind == OHB_YAML_MAP ? "mapping" : "list");
		return 0;
	}
	if (key->plain && ohb_streq(key->text, "<<")) {
		have = pairs->merge_key ? pairs->merge_key : key;
		pairs->merge_key = have;
		pairs->merged = have == key ? value : pairs->merged;
	} else {
		have = add_pair(pairs, key, value);
	}
	if (have != key)
		ohb_diags_add(p->diags, key->pos, NULL,
				"the key '%s' is there already, in line %u",
				key->text, have->pos.line);
	return 0;
}

static int read_pairs(struct parser *p, struct ohb_yaml *map)
{
	struct pairs pairs = { .items = NULL, .seen = OHB_MAP_INIT };
	bool more = true;
	int status = 0;

	while (more && status == 0)
		status = read_pair(p, &pairs, &more);
	/* Last, so that own keys win wherever they stand. */
	if (pairs.merged && status == 0)
		merge(p, &pairs, pairs.merged);
	map->count = pairs.count;
	map->pairs = ohb_arena_alloc(
			p->arena, pairs.count * sizeof(*map->pairs));
	if (pairs.count)
		memcpy(map->pairs, pairs.items,
				pairs.count * sizeof(*map->pairs));
	free(pairs.items);
	ohb_map_release(&pairs.seen);
	return status;
}

static struct ohb_yaml *read_collection(struct parser *p,
		const yaml_event_t *event, enum ohb_yaml_kind kind)
{
	bool map = kind == OHB_YAML_MAP;
	const yaml_char_t *name = map ? event->data.mapping_start.anchor :
					event->data.sequence_start.anchor;
	const yaml_char_t *tag = map ? event->data.mapping_start.tag :
				       event->data.sequence_start.tag;
	size_t before = p->nodes;
	struct ohb_yaml *node = new_node(p, kind, event);
	struct anchor *anchor = open_anchor(p, name);
	int status;

	if (!node)
		return NULL;
	refuse_tag(p, tag, &node->pos);
	if (p->depth >= OHB_MAX_YAML_DEPTH) {
		ohb_diags_add(p->diags, node->pos, NULL,
				"nested deeper than %u levels",
				OHB_MAX_YAML_DEPTH);
		return NULL;
	}
	p->depth++;
	status = map ? read_pairs(p, node) : read_items(p, node);
	p->depth--;
	if (status < 0)
		return NULL;
	if (anchor)
		*anchor = (struct anchor){ .node = node,
			.size = p->nodes - before };
	return node;
}

static struct ohb_yaml *read_node(struct parser *p, const yaml_event_t *event)
{
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(p, event);
	case YAML_ALIAS_EVENT:
		return read_alias(p, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_collection(p, event, OHB_YAML_LIST);
	case YAML_MAPPING_START_EVENT:
		return read_collection(p, event, OHB_YAML_MAP);
	default: /* libyaml's grammar has no other event here */
		return NULL;
	}
}

static int is_control(const char *c, size_t n)
{
	unsigned char byte = (unsigned char)*c;

	if (n == 1)
		return byte == 0x7f ||
				(byte < 0x20 && byte != '\t' && byte != '\n' &&
						byte != '\r');
	return n == 2 && byte == 0xc2 && (unsigned char)c[1] < 0xa0 &&
			c[1] != '\x85';
}

/* Refuses what libyaml would guess at or name less clearly. */
static int check_bytes(struct parser *p)
{
	const char *data = p->places.data;
	size_t len = p->places.len, at, n;

	if (len > OHB_MAX_YAML_BYTES)
		return ohb_diags_add(p->diags,
				(struct ohb_pos){ .file = p->file }, NULL,
				"larger than %u bytes", OHB_MAX_YAML_BYTES);
	if (len >= 2 &&
			(memcmp(data, "\xff\xfe", 2) == 0 ||
					memcmp(data, "\xfe\xff", 2) == 0 ||
					(!data[0] != !data[1])))
		return ohb_diags_add(p->diags,
				(struct ohb_pos){ .file = p->file },
				"save it as UTF-8",
				"this is UTF-16, not UTF-8");
	for (at = 0; at < len; at += n) {
		n = ohb_utf8_next(data + at, len - at);
		if (n == 0)
			return ohb_diags_add(p->diags, pos_of(p, at, 1),
					"save the file as UTF-8",
					"the byte 0x%02x is not UTF-8",
					(unsigned)(unsigned char)data[at]);
		if (is_control(data + at, n))
			return ohb_diags_add(p->diags, pos_of(p, at, 1), NULL,
					"a control character cannot stand "
					"here");
	}
	return 0;
}

/* The one document of the stream, an empty map when there is none. */
static struct ohb_yaml *read_document(struct parser *p)
{
	struct ohb_yaml *root = NULL;
	yaml_event_t event;
	bool more = true;

	while (more) {
		if (next_event(p, &event) < 0)
			return NULL;
		switch ((int)event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			more = false;
			break;
		case YAML_DOCUMENT_START_EVENT:
			more = !root;
			if (root)
				ohb_diags_add(p->diags,
						place(p, &event.start_mark),
						"one file holds one document",
						"a second document begins "
						"here");
			break;
		default:
			root = read_node(p, &event);
			more = root != NULL;
		}
		yaml_event_delete(&event);
	}
	return root;
}

struct ohb_yaml *ohb_yaml_parse(
		struct ohb_arena *arena, struct ohb_diags *diags, unsigned file)
{
	const struct ohb_diag_file *source = &diags->files[file];
	size_t before = diags->nitems + diags->dropped;
	struct ohb_yaml *root = NULL;
	struct parser p = {
		.arena = arena,
		.diags = diags,
		.file = file,
		.places = { .data = source->data, .len = source->len },
		.anchors = OHB_MAP_INIT,
	};
	size_t bom = source->len >= 3 &&
					memcmp(source->data, "\xef\xbb\xbf",
							3) == 0 ?
			3 :
			0;

	find_lines(&p.places);
	p.places.offset = bom;
	if (!yaml_parser_initialize(&p.yaml))
		abort(); /* out of memory */
	yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.yaml,
			(const unsigned char *)source->data + bom,
			source->len - bom);
	if (check_bytes(&p) == 0)
		root = read_document(&p);
	yaml_parser_delete(&p.yaml);
	ohb_map_release(&p.anchors);
	free(p.places.lines);
	if (diags->nitems + diags->dropped > before)
		return NULL;
	if (root &&
			!(root->kind == OHB_YAML_SCALAR && root->plain &&
					!root->text[0]))
		return root;
	root = ohb_arena_alloc(arena, sizeof(*root));
	root->kind = OHB_YAML_MAP;
	root->pos = (struct ohb_pos){ .file = file, .line = 1, .column = 1 };
	return root;
}

struct ohb_yaml *ohb_yaml_get(const struct ohb_yaml *map, const char *key)
{
	size_t i;

	for (i = 0; map->kind == OHB_YAML_MAP && i < map->count; i++)
		if (ohb_streq(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}

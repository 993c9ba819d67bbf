#include "text/tap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "text/tapline.h"
#include "text/utf8.h"

#define MAX_DEPTH 64
#define MAX_NAME ((size_t)1024) /* bytes of one part of a case's name */
#define MAX_MESSAGE ((size_t)64 * 1024)
#define INDENT 4 /* of a subtest; of a YAML block less */

/* A subtest that a case is in. */
struct part {
	const struct part *outer; /* NULL: the outermost */
	const char *name;
};

struct entry {
	struct ohb_case test; /* name: its own part */
	const struct part *part; /* NULL: in no subtest */
};

/* A run of results with a plan: the whole, or a subtest. */
struct document {
	struct part *part; /* NULL: the whole */
	size_t first_entry, first_id;
	size_t bad; /* cases in it that went wrong */
	unsigned long long last; /* number of its last result */
	bool planned;
	unsigned long long plan;
	const char *wrong; /* of the plan; NULL: nothing */
	bool braced; /* a subtest whose own result came first */
	struct ohb_case own; /* then */
};

struct reader {
	struct ohb_arena *arena;
	struct entry *entries;
	size_t count, cap;
	unsigned long long *ids; /* of the open documents' results */
	size_t nids, cids;
	struct document documents[MAX_DEPTH];
	size_t depth; /* of the innermost that is open */
	const char *pending; /* name of a subtest that may follow, or NULL */
	/* The count of cases when the last one may be the result of a subtest
	 * in braces that follows, and is then none; 0: it is not. */
	size_t opener;
	/* What the result read last says; its case, if any, is the last. */
	bool listening, has_case;
	struct ohb_str text, place;
	size_t block; /* indentation of the YAML block we are in; 0: none */
	bool seen; /* anything of TAP */
	bool ended; /* by "Bail out!" */
	enum ohb_code code; /* why we stopped it ourselves */
	const char *why;
};

static void stop(struct reader *reader, enum ohb_code code, const char *why)
{
	reader->code = code;
	reader->why = why;
	reader->ended = true;
}

static const char *too_many(struct reader *reader)
{
	return ohb_arena_printf(reader->arena, "more than %u test cases",
			OHB_MAX_REPORT_CASES);
}

/* Without escapes: "\#" and "\\". */
static const char *name_of(struct reader *reader, struct ohb_span span)
{
	ohb_autostr plain = OHB_STR_INIT, name = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < span.len; i++) {
		if (span.text[i] == '\\' && i + 1 < span.len &&
				(span.text[i + 1] == '#' ||
						span.text[i + 1] == '\\'))
			i++;
		ohb_str_addc(&plain, span.text[i]);
	}
	ohb_utf8_line(&name, ohb_str_cstr(&plain), plain.len, MAX_NAME);
	return ohb_arena_strdup(reader->arena, ohb_str_cstr(&name));
}

static void add_text(struct reader *reader, const char *text, size_t len)
{
	size_t room = MAX_MESSAGE - reader->text.len;

	ohb_str_add(&reader->text, text, len < room ? len : room);
	if (reader->text.len < MAX_MESSAGE)
		ohb_str_addc(&reader->text, '\n');
}

/* What was said of the case read last is whole now. */
static void end_message(struct reader *reader)
{
	struct ohb_case *test;

	reader->listening = false;
	reader->block = 0;
	if (!reader->has_case)
		return;
	reader->has_case = false;
	test = &reader->entries[reader->count - 1].test;
	if (reader->place.len)
		add_text(reader, reader->place.data, reader->place.len);
	while (reader->text.len &&
			strchr(" \t\n",
					reader->text.data[reader->text.len -
							1]))
		ohb_str_cut(&reader->text, reader->text.len - 1);
	if (reader->text.len && test->result != OHB_CASE_PASSED)
		test->message = ohb_arena_strdup(
				reader->arena, reader->text.data);
}

static struct document *innermost(struct reader *reader)
{
	return &reader->documents[reader->depth];
}

static struct ohb_case *add_case(struct reader *reader, const char *name,
		enum ohb_case_result result)
{
	struct document *document = innermost(reader);
	struct entry *entry;

	if (reader->count >= OHB_MAX_REPORT_CASES) {
		stop(reader, OHB_E_LIMIT, too_many(reader));
		return NULL;
	}
	entry = ohb_grow(&reader->entries, &reader->cap, reader->count,
			sizeof(*entry));
	reader->count++;
	entry->part = document->part;
	entry->test.name = name;
	entry->test.result = result;
	document->bad += result == OHB_CASE_FAILED || result == OHB_CASE_ERROR;
	reader->listening = reader->has_case = true;
	ohb_str_clear(&reader->text);
	ohb_str_clear(&reader->place);
	return &entry->test;
}

static void add_error(
		struct reader *reader, const char *name, const char *message)
{
	struct ohb_case *test = add_case(reader, name, OHB_CASE_ERROR);

	if (test)
		test->message = message;
	reader->listening = reader->has_case = false;
}

/* Why the document's results are not all that it planned, or NULL. */
static const char *incomplete(
		struct reader *reader, const struct document *document)
{
	if (document->wrong)
		return document->wrong;
	if (!document->planned)
		return "there is no plan, '1..N': the run was cut short";
	return ohb_tap_compare(document->plan, reader->ids + document->first_id,
			reader->nids - document->first_id, reader->arena);
}

/* Closes documents until this one is the innermost. */
static void end_documents(struct reader *reader, size_t depth)
{
	for (; reader->depth > depth; reader->depth--) {
		struct document *document = innermost(reader);
		const char *why = incomplete(reader, document);

		end_message(reader);
		if (why)
			add_error(reader, "plan", why);
		reader->nids = document->first_id;
		document[-1].bad += document->bad;
	}
}

/* The last case turns out to be the result of a subtest. */
static void take_opener(struct reader *reader, struct document *ret)
{
	struct ohb_span name;

	reader->count--;
	ret->braced = true;
	ret->own = reader->entries[reader->count].test;
	ret[-1].bad -= ret->own.result == OHB_CASE_FAILED;
	ret->first_entry = reader->count;
	name = ohb_tap_unbraced((struct ohb_span){
			ret->own.name, strlen(ret->own.name) });
	ret->own.name = ret->part->name =
			ohb_arena_strndup(reader->arena, name.text, name.len);
}

/* A subtest of the innermost. */
static void begin_document(struct reader *reader)
{
	struct part *part = ohb_arena_alloc(reader->arena, sizeof(*part));
	const bool braced = !reader->pending && reader->opener &&
			reader->opener == reader->count;

	if (reader->depth + 1 >= MAX_DEPTH) {
		stop(reader, OHB_E_LIMIT, "nested too deeply");
		return;
	}
	end_message(reader);
	part->outer = innermost(reader)->part;
	part->name = reader->pending ? reader->pending : "";
	reader->pending = NULL;
	reader->depth++;
	*innermost(reader) = (struct document){
		.part = part,
		.first_entry = reader->count,
		.first_id = reader->nids,
	};
	if (braced)
		take_opener(reader, innermost(reader));
	reader->opener = 0;
}

static void end_braces(struct reader *reader, const struct document *inner)
{
	const struct ohb_case *own = &inner->own;
	const bool none = inner->planned && inner->plan == 0;
	struct ohb_case *test;

	end_documents(reader, (size_t)(inner - reader->documents) - 1);
	/* Its cases tell it all. */
	if (reader->count > inner->first_entry &&
			(inner->bad || own->result != OHB_CASE_FAILED))
		return;
	test = add_case(reader, own->name,
			none && own->result == OHB_CASE_PASSED ?
					OHB_CASE_SKIPPED :
					own->result);
	if (test) {
		test->message = own->message;
		test->file = own->file;
	}
	reader->listening = reader->has_case = false;
}

static void add_result(struct reader *reader,
		const struct ohb_tap_result *result, unsigned long long number)
{
	const size_t len = ohb_tap_check_name(result->name);
	struct ohb_span name = result->name, said = result->reason;
	struct ohb_case *test;

	if (len) {
		said = ohb_span_trim(name.text + len + 1, name.len - len - 1);
		name.len = len;
	}
	test = add_case(reader,
			name.len ? name_of(reader, name) :
				   ohb_arena_printf(reader->arena, "%llu",
						   number),
			result->leave_out	   ? OHB_CASE_SKIPPED :
					result->ok ? OHB_CASE_PASSED :
						     OHB_CASE_FAILED);
	if (!test)
		return;
	if (len)
		test->file = ohb_arena_strndup(reader->arena, name.text,
				(size_t)((const char *)memchr(
							 name.text, ':', len) -
						name.text));
	if (said.len)
		add_text(reader, said.text, said.len);
}

static void take_number(struct reader *reader, struct ohb_tap_result *result)
{
	struct document *document = innermost(reader);

	if (!result->number)
		result->number = document->last + 1;
	document->last = result->number;
	if (reader->nids >= OHB_MAX_REPORT_CASES) {
		stop(reader, OHB_E_LIMIT, too_many(reader));
		return;
	}
	*(unsigned long long *)ohb_grow(&reader->ids, &reader->cids,
			reader->nids, sizeof(*reader->ids)) = result->number;
	reader->nids++;
}

/* The line of the outer document that says how the subtest went. */
static void end_subtest(struct reader *reader, struct ohb_tap_result *result)
{
	const struct document *inner = innermost(reader);
	const size_t first = inner->first_entry;
	const bool none = inner->planned && inner->plan == 0;
	size_t bad;

	if (result->name.len)
		inner->part->name = name_of(reader, result->name);
	else
		result->name = (struct ohb_span){ inner->part->name,
			strlen(inner->part->name) };
	end_documents(reader, reader->depth - 1);
	bad = inner->bad;
	take_number(reader, result);
	if (reader->count > first && (bad || result->ok || result->leave_out)) {
		/* Its cases tell it all. */
		reader->listening = true;
		return;
	}
	result->leave_out = result->leave_out || (none && result->ok);
	add_result(reader, result, result->number);
}

static void on_result(struct reader *reader, struct ohb_tap_result *result)
{
	end_message(reader);
	reader->pending = NULL;
	take_number(reader, result);
	if (!reader->ended)
		add_result(reader, result, result->number);
	if (result->opens)
		reader->opener = reader->count;
}

static void on_plan(struct reader *reader, unsigned long long last,
		struct ohb_span reason)
{
	struct document *document = innermost(reader);
	struct ohb_case *test;

	end_message(reader);
	if (document->planned)
		document->wrong = "there is a second plan: a report is of one "
				  "run";
	document->planned = true;
	document->plan = last;
	if (last || reader->depth)
		return;
	test = add_case(reader, "all", OHB_CASE_SKIPPED);
	if (test && reason.len)
		add_text(reader, reason.text, reason.len);
	end_message(reader);
}

static void on_bail_out(struct reader *reader, const char *reason, size_t len)
{
	struct ohb_span span = ohb_span_trim(reason, len);

	end_message(reader);
	reader->depth = 0;
	add_error(reader, "Bail out!",
			span.len ? name_of(reader, span) :
				   "the run was given up");
	reader->ended = true;
}

static void on_comment(
		struct reader *reader, struct ohb_span line, size_t level)
{
	const char *name = ohb_span_past(line, "# Subtest:");

	if (!name) {
		if (reader->listening)
			add_text(reader, line.text, line.len);
		return;
	}
	/* Perl's older ones say it within, all others in front of it. */
	if (level > reader->depth && (reader->pending || reader->opener))
		begin_document(reader);
	reader->pending = name_of(reader,
			ohb_span_trim(name,
					(size_t)(line.text + line.len - name)));
}

/* Lines of a YAML block that tell no cause. */
static bool is_noise(struct ohb_span line)
{
	static const char *const keys[] = {
		"duration_ms:", "duration:", "type:", "failureType:"
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(keys); i++)
		if (ohb_span_past(line, keys[i]))
			return true;
	return false;
}

/* node's empty describe() is no test: "type: 'suite'". */
static bool is_suite(struct ohb_span line)
{
	const char *value = ohb_span_past(line, "type:");

	return value &&
			memmem(value, (size_t)(line.text + line.len - value),
					"suite", 5);
}

/* false: the block ended without its mark, and the line is not of it. */
static bool read_block(struct reader *reader, const char *line, size_t len,
		size_t indent)
{
	struct ohb_case *test = reader->has_case ?
			&reader->entries[reader->count - 1].test :
			NULL;
	const size_t cut = len < reader->block ? len : reader->block;
	const struct ohb_span said = { line + cut, len - cut };

	if (indent < cut) {
		reader->block = 0;
		return false;
	}
	if (ohb_span_past(said, "...")) {
		reader->block = 0;
	} else if (ohb_span_past(said, "location:")) {
		ohb_str_clear(&reader->place);
		ohb_str_add(&reader->place, said.text, said.len);
	} else if (!is_noise(said)) {
		add_text(reader, said.text, said.len);
	} else if (is_suite(said) && test && test->result == OHB_CASE_PASSED) {
		reader->count--;
		reader->has_case = false;
	}
	return true;
}

static bool on_version(struct reader *reader, struct ohb_span line)
{
	const char *number = ohb_span_past(line, "TAP version ");
	unsigned long long version = 0;
	size_t len;

	if (!number)
		return false;
	len = (size_t)(line.text + line.len - number);
	if (ohb_parse_u64(number, len, 14, &version) < 0 || version < 12)
		stop(reader, OHB_E_SYNTAX,
				"its version is none of 12, 13 and 14");
	return true;
}

/* "{" or "}", alone, of the document at this depth */
static void on_brace(struct reader *reader, char brace, size_t level)
{
	if (brace == '{' && reader->has_case && level == reader->depth)
		reader->opener = reader->count;
	else if (brace == '}' && level < reader->depth &&
			reader->documents[level + 1].braced)
		end_braces(reader, &reader->documents[level + 1]);
}

/* A line of the document at this depth, which may yet have to begin. */
static void read_line(struct reader *reader, struct ohb_span line, size_t level)
{
	enum { VERSION, PLAN, RESULT } what = VERSION;
	unsigned long long last = 0;
	struct ohb_span reason = { NULL, 0 };
	struct ohb_tap_result result;

	if (level > reader->depth + 1)
		return;
	if (ohb_tap_result(line, &result))
		what = RESULT;
	else if (ohb_tap_plan(line, &last, &reason))
		what = PLAN;
	else if (!on_version(reader, line))
		return;
	if (level == reader->depth + 1)
		begin_document(reader);
	reader->opener = 0;
	if (reader->ended)
		return;
	if (what == PLAN) {
		end_documents(reader, level);
		on_plan(reader, last, reason);
	} else if (what == RESULT && level < reader->depth) {
		end_documents(reader, level + 1);
		end_subtest(reader, &result);
	} else if (what == RESULT) {
		on_result(reader, &result);
	}
	reader->seen = true;
}

static void take_line(struct reader *reader, const char *line, size_t len)
{
	size_t indent = 0;
	struct ohb_span span;
	const char *reason;

	if (len && line[len - 1] == '\r')
		len--;
	while (indent < len && line[indent] == ' ')
		indent++;
	if (reader->block && read_block(reader, line, len, indent))
		return;
	span = ohb_span_trim(line + indent, len - indent);
	reason = ohb_span_past(span, "Bail out!");
	if (reason) {
		on_bail_out(reader, reason,
				(size_t)(span.text + span.len - reason));
		reader->seen = true;
	} else if (span.len && *span.text == '#') {
		on_comment(reader, span, indent / INDENT);
	} else if (reader->listening && span.len == 3 && indent &&
			memcmp(span.text, "---", 3) == 0) {
		reader->block = indent;
	} else if (span.len == 1 && strchr("{}", *span.text)) {
		on_brace(reader, *span.text, indent / INDENT);
	} else if (indent % INDENT == 0) {
		read_line(reader, span, indent / INDENT);
	}
}

static void read_all(struct reader *reader, const char *data, size_t len)
{
	const char *end = data + len;
	const char *why;

	while (data < end && !reader->ended) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *stop_at = newline ? newline : end;

		take_line(reader, data, (size_t)(stop_at - data));
		data = newline ? newline + 1 : end;
	}
	end_message(reader);
	if (reader->ended || !reader->seen)
		return;
	/* That the run was cut short is said once, where it was. */
	why = incomplete(reader, innermost(reader));
	if (why)
		add_error(reader, "plan", why);
	if (reader->depth && !why)
		add_error(reader, "plan",
				"the line that ends the subtest is missing: "
				"the run was cut short");
}

/* "outer::inner::name" */
static int full_names(struct reader *reader, struct ohb_case *cases)
{
	size_t i, n, total = 0;

	for (i = 0; i < reader->count; i++) {
		const struct part *parts[MAX_DEPTH];
		const struct part *part = reader->entries[i].part;
		ohb_autostr name = OHB_STR_INIT;

		cases[i] = reader->entries[i].test;
		for (n = 0; part && n < MAX_DEPTH; part = part->outer)
			if (*part->name)
				parts[n++] = part;
		while (n--)
			ohb_str_addf(&name, "%s::", parts[n]->name);
		ohb_str_adds(&name, cases[i].name);
		total += name.len;
		if (total > OHB_MAX_REPORT)
			return -1;
		cases[i].name = ohb_arena_strdup(reader->arena, name.data);
	}
	return 0;
}

static int finish(struct reader *reader, struct ohb_report *ret,
		struct ohb_error *err)
{
	ohb_autofree struct ohb_case *cases = NULL;

	if (reader->why)
		return ohb_fail(err, reader->code, "%s", reader->why);
	if (!reader->seen)
		return ohb_fail(err, OHB_E_SYNTAX,
				"there is no TAP in it, neither a plan nor a "
				"result");
	cases = ohb_alloc((reader->count + 1) * sizeof(*cases));
	if (full_names(reader, cases) < 0)
		return ohb_fail(err, OHB_E_LIMIT,
				"the names of its cases are larger than %u "
				"bytes",
				OHB_MAX_REPORT);
	ohb_report_make(cases, reader->count, reader->arena, ret);
	return 0;
}

int ohb_tap_parse(const char *data, size_t len, struct ohb_arena *arena,
		struct ohb_report *ret, struct ohb_error *err)
{
	struct reader reader = { .arena = arena };
	int result;

	if (len > OHB_MAX_REPORT)
		return ohb_fail(err, OHB_E_LIMIT, "larger than %u bytes",
				OHB_MAX_REPORT);
	read_all(&reader, data, len);
	result = finish(&reader, ret, err);
	ohb_str_release(&reader.text);
	ohb_str_release(&reader.place);
	ohb_freep(&reader.entries);
	ohb_freep(&reader.ids);
	return result;
}

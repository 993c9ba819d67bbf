#include "validate/steps.h"

#include <string.h>

#include "base/limits.h"
#include "text/compiler.h"
#include "text/steady.h"

#define MAX_COMPILER 3 /* errors of a compiler that are reported one by one */
#define MAX_CASE_TEXT 1200 /* bytes of one case's message */
#define MAX_OUTPUT_TEXT 3000 /* bytes of output where nothing better is known */

static const char *steady(struct ohb_trial *trial, const char *text)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_steady_add(&out, text, strlen(text));
	return ohb_arena_strndup(trial->arena, ohb_str_cstr(&out), out.len);
}

static const char *clean(struct ohb_trial *trial, const struct ohb_str *stream)
{
	return ohb_trial_text(trial, ohb_str_cstr(stream), stream->len,
			2 * (size_t)OHB_MAX_EXEC_OUTPUT);
}

/* gcc counts a tab as up to eight columns, clang as one. */
static bool tabs_are_known(const char *file)
{
	static const char *const unknown[] = { ".c", ".h", ".cc", ".hh", ".cpp",
		".hpp", ".cxx", ".hxx" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(unknown); i++)
		if (ohb_ends(file, unknown[i]))
			return false;
	return true;
}

/* Tools count bytes, characters, code units or cells, and do not say which:
 * behind nothing but ASCII they are the same. */
static unsigned utf16_column(const struct ohb_trial *trial,
		const struct ohb_finding *finding)
{
	const struct ohb_file *file = finding->file ?
			ohb_fileset_find(&trial->tree, finding->file) :
			NULL;
	const char *at, *end;
	unsigned i;

	if (!file || !file->data || !finding->line)
		return 0;
	at = file->data;
	end = at + file->len;
	for (i = 1; at && i < finding->line; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	for (i = 1; at && i < finding->column; i++, at++)
		if (at == end || *at == '\n' || (unsigned char)*at >= 0x80 ||
				(*at == '\t' && !tabs_are_known(finding->file)))
			return 0;
	return at ? finding->column : 0;
}

static unsigned add_errors(
		struct ohb_trial *trial, const char *step, const char *text)
{
	struct ohb_compiler_error errors[MAX_COMPILER];
	struct ohb_arena scratch = OHB_ARENA_INIT; /* every line of it */
	size_t i, n = ohb_compiler_errors(text, &scratch, errors, MAX_COMPILER);

	for (i = 0; i < n; i++) {
		const struct ohb_compiler_error *error = &errors[i];
		struct ohb_finding *finding;
		ohb_autostr words = OHB_STR_INIT;

		ohb_steady_add(&words, error->text, strlen(error->text));
		finding = ohb_trial_add(trial, step, "%s%s%s",
				ohb_str_cstr(&words),
				error->source ? "\n    " : "",
				error->source ? error->source : "");
		if (error->file && *error->file)
			finding->file = ohb_arena_strdup(trial->arena,
					ohb_starts(error->file, "./") ?
							error->file + 2 :
							error->file);
		finding->line = error->line;
		finding->column = error->column;
		finding->utf16_column = utf16_column(trial, finding);
	}
	ohb_arena_release(&scratch);
	return (unsigned)n;
}

const char *ohb_output_tail(
		struct ohb_trial *trial, const struct ohb_exec_result *result)
{
	const char *out = ohb_trial_text(trial, ohb_str_cstr(&result->out),
			result->out.len, MAX_OUTPUT_TEXT);
	const char *err = ohb_trial_text(trial, ohb_str_cstr(&result->err),
			result->err.len, MAX_OUTPUT_TEXT);

	return steady(trial,
			ohb_arena_printf(trial->arena, "%s%s%s%s",
					*err || *out ? "\n" : "", out,
					*err && *out ? "\n" : "", err));
}

void ohb_output_add(struct ohb_trial *trial, const char *step, const char *what,
		const struct ohb_exec_result *result)
{
	if (add_errors(trial, step, clean(trial, &result->err)) == 0 &&
			add_errors(trial, step, clean(trial, &result->out)) ==
					0)
		ohb_trial_add(trial, step, "%s%s", what,
				ohb_output_tail(trial, result));
}

/* Lines of a report that tell nothing: rules, frames of the runner. */
static bool is_noise(const char *line, size_t len)
{
	static const char *const frames[] = { "(node:", "at node:",
		"at async node:", "at org.junit.", "at java.base/",
		"at jdk.internal.", "site-packages/", "/lib/python3",
		"<frozen importlib", "ERR_TEST_FAILURE",
		"failureType:", "code: 'ERR_ASSERTION'", "generatedMessage:" };
	size_t i;

	if (strspn(line, "_-=~{}[],; \t") >= len)
		return true;
	for (i = 0; i < OHB_ARRAY_LEN(frames); i++)
		if (memmem(line, len, frames[i], strlen(frames[i])))
			return true;
	return false;
}

/* Each line once: the message often comes again below the traceback. */
static const char *condense(struct ohb_trial *trial, const char *text)
{
	ohb_autostr out = OHB_STR_INIT, message = OHB_STR_INIT;

	ohb_steady_add_message(&message, text, strlen(text));
	for (text = ohb_str_cstr(&message); *text;) {
		size_t len = strcspn(text, "\n"), mark = strspn(text, " \t");

		/* pytest's "E" and ">" in front of a line */
		if (text[mark] == 'E' && text[mark + 1] == ' ')
			mark += 1 + strspn(text + mark + 1, " \t");
		if (mark < len && !is_noise(text, len) &&
				(out.len == 0 ||
						!memmem(out.data, out.len,
								text + mark,
								len - mark))) {
			ohb_str_add(&out, text, len);
			ohb_str_addc(&out, '\n');
		}
		text += len + (text[len] == '\n');
	}
	if (out.len > MAX_CASE_TEXT) {
		size_t cut = MAX_CASE_TEXT;

		while (cut && ((unsigned char)out.data[cut] & 0xc0) == 0x80)
			cut--;
		ohb_str_cut(&out, cut);
		ohb_str_adds(&out, "\n[…]");
	}
	while (out.len && out.data[out.len - 1] == '\n')
		ohb_str_cut(&out, out.len - 1);
	return ohb_arena_strndup(trial->arena, ohb_str_cstr(&out), out.len);
}

/* The line that a text names of a file: "file:3", "file", line 3". */
static unsigned line_of(const char *text, const char *file)
{
	static const char *const marks[] = { ":", "\", line ", "(" };
	const size_t len = strlen(file);
	unsigned long long line;
	size_t i;

	for (text = strstr(text, file); text; text = strstr(text + 1, file)) {
		for (i = 0; i < OHB_ARRAY_LEN(marks); i++) {
			const char *at = text + len;
			size_t mark = strlen(marks[i]);

			if (strncmp(at, marks[i], mark) == 0 &&
					ohb_parse_u64(at + mark,
							strspn(at + mark,
									"0123456"
									"789"),
							10000000, &line) == 0)
				return (unsigned)line;
		}
	}
	return 0;
}

/* Where the report names no line, its words often do. */
static void find_place(const struct ohb_trial *trial, const char *text,
		struct ohb_finding *finding)
{
	const struct ohb_target *target = trial->spec->target;
	size_t i;

	/* Check names the file without its folder. */
	for (i = 0; i < target->noutputs && finding->file; i++) {
		const char *output = target->outputs[i];
		const char *slash = strrchr(output, '/');

		if (slash && strcmp(slash + 1, finding->file) == 0)
			finding->file = output;
	}
	if (finding->file && finding->line)
		return;
	for (i = 0; i < target->noutputs; i++) {
		unsigned line = line_of(text, target->outputs[i]);

		if (!line)
			continue;
		finding->file = target->outputs[i];
		finding->line = line;
		return;
	}
}

/* A file that could not even be read: the interpreter says why.  1 it does. */
static unsigned add_broken(struct ohb_trial *trial, const char *step,
		const char *name, const char *text)
{
	size_t i, before = trial->nfindings;
	unsigned n = add_errors(trial, step, text);

	for (i = before; i < trial->nfindings; i++)
		trial->findings[i].name = name;
	return n;
}

void ohb_output_case(struct ohb_trial *trial, const char *step,
		const struct ohb_case *test)
{
	const char *text = test->message ? test->message : "failed";
	const char *name = ohb_trial_text(
			trial, test->name, strlen(test->name), 200);
	struct ohb_finding *finding;

	text = ohb_trial_text(trial, text, strlen(text), OHB_MAX_EXEC_OUTPUT);
	if (test->result == OHB_CASE_ERROR &&
			add_broken(trial, step, name, text))
		return;
	finding = ohb_trial_add(trial, step, "%s", condense(trial, text));
	finding->name = name;
	if (test->file)
		finding->file = ohb_trial_text(trial, test->file,
				strlen(test->file), OHB_MAX_PATH);
	finding->line = test->line;
	find_place(trial, text, finding);
}

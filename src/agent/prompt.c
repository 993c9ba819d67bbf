#include "agent/prompt.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/template.h"
#include "text/utf8.h"

extern const char ohb_prompt_template[];
extern const size_t ohb_prompt_template_len;

#define REASON_BYTES 500u

static const char default_task[] =
		"Write a thorough unit test of the source files listed below. "
		"Where there are\nseveral, they belong together: test what "
		"they do for their callers.";

static const char state_exists[] =
		"\nA file to write exists already. It was made for an earlier "
		"version of the sources,\nor by a person. Read it first, run "
		"it, and bring it up to date.\n";

/* Whether a name can stand in a line as it is. */
static bool is_plain(const char *name)
{
	size_t len = strlen(name);
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f ||
				name[i] == '"' || name[i] == '\\')
			return false;
	return len && name[0] != ' ' && name[len - 1] != ' ' &&
			ohb_utf8_valid(name, len);
}

/* As git does: a name is any bytes, the message is one text. */
static void add_name(struct ohb_str *out, const char *name)
{
	size_t left = strlen(name);

	if (is_plain(name)) {
		ohb_str_adds(out, name);
		return;
	}
	ohb_str_addc(out, '"');
	while (left) {
		size_t n = ohb_utf8_next(name, left);

		if (*name == '"' || *name == '\\')
			ohb_str_addc(out, '\\');
		if (*name == '\n')
			ohb_str_adds(out, "\\n");
		else if (!n || (unsigned char)*name < ' ' || *name == 0x7f)
			ohb_str_addf(out, "\\%03o",
					(unsigned)(unsigned char)*name);
		else
			ohb_str_add(out, name, n);
		name += n ? n : 1;
		left -= n ? n : 1;
	}
	ohb_str_addc(out, '"');
}

static void add_names(
		struct ohb_str *out, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		ohb_str_adds(out, "- ");
		add_name(out, names[i]);
		ohb_str_addc(out, '\n');
	}
}

/* As a block of code: every line of a command is indented. */
static void add_commands(
		struct ohb_str *out, const char *const *commands, size_t count)
{
	size_t i, len;

	for (i = 0; i < count; i++) {
		const char *at = commands[i];

		for (; *at; at += len + (at[len] == '\n')) {
			len = strcspn(at, "\n");
			ohb_str_adds(out, "    ");
			ohb_utf8_clean(out, at, len);
			ohb_str_addc(out, '\n');
		}
	}
}

/* What stands in the template as one block each. */
struct blocks {
	struct ohb_str sources, outputs, inputs, commands;
};

static void add_blocks(struct blocks *blocks, const struct ohb_prompt *prompt)
{
	add_names(&blocks->sources, prompt->sources, prompt->nsources);
	add_names(&blocks->outputs, prompt->outputs, prompt->noutputs);
	if (prompt->ninputs)
		ohb_str_adds(&blocks->inputs, "\nBelong to it, to be read:\n");
	add_names(&blocks->inputs, prompt->inputs, prompt->ninputs);
	if (prompt->ncommands)
		ohb_str_adds(&blocks->commands,
				"\n# Commands of the judge\n\nIn this order; "
				"where `{report}` stands, give any fresh path "
				"in `/tmp`.\n\n");
	add_commands(&blocks->commands, prompt->commands, prompt->ncommands);
}

static void release_blocks(struct blocks *blocks)
{
	ohb_str_release(&blocks->sources);
	ohb_str_release(&blocks->outputs);
	ohb_str_release(&blocks->inputs);
	ohb_str_release(&blocks->commands);
}

static int expand(const struct ohb_prompt *prompt, const struct blocks *blocks,
		struct ohb_str *out, struct ohb_error *err)
{
	const struct ohb_var vars[] = {
		{ "dir", prompt->dir },
		{ "task", prompt->task ? prompt->task : default_task },
		{ "state", prompt->exists ? state_exists : "" },
		{ "sources", ohb_str_cstr(&blocks->sources) },
		{ "outputs", ohb_str_cstr(&blocks->outputs) },
		{ "inputs", ohb_str_cstr(&blocks->inputs) },
		{ "commands", ohb_str_cstr(&blocks->commands) },
	};

	return ohb_template_expand(ohb_prompt_template, ohb_prompt_template_len,
			vars, OHB_ARRAY_LEN(vars), OHB_TEMPLATE_STRICT, out,
			NULL, err);
}

int ohb_prompt_make(const struct ohb_prompt *prompt, struct ohb_str *out,
		struct ohb_error *err)
{
	struct blocks blocks = { 0 };
	size_t before = out->len;
	int failed;

	add_blocks(&blocks, prompt);
	failed = expand(prompt, &blocks, out, err);
	release_blocks(&blocks);
	if (failed || out->len - before <= OHB_MAX_PROMPT)
		return failed;
	ohb_str_cut(out, before);
	return ohb_fail(err, OHB_E_LIMIT,
			"the prompt is larger than %u bytes: shorten 'prompt' "
			"or name fewer inputs",
			OHB_MAX_PROMPT);
}

/* The text behind "<marks>WORD<marks>:<marks>" at the line, or NULL. */
static const char *behind(const char *line, const char *end, const char *word)
{
	static const char marks[] = " \t>#*_`+-";
	static const char emphasis[] = "*_`";
	size_t len = strlen(word);

	while (line < end && strchr(marks, *line))
		line++;
	if ((size_t)(end - line) < len || memcmp(line, word, len) != 0)
		return NULL;
	line += len;
	while (line < end && strchr(emphasis, *line))
		line++;
	if (line == end || *line != ':')
		return NULL;
	line++;
	while (line < end && strchr(" \t*_`\r\n", *line))
		line++;
	return line;
}

/* Some say "BLOCKED: none" where they were asked to say nothing. */
static bool is_denial(const char *text, size_t len)
{
	static const char *const denials[] = { "none", "no", "n/a", "nothing",
		"-" };
	size_t i;

	while (len && strchr(" \t\r.*_`!", text[len - 1]))
		len--;
	for (i = 0; i < OHB_ARRAY_LEN(denials); i++)
		if (strlen(denials[i]) == len &&
				strncasecmp(text, denials[i], len) == 0)
			return true;
	return false;
}

static int find_word(const char *text, size_t len, const char *word,
		struct ohb_str *out)
{
	const char *end = text + len;
	const char *line, *reason, *stop;

	for (line = text; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (!stop)
			stop = end;
		reason = behind(line, end, word);
		if (!reason)
			continue;
		/* The reason may stand on a line of its own. */
		stop = memchr(reason, '\n', (size_t)(end - reason));
		if (!stop)
			stop = end;
		if (is_denial(reason, (size_t)(stop - reason)))
			continue;
		while (stop > reason && strchr(" \t\r*_`", stop[-1]))
			stop--;
		ohb_utf8_line(out, reason, (size_t)(stop - reason),
				REASON_BYTES);
		if (!out->len)
			ohb_str_adds(out, "(no reason given)");
		return 1;
	}
	return 0;
}

int ohb_prompt_find_blocked(const char *text, size_t len, struct ohb_str *out)
{
	return find_word(text, len, "BLOCKED", out);
}

int ohb_prompt_find_bug(const char *text, size_t len, struct ohb_str *out)
{
	return find_word(text, len, "SUSPECTED-BUG", out);
}

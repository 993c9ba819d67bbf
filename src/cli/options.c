#include "cli/options.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "text/diag.h"

#define ONLY(command) (1u << OHB_CMD_##command)
#define ALL ((1u << OHB_NCOMMANDS) - 1)
#define WRITES (ONLY(BUILD) | ONLY(ADOPT) | ONLY(RESTORE))
#define ASKS (ALL & ~WRITES & ~ONLY(CHECK) & ~ONLY(HOOK))

const struct ohb_command_info ohb_commands[OHB_NCOMMANDS] = {
	[OHB_CMD_BUILD] = { "build", "[target...]", "bring targets up to date",
			false },
	[OHB_CMD_CHECK] = { "check", "[target...]",
			"say what is not fresh; starts and writes nothing",
			false },
	[OHB_CMD_STATUS] = { "status", "[target...]",
			"one line a target: state, reason, predicted price",
			false },
	[OHB_CMD_WHY] = { "why", "target...",
			"what changed, and what it would cost", true },
	[OHB_CMD_SHOW] = { "show", "target...",
			"all that would be used: files, commands, prompt",
			true },
	[OHB_CMD_LIST] = { "list", "[target...]",
			"targets with their sources and tags", false },
	[OHB_CMD_GRAPH] = { "graph", "[target...]",
			"what each target is made of and needs", false },
	[OHB_CMD_LOG] = { "log", "target...",
			"what the agent did and what the judge found", true },
	[OHB_CMD_VALIDATE] = { "validate", "[target...]",
			"judge the tests on disk as they are; no agent",
			false },
	[OHB_CMD_ADOPT] = { "adopt", "[target...]",
			"take tests as they stand, whoever wrote them", false },
	[OHB_CMD_RESTORE] = { "restore", "target[@n]...",
			"put an earlier version back", true },
	[OHB_CMD_HOOK] = { "hook", "install|remove",
			"have git refuse commits with tests that are not fresh",
			false },
	[OHB_CMD_DOCTOR] = { "doctor", "",
			"look whether a build could run here", false },
	[OHB_CMD_MODELS] = { "models", "",
			"how each model has done, and at what price", false },
};

/* How the value is read, and where it goes. */
enum kind {
	KIND_FLAG,
	KIND_CLEAR,
	KIND_STRING,
	KIND_OPTIONAL, /* string; "" when there is none */
	KIND_COUNT,
	KIND_USD, /* and that it is given */
	KIND_PROGRESS,
	KIND_FORMAT,
	KIND_DIR,
};

#define MAX_USD_DIGITS 6

#define AT(field) offsetof(struct ohb_options, field)

static const struct row {
	struct ohb_option option;
	enum kind kind;
	size_t offset;
} rows[] = {
	{ { "file", 'f', "FILE", ALL, "read FILE instead of openhands.yml" },
			KIND_STRING, AT(file) },
	{ { "directory", 'C', "DIR", ALL, "change to DIR first" }, KIND_DIR,
			AT(dirs) },
	{ { "all", 0, NULL, ONLY(ADOPT), "every target that is not fresh" },
			KIND_FLAG, AT(all) },
	{ { "validate", 0, NULL, ONLY(ADOPT),
			  "only those that the judge lets pass" },
			KIND_FLAG, AT(validate) },
	{ { "jobs", 'j', "N", ONLY(BUILD) | ONLY(VALIDATE) | ONLY(ADOPT),
			  "at most N targets at a time" },
			KIND_COUNT, AT(jobs) },
	{ { "keep-going", 'k', NULL, ONLY(BUILD) | ONLY(VALIDATE),
			  "go on with other targets after a failure" },
			KIND_FLAG, AT(keep_going) },
	{ { "dry-run", 'n', NULL, ONLY(BUILD),
			  "print the plan, its price and time; do nothing" },
			KIND_FLAG, AT(dry_run) },
	{ { "always", 'B', NULL, ONLY(BUILD) | ONLY(VALIDATE),
			  "as if every selected target were stale" },
			KIND_FLAG, AT(always) },
	{ { "question", 'q', NULL, ONLY(BUILD) | ONLY(CHECK),
			  "print nothing; exit 1 when not all is fresh" },
			KIND_FLAG, AT(question) },
	{ { "staged", 0, NULL, ONLY(CHECK),
			  "judge what git's index holds, not what is on disk" },
			KIND_FLAG, AT(staged) },
	{ { "affected", 0, "[BASE]", ONLY(BUILD) | ONLY(CHECK) | ONLY(STATUS),
			  "only what differs from the merge base with BASE" },
			KIND_OPTIONAL, AT(affected) },
	{ { "silent", 's', NULL, ONLY(BUILD),
			  "print only warnings and failures" },
			KIND_FLAG, AT(silent) },
	{ { "verbose", 'v', NULL, ALL, "print more" }, KIND_FLAG, AT(verbose) },
	{ { "retry-failed", 0, NULL, ONLY(BUILD),
			  "also what failed and has not changed since" },
			KIND_FLAG, AT(retry_failed) },
	{ { "wait", 0, NULL, WRITES,
			  "wait for another ohbuild to end (the default)" },
			KIND_CLEAR, AT(no_wait) },
	{ { "no-wait", 0, NULL, WRITES,
			  "fail at once when another ohbuild is running" },
			KIND_FLAG, AT(no_wait) },
	{ { "replay", 0, "DIR", ONLY(BUILD),
			  "answer from the cassettes in DIR, not from a model" },
			KIND_STRING, AT(replay) },
	{ { "replay-strict", 0, NULL, ONLY(BUILD),
			  "fail when the agent asks what was not recorded" },
			KIND_FLAG, AT(replay_strict) },
	{ { "record", 0, "DIR", ONLY(BUILD),
			  "write what is said to models to cassettes in DIR" },
			KIND_STRING, AT(record) },
	{ { "budget", 0, "USD", ONLY(BUILD),
			  "spend at most USD in this build" },
			KIND_USD, AT(budget_usd) },
	{ { "no-preflight", 0, NULL, ONLY(BUILD) | ONLY(DOCTOR),
			  "do not try keys and models beforehand" },
			KIND_FLAG, AT(no_preflight) },
	{ { "progress", 0, "HOW", ONLY(BUILD), "auto, tty, plain or json" },
			KIND_PROGRESS, AT(progress) },
	{ { "events", 0, "FILE", ONLY(BUILD),
			  "write every event to FILE, one JSON object a line" },
			KIND_STRING, AT(events) },
	{ { "junit", 0, "FILE", ONLY(VALIDATE),
			  "write the verdicts to FILE as JUnit XML" },
			KIND_STRING, AT(junit) },
	{ { "sarif", 0, "FILE", ONLY(VALIDATE),
			  "write the findings to FILE as SARIF 2.1.0" },
			KIND_STRING, AT(sarif) },
	{ { "json", 0, NULL, ASKS, "print the answer as JSON" }, KIND_FLAG,
			AT(json) },
	{ { "format", 0, "FORM", ONLY(GRAPH), "text, json, dot or mermaid" },
			KIND_FORMAT, AT(format) },
	{ { "attempt", 0, "N", ONLY(LOG), "attempt N instead of the last" },
			KIND_COUNT, AT(attempt) },
	{ { "no-color", 0, NULL, ALL, "no colors" }, KIND_FLAG, AT(no_color) },
	{ { "help", 'h', NULL, ALL, "print this" }, KIND_FLAG, AT(help) },
	{ { "version", 0, NULL, ALL, "print the version" }, KIND_FLAG,
			AT(version) },
};

struct parser {
	struct ohb_options *options;
	struct ohb_error *err;
	const char *const *argv;
	int argc, next; /* next: the word after the current one */
	size_t cdirs, cwords;
	uint64_t seen; /* bit of each row */
	bool named; /* the command was */
};

_Static_assert(OHB_ARRAY_LEN(rows) <= sizeof(uint64_t) * CHAR_BIT, "seen");

const struct ohb_option *ohb_option_at(size_t i)
{
	return i < OHB_ARRAY_LEN(rows) ? &rows[i].option : NULL;
}

static const struct row *find_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (strlen(rows[i].option.name) == len &&
				memcmp(rows[i].option.name, name, len) == 0)
			return &rows[i];
	return NULL;
}

static const struct row *find_letter(char letter)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (rows[i].option.letter == letter)
			return &rows[i];
	return NULL;
}

static int unknown_name(struct parser *p, const char *name, size_t len)
{
	const char *names[OHB_ARRAY_LEN(rows) + 1] = { NULL };
	ohb_autofree char *word = ohb_strndup(name, len);
	const char *best;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		names[i] = rows[i].option.name;
	best = ohb_suggest(word, names);
	if (best)
		return ohb_fail(p->err, OHB_E_USAGE,
				"unknown option '--%s': did you mean '--%s'?",
				word, best);
	return ohb_fail(p->err, OHB_E_USAGE,
			"unknown option '--%s': see 'ohbuild --help'", word);
}

static int set_count(struct parser *p, const struct row *row, const char *value)
{
	unsigned *field = (void *)((char *)p->options + row->offset);
	unsigned long long n;
	unsigned long long max =
			row->offset == AT(jobs) ? OHB_MAX_JOBS : UINT_MAX;

	if (ohb_parse_u64(value, strlen(value), max, &n) || n == 0)
		return ohb_fail(p->err, OHB_E_USAGE,
				"option '--%s': '%s' is not a number from 1 to "
				"%llu",
				row->option.name, value, max);
	*field = (unsigned)n;
	return 0;
}

/* "20", "0.50": no sign, no exponent. */
static int set_usd(struct parser *p, const struct row *row, const char *value)
{
	const size_t whole = strspn(value, "0123456789");
	const size_t part = value[whole] == '.' ?
			1 + strspn(value + whole + 1, "0123456789") :
			0;

	if (whole == 0 || whole > MAX_USD_DIGITS || value[whole + part] ||
			part == 1)
		return ohb_fail(p->err, OHB_E_USAGE,
				"option '--%s': '%s' is not an amount of USD "
				"such as 20 or 0.50",
				row->option.name, value);
	p->options->budget_usd = strtod(value, NULL);
	p->options->has_budget = true;
	return 0;
}

static const char *const progresses[] = {
	[OHB_PROGRESS_AUTO] = "auto",
	[OHB_PROGRESS_TTY] = "tty",
	[OHB_PROGRESS_PLAIN] = "plain",
	[OHB_PROGRESS_JSON] = "json",
	NULL,
};

static const char *const formats[] = {
	[OHB_FORMAT_TEXT] = "text",
	[OHB_FORMAT_JSON] = "json",
	[OHB_FORMAT_DOT] = "dot",
	[OHB_FORMAT_MERMAID] = "mermaid",
	NULL,
};

/* The number of the value among the words; -1 when it is none of them. */
static int find_word(struct parser *p, const struct row *row,
		const char *const *words, const char *value)
{
	ohb_autostr all = OHB_STR_INIT;
	int i;

	for (i = 0; words[i]; i++) {
		if (ohb_streq(words[i], value))
			return i;
		ohb_str_addf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	return ohb_fail(p->err, OHB_E_USAGE,
			"option '--%s': '%s' is none of %s", row->option.name,
			value, all.data);
}

static int set_progress(
		struct parser *p, const struct row *row, const char *value)
{
	int found = find_word(p, row, progresses, value);

	if (found >= 0)
		p->options->progress = (enum ohb_progress)found;
	return found < 0 ? -1 : 0;
}

static int set_format(
		struct parser *p, const struct row *row, const char *value)
{
	int found = find_word(p, row, formats, value);

	if (found >= 0)
		p->options->format = (enum ohb_format)found;
	return found < 0 ? -1 : 0;
}

/* A flag ignores the value. */
static int set(struct parser *p, const struct row *row, const char *value)
{
	struct ohb_options *options = p->options;
	char *field = (char *)options + row->offset;

	p->seen |= (uint64_t)1 << (row - rows);
	switch (row->kind) {
	case KIND_FLAG:
		*(bool *)(void *)field = true;
		return 0;
	case KIND_CLEAR:
		*(bool *)(void *)field = false;
		return 0;
	case KIND_OPTIONAL:
	case KIND_STRING:
		*(const char **)(void *)field = value;
		return 0;
	case KIND_DIR:
		(void)ohb_grow(&options->dirs, &p->cdirs, options->ndirs,
				sizeof(*options->dirs));
		options->dirs[options->ndirs++] = value;
		return 0;
	case KIND_COUNT:
		return set_count(p, row, value);
	case KIND_USD:
		return set_usd(p, row, value);
	case KIND_PROGRESS:
		return set_progress(p, row, value);
	case KIND_FORMAT:
		return set_format(p, row, value);
	}
	return 0;
}

/* The word after an option that needs one, or NULL. */
static const char *take_value(struct parser *p)
{
	return p->next < p->argc ? p->argv[p->next++] : NULL;
}

static int parse_long(struct parser *p, const char *word)
{
	const char *name = word + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct row *row = find_name(name, len);
	const char *value = equals ? equals + 1 : NULL;

	if (!row)
		return unknown_name(p, name, len);
	if (!row->option.arg && value)
		return ohb_fail(p->err, OHB_E_USAGE,
				"option '--%s' takes no value",
				row->option.name);
	if (row->kind == KIND_OPTIONAL && !value)
		return set(p, row, "");
	if (row->option.arg && !value)
		value = take_value(p);
	if (row->option.arg && (!value || !*value))
		return ohb_fail(p->err, OHB_E_USAGE,
				"option '--%s' needs a value: '--%s=%s'",
				row->option.name, row->option.name,
				row->option.arg);
	return set(p, row, value ? value : "");
}

/* "-kn", "-j4", "-j" "4", "-kj4" */
static int parse_letters(struct parser *p, const char *word)
{
	const char *letter, *value;
	const struct row *row;

	for (letter = word + 1; *letter; letter++) {
		row = find_letter(*letter);
		if (!row)
			return ohb_fail(p->err, OHB_E_USAGE,
					"unknown option '-%c' in '%s': see "
					"'ohbuild --help'",
					*letter, word);
		if (!row->option.arg) {
			if (set(p, row, ""))
				return -1;
			continue;
		}
		value = letter[1] ? letter + 1 : take_value(p);
		if (!value || !*value)
			return ohb_fail(p->err, OHB_E_USAGE,
					"option '-%c' needs a value: '-%c %s'",
					*letter, *letter, row->option.arg);
		return set(p, row, value);
	}
	return 0;
}

static void add_word(struct parser *p, const char *word)
{
	struct ohb_options *options = p->options;

	(void)ohb_grow(&options->words, &p->cwords, options->nwords,
			sizeof(*options->words));
	options->words[options->nwords++] = word;
}

/* The first word may be the command. */
static void parse_word(struct parser *p, const char *word)
{
	size_t i;

	for (i = 0; !p->named && i < OHB_NCOMMANDS; i++) {
		if (!ohb_streq(word, ohb_commands[i].name))
			continue;
		p->options->command = (enum ohb_command)i;
		p->options->named = true;
		p->named = true;
		return;
	}
	if (!p->named && ohb_streq(word, "help")) {
		p->options->help = true;
		return;
	}
	p->named = true;
	add_word(p, word);
}

static int parse_all(struct parser *p)
{
	const char *word;
	int ret = 0;

	while (ret == 0 && p->next < p->argc) {
		word = p->argv[p->next++];
		if (word[0] != '-' || !word[1])
			parse_word(p, word);
		else if (word[1] != '-')
			ret = parse_letters(p, word);
		else if (word[2])
			ret = parse_long(p, word);
		else
			break;
	}
	while (ret == 0 && p->next < p->argc)
		add_word(p, p->argv[p->next++]);
	return ret;
}

/* Does each option belong to the command, and is a target there? */
static int check_fit(const struct parser *p)
{
	const struct ohb_options *options = p->options;
	const struct ohb_command_info *info = &ohb_commands[options->command];
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if ((p->seen & (uint64_t)1 << i) &&
				!(rows[i].option.commands &
						1u << options->command))
			return ohb_fail(p->err, OHB_E_USAGE,
					"'ohbuild %s' has no option '--%s': "
					"see 'ohbuild %s --help'",
					info->name, rows[i].option.name,
					info->name);
	if (options->replay_strict && !options->replay)
		return ohb_fail(p->err, OHB_E_USAGE,
				"'--replay-strict' is for a replay: give "
				"'--replay DIR' as well");
	for (i = 0; i < options->nwords; i++)
		if (!*options->words[i])
			return ohb_fail(p->err, OHB_E_USAGE,
					"a target has an empty name");
	if (!*info->usage && options->nwords)
		return ohb_fail(p->err, OHB_E_USAGE,
				"'ohbuild %s' is not about targets: leave out "
				"'%s'",
				info->name, options->words[0]);
	if (info->needs_target && options->nwords == 0 && !options->help &&
			!options->version)
		return ohb_fail(p->err, OHB_E_USAGE,
				"'ohbuild %s' needs a target: 'ohbuild list' "
				"prints them",
				info->name);
	return 0;
}

int ohb_options_parse(int argc, const char *const *argv,
		struct ohb_options *ret, struct ohb_error *err)
{
	struct ohb_options options = { .command = OHB_CMD_BUILD };
	struct parser p = {
		.options = &options,
		.err = err,
		.argv = argv,
		.argc = argc,
		.next = 1,
	};

	if (parse_all(&p) || check_fit(&p)) {
		ohb_options_release(&options);
		return -1;
	}
	*ret = options;
	return 0;
}

void ohb_options_release(struct ohb_options *options)
{
	free(options->dirs);
	free(options->words);
	*options = (struct ohb_options){ .command = OHB_CMD_BUILD };
}

static void help_option(const struct ohb_option *option, struct ohb_str *out)
{
	ohb_autostr left = OHB_STR_INIT;

	if (option->letter)
		ohb_str_addf(&left, "  -%c, --%s", option->letter,
				option->name);
	else
		ohb_str_addf(&left, "      --%s", option->name);
	if (option->arg)
		ohb_str_addf(&left, *option->arg == '[' ? "[=%s" : "=%s",
				option->arg + (*option->arg == '['));
	ohb_str_addf(out, "%-23s %s\n", left.data, option->help);
}

void ohb_options_help(enum ohb_command command, struct ohb_str *out)
{
	const struct ohb_command_info *info = &ohb_commands[command];
	size_t i;

	if (command == OHB_CMD_BUILD) {
		ohb_str_adds(out,
				"usage: ohbuild [options] [target...]\n"
				"       ohbuild [options] command "
				"[target...]\n\n"
				"A target is a test, a source, a module, a tag "
				"(@unit) or a glob; none means all.\n\n"
				"commands:\n");
		for (i = 0; i < OHB_NCOMMANDS; i++)
			ohb_str_addf(out, "  %-8s %s\n", ohb_commands[i].name,
					ohb_commands[i].help);
		ohb_str_adds(out, "\noptions of build:\n");
	} else {
		ohb_str_addf(out, "usage: ohbuild %s [options]%s%s\n\n%s\n\n",
				info->name, *info->usage ? " " : "",
				info->usage, info->help);
		ohb_str_adds(out, "options:\n");
	}
	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (rows[i].option.commands & 1u << command)
			help_option(&rows[i].option, out);
	ohb_str_adds(out,
			command == OHB_CMD_BUILD ?
					"\n'ohbuild COMMAND --help' has the "
					"options of a command, ohbuild(1) the "
					"rest.\n" :
					"\nSee ohbuild(1).\n");
}

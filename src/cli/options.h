#ifndef OHB_CLI_OPTIONS_H
#define OHB_CLI_OPTIONS_H

/*
 * The words of the command line.  One table holds every option; parsing, the
 * help, and the test that compares the manual and the completions read it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "ohbuild/error.h"

enum ohb_command {
	OHB_CMD_BUILD,
	OHB_CMD_CHECK,
	OHB_CMD_STATUS,
	OHB_CMD_WHY,
	OHB_CMD_SHOW,
	OHB_CMD_LIST,
	OHB_CMD_LOG,
	OHB_CMD_GRAPH,
	OHB_CMD_VALIDATE,
	OHB_CMD_ADOPT,
	OHB_CMD_RESTORE,
	OHB_CMD_HOOK,
	OHB_CMD_DOCTOR,
	OHB_CMD_MODELS,
	OHB_NCOMMANDS,
};

enum ohb_progress {
	OHB_PROGRESS_AUTO,
	OHB_PROGRESS_TTY,
	OHB_PROGRESS_PLAIN,
	OHB_PROGRESS_JSON,
};

enum ohb_format {
	OHB_FORMAT_TEXT,
	OHB_FORMAT_JSON,
	OHB_FORMAT_DOT,
	OHB_FORMAT_MERMAID,
};

/* Strings are those of argv; the two lists are owned. */
struct ohb_options {
	enum ohb_command command;
	bool named; /* the command was, by a word */
	bool help, version;
	const char *file;
	const char **dirs; /* -C, in order, each relative to the last */
	size_t ndirs;
	unsigned jobs; /* 0: what openhands.yml says */
	bool keep_going, always, retry_failed, no_wait;
	bool dry_run, question, staged;
	bool all, validate; /* of adopt */
	bool silent, verbose, no_color, json;
	bool no_preflight;
	enum ohb_progress progress;
	enum ohb_format format; /* of graph */
	const char *events, *replay, *record;
	const char *junit, *sarif; /* of validate */
	bool replay_strict;
	bool has_budget;
	double budget_usd;
	const char *affected; /* BASE, or "": the usual one */
	unsigned attempt; /* 0: the latest */
	const char **words; /* what is left: targets */
	size_t nwords;
};

struct ohb_command_info {
	const char *name, *usage, *help;
	bool needs_target;
};

/* Indexed by enum ohb_command. */
extern const struct ohb_command_info ohb_commands[OHB_NCOMMANDS];

struct ohb_option {
	const char *name; /* without the dashes */
	char letter; /* 0: none */
	const char *arg; /* NULL: takes none; "[ARG]": may take one */
	unsigned commands; /* bit 1u << command */
	const char *help;
};

/* Option number i, or NULL after the last. */
const struct ohb_option *ohb_option_at(size_t i);

/*
 * Options and targets in any order; "--" ends the options.  The first word
 * that is no option is the command if it names one, and "build" otherwise;
 * after "--" every word is a target.  "help" in its place is --help.  OHB_E_USAGE names the word that was
 * not understood.
 */
int ohb_options_parse(int argc, const char *const *argv,
		struct ohb_options *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_options_release(struct ohb_options *options);

/* The text of --help: of the program when command is OHB_CMD_BUILD. */
void ohb_options_help(enum ohb_command command, struct ohb_str *out);

#endif

#ifndef OHB_CLI_CLI_H
#define OHB_CLI_CLI_H

/* What the commands share.  One command, one file. */

#include <jansson.h>
#include <signal.h>

#include "cli/options.h"
#include "ohbuild/ohbuild.h"
#include "report/answers.h"

/* Exit statuses; ohbuild(1) explains them. */
enum ohb_exit {
	OHB_EXIT_OK = 0,
	OHB_EXIT_STALE = 1,
	OHB_EXIT_FAILED = 2,
	OHB_EXIT_CONFIG = 3,
	OHB_EXIT_INFRA = 4,
	OHB_EXIT_BUDGET = 5,
	OHB_EXIT_SUSPECTED_BUG = 6,
	OHB_EXIT_INTERRUPTED = 130,
};

struct ohb_cli {
	struct ohb_options options;
	struct ohb_str program; /* to call us again: "ohbuild -C sub" */
	struct ohb_str git; /* the same for git: "git -C sub" */
	struct ohb_project *project; /* NULL until ohb_cli_open */
	const volatile sig_atomic_t *signals; /* how many came */
	/* From now on a signal ends in order what the project does; before,
	 * and with NULL, it ends the program. */
	void (*interruptible)(struct ohb_project *project);
};

/*
 * A command returns an exit status, or -1 with err.  Results are on stdout,
 * everything else on stderr.
 */
typedef int ohb_command_fn(struct ohb_cli *cli, struct ohb_error *err);

ohb_command_fn ohb_cli_build, ohb_cli_check, ohb_cli_status, ohb_cli_why,
		ohb_cli_show, ohb_cli_list, ohb_cli_log, ohb_cli_graph,
		ohb_cli_validate, ohb_cli_adopt, ohb_cli_restore, ohb_cli_hook,
		ohb_cli_doctor, ohb_cli_models;

/* Opens the project, at most at a glance if the command line selects nothing;
 * a failure that has diagnostics prints them and leaves err->msg empty. */
int ohb_cli_open(struct ohb_cli *cli, enum ohb_glance glance,
		struct ohb_error *err) OHB_MUST_CHECK;
/* The targets of the command line. */
struct ohb_selection ohb_cli_selection(const struct ohb_cli *cli);
/* Opens and asks; the caller json_decref()s *ret.  With --json the answer is
 * printed as it came and *ret is NULL. */
int ohb_cli_ask(struct ohb_cli *cli, enum ohb_question question, json_t **ret,
		struct ohb_error *err) OHB_MUST_CHECK;
struct ohb_answer_style ohb_cli_style(const struct ohb_cli *cli);

/* What a build's result means for the exit status. */
int ohb_cli_exit(const struct ohb_build_result *result);

/* Everything to stdout at once; -1 when it cannot be written. */
int ohb_cli_print(const char *text, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;

/* May there be colors on this descriptor? */
bool ohb_cli_colors(const struct ohb_cli *cli, int fd);

#endif

#include <stdio.h>

#include "cli/cli.h"
#include "report/plain.h"
#include "report/words.h"

/* "ohbuild: 2 adopted, 1 failed" */
static void print_result(const struct ohb_build_result *result)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_str_addf(&out, "ohbuild: %zu adopted", result->adopted);
	if (result->failed)
		ohb_str_addf(&out, ", %zu failed", result->failed);
	if (result->not_run)
		ohb_str_addf(&out, ", %zu not run", result->not_run);
	if (result->absent)
		ohb_str_addf(&out, ", %zu not there", result->absent);
	(void)fprintf(stderr, "%s\n", out.data);
}

int ohb_cli_adopt(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_plain plain = {
		.out = stderr,
		.detail = cli->options.verbose ? OHB_DETAIL_VERBOSE :
						 OHB_DETAIL_NORMAL,
	};
	const struct ohb_build_options options = {
		.selection = ohb_cli_selection(cli),
		.jobs = cli->options.jobs,
		.keep_going = true,
		.no_wait = cli->options.no_wait,
		.sink = ohb_plain_event,
		.userdata = &plain,
	};
	struct ohb_build_result result;
	int failed;

	if (cli->options.all == (cli->options.nwords > 0))
		return ohb_fail(err, OHB_E_USAGE,
				"say either which targets to adopt or "
				"'ohbuild adopt --all'");
	if (ohb_cli_open(cli, OHB_GLANCE_NEVER, err))
		return -1;
	failed = ohb_project_adopt(cli->project, &options,
			cli->options.validate ? OHB_ADOPT_JUDGED :
						OHB_ADOPT_ANY,
			&result, err);
	if (failed)
		return -1;
	print_result(&result);
	return ohb_cli_exit(&result);
}

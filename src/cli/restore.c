#include <stdio.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "report/plain.h"

int ohb_cli_restore(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_plain plain = { stderr, OHB_DETAIL_SILENT };
	const struct ohb_build_options options = {
		.selection = ohb_cli_selection(cli),
		.no_wait = cli->options.no_wait,
		.sink = ohb_plain_event,
		.userdata = &plain,
	};
	ohb_autofree char *said = NULL;
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_error unwritten = OHB_ERROR_INIT;
	int failed;

	if (ohb_cli_open(cli, OHB_GLANCE_NEVER, err))
		return -1;
	failed = ohb_project_restore(cli->project, &options, &said, err);
	/* Of several targets some may be back. */
	ohb_str_adds(&out, said);
	if (ohb_cli_print(ohb_str_cstr(&out), out.len,
			    failed ? &unwritten : err) ||
			failed)
		return -1;
	return OHB_EXIT_OK;
}

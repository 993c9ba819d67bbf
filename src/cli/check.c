#include "cli/cli.h"
#include "text/json.h"

/*
 * A test edited by hand is its author's: it is named, and does not make the
 * check fail, because no build would touch it either.
 */
int ohb_cli_check(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autojson *answer = NULL;
	ohb_autostr out = OHB_STR_INIT;
	json_t *summary;

	if (ohb_cli_ask(cli, OHB_ASK_STATUS, &answer, err))
		return -1;
	if (!cli->options.question)
		ohb_answer_check(answer, &style, &out);
	if (ohb_cli_print(ohb_str_cstr(&out), out.len, err))
		return -1;
	summary = ohb_json_at(answer, "summary");
	return ohb_json_int(summary, "to_build", 0) ||
					ohb_json_int(summary, "failed_before",
							0) ||
					ohb_json_int(summary, "blocked", 0) ?
			OHB_EXIT_STALE :
			OHB_EXIT_OK;
}

#include "cli/cli.h"
#include "text/json.h"

int ohb_cli_models(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autojson *answer = NULL;
	ohb_autostr out = OHB_STR_INIT;

	if (ohb_cli_ask(cli, OHB_ASK_MODELS, &answer, err))
		return -1;
	if (answer)
		ohb_answer_models(answer, &style, &out);
	return ohb_cli_print(ohb_str_cstr(&out), out.len, err);
}

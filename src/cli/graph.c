#include "report/graph.h"
#include "cli/cli.h"
#include "text/json.h"

int ohb_cli_graph(struct ohb_cli *cli, struct ohb_error *err)
{
	static void (*const forms[])(json_t *, const struct ohb_answer_style *,
			struct ohb_str *) = {
		[OHB_FORMAT_TEXT] = ohb_graph_text,
		[OHB_FORMAT_DOT] = ohb_graph_dot,
		[OHB_FORMAT_MERMAID] = ohb_graph_mermaid,
	};
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autojson *answer = NULL;
	ohb_autostr out = OHB_STR_INIT;

	if (cli->options.format == OHB_FORMAT_JSON)
		cli->options.json = true;
	if (ohb_cli_ask(cli, OHB_ASK_GRAPH, &answer, err))
		return -1;
	if (answer)
		forms[cli->options.format](answer, &style, &out);
	return ohb_cli_print(ohb_str_cstr(&out), out.len, err);
}

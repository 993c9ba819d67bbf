#include <stdio.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "text/json.h"

static void ignore(void *userdata, const struct ohb_event *event)
{
	(void)userdata;
	(void)event;
}

static int print(struct ohb_cli *cli, char *answer, struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autostr out = OHB_STR_INIT;
	ohb_autojson *json = NULL;

	ohb_str_adds(&out, answer);
	if (cli->options.json) {
		ohb_str_addc(&out, '\n');
		return ohb_cli_print(out.data, out.len, err);
	}
	json = ohb_json_parse(out.data, out.len, err);
	if (!json)
		return -1;
	ohb_str_clear(&out);
	ohb_answer_doctor(json, &style, &out);
	return ohb_cli_print(out.data, out.len, err);
}

int ohb_cli_doctor(struct ohb_cli *cli, struct ohb_error *err)
{
	const struct ohb_project_options project = {
		.file = cli->options.file,
		.anyway = true,
	};
	const struct ohb_build_options options = {
		.no_preflight = cli->options.no_preflight,
		.sink = ignore,
	};
	ohb_autofree char *report = NULL;
	ohb_autofree char *answer = NULL;
	struct ohb_diagnosis found;

	if (ohb_project_open(&project, &cli->project, &report, err) < 0)
		return -1;
	cli->interruptible(cli->project);
	if (report)
		(void)fputs(report, stderr);
	if (ohb_project_doctor(cli->project, &options, &answer, &found, err) <
					0 ||
			print(cli, answer, err) < 0)
		return -1;
	return found.wrong	     ? OHB_EXIT_CONFIG :
			found.faults ? OHB_EXIT_INFRA :
				       OHB_EXIT_OK;
}

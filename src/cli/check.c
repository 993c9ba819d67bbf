#include "cli/cli.h"
#include "text/json.h"

static void add_state(void *userdata, const struct ohb_state *state)
{
	json_t *object = json_object();

	ohb_json_set(object, "name", ohb_json_string(state->name));
	ohb_json_set(object, "verdict", ohb_json_string(state->verdict));
	ohb_json_set(object, "because", ohb_json_string(state->because));
	ohb_json_set(object, "way", ohb_json_string(state->way));
	ohb_json_append(userdata, object);
}

/* What is not fresh, in the form of a status answer. */
static int ask(struct ohb_cli *cli, json_t **ret, struct ohb_summary *ret_n,
		struct ohb_error *err)
{
	struct ohb_selection selection = ohb_cli_selection(cli);
	ohb_autojson *targets = json_array();

	if (ohb_cli_open(cli, OHB_GLANCE_CHECK, err) ||
			ohb_project_check(cli->project, &selection, add_state,
					targets, ret_n, err))
		return -1;
	*ret = json_object();
	ohb_json_set(*ret, "targets", json_incref(targets));
	return 0;
}

/* The whole answer, printed. */
static int ask_json(struct ohb_cli *cli, struct ohb_summary *ret,
		struct ohb_error *err)
{
	struct ohb_selection selection = ohb_cli_selection(cli);
	json_t *none = NULL;

	return ohb_cli_ask(cli, OHB_ASK_STATUS, &none, err) ||
			ohb_project_summary(cli->project, &selection, ret, err);
}

int ohb_cli_check(struct ohb_cli *cli, struct ohb_error *err)
{
	struct ohb_answer_style style = ohb_cli_style(cli);
	ohb_autojson *answer = NULL;
	ohb_autostr out = OHB_STR_INIT;
	struct ohb_summary n;

	if (cli->options.json ? ask_json(cli, &n, err) :
				ask(cli, &answer, &n, err))
		return -1;
	if (answer && !cli->options.question)
		ohb_answer_check(answer, &style, &out);
	if (ohb_cli_print(ohb_str_cstr(&out), out.len, err))
		return -1;
	return n.to_build || n.edited || n.failed_before || n.blocked ?
			OHB_EXIT_STALE :
			OHB_EXIT_OK;
}

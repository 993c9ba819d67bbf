/* `openhands --headless --json`: the command line program, 1.16. */
#include "agent/command.h"

#include <math.h>
#include <stdio.h>

#include "text/json.h"

/* A message of any length is an argument as long as the system takes it;
 * from a file it would come with words around it. */
static const char start[] =
		"umask 077\n"
		"mv " OHB_COMMAND_TASK " \"$1/task\" && "
		"mv " OHB_COMMAND_SETTINGS
		" \"$1/agent_settings.json\" || exit\n"
		"p=/opt/openhands/bin/openhands; [ -x \"$p\" ] || p=openhands\n"
		"umask 022\n"
		"set -- \"$1/task\" --headless --json --resume \"$2\"\n"
		"t=$1; shift\n"
		"if [ \"$(wc -c <\"$t\")\" -lt 120000 ]\n"
		"then exec \"$p\" \"$@\" --task=\"$(cat \"$t\")\"\n"
		"else exec \"$p\" \"$@\" --file=\"$t\"\n"
		"fi\n";

/*
 * It looks for skills in a repository at GitHub, four times, and asks the
 * package index for a newer version of itself.  The first is sent to a place
 * that is not there; no setting turns it off.
 */
static void add_env(
		const struct ohb_command *command, struct ohb_command_env *env)
{
	ohb_command_setenv(env, "OPENHANDS_PERSISTENCE_DIR", "%s",
			ohb_str_cstr(&command->home));
	ohb_command_setenv(env, "NO_COLOR", "1");
	ohb_command_setenv(env, "GIT_CONFIG_COUNT", "1");
	ohb_command_setenv(env, "GIT_CONFIG_KEY_0",
			"url.file:///nonexistent/.insteadOf");
	ohb_command_setenv(env, "GIT_CONFIG_VALUE_0",
			"https://github.com/OpenHands/extensions");
}

/* Its own default agent, but for a client that asks once. */
static json_t *settings(const struct ohb_command *command)
{
	const struct ohb_agent_options *options = &command->options;

	return json_pack("{s:s, s:o, s:[{s:s}, {s:s}, {s:s}],"
			 " s:{s:s, s:o, s:i, s:i}}",
			"kind", "Agent", "llm",
			ohb_agent_llm_json(options, "agent"), "tools", "name",
			"terminal", "name", "file_editor", "name",
			"task_tracker", "condenser", "kind",
			"LLMSummarizingCondenser", "llm",
			ohb_agent_llm_json(options, "condenser"), "max_size",
			OHB_CONDENSER_MAX_SIZE, "keep_first",
			OHB_CONDENSER_KEEP_FIRST);
}

static void add_record(const struct ohb_command *command, struct ohb_str *path)
{
	const char *at;

	ohb_str_addf(path, "%s/conversations/", ohb_str_cstr(&command->home));
	for (at = command->id; *at; at++)
		if (*at != '-')
			ohb_str_addc(path, *at);
	ohb_str_adds(path, "/base_state.json");
}

/* Each use of a model has its own sum: the agent's, the condenser's. */
struct ohb_command_record ohb_command_record(const char *data, size_t len)
{
	struct ohb_command_record ret = { .cost_usd = 0 };
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autojson *record = ohb_json_parse(data, len, &ignored);
	const char *status = ohb_json_text(record, "execution_status");
	const char *usage;
	json_t *metrics;

	(void)snprintf(ret.status, sizeof(ret.status), "%s",
			status ? status : "");
	json_object_foreach(ohb_json_at(record, "stats.usage_to_metrics"),
			usage, metrics)
	{
		double cost = ohb_json_number(metrics, "accumulated_cost", 0);

		if (cost > 0)
			ret.cost_usd += cost;
	}
	if (!isfinite(ret.cost_usd))
		ret.cost_usd = 0;
	return ret;
}

const struct ohb_way ohb_way_cli = {
	.program = "openhands",
	.look = "[ -x /opt/openhands/bin/openhands ] || "
		"command -v openhands >/dev/null",
	.start = start,
	.remembers = true,
	.add_env = add_env,
	.settings = settings,
	.add_record = add_record,
};

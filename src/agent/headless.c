/* `python -m openhands.core.main` of OpenHands 0.x, without a runtime of its
 * own: the sandbox is one already. */
#include "agent/command.h"
#include "base/memory.h"

/*
 * It prints no events, but has each in a file of its own as it happens, which
 * are printed here, in order, once they are whole.  What it says itself goes
 * to a log whose end is shown.
 */
static const char start[] =
		"umask 077\n"
		"mv " OHB_COMMAND_TASK " \"$1/task\" || exit\n"
		"umask 022\n"
		"rm -rf \"$1/store\"\n"
		"p=/opt/openhands/bin/python; [ -x \"$p\" ] || p=python\n"
		"\"$p\" -m openhands.core.main -f \"$1/task\" -i \"$3\" "
		"--no-auto-continue >\"$1/log\" 2>&1 </dev/null &\n"
		"pid=$! n=0 over=\n"
		"while :; do\n"
		"	kill -0 $pid 2>/dev/null || over=1\n"
		"	for d in \"$1\"/store/sessions/*/events; do\n"
		"		while f=$d/$n.json; [ -s \"$f\" ] && "
		"[ \"$(tail -c 1 \"$f\")\" = '}' ]; do\n"
		"			cat \"$f\"; echo; n=$((n + 1))\n"
		"		done\n"
		"	done\n"
		"	[ -z \"$over\" ] || break\n"
		"	sleep 0.3\n"
		"done\n"
		"wait $pid; status=$?\n"
		"tail -c 4000 \"$1/log\" >&2\n"
		"exit $status\n";

static void add_env(
		const struct ohb_command *command, struct ohb_command_env *env)
{
	const struct ohb_agent_options *options = &command->options;
	const char *home = ohb_str_cstr(&command->home);

	ohb_command_setenv(env, "RUNTIME", "cli");
	ohb_command_setenv(env, "WORKSPACE_BASE", "%s", command->dir);
	ohb_command_setenv(env, "FILE_STORE", "local");
	ohb_command_setenv(env, "FILE_STORE_PATH", "%s/store", home);
	ohb_command_setenv(env, "LLM_MODEL", "openai/ohbuild");
	ohb_command_setenv(env, "LLM_API_KEY", "%s",
			ohb_secret_reveal(options->llm_token));
	ohb_command_setenv(env, "LLM_BASE_URL", "%s", options->llm_url);
	/* The gateway alone repeats and waits, so the agent tries once. */
	ohb_command_setenv(env, "LLM_NUM_RETRIES", "1");
	ohb_command_setenv(env, "LLM_TIMEOUT", "%lld",
			(long long)(options->llm_timeout_ms + 999) / 1000);
	ohb_command_setenv(env, "ENABLE_BROWSER", "false");
	ohb_command_setenv(env, "AGENT_ENABLE_BROWSING", "false");
	ohb_command_setenv(env, "AGENT_ENABLE_MCP", "false");
	ohb_command_setenv(env, "LOG_LEVEL", "WARNING");
	ohb_command_setenv(env, "LOG_JSON", "false");
}

const char *ohb_command_status(const char *state)
{
	/* It asks nobody: who stops to ask has nothing left to do.  The two
	 * that it waits in for ever are ends as well. */
	static const char *const states[][2] = {
		{ "awaiting_user_input", "finished" },
		{ "rejected", "finished" },
		{ "rate_limited", "error" },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(states); i++)
		if (ohb_streq(state, states[i][0]))
			return states[i][1];
	return state;
}

const struct ohb_way ohb_way_headless = {
	.program = "openhands.core.main",
	.look = "p=/opt/openhands/bin/python; [ -x \"$p\" ] || p=python\n"
		"\"$p\" -c 'import importlib.util as u\n"
		"raise SystemExit(not u.find_spec(\"openhands.core\"))'",
	.start = start,
	.add_env = add_env,
};

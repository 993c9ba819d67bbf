#include "build/brief.h"

#include "agent/agent.h"
#include "agent/prompt.h"
#include "sandbox/sandbox.h"
#include "validate/judge.h"

/* As the agent is told. */
static const char *project_dir(const struct ohb_agent_config *agent)
{
	if (agent->sandbox == OHB_SANDBOX_PROCESS)
		return ".";
	return agent->protocol == OHB_PROTOCOL_HEADLESS ? OHB_HEADLESS_WORKSPACE
			"/project" :
							  OHB_PROJECT_DIR;
}

int ohb_brief_make(const struct ohb_target *target,
		const struct ohb_config *config, int exists,
		struct ohb_arena *arena, struct ohb_str *out,
		struct ohb_error *err)
{
	struct ohb_prompt prompt = {
		.task = target->prompt,
		.dir = project_dir(&config->agent),
		.sources = target->sources,
		.nsources = target->nsources,
		.outputs = target->outputs,
		.noutputs = target->noutputs,
		.inputs = target->inputs,
		.ninputs = target->ninputs,
		.exists = exists,
	};

	prompt.commands = ohb_judge_commands(
			target, arena, &prompt.ncommands, err);
	if (!prompt.commands)
		return -1;
	return ohb_prompt_make(&prompt, out, err);
}

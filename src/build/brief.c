#include "build/brief.h"

#include "agent/prompt.h"
#include "sandbox/sandbox.h"
#include "validate/judge.h"

int ohb_brief_make(const struct ohb_target *target,
		const struct ohb_config *config, int exists,
		struct ohb_arena *arena, struct ohb_str *out,
		struct ohb_error *err)
{
	struct ohb_prompt prompt = {
		.task = target->prompt,
		.dir = config->agent.sandbox == OHB_SANDBOX_DOCKER ?
				OHB_PROJECT_DIR :
				".",
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

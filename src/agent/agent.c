#include "agent/protocol.h"

#include <stdio.h>

#include "io/clock.h"

static const struct ohb_agent_ops *const protocols[] = {
	[OHB_AGENT_SERVER] = &ohb_agent_server,
	[OHB_AGENT_CLI] = &ohb_agent_command,
	[OHB_AGENT_HEADLESS] = &ohb_agent_command,
};

int ohb_agent_open(const struct ohb_agent_options *options,
		struct ohb_agent **ret, struct ohb_error *err)
{
	return protocols[options->protocol]->open(options, ret, err);
}

int ohb_agent_run(struct ohb_agent *agent, const char *message, size_t len,
		struct ohb_outcome *ret, struct ohb_error *err)
{
	return agent->ops->run(agent, message, len, ret, err);
}

int ohb_agent_trajectory(struct ohb_agent *agent, struct ohb_str *out,
		struct ohb_error *err)
{
	return agent->ops->trajectory(agent, out, err);
}

void ohb_agent_close(struct ohb_agent *agent)
{
	if (agent)
		agent->ops->close(agent);
}

void ohb_agent_make_id(char id[OHB_AGENT_ID])
{
	unsigned char bytes[16];
	char hex[2 * sizeof(bytes) + 1];

	ohb_random(bytes, sizeof(bytes));
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	ohb_hex_format(bytes, sizeof(bytes), hex);
	(void)snprintf(id, OHB_AGENT_ID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex,
			hex + 8, hex + 12, hex + 16, hex + 20);
}

json_t *ohb_agent_llm_json(
		const struct ohb_agent_options *options, const char *usage)
{
	/* The gateway alone repeats and waits, so the agent tries once. */
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:f, s:f}",
			"model", "openai/ohbuild", "api_key",
			ohb_secret_reveal(options->llm_token), "base_url",
			options->llm_url, "usage_id", usage, "api_mode", "chat",
			"num_retries", 1, "timeout",
			(json_int_t)(options->llm_timeout_ms + 999) / 1000,
			"input_cost_per_token", 0.0, "output_cost_per_token",
			0.0);
}

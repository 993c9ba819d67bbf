#include "build/session.h"

#include <stdlib.h>
#include <string.h>

#include "build/ranking.h"
#include "io/clock.h"

/* Above the gateway's own patience: it answers once and finally. */
#define LLM_GRACE_MS ((int64_t)60 * 1000)
/* For a server to start; a shorter 'agent.timeout' is for the start as well. */
#define HEALTH_MS ((int64_t)120 * 1000)

static void on_usage(void *userdata, const struct ohb_usage *delta,
		const char *model)
{
	struct ohb_session *session = userdata;

	ohb_emit(session->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_USAGE,
					.target = session->target->name,
					.attempt = session->attempt,
					.model = model,
					.tokens_in = delta->tokens_in,
					.tokens_out = delta->tokens_out,
					.cost_usd = delta->cost_unknown ?
							-1 :
							delta->cost_usd,
			});
}

static void on_say(void *userdata, const char *line)
{
	struct ohb_session *session = userdata;

	ohb_emit(session->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_AGENT,
					.target = session->target->name,
					.attempt = session->attempt,
					.text = line,
					.cost_usd = -1,
			});
}

static void on_wait(void *userdata, const char *model, int64_t wait_ms,
		const char *why)
{
	struct ohb_session *session = userdata;
	ohb_autostr line = OHB_STR_INIT;

	ohb_str_addf(&line, "%s: %s", model, why);
	ohb_emit(session->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_WAIT,
					.target = session->target->name,
					.attempt = session->attempt,
					.text = line.data,
					.duration_ms = wait_ms,
					.cost_usd = -1,
			});
}

static int open_grant(struct ohb_session *session, struct ohb_error *err)
{
	const struct ohb_build *build = session->build;
	const struct ohb_target *target = session->target;
	struct ohb_grant_options options = {
		.target = target->name,
		.nmodels = target->nmodels,
		.purse = session->purse,
		.on_usage = on_usage,
		.on_wait = on_wait,
		.userdata = session,
	};
	ohb_autofree const struct ohb_model_config **order = ohb_alloc(
			target->nmodels * sizeof(struct ohb_model_config *));
	size_t i;

	session->models = ohb_alloc(target->nmodels * sizeof(*session->models));
	session->keys = ohb_alloc(target->nmodels * sizeof(*session->keys));
	ohb_ranking_order(build->measures, build->nmeasures, target, order);
	for (i = 0; i < target->nmodels; i++) {
		size_t model = (size_t)(order[i] - build->config->models);

		session->models[i] = build->models[model];
		session->keys[i] = build->keys[model];
	}
	options.models = session->models;
	return ohb_gateway_grant(
			build->gateway, &options, &session->grant, err);
}

/* What a command needs of its sandbox; the rest it gets with each run. */
static int open_command_sandbox(
		struct ohb_session *session, struct ohb_error *err)
{
	const struct ohb_agent_config *config = &session->build->config->agent;
	const bool open_network = config->network == OHB_NETWORK_OPEN;
	const char *env[] = {
		"LITELLM_LOCAL_MODEL_COST_MAP=True",
		"OPENHANDS_SUPPRESS_BANNER=1",
		"DO_NOT_TRACK=1",
		/* Names that nobody can resolve cost a second, not ten. */
		open_network ? NULL : "RES_OPTIONS=timeout:1 attempts:1",
		NULL,
	};
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_COMMAND,
		.image = config->image,
		.name = session->name,
		.target = session->target->name,
		.env = env,
		.memory_bytes = config->memory_bytes,
		.cpus = config->cpus,
		.open_network = open_network,
		.workspace = config->protocol == OHB_PROTOCOL_HEADLESS ?
				OHB_HEADLESS_WORKSPACE :
				NULL,
	};

	return ohb_sandbox_open(ohb_build_agent_engine(session->build), &spec,
			&session->sandbox, err);
}

static int open_server_sandbox(
		struct ohb_session *session, struct ohb_error *err)
{
	const struct ohb_agent_config *config = &session->build->config->agent;
	struct ohb_secret *disk = ohb_random_secret();
	ohb_autostr session_key = OHB_STR_INIT, disk_key = OHB_STR_INIT;
	const char *env[] = {
		NULL,
		NULL,
		"LITELLM_LOCAL_MODEL_COST_MAP=True",
		"OH_ENABLE_VSCODE=false",
		"OH_PRELOAD_TOOLS=false",
		"OPENHANDS_SUPPRESS_BANNER=1",
		"DO_NOT_TRACK=1",
		NULL,
	};
	const struct ohb_sandbox_spec spec = {
		.role = OHB_ROLE_AGENT,
		.image = config->image,
		.name = session->name,
		.target = session->target->name,
		.env = env,
		.memory_bytes = config->memory_bytes,
		.cpus = config->cpus,
		.open_network = config->network == OHB_NETWORK_OPEN,
	};
	int result;

	ohb_str_addf(&session_key, "SESSION_API_KEY=%s",
			ohb_secret_reveal(session->key));
	ohb_str_addf(&disk_key, "OH_SECRET_KEY=%s", ohb_secret_reveal(disk));
	env[0] = session_key.data;
	env[1] = disk_key.data;
	result = ohb_sandbox_open(ohb_build_agent_engine(session->build), &spec,
			&session->sandbox, err);
	if (result == 0)
		ohb_grant_disguise(session->grant,
				ohb_sandbox_dir(session->sandbox),
				(const struct ohb_secret *const[]){
						session->key, disk },
				2);
	ohb_wipe(session_key.data, session_key.len);
	ohb_wipe(disk_key.data, disk_key.len);
	ohb_secret_free(disk);
	return result;
}

static int open_sandbox(struct ohb_session *session, struct ohb_error *err)
{
	return session->build->config->agent.protocol == OHB_PROTOCOL_SERVER ?
			open_server_sandbox(session, err) :
			open_command_sandbox(session, err);
}

static int open_agent(struct ohb_session *session, struct ohb_error *err)
{
	const struct ohb_build *build = session->build;
	const struct ohb_agent_config *config = &build->config->agent;
	static const enum ohb_agent_protocol protocols[] = {
		[OHB_PROTOCOL_SERVER] = OHB_AGENT_SERVER,
		[OHB_PROTOCOL_CLI] = OHB_AGENT_CLI,
		[OHB_PROTOCOL_HEADLESS] = OHB_AGENT_HEADLESS,
	};
	const struct ohb_agent_options options = {
		.protocol = protocols[config->protocol],
		.sandbox = session->sandbox,
		.session_key = session->key,
		.llm_url = ohb_gateway_url(build->gateway),
		.llm_token = ohb_grant_token(session->grant),
		.llm_timeout_ms = ohb_gateway_hold_ms(build->gateway) +
				LLM_GRACE_MS,
		.max_iterations = config->max_iterations,
		.health_timeout_ms = config->timeout_ms < HEALTH_MS ?
				config->timeout_ms :
				HEALTH_MS,
		.timeout_ms = config->timeout_ms,
		.idle_timeout_ms = config->idle_timeout_ms,
		.patience_ms = build->patience_ms,
		.cancel = &session->build->ending,
		.say = on_say,
		.userdata = session,
	};

	return ohb_agent_open(&options, &session->agent, err);
}

int ohb_session_open(struct ohb_session *session, struct ohb_build *build,
		const struct ohb_target *target, const struct ohb_stage *stage,
		char *name, struct ohb_error *err)
{
	*session = (struct ohb_session){
		.build = build,
		.target = target,
		.attempt = session->attempt,
		.purse = session->purse,
		.name = name,
		.key = ohb_random_secret(),
	};
	if (open_grant(session, err) < 0 || open_sandbox(session, err) < 0 ||
			ohb_stage_put(stage, target, session->sandbox, err) < 0)
		return -1;
	return open_agent(session, err);
}

void ohb_session_close(struct ohb_session *session)
{
	ohb_agent_close(session->agent);
	ohb_sandbox_close(session->sandbox);
	if (session->grant)
		ohb_gateway_revoke(session->build->gateway, session->grant);
	ohb_secret_free(session->key);
	free(session->models);
	free(session->keys);
	free(session->name);
	*session = (struct ohb_session){ .build = NULL };
}

#include "build/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/preflight.h"
#include "gateway/budget.h"
#include "gateway/price.h"
#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"

#define MAX_HOLD_S 86400

static void on_warning(void *userdata, const char *text)
{
	struct ohb_setup *setup = userdata;

	ohb_emit_warning(setup->build.emitter, NULL, "%s", text);
}

struct ohb_engine *ohb_build_agent_engine(const struct ohb_build *build)
{
	return build->config->agent.sandbox == OHB_SANDBOX_DOCKER ?
			build->docker :
			build->process;
}

struct ohb_engine *ohb_build_judge_engine(
		const struct ohb_build *build, const struct ohb_target *target)
{
	switch (target->module->validate_in) {
	case OHB_IN_SANDBOX:
		return ohb_build_agent_engine(build);
	case OHB_IN_IMAGE:
		return build->docker;
	case OHB_IN_HOST:
		return build->process;
	}
	return NULL;
}

const char *ohb_build_judge_image(
		const struct ohb_build *build, const struct ohb_target *target)
{
	switch (target->module->validate_in) {
	case OHB_IN_SANDBOX:
		return build->config->agent.sandbox == OHB_SANDBOX_DOCKER ?
				build->config->agent.image :
				NULL;
	case OHB_IN_IMAGE:
		return target->module->validate_image;
	case OHB_IN_HOST:
		return NULL;
	}
	return NULL;
}

bool ohb_build_is_over(const struct ohb_build *build)
{
	/* Ctrl-C goes before. */
	return atomic_load(&build->over) && !ohb_cancel_level(build->cancel);
}

bool ohb_build_end(struct ohb_build *build)
{
	if (atomic_exchange(&build->over, true))
		return false;
	ohb_cancel_raise(&build->ending);
	return true;
}

char *ohb_build_sandbox_name(struct ohb_build *build, const char *role)
{
	ohb_autostr name = OHB_STR_INIT;

	ohb_str_addf(&name, "ohb-%s-%u-%s", build->run,
			atomic_fetch_add(&build->next, 1), role);
	return ohb_str_take(&name);
}

static int open_engine(struct ohb_setup *setup, enum ohb_engine_kind kind,
		struct ohb_engine **ret, struct ohb_error *err)
{
	const struct ohb_engine_options options = {
		.kind = kind,
		.run = setup->build.run,
		.cancel = setup->build.cancel,
		.on_warning = on_warning,
		.userdata = setup,
	};

	return *ret ? 0 : ohb_engine_open(&options, ret, err);
}

const char *ohb_build_image_id(const struct ohb_build *build, const char *name)
{
	size_t i;

	for (i = 0; name && i < build->nimages; i++)
		if (ohb_streq(build->images[i].name, name))
			return ohb_str_cstr(&build->images[i].id);
	return NULL;
}

static int need_image(struct ohb_setup *setup, const char *name,
		enum ohb_image_pull pull, struct ohb_error *err)
{
	struct ohb_build *build = &setup->build;
	struct ohb_build_image *image;

	if (ohb_build_image_id(build, name))
		return 0;
	image = ohb_grow(&build->images, &build->cimages, build->nimages,
			sizeof(*image));
	image->name = name;
	build->nimages++;
	return ohb_engine_image(build->docker, name, pull, &image->id, err);
}

static int open_agent(struct ohb_setup *setup, enum ohb_image_pull pull,
		struct ohb_error *err)
{
	struct ohb_build *build = &setup->build;
	const struct ohb_agent_config *agent = &build->config->agent;

	if (agent->sandbox == OHB_SANDBOX_PROCESS)
		return open_engine(setup, OHB_ENGINE_PROCESS, &build->process,
				err);
	if (open_engine(setup, OHB_ENGINE_DOCKER, &build->docker, err) < 0)
		return -1;
	return need_image(setup, agent->image, pull, err);
}

/* The engine a target's judge needs. */
static int open_judge(struct ohb_setup *setup, const struct ohb_target *target,
		enum ohb_image_pull pull, struct ohb_error *err)
{
	struct ohb_build *build = &setup->build;

	switch (target->module->validate_in) {
	case OHB_IN_SANDBOX:
		return open_agent(setup, pull, err);
	case OHB_IN_HOST:
		return open_engine(setup, OHB_ENGINE_PROCESS, &build->process,
				err);
	case OHB_IN_IMAGE:
		break;
	}
	if (open_engine(setup, OHB_ENGINE_DOCKER, &build->docker, err) < 0)
		return -1;
	return need_image(setup, target->module->validate_image, pull, err);
}

bool ohb_setup_needs_agent(const struct ohb_step *step)
{
	return step->will_build && step->way != OHB_WAY_JUDGE;
}

static int open_engines(struct ohb_setup *setup, const struct ohb_plan *plan,
		struct ohb_error *err)
{
	static const enum ohb_image_pull pulls[] = {
		[OHB_PULL_MISSING] = OHB_IMAGE_PULL_MISSING,
		[OHB_PULL_ALWAYS] = OHB_IMAGE_PULL_ALWAYS,
		[OHB_PULL_NEVER] = OHB_IMAGE_PULL_NEVER,
	};
	struct ohb_build *build = &setup->build;
	const enum ohb_image_pull pull = pulls[build->config->agent.pull];
	size_t i;

	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_step *step = &plan->steps[i];

		if ((ohb_setup_needs_agent(step) &&
				    open_agent(setup, pull, err) < 0) ||
				(step->will_build &&
						open_judge(setup,
								&build->graph->targets
										 [step->target],
								pull, err) < 0))
			return -1;
	}
	return 0;
}

static bool is_used(const struct ohb_build *build, const struct ohb_plan *plan,
		const struct ohb_model_config *model)
{
	size_t i, k;

	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_target *target =
				&build->graph->targets[plan->steps[i].target];

		for (k = 0; ohb_setup_needs_agent(&plan->steps[i]) &&
				k < target->nmodels;
				k++)
			if (target->models[k] == model)
				return true;
	}
	return false;
}

/* What openhands.yml says goes before the table that ships with us. */
static void set_price(struct ohb_gateway_model *ret,
		const struct ohb_model_config *config)
{
	ret->has_price = config->has_price;
	if (config->has_price)
		ret->price.usual = (struct ohb_rates){
			.input = config->price_input,
			.cached = config->price_cached,
			.written = config->price_written,
			.output = config->price_output,
		};
	else
		ret->has_price = ohb_price_find(config->id, &ret->price);
}

static int name_key(struct ohb_setup *setup, size_t i, struct ohb_error *err)
{
	return ohb_traffic_key(setup->build.store,
			ohb_secret_reveal(setup->keys[i]),
			ohb_secret_len(setup->keys[i]), &setup->key_names[i],
			err);
}

struct ohb_gateway_model ohb_setup_model(const struct ohb_model_config *model,
		const struct ohb_secret *key)
{
	struct ohb_gateway_model ret = {
		.id = model->id,
		.name = model->name,
		.base_url = model->base_url,
		.key = key,
		.max_output_tokens = model->max_output_tokens,
	};

	set_price(&ret, model);
	return ret;
}

/* What is not needed may still stand in a file, or be seen by a tool.  No
 * command is asked: a replay needs no key, nor does a judge. */
static void redact_others(struct ohb_setup *setup)
{
	const struct ohb_config *config = setup->build.config;
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_secret *key;
	size_t i;

	for (i = 0; i < config->nmodels; i++) {
		const struct ohb_model_config *model = &config->models[i];

		if (setup->keys[i] || (!model->key_env && !model->key_file) ||
				ohb_key_load(model->key_env, model->key_file,
						NULL, NULL, &key, &ignored) < 0)
			continue;
		ohb_redact_add(&setup->redact, key);
		ohb_secret_free(key);
	}
}

static int load_models(struct ohb_setup *setup,
		const struct ohb_setup_options *options, struct ohb_error *err)
{
	const struct ohb_config *config = setup->build.config;
	size_t i;

	setup->models = ohb_alloc(config->nmodels * sizeof(*setup->models));
	setup->keys = ohb_alloc(config->nmodels * sizeof(struct ohb_secret *));
	setup->key_names =
			ohb_alloc(config->nmodels * sizeof(*setup->key_names));
	for (i = 0; i < config->nmodels; i++) {
		const struct ohb_model_config *model = &config->models[i];
		bool has_key = model->key_env || model->key_file ||
				model->key_command;

		if (has_key && !options->replay &&
				is_used(&setup->build, options->plan, model)) {
			if (ohb_key_load(model->key_env, model->key_file,
					    model->key_command,
					    setup->build.cancel,
					    &setup->keys[i], err) < 0)
				return ohb_fail_context(
						err, "model '%s'", model->id);
			ohb_redact_add(&setup->redact, setup->keys[i]);
			if (name_key(setup, i, err) < 0)
				return -1;
		}
		setup->models[i] = ohb_setup_model(model, setup->keys[i]);
	}
	redact_others(setup);
	setup->build.models = setup->models;
	setup->build.keys = setup->key_names;
	return 0;
}

/* What has no price fits into no budget. */
static int check_prices(struct ohb_setup *setup,
		const struct ohb_setup_options *options, struct ohb_error *err)
{
	const struct ohb_config *config = setup->build.config;
	size_t i;

	for (i = 0; i < config->nmodels; i++)
		if (!setup->models[i].has_price &&
				is_used(&setup->build, options->plan,
						&config->models[i]))
			return ohb_fail(err, OHB_E_CONFIG,
					"the price of model '%s' is not known, "
					"so no budget can be kept: add 'price: "
					"{input: ..., output: ...}' to it in "
					"openhands.yml (USD for a million "
					"tokens), or leave 'limits.budget' and "
					"'--budget' out",
					config->models[i].id);
	return 0;
}

static int fly(struct ohb_setup *setup, const struct ohb_setup_options *options,
		struct ohb_error *err)
{
	const struct ohb_config *config = setup->build.config;
	ohb_autofree const struct ohb_gateway_model **used = ohb_alloc(
			config->nmodels * sizeof(struct ohb_gateway_model *));
	size_t i, n = 0;

	if (options->replay || options->no_preflight)
		return 0;
	for (i = 0; i < config->nmodels; i++)
		if (is_used(&setup->build, options->plan, &config->models[i]))
			used[n++] = &setup->models[i];
	return ohb_preflight_run(&setup->build, options->plan, used, n,
			&setup->cost_usd, err);
}

/* A variable with seconds; ret_ms stays when it is not set. */
static int read_seconds(
		const char *name, int64_t *ret_ms, struct ohb_error *err)
{
	const char *text = getenv(name);
	unsigned long long seconds;

	if (!text || !*text)
		return 0;
	if (ohb_parse_u64(text, strlen(text), MAX_HOLD_S, &seconds) < 0 ||
			seconds == 0)
		return ohb_fail(err, OHB_E_USAGE,
				"%s is '%s': give seconds, from 1 to %d", name,
				text, MAX_HOLD_S);
	*ret_ms = (int64_t)seconds * 1000;
	return 0;
}

/* How long the gateway waits and asks again before it gives a request up. */
static int read_hold(struct ohb_gateway_options *options, struct ohb_error *err)
{
	if (read_seconds("OHBUILD_HOLD", &options->hold_ms, err) < 0)
		return -1;
	if (!options->hold_ms)
		return 0;
	/* Who waits longer for an answer means a model that thinks longer. */
	options->request_ms = options->silence_ms = options->hold_ms;
	return 0;
}

static int open_gateway(struct ohb_setup *setup,
		const struct ohb_setup_options *given, struct ohb_error *err)
{
	ohb_autostr address = OHB_STR_INIT;
	struct ohb_gateway_options options = {
		.replay = given->replay,
		.record = given->record,
		.strict = given->strict,
		.redact = &setup->redact,
		.store = setup->build.store,
		.cancel = setup->build.cancel,
		.on_warning = on_warning,
		.userdata = setup,
	};

	if (read_hold(&options, err) < 0 ||
			read_seconds("OHBUILD_PATIENCE",
					&setup->build.patience_ms, err) < 0 ||
			ohb_engine_host_address(
					ohb_build_agent_engine(&setup->build),
					&address, err) < 0)
		return -1;
	options.address = ohb_str_cstr(&address);
	return ohb_gateway_open(&options, &setup->build.gateway, err);
}

static void name_run(struct ohb_setup *setup)
{
	unsigned long long number;

	ohb_random(&number, sizeof(number));
	(void)snprintf(setup->run, sizeof(setup->run), "%016llx", number);
	setup->build.run = setup->run;
}

static bool needs_agents(const struct ohb_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nsteps; i++)
		if (ohb_setup_needs_agent(&plan->steps[i]))
			return true;
	return false;
}

/* Told before anything is begun, not once for each target. */
static int check_replay(const char *replay, struct ohb_error *err)
{
	struct stat info;

	if (!replay || (stat(replay, &info) == 0 && S_ISDIR(info.st_mode)))
		return 0;
	return ohb_fail(err, OHB_E_CONFIG,
			"'--replay %s': there is no such folder of cassettes",
			replay);
}

static int remove_temp(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	const int *dirfd = userdata;
	const char *base;
	size_t len;

	return kind == OHB_FS_FILE && ohb_fs_is_temp(path, &base, &len) ?
			ohb_fs_unlink(*dirfd, path, err) :
			0;
}

/* The folder that cassettes go to, without what a killed build left there. */
static int make_record(const char *record, struct ohb_error *err)
{
	ohb_autoclose int dirfd = -1;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (!record)
		return 0;
	if (mkdir(record, 0777) < 0 && errno != EEXIST) {
		(void)ohb_fail_errno(
				err, errno, "'--record %s': make it", record);
		err->code = OHB_E_CONFIG;
		return -1;
	}
	dirfd = open(record, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || access(record, W_OK) < 0) {
		(void)ohb_fail_errno(err, errno,
				"'--record %s': write to the folder", record);
		err->code = OHB_E_CONFIG;
		return -1;
	}
	(void)!ohb_fs_list(dirfd, ".", remove_temp, &dirfd, &ignored);
	return 0;
}

/* What openhands.yml, or --budget, allows.  A replay costs nothing. */
static int open_budget(struct ohb_setup *setup,
		const struct ohb_setup_options *options, struct ohb_error *err)
{
	const struct ohb_budget_config *config =
			&setup->build.config->limits.budget;
	const struct ohb_budget_options budget = {
		.usd = {
			[OHB_LIMIT_TARGET] = config->has_target ?
					config->target : -1,
			[OHB_LIMIT_BUILD] = options->budget_usd ?
					*options->budget_usd :
					config->has_build ? config->build : -1,
			[OHB_LIMIT_DAY] = config->has_day ? config->day : -1,
		},
		.store = setup->build.store,
		.run = setup->run,
	};

	if (options->replay)
		return 0;
	if (ohb_budget_open(&budget, &setup->build.budget, err) < 0)
		return -1;
	return ohb_budget_limited(setup->build.budget) ?
			check_prices(setup, options, err) :
			0;
}

int ohb_setup_open(struct ohb_setup *setup,
		const struct ohb_setup_options *options, struct ohb_error *err)
{
	const bool agents = needs_agents(options->plan);

	name_run(setup);
	if (ohb_measure_load(setup->build.store, &setup->arena,
			    &setup->build.measures, &setup->build.nmeasures,
			    err) < 0)
		return -1;
	/* Keys first: what is wrong in a configuration costs no container. */
	if ((agents &&
			    (check_replay(options->replay, err) < 0 ||
					    make_record(options->record, err) <
							    0)) ||
			load_models(setup, options, err) < 0 ||
			(agents && open_budget(setup, options, err) < 0))
		return -1;
	setup->build.redact = &setup->redact;
	setup->build.emitter->redact = &setup->redact;
	setup->build.suites = ohb_suites_new();
	if (fly(setup, options, err) < 0 ||
			open_engines(setup, options->plan, err) < 0)
		return -1;
	return agents ? open_gateway(setup, options, err) : 0;
}

void ohb_setup_close(struct ohb_setup *setup)
{
	struct ohb_build *build = &setup->build;
	size_t i;

	ohb_gateway_close(build->gateway);
	ohb_budget_close(build->budget);
	ohb_engine_close(build->docker);
	ohb_engine_close(build->process);
	ohb_suites_free(build->suites);
	build->emitter->redact = NULL;
	ohb_redact_release(&setup->redact);
	for (i = 0; setup->keys && i < build->config->nmodels; i++)
		ohb_secret_free(setup->keys[i]);
	free(setup->keys);
	free(setup->key_names);
	ohb_arena_release(&setup->arena);
	free(setup->models);
	for (i = 0; i < build->nimages; i++)
		ohb_str_release(&build->images[i].id);
	free(build->images);
}

static bool sweep(struct ohb_setup *setup, enum ohb_engine_kind kind,
		struct ohb_engine **engine)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (open_engine(setup, kind, engine, &err) == 0)
		return true;
	ohb_emit_warning(setup->build.emitter, NULL,
			"what a killed build left could not be removed: %s",
			err.msg);
	return false;
}

bool ohb_setup_sweep(struct ohb_setup *setup)
{
	struct ohb_build *build = &setup->build;
	bool docker = build->config->agent.sandbox == OHB_SANDBOX_DOCKER;
	bool clean = true;
	size_t i;

	for (i = 0; i < build->config->nmodules; i++)
		docker |= build->config->modules[i].validate_in == OHB_IN_IMAGE;
	name_run(setup);
	if (docker)
		clean = sweep(setup, OHB_ENGINE_DOCKER, &build->docker);
	/* Asks for nothing but a look into the temporary folder. */
	clean &= sweep(setup, OHB_ENGINE_PROCESS, &build->process);
	ohb_setup_close(setup);
	return clean;
}

#include "build/preflight.h"

#include <stdlib.h>

#include "build/setup.h"
#include "gateway/budget.h"
#include "gateway/failure.h"
#include "io/clock.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

int64_t ohb_preflight_today(int64_t wall_ms)
{
	return wall_ms - wall_ms % DAY_MS;
}

struct ohb_traffic ohb_traffic_of(const struct ohb_gateway_model *model,
		const struct ohb_digest *key, const struct ohb_tally *tally)
{
	const struct ohb_usage *usage = &tally->usage;

	return (struct ohb_traffic){
		.model = model->id,
		.base_url = model->base_url,
		.key = *key,
		.requests = tally->requests,
		.answers = usage->requests,
		.latency_ms = tally->latency_ms,
		.tokens_in = usage->tokens_in,
		.tokens_cached = usage->tokens_cached,
		.tokens_out = usage->tokens_out,
		.cost_usd = usage->cost_unknown ? -1 : usage->cost_usd,
		.answered_ms = tally->answered_ms,
	};
}

static const struct ohb_digest *key_of(const struct ohb_build *build,
		const struct ohb_gateway_model *model)
{
	return &build->keys[model - build->models];
}

/* Keeps those that are to be asked; their number, or -1. */
static int choose(struct ohb_build *build,
		const struct ohb_gateway_model *const *models, size_t n,
		struct ohb_probe *probes, struct ohb_error *err)
{
	const int64_t today = ohb_preflight_today(ohb_clock_wall_ms());
	int count = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ohb_traffic like = {
			.model = models[i]->id,
			.base_url = models[i]->base_url,
			.key = *key_of(build, models[i]),
		};
		int known = ohb_traffic_answered(
				build->store, &like, today, err);

		if (known < 0)
			return -1;
		if (!known)
			probes[count++].model = models[i];
	}
	return count;
}

static int keep(struct ohb_build *build, const struct ohb_probe *probes,
		size_t n, double *cost_usd, struct ohb_error *err)
{
	ohb_autofree struct ohb_traffic *rows = ohb_alloc(n * sizeof(*rows));
	size_t i;

	for (i = 0; i < n; i++) {
		rows[i] = ohb_traffic_of(probes[i].model,
				key_of(build, probes[i].model),
				&probes[i].tally);
		if (rows[i].cost_usd < 0 || *cost_usd < 0)
			*cost_usd = -1;
		else
			*cost_usd += rows[i].cost_usd;
	}
	return ohb_traffic_add(build->store, rows, n, err);
}

/* What is wrong with a model and stays so, while nobody does anything. */
static bool is_wrong(const struct ohb_probe *probe)
{
	return probe->failure == OHB_PROVIDER_AUTH ||
			probe->failure == OHB_PROVIDER_CONFIG ||
			probe->failure == OHB_PROVIDER_QUOTA;
}

static void add_trouble(struct ohb_str *out, const struct ohb_probe *probe)
{
	ohb_str_addf(out, "%smodel '%s': %s: %s; %s", out->len ? "; " : "",
			probe->model->id,
			ohb_failure_rule(probe->failure)->name,
			ohb_str_cstr(&probe->words),
			ohb_probe_cure(probe->failure));
}

/* Whether a target would have nobody to ask. */
static bool is_stranded(const struct ohb_build *build,
		const struct ohb_plan *plan, const bool *wrong)
{
	size_t i, k;

	for (i = 0; i < plan->nsteps; i++) {
		const struct ohb_target *target =
				&build->graph->targets[plan->steps[i].target];

		if (!ohb_setup_needs_agent(&plan->steps[i]))
			continue;
		for (k = 0; k < target->nmodels; k++)
			if (!wrong[target->models[k] - build->config->models])
				break;
		if (k == target->nmodels)
			return true;
	}
	return false;
}

static int judge(struct ohb_build *build, const struct ohb_plan *plan,
		const struct ohb_probe *probes, size_t n, struct ohb_error *err)
{
	ohb_autofree bool *wrong =
			ohb_alloc(build->config->nmodels * sizeof(*wrong));
	ohb_autostr all = OHB_STR_INIT;
	enum ohb_code code = OHB_E_INFRA;
	bool stranded;
	size_t i;

	for (i = 0; i < n; i++)
		wrong[probes[i].model - build->models] = is_wrong(&probes[i]);
	stranded = is_stranded(build, plan, wrong);
	for (i = 0; i < n; i++) {
		const struct ohb_probe *probe = &probes[i];
		ohb_autostr words = OHB_STR_INIT;

		/* That ends the build when an agent asks, and with more to
		 * tell. */
		if (probe->failure == OHB_PROVIDER_OK ||
				probe->failure == OHB_PROVIDER_BUDGET)
			continue;
		if (stranded && is_wrong(probe)) {
			add_trouble(&all, probe);
			if (probe->failure == OHB_PROVIDER_CONFIG)
				code = OHB_E_CONFIG;
			continue;
		}
		add_trouble(&words, probe);
		ohb_emit_warning(build->emitter, NULL, "%s%s", words.data,
				is_wrong(probe) ? "; the others are asked" :
						  "");
	}
	return all.len ? ohb_fail(err, code,
					 "%s (nothing was started; "
					 "'--no-preflight' asks no model "
					 "before a build)",
					 all.data) :
			 0;
}

int ohb_preflight_run(struct ohb_build *build, const struct ohb_plan *plan,
		const struct ohb_gateway_model *const *models, size_t n,
		double *ret_cost_usd, struct ohb_error *err)
{
	ohb_autofree struct ohb_probe *probes = ohb_alloc(n * sizeof(*probes));
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_purse *purse;
	double cost_usd = 0;
	int count, i, result;

	count = choose(build, models, n, probes, err);
	if (count < 0)
		return -1;
	purse = ohb_purse_open(build->budget, "(pre-flight)");
	result = ohb_probe_run(
			probes, (size_t)count, purse, build->cancel, err);
	if (ohb_purse_close(purse, result ? &ignored : err) < 0)
		result = -1;
	if (result == 0 && count > 0)
		result = keep(build, probes, (size_t)count, &cost_usd, err);
	if (result == 0)
		result = judge(build, plan, probes, (size_t)count, err);
	if (result == 0)
		*ret_cost_usd = cost_usd;
	for (i = 0; i < count; i++)
		ohb_probe_release(&probes[i]);
	return result;
}

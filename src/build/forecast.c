#include "build/forecast.h"

#include <stdlib.h>

#include "build/facts.h"

/* The latest runs that a forecast rests on: of a target, of more. */
#define RUNS_OF_TARGET ((size_t)20)
#define RUNS_OF_MORE ((size_t)200)
/* Up to so many targets are looked up one by one, and so many attempts
 * looked at for each of them, and for modules and all. */
#define FEW ((size_t)64)
#define ATTEMPTS_OF_TARGET ((size_t)100)
#define ATTEMPTS_OF_MORE ((size_t)5000)

#define NOBODY SIZE_MAX

/* Of modules and of all: made when first asked for. */
struct shared {
	bool known;
	struct ohb_forecast forecast;
};

struct forecasting {
	const struct ohb_graph *graph;
	const struct ohb_config *config;
	struct ohb_store *store;
	struct ohb_arena arena;
	bool many; /* targets; then `runs` are all there are */
	bool loaded;
	struct ohb_runs runs;
	size_t *owner; /* of each run: its target in the graph, or NOBODY */
	/* The runs of a target, newest first: the first of each target and
	 * the next of each run; NOBODY ends it. */
	size_t *first, *next;
	struct shared *modules, all;
};

struct samples {
	double ms[RUNS_OF_MORE], usd[RUNS_OF_MORE];
	size_t count, priced;
};

static void add_sample(struct samples *samples, const struct ohb_run *run)
{
	samples->ms[samples->count++] = (double)run->duration_ms;
	if (run->cost_usd >= 0)
		samples->usd[samples->priced++] = run->cost_usd;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* -1 when there are none. */
static double median(double *values, size_t n)
{
	if (n == 0)
		return -1;
	qsort(values, n, sizeof(*values), by_value);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static struct ohb_forecast conclude(
		struct samples *samples, enum ohb_basis basis)
{
	return (struct ohb_forecast){
		.basis = samples->count ? basis : OHB_OF_NONE,
		.runs = samples->count,
		.ms = (int64_t)median(samples->ms, samples->count),
		.priced = samples->priced,
		.usd = median(samples->usd, samples->priced),
	};
}

/* Which target each run is of, and with many the list of each target. */
static void sort_runs(struct forecasting *all)
{
	const struct ohb_graph *graph = all->graph;
	size_t i;

	all->owner = ohb_arena_alloc(&all->arena,
			(all->runs.count + 1) * sizeof(*all->owner));
	all->next = ohb_arena_alloc(&all->arena,
			(all->runs.count + 1) * sizeof(*all->next));
	all->first = ohb_arena_alloc(
			&all->arena, (graph->count + 1) * sizeof(*all->first));
	for (i = 0; i < graph->count; i++)
		all->first[i] = NOBODY;
	for (i = all->runs.count; i-- > 0;) {
		const struct ohb_target *target = ohb_map_get(
				&graph->by_name, all->runs.items[i].target);

		all->owner[i] = NOBODY;
		if (!target)
			continue;
		all->owner[i] = (size_t)(target - graph->targets);
		all->next[i] = all->first[all->owner[i]];
		all->first[all->owner[i]] = i;
	}
}

static int load(struct forecasting *all, struct ohb_error *err)
{
	if (all->loaded)
		return 0;
	if (ohb_run_load(all->store, NULL, all->many ? 0 : ATTEMPTS_OF_MORE,
			    &all->arena, &all->runs, err) < 0)
		return -1;
	sort_runs(all);
	all->loaded = true;
	return 0;
}

static int forecast_own(struct forecasting *all, size_t at,
		struct ohb_forecast *ret, struct ohb_error *err)
{
	struct samples samples = { .count = 0 };
	struct ohb_runs runs;
	size_t i;

	if (all->many) {
		for (i = all->first[at];
				i != NOBODY && samples.count < RUNS_OF_TARGET;
				i = all->next[i])
			add_sample(&samples, &all->runs.items[i]);
		*ret = conclude(&samples, OHB_OF_TARGET);
		return 0;
	}
	if (ohb_run_load(all->store, all->graph->targets[at].name,
			    ATTEMPTS_OF_TARGET, &all->arena, &runs, err) < 0)
		return -1;
	for (i = 0; i < runs.count && samples.count < RUNS_OF_TARGET; i++)
		add_sample(&samples, &runs.items[i]);
	*ret = conclude(&samples, OHB_OF_TARGET);
	return 0;
}

/* The latest runs of a module; NULL: of all. */
static struct ohb_forecast forecast_shared(const struct forecasting *all,
		const struct ohb_module_config *module)
{
	struct samples samples = { .count = 0 };
	size_t i;

	for (i = 0; i < all->runs.count && samples.count < RUNS_OF_MORE; i++)
		if (!module ||
				(all->owner[i] != NOBODY &&
						all->graph->targets[all->owner[i]]
										.module ==
								module))
			add_sample(&samples, &all->runs.items[i]);
	return conclude(&samples, module ? OHB_OF_MODULE : OHB_OF_ALL);
}

static struct ohb_forecast of_more(
		struct forecasting *all, const struct ohb_module_config *module)
{
	struct shared *shared = &all->modules[module - all->config->modules];

	if (!shared->known) {
		shared->forecast = forecast_shared(all, module);
		shared->known = true;
	}
	if (shared->forecast.basis != OHB_OF_NONE)
		return shared->forecast;
	if (!all->all.known) {
		all->all.forecast = forecast_shared(all, NULL);
		all->all.known = true;
	}
	return all->all.forecast;
}

static int forecast_one(struct forecasting *all, size_t at,
		struct ohb_forecast *ret, struct ohb_error *err)
{
	if (forecast_own(all, at, ret, err) < 0)
		return -1;
	if (ret->basis != OHB_OF_NONE)
		return 0;
	if (load(all, err) < 0)
		return -1;
	*ret = of_more(all, all->graph->targets[at].module);
	return 0;
}

int ohb_forecast_all(const struct ohb_graph *graph,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_fact *facts, struct ohb_error *err)
{
	struct forecasting all = {
		.graph = graph,
		.config = config,
		.store = store,
	};
	size_t i, wanted = 0;
	int result = 0;

	for (i = 0; i < graph->count; i++) {
		facts[i].forecast =
				(struct ohb_forecast){ .ms = -1, .usd = -1 };
		wanted += !ohb_facts_need_nothing(
				&graph->targets[i], &facts[i]);
	}
	if (wanted == 0)
		return 0;
	all.many = wanted > FEW;
	all.modules = ohb_arena_alloc(&all.arena,
			(config->nmodules + 1) * sizeof(*all.modules));
	if (all.many)
		result = load(&all, err);
	for (i = 0; result == 0 && i < graph->count; i++)
		if (!ohb_facts_need_nothing(&graph->targets[i], &facts[i]))
			result = forecast_one(&all, i, &facts[i].forecast, err);
	ohb_arena_release(&all.arena);
	return result;
}

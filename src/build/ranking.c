#include "build/ranking.h"

#include "base/memory.h"
#include "base/str.h"

/* One that has a rank. */
struct ranked {
	const struct ohb_model_config *model;
	const struct ohb_measure *measure;
	size_t place; /* as written */
};

const struct ohb_measure *ohb_ranking_find(
		const struct ohb_measure *measures, size_t n, const char *model)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ohb_streq(measures[i].model, model))
			return &measures[i];
	return NULL;
}

static double rate_of(const struct ohb_measure *measure)
{
	return ((double)measure->made + 1) / ((double)measure->attempts + 2);
}

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

/* Negative: a is asked before b. */
static int compare(const struct ranked *a, const struct ranked *b, bool priced)
{
	const double rate_a = rate_of(a->measure), rate_b = rate_of(b->measure);
	const double n_a = (double)a->measure->attempts * rate_a;
	const double n_b = (double)b->measure->attempts * rate_b;
	int result = (int)(rate_b * 10) - (int)(rate_a * 10);

	if (!result && priced)
		result = compare_numbers(a->measure->cost_usd / n_a,
				b->measure->cost_usd / n_b);
	if (!result)
		result = compare_numbers((double)a->measure->duration_ms / n_a,
				(double)b->measure->duration_ms / n_b);
	return result ? result :
			compare_numbers((double)a->place, (double)b->place);
}

static void sort(struct ranked *items, size_t n, bool priced)
{
	struct ranked item;
	size_t i, k;

	for (i = 1; i < n; i++) {
		item = items[i];
		for (k = i; k > 0 && compare(&item, &items[k - 1], priced) < 0;
				k--)
			items[k] = items[k - 1];
		items[k] = item;
	}
}

void ohb_ranking_order(const struct ohb_measure *measures, size_t n,
		const struct ohb_target *target,
		const struct ohb_model_config **ret)
{
	ohb_autofree struct ranked *ranked =
			ohb_alloc(target->nmodels * sizeof(*ranked));
	ohb_autofree size_t *places =
			ohb_alloc(target->nmodels * sizeof(*places));
	bool priced = true;
	size_t i, count = 0;

	for (i = 0; i < target->nmodels; i++) {
		const struct ohb_measure *measure = ohb_ranking_find(
				measures, n, target->models[i]->id);

		ret[i] = target->models[i];
		if (target->module->order != OHB_ORDER_MEASURED || !measure ||
				measure->attempts < OHB_RANKED_RUNS)
			continue;
		priced &= measure->priced == measure->attempts;
		places[count] = i;
		ranked[count++] = (struct ranked){ ret[i], measure, i };
	}
	sort(ranked, count, priced);
	for (i = 0; i < count; i++)
		ret[places[i]] = ranked[i].model;
}

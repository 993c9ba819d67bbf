#ifndef OHB_BUILD_RANKING_H
#define OHB_BUILD_RANKING_H

/* `order: measured`: the models of a target in the order of what they have
 * done.  Keys and verdicts go by the written one. */

#include "project/graph.h"
#include "store/store.h"

#define OHB_RANKED_RUNS 5 /* attempts before a model has a rank */

/*
 * Writes target->nmodels models to ret, in the order in which they are to be
 * asked; the written one unless the module says `order: measured`.  Then the
 * models with OHB_RANKED_RUNS attempts or more change places among
 * themselves, and the others keep theirs:
 *
 *   rate = (made + 1) / (attempts + 2), its tenths cut off: higher first;
 *   then, when the price of all their attempts is known, money / made tests
 *   (mean cost / rate): lower first;
 *   then time / made tests (mean duration / rate): lower first;
 *   then as written.
 */
void ohb_ranking_order(const struct ohb_measure *measures, size_t n,
		const struct ohb_target *target,
		const struct ohb_model_config **ret);

/* NULL: it was never asked. */
const struct ohb_measure *ohb_ranking_find(const struct ohb_measure *measures,
		size_t n, const char *model);

#endif

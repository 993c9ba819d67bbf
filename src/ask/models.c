/* How each model has done. */
#include <string.h>

#include "ask/document.h"
#include "base/memory.h"
#include "build/ranking.h"
#include "build/setup.h"
#include "text/json.h"

/* What is known, and what one model is looked up in. */
struct known {
	struct ohb_arena arena;
	const struct ohb_measure *measures;
	size_t nmeasures;
	const struct ohb_breaker_row *breakers;
	size_t nbreakers;
};

static json_t *mean(double sum, uint64_t n)
{
	return n ? json_real(sum / (double)n) : json_null();
}

static json_t *price_of(const struct ohb_model_config *model)
{
	struct ohb_gateway_model known;
	json_t *price;

	if (!model)
		return json_null();
	known = ohb_setup_model(model, NULL);
	if (!known.has_price)
		return json_null();
	price = json_object();
	ohb_json_set(price, "input", json_real(known.price.usual.input));
	ohb_json_set(price, "cached", json_real(known.price.usual.cached));
	ohb_json_set(price, "output", json_real(known.price.usual.output));
	return price;
}

static void add_breaker(json_t *object, const struct known *known,
		const char *id, const char *base_url)
{
	json_t *out = json_null();
	size_t i;

	for (i = 0; i < known->nbreakers; i++) {
		const struct ohb_breaker_row *row = &known->breakers[i];

		if (!ohb_streq(row->model, id) ||
				!ohb_streq(row->base_url, base_url))
			continue;
		out = json_object();
		ohb_json_set(out, "since", ohb_ask_moment(row->opened_ms));
		ohb_json_set(out, "until", ohb_ask_moment(row->until_ms));
		ohb_json_set(out, "reason", ohb_json_string(row->reason));
		break;
	}
	ohb_json_set(object, "out", out);
}

static json_t *model_json(const struct known *known, const char *id,
		const struct ohb_model_config *model)
{
	static const struct ohb_measure none;
	const struct ohb_measure *m =
			ohb_ranking_find(known->measures, known->nmeasures, id);
	json_t *object = json_object();

	m = m ? m : &none;
	ohb_json_set(object, "id", ohb_json_string(id));
	ohb_json_set(object, "configured", json_boolean(model != NULL));
	ohb_json_set(object, "base_url",
			ohb_json_string(model ? model->base_url : NULL));
	ohb_json_set(object, "price", price_of(model));
	ohb_json_set(object, "attempts", json_integer((json_int_t)m->attempts));
	ohb_json_set(object, "made", json_integer((json_int_t)m->made));
	ohb_json_set(object, "success", mean((double)m->made, m->attempts));
	ohb_json_set(object, "attempt_ms",
			mean((double)m->duration_ms, m->attempts));
	ohb_json_set(object, "requests", json_integer((json_int_t)m->requests));
	ohb_json_set(object, "answers", json_integer((json_int_t)m->answers));
	ohb_json_set(object, "answer_ms",
			mean((double)m->latency_ms, m->answers));
	ohb_json_set(object, "tokens_in",
			json_integer((json_int_t)m->tokens_in));
	ohb_json_set(object, "tokens_cached",
			json_integer((json_int_t)m->tokens_cached));
	ohb_json_set(object, "tokens_out",
			json_integer((json_int_t)m->tokens_out));
	ohb_json_set(object, "priced", json_integer((json_int_t)m->priced));
	ohb_json_set(object, "attempt_usd", mean(m->cost_usd, m->priced));
	ohb_json_set(object, "answered", ohb_ask_moment(m->answered_ms));
	add_breaker(object, known, id, model ? model->base_url : "");
	return object;
}

static bool is_configured(const struct ohb_asked *asked, const char *id)
{
	size_t i;

	for (i = 0; i < asked->config->nmodels; i++)
		if (ohb_streq(asked->config->models[i].id, id))
			return true;
	return false;
}

json_t *ohb_ask_models(const struct ohb_asked *asked, struct ohb_error *err)
{
	struct known known = { .arena = OHB_ARENA_INIT };
	json_t *root = NULL, *array;
	size_t i;

	if (ohb_measure_load(asked->store, &known.arena, &known.measures,
			    &known.nmeasures, err) == 0 &&
			ohb_breaker_load(asked->store, &known.arena,
					&known.breakers, &known.nbreakers,
					err) == 0) {
		root = ohb_ask_document("models");
		array = json_array();
		for (i = 0; i < asked->config->nmodels; i++)
			ohb_json_append(array,
					model_json(&known,
							asked->config->models[i]
									.id,
							&asked->config->models
									 [i]));
		for (i = 0; i < known.nmeasures; i++)
			if (!is_configured(asked, known.measures[i].model))
				ohb_json_append(array,
						model_json(&known,
								known.measures[i]
										.model,
								NULL));
		ohb_json_set(root, "models", array);
	}
	ohb_arena_release(&known.arena);
	return root;
}

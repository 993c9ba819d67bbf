#ifndef OHB_GATEWAY_PRICE_H
#define OHB_GATEWAY_PRICE_H

/* What an answer cost, and what a request may cost. */

#include <jansson.h>

#include "gateway/gateway.h"
#include "gateway/tokens.h"
#include "io/http.h"

/* The table that ships with the program, prices.txt, knows this model: 1, or
 * 0.  The id is that of openhands.yml. */
int ohb_price_find(const char *id, struct ohb_price *ret);
/* "2026-11-23": when that table was true. */
const char *ohb_price_date(char ret[11]);

/*
 * Tokens and money of one answer; all dialects' names for them are in one
 * table.  tokens_in is all of the prompt, with images and what came from the
 * cache or went into it; tokens_out is all that was made, with reasoning.  A
 * cost that the provider reports wins over the price; with neither, or
 * without a usage that makes sense, the cost is unknown.
 */
struct ohb_usage ohb_usage_of(
		json_t *answer, const struct ohb_gateway_model *model);
/* Takes the cost from the headers of proxies that tell it there. */
void ohb_usage_reported(
		struct ohb_usage *usage, const struct ohb_http_response *reply);
void ohb_usage_add(struct ohb_usage *sum, const struct ohb_usage *delta);

/* The most that a request may cost: USD; negative when nobody can say. */
double ohb_price_bound(const struct ohb_gateway_model *model,
		const struct ohb_tokens *tokens);

#endif

#ifndef OHB_GATEWAY_PRICE_H
#define OHB_GATEWAY_PRICE_H

/* What an answer cost. */

#include <jansson.h>

#include "gateway/gateway.h"

/*
 * Tokens and money of one answer.  Reasoning tokens are part of the
 * completion's.  A cost that the provider reports wins over the price; with
 * neither, or without a usage that makes sense, the cost is unknown.
 */
struct ohb_usage ohb_usage_of(
		json_t *answer, const struct ohb_gateway_model *model);
void ohb_usage_add(struct ohb_usage *sum, const struct ohb_usage *delta);

#endif

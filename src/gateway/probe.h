#ifndef OHB_GATEWAY_PROBE_H
#define OHB_GATEWAY_PROBE_H

/*
 * Models that are tried before anything rests on them: one request each for
 * an answer of one token, sent once, all at the same time.
 */

#include "base/cancel.h"
#include "gateway/gateway.h"

/* A model that thinks does not think about this. */
#define OHB_PROBE_MS ((int64_t)20 * 1000)

struct ohb_probe {
	const struct ohb_gateway_model *model; /* given */

	enum ohb_provider_failure failure; /* OHB_PROVIDER_OK: it answers */
	struct ohb_str words; /* the provider's, of a failure */
	struct ohb_tally tally;
	int64_t date_ms; /* the provider's clock when it answered; 0: it did
			    not say */
	int64_t ahead_ms; /* of ours */
};

/* 0 when all were tried, whatever came of it; the caller releases them in
 * either case.  The purse (NULL: nobody counts) pays. */
int ohb_probe_run(struct ohb_probe *probes, size_t n, struct ohb_purse *purse,
		struct ohb_cancel *cancel,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_probe_release(struct ohb_probe *probe);

/* What a user can do about a failure; ends no sentence. */
const char *ohb_probe_cure(enum ohb_provider_failure failure);

#endif

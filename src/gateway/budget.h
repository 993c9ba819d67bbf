#ifndef OHB_GATEWAY_BUDGET_H
#define OHB_GATEWAY_BUDGET_H

/*
 * The one place that lets money go.  Before a request is sent, the most that
 * it may cost is reserved; when it is answered, what it did cost is settled.
 * What is settled and reserved together never passes a limit, whoever asks
 * at the same time.  A request that fits only if others turn out cheaper
 * waits for them.
 *
 * Each target's run keeps its own sum in the store (spend.c), written before
 * the first request goes out.  So that not every request waits for a disk,
 * that row says more than is needed at the moment, and is written anew only
 * when that is used up: a build that is killed counts with what its rows say.
 *
 * Money is in 1e-9 USD, rounded up.  May be used by many threads at once.
 */

#include "base/cancel.h"
#include "gateway/gateway.h"
#include "store/store.h"

/* In the order in which they are looked at. */
enum ohb_budget_limit { OHB_LIMIT_TARGET, OHB_LIMIT_BUILD, OHB_LIMIT_DAY };
#define OHB_NLIMITS 3u

struct ohb_budget_options {
	double usd[OHB_NLIMITS]; /* negative: no limit */
	struct ohb_store *store; /* NULL: nothing is kept */
	const char *run; /* id of the build */
	int64_t (*wall_ms)(void); /* NULL: ohb_clock_wall_ms */
};

struct ohb_budget;

/* The store and run are borrowed. */
int ohb_budget_open(const struct ohb_budget_options *options,
		struct ohb_budget **ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_budget_close(struct ohb_budget *budget); /* NULL allowed */

/* Whether there is any limit. */
bool ohb_budget_limited(const struct ohb_budget *budget);
/* Why no further target can be paid: which limit the build came to, how much
 * is spent, how to go on.  False while none. */
bool ohb_budget_ended(struct ohb_budget *budget, struct ohb_str *out);
/* Settled and reserved, by enum ohb_budget_limit; of the purse's target (NULL: 0). */
void ohb_budget_sums(struct ohb_budget *budget, const struct ohb_purse *purse,
		int64_t ret[OHB_NLIMITS]);

/* One target's run; closed when nothing of it is reserved.  NULL allowed. */
struct ohb_purse *ohb_purse_open(struct ohb_budget *budget, const char *target);
int ohb_purse_close(
		struct ohb_purse *purse, struct ohb_error *err) OHB_MUST_CHECK;
/* Whether a limit refused a request of it, and whether that ends the build,
 * too. */
enum ohb_purse_end { OHB_PURSE_OPEN, OHB_PURSE_EMPTY, OHB_PURSE_BUILD_EMPTY };
enum ohb_purse_end ohb_purse_ended(struct ohb_purse *purse);

struct ohb_reservation {
	struct ohb_purse *purse; /* NULL: none */
	int64_t nano_usd, day;
};

enum ohb_reserved {
	OHB_RESERVED,
	OHB_REFUSED, /* would pass a limit; why says which */
};

/* The most that a request may cost; negative: not known, which no limit can
 * allow.  -1: cancelled (OHB_E_CANCELLED), or the store failed. */
int ohb_budget_reserve(struct ohb_purse *purse, int64_t nano_usd,
		struct ohb_cancel *cancel, struct ohb_reservation *ret,
		struct ohb_str *why, struct ohb_error *err) OHB_MUST_CHECK;
/*
 * What it cost; usage (NULL: none) is added to the row.  Negative: it may
 * have been billed and nobody says, so all that was reserved is spent.
 */
void ohb_budget_settle(struct ohb_reservation *reservation, int64_t nano_usd,
		const struct ohb_usage *usage);

/* Rounded up; negative for negative. */
int64_t ohb_nano_of_usd(double usd);

#endif

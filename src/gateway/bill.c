#include "gateway/bill.h"

#include "base/memory.h"
#include "gateway/price.h"

static void count(struct ohb_try *try)
{
	struct ohb_grant *grant = try->grant;
	struct ohb_tokens_known known;

	pthread_mutex_lock(&grant->gateway->lock);
	known = grant->known[try->index];
	pthread_mutex_unlock(&grant->gateway->lock);
	ohb_tokens_count(try->body.data, try->body.len, &known, &try->tokens);
}

bool ohb_bill_open(struct ohb_try *try)
{
	struct ohb_purse *purse = try->grant->options.purse;
	double most = -1;

	if (!purse)
		return true;
	if (try->model->has_price) {
		count(try);
		most = ohb_price_bound(try->model, &try->tokens);
	}
	switch (ohb_budget_reserve(purse, ohb_nano_of_usd(most),
			&try->grant->cancel, &try->reservation, &try->words,
			&try->err)) {
	case OHB_RESERVED:
		return true;
	case OHB_REFUSED:
		try->failure = OHB_PROVIDER_BUDGET;
		return false;
	}
	/* Nobody would know of the money. */
	try->failure = OHB_PROVIDER_CONFIG;
	ohb_str_addf(&try->words, "what is spent cannot be noted: %s",
			try->err.msg);
	return false;
}

/* The statuses by which a proxy says that it waited no longer, and a model
 * behind it may have gone on.  Of other errors nobody takes money. */
static bool may_be_billed(int status)
{
	static const struct {
		int from, to;
	} rows[] = { { 200, 299 }, { 408, 408 }, { 499, 499 }, { 502, 502 },
		{ 504, 504 }, { 520, 527 } };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(rows); i++)
		if (status >= rows[i].from && status <= rows[i].to)
			return true;
	return false;
}

static bool cost_nothing(const struct ohb_try *try)
{
	if (!try->sent || try->err.code == OHB_E_CONNECT)
		return true;
	return !try->err.code && !may_be_billed(try->reply.status);
}

/* What a try without an answer cost, as far as that is told. */
static struct ohb_usage usage_of(struct ohb_try *try)
{
	struct ohb_usage usage = { .requests = 0 };

	if (cost_nothing(try))
		return usage;
	usage = ohb_usage_of(try->answer, try->model);
	usage.requests = 0;
	/* What a stream says before it is cut off is not all of it. */
	usage.cost_unknown |= ohb_try_spoke(try);
	return usage;
}

static void learn_tokens(struct ohb_try *try)
{
	struct ohb_grant *grant = try->grant;

	if (!try->tokens.bound)
		return;
	pthread_mutex_lock(&grant->gateway->lock);
	ohb_tokens_learn(&grant->known[try->index], &try->tokens,
			try->usage.tokens_in);
	pthread_mutex_unlock(&grant->gateway->lock);
}

/* Without an answer; nobody else tells the grant of it. */
static void settle_failure(struct ohb_try *try)
{
	const int64_t reserved = try->reservation.nano_usd;
	struct ohb_usage usage = usage_of(try);

	ohb_budget_settle(&try->reservation,
			usage.cost_unknown ? -1 :
					     ohb_nano_of_usd(usage.cost_usd),
			&usage);
	if (cost_nothing(try))
		return;
	if (usage.cost_unknown && try->model->has_price) {
		usage.cost_usd = (double)reserved / 1e9;
		usage.cost_unknown = 0;
	}
	ohb_grant_spent(try->grant, try->model->id, &usage);
}

void ohb_bill_close(struct ohb_try *try)
{
	if (try->failure == OHB_PROVIDER_OK) {
		ohb_usage_reported(&try->usage, &try->reply);
		learn_tokens(try);
		ohb_budget_settle(&try->reservation,
				try->usage.cost_unknown ?
						-1 :
						ohb_nano_of_usd(try->usage.cost_usd),
				&try->usage);
	} else if (try->reservation.purse) {
		settle_failure(try);
	} else if (ohb_try_spoke(try)) {
		ohb_grant_spent(try->grant, try->model->id, &try->usage);
	}
}

#include "build/end.h"

static const struct ohb_end_row rows[] = {
	[OHB_END_OK] = { .name = "ok", .made = true },
	[OHB_END_BUG] = { .name = "bug", .made = true },
	[OHB_END_AGENT] = { .name = "agent", .remember = true },
	[OHB_END_SAME] = { .name = "same", .remember = true },
	[OHB_END_BLOCKED] = { .name = "blocked", .remember = true },
	[OHB_END_BEFORE] = { .name = "failed before" },
	[OHB_END_CONFIG] = { .name = "config", .configuration = true },
	[OHB_END_BUDGET] = { .name = "budget", .go_on = true, .budget = true },
	[OHB_END_INFRA] = { .name = "infra", .infrastructure = true },
	[OHB_END_CHANGED] = { .name = "changed" },
	[OHB_END_CONFLICT] = { .name = "conflict" },
	[OHB_END_ADOPTED] = { .name = "adopted", .made = true },
	[OHB_END_REVALIDATED] = { .name = "revalidated", .made = true },
	[OHB_END_OUTDATED] = { .name = "outdated", .undecided = true },
	[OHB_END_EDITED] = { .name = "edited", .refuses = true },
	[OHB_END_MERGE] = { .name = OHB_END_MERGE_NAME, .refuses = true },
	[OHB_END_INTERRUPTED] = { .name = "interrupted",
			.end_build = true,
			.cut_short = true },
	[OHB_END_ENDED] = { .name = "ended",
			.end_build = true,
			.cut_short = true },
};

const struct ohb_end_row *ohb_end_row(enum ohb_end_class class)
{
	return &rows[class];
}

enum ohb_end_class ohb_end_of_error(const struct ohb_error *err)
{
	switch (err->code) {
	case OHB_E_CANCELLED:
		return OHB_END_INTERRUPTED;
	case OHB_E_CHANGED:
		return OHB_END_CHANGED;
	case OHB_E_EXISTS:
		return OHB_END_CONFLICT;
	case OHB_E_USAGE:
	case OHB_E_CONFIG:
	case OHB_E_SYNTAX:
	case OHB_E_LIMIT:
		return OHB_END_CONFIG;
	case OHB_OK:
	case OHB_E_IO:
	case OHB_E_MISSING:
	case OHB_E_BUSY:
	case OHB_E_STATE:
	case OHB_E_INFRA:
	case OHB_E_CONNECT:
	case OHB_E_TIMEOUT:
	case OHB_E_PROTOCOL:
		return OHB_END_INFRA;
	}
	return OHB_END_INFRA;
}

enum ohb_outcome_class ohb_end_outcome(enum ohb_provider_failure failure)
{
	static const enum ohb_outcome_class classes[] = {
		[OHB_PROVIDER_OK] = OHB_RUN_UNKNOWN,
		[OHB_PROVIDER_CONNECTION] = OHB_RUN_TRANSIENT,
		[OHB_PROVIDER_TIMEOUT] = OHB_RUN_TRANSIENT,
		[OHB_PROVIDER_AUTH] = OHB_RUN_AUTH,
		[OHB_PROVIDER_RATE_LIMIT] = OHB_RUN_RATE_LIMIT,
		[OHB_PROVIDER_QUOTA] = OHB_RUN_QUOTA,
		[OHB_PROVIDER_CONTEXT] = OHB_RUN_CONTEXT,
		[OHB_PROVIDER_CONFIG] = OHB_RUN_CONFIG,
		[OHB_PROVIDER_REQUEST] = OHB_RUN_UNKNOWN,
		[OHB_PROVIDER_POLICY] = OHB_RUN_POLICY,
		[OHB_PROVIDER_SERVER] = OHB_RUN_TRANSIENT,
		[OHB_PROVIDER_MALFORMED] = OHB_RUN_TRANSIENT,
		[OHB_PROVIDER_BUDGET] = OHB_RUN_BUDGET,
		[OHB_PROVIDER_REPLAY_END] = OHB_RUN_REPLAY_END,
	};

	return classes[failure];
}

enum ohb_end_class ohb_end_of_outcome(enum ohb_outcome_class class)
{
	switch (class) {
	case OHB_RUN_INTERRUPTED:
		return OHB_END_INTERRUPTED;
	case OHB_RUN_CONFIG:
	case OHB_RUN_REPLAY_END:
		return OHB_END_CONFIG;
	case OHB_RUN_BUDGET:
		return OHB_END_BUDGET;
	case OHB_RUN_FINISHED:
	case OHB_RUN_STUCK:
	case OHB_RUN_ITERATIONS:
	case OHB_RUN_TIMEOUT:
	case OHB_RUN_SILENT:
	case OHB_RUN_CONTEXT:
		return OHB_END_AGENT;
	case OHB_RUN_AUTH:
	case OHB_RUN_QUOTA:
	case OHB_RUN_POLICY:
	case OHB_RUN_RATE_LIMIT:
	case OHB_RUN_TRANSIENT:
	case OHB_RUN_DIED:
	case OHB_RUN_MEMORY:
	case OHB_RUN_NO_ANSWER:
	case OHB_RUN_UNKNOWN:
		return OHB_END_INFRA;
	}
	return OHB_END_INFRA;
}

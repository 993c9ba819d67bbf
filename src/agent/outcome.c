#include "agent/agent.h"

#include <string.h>

#include "base/memory.h"

static const char see_log[] = "see 'ohbuild log TARGET'";

static const struct {
	const char *name;
	enum ohb_outcome_action action;
	const char *cure;
} classes[] = {
	[OHB_RUN_FINISHED] = { "finished", OHB_ACT_JUDGE, see_log },
	/* What these left in the workspace may still be good. */
	[OHB_RUN_STUCK] = { "stuck", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_ITERATIONS] = { "iterations", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_TIMEOUT] = { "timeout", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_SILENT] = { "silent", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_CONTEXT] = { "context", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_AUTH] = { "auth", OHB_ACT_END_BUILD,
			"the provider refuses the model's 'key' (openhands.yml)" },
	[OHB_RUN_QUOTA] = { "quota", OHB_ACT_END_BUILD,
			"pay its provider, or add another model" },
	[OHB_RUN_CONFIG] = { "config", OHB_ACT_END_BUILD,
			"correct the model in openhands.yml" },
	[OHB_RUN_POLICY] = { "policy", OHB_ACT_END_TARGET,
			"its provider does not take these contents; add "
			"another model" },
	[OHB_RUN_BUDGET] = { "budget", OHB_ACT_JUDGE, see_log },
	[OHB_RUN_REPLAY_END] = { "replay", OHB_ACT_END_BUILD,
			"record its cassette anew ('--record'), or complete it" },
	[OHB_RUN_RATE_LIMIT] = { "rate limit", OHB_ACT_RETRY_LATER,
			"run ohbuild again later, or add another model" },
	[OHB_RUN_TRANSIENT] = { "transient", OHB_ACT_RETRY_LATER,
			"run ohbuild again later, or add another model" },
	[OHB_RUN_DIED] = { "died", OHB_ACT_RETRY_LATER,
			"see whether the image and 'agent.memory' are right" },
	[OHB_RUN_MEMORY] = { "memory", OHB_ACT_END_TARGET, see_log },
	[OHB_RUN_NO_ANSWER] = { "no answer of a model", OHB_ACT_END_TARGET,
			"see whether its provider works, or raise "
			"'agent.timeout'" },
	[OHB_RUN_INTERRUPTED] = { "interrupted", OHB_ACT_END_BUILD,
			"run ohbuild again" },
	[OHB_RUN_UNKNOWN] = { "unknown", OHB_ACT_END_TARGET, see_log },
};

/* The words of a run's status that need no error to be understood: of the
 * agent-server and the CLI, then of OpenHands 0.x. */
static const struct {
	const char *status;
	enum ohb_outcome_class class;
} statuses[] = {
	{ "finished", OHB_RUN_FINISHED },
	{ "stuck", OHB_RUN_STUCK },
	{ "paused", OHB_RUN_INTERRUPTED },

	{ "awaiting_user_input", OHB_RUN_FINISHED },
	{ "rejected", OHB_RUN_FINISHED },
	{ "stopped", OHB_RUN_INTERRUPTED },
	{ "rate_limited", OHB_RUN_RATE_LIMIT },
};

/* Of an error, the first row all of whose words fit decides.  `text` is
 * looked for in code and detail, in any case.  The order matters: what is
 * said goes before the kind, which libraries guess from a status. */
struct rule {
	const char *code, *kind, *text;
	enum ohb_outcome_class class;
};

static const struct rule rules[] = {
	/* What the server says of itself. */
	{ NULL, NULL, "reached maximum iteration", OHB_RUN_ITERATIONS },
	{ "MaxIterationsReached", NULL, NULL, OHB_RUN_ITERATIONS },
	{ "MaxBudgetReached", NULL, NULL, OHB_RUN_QUOTA },
	{ NULL, NULL, "AgentStuckInLoopError", OHB_RUN_STUCK },
	{ NULL, NULL, "ContextWindowExceed", OHB_RUN_CONTEXT },
	{ "LLMMalformedConversationHistoryError", NULL, NULL, OHB_RUN_CONTEXT },
	{ "LLMContextWindowTooSmallError", NULL, NULL, OHB_RUN_CONFIG },
	{ NULL, NULL, "ContentPolicyViolation", OHB_RUN_POLICY },
	{ "LibTmuxException", NULL, NULL, OHB_RUN_TRANSIENT },
	{ "ConversationOwnershipLostError", NULL, NULL, OHB_RUN_DIED },
	{ NULL, NULL, "inactive_service", OHB_RUN_DIED },
	/* OpenHands 0.x, which keeps the provider's words to itself. */
	{ NULL, NULL, "ERROR_LLM_AUTHENTICATION", OHB_RUN_AUTH },
	{ NULL, NULL, "ERROR_LLM_OUT_OF_CREDITS", OHB_RUN_QUOTA },
	{ NULL, NULL, "reached maximum budget", OHB_RUN_QUOTA },
	{ NULL, NULL, "AGENT_RATE_LIMITED", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "ERROR_LLM_CONTENT_POLICY", OHB_RUN_POLICY },
	{ NULL, NULL, "ERROR_LLM_", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "ERROR_RUNTIME_DISCONNECTED", OHB_RUN_DIED },
	{ NULL, NULL, "AgentRuntime", OHB_RUN_DIED },

	/* Of one request that is larger than what a minute may have: waiting
	 * does not help. */
	{ NULL, NULL, "request too large", OHB_RUN_CONTEXT },
	{ NULL, NULL, "request_too_large", OHB_RUN_CONTEXT },
	{ NULL, NULL, "request body too large", OHB_RUN_CONTEXT },
	/* What a day may have, and tomorrow again. */
	{ NULL, NULL, "tokens per day limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "too many tokens per day", OHB_RUN_QUOTA },
	{ NULL, NULL, "free-models-per-day", OHB_RUN_QUOTA },
	{ NULL, NULL, "requestsperday", OHB_RUN_QUOTA },
	{ NULL, NULL, "daily quota", OHB_RUN_QUOTA },
	{ NULL, NULL, "daily free", OHB_RUN_QUOTA },
	{ NULL, NULL, "daily limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "bymodelbyday", OHB_RUN_QUOTA },
	{ NULL, NULL, "/ month", OHB_RUN_QUOTA },
	{ NULL, NULL, "per month", OHB_RUN_QUOTA },
	{ NULL, NULL, "hourly usage limit", OHB_RUN_RATE_LIMIT },
	/* A limit for so much a minute, which some providers explain with the
	 * words of a quota ("upgrade … billing"). */
	{ NULL, NULL, "rate limit reached", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "rate limit of your", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "rate_limit_exceeded", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "perminute", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "per minute", OHB_RUN_RATE_LIMIT },

	/* What a model must not be asked; some say that it cost nothing. */
	{ NULL, NULL, "requires moderation", OHB_RUN_POLICY },
	{ NULL, NULL, "was flagged", OHB_RUN_POLICY },
	{ NULL, NULL, "content_policy", OHB_RUN_POLICY },
	{ NULL, NULL, "content management policy", OHB_RUN_POLICY },
	{ NULL, NULL, "content filter", OHB_RUN_POLICY },
	{ NULL, NULL, "content_filter", OHB_RUN_POLICY },
	{ NULL, NULL, "content exists risk", OHB_RUN_POLICY },
	{ NULL, NULL, "inappropriate content", OHB_RUN_POLICY },

	/* Money.  It comes as 429, 400, 402 or 403, so as any kind. */
	{ NULL, NULL, "quota", OHB_RUN_QUOTA },
	{ NULL, NULL, "billing", OHB_RUN_QUOTA },
	{ NULL, NULL, "credits", OHB_RUN_QUOTA },
	{ NULL, NULL, "credit balance", OHB_RUN_QUOTA },
	{ NULL, NULL, "credit limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "insufficient balance", OHB_RUN_QUOTA },
	{ NULL, NULL, "balance is insufficient", OHB_RUN_QUOTA },
	{ NULL, NULL, "overdue", OHB_RUN_QUOTA },
	{ NULL, NULL, "arrear", OHB_RUN_QUOTA },
	{ NULL, NULL, "inference limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "insufficient funds", OHB_RUN_QUOTA },
	{ NULL, NULL, "payment required", OHB_RUN_QUOTA },
	{ NULL, NULL, "spending limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "usage limit", OHB_RUN_QUOTA },
	{ NULL, NULL, "key limit exceeded", OHB_RUN_QUOTA },
	{ NULL, NULL, "budget has been exceeded", OHB_RUN_QUOTA },
	{ NULL, NULL, "budget exceeded", OHB_RUN_QUOTA },
	{ NULL, NULL, "over budget", OHB_RUN_QUOTA },
	{ NULL, "quota", NULL, OHB_RUN_QUOTA },

	/* Also a bad request, unless one reads on. */
	{ NULL, NULL, "context_length_exceeded", OHB_RUN_CONTEXT },
	{ NULL, NULL, "context length", OHB_RUN_CONTEXT },
	{ NULL, NULL, "context size", OHB_RUN_CONTEXT },
	{ NULL, NULL, "context window", OHB_RUN_CONTEXT },
	{ NULL, NULL, "prompt is too long", OHB_RUN_CONTEXT },
	{ NULL, NULL, "input is too long", OHB_RUN_CONTEXT },
	{ NULL, NULL, "model token limit", OHB_RUN_CONTEXT },
	{ NULL, NULL, "input length", OHB_RUN_CONTEXT },
	{ NULL, NULL, "tokens. given:", OHB_RUN_CONTEXT },
	{ NULL, NULL, "maximum number of tokens allowed", OHB_RUN_CONTEXT },
	/* A call of a tool that the provider could not read: luck. */
	{ NULL, NULL, "tool_use_failed", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "overloaded", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "capacity exceeded", OHB_RUN_RATE_LIMIT },

	/* Who asks may not, though the status says otherwise. */
	{ NULL, NULL, "permission_denied", OHB_RUN_AUTH },
	{ NULL, NULL, "permission_error", OHB_RUN_AUTH },
	{ NULL, NULL, "authentication_error", OHB_RUN_AUTH },
	{ NULL, NULL, "incorrect api key", OHB_RUN_AUTH },
	{ NULL, NULL, "api key you provided", OHB_RUN_AUTH },
	{ NULL, NULL, "associated with this api key", OHB_RUN_AUTH },
	{ NULL, NULL, "access token", OHB_RUN_AUTH },
	{ NULL, NULL, "security token", OHB_RUN_AUTH },
	{ NULL, NULL, "authorization failed", OHB_RUN_AUTH },
	{ NULL, NULL, "not authorized", OHB_RUN_AUTH },
	{ NULL, NULL, "access denied", OHB_RUN_AUTH },
	{ NULL, NULL, "don't have access to", OHB_RUN_AUTH },
	{ NULL, NULL, "country, region", OHB_RUN_AUTH },
	{ NULL, NULL, "member of an organization", OHB_RUN_AUTH },
	{ NULL, NULL, "organization has been", OHB_RUN_AUTH },
	/* Servers of one's own that want another start, or another model. */
	{ NULL, NULL, "does not support tools", OHB_RUN_CONFIG },
	{ NULL, NULL, "' not found", OHB_RUN_CONFIG },
	{ NULL, NULL, "requires more system memory", OHB_RUN_CONFIG },
	{ NULL, NULL, "requires --jinja", OHB_RUN_CONFIG },

	{ NULL, "auth", NULL, OHB_RUN_AUTH },
	{ NULL, "rate_limit", NULL, OHB_RUN_RATE_LIMIT },
	{ NULL, "transient", NULL, OHB_RUN_TRANSIENT },
	{ NULL, "config", NULL, OHB_RUN_CONFIG },

	/* Servers before 1.40 give no kind. */
	{ "LLMAuthenticationError", NULL, NULL, OHB_RUN_AUTH },
	{ "LLMRateLimitError", NULL, NULL, OHB_RUN_RATE_LIMIT },
	{ "LLMServiceUnavailableError", NULL, NULL, OHB_RUN_TRANSIENT },
	{ "LLMTimeoutError", NULL, NULL, OHB_RUN_TRANSIENT },
	{ "LLMNoResponseError", NULL, NULL, OHB_RUN_TRANSIENT },
	{ "InternalServerError", NULL, NULL, OHB_RUN_TRANSIENT },
	{ "LLMBadRequestError", NULL, NULL, OHB_RUN_CONFIG },
	{ "NotFoundError", NULL, NULL, OHB_RUN_CONFIG },

	/* Nor may the code be one that we know. */
	{ NULL, NULL, "provider not provided", OHB_RUN_CONFIG },
	{ NULL, NULL, "model_not_found", OHB_RUN_CONFIG },
	{ NULL, NULL, "notfounderror", OHB_RUN_CONFIG },
	{ NULL, NULL, "badrequesterror", OHB_RUN_CONFIG },
	{ NULL, NULL, "authenticationerror", OHB_RUN_AUTH },
	{ NULL, NULL, "permissiondenied", OHB_RUN_AUTH },
	{ NULL, NULL, "invalid_api_key", OHB_RUN_AUTH },
	{ NULL, NULL, "api key", OHB_RUN_AUTH },
	{ NULL, NULL, "unauthorized", OHB_RUN_AUTH },
	{ NULL, NULL, "ratelimit", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "rate limit", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "too many requests", OHB_RUN_RATE_LIMIT },
	{ NULL, NULL, "connection", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "timeout", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "timed out", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "unavailable", OHB_RUN_TRANSIENT },
	{ NULL, NULL, "bad gateway", OHB_RUN_TRANSIENT },
};

const char *ohb_outcome_name(enum ohb_outcome_class class)
{
	return classes[class].name;
}

enum ohb_outcome_action ohb_outcome_action(enum ohb_outcome_class class)
{
	return classes[class].action;
}

const char *ohb_outcome_cure(enum ohb_outcome_class class)
{
	return classes[class].cure;
}

void ohb_outcome_release(struct ohb_outcome *outcome)
{
	ohb_str_release(&outcome->message);
}

static bool fits(const struct rule *rule, const char *code, const char *kind,
		const char *detail)
{
	if (rule->code && !ohb_streq(rule->code, code))
		return false;
	if (rule->kind && !ohb_streq(rule->kind, kind))
		return false;
	return !rule->text || (code && strcasestr(code, rule->text)) ||
			(detail && strcasestr(detail, rule->text));
}

enum ohb_outcome_class ohb_outcome_classify(const char *status,
		const char *code, const char *kind, const char *detail)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(statuses); i++)
		if (ohb_streq(status, statuses[i].status))
			return statuses[i].class;
	for (i = 0; i < OHB_ARRAY_LEN(rules); i++)
		if (fits(&rules[i], code, kind, detail))
			return rules[i].class;
	return OHB_RUN_UNKNOWN;
}

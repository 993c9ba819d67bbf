#include "agent/agent.h"

#include <stdlib.h>

#include <check.h>

#include "base/memory.h"

#define E "error"
#define OPENAI "litellm.RateLimitError: RateLimitError: OpenAIException - "
#define BAD "litellm.BadRequestError: "

/* Words of servers and providers as they arrive at us. */
static const struct {
	const char *status, *code, *kind, *detail;
	enum ohb_outcome_class class;
} cases[] = {
	{ "finished", NULL, NULL, NULL, OHB_RUN_FINISHED },
	{ "stuck", NULL, NULL, NULL, OHB_RUN_STUCK },
	{ "paused", NULL, NULL, NULL, OHB_RUN_INTERRUPTED },
	{ E, NULL, NULL, NULL, OHB_RUN_UNKNOWN },
	{ E, "", "", "", OHB_RUN_UNKNOWN },
	{ NULL, NULL, NULL, NULL, OHB_RUN_UNKNOWN },
	/* An old error says nothing about a run that finished. */
	{ "finished", "LLMAuthenticationError", "auth", "401",
			OHB_RUN_FINISHED },

	/* Seen on agent-server 1.43.1. */
	{ E, "MaxIterationsReached", "agent_action",
			"Agent reached maximum iterations limit (2).",
			OHB_RUN_ITERATIONS },
	{ E, "LLMAuthenticationError", "auth",
			"litellm.AuthenticationError: AuthenticationError: "
			"OpenAIException - Incorrect API key provided",
			OHB_RUN_AUTH },
	{ E, "LLMRateLimitError", "rate_limit",
			OPENAI "Rate limit reached for gpt-4o in organization "
			       "org-a on requests per min (RPM): Limit 3",
			OHB_RUN_RATE_LIMIT },
	{ E, "LLMRateLimitError", "rate_limit",
			OPENAI "You exceeded your current quota, please check "
			       "your plan and billing details.",
			OHB_RUN_QUOTA },
	{ E, "LLMRateLimitError", "rate_limit",
			OPENAI "{'code': 'insufficient_quota'}",
			OHB_RUN_QUOTA },
	{ E, "LLMContextWindowExceedError", "agent_action",
			"litellm.ContextWindowExceededError: "
			"context_length_exceeded",
			OHB_RUN_CONTEXT },
	{ E, "LLMBadRequestError", "config",
			BAD "OpenAIException - max_tokens is too large: 100000",
			OHB_RUN_CONFIG },
	{ E, "LLMServiceUnavailableError", "transient",
			"litellm.InternalServerError: InternalServerError: "
			"OpenAIException - Connection error.",
			OHB_RUN_TRANSIENT },
	{ E, "NotFoundError", "config",
			"litellm.NotFoundError: The model `x` does not exist",
			OHB_RUN_CONFIG },
	{ E, "LLMTimeoutError", "transient",
			"litellm.Timeout: APITimeoutError - Request timed out.",
			OHB_RUN_TRANSIENT },
	{ E, "LLMBadRequestError", "config",
			BAD "LLM Provider NOT provided. Pass in the LLM "
			    "provider you are trying to call.",
			OHB_RUN_CONFIG },

	/* Money, in the words of those who sell. */
	{ E, "LLMBadRequestError", "config",
			BAD "AnthropicException - Your credit balance is too "
			    "low to access the Anthropic API.",
			OHB_RUN_QUOTA },
	{ E, "APIError", "unknown",
			"OpenrouterException - {\"error\":{\"message\":"
			"\"Insufficient credits. Add more\",\"code\":402}}",
			OHB_RUN_QUOTA },
	{ E, "APIError", "unknown",
			"This request requires more credits, or fewer "
			"max_tokens.",
			OHB_RUN_QUOTA },
	{ E, "LLMAuthenticationError", "auth",
			"PermissionDeniedError - Key limit exceeded (total "
			"limit)",
			OHB_RUN_QUOTA },
	{ E, "APIError", "unknown", "DeepseekException - Insufficient Balance",
			OHB_RUN_QUOTA },
	{ E, "LLMBadRequestError", "config",
			"Budget has been exceeded! Current cost: 1.2, Max "
			"budget: 1.0",
			OHB_RUN_QUOTA },
	{ E, "LLMRateLimitError", "rate_limit",
			"Your team has either used all available credits or "
			"reached its monthly spending limit",
			OHB_RUN_QUOTA },
	{ E, "LLMBadRequestError", "config",
			"Your account is not active, please check your billing "
			"details on our website.",
			OHB_RUN_QUOTA },
	{ E, "LLMRateLimitError", "quota", "limit", OHB_RUN_QUOTA },

	/* Not money, though it sounds so. */
	{ E, "LLMRateLimitError", "rate_limit",
			OPENAI "Rate limit reached for model `llama` on tokens "
			       "per day (TPD). Need more tokens? Upgrade at "
			       "https://console.groq.com/settings/billing",
			OHB_RUN_RATE_LIMIT },
	{ E, "LLMRateLimitError", "rate_limit",
			"VertexAIException - Quota exceeded for quota metric "
			"'Generate Content API requests per minute'",
			OHB_RUN_RATE_LIMIT },
	{ E, "LLMRateLimitError", "rate_limit",
			"quotaId: GenerateRequestsPerMinutePerProjectPerModel",
			OHB_RUN_RATE_LIMIT },
	{ E, "LLMRateLimitError", "rate_limit",
			"This request would exceed your organization's rate "
			"limit of 40,000 input tokens per minute",
			OHB_RUN_RATE_LIMIT },
	{ E, "LLMBadRequestError", "config",
			"`max_tokens` must be greater than "
			"`thinking.budget_tokens`",
			OHB_RUN_CONFIG },
	{ E, "LLMAuthenticationError", "auth", "No auth credentials found",
			OHB_RUN_AUTH },

	/* Bad requests that are too long or not wanted. */
	{ E, "LLMBadRequestError", "config",
			"This model's maximum context length is 8192 tokens. "
			"However, you requested 100000 tokens",
			OHB_RUN_CONTEXT },
	{ E, "LLMBadRequestError", "config",
			"AnthropicException - prompt is too long: 210000 "
			"tokens > 200000 maximum",
			OHB_RUN_CONTEXT },
	{ E, "LLMBadRequestError", "config",
			"ValidationException: Input is too long for requested "
			"model.",
			OHB_RUN_CONTEXT },
	{ E, "LLMContentPolicyViolationError", "agent_action", "refused",
			OHB_RUN_POLICY },
	{ E, "LLMBadRequestError", "config",
			"The response was filtered due to the prompt "
			"triggering Azure OpenAI's content management policy.",
			OHB_RUN_POLICY },
	{ E, "LLMMalformedConversationHistoryError", "agent_action",
			"tool_use ids were found without tool_result",
			OHB_RUN_CONTEXT },
	{ E, "LLMContextWindowTooSmallError", "config", "8192 < 16384",
			OHB_RUN_CONFIG },

	/* Too busy, in other words. */
	{ E, "InternalServerError", "internal",
			"AnthropicError - {\"type\":\"overloaded_error\"}",
			OHB_RUN_TRANSIENT },
	{ E, "LLMRateLimitError", "rate_limit",
			"MistralException - Service tier capacity exceeded for "
			"this model.",
			OHB_RUN_RATE_LIMIT },
	{ E, "LibTmuxException", "config", "no server running",
			OHB_RUN_TRANSIENT },

	/* Servers before 1.40, without classification. */
	{ E, "LLMAuthenticationError", NULL, "invalid x-api-key",
			OHB_RUN_AUTH },
	{ E, "LLMRateLimitError", NULL, "slow down", OHB_RUN_RATE_LIMIT },
	{ E, "LLMServiceUnavailableError", NULL, "503", OHB_RUN_TRANSIENT },
	{ E, "LLMNoResponseError", NULL, "no choices", OHB_RUN_TRANSIENT },
	{ E, "LLMBadRequestError", NULL, "unknown parameter", OHB_RUN_CONFIG },
	{ E, NULL, NULL, "litellm.AuthenticationError: no", OHB_RUN_AUTH },
	{ E, NULL, NULL, "litellm.Timeout: waited 600 s", OHB_RUN_TRANSIENT },
	{ E, "ValueError", "internal", "boom", OHB_RUN_UNKNOWN },
};

START_TEST(classify)
{
	enum ohb_outcome_class class = ohb_outcome_classify(cases[_i].status,
			cases[_i].code, cases[_i].kind, cases[_i].detail);

	ck_assert_msg(class == cases[_i].class, "%s, not %s: %s",
			ohb_outcome_name(class),
			ohb_outcome_name(cases[_i].class),
			cases[_i].detail ? cases[_i].detail : "-");
}
END_TEST

/* What is looked at, repeated, and what ends how much. */
static const struct {
	enum ohb_outcome_class class;
	enum ohb_outcome_action action;
	const char *name;
} ends[] = {
	{ OHB_RUN_FINISHED, OHB_ACT_JUDGE, "finished" },
	{ OHB_RUN_STUCK, OHB_ACT_JUDGE, "stuck" },
	{ OHB_RUN_ITERATIONS, OHB_ACT_JUDGE, "iterations" },
	{ OHB_RUN_TIMEOUT, OHB_ACT_JUDGE, "timeout" },
	{ OHB_RUN_SILENT, OHB_ACT_JUDGE, "silent" },
	{ OHB_RUN_CONTEXT, OHB_ACT_JUDGE, "context" },
	{ OHB_RUN_AUTH, OHB_ACT_END_BUILD, "auth" },
	{ OHB_RUN_QUOTA, OHB_ACT_END_BUILD, "quota" },
	{ OHB_RUN_CONFIG, OHB_ACT_END_BUILD, "config" },
	{ OHB_RUN_POLICY, OHB_ACT_END_TARGET, "policy" },
	{ OHB_RUN_BUDGET, OHB_ACT_JUDGE, "budget" },
	{ OHB_RUN_REPLAY_END, OHB_ACT_END_BUILD, "replay" },
	{ OHB_RUN_RATE_LIMIT, OHB_ACT_RETRY_LATER, "rate limit" },
	{ OHB_RUN_TRANSIENT, OHB_ACT_RETRY_LATER, "transient" },
	{ OHB_RUN_DIED, OHB_ACT_RETRY_LATER, "died" },
	{ OHB_RUN_MEMORY, OHB_ACT_END_TARGET, "memory" },
	{ OHB_RUN_NO_ANSWER, OHB_ACT_END_TARGET, "no answer of a model" },
	{ OHB_RUN_INTERRUPTED, OHB_ACT_END_BUILD, "interrupted" },
	{ OHB_RUN_UNKNOWN, OHB_ACT_END_TARGET, "unknown" },
};

START_TEST(actions)
{
	ck_assert_uint_eq(OHB_ARRAY_LEN(ends), OHB_RUN_UNKNOWN + 1);
	ck_assert_int_eq(ends[_i].class, _i);
	ck_assert_int_eq(ohb_outcome_action(ends[_i].class), ends[_i].action);
	ck_assert_str_eq(ohb_outcome_name(ends[_i].class), ends[_i].name);
	ck_assert_str_ne(ohb_outcome_cure(ends[_i].class), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outcome");
	TCase *tcase = tcase_create("outcome");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, classify, 0, (int)OHB_ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, actions, 0, (int)OHB_ARRAY_LEN(ends));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

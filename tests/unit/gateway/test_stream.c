/* Every dialect, by a provider that speaks it: answers in one piece and piece
 * by piece, whole, cut and refused. */
#include "provider.h"

#include "io/wait.h"

#define KEY "sk-live-0123456789abcdef"
#define ASKED(more)                                                \
	"{\"model\":\"ohbuild\",\"messages\":[{\"role\":\"user\"," \
	"\"content\":\"hello\"}],\"stream\":true" more "}"
#define ASKED_USAGE ASKED(",\"stream_options\":{\"include_usage\":true}")
#define INPUT "{\"model\":\"ohbuild\",\"input\":\"hello\",\"stream\":true}"

#define DATA(json) "data: " json "\n\n"
#define CHUNK(choice, more)                                               \
	DATA("{\"object\":\"chat.completion.chunk\",\"choices\":[" choice \
	     "]" more "}")
#define ROLE                                                                \
	CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":" \
	      "\"\"},\"finish_reason\":null}",                              \
			"")
#define SAYS(text)                                                 \
	CHUNK("{\"index\":0,\"delta\":{\"content\":\"" text "\"}," \
	      "\"finish_reason\":null}",                           \
			"")
#define CALLS                                                               \
	CHUNK("{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"       \
	      "\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":" \
	      "\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":null}",     \
			"")
#define ENDS(more) \
	CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", more)
#define USED ",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}"
#define DONE DATA("[DONE]")
#define EVENT(name, more) \
	"event: " name "\ndata: {\"type\":\"" name "\"" more "}\n\n"
#define SPENT                                              \
	"{\"input_tokens\":100,\"input_tokens_details\":{" \
	"\"cached_tokens\":30},\"output_tokens\":10,"      \
	"\"total_tokens\":110}"
#define BROKEN                                                               \
	"data: {\"error\":{\"message\":\"ohbuild: the model's answer broke " \
	"off\",\"type\":\"stream_cut\",\"param\":null,\"code\":"             \
	"\"stream_cut\"}}\n\n"
#define WITH_USAGE "\"stream_options\":{\"include_usage\":true}"

struct talk {
	const char *name, *model, *question;
	struct scene scenes[2];
	unsigned nscenes, asked;
	int status; /* to the agent */
	int broken; /* its answer ends in the middle */
	const char *body; /* as the agent gets it; NULL: not looked at */
	enum ohb_provider_failure failure;
	uint64_t in, cached, out;
	int64_t unknown; /* its cost */
	const char *sent, *unsent; /* in the last request to the provider */
};

#define PLAIN(body) { { 200, body, NULL, 0, WHOLE } }, 1, 1, 200, 0

static const struct talk talks[] = {
	{ "the end is not passed on unasked", "openai/m", ASKED(""),
			PLAIN(ROLE SAYS("a") SAYS("b") ENDS("") CHUNK("", USED)
							DONE),
			ROLE SAYS("a") SAYS("b") ENDS("") DONE, OHB_PROVIDER_OK,
			100, 0, 10, 0, WITH_USAGE, NULL },
	{ "but is when asked for", "openai/m", ASKED_USAGE,
			PLAIN(SAYS("a") ENDS("") CHUNK("", USED) DONE),
			SAYS("a") ENDS("") CHUNK("", USED) DONE,
			OHB_PROVIDER_OK, 100, 0, 10, 0, WITH_USAGE, NULL },
	{ "a call of a tool", "openai/m", ASKED(""),
			PLAIN(ROLE CALLS ENDS("") DONE),
			ROLE CALLS ENDS("") DONE, OHB_PROVIDER_OK, 0, 0, 0, 1,
			NULL, NULL },
	{ "OpenRouter: comments, cost", "openrouter/x/m", ASKED(""),
			PLAIN(": OPENROUTER PROCESSING\n\n"
			      ": OPENROUTER PROCESSING\n\n" SAYS("a") ENDS(
					      "") CHUNK("",
					      ",\"usage\":{\"prompt_tokens\":7,"
					      "\"completion_tokens\":3,\"cost\":0.5}")
							DONE),
			SAYS("a") ENDS("") DONE, OHB_PROVIDER_OK, 7, 0, 3, 0,
			"\"model\":\"x/m\"", NULL },
	{ "OpenRouter: an error before a word", "openrouter/x/m", ASKED(""),
			{ { 200,
					  ": OPENROUTER PROCESSING\n\n" DATA(
							  "{\"error\":{\"code\":502,"
							  "\"message\":\"down\"},"
							  "\"choices\":[]}"),
					  NULL, 0, WHOLE },
					{ 200, SAYS("a") ENDS(USED) DONE, NULL,
							0, WHOLE } },
			2, 2, 200, 0, SAYS("a") ENDS(USED) DONE,
			OHB_PROVIDER_OK, 100, 0, 10, 0, NULL, NULL },
	{ "OpenRouter: an error behind words", "openrouter/x/m", ASKED(""),
			{ { 200,
					SAYS("a") CHUNK("{\"index\":0,\"delta\":"
							"{\"content\":\"\"},"
							"\"finish_reason\":"
							"\"error\"}",
							",\"error\":{\"code\":"
							"\"server_error\","
							"\"message\":\"gone\"}")
							DONE,
					NULL, 0, WHOLE } },
			1, 1, 200, 1, SAYS("a") BROKEN, OHB_PROVIDER_SERVER, 0,
			0, 0, 1, NULL, NULL },
	{ "vLLM: an error, then the end", "hosted_vllm/m", ASKED(""),
			{ { 200,
					SAYS("a") DATA("{\"error\":{\"object\":"
						       "\"error\",\"message\":"
						       "\"cuda\",\"type\":\"x\","
						       "\"code\":500}}") DONE,
					NULL, 0, WHOLE } },
			1, 1, 200, 1, SAYS("a") BROKEN, OHB_PROVIDER_SERVER, 0,
			0, 0, 1, NULL, NULL },
	{ "Groq: its own place", "groq/m", ASKED(""),
			PLAIN(SAYS("a") ENDS(
					",\"x_groq\":{\"id\":\"r\",\"usage\":{"
					"\"prompt_tokens\":5,"
					"\"completion_tokens\":6}}") DONE),
			NULL, OHB_PROVIDER_OK, 5, 0, 6, 0, WITH_USAGE, NULL },
	{ "Mistral: unasked, with the last word", "mistral/m", ASKED_USAGE,
			PLAIN(SAYS("a") ENDS(USED) DONE),
			SAYS("a") ENDS(USED) DONE, OHB_PROVIDER_OK, 100, 0, 10,
			0, "\"stream\":true", "stream_options" },
	{ "DeepSeek: thoughts, cache", "deepseek/m", ASKED(""),
			PLAIN(CHUNK("{\"index\":0,\"delta\":{\"content\":null,"
				    "\"reasoning_content\":\"hm\"},"
				    "\"finish_reason\":null}",
					"") SAYS("a") ENDS("") CHUNK("",
					",\"usage\":{\"prompt_tokens\":100,"
					"\"completion_tokens\":10,"
					"\"prompt_cache_hit_tokens\":64,"
					"\"prompt_cache_miss_tokens\":36}")
							DONE),
			NULL, OHB_PROVIDER_OK, 100, 64, 10, 0, WITH_USAGE,
			NULL },
	{ "Ollama: says no usage", "ollama/m", ASKED(""),
			PLAIN(SAYS("a") ENDS("") DONE), SAYS("a") ENDS("") DONE,
			OHB_PROVIDER_OK, 0, 0, 0, 1, WITH_USAGE, NULL },
	{ "llama.cpp: lines end in CRLF, no [DONE]", "llamacpp/m", ASKED(""),
			PLAIN("data: {\"choices\":[{\"index\":0,\"delta\":"
			      "{\"content\":\"a\"},\"finish_reason\":\"stop\"}]" USED
			      "}\r\n\r\n"),
			"data: {\"choices\":[{\"index\":0,\"delta\":"
			"{\"content\":\"a\"},\"finish_reason\":\"stop\"}]" USED
			"}\n\n" DONE,
			OHB_PROVIDER_OK, 100, 0, 10, 0, NULL, NULL },
	{ "a server that knows no stream_options", "openai/m", ASKED(""),
			{ { 400,
					  "{\"error\":{\"message\":\"property "
					  "'stream_options' is unsupported\"}}",
					  NULL, 0, WHOLE },
					{ 200, SAYS("a") ENDS(USED) DONE, NULL,
							0, WHOLE } },
			2, 2, 200, 0, NULL, OHB_PROVIDER_OK, 100, 0, 10, 0,
			"\"stream\":true", "stream_options" },
	{ "one that answers in one piece", "openai/m", ASKED_USAGE, PLAIN(NULL),
			NULL, OHB_PROVIDER_OK, 100, 0, 10, 0, NULL, NULL },
	{ "cut before a word", "openai/m", ASKED(""),
			{ { 200, ROLE ROLE ROLE ROLE, NULL, 0, CUT },
					{ 200, SAYS("a") ENDS(USED) DONE, NULL,
							0, WHOLE } },
			2, 2, 200, 0, SAYS("a") ENDS(USED) DONE,
			OHB_PROVIDER_OK, 100, 0, 10, 0, NULL, NULL },
	{ "cut behind words", "openai/m", ASKED(""),
			{ { 200, SAYS("a") SAYS("b") SAYS("c") SAYS("d"), NULL,
					0, CUT } },
			1, 1, 200, 1, SAYS("a") SAYS("b") BROKEN,
			OHB_PROVIDER_CONNECTION, 0, 0, 0, 1, NULL, NULL },
	{ "closed behind words", "openai/m", ASKED(""),
			{ { 200, SAYS("a"), NULL, 0, WHOLE } }, 1, 1, 200, 1,
			SAYS("a") BROKEN, OHB_PROVIDER_MALFORMED, 0, 0, 0, 1,
			NULL, NULL },
	{ "an end without a reason", "openai/m", ASKED(""),
			{ { 200, SAYS("a") DONE, NULL, 0, WHOLE } }, 1, 1, 200,
			1, SAYS("a") BROKEN, OHB_PROVIDER_MALFORMED, 0, 0, 0, 1,
			NULL, NULL },
	{ "no JSON behind words", "openai/m", ASKED(""),
			{ { 200, SAYS("a") DATA("<html>") DONE, NULL, 0,
					WHOLE } },
			1, 1, 200, 1, SAYS("a") BROKEN, OHB_PROVIDER_MALFORMED,
			0, 0, 0, 1, NULL, NULL },
	{ "nothing at all", "openai/m", ASKED(""),
			{ { 200, "", NULL, 0, WHOLE },
					{ 200, SAYS("a") ENDS(USED) DONE, NULL,
							0, WHOLE } },
			2, 2, 200, 0, NULL, OHB_PROVIDER_OK, 100, 0, 10, 0,
			NULL, NULL },
	{ "refused", "openai/m", ASKED(""),
			{ { 401, "{\"error\":{\"message\":\"no " KEY "\"}}",
					NULL, 0, WHOLE } },
			1, 1, 401, 0, NULL, OHB_PROVIDER_AUTH, 0, 0, 0, 0, NULL,
			NULL },
	{ "too long", "openai/m", ASKED(""),
			{ { 400,
					"{\"error\":{\"message\":\"x\",\"code\":"
					"\"context_length_exceeded\"}}",
					NULL, 0, WHOLE } },
			1, 1, 400, 0, NULL, OHB_PROVIDER_CONTEXT, 0, 0, 0, 0,
			NULL, NULL },
	{ "responses", "openai/m", INPUT,
			PLAIN(EVENT("response.created", "") EVENT(
					"response.output_text.delta",
					",\"delta\":\"a\"") EVENT("response.completed",
					",\"response\":{\"usage\":" SPENT "}")),
			EVENT("response.created", "") EVENT(
					"response.output_text.delta",
					",\"delta\":\"a\"")
					EVENT("response.completed",
							",\"response\":{\"usage\":" SPENT
							"}"),
			OHB_PROVIDER_OK, 100, 30, 10, 0, "\"store\":false",
			"stream_options" },
	{ "responses: failed before a word", "openai/m", INPUT,
			{ { 200,
					  EVENT("response.created", "") EVENT(
							  "response.failed",
							  ",\"response\":{"
							  "\"error\":{\"code\":"
							  "\"server_error\","
							  "\"message\":\"x\"}}"),
					  NULL, 0, WHOLE },
					{ 200, EVENT("response.completed", ""),
							NULL, 0, WHOLE } },
			2, 2, 200, 0, EVENT("response.completed", ""),
			OHB_PROVIDER_OK, 0, 0, 0, 1, NULL, NULL },
	{ "responses: cut", "openai/m", INPUT,
			{ { 200,
					EVENT("response.output_text.delta",
							",\"delta\":\"a\""),
					NULL, 0, WHOLE } },
			1, 1, 200, 1, NULL, OHB_PROVIDER_MALFORMED, 0, 0, 0, 1,
			NULL, NULL },
	{ "responses: not there", "deepseek/m", INPUT,
			{ { 200, NULL, NULL, 0, WHOLE } }, 1, 0, 400, 0, NULL,
			OHB_PROVIDER_REQUEST, 0, 0, 0, 0, NULL, NULL },
};

/* Asked for in one piece, and of Anthropic's own kind. */
#define PLAINLY                                                    \
	"{\"model\":\"ohbuild\",\"messages\":[{\"role\":\"user\"," \
	"\"content\":\"hello\"}]}"
#define MESSAGE(content, reason)                                              \
	"{\"id\":\"m1\",\"type\":\"message\",\"role\":\"assistant\","         \
	"\"model\":\"c\",\"content\":[" content "],\"stop_reason\":\"" reason \
	"\"}"
#define TEXT "{\"type\":\"text\",\"text\":\"hi\"}"
#define USE                                                   \
	"{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\"," \
	"\"input\":{\"a\":1}}"
#define PIECE(choice)                                                          \
	DATA("{\"object\":\"chat.completion.chunk\",\"id\":\"m1\","            \
	     "\"created\":0,\"model\":\"c\",\"choices\":[{\"index\":0," choice \
	     "}]}")
#define REFUSES(status, body, failure, code)                                   \
	{ { status, body, NULL, 0, WHOLE } }, 1, 1, code, 0, NULL, failure, 0, \
			0, 0, 0, NULL, NULL

static const struct talk others[] = {
	{ "Anthropic", "anthropic/m", PLAINLY, PLAIN(MESSAGE(TEXT, "end_turn")),
			"{\"id\":\"m1\",\"object\":\"chat.completion\","
			"\"created\":0,\"model\":\"c\",\"choices\":[{"
			"\"index\":0,\"message\":{\"role\":\"assistant\","
			"\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}",
			OHB_PROVIDER_OK, 0, 0, 0, 1,
			"POST /v1/messages HTTP/1.1\r\n", "Authorization" },
	{ "Anthropic's three kinds of input", "anthropic/m", ASKED_USAGE,
			PLAIN("{\"id\":\"m1\",\"type\":\"message\",\"model\":"
			      "\"c\",\"content\":[" TEXT "],\"stop_reason\":"
			      "\"end_turn\",\"usage\":{\"input_tokens\":10,"
			      "\"cache_creation_input_tokens\":200,"
			      "\"cache_read_input_tokens\":3000,"
			      "\"output_tokens\":4}}"),
			NULL, OHB_PROVIDER_OK, 3210, 3000, 4, 0, NULL, NULL },
	{ "Anthropic's key", "anthropic/m", PLAINLY,
			PLAIN(MESSAGE(TEXT, "end_turn")), NULL, OHB_PROVIDER_OK,
			0, 0, 0, 1, "x-api-key: " KEY "\r\n", "\"stream\"" },
	{ "Anthropic's version", "anthropic/m", PLAINLY,
			PLAIN(MESSAGE(TEXT, "end_turn")), NULL, OHB_PROVIDER_OK,
			0, 0, 0, 1, "anthropic-version: 2023-06-01\r\n", NULL },
	{ "Anthropic, streamed", "anthropic/m", ASKED(""),
			PLAIN(MESSAGE(TEXT "," USE, "tool_use")),
			PIECE("\"delta\":{\"role\":\"assistant\",\"content\":"
			      "\"hi\",\"tool_calls\":[{\"id\":\"t\",\"type\":"
			      "\"function\",\"function\":{\"name\":\"f\","
			      "\"arguments\":\"{\\\"a\\\":1}\"},\"index\":0}]}"
			      ",\"finish_reason\":null")
					PIECE("\"delta\":{},\"finish_reason\":\"tool_calls\"")
							DONE,
			OHB_PROVIDER_OK, 0, 0, 0, 1, NULL, "\"stream\"" },
	{ "Anthropic, busy", "anthropic/m", PLAINLY,
			{ { 529,
					  "{\"type\":\"error\",\"error\":{\"type\":"
					  "\"overloaded_error\",\"message\":"
					  "\"Overloaded\"}}",
					  NULL, 0, WHOLE },
					{ 200, MESSAGE(TEXT, "end_turn"), NULL,
							0, WHOLE } },
			2, 2, 200, 0, NULL, OHB_PROVIDER_OK, 0, 0, 0, 1, NULL,
			NULL },
	{ "Anthropic, no money", "anthropic/m", PLAINLY,
			REFUSES(400,
					"{\"type\":\"error\",\"error\":{\"type\":"
					"\"invalid_request_error\",\"message\":"
					"\"Your credit balance is too low\"}}",
					OHB_PROVIDER_QUOTA, 402) },
	{ "Anthropic, too long", "anthropic/m", PLAINLY,
			REFUSES(400,
					"{\"type\":\"error\",\"error\":{\"type\":"
					"\"invalid_request_error\",\"message\":"
					"\"prompt is too long: 9 tokens > 8\"}}",
					OHB_PROVIDER_CONTEXT, 400) },
	{ "Anthropic, wrong key", "anthropic/m", ASKED(""),
			REFUSES(401,
					"{\"type\":\"error\",\"error\":{\"type\":"
					"\"authentication_error\",\"message\":"
					"\"invalid x-api-key\"}}",
					OHB_PROVIDER_AUTH, 401) },
	{ "Mistral", "mistral/m", "{\"messages\":[],\"seed\":1,\"top_k\":2}",
			PLAIN(NULL), GOOD, OHB_PROVIDER_OK, 100, 0, 10, 0,
			"\"random_seed\":1", "top_k" },
	{ "Mistral refuses a field", "mistral/m", PLAINLY,
			REFUSES(422,
					"{\"object\":\"error\",\"message\":{"
					"\"detail\":[{\"type\":\"extra_forbidden\""
					",\"loc\":[\"body\",\"x\"]}]}}",
					OHB_PROVIDER_CONFIG, 400) },
	{ "OpenRouter refuses by a 200", "openrouter/x/m", PLAINLY,
			REFUSES(200,
					"{\"error\":{\"code\":402,\"message\":"
					"\"Insufficient credits\"}}",
					OHB_PROVIDER_QUOTA, 402) },
	{ "llama.cpp, too long", "llamacpp/m", ASKED(""),
			REFUSES(400,
					"{\"error\":{\"code\":400,\"message\":"
					"\"the request exceeds the available "
					"context size\",\"type\":"
					"\"exceed_context_size_error\"}}",
					OHB_PROVIDER_CONTEXT, 400) },
	{ "Ollama has no such model", "ollama/m", PLAINLY,
			REFUSES(404,
					"{\"error\":{\"message\":\"model 'm' not "
					"found\",\"type\":\"not_found_error\"}}",
					OHB_PROVIDER_CONFIG, 400) },
	{ "vLLM's older errors", "hosted_vllm/m", PLAINLY,
			REFUSES(400,
					"{\"object\":\"error\",\"message\":\"This "
					"model's maximum context length is 8\","
					"\"type\":\"BadRequestError\",\"code\":400}",
					OHB_PROVIDER_CONTEXT, 400) },
	{ "a proxy says codes as text", "litellm_proxy/m", PLAINLY,
			REFUSES(401,
					"{\"error\":{\"message\":\"Authentication "
					"Error\",\"type\":\"auth_error\",\"param\":"
					"\"None\",\"code\":\"401\"}}",
					OHB_PROVIDER_AUTH, 401) },
	{ "DeepSeek has no balance", "deepseek/m", PLAINLY,
			REFUSES(402,
					"{\"error\":{\"message\":\"Insufficient "
					"Balance\",\"type\":\"unknown_error\"}}",
					OHB_PROVIDER_QUOTA, 402) },
	{ "Together", "together_ai/x/m", PLAINLY, PLAIN(NULL), GOOD,
			OHB_PROVIDER_OK, 100, 0, 10, 0, "\"model\":\"x/m\"",
			NULL },
	{ "responses", "openai/m", "{\"input\":\"hello\"}",
			PLAIN("{\"object\":\"response\",\"error\":null,"
			      "\"status\":\"completed\",\"output\":[]}"),
			"{\"object\":\"response\",\"error\":null,"
			"\"status\":\"completed\",\"output\":[]}",
			OHB_PROVIDER_OK, 0, 0, 0, 1,
			"POST /v1/responses HTTP/1.1\r\n", "\"stream\"" },
};

struct fixture {
	struct provider provider;
	struct ohb_secret *key;
	struct ohb_gateway *gateway;
	struct ohb_grant *grant;
	struct ohb_gateway_model model;
};

static void set_up(struct fixture *fixture, const struct talk *talk)
{
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.hold_ms = 20000,
		.retry_base_ms = 5,
		.client_ms = 1000,
	};
	const struct ohb_grant_options grant = {
		.target = "tests/test_a.c",
		.models = &fixture->model,
		.nmodels = 1,
	};
	struct ohb_error err = OHB_ERROR_INIT;

	memset(fixture, 0, sizeof(*fixture));
	provider_start(&fixture->provider, talk->scenes, talk->nscenes);
	fixture->key = ohb_secret_new(KEY, strlen(KEY));
	fixture->model = (struct ohb_gateway_model){
		.id = talk->model,
		.name = strchr(talk->model, '/') + 1,
		.base_url = fixture->provider.url,
		.key = fixture->key,
		.max_output_tokens = 777,
		.has_price = 1,
		.price.usual.input = 1,
		.price.usual.cached = 0.1,
		.price.usual.output = 10,
	};
	ck_assert_msg(ohb_gateway_open(&options, &fixture->gateway, &err) == 0,
			"%s", err.msg);
	ck_assert_msg(ohb_gateway_grant(fixture->gateway, &grant,
				      &fixture->grant, &err) == 0,
			"%s", err.msg);
}

static void tear_down(struct fixture *fixture)
{
	if (fixture->grant)
		ohb_gateway_revoke(fixture->gateway, fixture->grant);
	ohb_gateway_close(fixture->gateway);
	provider_stop(&fixture->provider);
	ohb_secret_free(fixture->key);
}

/* One that listens to a stream. */
struct listener {
	struct fixture *fixture;
	const char *question;
	struct ohb_http_response reply;
	struct ohb_str text;
	atomic_size_t len; /* of what has come so far */
	int failed;
	pthread_t thread;
};

static int on_body(void *userdata, const char *data, size_t len)
{
	struct listener *listener = userdata;

	ohb_str_add(&listener->text, data, len);
	atomic_store(&listener->len, listener->text.len);
	return 0;
}

static void *listen_to(void *userdata)
{
	struct listener *listener = userdata;
	const struct fixture *fixture = listener->fixture;
	static const char *const headers[] = { "Content-Type: application/json",
		NULL };
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_http_request request = {
		.method = "POST",
		.headers = headers,
		.bearer = ohb_grant_token(fixture->grant),
		.body = listener->question,
		.body_len = strlen(listener->question),
		.timeout_ms = 60000,
		.on_body = on_body,
		.userdata = listener,
	};

	ohb_str_addf(&url, "%s/%s", ohb_gateway_url(fixture->gateway),
			strstr(listener->question, "\"input\"") != NULL ?
					"responses" :
					"chat/completions");
	request.url = url.data;
	listener->failed = ohb_http_do(&request, NULL, &listener->reply, &err);
	return NULL;
}

static void listener_release(struct listener *listener)
{
	ohb_http_response_release(&listener->reply);
	ohb_str_release(&listener->text);
}

static void check_sent(const struct talk *talk, struct provider *provider)
{
	const char *sent;

	ck_assert_msg(provider->asked == talk->asked, "%s: asked %u times",
			talk->name, provider->asked);
	if (!talk->asked)
		return;
	sent = provider->requests[talk->asked - 1].data;
	if (talk->sent)
		ck_assert_msg(strstr(sent, talk->sent) != NULL, "%s: %s",
				talk->name, sent);
	if (talk->unsent)
		ck_assert_msg(strstr(sent, talk->unsent) == NULL, "%s: %s",
				talk->name, sent);
}

static void check_usage(const struct talk *talk, struct ohb_grant *grant)
{
	struct ohb_usage usage;

	ohb_grant_usage(grant, &usage);
	ck_assert_msg(usage.requests == (talk->failure == OHB_PROVIDER_OK) &&
					usage.tokens_in == talk->in &&
					usage.tokens_cached == talk->cached &&
					usage.tokens_out == talk->out &&
					usage.cost_unknown == talk->unknown,
			"%s: %llu requests, %llu %llu %llu tokens, %d",
			talk->name, (unsigned long long)usage.requests,
			(unsigned long long)usage.tokens_in,
			(unsigned long long)usage.tokens_cached,
			(unsigned long long)usage.tokens_out,
			usage.cost_unknown);
}

static void hold_talk(const struct talk *talk)
{
	struct fixture fixture;
	struct listener listener = { .question = talk->question };
	ohb_autostr words = OHB_STR_INIT;
	enum ohb_provider_failure failure;

	set_up(&fixture, talk);
	listener.fixture = &fixture;
	(void)listen_to(&listener);
	ck_assert_msg((listener.failed < 0) == talk->broken, "%s: %d, %s",
			talk->name, listener.failed,
			ohb_str_cstr(&listener.text));
	if (!talk->broken)
		ck_assert_msg(listener.reply.status == talk->status,
				"%s: %d %s", talk->name, listener.reply.status,
				ohb_str_cstr(&listener.reply.body));
	if (talk->body)
		ck_assert_str_eq(ohb_str_cstr(&listener.text), talk->body);
	else if (talk->status == 200 && !talk->broken &&
			strstr(talk->question, "\"stream\""))
		ck_assert(ohb_ends(listener.text.data, DONE));
	failure = ohb_grant_failure(fixture.grant, &words);
	ck_assert_msg(failure == talk->failure, "%s: failure %d, %s",
			talk->name, (int)failure, ohb_str_cstr(&words));
	ck_assert_ptr_null(strstr(ohb_str_cstr(&words), KEY));
	ck_assert_ptr_null(strstr(ohb_str_cstr(&listener.reply.body), KEY));
	check_sent(talk, &fixture.provider);
	check_usage(talk, fixture.grant);
	listener_release(&listener);
	tear_down(&fixture);
}

START_TEST(a_stream_has_its_end)
{
	hold_talk(&talks[_i]);
}
END_TEST

START_TEST(a_dialect_is_spoken)
{
	hold_talk(&others[_i]);
}
END_TEST

static const struct talk held = { "held", "openai/m", ASKED(""),
	{ { 200, SAYS("one") SAYS("two"), NULL, 0, HELD } }, 1, 1, 200, 1, NULL,
	OHB_PROVIDER_OK, 0, 0, 0, 0, NULL, NULL };

static void listener_start(struct listener *listener, struct fixture *fixture)
{
	*listener = (struct listener){ .fixture = fixture,
		.question = held.question };
	ck_assert_int_eq(pthread_create(&listener->thread, NULL, listen_to,
					 listener),
			0);
}

static void wait_for_piece(struct listener *listener)
{
	while (atomic_load(&listener->len) < strlen(SAYS("one")))
		provider_wait(&listener->fixture->provider, -1, 5);
}

/* A piece reaches all who asked the same while the provider still writes,
 * also one who asks when the first is there; for longer than a client may be
 * silent. */
START_TEST(pieces_come_at_once_and_to_all)
{
	struct fixture fixture;
	struct listener listeners[3];
	size_t i;

	set_up(&fixture, &held);
	for (i = 0; i < OHB_ARRAY_LEN(listeners); i++) {
		listener_start(&listeners[i], &fixture);
		wait_for_piece(&listeners[i]);
	}
	provider_wait(&fixture.provider, -1, 1500);
	atomic_store(&fixture.provider.let_go, true);
	for (i = 0; i < OHB_ARRAY_LEN(listeners); i++) {
		pthread_join(listeners[i].thread, NULL);
		ck_assert_str_eq(listeners[i].text.data,
				SAYS("one") SAYS("two") BROKEN);
		ck_assert_int_lt(listeners[i].failed, 0);
		listener_release(&listeners[i]);
	}
	ck_assert_uint_eq(fixture.provider.asked, 1);
	tear_down(&fixture);
}
END_TEST

/* 0: the grant is revoked, 1: the gateway closed, while a stream runs. */
START_TEST(a_running_stream_is_ended)
{
	struct fixture fixture;
	struct listener listener;

	set_up(&fixture, &held);
	listener_start(&listener, &fixture);
	wait_for_piece(&listener);
	if (_i == 0) {
		ohb_gateway_revoke(fixture.gateway, fixture.grant);
	} else {
		ohb_gateway_close(fixture.gateway);
		fixture.gateway = NULL;
	}
	fixture.grant = NULL;
	pthread_join(listener.thread, NULL);
	ck_assert_int_lt(listener.failed, 0);
	ck_assert(ohb_starts(listener.text.data, SAYS("one")));
	listener_release(&listener);
	atomic_store(&fixture.provider.let_go, true);
	tear_down(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = tcase_create("stream");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_stream_has_its_end, 0,
			(int)OHB_ARRAY_LEN(talks));
	tcase_add_loop_test(tcase, a_dialect_is_spoken, 0,
			(int)OHB_ARRAY_LEN(others));
	tcase_add_test(tcase, pieces_come_at_once_and_to_all);
	tcase_add_loop_test(tcase, a_running_stream_is_ended, 0, 2);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include "gateway/probe.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "base/memory.h"
#include "gateway/failure.h"
#include "gateway/retry.h"
#include "gateway/try.h"
#include "io/clock.h"

#define AT_ONCE 8

/* What the threads share. */
struct round {
	struct ohb_gateway *gateway;
	struct ohb_probe *probes;
	size_t n;
	struct ohb_purse *purse;
	atomic_size_t next;
};

static const char *const cures[] = {
	[OHB_PROVIDER_CONNECTION] =
			"see whether its 'base_url' (openhands.yml) and the "
			"network are right",
	[OHB_PROVIDER_TIMEOUT] = "run ohbuild again later, or add another "
				 "model",
	[OHB_PROVIDER_AUTH] = "the provider refuses the model's 'key' "
			      "(openhands.yml)",
	[OHB_PROVIDER_RATE_LIMIT] = "the build will wait, or ask the next "
				    "model",
	[OHB_PROVIDER_QUOTA] = "pay its provider, or add another model",
	[OHB_PROVIDER_CONFIG] = "correct its 'id' or 'base_url' in "
				"openhands.yml",
	[OHB_PROVIDER_SERVER] = "run ohbuild again later, or add another "
				"model",
	[OHB_PROVIDER_MALFORMED] = "see whether its 'base_url' "
				   "(openhands.yml) is right",
};

const char *ohb_probe_cure(enum ohb_provider_failure failure)
{
	const char *cure = (size_t)failure < OHB_ARRAY_LEN(cures) ?
			cures[failure] :
			NULL;

	return cure ? cure :
		      "it does not like to be tried; a build may work all the "
		      "same";
}

static int64_t read_date(const struct ohb_http_response *reply)
{
	ohb_autostr text = OHB_STR_INIT;
	int64_t date_ms;

	if (!ohb_http_header(reply, "Date", &text))
		return 0;
	date_ms = ohb_retry_date_ms(ohb_str_cstr(&text));
	return date_ms > 0 ? date_ms : 0;
}

/*
 * What only has to be asked otherwise has accepted key and model; and a bad
 * request is none of the settings' before it was seen that nothing else is
 * to blame: what is asked here no agent asks.
 */
static enum ohb_provider_failure failure_of(const struct ohb_try *try)
{
	ohb_autostr words = OHB_STR_INIT;

	if (try->again)
		return OHB_PROVIDER_OK;
	if (try->failure != OHB_PROVIDER_CONFIG || !try->reply.status)
		return try->failure;
	return ohb_failure_of(
			&try->reply, try->answer, try->model->key, &words);
}

static void try_model(struct ohb_grant *grant, struct ohb_probe *probe)
{
	static char question[] =
			"{\"messages\":[{\"role\":\"user\",\"content\":"
			"\"Say ok.\"}]}";
	const struct ohb_str text = {
		.data = question,
		.len = sizeof(question) - 1,
	};
	struct ohb_answer answer = { .gateway = grant->gateway };
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_request request;
	ohb_autotry try;

	/* It is ours, and read as any other. */
	if (ohb_request_read(OHB_API_CHAT, &text, &request, &err) < 0)
		return;
	ohb_try_init(&try, grant, &request, 0,
			ohb_clock_mono_ms() + OHB_PROBE_MS, &answer);
	ohb_try_run(&try);
	probe->failure = failure_of(&try);
	ohb_str_add(&probe->words, ohb_str_cstr(&try.words), try.words.len);
	probe->date_ms = read_date(&try.reply);
	if (probe->date_ms)
		probe->ahead_ms = ohb_clock_wall_ms() - probe->date_ms;
	ohb_grant_tally(grant, &probe->tally);
}

static void probe_one(const struct round *round, struct ohb_probe *probe)
{
	struct ohb_gateway_model model = *probe->model;
	const struct ohb_grant_options options = {
		.target = "",
		.models = &model,
		.nmodels = 1,
		.purse = round->purse,
	};
	struct ohb_grant *grant = NULL;
	struct ohb_error err = OHB_ERROR_INIT;

	model.max_output_tokens = 1;
	if (ohb_gateway_grant(round->gateway, &options, &grant, &err) < 0) {
		probe->failure = OHB_PROVIDER_CONNECTION;
		ohb_str_adds(&probe->words, err.msg);
		return;
	}
	try_model(grant, probe);
	ohb_gateway_revoke(round->gateway, grant);
}

static void *work(void *argument)
{
	struct round *round = argument;
	size_t i;

	while ((i = atomic_fetch_add(&round->next, 1)) < round->n)
		probe_one(round, &round->probes[i]);
	return NULL;
}

int ohb_probe_run(struct ohb_probe *probes, size_t n, struct ohb_purse *purse,
		struct ohb_cancel *cancel, struct ohb_error *err)
{
	/* Nobody but us asks it. */
	const struct ohb_gateway_options options = {
		.address = "127.0.0.1",
		.hold_ms = OHB_PROBE_MS,
		.request_ms = OHB_PROBE_MS,
		.silence_ms = OHB_PROBE_MS,
		.cancel = cancel,
	};
	struct round round = { .probes = probes, .n = n, .purse = purse };
	pthread_t threads[AT_ONCE];
	size_t started = 0;

	if (n == 0)
		return 0;
	if (ohb_gateway_open(&options, &round.gateway, err) < 0)
		return -1;
	while (started < AT_ONCE && started + 1 < n &&
			pthread_create(&threads[started], NULL, work, &round) ==
					0)
		started++;
	(void)work(&round);
	while (started > 0)
		(void)pthread_join(threads[--started], NULL);
	ohb_gateway_close(round.gateway);
	return ohb_cancel_level(cancel) ?
			ohb_fail(err, OHB_E_CANCELLED, "interrupted") :
			0;
}

void ohb_probe_release(struct ohb_probe *probe)
{
	ohb_str_release(&probe->words);
}

#include <string.h>

#include "base/failpoint.h"
#include "build/judged.h"
#include "build/preflight.h"
#include "build/work.h"
#include "io/clock.h"
#include "io/process.h"

/* The ledger knows of the container before there is one. */
int ohb_account_open(struct ohb_work *work, const char *container,
		struct ohb_error *err)
{
	char owner[OHB_OWNER_TEXT];

	ohb_owner_self(owner);
	work->row_ms = ohb_clock_mono_ms();
	work->agent_usd = 0;
	work->row = (struct ohb_attempt){
		.run = work->build->run,
		.target = work->target->name,
		.number = work->attempt,
		.container = container,
		.owner = owner,
		.started_ms = ohb_clock_wall_ms(),
	};
	if (ohb_attempt_add(work->build->store, &work->row, &work->row.id,
			    err) < 0)
		return -1;
	work->row.owner = NULL;
	ohb_failpoint("attempt-started");
	return 0;
}

/* Puts text into the blobs, free of secrets. */
static int keep_text(struct ohb_work *work, const char *data, size_t len,
		struct ohb_digest *ret, struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_add(&text, data, len);
	ohb_redact_apply(work->build->redact, &text);
	return ohb_blob_add(work->build->store, text.data, text.len, ret, err);
}

void ohb_account_usage(struct ohb_work *work)
{
	struct ohb_usage now = { .requests = 0 };
	struct ohb_usage *all = &work->end->usage;
	const struct ohb_usage *was = &work->before;
	struct ohb_attempt *row = &work->row;
	double counted_usd = row->cost_usd;

	if (!work->session.grant)
		return;
	ohb_grant_usage(work->session.grant, &now);
	row->tokens_in += now.tokens_in - was->tokens_in;
	row->tokens_out += now.tokens_out - was->tokens_out;
	if (!now.cost_unknown)
		row->cost_usd += now.cost_usd - was->cost_usd;
	else
		row->cost_usd = work->agent_usd > 0 ? work->agent_usd : -1;
	row->model = ohb_grant_model(work->session.grant);
	all->requests += now.requests - was->requests;
	all->tokens_in += now.tokens_in - was->tokens_in;
	all->tokens_cached += now.tokens_cached - was->tokens_cached;
	all->tokens_out += now.tokens_out - was->tokens_out;
	if (row->cost_usd >= 0)
		all->cost_usd += row->cost_usd - counted_usd;
	all->cost_unknown |= row->cost_usd < 0;
	work->before = now;
}

/* What happened since the last row, as the server tells it.  Nothing is lost
 * when it cannot be had: the row says how it ended all the same. */
static void keep_trajectory(struct ohb_work *work)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (!work->session.agent ||
			ohb_agent_trajectory(work->session.agent, &text,
					&ignored) < 0 ||
			text.len < work->told ||
			keep_text(work, ohb_str_cstr(&text) + work->told,
					text.len - work->told,
					&work->row.trajectory, &ignored) < 0)
		work->row.trajectory = (struct ohb_digest){ .bytes = { 0 } };
	work->told = text.len;
}

int ohb_account_outputs(struct ohb_work *work, struct ohb_error *err)
{
	struct ohb_written *written = ohb_arena_alloc(&work->stage.arena,
			work->outputs.count * sizeof(*written));
	size_t i, n = 0;

	for (i = 0; i < work->outputs.count; i++) {
		const struct ohb_file *file = &work->outputs.files[i];

		if (!file->data)
			continue;
		if (ohb_blob_add(work->build->store, file->data, file->len,
				    &written[n].blob, err) < 0)
			return -1;
		written[n++].path = file->path;
	}
	work->row.written = written;
	work->row.nwritten = n;
	return 0;
}

/* What the session's models were asked since the last row. */
static void take_traffic(struct ohb_work *work)
{
	const struct ohb_session *session = &work->session;
	const size_t n = work->target->nmodels;
	ohb_autofree struct ohb_tally *tally = ohb_alloc(n * sizeof(*tally));
	struct ohb_traffic *rows;
	size_t i, count = 0;

	if (!session->grant)
		return;
	rows = ohb_arena_alloc(&work->stage.arena, n * sizeof(*rows));
	ohb_grant_tally(session->grant, tally);
	for (i = 0; i < n; i++)
		if (tally[i].requests)
			rows[count++] = ohb_traffic_of(&session->models[i],
					&session->keys[i], &tally[i]);
	work->row.traffic = rows;
	work->row.ntraffic = count;
}

int ohb_account_close(struct ohb_work *work, const char *class,
		const char *reason, struct ohb_error *err)
{
	ohb_autostr text = OHB_STR_INIT;

	if (!work->row.id)
		return 0;
	ohb_account_usage(work);
	take_traffic(work);
	keep_trajectory(work);
	ohb_str_adds(&text, reason);
	ohb_redact_apply(work->build->redact, &text);
	work->row.class = class;
	work->row.reason = ohb_str_cstr(&text);
	work->row.ended_ms = ohb_clock_wall_ms();
	work->row.duration_ms = ohb_clock_mono_ms() - work->row_ms;
	ohb_emit(work->build->emitter,
			&(struct ohb_event){
					.type = OHB_EV_ATTEMPT_ENDED,
					.target = work->target->name,
					.attempt = work->attempt,
					.verdict = class,
					.text = text.data,
					.ok = strcmp(class, "ok") == 0,
					.model = work->row.model,
					.duration_ms = work->row.duration_ms,
					.tokens_in = work->row.tokens_in,
					.tokens_out = work->row.tokens_out,
					.cost_usd = work->row.cost_usd,
			});
	if ((work->message.len &&
			    keep_text(work, work->message.data,
					    work->message.len,
					    &work->row.prompt, err) < 0) ||
			ohb_attempt_end(work->build->store, &work->row, err) <
					0)
		return -1;
	work->row.id = 0;
	ohb_failpoint("attempt-ended");
	return 0;
}

struct ohb_record ohb_account_record(struct ohb_work *work,
		enum ohb_record_status status, const char *class,
		const char *evidence)
{
	const struct ohb_usage *usage = &work->end->usage;
	int64_t now = ohb_clock_wall_ms();

	return (struct ohb_record){
		.target = work->target->name,
		.status = status,
		.key = work->key,
		.parts = work->parts.items,
		.nparts = work->parts.count,
		.class = class,
		.evidence = evidence,
		.fingerprint = work->judgement.fingerprint,
		.model = work->row.model,
		.image = ohb_build_image_id(
				work->build, work->build->config->agent.image),
		.cost_usd = usage->cost_unknown ? -1 : usage->cost_usd,
		.tokens_in = usage->tokens_in,
		.tokens_out = usage->tokens_out,
		.started_ms = now - work->end->duration_ms,
		.finished_ms = now,
		.duration_ms = work->end->duration_ms,
		.attempts = work->attempt,
		.validation_key = status == OHB_RECORD_OK ?
				ohb_judged_key(work) :
				(struct ohb_digest){ .bytes = { 0 } },
		.settings = ohb_judge_settings(work->target->module),
	};
}

void ohb_account_name(struct ohb_work *work, struct ohb_record *record)
{
	const struct ohb_fileset *set = &work->stage.previous;
	struct ohb_record_output *outputs = ohb_arena_alloc(
			&work->stage.arena, set->count * sizeof(*outputs));
	size_t i;

	for (i = 0; i < set->count; i++)
		outputs[i] = (struct ohb_record_output){
			.path = set->files[i].path,
			.digest = set->files[i].digest,
			.mode = set->files[i].mode,
		};
	record->outputs = outputs;
	record->noutputs = set->count;
}

static int remember(struct ohb_work *work, const struct ohb_end_row *row,
		struct ohb_error *err)
{
	struct ohb_record record = ohb_account_record(work,
			row->refuses ? OHB_RECORD_REFUSED : OHB_RECORD_FAILED,
			row->name, work->end->reason);

	if (row->refuses) {
		ohb_account_name(work, &record);
		/* A merge that was paid for is not asked for again. */
		if (work->fact->merge_tried || work->step->way == OHB_WAY_MERGE)
			record.class = OHB_END_MERGE_NAME;
	}
	return ohb_record_save(work->build->store, &record, err);
}

void ohb_account_end(struct ohb_work *work)
{
	const struct ohb_end_row *row = ohb_end_row(work->end->class);
	bool judged = work->end->class == OHB_END_ADOPTED ||
			work->end->class == OHB_END_REVALIDATED;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_account_close(work, row->made && !judged ? "ok" : row->name,
			    work->end->reason, &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the ledger: %s", err.msg);
	if ((row->remember || row->refuses) && remember(work, row, &err) < 0)
		ohb_emit_warning(work->build->emitter, work->target->name,
				"the record: %s", err.msg);
}

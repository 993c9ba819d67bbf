#ifndef OHB_BUILD_WORK_H
#define OHB_BUILD_WORK_H

/*
 * One target while it is carried, and what its rooms say to each other:
 * attempt.c goes from stage to end, proof.c looks at what came back, stand.c
 * at what stands on disk, account.c keeps the books.
 */

#include "build/attempt.h"
#include "build/session.h"
#include "build/stage.h"
#include "store/store.h"
#include "validate/judge.h"

/* What a step of a target says to its caller, besides -1 for an error. */
enum ohb_next { OHB_NEXT_ROUND, OHB_NEXT_END };

struct ohb_work {
	struct ohb_build *build;
	const struct ohb_target *target;
	const struct ohb_fact *fact;
	const struct ohb_step *step;
	struct ohb_target_end *end;
	int64_t started_ms; /* monotonic */
	struct ohb_stage stage; /* its arena is for the whole target */
	struct ohb_parts parts; /* of the key, as staged */
	struct ohb_digest key;
	/* Against the record: what it waited for may have changed more than the
	 * plan knew of. */
	const struct ohb_change *changes;
	size_t nchanges;
	struct ohb_purse *purse; /* pays; NULL: nothing is paid for */
	struct ohb_session session; /* open while session.agent is there */
	struct ohb_fileset outputs; /* as collected last */
	struct ohb_fileset base; /* of a merge: what was last written */
	struct ohb_judgement judgement; /* of them */
	bool known; /* it was judged before, under the same validation key */
	/* Lines of the sources that changed since the record. */
	const struct ohb_line_range *changed;
	size_t nchanged;
	struct ohb_attempt row; /* of the ledger, while its id is not 0 */
	int64_t row_ms; /* monotonic, when the row was begun */
	struct ohb_usage before; /* of the session, when last asked */
	double agent_usd; /* what the row's run cost, as the agent counts; 0:
			     it does not know */
	size_t told; /* bytes of the session's events that are kept already */
	struct ohb_str brief; /* the first message */
	struct ohb_str message; /* the next one */
	struct ohb_str feedback; /* what the judge says of the last round */
	struct ohb_digest *refused; /* fingerprints of all refusals */
	size_t nrefused, crefused;
	bool suspects; /* the agent suspects a bug */
	unsigned attempt, infra;
	int64_t step_ms; /* when the present step began */
};

/* work.c: says how the target ends; returns OHB_NEXT_END. */
int ohb_work_end(struct ohb_work *work, enum ohb_end_class class,
		const char *fmt, ...) OHB_PRINTF(3, 4);
/* Reads what is on disk now, and what its key is. */
int ohb_work_stage(struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Events of one step. */
void ohb_work_begin(struct ohb_work *work, const char *step);
void ohb_work_done(struct ohb_work *work, const char *step, int ok,
		const char *text);
void ohb_work_wait(struct ohb_work *work, int64_t wait_ms, const char *text);
int ohb_work_ignored(void *userdata, const char *const *paths, size_t n,
		int *ret_ignored, struct ohb_error *err);
struct ohb_judge_spec ohb_work_judge_spec(
		struct ohb_work *work, const char *name);

/* account.c: a row of the ledger; it knows of the container before there is
 * one. */
int ohb_account_open(struct ohb_work *work, const char *container,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Keeps what the attempt wrote, whatever becomes of it. */
int ohb_account_outputs(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Adds what the session used since it was last asked. */
void ohb_account_usage(struct ohb_work *work);
int ohb_account_close(struct ohb_work *work, const char *class,
		const char *reason, struct ohb_error *err) OHB_MUST_CHECK;
struct ohb_record ohb_account_record(struct ohb_work *work,
		enum ohb_record_status status, const char *class,
		const char *evidence);
/* Names what stands on disk as the record's outputs. */
void ohb_account_name(struct ohb_work *work, struct ohb_record *record);
/* At the end of a target: closes its last row, and remembers a failure with
 * evidence, which is not paid for twice. */
void ohb_account_end(struct ohb_work *work);

/* proof.c: what was written goes into the ledger unseen; if it cannot be had,
 * the target has ended with a better reason already. */
void ohb_proof_keep(struct ohb_work *work);
/* Collects, judges and commits, whatever the agent says of it. */
int ohb_proof_look(struct ohb_work *work, const struct ohb_outcome *outcome,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Judges work->outputs; previous: what of them counts as not written. */
int ohb_proof_judge(struct ohb_work *work, const struct ohb_fileset *previous,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Of what stands on disk and was refused: OHB_NEXT_ROUND when the test is to
 * blame, which is remembered; else no test could pass, and the target has
 * ended. */
int ohb_proof_blame(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Puts work->outputs, which were judged, into the tree and records them. */
int ohb_proof_commit(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Keeps what the test was made of, so that `why` can show what has changed. */
int ohb_proof_inputs(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Whether inputs and outputs on disk are as they were staged: else the
 * target has ended. */
int ohb_proof_unmoved(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;

/* attempt.c: finds out what no test could mend. */
int ohb_work_baseline(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;

/* stand.c: judges what stands on disk and, when it is good, records it as it
 * is. */
int ohb_stand_judge(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Before an agent is asked for its part of a merge: finds the base, and git.
 * Without a base what stands on disk is judged. */
int ohb_stand_prepare(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;
/* Makes one of what stands on disk and the agent's work->outputs, which were
 * judged; judges that and commits. */
int ohb_stand_merge(
		struct ohb_work *work, struct ohb_error *err) OHB_MUST_CHECK;

#endif

#ifndef OHB_STORE_STORE_H
#define OHB_STORE_STORE_H

/*
 * What was true: the record of every target, the ledger of attempts, every
 * version of every output, and the journal of a commit that is under way.
 * Kept in .ohbuild/state.db (SQLite) beneath the project's root.
 *
 * One process writes at a time; it holds a lock on .ohbuild/lock from open
 * to close.  Readers need no lock, never wait for a build, and neither make
 * nor change a file.  A store may be used by many threads at once.
 *
 * A call that changes something has put it on the disk when it returns 0;
 * when it returns -1, or the process dies in it, nothing of it was done.
 * Errors everywhere: OHB_E_STATE (damaged, or of a newer ohbuild), OHB_E_IO.
 * Names of targets and paths are bytes without NUL; times are wall clock
 * milliseconds.  What is loaded lives in the arena that was given; counts
 * and arrays are NULL and 0 when there is nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cancel.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/str.h"
#include "io/fs.h"
#include "store/index.h"

struct ohb_store;

enum ohb_store_mode {
	OHB_STORE_READ, /* no database is an empty store */
	OHB_STORE_WRITE, /* waits while another ohbuild builds here */
	OHB_STORE_NO_WAIT, /* writes, too; fails with OHB_E_BUSY instead */
};

struct ohb_store_options {
	enum ohb_store_mode mode;
	const char *command; /* shown to those who wait: "ohbuild -j 4" */
	struct ohb_cancel *cancel;
	/* Once, before waiting: "ohbuild -j 4 (pid 71, since …)". */
	void (*on_wait)(void *userdata, const char *holder);
	/* A damaged database was put aside and a new one begun. */
	void (*on_warning)(void *userdata, const char *text);
	void *userdata;
};

/* dirfd: the project's root.  Attempts that a killed ohbuild left open are
 * marked as abandoned by the next one that writes. */
int ohb_store_open(int dirfd, const struct ohb_store_options *options,
		struct ohb_store **ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_store_close(struct ohb_store *store); /* NULL is allowed */
bool ohb_store_writes(const struct ohb_store *store);

/*
 * Records: what a target was last made of, and how that went.
 */
struct ohb_record_output {
	const char *path;
	struct ohb_digest digest; /* as ohb_fs_digest */
	mode_t mode;
};

enum ohb_record_status {
	OHB_RECORD_OK,
	OHB_RECORD_FAILED,
	OHB_RECORD_REFUSED, /* what a person wrote, by the judge */
};

struct ohb_record {
	const char *target;
	enum ohb_record_status status;
	struct ohb_digest key;
	const struct ohb_part *parts; /* of the key */
	size_t nparts;
	/* Of a failure: those of the success before it; of a refusal: what
	 * the person wrote. */
	const struct ohb_record_output *outputs;
	size_t noutputs;
	/* Of a failure; of a success only "bug", which the agent suspects in
	 * the source. */
	const char *class;
	struct ohb_digest fingerprint; /* of a failure; else zero */
	const char *evidence; /* a short text about the class */
	const char *model, *image; /* or NULL; image is an id */
	double cost_usd; /* negative: unknown */
	uint64_t tokens_in, tokens_out;
	int64_t started_ms, finished_ms, duration_ms;
	unsigned attempts;
	struct ohb_digest validation_key; /* zero: not judged */
	struct ohb_digest settings; /* of the judge; zero: not known */
	/* Of a failure: the success before it, or NULL.  Its key may be the
	 * present one again when somebody took a change back. */
	const struct ohb_record *good;
};

/* All of them, sorted by target (bytes). */
int ohb_record_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_record **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_record_find(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, struct ohb_record *ret,
		struct ohb_error *err) OHB_MUST_CHECK; /* 1, 0, -1 */
/* The latest refusal of each target, in the same order; they stand beside
 * the records, until a success takes their place. */
int ohb_record_load_refused(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_record **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;
/* A record whose files are in place already, or of a failure (whose outputs
 * and `good` are not looked at: the success before it stays known), or of a
 * refusal. */
int ohb_record_save(struct ohb_store *store, const struct ohb_record *record,
		struct ohb_error *err) OHB_MUST_CHECK;

/* The same for many, in one transaction. */
int ohb_record_save_all(struct ohb_store *store,
		const struct ohb_record *records, size_t n,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Names: what a digest, which is this machine's, is called by everybody.
 * Can be lost at any time: what is still there can be read again.
 */
struct ohb_content {
	unsigned mode; /* as git: OHB_CONTENT_FILE, …, or of no file */
	struct ohb_sha256 sha; /* of the bytes, or of a link's target */
};

#define OHB_CONTENT_ABSENT 0u /* an input that is not there; sha is zero */
#define OHB_CONTENT_TEXT 1u /* a part of a key that is no file */
#define OHB_CONTENT_FILE 0100644u
#define OHB_CONTENT_PROGRAM 0100755u
#define OHB_CONTENT_LINK 0120000u

struct ohb_name {
	struct ohb_digest digest; /* of a file: as ohb_fs_digest */
	struct ohb_content content;
};

bool ohb_content_eq(const struct ohb_content *a, const struct ohb_content *b);
/* Of a file or a link, from its bytes. */
struct ohb_name ohb_name_of(enum ohb_fs_kind kind, mode_t mode,
		const void *data, size_t len);
/* All of them, sorted by digest. */
int ohb_name_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_name **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;
/* In one transaction; nothing when the store only reads. */
int ohb_name_save(struct ohb_store *store, const struct ohb_name *names,
		size_t n, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Verdicts of the judge, by the validation key.  Can be lost at any time: the
 * latest OHB_VERDICTS are kept.
 */
#define OHB_VERDICTS 4096

int ohb_verdict_find(struct ohb_store *store, const struct ohb_digest *key,
		struct ohb_str *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* 1, 0, -1 */
/* Takes the place of an earlier one; nothing when the store only reads. */
int ohb_verdict_save(struct ohb_store *store, const struct ohb_digest *key,
		const char *report, int64_t now_ms,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Blobs, named by ohb_digest_of their bytes.
 */
int ohb_blob_add(struct ohb_store *store, const void *data, size_t len,
		struct ohb_digest *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Appends the bytes to out: 1, 0 (no such blob), -1. */
int ohb_blob_find(struct ohb_store *store, const struct ohb_digest *digest,
		struct ohb_str *out, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Versions: everything that ever stood in an output, so that it comes back.
 */
enum ohb_origin { OHB_BY_AGENT, OHB_BY_PERSON };

struct ohb_version {
	const char *target, *path;
	struct ohb_digest blob; /* there already */
	mode_t mode;
	enum ohb_origin origin;
	int64_t written_ms;
};

/* All or none of them. */
int ohb_version_add(struct ohb_store *store, const struct ohb_version *versions,
		size_t n, struct ohb_error *err) OHB_MUST_CHECK;
/* Those of a target, newest first. */
int ohb_version_load(struct ohb_store *store, const char *target,
		struct ohb_arena *arena, const struct ohb_version **ret,
		size_t *ret_n, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Commit: outputs and record change together or not at all.
 *
 *   write temporary files, begin, rename each, end
 *
 * `begin` notes the renames and the record that will hold; `end` makes that
 * record the target's.  Killed between the two, the next ohbuild finds the
 * commit by `load`: when every path holds its new digest, or its temporary
 * file does, it renames what is left and calls `end` (nothing is paid
 * twice); otherwise it puts back what it can and calls `drop`.
 */
struct ohb_rename {
	const char *path, *temp;
	struct ohb_digest digest; /* of the new file, as ohb_fs_digest */
	mode_t mode;
	bool had_old;
	struct ohb_digest old_digest; /* as ohb_fs_digest */
	struct ohb_digest old_blob; /* its bytes are in the blobs */
};

struct ohb_commit {
	struct ohb_record record; /* its target is the commit's */
	bool files_only; /* the target's records stay as they are; of record
			    only the target is looked at */
	const struct ohb_rename *renames;
	size_t nrenames;
	const struct ohb_version *versions; /* written down by begin; not
					       loaded */
	size_t nversions;
};

int ohb_commit_begin(struct ohb_store *store, const struct ohb_commit *commit,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_commit_end(struct ohb_store *store, const char *target,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_commit_drop(struct ohb_store *store, const char *target,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Those that were begun and neither ended nor dropped. */
int ohb_commit_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_commit **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * The ledger: every attempt, what it cost and how it ended.
 */
enum ohb_attempt_state {
	OHB_ATTEMPT_OPEN,
	OHB_ATTEMPT_ENDED,
	OHB_ATTEMPT_ABANDONED, /* its ohbuild died: counts as never made */
};

struct ohb_written { /* by an attempt, into its sandbox */
	const char *path;
	struct ohb_digest blob; /* there already */
};

struct ohb_traffic { /* with one model: all that was asked, summed up */
	const char *model, *base_url;
	struct ohb_digest key; /* as ohb_traffic_key; zero: none was sent */
	uint64_t requests; /* sent */
	uint64_t answers; /* a model's; the rest was refused or lost */
	int64_t latency_ms; /* of the answers, together */
	uint64_t tokens_in, tokens_cached, tokens_out;
	double cost_usd; /* negative: unknown */
	int64_t answered_ms; /* the last of them; 0: none */
};

struct ohb_attempt {
	int64_t id; /* of the row */
	/* known at its start, before there is a container */
	const char *run; /* id of the build */
	const char *target;
	unsigned number; /* from 1, in its run; 0: judged without an agent */
	const char *container; /* name, or NULL */
	const char *owner; /* ohb_owner_self */
	int64_t started_ms;
	/* known at its end */
	enum ohb_attempt_state state;
	const char *class, *reason; /* or NULL */
	struct ohb_digest fingerprint; /* zero: none */
	const char *model; /* or NULL */
	double cost_usd; /* negative: unknown; abandoned: at most */
	uint64_t tokens_in, tokens_out; /* abandoned: at least */
	int64_t ended_ms, duration_ms;
	const char *findings; /* the judge's text, or NULL */
	struct ohb_digest trajectory, prompt; /* blobs; zero: none */
	const struct ohb_written *written; /* declared outputs, sorted */
	size_t nwritten;
	const struct ohb_traffic *traffic; /* not loaded */
	size_t ntraffic;
};

struct ohb_attempts {
	const struct ohb_attempt *items;
	size_t count;
};

/* Looks at the first half; *ret_id is for ohb_attempt_end. */
int ohb_attempt_add(struct ohb_store *store, const struct ohb_attempt *attempt,
		int64_t *ret_id, struct ohb_error *err) OHB_MUST_CHECK;
/* Looks at id and the second half (not at state). */
int ohb_attempt_end(struct ohb_store *store, const struct ohb_attempt *attempt,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Newest first, at most max of them (0: all). */
int ohb_attempt_load(struct ohb_store *store, const char *target, size_t max,
		struct ohb_arena *arena, struct ohb_attempts *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Spending: what a build has paid for a target, a row for each day (UTC).  A
 * row that is open says what it may come to at most, and is there before the
 * first request is sent; the requests in it may be more by now.  When its
 * ohbuild dies, that is what counts.
 */
struct ohb_spend {
	const char *run, *target;
	int64_t day; /* since the epoch */
	bool open;
	int64_t nano_usd; /* 1e-9 USD; of those whose price is known */
	bool unknown; /* the price of some is not */
	uint64_t requests, tokens_in, tokens_cached, tokens_out;
};

/* In the place of the same run's, target's and day's. */
int ohb_spend_save(struct ohb_store *store, const struct ohb_spend *spend,
		struct ohb_error *err) OHB_MUST_CHECK;
/* All that was, or may have been, spent on that day. */
int ohb_spend_day(struct ohb_store *store, int64_t day, int64_t *ret_nano_usd,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Traffic: what models were asked and how they answered.  That of attempts
 * comes in with them; this adds what was asked to try them.
 */
int ohb_traffic_add(struct ohb_store *store, const struct ohb_traffic *traffic,
		size_t n, struct ohb_error *err) OHB_MUST_CHECK;
/* What a provider's key is called here: a digest with a secret of this store
 * in it, of no use anywhere else. */
int ohb_traffic_key(struct ohb_store *store, const char *key, size_t len,
		struct ohb_digest *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* Whether a model answered with this key at or after since_ms: 1, 0, -1. */
int ohb_traffic_answered(struct ohb_store *store,
		const struct ohb_traffic *like, int64_t since_ms,
		struct ohb_error *err) OHB_MUST_CHECK;

/* How a model has done, from its latest OHB_MEASURED_RUNS attempts. */
#define OHB_MEASURED_RUNS 200

struct ohb_measure {
	const char *model;
	/* Attempts that it was the last to answer in and that were not cut
	 * short, and how many of them made a test. */
	uint64_t attempts, made;
	int64_t duration_ms; /* of these attempts, together */
	uint64_t requests, answers;
	int64_t latency_ms; /* of the answers, together */
	uint64_t tokens_in, tokens_cached, tokens_out;
	double cost_usd; /* of all attempts whose price is known */
	uint64_t priced; /* these */
	int64_t answered_ms;
};

/* Sorted by model; those that were never asked are not there. */
int ohb_measure_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_measure **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Runs: what a build has spent on a target, with all its attempts.  What was
 * cut short (interrupted, or by engine, network, configuration) is left out:
 * it says nothing of what a run takes.
 */
struct ohb_run {
	const char *target;
	int64_t duration_ms;
	double cost_usd; /* negative: unknown */
	bool whole; /* its first attempt was seen; true */
};

struct ohb_runs {
	const struct ohb_run *items;
	size_t count;
};

/* Newest first, of a target or (NULL) of all; looks at the latest max
 * attempts (0: all of them). */
int ohb_run_load(struct ohb_store *store, const char *target, size_t max,
		struct ohb_arena *arena, struct ohb_runs *ret,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * The stat cache saves reading a file again.  Content decides: an entry is
 * believed only when device, inode, size, mode and both times are what they
 * were, and is kept only when the file had rested before it was read, so
 * that a later write cannot bear the same times.  "Now" is the time of a
 * file just written beside the database, never a clock.  Kept in
 * .ohbuild/index (index.h); can be lost at any time: it is made again.
 *
 * One look at a project: what a path is stays the same until the next open.
 */
struct ohb_stats;

/* What the database is now; see ohb_index_base. */
int ohb_store_base(struct ohb_store *store,
		struct ohb_index_base *ret) OHB_MUST_CHECK;
/* A store has one at a time: this ends the one before.  Works on a store that
 * only reads. */
struct ohb_stats *ohb_stats_open(struct ohb_store *store);
/* The one that was opened last; NULL before that. */
struct ohb_stats *ohb_stats_of(struct ohb_store *store);
/* What stands at the path, and the digest that ohb_fs_digest would give it;
 * the digest is set for files and links only. */
int ohb_stats_look(struct ohb_stats *stats, int dirfd, const char *path,
		enum ohb_fs_kind *ret_kind, struct ohb_digest *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Looks at many at once, which is faster; paths may come twice. */
void ohb_stats_prepare(struct ohb_stats *stats, int dirfd,
		const char *const *paths, size_t n);
/* Notes what somebody else saw; -1 when a look saw something else. */
int ohb_stats_note(struct ohb_stats *stats, const char *path,
		enum ohb_seen seen, enum ohb_fs_kind kind) OHB_MUST_CHECK;
/* Notes who has it as a source or output: an OHB_OWNER, or OHB_OWNER_MANY for
 * any other use. */
void ohb_stats_own(struct ohb_stats *stats, const char *path, uint32_t owner,
		bool output);
/* Puts what was looked at, and nothing else, in the place of what was known,
 * with what was decided from it (NULL: nothing).  Nothing when the store only
 * reads or all is known. */
int ohb_stats_save(struct ohb_stats *stats, const struct ohb_picture *picture,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Whether what stands at the path now (also nothing) has not changed since
 * the look was opened; false when that cannot be known. */
bool ohb_stats_rested(
		const struct ohb_stats *stats, int dirfd, const char *path);
/* How many files had to be read, and may be known next time. */
size_t ohb_stats_learnt(const struct ohb_stats *stats);
void ohb_stats_free(struct ohb_stats *stats); /* NULL is allowed */

/*
 * What a depfile command said of a target's inputs, and the digest of all
 * that the answer rests on: what it says is true again when the digest is.
 */
struct ohb_depfile_answer {
	const char *target;
	struct ohb_digest digest;
	const char *const *paths;
	size_t npaths;
};

/* Adds all of them to a map: target -> struct ohb_depfile_answer. */
int ohb_depfile_load(struct ohb_store *store, struct ohb_arena *arena,
		struct ohb_map *ret, struct ohb_error *err) OHB_MUST_CHECK;
/* In the place of those of the same targets; nothing when the store only
 * reads. */
int ohb_depfile_save(struct ohb_store *store,
		const struct ohb_depfile_answer *answers, size_t n,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Breakers that are open: models that failed again and again and are not
 * asked for a while.  Nothing is kept of those that work.
 */
struct ohb_breaker_row {
	const char *model, *base_url;
	int64_t opened_ms; /* since when */
	int64_t until_ms; /* then one request may try it */
	unsigned openings; /* in a row */
	const char *reason; /* what it said last, one line */
};

/* Sorted by model and address. */
int ohb_breaker_load(struct ohb_store *store, struct ohb_arena *arena,
		const struct ohb_breaker_row **ret, size_t *ret_n,
		struct ohb_error *err) OHB_MUST_CHECK;
/* In the place of the one of the same model and address; nothing when the
 * store only reads. */
int ohb_breaker_save(struct ohb_store *store, const struct ohb_breaker_row *row,
		struct ohb_error *err) OHB_MUST_CHECK;
int ohb_breaker_drop(struct ohb_store *store, const char *model,
		const char *base_url, struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Small facts about the store itself, as text.
 */
int ohb_meta_find(struct ohb_store *store, const char *name,
		struct ohb_str *out,
		struct ohb_error *err) OHB_MUST_CHECK; /* 1, 0, -1 */
int ohb_meta_save(struct ohb_store *store, const char *name, const char *text,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif

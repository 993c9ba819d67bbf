#ifndef OHB_BUILD_DOCTOR_H
#define OHB_BUILD_DOCTOR_H

/*
 * Looks whether a build could run here.  Every check is made, whatever the
 * others find; engine, models and machine at the same time; and all of it
 * ends after OHB_DOCTOR_MS, when what has not been found out is said.
 *
 * doctor.c has the list and the time; doctor_host.c, doctor_sandbox.c and
 * doctor_models.c the checks.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "base/cancel.h"
#include "project/graph.h"
#include "store/store.h"
#include "text/redact.h"

#define OHB_DOCTOR_MS ((int64_t)180 * 1000)

enum ohb_found {
	OHB_FOUND_OK,
	OHB_FOUND_WARNING, /* a build could run all the same */
	OHB_FOUND_WRONG, /* it could not, for what the user wrote or set */
	OHB_FOUND_FAULT, /* it could not, for another reason */
	OHB_FOUND_NOTHING, /* not looked at */
};

struct ohb_finding {
	const char *check; /* "engine", "key" */
	enum ohb_found found;
	char *text;
	char *cure; /* what to do or type; or NULL */
};

struct ohb_findings {
	struct ohb_finding *items;
	size_t count, cap;
};

struct ohb_doctor_options {
	const char *root;
	int dirfd; /* of root */
	const struct ohb_config *config; /* NULL: could not be read */
	const struct ohb_graph *graph; /* likewise */
	const struct ohb_files *files;
	const char *trouble; /* why it could not be read */
	struct ohb_store *store; /* NULL: what is asked is not counted */
	bool asks; /* a tiny request for each model */
	struct ohb_cancel *cancel;
};

/* 0 when it was looked, whatever was found; -1 for Ctrl-C. */
int ohb_doctor_run(const struct ohb_doctor_options *options,
		struct ohb_findings *ret, struct ohb_error *err) OHB_MUST_CHECK;
void ohb_findings_release(struct ohb_findings *findings);

/* --- between the files of this room --- */

/* One of the things that are looked at beside each other. */
struct ohb_exam {
	const struct ohb_doctor_options *options;
	const char *check; /* said when time is up */
	void (*look)(struct ohb_exam *exam);
	struct ohb_cancel cancel; /* raised when time is up, too */
	struct ohb_findings findings;
	struct ohb_redact redact; /* keys that were loaded */
	int64_t ahead_ms; /* our clock, of a provider's */
	bool dated; /* ahead_ms is known */
	pthread_t thread;
	bool threaded;
	bool late; /* it was not done in time */
	atomic_bool done;
};

void ohb_exam_host(struct ohb_exam *exam);
void ohb_exam_sandbox(struct ohb_exam *exam);
void ohb_exam_models(struct ohb_exam *exam);

/* cure: NULL, or what is copied. */
void ohb_find(struct ohb_exam *exam, const char *check, enum ohb_found found,
		const char *cure, const char *fmt, ...) OHB_PRINTF(5, 6);

#endif

#ifndef OHB_BUILD_EMIT_H
#define OHB_BUILD_EMIT_H

/*
 * From every thread to the sink: one event at a time, stamped with the time,
 * free of secrets.
 */

#include <pthread.h>

#include "ohbuild/error.h"
#include "ohbuild/event.h"
#include "text/redact.h"

struct ohb_emitter {
	pthread_mutex_t lock;
	ohb_event_fn *sink;
	void *userdata;
	const struct ohb_redact *redact; /* NULL: there are no secrets yet */
};

void ohb_emitter_init(struct ohb_emitter *emitter, ohb_event_fn *sink,
		void *userdata);
void ohb_emitter_release(struct ohb_emitter *emitter);
void ohb_emit(struct ohb_emitter *emitter, const struct ohb_event *event);
void ohb_emit_warning(struct ohb_emitter *emitter, const char *target,
		const char *fmt, ...) OHB_PRINTF(3, 4);

#endif

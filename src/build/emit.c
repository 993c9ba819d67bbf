#include "build/emit.h"

#include "base/memory.h"
#include "base/str.h"
#include "io/clock.h"

void ohb_emitter_init(
		struct ohb_emitter *emitter, ohb_event_fn *sink, void *userdata)
{
	*emitter = (struct ohb_emitter){ .sink = sink, .userdata = userdata };
	(void)pthread_mutex_init(&emitter->lock, NULL);
}

void ohb_emitter_release(struct ohb_emitter *emitter)
{
	(void)pthread_mutex_destroy(&emitter->lock);
}

void ohb_emit(struct ohb_emitter *emitter, const struct ohb_event *event)
{
	struct ohb_event copy = *event;
	ohb_autostr text = OHB_STR_INIT;

	if (!emitter->sink)
		return;
	copy.time_ms = ohb_clock_wall_ms();
	if (event->text && emitter->redact) {
		ohb_str_adds(&text, event->text);
		if (ohb_redact_apply(emitter->redact, &text))
			copy.text = text.data;
	}
	(void)pthread_mutex_lock(&emitter->lock);
	emitter->sink(emitter->userdata, &copy);
	(void)pthread_mutex_unlock(&emitter->lock);
}

void ohb_emit_warning(struct ohb_emitter *emitter, const char *target,
		const char *fmt, ...)
{
	ohb_autostr text = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	ohb_emit(emitter,
			&(struct ohb_event){
					.type = OHB_EV_WARNING,
					.target = target,
					.text = ohb_str_cstr(&text),
					.cost_usd = -1,
			});
}

const char *ohb_event_name(enum ohb_event_type type)
{
	static const char *const names[] = {
		[OHB_EV_BUILD_STARTED] = "build_started",
		[OHB_EV_TARGET_QUEUED] = "target_queued",
		[OHB_EV_TARGET_STARTED] = "target_started",
		[OHB_EV_STEP_STARTED] = "step_started",
		[OHB_EV_STEP_ENDED] = "step_ended",
		[OHB_EV_AGENT] = "agent",
		[OHB_EV_WAIT] = "wait",
		[OHB_EV_USAGE] = "usage",
		[OHB_EV_ATTEMPT_ENDED] = "attempt_ended",
		[OHB_EV_TARGET_ENDED] = "target_ended",
		[OHB_EV_WARNING] = "warning",
		[OHB_EV_BUILD_ENDED] = "build_ended",
	};

	return names[type];
}

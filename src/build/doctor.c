#include "build/doctor.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/wait.h"

#define TICK_MS 20
#define SKEW_MS ((int64_t)60 * 1000)

void ohb_find(struct ohb_exam *exam, const char *check, enum ohb_found found,
		const char *cure, const char *fmt, ...)
{
	struct ohb_findings *all = &exam->findings;
	struct ohb_finding *item = ohb_grow(
			&all->items, &all->cap, all->count, sizeof(*item));
	ohb_autostr text = OHB_STR_INIT;
	va_list args;

	va_start(args, fmt);
	ohb_str_addv(&text, fmt, args);
	va_end(args);
	*item = (struct ohb_finding){
		.check = check,
		.found = found,
		.text = ohb_str_take(&text),
		.cure = cure ? ohb_strdup(cure) : NULL,
	};
	all->count++;
}

void ohb_findings_release(struct ohb_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		free(findings->items[i].text);
		free(findings->items[i].cure);
	}
	free(findings->items);
	*findings = (struct ohb_findings){ .count = 0 };
}

static void *work(void *argument)
{
	struct ohb_exam *exam = argument;

	exam->look(exam);
	atomic_store(&exam->done, true);
	return NULL;
}

static bool all_done(struct ohb_exam *exams, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!atomic_load(&exams[i].done))
			return false;
	return true;
}

/* Twice: then what cleans up hurries as well. */
static void hurry(struct ohb_exam *exams, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ohb_cancel_raise(&exams[i].cancel);
		ohb_cancel_raise(&exams[i].cancel);
	}
}

static void wait_for(
		struct ohb_exam *exams, size_t n, struct ohb_cancel *cancel)
{
	const int64_t end_ms = ohb_clock_mono_ms() + OHB_DOCTOR_MS;
	struct ohb_error err = OHB_ERROR_INIT;
	size_t i;

	while (!all_done(exams, n) && ohb_clock_mono_ms() < end_ms &&
			ohb_wait_ms(cancel, TICK_MS, &err) == 0)
		continue;
	for (i = 0; i < n; i++)
		exams[i].late = !atomic_load(&exams[i].done);
	hurry(exams, n);
}

/* A clock that is wrong makes certificates invalid and files look changed. */
static void look_at_clock(struct ohb_exam *models)
{
	const int64_t ahead_s = models->ahead_ms / 1000;

	if (!models->dated)
		ohb_find(models, "clock", OHB_FOUND_NOTHING, NULL,
				"no provider told the time");
	else if (llabs(models->ahead_ms) <= SKEW_MS)
		ohb_find(models, "clock", OHB_FOUND_OK, NULL,
				"as that of the models' provider");
	else
		ohb_find(models, "clock", OHB_FOUND_WARNING,
				"set it: 'sudo timedatectl set-ntp true'",
				"%lld s %s that of the models' provider",
				(long long)llabs(ahead_s),
				ahead_s > 0 ? "ahead of" : "behind");
}

static void collect(struct ohb_exam *exam, const struct ohb_redact *redact,
		struct ohb_findings *ret)
{
	size_t i;

	for (i = 0; i < exam->findings.count; i++) {
		struct ohb_finding *item = ohb_grow(&ret->items, &ret->cap,
				ret->count++, sizeof(*item));
		ohb_autostr text = OHB_STR_INIT;

		*item = exam->findings.items[i];
		ohb_str_adds(&text, item->text);
		ohb_redact_apply(redact, &text);
		free(item->text);
		item->text = ohb_str_take(&text);
	}
	free(exam->findings.items);
}

int ohb_doctor_run(const struct ohb_doctor_options *options,
		struct ohb_findings *ret, struct ohb_error *err)
{
	struct ohb_exam exams[] = {
		{ .check = "project", .look = ohb_exam_host },
		{ .check = "sandbox", .look = ohb_exam_sandbox },
		{ .check = "model", .look = ohb_exam_models },
	};
	enum { HOST, SANDBOX, MODELS, COUNT };
	size_t i;

	for (i = 0; i < COUNT; i++) {
		exams[i].options = options;
		if (ohb_cancel_init(&exams[i].cancel, err) < 0)
			return -1;
	}
	for (i = 0; i < COUNT; i++) {
		exams[i].threaded = pthread_create(&exams[i].thread, NULL, work,
						    &exams[i]) == 0;
		if (!exams[i].threaded)
			(void)work(&exams[i]);
	}
	wait_for(exams, COUNT, options->cancel);
	for (i = 0; i < COUNT; i++) {
		if (exams[i].threaded)
			(void)pthread_join(exams[i].thread, NULL);
		if (exams[i].late)
			ohb_find(&exams[i], exams[i].check, OHB_FOUND_FAULT,
					NULL, "no end after %lld s",
					(long long)(OHB_DOCTOR_MS / 1000));
	}
	look_at_clock(&exams[MODELS]);
	for (i = 0; i < COUNT; i++) {
		collect(&exams[i], &exams[MODELS].redact, ret);
		ohb_cancel_release(&exams[i].cancel);
	}
	ohb_redact_release(&exams[MODELS].redact);
	return ohb_cancel_level(options->cancel) ?
			ohb_fail(err, OHB_E_CANCELLED, "interrupted") :
			0;
}

#ifndef OHB_REPORT_TTY_H
#define OHB_REPORT_TTY_H

/*
 * Progress on a terminal: one live line a running target above a summary
 * line; what is finished scrolls by above them.  The sink only updates the
 * picture; a thread draws it, at most ten times a second, and once a second
 * for the clock.
 */

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ohbuild/event.h"
#include "report/plain.h"

struct ohb_tty;

struct ohb_tty_options {
	FILE *out;
	int fd; /* its size is asked for at each drawing; -1: as below */
	unsigned columns, lines;
	enum ohb_detail detail; /* of what scrolls by */
	bool colors;
	/* Above 0 when a Ctrl-C came; may be NULL. */
	const volatile sig_atomic_t *stopping;
};

struct ohb_tty *ohb_tty_new(const struct ohb_tty_options *options);
/* Starts the drawing thread; without it somebody calls ohb_tty_draw. */
int ohb_tty_start(struct ohb_tty *tty, struct ohb_error *err) OHB_MUST_CHECK;
/* Ends the thread, takes the live lines away, shows the cursor; NULL allowed. */
void ohb_tty_free(struct ohb_tty *tty);

/* An ohb_event_fn; userdata is a struct ohb_tty. */
void ohb_tty_event(void *userdata, const struct ohb_event *event);
void ohb_tty_draw(struct ohb_tty *tty, int64_t now_ms);

/* Shows the cursor on fd if it is hidden.  Async-signal-safe. */
void ohb_tty_restore(int fd);

#endif

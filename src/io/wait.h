#ifndef OHB_IO_WAIT_H
#define OHB_IO_WAIT_H

/* The cancel token's life, and the one function that sleeps. */

#include <stdint.h>

#include "base/cancel.h"
#include "ohbuild/error.h"

int ohb_cancel_init(struct ohb_cancel *cancel,
		struct ohb_error *err) OHB_MUST_CHECK;
/* A child: also raised whenever its parent is, which must outlive it. */
int ohb_cancel_init_child(struct ohb_cancel *cancel,
		const struct ohb_cancel *parent,
		struct ohb_error *err) OHB_MUST_CHECK;
void ohb_cancel_release(struct ohb_cancel *cancel);
/* Raises the level by one, to at most 2.  Async-signal-safe. */
void ohb_cancel_raise(struct ohb_cancel *cancel);

/* Sleeps for ms milliseconds.  Fails with OHB_E_CANCELLED as soon as the
 * token (NULL: none) is at 1 or above. */
int ohb_wait_ms(struct ohb_cancel *cancel, int64_t ms,
		struct ohb_error *err) OHB_MUST_CHECK;
/*
 * Waits until fd is ready for events (POLLIN, POLLOUT) at most ms
 * milliseconds (-1: for ever).  Returns 1 ready, 0 time passed, -1 cancelled
 * or failed.
 */
int ohb_wait_fd(struct ohb_cancel *cancel, int fd, short events, int64_t ms,
		struct ohb_error *err) OHB_MUST_CHECK;

#endif

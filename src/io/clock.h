#ifndef OHB_IO_CLOCK_H
#define OHB_IO_CLOCK_H

#include <stdint.h>

#include "base/secret.h"

/* For durations: never goes back, not comparable between boots. */
int64_t ohb_clock_mono_ms(void);
/* For people and records: milliseconds since the epoch, UTC. */
int64_t ohb_clock_wall_ms(void);

#define OHB_TIME_TEXT 32
/* "2026-11-22T18:40:01Z"; returns text. */
const char *ohb_clock_format(int64_t wall_ms, char text[OHB_TIME_TEXT]);

/* Fills data with bytes nobody can guess. */
void ohb_random(void *data, unsigned long len);
/* 128 of such bits, as hex digits.  The caller frees. */
struct ohb_secret *ohb_random_secret(void);

#endif

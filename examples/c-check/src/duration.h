#ifndef PACE_DURATION_H
#define PACE_DURATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Durations as people write them: numbers with the units d, h, m, s, ms, the
 * larger unit first, each at most once: "1h30m", "250ms", "2d".
 */

/*
 * Reads a duration into *ms, in milliseconds.  Returns 0, or -1 with errno
 * EINVAL (not a duration) or ERANGE (larger than UINT64_MAX milliseconds);
 * *ms is then left alone.
 */
int duration_parse(const char *text, uint64_t *ms);

/*
 * Writes ms in its shortest form, leaving out units that are zero; zero is
 * "0s".  Returns the length, or -1 when it does not fit into size bytes
 * together with its final NUL; buf is then the empty string, if size is not 0.
 */
int duration_format(uint64_t ms, char *buf, size_t size);

#endif

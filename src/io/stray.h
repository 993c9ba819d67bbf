#ifndef OHB_IO_STRAY_H
#define OHB_IO_STRAY_H

/*
 * Processes that a program of ours left behind and that left its group:
 * daemons, terminal multiplexers.  They are known by a variable of their
 * environment, which children inherit.
 */

#include <stddef.h>

/* Kills every process whose environment has a "NAME=value" that begins with
 * `mark`, until there is none; at most so many rounds as make sense.  Returns
 * how many were killed.  Processes whose environment we may not read are not
 * ours. */
size_t ohb_stray_kill(const char *mark);

#endif

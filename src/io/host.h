#ifndef OHB_IO_HOST_H
#define OHB_IO_HOST_H

/* This machine on the network. */

#include <stdbool.h>
#include <stddef.h>

#include "ohbuild/error.h"

/* Whether a numeric address is one of ours. */
bool ohb_host_has_address(const char *address);

/*
 * TCP ports that something listens on at all addresses, or at others than
 * 127.0.0.1 and ::1: sorted, at most max of them; their number.
 */
size_t ohb_host_listeners(unsigned *ports, size_t max);
/* The same of one of the kernel's tables, in the form of /proc/net/tcp and
 * tcp6: adds to the n that are there, and returns their number.  Lines that
 * make no sense count as none. */
size_t ohb_host_read_listeners(
		const char *table, unsigned *ports, size_t n, size_t max);

/* A TCP port of 127.0.0.1 that nobody listens on at this moment. */
int ohb_host_free_port(unsigned *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif

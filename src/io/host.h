#ifndef OHB_IO_HOST_H
#define OHB_IO_HOST_H

/* This machine on the network. */

#include <stdbool.h>

#include "ohbuild/error.h"

/* Whether a numeric address is one of ours. */
bool ohb_host_has_address(const char *address);

/* A TCP port of 127.0.0.1 that nobody listens on at this moment. */
int ohb_host_free_port(unsigned *ret, struct ohb_error *err) OHB_MUST_CHECK;

#endif

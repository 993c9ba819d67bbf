#ifndef OHB_GATEWAY_MICROHTTPD_H
#define OHB_GATEWAY_MICROHTTPD_H

/* What is called of libmicrohttpd: see io/library.h. */

#include <microhttpd.h>

#include "io/library.h"

#define OHB_MICROHTTPD_FUNCTIONS(X)           \
	X(MHD, add_response_header)           \
	X(MHD, create_response_from_buffer)   \
	X(MHD, create_response_from_callback) \
	X(MHD, destroy_response)              \
	X(MHD, get_daemon_info)               \
	X(MHD, lookup_connection_value)       \
	X(MHD, queue_response)                \
	X(MHD, set_connection_option)         \
	X(MHD, start_daemon)                  \
	X(MHD, stop_daemon)

struct ohb_microhttpd {
	OHB_MICROHTTPD_FUNCTIONS(OHB_LIBRARY_POINTER)
};

#endif

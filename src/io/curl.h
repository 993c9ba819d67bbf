#ifndef OHB_IO_CURL_H
#define OHB_IO_CURL_H

/* What is called of libcurl: see io/library.h. */

#include <curl/curl.h>

#include "io/library.h"

#define OHB_CURL_FUNCTIONS(X)        \
	X(curl, easy_cleanup)        \
	X(curl, easy_getinfo)        \
	X(curl, easy_init)           \
	X(curl, easy_setopt)         \
	X(curl, easy_strerror)       \
	X(curl, free)                \
	X(curl, global_init)         \
	X(curl, multi_add_handle)    \
	X(curl, multi_cleanup)       \
	X(curl, multi_info_read)     \
	X(curl, multi_init)          \
	X(curl, multi_perform)       \
	X(curl, multi_poll)          \
	X(curl, multi_remove_handle) \
	X(curl, multi_strerror)      \
	X(curl, slist_append)        \
	X(curl, slist_free_all)      \
	X(curl, url)                 \
	X(curl, url_cleanup)         \
	X(curl, url_get)             \
	X(curl, url_set)

struct ohb_curl {
	OHB_CURL_FUNCTIONS(OHB_LIBRARY_POINTER)
};

#endif

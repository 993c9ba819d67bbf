#ifndef OHB_IO_HTTP_H
#define OHB_IO_HTTP_H

/*
 * HTTP requests by libcurl, which is loaded with the first one.  One call, one
 * request, on the caller's thread; every wait watches the cancel token.  No
 * redirects are followed.  No proxy is used for unix sockets and loopback;
 * else the usual environment counts.  SIGPIPE is ignored from the first
 * request on, unless it has a handler.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/secret.h"
#include "base/str.h"

struct ohb_http_request {
	const char *method; /* "GET", "POST", "PUT", "DELETE", "HEAD" */
	const char *url;
	const char *unix_socket; /* NULL: TCP */
	const char *ca_file, *cert_file, *key_file; /* NULL: defaults */
	const char *const
			*headers; /* "Name: value", NULL-terminated, or NULL */
	const struct ohb_secret *bearer; /* "Authorization: Bearer …" */
	const struct ohb_secret *api_key; /* "x-api-key: …" */
	const void *body; /* NULL: none */
	size_t body_len;
	int64_t timeout_ms; /* the whole exchange; 0: none */
	int64_t connect_timeout_ms; /* 0: 10 s */
	int64_t idle_timeout_ms; /* no byte for so long; 0: none */
	size_t max_body; /* of the response; 0: OHB_MAX_HTTP_BODY */
	bool stubborn; /* only level 2 of the token cancels it */
	/* When set, a 2xx body goes here instead of the response, however
	 * long; return -1 to end the transfer early, which is then success. */
	int (*on_body)(void *userdata, const char *data, size_t len);
	/* About twice a second; false: its time has passed, OHB_E_TIMEOUT.
	 * NULL: no. */
	bool (*on_tick)(void *userdata);
	void *userdata;
};

struct ohb_http_response {
	int status;
	struct ohb_str headers; /* as they came, lines end in \r\n */
	struct ohb_str body;
};

#define OHB_HTTP_RESPONSE_INIT                                             \
	{                                                                  \
		.status = 0, .headers = OHB_STR_INIT, .body = OHB_STR_INIT \
	}

/*
 * Any status is success.  Fails with OHB_E_CONNECT (refused, no such socket,
 * name not found), OHB_E_TIMEOUT, OHB_E_CANCELLED, OHB_E_LIMIT,
 * OHB_E_PROTOCOL (cut in the middle), OHB_E_INFRA (no libcurl).  No permission on a unix socket is
 * OHB_E_IO with the text "Permission denied" in the message.
 */
int ohb_http_do(const struct ohb_http_request *request,
		struct ohb_cancel *cancel, struct ohb_http_response *ret,
		struct ohb_error *err) OHB_MUST_CHECK;
/* Appends the value of the last header of that name (any case), trimmed; 1
 * found, 0 not. */
int ohb_http_header(const struct ohb_http_response *response, const char *name,
		struct ohb_str *out);
void ohb_http_response_release(struct ohb_http_response *response);
#define ohb_autohttp            \
	__attribute__((cleanup( \
			ohb_http_response_release))) struct ohb_http_response

/* Loads libcurl; OHB_E_INFRA when it is not there. */
int ohb_http_load(struct ohb_error *err) OHB_MUST_CHECK;

/* Percent-encodes for a path segment or a query value. */
void ohb_http_escape(struct ohb_str *out, const char *text, size_t len);

#endif

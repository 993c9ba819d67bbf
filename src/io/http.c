#include "io/http.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/curl.h"

/* One exchange, from the making of its handle to its end. */
#define TICK_MS 500

struct exchange {
	const struct ohb_http_request *request;
	struct ohb_http_response response;
	size_t max_body;
	int64_t last_ms; /* when the last byte came or went */
	int64_t ticked_ms;
	curl_off_t sent;
	bool head_ended; /* by an empty line */
	bool ended_early; /* by on_body */
	bool too_large; /* more than max_body or OHB_MAX_HTTP_HEADERS */
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	char why[CURL_ERROR_SIZE];
};

static struct ohb_curl libcurl;

static void begin(void)
{
	struct sigaction action;

	if (libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	/* The TLS library writes to sockets in a way that raises it. */
	if (sigaction(SIGPIPE, NULL, &action) == 0 &&
			action.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

static struct ohb_library library = OHB_LIBRARY(&libcurl, OHB_CURL_FUNCTIONS,
		OHB_LIBCURL_SONAME, OHB_LIBCURL_PACKAGE, begin);
OHB_LIBRARY_NOTE(OHB_LIBCURL_SONAME, "http",
		"Docker Engine, agents and providers of models");

void ohb_http_response_release(struct ohb_http_response *response)
{
	ohb_str_release(&response->headers);
	ohb_str_release(&response->body);
}

/* Headers may hold keys: no copy of ours stays in memory. */
static void headers_free(struct curl_slist *headers)
{
	struct curl_slist *at;

	for (at = headers; at; at = at->next)
		ohb_wipe(at->data, strlen(at->data));
	libcurl.slist_free_all(headers);
}

static void exchange_release(struct exchange *x)
{
	if (!x->easy)
		return; /* nor is there a library */
	(void)libcurl.multi_remove_handle(x->multi, x->easy);
	libcurl.easy_cleanup(x->easy);
	(void)libcurl.multi_cleanup(x->multi);
	headers_free(x->headers);
	ohb_http_response_release(&x->response);
}

static size_t on_header(char *data, size_t size, size_t count, void *userdata)
{
	struct exchange *x = userdata;
	const size_t len = size * count;

	x->last_ms = ohb_clock_mono_ms();
	/* A new answer after "100 Continue": only the last one counts. */
	if (len > 5 && memcmp(data, "HTTP/", 5) == 0) {
		ohb_str_clear(&x->response.headers);
		x->head_ended = false;
	}
	x->head_ended |= data[0] == '\r' || data[0] == '\n';
	if (len > OHB_MAX_HTTP_HEADERS - x->response.headers.len) {
		x->too_large = true;
		return 0;
	}
	ohb_str_add(&x->response.headers, data, len);
	return len;
}

static size_t on_data(char *data, size_t size, size_t count, void *userdata)
{
	struct exchange *x = userdata;
	const struct ohb_http_request *request = x->request;
	const size_t len = size * count;
	long status = 0;

	x->last_ms = ohb_clock_mono_ms();
	(void)libcurl.easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (request->on_body && status / 100 == 2) {
		x->ended_early = request->on_body(request->userdata, data,
						 len) < 0;
		return x->ended_early ? 0 : len;
	}
	if (len > x->max_body - x->response.body.len) {
		x->too_large = true;
		return 0;
	}
	ohb_str_add(&x->response.body, data, len);
	return len;
}

/* Scheme, host, port and path: a user's part and a query may be secret. */
static void show_url(
		const struct ohb_http_request *request, struct ohb_str *out)
{
	static const struct {
		CURLUPart part;
		const char *before;
	} parts[] = {
		{ CURLUPART_SCHEME, "" },
		{ CURLUPART_HOST, "://" },
		{ CURLUPART_PORT, ":" },
		{ CURLUPART_PATH, "" },
	};
	CURLU *url = libcurl.url();
	char *text;
	size_t i;

	ohb_str_addf(out, "%s ", request->method);
	if (!url ||
			libcurl.url_set(url, CURLUPART_URL, request->url,
					CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		ohb_str_adds(out, "a URL that has not the form of one");
	else
		for (i = 0; i < OHB_ARRAY_LEN(parts); i++) {
			if (libcurl.url_get(url, parts[i].part, &text, 0) !=
					CURLUE_OK)
				continue;
			ohb_str_addf(out, "%s%s", parts[i].before, text);
			libcurl.free(text);
		}
	libcurl.url_cleanup(url);
	if (request->unix_socket)
		ohb_str_addf(out, " at '%s'", request->unix_socket);
}

static int fail(const struct exchange *x, struct ohb_error *err,
		enum ohb_code code, const char *why)
{
	ohb_autostr url = OHB_STR_INIT;

	show_url(x->request, &url);
	return ohb_fail(err, code, "%s: %s", url.data, why);
}

static bool is_loopback(const char *address)
{
	CURLU *url = libcurl.url();
	char *host = NULL;
	bool ret;

	ret = url &&
			libcurl.url_set(url, CURLUPART_URL, address, 0) ==
					CURLUE_OK &&
			libcurl.url_get(url, CURLUPART_HOST, &host, 0) ==
					CURLUE_OK &&
			(strcasecmp(host, "localhost") == 0 ||
					ohb_starts(host, "127.") ||
					ohb_streq(host, "[::1]"));
	libcurl.free(host);
	libcurl.url_cleanup(url);
	return ret;
}

/* Takes a copy; refuses what would be two headers. */
static int add_header(
		struct exchange *x, const char *header, struct ohb_error *err)
{
	struct curl_slist *more;

	if (strpbrk(header, "\r\n"))
		return fail(x, err, OHB_E_CONFIG,
				"a header or key has a line break");
	more = libcurl.slist_append(x->headers, header);
	if (!more)
		abort();
	x->headers = more;
	return 0;
}

static int add_secret(struct exchange *x, const char *front,
		const struct ohb_secret *key, struct ohb_error *err)
{
	const size_t front_len = strlen(front);
	const size_t size = front_len + ohb_secret_len(key) + 1;
	char *header = ohb_alloc(size);
	int ret;

	memcpy(header, front, front_len + 1);
	memcpy(header + front_len, ohb_secret_reveal(key), ohb_secret_len(key));
	ret = add_header(x, header, err);
	ohb_wipe(header, size);
	free(header);
	return ret;
}

static int set_headers(struct exchange *x, struct ohb_error *err)
{
	static const char type[] = "Content-Type:";
	const char *const *header = x->request->headers;
	bool typed = false;

	for (; header && *header; header++) {
		typed |= strncasecmp(*header, type, sizeof(type) - 1) == 0;
		if (add_header(x, *header, err) < 0)
			return -1;
	}
	if (x->request->bearer &&
			add_secret(x, "Authorization: Bearer ",
					x->request->bearer, err) < 0)
		return -1;
	if (x->request->api_key &&
			add_secret(x, "x-api-key: ", x->request->api_key, err) <
					0)
		return -1;
	/* Without these libcurl waits for "100 Continue" and calls a body a
	 * form. */
	if (add_header(x, "Expect:", err) < 0 ||
			(!typed && add_header(x, type, err) < 0))
		return -1;
	(void)libcurl.easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	return 0;
}

static void set_body(struct exchange *x)
{
	const struct ohb_http_request *request = x->request;
	const bool always = ohb_streq(request->method, "POST") ||
			ohb_streq(request->method, "PUT");

	if (ohb_streq(request->method, "HEAD")) {
		(void)libcurl.easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (request->body || always) {
		(void)libcurl.easy_setopt(x->easy, CURLOPT_POSTFIELDS,
				request->body ? request->body : "");
		(void)libcurl.easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				(curl_off_t)request->body_len);
	}
	(void)libcurl.easy_setopt(
			x->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Where to, and how to know that it is the right one. */
static void set_route(struct exchange *x)
{
	const struct ohb_http_request *request = x->request;
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_URL, request->url },
		{ CURLOPT_UNIX_SOCKET_PATH, request->unix_socket },
		{ CURLOPT_CAINFO, request->ca_file },
		{ CURLOPT_SSLCERT, request->cert_file },
		{ CURLOPT_SSLKEY, request->key_file },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_PROXY,
				request->unix_socket || is_loopback(request->url) ?
						"" :
						NULL },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(texts); i++)
		if (texts[i].value)
			(void)libcurl.easy_setopt(x->easy, texts[i].option,
					texts[i].value);
}

static int prepare(struct exchange *x, struct ohb_error *err)
{
	const struct ohb_http_request *request = x->request;
	const int64_t connect_ms = request->connect_timeout_ms ?
			request->connect_timeout_ms :
			10000;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		/* Ctrl-C does not wait for a name server. */
		{ CURLOPT_QUICK_EXIT, 1 },
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_TIMEOUT_MS, (long)request->timeout_ms },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(numbers); i++)
		(void)libcurl.easy_setopt(
				x->easy, numbers[i].option, numbers[i].value);
	(void)libcurl.easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->why);
	(void)libcurl.easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)libcurl.easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
	(void)libcurl.easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_data);
	(void)libcurl.easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	set_route(x);
	set_body(x);
	return set_headers(x, err);
}

static enum ohb_code code_of(CURLcode code)
{
	static const struct {
		CURLcode curl;
		enum ohb_code code;
	} known[] = {
		{ CURLE_COULDNT_CONNECT, OHB_E_CONNECT },
		{ CURLE_COULDNT_RESOLVE_HOST, OHB_E_CONNECT },
		{ CURLE_COULDNT_RESOLVE_PROXY, OHB_E_CONNECT },
		{ CURLE_PROXY, OHB_E_CONNECT },
		{ CURLE_INTERFACE_FAILED, OHB_E_CONNECT },
		{ CURLE_OPERATION_TIMEDOUT, OHB_E_TIMEOUT },
		{ CURLE_URL_MALFORMAT, OHB_E_CONFIG },
		{ CURLE_UNSUPPORTED_PROTOCOL, OHB_E_CONFIG },
		{ CURLE_SSL_CACERT_BADFILE, OHB_E_CONFIG },
		{ CURLE_SSL_CERTPROBLEM, OHB_E_CONFIG },
		/* A line of the head that outgrows libcurl's buffer. */
		{ CURLE_OUT_OF_MEMORY, OHB_E_LIMIT },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(known); i++)
		if (known[i].curl == code)
			return known[i].code;
	return OHB_E_PROTOCOL;
}

/* What became of a transfer that is over. */
static int conclude(struct exchange *x, CURLcode code, struct ohb_error *err)
{
	const char *why = *x->why ? x->why : libcurl.easy_strerror(code);
	long errnum = 0, status = 0, connects = 0;

	if (x->too_large)
		return fail(x, err, OHB_E_LIMIT,
				"the answer is larger than allowed");
	(void)libcurl.easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	x->response.status = (int)status;
	/* libcurl takes the end of the connection for the end of the head. */
	if (code == CURLE_OK && !x->head_ended)
		return fail(x, err, OHB_E_PROTOCOL, "the answer was cut off");
	if (code == CURLE_OK || x->ended_early)
		return 0;
	(void)libcurl.easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &errnum);
	if (code == CURLE_COULDNT_CONNECT && x->request->unix_socket &&
			(errnum == EACCES || errnum == EPERM))
		return fail(x, err, OHB_E_IO, "Permission denied");
	/* Then it is what the other side speaks that is not known. */
	(void)libcurl.easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
	if (code == CURLE_UNSUPPORTED_PROTOCOL && connects > 0)
		return fail(x, err, OHB_E_PROTOCOL, why);
	return fail(x, err, code_of(code), why);
}

/* How long we may wait for the next byte; 0: no longer. */
static int patience(struct exchange *x)
{
	const int64_t idle_ms = x->request->idle_timeout_ms;
	const int64_t now = ohb_clock_mono_ms();
	curl_off_t sent = 0;

	(void)libcurl.easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (sent != x->sent)
		x->last_ms = now;
	x->sent = sent;
	if (idle_ms <= 0 || idle_ms > 60000 + now - x->last_ms)
		return 60000;
	return idle_ms <= now - x->last_ms ?
			0 :
			(int)(idle_ms - (now - x->last_ms));
}

/* Whether it may go on. */
static bool tick(struct exchange *x)
{
	const int64_t now = ohb_clock_mono_ms();

	if (!x->request->on_tick || now - x->ticked_ms < TICK_MS)
		return true;
	x->ticked_ms = now;
	return x->request->on_tick(x->request->userdata);
}

/* 1: over, with *ret_code; 0: it goes on; -1. */
static int step(struct exchange *x, CURLcode *ret_code, struct ohb_error *err)
{
	CURLMcode bad;
	CURLMsg *msg;
	int running, left;

	bad = libcurl.multi_perform(x->multi, &running);
	if (bad)
		return fail(x, err, OHB_E_PROTOCOL,
				libcurl.multi_strerror(bad));
	msg = libcurl.multi_info_read(x->multi, &left);
	if (!msg)
		return 0;
	*ret_code = msg->data.result;
	return 1;
}

/* Until something comes or the token is raised, for wait_ms at most. */
static void await_step(struct exchange *x, const struct ohb_cancel *cancel,
		int wait_ms)
{
	const bool stubborn = x->request->stubborn;
	struct curl_waitfd watch = {
		.fd = cancel ? cancel->fd : -1,
		.events = CURL_WAIT_POLLIN,
	};

	if ((x->request->on_tick || stubborn) && wait_ms > TICK_MS)
		wait_ms = TICK_MS;
	/* It is readable from level 1 on, where who is stubborn sleeps. */
	(void)libcurl.multi_poll(x->multi, &watch, watch.fd >= 0 && !stubborn,
			wait_ms, NULL);
}

static int transfer(struct exchange *x, struct ohb_cancel *cancel,
		CURLcode *ret_code, struct ohb_error *err)
{
	int ret = 0, wait_ms;

	while (ret == 0) {
		if (ohb_cancel_level(cancel) > x->request->stubborn)
			return fail(x, err, OHB_E_CANCELLED, "cancelled");
		ret = step(x, ret_code, err);
		if (ret != 0)
			break;
		wait_ms = patience(x);
		if (wait_ms == 0)
			return fail(x, err, OHB_E_TIMEOUT,
					"nothing came or went for too long");
		if (!tick(x))
			return fail(x, err, OHB_E_TIMEOUT,
					"its time has passed");
		await_step(x, cancel, wait_ms);
	}
	return ret < 0 ? -1 : 0;
}

int ohb_http_do(const struct ohb_http_request *request,
		struct ohb_cancel *cancel, struct ohb_http_response *ret,
		struct ohb_error *err)
{
	__attribute__((cleanup(exchange_release))) struct exchange x = {
		.request = request,
		.response = OHB_HTTP_RESPONSE_INIT,
		.max_body = request->max_body ? request->max_body :
						OHB_MAX_HTTP_BODY,
		.last_ms = ohb_clock_mono_ms(),
		.ticked_ms = ohb_clock_mono_ms(),
	};
	CURLcode code = CURLE_OK;

	if (ohb_library_load(&library, err) < 0)
		return -1;
	x.easy = libcurl.easy_init();
	x.multi = libcurl.multi_init();
	if (!x.easy || !x.multi)
		abort();
	if (prepare(&x, err) < 0)
		return -1;
	if (libcurl.multi_add_handle(x.multi, x.easy) != CURLM_OK)
		abort();
	if (transfer(&x, cancel, &code, err) < 0 || conclude(&x, code, err) < 0)
		return -1;
	*ret = x.response;
	x.response = (struct ohb_http_response)OHB_HTTP_RESPONSE_INIT;
	return 0;
}

static bool names(const char *line, size_t len, const char *name)
{
	const size_t n = strlen(name);

	return len > n && line[n] == ':' && strncasecmp(line, name, n) == 0;
}

int ohb_http_header(const struct ohb_http_response *response, const char *name,
		struct ohb_str *out)
{
	const char *at = ohb_str_cstr(&response->headers);
	const char *found = NULL;
	size_t len, n = 0;

	for (; *at; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		if (!names(at, len, name))
			continue;
		found = at + strlen(name) + 1;
		n = (size_t)(at + len - found);
	}
	if (!found)
		return 0;
	for (; n > 0 && strchr(" \t", *found); n--)
		found++;
	while (n > 0 && strchr(" \t\r", found[n - 1]))
		n--;
	ohb_str_add(out, found, n);
	return 1;
}

void ohb_http_escape(struct ohb_str *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (isascii(c) && (isalnum(c) || strchr("-._~", c)) && c)
			ohb_str_addc(out, text[i]);
		else
			ohb_str_addf(out, "%%%02X", c);
	}
}

int ohb_http_load(struct ohb_error *err)
{
	return ohb_library_load(&library, err);
}

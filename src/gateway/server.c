#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "gateway/exchange.h"
#include "gateway/flight.h"
#include "gateway/microhttpd.h"
#include "gateway/tape.h"
#include "gateway/upstream.h"
#include "io/clock.h"
#include "io/wait.h"
#include "text/json.h"

static struct ohb_microhttpd libmhd;
static struct ohb_library library = OHB_LIBRARY(&libmhd,
		OHB_MICROHTTPD_FUNCTIONS, OHB_LIBMICROHTTPD_SONAME,
		OHB_LIBMICROHTTPD_PACKAGE, NULL);
OHB_LIBRARY_NOTE(OHB_LIBMICROHTTPD_SONAME, "gateway",
		"the server that agents reach models by");

#define PIECE ((size_t)16 * 1024) /* of a stream, sent at once */

/* Of a body there is room for so much before it comes. */
#define AT_FIRST ((unsigned long long)1 << 20)

/* One agent cannot take the connections of all. */
#define ADDRESSES 4

/* A body may take as many times as long as a silence. */
#define ARRIVAL_TURNS 4

/* A request that comes in. */
struct arrival {
	const struct route *route; /* NULL: there is no such thing here */
	const char *method; /* then the one that this path has, or NULL */
	bool allowed;
	bool too_large;
	int64_t deadline_ms; /* for all of it, on the monotonic clock */
	struct ohb_str body; /* kept of those that are allowed */
};

struct route {
	const char *method, *path;
	const char *answer; /* NULL: a model's */
	enum { OPEN, WITH_TOKEN } access;
	enum ohb_api api;
};

/* One name for all models: which one answers is not the agent's business. */
static const struct route routes[] = {
	{ "GET", "/health", "{\"status\":\"ok\"}", OPEN, OHB_API_CHAT },
	{ "GET", "/v1/models",
			"{\"object\":\"list\",\"data\":[{\"id\":\"ohbuild\","
			"\"object\":\"model\",\"created\":0,"
			"\"owned_by\":\"ohbuild\"}]}",
			WITH_TOKEN, OHB_API_CHAT },
	{ "POST", "/v1/chat/completions", NULL, WITH_TOKEN, OHB_API_CHAT },
	{ "POST", "/v1/responses", NULL, WITH_TOKEN, OHB_API_RESPONSES },
};

/* NULL with the other method that the path has, or NULL for none. */
static const struct route *find_route(
		const char *method, const char *path, const char **ret_allowed)
{
	size_t i;

	*ret_allowed = NULL;
	for (i = 0; i < OHB_ARRAY_LEN(routes); i++) {
		if (!ohb_streq(routes[i].path, path))
			continue;
		if (ohb_streq(routes[i].method, method))
			return &routes[i];
		*ret_allowed = routes[i].method;
	}
	return NULL;
}

/* Who reads a streamed answer. */
struct reader {
	struct ohb_flight *flight;
	struct MHD_Connection *connection;
	unsigned client_s;
};

/* The time until the next piece is not the client's silence; setting the
 * limit again starts the clock anew. */
static void set_patience(struct MHD_Connection *connection, unsigned seconds)
{
	(void)libmhd.set_connection_option(
			connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

static ssize_t on_read(void *userdata, uint64_t at, char *ret, size_t max)
{
	struct reader *reader = userdata;
	ssize_t n;

	set_patience(reader->connection, 0);
	n = ohb_flight_read(reader->flight, (size_t)at, ret, max);
	set_patience(reader->connection, reader->client_s);
	if (n > 0)
		return n;
	return n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR :
		       MHD_CONTENT_READER_END_OF_STREAM;
}

static void on_read_end(void *userdata)
{
	struct reader *reader = userdata;

	ohb_flight_leave(reader->flight);
	free(reader);
}

static enum MHD_Result queue(struct MHD_Connection *connection, int status,
		const char *type, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	(void)libmhd.add_response_header(response, "Content-Type", type);
	/* A tool may run for minutes between two requests: a kept connection
	 * would end just when the agent uses it again. */
	(void)libmhd.add_response_header(response, "Connection", "close");
	if (status != MHD_HTTP_OK)
		/* Read by the OpenAI clients: this answer is final. */
		(void)libmhd.add_response_header(
				response, "x-should-retry", "false");
	result = libmhd.queue_response(connection, (unsigned)status, response);
	libmhd.destroy_response(response);
	return result;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection,
		const struct ohb_answer *answer)
{
	return queue(connection, answer->status, "application/json",
			libmhd.create_response_from_buffer(answer->body.len,
					answer->body.data,
					MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result send_error(struct MHD_Connection *connection, int status,
		const char *code, const char *text)
{
	struct ohb_answer answer = { 0 };
	enum MHD_Result result;

	ohb_answer_error(&answer, status, code, text);
	result = send_answer(connection, &answer);
	ohb_str_release(&answer.body);
	return result;
}

static enum MHD_Result send_stream(struct MHD_Connection *connection,
		struct ohb_flight *flight, unsigned client_s)
{
	struct reader *reader = ohb_alloc(sizeof(*reader));

	*reader = (struct reader){ flight, connection, client_s };
	return queue(connection, MHD_HTTP_OK, "text/event-stream",
			libmhd.create_response_from_callback(MHD_SIZE_UNKNOWN,
					PIECE, on_read, reader, on_read_end));
}

/* The grant of the connection's token, entered, or NULL. */
static struct ohb_grant *enter(
		struct ohb_gateway *gateway, struct MHD_Connection *connection)
{
	const char *text = libmhd.lookup_connection_value(
			connection, MHD_HEADER_KIND, "Authorization");

	if (!text || strncasecmp(text, "Bearer ", 7) != 0)
		return NULL;
	return ohb_grant_enter(gateway, text + 7);
}

static enum MHD_Result ask_model(struct ohb_gateway *gateway,
		struct MHD_Connection *connection, struct ohb_grant *grant,
		struct arrival *arrival)
{
	unsigned client_s = (unsigned)(gateway->options.client_ms / 1000);
	struct ohb_flight *flight;
	enum MHD_Result result;

	set_patience(connection, 0);
	flight = ohb_flight_take(grant, arrival->route->api, &arrival->body);
	ohb_grant_leave(grant);
	set_patience(connection, client_s);
	if (ohb_flight_answer(flight)->streamed)
		return send_stream(connection, flight, client_s);
	result = send_answer(connection, ohb_flight_answer(flight));
	ohb_flight_leave(flight);
	return result;
}

static enum MHD_Result answer_nowhere(struct MHD_Connection *connection,
		const struct arrival *arrival)
{
	ohb_autostr text = OHB_STR_INIT;

	if (!arrival->method)
		return send_error(connection, MHD_HTTP_NOT_FOUND, "not_found",
				"ohbuild: no such path");
	ohb_str_addf(&text, "ohbuild: only %s here", arrival->method);
	return send_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			"method_not_allowed", text.data);
}

static enum MHD_Result answer_arrival(struct ohb_gateway *gateway,
		struct MHD_Connection *connection, struct arrival *arrival)
{
	const struct route *route = arrival->route;
	struct ohb_answer answer = { .status = MHD_HTTP_OK };
	struct ohb_grant *grant = NULL;
	enum MHD_Result result;

	if (!route)
		return answer_nowhere(connection, arrival);
	if (arrival->too_large)
		return send_error(connection, MHD_HTTP_CONTENT_TOO_LARGE,
				"too_large",
				"ohbuild: the request is too large");
	if (route->access == WITH_TOKEN) {
		/* Again: it may have been revoked while the body came. */
		grant = arrival->allowed ? enter(gateway, connection) : NULL;
		if (!grant)
			return send_error(connection, MHD_HTTP_UNAUTHORIZED,
					"invalid_api_key",
					"ohbuild: no such token");
	}
	if (!route->answer)
		return ask_model(gateway, connection, grant, arrival);
	ohb_str_adds(&answer.body, route->answer);
	result = send_answer(connection, &answer);
	ohb_str_release(&answer.body);
	if (grant)
		ohb_grant_leave(grant);
	return result;
}

/* The length of its body, as far as that is believed before it is there. */
static size_t length_of(struct MHD_Connection *connection)
{
	const char *text = libmhd.lookup_connection_value(connection,
			MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	unsigned long long len = 0;

	if (!text || ohb_parse_u64(text, strlen(text), AT_FIRST, &len) < 0)
		return 0;
	return (size_t)len;
}

static struct arrival *begin(struct ohb_gateway *gateway,
		struct MHD_Connection *connection, const char *method,
		const char *path)
{
	struct arrival *arrival = ohb_alloc(sizeof(*arrival));
	struct ohb_grant *grant = enter(gateway, connection);

	arrival->route = find_route(method, path, &arrival->method);
	arrival->allowed = grant != NULL;
	arrival->deadline_ms = ohb_clock_mono_ms() +
			ARRIVAL_TURNS * gateway->options.client_ms;
	if (grant) {
		ohb_str_reserve(&arrival->body, length_of(connection));
		ohb_grant_leave(grant);
	}
	return arrival;
}

static void add_body(struct arrival *arrival, const char *data, size_t len)
{
	if (len > OHB_MAX_JSON_BYTES - arrival->body.len)
		arrival->too_large = true;
	/* What nobody will read still has to be received: a client that is
	 * cut off while it sends does not see the answer. */
	if (arrival->allowed && !arrival->too_large)
		ohb_str_add(&arrival->body, data, len);
}

/* NOLINTNEXTLINE(readability-function-size): the library's signature */
static enum MHD_Result on_request(void *userdata,
		struct MHD_Connection *connection, const char *path,
		const char *method, const char *version, const char *data,
		size_t *len, void **state)
{
	struct ohb_gateway *gateway = userdata;
	struct arrival *arrival = *state;

	(void)version;
	if (!arrival) {
		*state = begin(gateway, connection, method, path);
		return MHD_YES;
	}
	if (*len) {
		add_body(arrival, data, *len);
		*len = 0;
		/* Who sends a byte now and then is never silent. */
		return ohb_clock_mono_ms() < arrival->deadline_ms ? MHD_YES :
								    MHD_NO;
	}
	return answer_arrival(gateway, connection, arrival);
}

static void on_completed(void *userdata, struct MHD_Connection *connection,
		void **state, enum MHD_RequestTerminationCode why)
{
	struct arrival *arrival = *state;

	(void)userdata;
	(void)connection;
	(void)why;
	if (!arrival)
		return;
	ohb_str_release(&arrival->body);
	free(arrival);
	*state = NULL;
}

/* Waits for the build's cancel token, so that every wait of a request needs
 * to look at its grant's only. */
static void *watch(void *userdata)
{
	struct ohb_gateway *gateway = userdata;
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_wait_fd(&gateway->closing, gateway->options.cancel->fd, POLLIN,
			    -1, &err) == 1)
		ohb_grants_cancel(gateway);
	return NULL;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_address(
		const char *text, union address *ret, struct ohb_error *err)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		return 0;
	}
	return ohb_fail(err, OHB_E_CONFIG,
			"gateway: '%s' is not a numeric address", text);
}

static int listen_at(struct ohb_gateway *gateway, struct ohb_error *err)
{
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD |
			MHD_USE_THREAD_PER_CONNECTION;
	const char *text = gateway->options.address;
	const union MHD_DaemonInfo *info;
	ohb_autostr url = OHB_STR_INIT;
	union address address;
	bool v6;

	if (parse_address(text, &address, err) < 0)
		return -1;
	v6 = address.any.sa_family == AF_INET6;
	if (v6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	gateway->daemon = libmhd.start_daemon(flags, 0, NULL, NULL, on_request,
			gateway, MHD_OPTION_SOCK_ADDR, &address.any,
			MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT,
			(size_t)OHB_MAX_HTTP_HEADERS,
			MHD_OPTION_CONNECTION_LIMIT,
			gateway->options.connections,
			MHD_OPTION_PER_IP_CONNECTION_LIMIT,
			gateway->options.connections / ADDRESSES,
			MHD_OPTION_CONNECTION_TIMEOUT,
			(unsigned)(gateway->options.client_ms / 1000),
			MHD_OPTION_END);
	if (!gateway->daemon)
		return errno ? ohb_fail_errno(err, errno,
					       "gateway: listen on '%s'",
					       text) :
			       ohb_fail(err, OHB_E_IO,
					       "gateway: cannot listen on '%s'",
					       text);
	info = libmhd.get_daemon_info(
			gateway->daemon, MHD_DAEMON_INFO_BIND_PORT);
	if (!info || !info->port)
		return ohb_fail(err, OHB_E_IO,
				"gateway: the port on '%s' is not known", text);
	ohb_str_addf(&url, v6 ? "http://[%s]:%u/v1" : "http://%s:%u/v1", text,
			(unsigned)info->port);
	gateway->url = ohb_str_take(&url);
	return 0;
}

static int start_watcher(struct ohb_gateway *gateway, struct ohb_error *err)
{
	int failed;

	if (!gateway->options.cancel || gateway->options.cancel->fd < 0)
		return 0;
	failed = pthread_create(&gateway->watcher, NULL, watch, gateway);
	if (failed)
		return ohb_fail_errno(err, failed, "gateway: start a thread");
	gateway->has_watcher = 1;
	return 0;
}

static void set_default(int64_t *option, int64_t value)
{
	if (!*option)
		*option = value;
}

int ohb_gateway_open(const struct ohb_gateway_options *options,
		struct ohb_gateway **ret, struct ohb_error *err)
{
	struct ohb_gateway *gateway = ohb_alloc(sizeof(*gateway));

	gateway->options = *options;
	set_default(&gateway->options.hold_ms, OHB_GATEWAY_HOLD_MS);
	set_default(&gateway->options.retry_base_ms, OHB_GATEWAY_RETRY_MS);
	set_default(&gateway->options.request_ms, OHB_GATEWAY_REQUEST_MS);
	set_default(&gateway->options.silence_ms, OHB_GATEWAY_SILENCE_MS);
	set_default(&gateway->options.client_ms, OHB_GATEWAY_CLIENT_MS);
	if (!options->connections)
		gateway->options.connections = OHB_GATEWAY_CONNECTIONS;
	gateway->replay = options->replay ? ohb_strdup(options->replay) : NULL;
	gateway->record = options->record ? ohb_strdup(options->record) : NULL;
	pthread_mutex_init(&gateway->lock, NULL);
	pthread_cond_init(&gateway->changed, NULL);
	gateway->closing.fd = -1;
	ohb_upstreams_open(gateway);
	if (ohb_library_load(&library, err) < 0 ||
			ohb_cancel_init(&gateway->closing, err) < 0 ||
			listen_at(gateway, err) < 0 ||
			start_watcher(gateway, err) < 0) {
		ohb_gateway_close(gateway);
		return -1;
	}
	*ret = gateway;
	return 0;
}

void ohb_gateway_close(struct ohb_gateway *gateway)
{
	if (!gateway)
		return;
	ohb_grants_cancel(gateway);
	if (gateway->daemon)
		libmhd.stop_daemon(gateway->daemon);
	if (gateway->has_watcher) {
		ohb_cancel_raise(&gateway->closing);
		pthread_join(gateway->watcher, NULL);
	}
	while (gateway->grants)
		ohb_gateway_revoke(gateway, gateway->grants);
	ohb_upstreams_close(gateway);
	ohb_cancel_release(&gateway->closing);
	pthread_cond_destroy(&gateway->changed);
	pthread_mutex_destroy(&gateway->lock);
	ohb_tapes_free(gateway);
	free(gateway->replay);
	free(gateway->record);
	free(gateway->url);
	free(gateway);
}

const char *ohb_gateway_url(const struct ohb_gateway *gateway)
{
	return gateway->url;
}

int64_t ohb_gateway_hold_ms(const struct ohb_gateway *gateway)
{
	return gateway->options.hold_ms;
}

int ohb_gateway_load(struct ohb_error *err)
{
	return ohb_library_load(&library, err);
}

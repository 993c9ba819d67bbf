/*
 * What the gateway adds to a request: the same question to the same provider
 * (a thread here that answers at once), straight and through the gateway, in
 * turn.  Prints the medians and the 99th percentiles in microseconds.
 *
 *	bench_gateway [REQUESTS [BYTES-OF-A-QUESTION [budget]]]
 *
 * With "budget" each is paid from a purse, its tokens counted before.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "gateway/budget.h"
#include "gateway/gateway.h"
#include "io/http.h"

#define ANSWER                                                                 \
	"{\"id\":\"a\",\"object\":\"chat.completion\",\"choices\":[{\"index\"" \
	":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},"          \
	"\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,"       \
	"\"completion_tokens\":10,\"total_tokens\":110}}"

enum { STRAIGHT, THROUGH, WAYS };

struct provider {
	int listener;
	char url[64];
	pthread_t thread;
};

static void die(const char *what)
{
	(void)fprintf(stderr, "bench_gateway: %s\n", what);
	exit(EXIT_FAILURE);
}

/* Reads one request, of which only the length of the body counts. */
static void serve(int fd, struct ohb_str *text)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "Content-Type: application/json\r\n"
				   "Connection: close\r\n";
	ohb_autostr reply = OHB_STR_INIT;
	size_t whole = 0;
	char chunk[64 * 1024];
	ssize_t n;

	ohb_str_clear(text);
	while ((!whole || text->len < whole) &&
			(n = read(fd, chunk, sizeof(chunk))) > 0) {
		const char *end, *length;

		ohb_str_add(text, chunk, (size_t)n);
		end = strstr(text->data, "\r\n\r\n");
		if (whole || !end)
			continue;
		length = strcasestr(text->data, "content-length:");
		if (!length || length > end)
			die("a request without a length");
		whole = (size_t)(end - text->data) + 4 +
				strtoul(length + strlen("content-length:"),
						NULL, 10);
	}
	ohb_str_addf(&reply, "%sContent-Length: %zu\r\n\r\n%s", head,
			sizeof(ANSWER) - 1, ANSWER);
	if (write(fd, reply.data, reply.len) != (ssize_t)reply.len)
		die("the answer was not taken");
	(void)close(fd);
}

static void *provide(void *userdata)
{
	const struct provider *provider = userdata;
	ohb_autostr text = OHB_STR_INIT;
	int fd;

	while ((fd = accept4(provider->listener, NULL, NULL, SOCK_CLOEXEC)) >=
			0)
		serve(fd, &text);
	return NULL;
}

static void start(struct provider *provider)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	provider->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (provider->listener < 0 ||
			bind(provider->listener, (struct sockaddr *)&address,
					len) < 0 ||
			listen(provider->listener, 64) < 0 ||
			getsockname(provider->listener,
					(struct sockaddr *)&address, &len) < 0)
		die("no listener");
	(void)snprintf(provider->url, sizeof(provider->url),
			"http://127.0.0.1:%u/v1", ntohs(address.sin_port));
	if (pthread_create(&provider->thread, NULL, provide, provider))
		die("no thread");
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* How long the answer took. */
static int64_t ask(const char *base, const struct ohb_secret *key,
		const struct ohb_str *body)
{
	static const char *const headers[] = { "Content-Type: application/json",
		NULL };
	ohb_autohttp reply = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr url = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_http_request request = {
		.method = "POST",
		.headers = headers,
		.bearer = key,
		.body = body->data,
		.body_len = body->len,
		.timeout_ms = 60000,
	};
	int64_t from;

	ohb_str_addf(&url, "%s/chat/completions", base);
	request.url = url.data;
	from = now_ns();
	if (ohb_http_do(&request, NULL, &reply, &err) < 0)
		die(err.msg);
	if (reply.status != 200)
		die(ohb_str_cstr(&reply.body));
	return now_ns() - from;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static unsigned long number(int argc, char **argv, int at, unsigned long other)
{
	return argc > at ? strtoul(argv[at], NULL, 10) : other;
}

static void make_question(struct ohb_str *body, size_t size)
{
	static const char line[] = "static bool take(struct cursor *cursor)\\n"
				   "{\\n\\tif (peek(cursor) != c)\\n"
				   "\\t\\treturn \\\"no\\\";\\n";

	ohb_str_adds(body,
			"{\"model\":\"ohbuild\",\"max_tokens\":100,"
			"\"messages\":[{\"role\":\"user\",\"content\":\"");
	while (body->len < size)
		ohb_str_adds(body, line);
	ohb_str_adds(body, "\"}]}");
}

static void report(int64_t *times[WAYS], size_t n)
{
	static const char *const names[] = { "straight", "through" };
	size_t way;

	for (way = 0; way < WAYS; way++) {
		qsort(times[way], n, sizeof(**times), by_size);
		(void)printf("%-9s median %6lld us, 99 %% under %6lld us\n",
				names[way], (long long)times[way][n / 2] / 1000,
				(long long)times[way][n * 99 / 100] / 1000);
	}
	(void)printf("added at the median: %lld us\n",
			(long long)(times[THROUGH][n / 2] -
					times[STRAIGHT][n / 2]) /
					1000);
}

int main(int argc, char **argv)
{
	const size_t n = number(argc, argv, 1, 1000);
	struct provider provider = { .listener = -1 };
	struct ohb_secret *key =
			ohb_secret_new("sk-bench-0123456789abcdef", 25);
	struct ohb_gateway_model model = { .id = "openai/bench",
		.name = "bench",
		.key = key,
		.max_output_tokens = 100,
		.has_price = 1,
		.price.usual.input = 1,
		.price.usual.output = 2 };
	struct ohb_redact keys = OHB_REDACT_INIT;
	const struct ohb_gateway_options options = { .address = "127.0.0.1",
		.redact = &keys };
	const struct ohb_budget_options money = { .usd = { 1e6, 1e6, -1 } };
	struct ohb_grant_options wanted = {
		.target = "bench", .models = &model, .nmodels = 1
	};
	struct ohb_budget *budget = NULL;
	struct ohb_gateway *gateway = NULL;
	struct ohb_grant *grant = NULL;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr body = OHB_STR_INIT;
	int64_t *times[WAYS];
	size_t i;

	if (!n)
		die("no requests");
	start(&provider);
	model.base_url = provider.url;
	ohb_redact_add(&keys, key);
	make_question(&body, number(argc, argv, 2, (size_t)40 * 1024));
	if (argc > 3 && ohb_budget_open(&money, &budget, &err) < 0)
		die(err.msg);
	if (budget)
		wanted.purse = ohb_purse_open(budget, "bench");
	if (ohb_gateway_open(&options, &gateway, &err) < 0 ||
			ohb_gateway_grant(gateway, &wanted, &grant, &err) < 0)
		die(err.msg);
	for (i = 0; i < WAYS; i++)
		times[i] = ohb_alloc(n * sizeof(**times));
	for (i = 0; i < n; i++) {
		times[STRAIGHT][i] = ask(provider.url, key, &body);
		times[THROUGH][i] = ask(ohb_gateway_url(gateway),
				ohb_grant_token(grant), &body);
	}
	(void)printf("%zu questions of %zu bytes each way\n", n, body.len);
	report(times, n);
	ohb_gateway_revoke(gateway, grant);
	ohb_gateway_close(gateway);
	if (ohb_purse_close(wanted.purse, &err) < 0)
		die(err.msg);
	ohb_budget_close(budget);
	(void)shutdown(provider.listener, SHUT_RDWR);
	pthread_join(provider.thread, NULL);
	(void)close(provider.listener);
	for (i = 0; i < WAYS; i++)
		free(times[i]);
	ohb_redact_release(&keys);
	ohb_secret_free(key);
	return EXIT_SUCCESS;
}

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "io/fs.h"
#include "io/http.h"
#include "io/wait.h"

static struct ohb_error err;

/* One connection: reads a request, answers in pieces, ends as told. */
struct server {
	const char *pieces[4]; /* sent one after the other, NULL: no more */
	size_t endless; /* so many 'x' after them */
	bool hold; /* silent until the client leaves */
	int fd;
	char url[64];
	char socket[128]; /* of a unix socket */
	pthread_t thread;
	struct ohb_str seen;
};

static bool complete(const struct ohb_str *seen)
{
	const char *end, *length;

	if (!seen->len)
		return false;
	end = strstr(seen->data, "\r\n\r\n");
	length = strcasestr(seen->data, "\r\nContent-Length:");
	if (!end)
		return false;
	return seen->len >= (size_t)(end + 4 - seen->data) +
			(length ? strtoul(length + 17, NULL, 10) : 0);
}

static void *serve(void *userdata)
{
	struct server *server = userdata;
	ohb_autoclose int fd = accept(server->fd, NULL, NULL);
	char chunk[4096];
	ssize_t n;
	size_t i;

	while (!complete(&server->seen) &&
			(n = read(fd, chunk, sizeof(chunk))) > 0)
		ohb_str_add(&server->seen, chunk, (size_t)n);
	for (i = 0; i < 4 && server->pieces[i]; i++) {
		if (i)
			usleep(30 * 1000);
		(void)send(fd, server->pieces[i], strlen(server->pieces[i]),
				MSG_NOSIGNAL);
	}
	memset(chunk, 'x', sizeof(chunk));
	for (i = 0; i < server->endless; i += sizeof(chunk))
		if (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) < 0)
			break;
	while (server->hold && read(fd, chunk, sizeof(chunk)) > 0)
		;
	return NULL;
}

static void server_start(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server->fd, (void *)&address, len), 0);
	ck_assert_int_eq(listen(server->fd, 1), 0);
	getsockname(server->fd, (void *)&address, &len);
	(void)snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u",
			ntohs(address.sin_port));
	pthread_create(&server->thread, NULL, serve, server);
}

static void server_start_unix(struct server *server, const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(server->socket, sizeof(server->socket), "%s/s", dir);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.90s",
			server->socket);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
			bind(server->fd, (void *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server->fd, 1), 0);
	(void)snprintf(server->url, sizeof(server->url), "http://engine");
	pthread_create(&server->thread, NULL, serve, server);
}

static void server_stop(struct server *server)
{
	(void)shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
	ohb_str_release(&server->seen);
}

static void setup(void)
{
	err = (struct ohb_error)OHB_ERROR_INIT;
}

#define OK "HTTP/1.1 200 OK\r\n"

START_TEST(answers)
{
	static const struct {
		const char *pieces[4];
		int status;
		const char *body;
	} cases[] = {
		{ { OK "Content-Length: 2\r\n\r\n", "h", "i" }, 200, "hi" },
		{ { OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
				  "3\r\n yo\r\n", "0\r\n\r\n" },
				200, "hi yo" },
		{ { OK "Connection: close\r\n\r\n", "until the end" }, 200,
				"until the end" },
		{ { "HTTP/1.1 204 No Content\r\n\r\n" }, 204, "" },
		{ { "HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad" }, 500,
				"bad" },
		{ { "HTTP/1.1 302 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
		    "Content-Length: 0\r\n\r\n" },
				302, "" },
		{ { "HTTP/1.1 100 Continue\r\nX: a\r\n\r\n",
				  OK "X: b\r\nContent-Length: 0\r\n\r\n" },
				200, "" },
	};
	struct server server = { .hold = false };
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	memcpy(server.pieces, cases[_i].pieces, sizeof(server.pieces));
	server_start(&server);
	request.url = server.url;
	ck_assert_msg(ohb_http_do(&request, NULL, &response, &err) == 0, "%s",
			err.msg);
	ck_assert_int_eq(response.status, cases[_i].status);
	ck_assert_str_eq(ohb_str_cstr(&response.body), cases[_i].body);
	ck_assert(ohb_starts(ohb_str_cstr(&response.headers), "HTTP/1.1 "));
	ck_assert_ptr_null(strstr(response.headers.data, "X: a"));
	server_stop(&server);
}
END_TEST

START_TEST(requests)
{
	static const char *const typed[] = { "Content-Type: text/x", NULL };
	static const struct {
		const char *method, *path, *body;
		const char *const *headers;
		const char *first; /* line of what the server sees */
		const char *has, *has_not;
	} cases[] = {
		{ "GET", "/a?b=c", NULL, NULL, "GET /a?b=c HTTP/1.1\r\n",
				"\r\n", "Content-" },
		{ "GET", "/a/../%2e/", NULL, NULL,
				"GET /a/../%2e/ HTTP/1.1\r\n", "\r\n",
				"Content-" },
		{ "HEAD", "/h", NULL, NULL, "HEAD /h HTTP/1.1\r\n", "\r\n",
				"Content-" },
		{ "DELETE", "/d", NULL, NULL, "DELETE /d HTTP/1.1\r\n", "\r\n",
				"Content-" },
		{ "POST", "/p", NULL, NULL, "POST /p HTTP/1.1\r\n",
				"\r\nContent-Length: 0\r\n", "Content-Type" },
		{ "POST", "/p", "{}", typed, "POST /p HTTP/1.1\r\n",
				"\r\nContent-Type: text/x\r\n", "urlencoded" },
		{ "PUT", "/p", "body", NULL, "PUT /p HTTP/1.1\r\n",
				"\r\n\r\nbody", "Expect" },
	};
	struct server server = { .pieces = { OK "Content-Length: 0\r\n\r\n" } };
	struct ohb_http_request request = {
		.method = cases[_i].method,
		.headers = cases[_i].headers,
		.body = cases[_i].body,
		.body_len = cases[_i].body ? strlen(cases[_i].body) : 0,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	char url[256];

	server_start(&server);
	(void)snprintf(url, sizeof(url), "%s%s", server.url, cases[_i].path);
	request.url = url;
	ck_assert_msg(ohb_http_do(&request, NULL, &response, &err) == 0, "%s",
			err.msg);
	pthread_join(server.thread, NULL);
	ck_assert(ohb_starts(server.seen.data, cases[_i].first));
	ck_assert_ptr_nonnull(strstr(server.seen.data, cases[_i].has));
	ck_assert_ptr_null(strstr(server.seen.data, cases[_i].has_not));
	close(server.fd);
	ohb_str_release(&server.seen);
}
END_TEST

START_TEST(big_request)
{
	const size_t size = (size_t)2 << 20;
	ohb_autofree char *body = ohb_alloc(size);
	struct server server = { .pieces = { OK "Content-Length: 0\r\n\r\n" } };
	struct ohb_http_request request = {
		.method = "POST",
		.body = body,
		.body_len = size,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	memset(body, 'b', size);
	server_start(&server);
	request.url = server.url;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), 0);
	pthread_join(server.thread, NULL);
	ck_assert_uint_gt(server.seen.len, size);
	ck_assert_ptr_null(strstr(server.seen.data, "100-continue"));
	close(server.fd);
	ohb_str_release(&server.seen);
}
END_TEST

START_TEST(key_is_sent_never_said)
{
	struct ohb_secret *key = ohb_secret_new("sk-key", 6);
	struct server server = { .pieces = { "HTTP/1.1 2" } };
	struct ohb_http_request request = { .method = "GET", .bearer = key };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	char url[256];

	server_start(&server);
	(void)snprintf(url, sizeof(url),
			"http://user:sk-pass@%s/p?key=sk-query",
			server.url + 7);
	request.url = url;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	pthread_join(server.thread, NULL);
	ck_assert_ptr_nonnull(strstr(server.seen.data,
			"\r\nAuthorization: Bearer sk-key\r\n"));
	ck_assert_ptr_null(strstr(err.msg, "sk-"));
	ck_assert_ptr_nonnull(strstr(err.msg, "GET http://127.0.0.1:"));
	close(server.fd);
	ohb_str_release(&server.seen);
	ohb_secret_free(key);
}
END_TEST

START_TEST(never_said)
{
	static const char *const urls[] = {
		"http://sk-a:sk-b@127.0.0.1:1/",
		"http://127.0.0.1:1/?k=sk-c#sk-d",
		"ftp://sk-a:sk-b@127.0.0.1/",
		"http://sk-a:sk-b@127.0.0.1:port/",
		"http://sk-a sk-b/",
		"http:///sk-\x01",
		"sk-a",
		"http://x\nsk-b",
	};
	static const char *const headers[] = { "X: a\r\nsk-y: z", NULL };
	const struct ohb_http_request request = {
		.method = "GET",
		.url = urls[_i / 2],
		.headers = _i % 2 ? headers : NULL,
		.connect_timeout_ms = 2000,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	/* "sk-a" alone is a host's name, and that is said. */
	if (_i / 2 != 6)
		ck_assert_msg(!strstr(err.msg, "sk-"), "%s", err.msg);
	if (_i % 2)
		ck_assert_int_eq(err.code, OHB_E_CONFIG);
}
END_TEST

START_TEST(failures)
{
	static const struct {
		const char *pieces[4];
		size_t endless;
		bool hold;
		enum ohb_code code;
	} cases[] = {
		{ { NULL }, 0, false, OHB_E_PROTOCOL },
		{ { "HTTP/1.1 200" }, 0, false, OHB_E_PROTOCOL },
		{ { "not http\r\n\r\n" }, 0, false, OHB_E_PROTOCOL },
		{ { OK "Content-Length: 9\r\n\r\nshort" }, 0, false,
				OHB_E_PROTOCOL },
		{ { OK "Transfer-Encoding: chunked\r\n\r\n5\r\nab" }, 0, false,
				OHB_E_PROTOCOL },
		{ { OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n" }, 0, false,
				OHB_E_PROTOCOL },
		{ { NULL }, 0, true, OHB_E_TIMEOUT },
		{ { OK "Content-Length: 9\r\n\r\nshort" }, 0, true,
				OHB_E_TIMEOUT },
		{ { OK "Content-Length: 200000\r\n\r\n" }, 200000, false,
				OHB_E_LIMIT },
		{ { OK "\r\n" }, 200000, false, OHB_E_LIMIT },
		{ { OK "X: " }, 65536, false, OHB_E_PROTOCOL },
		{ { OK "X: " }, 200000, false, OHB_E_LIMIT },
	};
	struct server server = {
		.endless = cases[_i / 2].endless,
		.hold = cases[_i / 2].hold,
	};
	/* once by the limit for all of it, once by that for silence */
	struct ohb_http_request request = {
		.method = "GET",
		.max_body = 100000,
		.timeout_ms = _i % 2 ? 300 : 0,
		.idle_timeout_ms = _i % 2 ? 0 : 300,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	memcpy(server.pieces, cases[_i / 2].pieces, sizeof(server.pieces));
	server_start(&server);
	request.url = server.url;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	ck_assert_msg(err.code == cases[_i / 2].code, "%d: %s", (int)err.code,
			err.msg);
	ck_assert_int_eq(response.status, 0);
	ck_assert_ptr_null(response.body.data);
	server_stop(&server);
}
END_TEST

START_TEST(many_headers)
{
	struct server server = { .pieces = { OK } };
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr lines = OHB_STR_INIT;

	while (lines.len < OHB_MAX_HTTP_HEADERS)
		ohb_str_adds(&lines, "X: y\r\n");
	server.pieces[1] = lines.data;
	server.pieces[2] = "\r\n";
	server_start(&server);
	request.url = server.url;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_LIMIT);
	server_stop(&server);
}
END_TEST

START_TEST(slow_but_alive)
{
	struct server server = { .pieces = { OK, "Content-Length: 2\r\n\r\n",
						 "a", "b" } };
	struct ohb_http_request request = {
		.method = "GET",
		.idle_timeout_ms = 2000,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	server_start(&server);
	request.url = server.url;
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), 0);
	ck_assert_str_eq(response.body.data, "ab");
	server_stop(&server);
}
END_TEST

START_TEST(nobody_there)
{
	static const struct {
		const char *url, *socket;
		enum ohb_code code;
	} cases[] = {
		{ "http://127.0.0.1:1/", NULL, OHB_E_CONNECT },
		{ "http://no-such-name.invalid/", NULL, OHB_E_CONNECT },
		{ "http://x/", "/nowhere/docker.sock", OHB_E_CONNECT },
		{ "gopher://127.0.0.1/", NULL, OHB_E_CONFIG },
		{ "", NULL, OHB_E_CONFIG },
	};
	const struct ohb_http_request request = {
		.method = "GET",
		.url = cases[_i].url,
		.unix_socket = cases[_i].socket,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	ck_assert_msg(err.code == cases[_i].code, "%d: %s", (int)err.code,
			err.msg);
	if (cases[_i].socket)
		ck_assert_ptr_nonnull(strstr(err.msg, cases[_i].socket));
}
END_TEST

START_TEST(no_proxy)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct server server = { .pieces = { OK "Content-Length: 0\r\n\r\n" } };
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	char url[256];

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	server_start(&server);
	(void)snprintf(url, sizeof(url), "http://%s:%s/", hosts[_i],
			strrchr(server.url, ':') + 1);
	request.url = url;
	ck_assert_msg(ohb_http_do(&request, NULL, &response, &err) == 0, "%s",
			err.msg);
	server_stop(&server);
	request.url = "http://198.51.100.1/";
	ck_assert_int_eq(ohb_http_do(&request, NULL, &response, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CONNECT); /* the proxy refuses */
}
END_TEST

START_TEST(unix_socket)
{
	struct server server = {
		.pieces = { OK "Content-Length: 2\r\n\r\nok" }
	};
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	ohb_autofree char *dir = NULL;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
	server_start_unix(&server, dir);
	request.url = server.url;
	request.unix_socket = server.socket;
	ck_assert_msg(ohb_http_do(&request, NULL, &response, &err) == 0, "%s",
			err.msg);
	ck_assert_str_eq(response.body.data, "ok");
	ck_assert_ptr_nonnull(strstr(server.seen.data, "\r\nHost: engine\r\n"));
	server_stop(&server);
	unlink(server.socket);
	rmdir(dir);
}
END_TEST

/* As a user whom permissions bind, also when the tests run as root. */
START_TEST(unix_socket_refused)
{
	struct server server = { .hold = false };
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	ohb_autofree char *dir = NULL;
	int status;
	pid_t pid;

	ck_assert_int_eq(ohb_fs_temp_dir(&dir, &err), 0);
	chmod(dir, 0755);
	server_start_unix(&server, dir);
	chmod(server.socket, 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(3);
		request.url = server.url;
		request.unix_socket = server.socket;
		if (ohb_http_do(&request, NULL, &response, &err) == 0)
			_exit(4);
		_exit(err.code != OHB_E_IO ||
				!strstr(err.msg, "Permission denied"));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	server_stop(&server);
	unlink(server.socket);
	rmdir(dir);
}
END_TEST

struct sink {
	struct ohb_str text;
	size_t enough;
};

static int take(void *userdata, const char *data, size_t len)
{
	struct sink *sink = userdata;

	ohb_str_add(&sink->text, data, len);
	return sink->enough && sink->text.len >= sink->enough ? -1 : 0;
}

START_TEST(streamed)
{
	static const struct {
		const char *first;
		size_t endless, enough;
		size_t least, most;
	} cases[] = {
		{ OK "Content-Length: 40960\r\n\r\n", 40960, 0, 40960, 40960 },
		{ OK "\r\n", (size_t)1 << 30, 5000, 5000, 200000 },
		{ "HTTP/1.1 404 No\r\nContent-Length: 4096\r\n\r\n", 4096, 0, 0,
				0 },
	};
	struct server server = {
		.pieces = { cases[_i].first },
		.endless = cases[_i].endless,
	};
	struct sink sink = { .enough = cases[_i].enough };
	struct ohb_http_request request = {
		.method = "GET",
		.max_body = 4096,
		.on_body = take,
		.userdata = &sink,
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;

	server_start(&server);
	request.url = server.url;
	ck_assert_msg(ohb_http_do(&request, NULL, &response, &err) == 0, "%s",
			err.msg);
	ck_assert_uint_ge(sink.text.len, cases[_i].least);
	ck_assert_uint_le(sink.text.len, cases[_i].most);
	ck_assert_uint_eq(response.body.len, _i == 2 ? 4096 : 0);
	server_stop(&server);
	ohb_str_release(&sink.text);
}
END_TEST

static void *raise_soon(void *cancel)
{
	usleep(100 * 1000);
	ohb_cancel_raise(cancel);
	return NULL;
}

START_TEST(cancelled)
{
	struct server server = { .hold = true };
	struct ohb_http_request request = { .method = "GET" };
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	struct ohb_cancel cancel;
	pthread_t thread;

	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	server_start(&server);
	request.url = server.url;
	pthread_create(&thread, NULL, raise_soon, &cancel);
	ck_assert_int_eq(ohb_http_do(&request, &cancel, &response, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	pthread_join(thread, NULL);
	server_stop(&server);
	ohb_cancel_release(&cancel);
}
END_TEST

/* Raised once, it waits for the answer; twice, it does not. */
START_TEST(stubborn)
{
	struct server server = { .hold = true };
	struct ohb_http_request request = {
		.method = "POST", .timeout_ms = 700, .stubborn = true
	};
	ohb_autohttp response = OHB_HTTP_RESPONSE_INIT;
	struct ohb_cancel cancel;
	pthread_t thread;

	ck_assert_int_eq(ohb_cancel_init(&cancel, &err), 0);
	server_start(&server);
	request.url = server.url;
	pthread_create(&thread, NULL, raise_soon, &cancel);
	ck_assert_int_eq(ohb_http_do(&request, &cancel, &response, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_TIMEOUT);
	pthread_join(thread, NULL);
	request.timeout_ms = 0;
	pthread_create(&thread, NULL, raise_soon, &cancel);
	ck_assert_int_eq(ohb_http_do(&request, &cancel, &response, &err), -1);
	ck_assert_int_eq(err.code, OHB_E_CANCELLED);
	pthread_join(thread, NULL);
	server_stop(&server);
	ohb_cancel_release(&cancel);
}
END_TEST

START_TEST(headers)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "x", "last" },
		{ "X", "last" },
		{ "content-type", "text/plain; a=b" },
		{ "empty", "" },
		{ "y", NULL },
		{ "HTTP/1.1 200", NULL },
		{ "tail", "end" },
	};
	struct ohb_http_response response = OHB_HTTP_RESPONSE_INIT;
	ohb_autostr out = OHB_STR_INIT;
	int found;

	found = ohb_http_header(&response, "x", &out);
	ck_assert_int_eq(found, 0);
	ohb_str_adds(&response.headers,
			OK "X: first\r\nContent-Type: \t text/plain; a=b \r\n"
			   "x:last\r\nEmpty:\r\nXY: no\r\n\r\nTail: end");
	found = ohb_http_header(&response, cases[_i].name, &out);
	ck_assert_int_eq(found, cases[_i].value != NULL);
	ck_assert_str_eq(ohb_str_cstr(&out),
			cases[_i].value ? cases[_i].value : "");
	ohb_http_response_release(&response);
}
END_TEST

START_TEST(escapes)
{
	ohb_autostr out = OHB_STR_INIT;

	ohb_http_escape(&out, "aZ09-._~ /?&=%+\0\xff\"", 18);
	ck_assert_str_eq(out.data, "aZ09-._~%20%2F%3F%26%3D%25%2B%00%FF%22");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("http");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, answers, 0, 7);
	tcase_add_loop_test(tc, requests, 0, 7);
	tcase_add_test(tc, big_request);
	tcase_add_test(tc, key_is_sent_never_said);
	tcase_add_loop_test(tc, never_said, 0, 16);
	tcase_add_loop_test(tc, failures, 0, 24);
	tcase_add_test(tc, many_headers);
	tcase_add_test(tc, slow_but_alive);
	tcase_add_loop_test(tc, nobody_there, 0, 5);
	tcase_add_loop_test(tc, no_proxy, 0, 2);
	tcase_add_test(tc, unix_socket);
	tcase_add_test(tc, unix_socket_refused);
	tcase_add_loop_test(tc, streamed, 0, 3);
	tcase_add_test(tc, cancelled);
	tcase_add_test(tc, stubborn);
	tcase_add_loop_test(tc, headers, 0, 7);
	tcase_add_test(tc, escapes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

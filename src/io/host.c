#include "io/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "io/fs.h"

/* Only what is ours can be bound to. */
bool ohb_host_has_address(const char *address)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	ohb_autoclose int fd = -1;
	socklen_t len = 0;

	memset(&at, 0, sizeof(at));
	if (inet_pton(AF_INET, address, &at.v4.sin_addr) == 1) {
		at.v4.sin_family = AF_INET;
		len = sizeof(at.v4);
	} else if (inet_pton(AF_INET6, address, &at.v6.sin6_addr) == 1) {
		at.v6.sin6_family = AF_INET6;
		len = sizeof(at.v6);
	} else {
		return false;
	}
	fd = socket(at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && bind(fd, &at.any, len) == 0;
}

#define MAX_SOCKETS ((size_t)16 << 20)
#define LISTENS "0A"

/* In hex digits, each word in the machine's order. */
static bool is_loopback(const char *hex, size_t len)
{
	static const char own[] = "00000000000000000000000001000000";
	static const char mapped[] = "0000000000000000FFFF0000";

	if (len == 8)
		return memcmp(hex + 6, "7F", 2) == 0;
	return len == 32 &&
			(memcmp(hex, own, 32) == 0 ||
					(memcmp(hex, mapped, 24) == 0 &&
							memcmp(hex + 30, "7F",
									2) ==
									0));
}

/* Of "0: 0100007F:1F90 00000000:0000 0A ..." the port; 0 when it is none of
 * those that are looked for.  What tells is at its beginning. */
static unsigned read_listener(const char *text, size_t text_len)
{
	char line[128], port[5] = "", state[3] = "";
	const char *address;
	unsigned char bytes[2];
	size_t len, i;

	if (text_len >= sizeof(line))
		text_len = sizeof(line) - 1;
	memcpy(line, text, text_len);
	line[text_len] = '\0';
	address = line + strcspn(line, ":");
	address += strspn(address, ": ");
	len = strcspn(address, ":");
	if (sscanf(address + len, ":%4[0-9A-F] %*[0-9A-F:] %2[0-9A-F]", port,
			    state) != 2 ||
			strcmp(state, LISTENS) != 0 ||
			is_loopback(address, len))
		return 0;
	for (i = 0; port[i]; i++)
		port[i] = (char)tolower(port[i]);
	if (i != 4 || ohb_hex_parse(port, bytes, sizeof(bytes)) < 0)
		return 0;
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static void add_port(unsigned *ports, size_t *n, size_t max, unsigned port)
{
	size_t i = 0;

	while (i < *n && ports[i] < port)
		i++;
	if (!port || *n == max || (i < *n && ports[i] == port))
		return;
	memmove(&ports[i + 1], &ports[i], (*n - i) * sizeof(*ports));
	ports[i] = port;
	(*n)++;
}

size_t ohb_host_read_listeners(
		const char *table, unsigned *ports, size_t n, size_t max)
{
	const char *end = table + strlen(table);
	const char *line = memchr(table, '\n', (size_t)(end - table)), *next;

	for (; line && line + 1 < end; line = next) {
		line++;
		next = memchr(line, '\n', (size_t)(end - line));
		add_port(ports, &n, max,
				read_listener(line,
						(size_t)((next ? next : end) -
								line)));
	}
	return n;
}

size_t ohb_host_listeners(unsigned *ports, size_t max)
{
	static const char *const tables[] = { "/proc/net/tcp",
		"/proc/net/tcp6" };
	struct ohb_error ignored = OHB_ERROR_INIT;
	size_t i, n = 0;

	for (i = 0; i < 2; i++) {
		ohb_autostr text = OHB_STR_INIT;

		if (ohb_fs_read(AT_FDCWD, tables[i], MAX_SOCKETS, &text,
				    &ignored) == 0)
			n = ohb_host_read_listeners(
					ohb_str_cstr(&text), ports, n, max);
	}
	return n;
}

int ohb_host_free_port(unsigned *ret, struct ohb_error *err)
{
	ohb_autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
	} at;
	socklen_t len = sizeof(at.v4);

	memset(&at, 0, sizeof(at));
	at.v4.sin_family = AF_INET;
	at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, &at.any, len) < 0 ||
			getsockname(fd, &at.any, &len) < 0)
		return ohb_fail_errno(err, errno, "find a free port");
	*ret = ntohs(at.v4.sin_port);
	return 0;
}

#include "io/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

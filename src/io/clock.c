#include "io/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/digest.h"

static int64_t now_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ohb_clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

int64_t ohb_clock_wall_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

const char *ohb_clock_format(int64_t wall_ms, char text[OHB_TIME_TEXT])
{
	/* Rounds down, also before the epoch. */
	time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
			!strftime(text, OHB_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ",
					&tm))
		text[0] = '\0';
	return text;
}

void ohb_random(void *data, unsigned long len)
{
	char *at = data;
	ssize_t n;

	while (len > 0) {
		n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("ohbuild: getrandom");
			abort();
		}
		at += n;
		len -= (unsigned long)n;
	}
}

struct ohb_secret *ohb_random_secret(void)
{
	struct ohb_digest bits;
	char hex[OHB_DIGEST_HEX];
	struct ohb_secret *secret;

	ohb_random(bits.bytes, sizeof(bits.bytes));
	secret = ohb_secret_new(ohb_digest_hex(&bits, hex), sizeof(hex) - 1);
	ohb_wipe(&bits, sizeof(bits));
	ohb_wipe(hex, sizeof(hex));
	return secret;
}

/*
 * Preloaded (LD_PRELOAD), it moves the wall clock of a program: by as many
 * seconds as stand in the file CLOCK_FILE now.  The monotonic clock stays.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long moved(void)
{
	const char *path = getenv("CLOCK_FILE");
	FILE *file = path ? fopen(path, "re") : NULL;
	long seconds = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%ld", &seconds) != 1)
		seconds = 0;
	(void)fclose(file);
	return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t,
			struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, ret);

	if (clock == CLOCK_REALTIME)
		ret->tv_sec += moved();
	return result;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

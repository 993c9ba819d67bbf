/*
 * Runs a command once, its output thrown away, and prints what that took:
 *
 *	nanoseconds, of the processors, peak of resident memory in KiB, status
 *
 * The second and the third are those of all its processes, the third that of
 * the largest.  A process starts with its parent's peak: this one is small.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t nanoseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_usec * 1000;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int64_t from, to;
	int status;
	pid_t pid;

	if (argc < 2)
		return EXIT_FAILURE;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
			&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(
			&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	from = now_ns();
	if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) ||
			wait4(pid, &status, 0, &usage) != pid) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	to = now_ns();
	(void)printf("%lld %lld %ld %d\n", (long long)(to - from),
			(long long)(nanoseconds(&usage.ru_utime) +
					nanoseconds(&usage.ru_stime)),
			usage.ru_maxrss,
			WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return EXIT_SUCCESS;
}

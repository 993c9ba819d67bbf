/*
 * The floor beneath every tool that looks at all files: fstatat and nothing
 * else, by threads, each file relative to its open folder.
 *
 *	bench_look LIST [THREADS]
 *
 * LIST holds paths, each with a NUL behind it, sorted.
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS 64
#define RANGE 256

static char *bytes; /* the list, to the end */
static const char **paths;
static size_t count;
static atomic_size_t next;
static atomic_size_t absent;

static void look(const char *path, char *folder, int *fd)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	struct stat st;

	if (len >= 4096)
		abort();
	if (*fd < 0 || strlen(folder) != len ||
			memcmp(folder, path, len) != 0) {
		if (*fd >= 0)
			(void)close(*fd);
		memcpy(folder, path, len);
		folder[len] = '\0';
		*fd = open(len ? folder : ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fstatat(*fd, slash ? slash + 1 : path, &st, AT_SYMLINK_NOFOLLOW))
		atomic_fetch_add(&absent, 1);
}

static void *work(void *userdata)
{
	char folder[4096] = "";
	size_t from, i;
	int fd = -1;

	(void)userdata;
	while ((from = atomic_fetch_add(&next, RANGE)) < count)
		for (i = from; i < from + RANGE && i < count; i++)
			look(paths[i], folder, &fd);
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static int read_list(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t len, i;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	len = (size_t)st.st_size;
	bytes = malloc(len + 1);
	paths = malloc((len + 1) * sizeof(*paths) / 2);
	if (!bytes || !paths || read(fd, bytes, len) != (ssize_t)len)
		return -1;
	bytes[len] = '\0';
	for (i = 0; i < len; i += strlen(bytes + i) + 1)
		paths[count++] = bytes + i;
	return close(fd);
}

int main(int argc, char **argv)
{
	long wanted = argc > 2 ? strtol(argv[2], NULL, 10) :
				 sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[THREADS];
	long i, started = 0;

	if (argc < 2 || read_list(argv[1]) < 0) {
		perror("bench_look LIST [THREADS]");
		return EXIT_FAILURE;
	}
	for (i = 1; i < wanted && i < THREADS; i++)
		if (pthread_create(&threads[started], NULL, work, NULL) == 0)
			started++;
	(void)work(NULL);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	return absent ? EXIT_FAILURE : EXIT_SUCCESS;
}

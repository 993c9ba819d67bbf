#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/fs.h"
#include "io/wait.h"

#define LOCK_FILE ".ohbuild/lock" /* for messages */
#define POLL_MS 100

/* Belongs to the open file, not to the process: threads and closing another
 * descriptor of the same file do not lose it, death of the process does. */
static int try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

/* What the holder wrote about itself, fit to be shown. */
static void read_holder(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);
	size_t i;

	text[n > 0 ? n : 0] = '\0';
	for (i = 0; text[i]; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	if (!*text)
		(void)snprintf(text, size, "unknown program");
}

static int write_holder(int fd, const char *command)
{
	char text[512], time[OHB_TIME_TEXT];
	int len = snprintf(text, sizeof(text), "%.400s (pid %d, since %s)",
			command, (int)getpid(),
			ohb_clock_format(ohb_clock_wall_ms(), time));

	if (ftruncate(fd, 0) < 0)
		return -1;
	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

static int wait_lock(int fd, const struct ohb_store_options *options,
		struct ohb_error *err)
{
	char holder[512];
	bool told = false;
	int got;

	while ((got = try_lock(fd)) == 0) {
		read_holder(fd, holder, sizeof(holder));
		if (options->mode == OHB_STORE_NO_WAIT)
			return ohb_fail(err, OHB_E_BUSY,
					"another ohbuild is at work here: %s; "
					"run again when it has ended, or "
					"without --no-wait",
					holder);
		if (!told && options->on_wait)
			options->on_wait(options->userdata, holder);
		told = true;
		if (ohb_wait_ms(options->cancel, POLL_MS, err) < 0)
			return ohb_fail_context(err, "wait for %s", holder);
	}
	if (got < 0)
		return ohb_fail_errno(err, errno, "lock '%s'", LOCK_FILE);
	return 0;
}

static int take(int fd, const struct ohb_store_options *options, bool *ret_died,
		struct ohb_error *err)
{
	const char *command = options->command ? options->command : "ohbuild";
	off_t left;

	if (wait_lock(fd, options, err) < 0)
		return -1;
	left = lseek(fd, 0, SEEK_END);
	if (write_holder(fd, command) < 0)
		return ohb_fail_errno(err, errno, "write '%s'", LOCK_FILE);
	*ret_died = left > 0;
	return 0;
}

int ohb_lock_take(int dirfd, const struct ohb_store_options *options,
		bool *ret_died, struct ohb_error *err)
{
	int fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return ohb_fail_errno(err, errno, "open '%s'", LOCK_FILE);
	if (take(fd, options, ret_died, err) < 0)
		ohb_closep(&fd);
	return fd;
}

void ohb_lock_release(int fd, bool died)
{
	/* A name that stays says that its owner died; it does no harm. */
	const int bad = died ? 0 : ftruncate(fd, 0);

	(void)bad;
	(void)close(fd);
}

bool ohb_lock_held(int dirfd)
{
	ohb_autoclose int fd = openat(dirfd, "lock", O_RDONLY | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 &&
			lock.l_type != F_UNLCK;
}

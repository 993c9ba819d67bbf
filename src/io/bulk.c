#include "io/bulk.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* Below it a thread costs more than it saves. */
#define WORTH_A_THREAD 1000
#define THREADS 4
#define RANGE 256

struct bulk {
	ohb_range_fn *fn;
	void *userdata;
	size_t n;
	atomic_size_t next;
};

static void *work(void *userdata)
{
	struct bulk *bulk = userdata;
	size_t from;

	while ((from = atomic_fetch_add(&bulk->next, RANGE)) < bulk->n)
		bulk->fn(bulk->userdata, from,
				bulk->n - from < RANGE ? bulk->n :
							 from + RANGE);
	return NULL;
}

void ohb_bulk_run(size_t n, ohb_range_fn *fn, void *userdata)
{
	struct bulk bulk = { .fn = fn, .userdata = userdata, .n = n };
	long cores = n / WORTH_A_THREAD > 1 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
	size_t wanted = cores < THREADS ? (size_t)cores : THREADS;
	pthread_t threads[THREADS];
	size_t i, started = 0;

	if (wanted > n / WORTH_A_THREAD)
		wanted = n / WORTH_A_THREAD;
	/* This one works, too, and does it all when there is no other. */
	for (i = 1; i < wanted; i++)
		if (pthread_create(&threads[started], NULL, work, &bulk) == 0)
			started++;
	(void)work(&bulk);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
}

void ohb_folders_init(struct ohb_folders *folders, int dirfd)
{
	*folders = (struct ohb_folders){ .dirfd = dirfd };
}

static void give_up(struct ohb_folder *folder)
{
	free(folder->path);
	ohb_closep(&folder->fd);
	*folder = (struct ohb_folder){ .fd = -1 };
}

void ohb_folders_release(struct ohb_folders *folders)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(folders->slots); i++)
		if (folders->slots[i].path)
			give_up(&folders->slots[i]);
}

/* The folder's slot, or NULL when it cannot be had. */
static const struct ohb_folder *find(
		struct ohb_folders *folders, const char *path, size_t len)
{
	struct ohb_folder *slot;
	char *name;
	size_t i;
	int fd;

	for (i = 0; i < OHB_ARRAY_LEN(folders->slots); i++) {
		slot = &folders->slots[i];
		if (slot->path && slot->len == len &&
				memcmp(slot->path, path, len) == 0)
			return slot;
	}
	name = ohb_strndup(path, len);
	fd = ohb_fs_open_beneath(folders->dirfd, name, O_PATH | O_DIRECTORY,
			&folders->err);
	if (fd < 0 && folders->err.code != OHB_E_MISSING) {
		free(name);
		return NULL;
	}
	slot = &folders->slots[folders->next];
	folders->next = (folders->next + 1) % OHB_ARRAY_LEN(folders->slots);
	if (slot->path)
		give_up(slot);
	*slot = (struct ohb_folder){ .path = name, .len = len, .fd = fd };
	return slot;
}

int ohb_folders_stat(struct ohb_folders *folders, const char *path,
		struct ohb_fs_info *ret)
{
	const char *slash = strrchr(path, '/');
	const struct ohb_folder *folder;

	if (!slash)
		return ohb_fs_stat(folders->dirfd, path, ret, &folders->err);
	folder = find(folders, path, (size_t)(slash - path));
	if (!folder)
		return -1;
	if (folder->fd >= 0)
		return ohb_fs_stat(folder->fd, slash + 1, ret, &folders->err);
	*ret = (struct ohb_fs_info){ .kind = OHB_FS_ABSENT };
	return 0;
}

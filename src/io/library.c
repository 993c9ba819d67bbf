#include "io/library.h"

#include <dlfcn.h>
#include <string.h>

static int fail(const struct ohb_library *library, struct ohb_error *err)
{
	const char *why = dlerror();

	return ohb_fail(err, OHB_E_INFRA,
			"load the library '%s': %s; install it, on Debian by: "
			"apt-get install %s",
			library->soname, why ? why : "unknown error",
			library->package);
}

/* To be called with the lock held. */
static int load(struct ohb_library *library, struct ohb_error *err)
{
	void *handle = dlopen(
			library->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	char *to = library->pointers;
	const char *const *name;
	void *function;

	if (!handle)
		return fail(library, err);
	for (name = library->names; *name; name++) {
		function = dlsym(handle, *name);
		if (!function) {
			(void)fail(library, err);
			(void)dlclose(handle);
			return -1;
		}
		/* POSIX: a function's address fits, and copies, as data. */
		memcpy(to, &function, sizeof(function));
		to += sizeof(function);
	}
	if (library->begin)
		library->begin();
	return 0;
}

int ohb_library_load(struct ohb_library *library, struct ohb_error *err)
{
	int ret = 0;

	if (atomic_load_explicit(&library->loaded, memory_order_acquire))
		return 0;
	pthread_mutex_lock(&library->lock);
	if (!atomic_load_explicit(&library->loaded, memory_order_relaxed)) {
		ret = load(library, err);
		atomic_store_explicit(&library->loaded, ret == 0,
				memory_order_release);
	}
	pthread_mutex_unlock(&library->lock);
	return ret;
}

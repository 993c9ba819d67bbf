/* What is read comes back as it was read. */
#include <stdint.h>
#include <stdlib.h>

#include "store/lockfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct ohb_lock *lock)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr text = OHB_STR_INIT, again = OHB_STR_INIT;
	struct ohb_lock back;
	size_t i;

	ohb_lock_print(lock, &text);
	must(ohb_lock_parse("l", text.data, text.len, 1, &arena, &back, &err) ==
			0);
	must(back.count == lock->count);
	for (i = 0; i < lock->count; i++) {
		const struct ohb_lock_record *a = &lock->records[i];

		must(ohb_lock_same(a, &back.records[i]));
		must(ohb_lock_find(lock, a->target) == a);
		must(a->nparts && a->noutputs);
	}
	ohb_lock_print(&back, &again);
	must(ohb_streq(text.data, again.data));
	ohb_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_lock lock;

	if (ohb_lock_parse("l", (const char *)data, size, 1, &arena, &lock,
			    &err) == 0)
		check(&lock);
	else
		must(err.code == OHB_E_CONFIG);
	ohb_arena_release(&arena);
	return 0;
}

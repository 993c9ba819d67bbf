/* What a depfile command prints. */
#include "text/depfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_place(const char *path)
{
	ohb_autostr out = OHB_STR_INIT, again = OHB_STR_INIT;

	ohb_depfile_resolve("/root of/it", path, &out);
	must(*out.data == '/' && strlen(out.data) == out.len);
	must(!strstr(out.data, "//") && !strstr(out.data, "/../") &&
			!strstr(out.data, "/./"));
	ohb_depfile_resolve("/other", out.data, &again);
	must(ohb_streq(out.data, again.data));
}

/* Files written as rules are read back as they were. */
static void check_written(const struct ohb_depfile *files)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_depfile got;
	struct ohb_error err;
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	ohb_str_adds(&text, "target:");
	for (i = 0; i < files->count; i++) {
		const char *at = files->files[i];

		if (strpbrk(at, "\\\r\n") || ohb_streq(at, "|"))
			break;
		ohb_str_adds(&text, " ");
		for (; *at; at++) {
			if (strchr(" \t#:", *at))
				ohb_str_addc(&text, '\\');
			if (*at == '$')
				ohb_str_addc(&text, '$');
			ohb_str_addc(&text, *at);
		}
	}
	must(ohb_depfile_parse(text.data, text.len, &arena, &got, &err) == 0);
	must(got.form == OHB_DEPFILE_RULES);
	must(i == 0 || got.count == i);
	while (i--)
		must(ohb_streq(got.files[i], files->files[i]));
	ohb_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err;
	struct ohb_depfile got;
	size_t i;

	if (ohb_depfile_parse((const char *)data, size, &arena, &got, &err) ==
			0) {
		for (i = 0; i < got.count; i++) {
			must(*got.files[i] &&
					strlen(got.files[i]) <= OHB_MAX_PATH);
			check_place(got.files[i]);
		}
		check_written(&got);
	} else {
		must(err.code == OHB_E_SYNTAX);
	}
	ohb_arena_release(&arena);
	return 0;
}

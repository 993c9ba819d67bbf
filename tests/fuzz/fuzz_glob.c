/* The pattern is what stands before the first newline, the path the rest. */
#include "text/glob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A path with all escaped is a pattern that matches the path alone. */
static void check_escaped(struct ohb_arena *arena, const char *path)
{
	struct ohb_error err;
	struct ohb_glob *glob;
	ohb_autostr pattern = OHB_STR_INIT;
	size_t i, at;

	for (i = 0; path[i]; i++) {
		ohb_str_addc(&pattern, '\\');
		ohb_str_addc(&pattern, path[i]);
	}
	glob = ohb_glob_compile(arena, ohb_str_cstr(&pattern), &at, &err);
	if (!glob)
		return;
	must(ohb_glob_is_literal(glob));
	must(ohb_streq(ohb_glob_prefix(glob), path));
	must(ohb_glob_match(glob, path, NULL, NULL));
}

static void check_match(struct ohb_arena *arena, struct ohb_glob *glob,
		const char *path)
{
	struct ohb_captures captures;
	size_t i, j;

	if (!ohb_glob_match(glob, path, arena, &captures))
		return;
	must(ohb_starts(path, ohb_glob_prefix(glob)));
	must(ohb_glob_match(glob, path, NULL, NULL));
	for (i = 0; i < captures.count; i++) {
		must(strstr(path, captures.items[i].value) != NULL);
		for (j = 0; j < i; j++)
			must(!ohb_streq(captures.items[i].name,
					captures.items[j].name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err;
	struct ohb_glob *glob;
	ohb_autofree char *text = NULL;
	char *path;
	size_t at;

	if (size > 400)
		return 0;
	text = ohb_strndup((const char *)data, size);
	path = strchr(text, '\n');
	if (path)
		*path++ = '\0';
	else
		path = text + strlen(text);
	check_escaped(&arena, path);
	glob = ohb_glob_compile(&arena, text, &at, &err);
	if (glob)
		check_match(&arena, glob, path);
	else
		must(at <= strlen(text) && err.code == OHB_E_SYNTAX);
	ohb_arena_release(&arena);
	return 0;
}

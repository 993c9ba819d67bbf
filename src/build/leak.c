#include "build/leak.h"

#include <string.h>

#include "text/glob.h"
#include "text/keyshape.h"

#define MARK "gitleaks:allow"
#define SHOWN 5 /* places */

struct search {
	struct ohb_work *work;
	struct ohb_arena arena;
	struct ohb_glob **allowed;
	size_t nallowed;
	struct ohb_str keys, shapes; /* where they are */
	size_t nkeys, nshapes;
};

static void note(struct ohb_str *out, size_t *count,
		const struct ohb_file *file, size_t at)
{
	size_t line = 1, begin = 0, i;

	for (i = 0; i < at; i++)
		if (file->data[i] == '\n') {
			line++;
			begin = i + 1;
		}
	if ((*count)++ < SHOWN)
		ohb_str_addf(out, "%s%s:%zu:%zu", out->len ? ", " : "",
				file->path, line, at - begin + 1);
}

static bool is_marked(const struct ohb_file *file, size_t at)
{
	const char *begin = memrchr(file->data, '\n', at);
	const char *end = memchr(file->data + at, '\n', file->len - at);

	begin = begin ? begin : file->data;
	end = end ? end : file->data + file->len;
	return memmem(begin, (size_t)(end - begin), MARK, strlen(MARK));
}

static bool is_allowed(struct search *search, const char *path)
{
	size_t i;

	for (i = 0; i < search->nallowed; i++)
		if (ohb_glob_match(search->allowed[i], path, &search->arena,
				    NULL))
			return true;
	return false;
}

static void look_for_shapes(struct search *search, const struct ohb_file *file)
{
	size_t at = 0, len;

	for (; ohb_keyshape_find(file->data, file->len, &at, &len); at += len)
		if (ohb_keyshape_is_real(file->data, file->len, at, len) &&
				!is_marked(file, at))
			note(&search->shapes, &search->nshapes, file, at);
}

static void look_at(struct search *search, const struct ohb_file *file)
{
	const struct ohb_redact *keys = search->work->build->redact;
	size_t at;

	if (!file->data || !file->len)
		return;
	if (ohb_redact_find(keys, file->data, file->len, &at))
		note(&search->keys, &search->nkeys, file, at);
	else if (!is_allowed(search, file->path))
		look_for_shapes(search, file);
}

static void look_at_all(struct search *search, const struct ohb_fileset *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		look_at(search, &set->files[i]);
}

static void compile_allowed(struct search *search)
{
	const struct ohb_list *list =
			&search->work->build->config->agent.allow_secrets;
	struct ohb_error ignored = OHB_ERROR_INIT;
	size_t i, at;

	search->allowed = ohb_arena_alloc(&search->arena,
			(list->count + 1) * sizeof(struct ohb_glob *));
	for (i = 0; i < list->count; i++) {
		struct ohb_glob *glob = ohb_glob_compile(
				&search->arena, list->items[i], &at, &ignored);

		if (glob)
			search->allowed[search->nallowed++] = glob;
	}
}

static void add_rest(struct ohb_str *places, size_t count)
{
	if (count > SHOWN)
		ohb_str_addf(places, " and %zu more", count - SHOWN);
}

int ohb_leak_look(struct ohb_work *work)
{
	struct search search = { .work = work, .arena = OHB_ARENA_INIT };
	const struct ohb_file message = {
		.path = "(the agent's task)",
		.data = work->brief.data,
		.len = work->brief.len,
	};
	int next = OHB_NEXT_ROUND;

	compile_allowed(&search);
	look_at_all(&search, &work->stage.inputs);
	look_at_all(&search, &work->stage.previous);
	look_at(&search, &message);
	add_rest(&search.keys, search.nkeys);
	add_rest(&search.shapes, search.nshapes);
	if (search.nkeys)
		next = ohb_work_end(work, OHB_END_CONFIG,
				"the key of a model stands in %s, and would be "
				"sent to a provider: take it out of the files",
				search.keys.data);
	else if (search.nshapes)
		next = ohb_work_end(work, OHB_END_CONFIG,
				"what looks like a secret stands in %s, and "
				"would be sent to a provider: take it out, or "
				"if it is none, name the file in "
				"'agent.allow_secrets' (openhands.yml) or "
				"write '" MARK "' on the line",
				search.shapes.data);
	ohb_str_release(&search.keys);
	ohb_str_release(&search.shapes);
	ohb_arena_release(&search.arena);
	return next;
}

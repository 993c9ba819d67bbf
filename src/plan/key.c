#include "plan/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define STRING(number) #number
#define FORMAT_OF(number) STRING(number)
#define FORMAT FORMAT_OF(OHB_KEY_FORMAT)

struct list {
	struct ohb_part *items;
	size_t count;
};

static void add_part(
		struct list *parts, const char *name, struct ohb_digest digest)
{
	parts->items[parts->count].name = name;
	parts->items[parts->count++].digest = digest;
}

static void add_files(struct list *parts, const char *kind,
		const char *const *paths, size_t count,
		const struct ohb_digest *digests, struct ohb_arena *arena)
{
	size_t i;

	for (i = 0; i < count; i++)
		add_part(parts,
				ohb_arena_printf(
						arena, "%s:%s", kind, paths[i]),
				digests[i]);
}

static bool write_image(const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_str *out)
{
	if (!target->module->key_image || !config->agent.image)
		return false;
	ohb_str_adds(out, config->agent.image);
	return true;
}

static bool write_models(const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_str *out)
{
	size_t i;

	(void)config;
	if (!target->module->key_model)
		return false;
	for (i = 0; i < target->nmodels; i++)
		ohb_frame_add(out, "model", target->models[i]->id,
				strlen(target->models[i]->id));
	return true;
}

static bool write_prompt(const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_str *out)
{
	(void)config;
	if (!target->prompt)
		return false;
	ohb_str_adds(out, target->prompt);
	return true;
}

static bool write_settings(const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_str *out)
{
	size_t i;

	(void)config;
	for (i = 0; i < target->noutputs; i++)
		ohb_frame_add(out, "output", target->outputs[i],
				strlen(target->outputs[i]));
	return true;
}

/* Those of OHB_KEY_TEXTS; false: the target has none such. */
static bool (*const writers[])(const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_str *out) = {
	write_image, write_models, write_prompt, write_settings
};

static const char *const texts[OHB_ARRAY_LEN(writers)] = { OHB_KEY_TEXTS };

bool ohb_key_text(const struct ohb_target *target,
		const struct ohb_config *config, const char *part,
		struct ohb_str *out)
{
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(texts); i++)
		if (strcmp(texts[i], part) == 0)
			return writers[i](target, config, out);
	return false;
}

const char *ohb_key_path(const char *part)
{
	const char *colon = strchr(part, ':');

	return colon ? colon + 1 : NULL;
}

static void add_texts(struct list *parts, const struct ohb_target *target,
		const struct ohb_config *config)
{
	ohb_autostr text = OHB_STR_INIT;
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(texts); i++) {
		ohb_str_clear(&text);
		if (writers[i](target, config, &text))
			add_part(parts, texts[i],
					ohb_digest_of(ohb_str_cstr(&text),
							text.len));
	}
}

static int by_name(const void *a, const void *b)
{
	const struct ohb_part *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct ohb_parts ohb_key_parts(const struct ohb_target *target,
		const struct ohb_config *config,
		const struct ohb_digest *sources,
		const struct ohb_digest *inputs, struct ohb_arena *arena)
{
	struct list parts = {
		.items = ohb_arena_alloc(arena,
				(target->nsources + target->ninputs +
						OHB_ARRAY_LEN(texts)) *
						sizeof(*parts.items)),
	};

	add_files(&parts, "source", target->sources, target->nsources, sources,
			arena);
	add_files(&parts, "input", target->inputs, target->ninputs, inputs,
			arena);
	add_texts(&parts, target, config);
	qsort(parts.items, parts.count, sizeof(*parts.items), by_name);
	return (struct ohb_parts){ .items = parts.items, .count = parts.count };
}

struct ohb_digest ohb_key_of(const struct ohb_parts *parts)
{
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "format", FORMAT, strlen(FORMAT));
	for (i = 0; i < parts->count; i++)
		ohb_framed_add(&framed, parts->items[i].name,
				parts->items[i].digest.bytes, OHB_DIGEST_SIZE);
	return ohb_framed_end(&framed);
}

bool ohb_key_sources_only(const struct ohb_change *changes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ohb_starts(changes[i].part, "source:") ||
				changes[i].kind != OHB_PART_CHANGED)
			return false;
	return n > 0;
}

static void add_change(struct ohb_change *change, const char *name,
		enum ohb_change_kind kind, const struct ohb_part *before,
		const struct ohb_part *after)
{
	change->part = name;
	change->kind = kind;
	if (before)
		change->before = before->digest;
	if (after)
		change->after = after->digest;
}

const struct ohb_change *ohb_key_compare(const struct ohb_parts *before,
		const struct ohb_parts *after, struct ohb_arena *arena,
		size_t *ret_n)
{
	const struct ohb_part *x = before->items, *y = after->items;
	const struct ohb_part *xend = x + before->count;
	const struct ohb_part *yend = y + after->count;
	struct ohb_change *changes = ohb_arena_alloc(arena,
			(before->count + after->count) * sizeof(*changes));
	size_t n = 0;

	while (x < xend || y < yend) {
		int order = x == xend ? 1 : -1;

		if (x < xend && y < yend)
			order = strcmp(x->name, y->name);
		if (order < 0)
			add_change(&changes[n++], x->name, OHB_PART_REMOVED, x,
					NULL);
		else if (order > 0)
			add_change(&changes[n++], y->name, OHB_PART_ADDED, NULL,
					y);
		else if (!ohb_digest_eq(&x->digest, &y->digest))
			add_change(&changes[n++], y->name, OHB_PART_CHANGED, x,
					y);
		x += order <= 0;
		y += order >= 0;
	}
	*ret_n = n;
	return changes;
}

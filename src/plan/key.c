#include "plan/key.h"

#include <stdlib.h>
#include <string.h>

/* Raised when the same parts have to give another key. */
#define FORMAT "1"

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

static struct ohb_digest digest_of_outputs(const struct ohb_target *target)
{
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	for (i = 0; i < target->noutputs; i++)
		ohb_framed_add(&framed, "output", target->outputs[i],
				strlen(target->outputs[i]));
	return ohb_framed_end(&framed);
}

static struct ohb_digest digest_of_models(const struct ohb_target *target)
{
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	for (i = 0; i < target->nmodels; i++)
		ohb_framed_add(&framed, "model", target->models[i]->id,
				strlen(target->models[i]->id));
	return ohb_framed_end(&framed);
}

static struct ohb_digest digest_of_text(const char *text)
{
	return ohb_digest_of(text, strlen(text));
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
				(target->nsources + target->ninputs + 4) *
						sizeof(*parts.items)),
	};

	add_files(&parts, "source", target->sources, target->nsources, sources,
			arena);
	add_files(&parts, "input", target->inputs, target->ninputs, inputs,
			arena);
	add_part(&parts, "settings", digest_of_outputs(target));
	if (target->prompt)
		add_part(&parts, "prompt", digest_of_text(target->prompt));
	if (target->module->key_model)
		add_part(&parts, "model", digest_of_models(target));
	if (target->module->key_image && config->agent.image)
		add_part(&parts, "image", digest_of_text(config->agent.image));
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

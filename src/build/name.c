#include "build/name.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/fs.h"

static const struct ohb_content absent = { .mode = OHB_CONTENT_ABSENT };

struct ohb_digest ohb_name_stand_in(const struct ohb_content *content)
{
	struct ohb_framed framed;

	if (content->mode == OHB_CONTENT_ABSENT)
		return (struct ohb_digest){ .bytes = { 0 } };
	ohb_framed_init(&framed);
	ohb_framed_add(&framed, "mode", &content->mode, sizeof(content->mode));
	ohb_framed_add(&framed, "sha256", content->sha.bytes, OHB_SHA256_SIZE);
	return ohb_framed_end(&framed);
}

static void add_known(struct ohb_names *names, const struct ohb_name *name)
{
	char hex[OHB_DIGEST_HEX];
	struct ohb_content *content =
			ohb_arena_alloc(names->arena, sizeof(*content));

	*content = name->content;
	(void)ohb_map_add(&names->known,
			ohb_arena_strdup(names->arena,
					ohb_digest_hex(&name->digest, hex)),
			content);
}

void ohb_names_add(struct ohb_names *names, const struct ohb_name *name)
{
	struct ohb_name *learnt;

	if (ohb_names_known(names, &name->digest))
		return;
	add_known(names, name);
	learnt = ohb_grow(&names->learnt, &names->cap, names->nlearnt,
			sizeof(*learnt));
	*learnt = *name;
	names->nlearnt++;
}

int ohb_names_open(struct ohb_names *names, const struct ohb_tree *tree,
		const struct ohb_config *config, struct ohb_store *store,
		struct ohb_arena *arena, struct ohb_error *err)
{
	const struct ohb_name *known = NULL;
	size_t n = 0, i;

	*names = (struct ohb_names){
		.tree = tree,
		.config = config,
		.arena = arena,
	};
	if (ohb_name_load(store, arena, &known, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		add_known(names, &known[i]);
	return 0;
}

int ohb_names_save(struct ohb_names *names, struct ohb_store *store,
		struct ohb_error *err)
{
	if (ohb_name_save(store, names->learnt, names->nlearnt, err) < 0)
		return -1;
	names->nlearnt = 0;
	return 0;
}

void ohb_names_release(struct ohb_names *names)
{
	ohb_map_release(&names->known);
	free(names->learnt);
	*names = (struct ohb_names){ .learnt = NULL };
}

const struct ohb_content *ohb_names_known(
		const struct ohb_names *names, const struct ohb_digest *digest)
{
	char hex[OHB_DIGEST_HEX];

	if (ohb_digest_is_zero(digest))
		return &absent;
	return ohb_map_get(&names->known, ohb_digest_hex(digest, hex));
}

/* What bytes are, as far as a digest tells: a file, a program, a link. */
static void learn_bytes(struct ohb_names *names,
		const struct ohb_digest *digest, const struct ohb_str *bytes)
{
	static const struct {
		enum ohb_fs_kind kind;
		mode_t mode;
	} kinds[] = {
		{ OHB_FS_FILE, 0644 },
		{ OHB_FS_FILE, 0755 },
		{ OHB_FS_LINK, 0 },
	};
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(kinds); i++) {
		const struct ohb_digest here = ohb_fs_digest_of(kinds[i].kind,
				kinds[i].mode, ohb_str_cstr(bytes), bytes->len);
		struct ohb_name name;

		if (!ohb_digest_eq(&here, digest))
			continue;
		name = ohb_name_of(kinds[i].kind, kinds[i].mode,
				ohb_str_cstr(bytes), bytes->len);
		ohb_names_add(names, &name);
		return;
	}
}

/* Whatever is the matter with a file: it is not what is meant. */
static void learn_file(struct ohb_names *names, const struct ohb_tree *tree,
		const char *path, const struct ohb_digest *digest)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autostr bytes = OHB_STR_INIT;

	if (ohb_tree_bytes(tree, path, OHB_MAX_INPUT_FILE, &bytes, &ignored) ==
			0)
		learn_bytes(names, digest, &bytes);
}

const struct ohb_content *ohb_names_file(struct ohb_names *names,
		const char *path, const struct ohb_digest *digest)
{
	const struct ohb_tree disk = { .dirfd = names->tree->dirfd };
	const struct ohb_content *known = ohb_names_known(names, digest);

	if (known)
		return known;
	learn_file(names, &disk, path, digest);
	known = ohb_names_known(names, digest);
	if (known || !names->tree->staged)
		return known;
	/* By a process of git. */
	learn_file(names, names->tree, path, digest);
	return ohb_names_known(names, digest);
}

static struct ohb_name name_of_text(const struct ohb_str *text)
{
	return (struct ohb_name){
		.digest = ohb_digest_of(ohb_str_cstr(text), text->len),
		.content = { .mode = OHB_CONTENT_TEXT,
				.sha = ohb_sha256_of(ohb_str_cstr(text),
						text->len) },
	};
}

const struct ohb_content *ohb_names_part(struct ohb_names *names,
		const struct ohb_target *target, const char *part,
		const struct ohb_digest *digest)
{
	const struct ohb_content *known = ohb_names_known(names, digest);
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_name name;

	if (known)
		return known;
	if (ohb_key_path(part))
		return ohb_names_file(names, ohb_key_path(part), digest);
	if (!ohb_key_text(target, names->config, part, &text))
		return NULL;
	name = name_of_text(&text);
	if (!ohb_digest_eq(&name.digest, digest))
		return NULL;
	ohb_names_add(names, &name);
	return ohb_names_known(names, digest);
}

struct kept {
	struct ohb_name *items; /* malloc'ed */
	size_t count, cap;
};

static void keep(struct kept *kept, struct ohb_name name)
{
	struct ohb_name *slot = ohb_grow(
			&kept->items, &kept->cap, kept->count, sizeof(*slot));

	*slot = name;
	kept->count++;
}

static void keep_file(struct kept *kept, const struct ohb_file *file)
{
	if (file && file->kind == OHB_TAR_LINK)
		keep(kept,
				ohb_name_of(OHB_FS_LINK, 0, file->target,
						strlen(file->target)));
	else if (file && file->kind == OHB_TAR_FILE && file->data)
		keep(kept,
				ohb_name_of(OHB_FS_FILE, file->mode, file->data,
						file->len));
}

static void keep_paths(struct kept *kept, const struct ohb_fileset *files,
		const char *const *paths, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		keep_file(kept, ohb_fileset_find(files, paths[i]));
}

/* The header's signature; an object for one call would say no more. */
/* NOLINTNEXTLINE(readability-function-size) */
int ohb_names_keep(struct ohb_store *store, const struct ohb_stage *stage,
		const struct ohb_fileset *outputs,
		const struct ohb_target *target,
		const struct ohb_config *config, struct ohb_error *err)
{
	static const char *const texts[] = { OHB_KEY_TEXTS };
	struct kept kept = { .items = NULL };
	size_t i;
	int result;

	keep_paths(&kept, &stage->inputs, target->sources, target->nsources);
	keep_paths(&kept, &stage->inputs, target->inputs, target->ninputs);
	keep_paths(&kept, outputs, target->outputs, target->noutputs);
	for (i = 0; i < OHB_ARRAY_LEN(texts); i++) {
		ohb_autostr text = OHB_STR_INIT;

		if (ohb_key_text(target, config, texts[i], &text))
			keep(&kept, name_of_text(&text));
	}
	result = ohb_name_save(store, kept.items, kept.count, err);
	free(kept.items);
	return result;
}

#include "build/restore.h"

#include <limits.h>
#include <string.h>

#include "build/commit.h"
#include "build/past.h"
#include "build/stage.h"
#include "io/clock.h"

/* The one target that a word means. */
static int find_target(const struct ohb_graph *graph, const char *word,
		const struct ohb_target **ret, struct ohb_error *err)
{
	ohb_autofree bool *selected =
			ohb_alloc(graph->count * sizeof(*selected));
	const struct ohb_target *found = NULL;
	size_t i, count = 0;

	if (ohb_graph_select(graph, &word, 1, selected, err) < 0)
		return -1;
	for (i = 0; i < graph->count; i++) {
		if (!selected[i])
			continue;
		found = &graph->targets[i];
		count++;
	}
	if (count != 1)
		return ohb_fail(err, OHB_E_USAGE,
				"'%s' means %zu targets: name the one to "
				"restore",
				word, count);
	*ret = found;
	return 0;
}

static int find(const struct ohb_graph *graph, const char *word,
		const struct ohb_target **ret, unsigned *ret_number,
		struct ohb_error *err)
{
	const char *sign = strrchr(word, '@');
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autofree char *name = NULL;
	unsigned long long number;

	*ret_number = 1;
	if (!sign || sign == word ||
			ohb_parse_u64(sign + 1, strlen(sign + 1), UINT_MAX,
					&number) < 0)
		return find_target(graph, word, ret, err);
	if (find_target(graph, word, ret, &ignored) == 0)
		return 0;
	name = ohb_strndup(word, (size_t)(sign - word));
	*ret_number = (unsigned)number;
	return find_target(graph, name, ret, err);
}

static const struct ohb_past_version *pick(
		const struct ohb_past *past, unsigned number)
{
	size_t i;

	for (i = 0; number && i < past->count; i++)
		if (past->items[i].number == number)
			return &past->items[i];
	return NULL;
}

static int no_version(const struct ohb_target *target,
		const struct ohb_past *past, unsigned number,
		struct ohb_error *err)
{
	unsigned last = 0;
	size_t i;

	for (i = 0; i < past->count; i++)
		if (past->items[i].number > last)
			last = past->items[i].number;
	if (last == 0)
		return ohb_fail(err, OHB_E_USAGE,
				"of '%s' no version is known but what stands "
				"on disk",
				target->name);
	return ohb_fail(err, OHB_E_USAGE,
			"'%s' has no version @%u, but @1 to @%u: 'ohbuild log "
			"%s' lists them",
			target->name, number, last, target->name);
}

static int put_back(int dirfd, struct ohb_store *store,
		const struct ohb_target *target,
		const struct ohb_past_version *version, struct ohb_arena *arena,
		struct ohb_error *err)
{
	struct ohb_fileset previous = OHB_FILESET_INIT;
	struct ohb_fileset files = OHB_FILESET_INIT;
	const struct ohb_change_set change = {
		.target = target->name,
		.previous = &previous,
		.outputs = &files,
	};
	int result = ohb_stage_outputs(dirfd, target, arena, &previous, err);

	if (result == 0)
		result = ohb_past_files(store, version, arena, &files, err);
	if (result == 0)
		result = ohb_commit_outputs(dirfd, store, &change, arena, err);
	ohb_fileset_release(&previous);
	ohb_fileset_release(&files);
	return result;
}

int ohb_restore(int dirfd, struct ohb_store *store,
		const struct ohb_graph *graph, const char *word,
		struct ohb_str *said, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	const struct ohb_past_version *version = NULL;
	const struct ohb_target *target = NULL;
	struct ohb_past past;
	char moment[OHB_TIME_TEXT];
	unsigned number;
	int result;

	if (find(graph, word, &target, &number, err) < 0 || !target)
		return -1;
	result = ohb_past_load(store, dirfd, target, &arena, &past, err);
	if (result == 0) {
		version = pick(&past, number);
		result = version ? put_back(dirfd, store, target, version,
						   &arena, err) :
				   no_version(target, &past, number, err);
	}
	if (result == 0 && version)
		ohb_str_addf(said, "%s: @%u is back, of %s, by %s\n",
				target->name, number,
				ohb_clock_format(version->written_ms, moment),
				version->origin == OHB_BY_AGENT ? "an agent" :
								  "a person");
	ohb_arena_release(&arena);
	return result;
}

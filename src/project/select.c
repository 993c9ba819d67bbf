/* Words of the command line become targets. */
#include <stdlib.h>
#include <string.h>

#include "project/graph.h"

/* Whether a word means a text: it is the text, or a pattern that matches. */
struct word {
	const char *text;
	const struct ohb_glob *glob; /* NULL: word for word */
};

static bool means(const struct word *word, const char *text)
{
	return word->glob ? ohb_glob_match(word->glob, text, NULL, NULL) :
			    ohb_streq(word->text, text);
}

static bool means_any(
		const struct word *word, const char *const *texts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (means(word, texts[i]))
			return true;
	return false;
}

static bool means_tag(const struct word *word, const struct ohb_list *tags)
{
	struct word tag = { word->text + 1, word->glob };
	size_t i;

	for (i = 0; i < tags->count; i++)
		if (means(&tag, tags->items[i]))
			return true;
	return false;
}

static bool means_target(
		const struct word *word, const struct ohb_target *target)
{
	if (word->text[0] == '@')
		return means_tag(word, &target->module->tags);
	return means_any(word, target->outputs, target->noutputs) ||
			means_any(word, target->sources, target->nsources) ||
			(*target->module->name &&
					means(word, target->module->name));
}

static size_t select_word(const struct ohb_graph *graph,
		const struct word *word, bool *selected)
{
	size_t i, count = 0;

	for (i = 0; i < graph->count; i++) {
		if (!means_target(word, &graph->targets[i]))
			continue;
		selected[i] = true;
		count++;
	}
	return count;
}

struct names {
	const char **items;
	size_t count, cap;
};

static void add_name(struct names *names, const char *name)
{
	*(const char **)ohb_grow((void *)&names->items, &names->cap,
			names->count, sizeof(*names->items)) = name;
	if (name)
		names->count++;
}

/* All words that would select something, ended by NULL. */
static struct names all_names(
		const struct ohb_graph *graph, struct ohb_arena *arena)
{
	struct names names = { .items = NULL };
	const struct ohb_module_config *last = NULL;
	size_t i, j;

	for (i = 0; i < graph->count; i++) {
		const struct ohb_target *target = &graph->targets[i];

		for (j = 0; j < target->noutputs; j++)
			add_name(&names, target->outputs[j]);
		for (j = 0; j < target->nsources; j++)
			add_name(&names, target->sources[j]);
		if (target->module == last)
			continue;
		last = target->module;
		add_name(&names, last->name);
		for (j = 0; j < last->tags.count; j++)
			add_name(&names,
					ohb_arena_printf(arena, "@%s",
							last->tags.items[j]));
	}
	add_name(&names, NULL);
	return names;
}

/* "src/..." of "src" and "src/": a folder is no word, but a pattern is. */
static const char *below(const struct names *names, const char *word,
		struct ohb_arena *arena)
{
	size_t len = strlen(word), i;

	while (len > 0 && word[len - 1] == '/')
		len--;
	for (i = 0; len > 0 && i < names->count; i++)
		if (strncmp(names->items[i], word, len) == 0 &&
				names->items[i][len] == '/')
			return ohb_arena_printf(
					arena, "%.*s/**", (int)len, word);
	return NULL;
}

static int no_target(const struct ohb_graph *graph, const char *word,
		struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct names names = all_names(graph, &arena);
	const char *similar = below(&names, word, &arena);

	if (!similar)
		similar = ohb_suggest(word, names.items);
	if (similar)
		(void)ohb_fail(err, OHB_E_USAGE,
				"no target for '%s'; did you mean '%s'?", word,
				similar);
	else
		(void)ohb_fail(err, OHB_E_USAGE,
				"no target for '%s'; a target is a test, a "
				"source, a module, a tag as '@unit', or a "
				"pattern of these ('ohbuild list' names them)",
				word);
	free(names.items);
	ohb_arena_release(&arena);
	return -1;
}

static int select_one(const struct ohb_graph *graph, const char *text,
		bool *selected, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct word word = { .text = text };
	struct ohb_error bad;
	size_t at, count;

	while (ohb_starts(word.text, "./"))
		word.text += 2;
	count = select_word(graph, &word, selected);
	if (!count) {
		word.glob = ohb_glob_compile(&arena,
				word.text + (word.text[0] == '@'), &at, &bad);
		if (word.glob && !ohb_glob_is_literal(word.glob))
			count = select_word(graph, &word, selected);
	}
	ohb_arena_release(&arena);
	return count ? 0 : no_target(graph, text, err);
}

int ohb_graph_select(const struct ohb_graph *graph, const char *const *words,
		size_t nwords, bool *selected, struct ohb_error *err)
{
	size_t i;

	for (i = 0; i < graph->count; i++)
		selected[i] = nwords == 0;
	for (i = 0; i < nwords; i++)
		if (select_one(graph, words[i], selected, err) < 0)
			return -1;
	return 0;
}

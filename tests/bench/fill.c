/*
 * Gives every target of the project in the current folder a record of
 * success under its present key, as if it had been built: for benchmarks of
 * doing nothing.  The outputs must be there.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "build/depfile.h"
#include "build/facts.h"
#include "io/fs.h"

static int fail(const struct ohb_error *err)
{
	(void)fprintf(stderr, "fill: %s\n", err->msg);
	return EXIT_FAILURE;
}

static int describe(int dirfd, const struct ohb_target *target,
		const struct ohb_fact *fact, struct ohb_arena *arena,
		struct ohb_record *ret, struct ohb_error *err)
{
	struct ohb_record_output *output =
			ohb_arena_alloc(arena, sizeof(*output));

	*output = (struct ohb_record_output){
		.path = target->name,
		.mode = 0644,
	};
	*ret = (struct ohb_record){
		.target = target->name,
		.key = fact->key,
		.parts = fact->parts.items,
		.nparts = fact->parts.count,
		.outputs = output,
		.noutputs = 1,
		.cost_usd = -1,
	};
	return ohb_fs_digest(dirfd, target->name, &output->digest, err);
}

int main(void)
{
	const struct ohb_store_options options = { .mode = OHB_STORE_WRITE };
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_diags diags;
	struct ohb_config config;
	struct ohb_files files;
	struct ohb_graph graph;
	struct ohb_facts facts;
	struct ohb_depfiles depfiles;
	struct ohb_store *store = NULL;
	struct ohb_record *records;
	struct ohb_tree tree = {
		.dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	char *root = realpath(".", NULL);
	size_t i;

	ohb_diags_init(&diags, &arena);
	if (ohb_config_load(&tree, "openhands.yml", &arena, &diags, &config,
			    &err) < 0 ||
			ohb_tree_list(&tree, &arena, &files, &err) < 0 ||
			ohb_graph_make(&tree, &config, &files, &arena, &diags,
					&graph, &err) < 0 ||
			ohb_store_open(tree.dirfd, &options, &store, &err) < 0)
		return fail(&err);
	depfiles = (struct ohb_depfiles){
		.tree = &tree,
		.root = root,
		.config = &config,
		.files = &files,
		.store = store,
		.arena = &arena,
		.diags = &diags,
	};
	if (ohb_depfiles_read(&depfiles, &graph, &err) < 0 ||
			ohb_facts_gather(&tree, &graph, &config, store, &arena,
					&facts, &err) < 0)
		return fail(&err);
	records = ohb_arena_alloc(&arena, graph.count * sizeof(*records));
	for (i = 0; i < graph.count; i++)
		if (describe(tree.dirfd, &graph.targets[i], &facts.items[i],
				    &arena, &records[i], &err) < 0)
			return fail(&err);
	if (ohb_record_save_all(store, records, graph.count, &err) < 0)
		return fail(&err);
	free(root);
	ohb_store_close(store);
	ohb_graph_release(&graph);
	ohb_diags_release(&diags);
	ohb_arena_release(&arena);
	return EXIT_SUCCESS;
}

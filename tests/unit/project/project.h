#ifndef TESTS_UNIT_PROJECT_H
#define TESTS_UNIT_PROJECT_H

/* Modules written as literals, files as a list, a real folder behind. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "io/fs.h"
#include "project/graph.h"
#include "project/tree.h"

#define MAX_ITEMS 6

struct rule {
	const char *name;
	const char *source[MAX_ITEMS], *test[MAX_ITEMS], *exclude[MAX_ITEMS];
	const char *inputs[MAX_ITEMS], *workspace[MAX_ITEMS];
	const char *optional[MAX_ITEMS];
	const char *models[MAX_ITEMS], *tags[MAX_ITEMS];
	const char *prompt;
	int priority;
};

/* Lines of the keys of a module; those of the second are 10 further. */
enum {
	AT_MODULE = 1,
	AT_SOURCE,
	AT_TEST,
	AT_EXCLUDE,
	AT_INPUTS,
	AT_WORKSPACE,
	AT_MODELS,
	AT_OPTIONAL
};

struct project {
	struct ohb_arena arena;
	struct ohb_diags diags;
	struct ohb_error err;
	struct ohb_config config;
	struct ohb_module_config modules[4];
	struct ohb_files files;
	struct ohb_graph graph;
	char *dir;
	int fd;
};

static struct project project;

static inline struct ohb_list list_of(const char *const *items, unsigned line)
{
	struct ohb_list list = { .count = 0 };
	size_t count = 0;

	while (count < MAX_ITEMS && items[count])
		count++;
	list.items = ohb_arena_alloc(
			&project.arena, count * sizeof(*list.items));
	list.pos = ohb_arena_alloc(&project.arena, count * sizeof(*list.pos));
	for (; list.count < count; list.count++) {
		list.items[list.count] = items[list.count];
		list.pos[list.count].line = line;
		list.pos[list.count].column = (unsigned)list.count + 1;
	}
	return list;
}

static inline void add_rule(const struct rule *rule)
{
	unsigned line = 10 * (unsigned)project.config.nmodules;

	project.modules[project.config.nmodules++] = (struct ohb_module_config){
		.name = rule->name ? rule->name : "",
		.source = list_of(rule->source, line + AT_SOURCE),
		.test = list_of(rule->test, line + AT_TEST),
		.exclude = list_of(rule->exclude, line + AT_EXCLUDE),
		.inputs = list_of(rule->inputs, line + AT_INPUTS),
		.optional_inputs = list_of(rule->optional, line + AT_OPTIONAL),
		.workspace = list_of(rule->workspace, line + AT_WORKSPACE),
		.models = list_of(rule->models, line + AT_MODELS),
		.tags = list_of(rule->tags, 0),
		.prompt = rule->prompt,
		.priority = rule->priority,
		.pos = { .line = line + AT_MODULE },
	};
}

static inline int path_order(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The files that git would name; they are not on disk. */
static inline void add_files(const char *const *paths, size_t count)
{
	project.files.paths = ohb_arena_alloc(
			&project.arena, count * sizeof(*project.files.paths));
	memcpy(project.files.paths, paths, count * sizeof(*paths));
	project.files.count = count;
	qsort(project.files.paths, count, sizeof(*paths), path_order);
}

/* Writes a file of the folder, with its parents. */
static inline void write_file(const char *path)
{
	char *folder = ohb_strdup(path);
	char *slash = strrchr(folder, '/');
	int fd;

	if (slash) {
		*slash = '\0';
		ck_assert_int_eq(
				ohb_fs_mkdirs(project.fd, folder, &project.err),
				0);
	}
	fd = openat(project.fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	close(fd);
	free(folder);
}

static inline int make_graph(void)
{
	return ohb_graph_make(&(struct ohb_tree){ .dirfd = project.fd },
			&project.config, &project.files, &project.arena,
			&project.diags, &project.graph, &project.err);
}

static inline void setup(void)
{
	static const struct ohb_model_config models[] = {
		{ .id = "openrouter/deepseek/chat" },
		{ .id = "mistral/small" },
	};

	memset(&project, 0, sizeof(project));
	ohb_diags_init(&project.diags, &project.arena);
	ck_assert_int_eq(ohb_fs_temp_dir(&project.dir, &project.err), 0);
	project.fd = open(project.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	project.config.models = models;
	project.config.nmodels = 2;
	project.config.modules = project.modules;
}

static inline void teardown(void)
{
	ohb_graph_release(&project.graph);
	ohb_diags_release(&project.diags);
	ohb_arena_release(&project.arena);
	close(project.fd);
	ck_assert_int_eq(
			ohb_fs_remove_tree(AT_FDCWD, project.dir, &project.err),
			0);
	free(project.dir);
}

#endif

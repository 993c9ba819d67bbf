#include "api/project.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "gateway/gateway.h"
#include "io/fs.h"
#include "io/wait.h"
#include "ohbuild/version.h"
#include "project/hook.h"

#define CONFIG_FILE "openhands.yml"

/* Whether what the last build decided is an answer to what will be asked. */
static bool glance(struct ohb_project *project,
		const struct ohb_project_options *options)
{
	const enum ohb_glance purpose = options->glance;
	const struct ohb_glance_kept *kept = &project->glance;

	if (purpose == OHB_GLANCE_NEVER ||
			!ohb_picture_glance(project->tree.dirfd, project->file,
					&project->glance))
		return false;
	if (options->staged)
		return purpose == OHB_GLANCE_CHECK &&
				ohb_picture_is_staged(
						project->tree.dirfd, kept);
	if (kept->nchanged)
		return purpose == OHB_GLANCE_CHECK &&
				ohb_picture_amend(project->tree.dirfd,
						&project->glance);
	/* What has to be read again is learnt by a build. */
	return purpose == OHB_GLANCE_CHECK ||
			(kept->reread == 0 &&
					ohb_picture_summary(kept).fresh ==
							kept->picture.ntargets);
}

static int load(struct ohb_project *project,
		const struct ohb_project_options *options,
		struct ohb_error *err)
{
	size_t i;

	if (ohb_config_load(&project->tree, project->file, &project->arena,
			    &project->diags, &project->config, err) < 0)
		return -1;
	for (i = 0; options->take_keys && i < project->config.nmodels; i++)
		if (project->config.models[i].key_env)
			ohb_key_take(project->config.models[i].key_env);
	if (ohb_tree_list(&project->tree, &project->arena, &project->files,
			    err) < 0)
		return -1;
	ohb_files_leave_out(&project->files, project->config.lock);
	return ohb_graph_make(&project->tree, &project->config, &project->files,
			&project->arena, &project->diags, &project->graph, err);
}

int ohb_project_open(const struct ohb_project_options *options,
		struct ohb_project **ret, char **ret_report,
		struct ohb_error *err)
{
	const char *dir = options->dir ? options->dir : ".";
	struct ohb_project *project = ohb_alloc(sizeof(*project));
	ohb_autostr report = OHB_STR_INIT;

	*ret_report = NULL;
	project->file = ohb_arena_strdup(&project->arena,
			options->file ? options->file : CONFIG_FILE);
	project->notes.arena = &project->arena;
	project->tree.notes = &project->notes;
	project->sink = options->sink;
	project->userdata = options->userdata;
	ohb_diags_init(&project->diags, &project->arena);
	project->cancel.fd = -1;
	project->tree.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (project->tree.dirfd < 0) {
		(void)ohb_fail_errno(err, errno, "open the folder '%s'", dir);
		ohb_project_free(project);
		return -1;
	}
	project->root = realpath(dir, NULL);
	if (!project->root) {
		(void)ohb_fail_errno(err, errno, "find the folder '%s'", dir);
		ohb_project_free(project);
		return -1;
	}
	project->glanced = glance(project, options);
	if (ohb_cancel_init(&project->cancel, err) == 0 &&
			(!options->staged || project->glanced ||
					ohb_staged_open(project->tree.dirfd,
							&project->tree.staged,
							err) == 0) &&
			(project->glanced ||
					load(project, options, err) == 0)) {
		*ret = project;
		return 0;
	}
	if (project->diags.nitems) {
		ohb_diags_format(&project->diags, &report);
		*ret_report = ohb_str_take(&report);
		err->code = OHB_E_CONFIG;
	}
	if (options->anyway) {
		project->trouble = *err;
		*ret = project;
		return 0;
	}
	ohb_project_free(project);
	return -1;
}

char *ohb_project_report(const struct ohb_project *project)
{
	ohb_autostr report = OHB_STR_INIT;

	if (!project || !project->diags.nitems)
		return NULL;
	ohb_diags_format(&project->diags, &report);
	return ohb_str_take(&report);
}

void ohb_project_share(struct ohb_project *project,
		const struct ohb_build_options *options,
		struct ohb_emitter *emitter, struct ohb_build *build)
{
	ohb_emitter_init(emitter, options->sink, options->userdata);
	build->root = project->root;
	build->dirfd = project->tree.dirfd;
	build->config = &project->config;
	build->graph = &project->graph;
	build->git = project->files.git;
	build->emitter = emitter;
	build->cancel = &project->cancel;
	build->always = options->selection.always;
}

void ohb_project_free(struct ohb_project *project)
{
	if (!project)
		return;
	ohb_graph_release(&project->graph);
	ohb_staged_close(project->tree.staged);
	ohb_glance_release(&project->glance);
	free(project->notes.items);
	ohb_diags_release(&project->diags);
	ohb_cancel_release(&project->cancel);
	ohb_closep(&project->tree.dirfd);
	free(project->root);
	ohb_arena_release(&project->arena);
	free(project);
}

int ohb_project_hook(const struct ohb_project_options *options,
		enum ohb_hook_action action, const char *program,
		char **ret_said, struct ohb_error *err)
{
	const char *dir = options->dir ? options->dir : ".";
	ohb_autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct ohb_hook hook = {
		.dirfd = fd,
		.file = options->file ? options->file : CONFIG_FILE,
		.program = program,
	};
	ohb_autostr said = OHB_STR_INIT;
	int bad;

	if (fd < 0)
		return ohb_fail_errno(err, errno, "open the folder '%s'", dir);
	bad = action == OHB_HOOK_INSTALL ? ohb_hook_install(&hook, &said, err) :
					   ohb_hook_remove(&hook, &said, err);
	if (bad)
		return -1;
	*ret_said = ohb_str_take(&said);
	return 0;
}

bool ohb_project_interrupt(struct ohb_project *project)
{
	ohb_cancel_raise(&project->cancel);
	return atomic_load(&project->busy);
}

const char *ohb_version(void)
{
	return OHB_VERSION;
}

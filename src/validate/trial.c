#include <stdlib.h>
#include <string.h>

#include "io/fs.h"
#include "text/utf8.h"
#include "validate/steps.h"

OHB_PRINTF(3, 0)
static struct ohb_finding fill(struct ohb_trial *trial, const char *step,
		const char *fmt, va_list ap)
{
	ohb_autostr text = OHB_STR_INIT;

	ohb_str_addv(&text, fmt, ap);
	return (struct ohb_finding){
		.step = step,
		.text = ohb_arena_strndup(
				trial->arena, ohb_str_cstr(&text), text.len),
	};
}

struct ohb_finding *ohb_trial_add(
		struct ohb_trial *trial, const char *step, const char *fmt, ...)
{
	struct ohb_finding *finding =
			ohb_grow(&trial->findings, &trial->cfindings,
					trial->nfindings++, sizeof(*finding));
	va_list ap;

	va_start(ap, fmt);
	*finding = fill(trial, step, fmt, ap);
	va_end(ap);
	return finding;
}

struct ohb_finding *ohb_trial_warn(
		struct ohb_trial *trial, const char *step, const char *fmt, ...)
{
	struct ohb_finding *finding =
			ohb_grow(&trial->warnings, &trial->cwarnings,
					trial->nwarnings++, sizeof(*finding));
	va_list ap;

	va_start(ap, fmt);
	*finding = fill(trial, step, fmt, ap);
	va_end(ap);
	return finding;
}

/* Takes every "<dir>/" out, in place, and "<dir>" alone becomes ".": paths
 * are shown relative. */
static void strip_dir(struct ohb_str *text, const char *dir)
{
	size_t len = strlen(dir), from = 0, to = 0;

	while (from < text->len) {
		if (text->len - from >= len &&
				memcmp(text->data + from, dir, len) == 0) {
			from += len;
			if (text->data[from] == '/')
				from++;
			else
				text->data[to++] = '.';
			continue;
		}
		text->data[to++] = text->data[from++];
	}
	ohb_str_cut(text, to);
}

const char *ohb_trial_text(struct ohb_trial *trial, const char *data,
		size_t len, size_t max)
{
	ohb_autostr text = OHB_STR_INIT;
	const char *start;

	ohb_utf8_clean(&text, data, len);
	strip_dir(&text, ohb_sandbox_dir(trial->sandbox));
	while (text.len && strchr("\n\t ", text.data[text.len - 1]))
		ohb_str_cut(&text, text.len - 1);
	if (text.len <= max)
		return ohb_arena_strndup(
				trial->arena, ohb_str_cstr(&text), text.len);
	/* The end says most; begin it at a line, or at least a character. */
	start = text.data + text.len - max;
	while (*start && *start != '\n' &&
			((unsigned char)*start & 0xc0) == 0x80)
		start++;
	if (memchr(start, '\n', max / 4))
		start = (const char *)memchr(start, '\n', max / 4) + 1;
	return ohb_arena_printf(trial->arena, "[…]\n%s", start);
}

int ohb_trial_place(const struct ohb_judge_spec *spec, const char *name,
		struct ohb_sandbox **ret, struct ohb_error *err)
{
	const struct ohb_sandbox_spec sandbox = {
		.role = OHB_ROLE_JUDGE,
		.image = spec->image,
		.name = name,
		.target = spec->target->name,
		.memory_bytes = spec->memory_bytes,
		.cpus = spec->cpus,
	};

	return ohb_sandbox_open(spec->engine, &sandbox, ret, err);
}

int ohb_trial_put(struct ohb_trial *trial, struct ohb_error *err)
{
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;

	ohb_sandbox_owner(trial->sandbox, &uid, &gid);
	if (ohb_fileset_tar(&trial->tree, uid, gid, &tar, err) < 0)
		return -1;
	return ohb_sandbox_put(trial->sandbox, tar.data, tar.len, err);
}

/* Folders for the reports, one each: numbered, not random, since the path may
 * turn up in what the agent is told. */
static void add_report_folders(struct ohb_trial *trial)
{
	const struct ohb_module_config *module = trial->spec->target->module;
	/* A place may be run in twice. */
	const size_t rounds = module->proof.repeat > 1 ? 2 : 1;
	size_t i;

	for (i = 0; i < rounds * module->nsteps; i++) {
		const char *command = module->steps[i % module->nsteps].command;
		struct ohb_file file = {
			.kind = OHB_TAR_FILE,
			.mode = 0644,
			.data = "",
			.digest = ohb_fs_digest_of(OHB_FS_FILE, 0644, "", 0),
		};

		if (!command || !strstr(command, "{report}"))
			continue;
		file.path = ohb_arena_printf(
				trial->arena, OHB_REPORT_DIR "%zu/.keep", i);
		ohb_fileset_put(&trial->tree, &file);
	}
	trial->prepared = i;
}

static bool runs_again(const struct ohb_module_config *module)
{
	return ohb_rerun_possible(module) &&
			(module->proof.sabotage == OHB_SABOTAGE_ON ||
					module->proof.repeat > 1);
}

int ohb_trial_open(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		struct ohb_error *err)
{
	const struct ohb_judge_spec *spec = trial->spec;
	int renewable;
	size_t i;

	for (i = 0; i < spec->inputs->count; i++)
		ohb_fileset_put(&trial->tree, &spec->inputs->files[i]);
	for (i = 0; outputs && i < outputs->count; i++)
		ohb_fileset_put(&trial->tree, &outputs->files[i]);
	add_report_folders(trial);
	if (ohb_trial_place(spec, spec->name, &trial->sandbox, err) < 0)
		return -1;
	/* So that it can be made as new, and a lane, when its steps passed;
	 * without outputs, or of what is refused, nothing is run again. */
	if (outputs && !trial->nfindings && runs_again(spec->target->module)) {
		ohb_repeat_begin(trial);
		renewable = ohb_sandbox_renew(trial->sandbox, "project", err);
		if (renewable < 0)
			return -1;
		trial->renewable = renewable;
	}
	return ohb_trial_put(trial, err);
}

int ohb_trial_reset(struct ohb_trial *trial, struct ohb_error *err)
{
	ohb_autostr name = OHB_STR_INIT;
	int renewed;

	if (trial->sandbox != trial->lanes[0])
		return 0;
	renewed = ohb_sandbox_renew(trial->sandbox, "project", err);
	if (renewed == 0) {
		ohb_sandbox_close(trial->sandbox);
		trial->sandbox = trial->lanes[0] = NULL;
		ohb_str_addf(&name, "%s-%u", trial->spec->name,
				++trial->opened);
		renewed = ohb_trial_place(
				trial->spec, name.data, &trial->sandbox, err);
	}
	return renewed < 0 || ohb_trial_put(trial, err) < 0 ? -1 : 1;
}

void ohb_trial_close(struct ohb_trial *trial)
{
	size_t i;

	(void)!ohb_early_end(trial, true);
	ohb_repeat_release(trial);
	for (i = 0; i < OHB_LANES; i++)
		if (trial->lanes[i] != trial->sandbox)
			ohb_sandbox_close(trial->lanes[i]);
	ohb_sandbox_close(trial->sandbox);
	ohb_str_release(&trial->seen);
	ohb_fileset_release(&trial->tree);
	free(trial->steps);
	free(trial->findings);
	free(trial->warnings);
}

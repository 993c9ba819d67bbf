#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "validate/steps.h"

struct ohb_finding *ohb_trial_add(
		struct ohb_trial *trial, const char *step, const char *fmt, ...)
{
	struct ohb_finding *finding = ohb_grow(&trial->findings,
			&trial->cfindings, trial->nfindings, sizeof(*finding));
	ohb_autostr text = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&text, fmt, ap);
	va_end(ap);
	finding->step = step;
	finding->text = ohb_arena_strndup(
			trial->arena, ohb_str_cstr(&text), text.len);
	trial->nfindings++;
	return finding;
}

/* Takes every "<dir>/" out, in place: paths are shown relative. */
static void strip_dir(struct ohb_str *text, const char *dir)
{
	size_t len = strlen(dir), from = 0, to = 0;

	while (from < text->len) {
		if (text->len - from > len &&
				memcmp(text->data + from, dir, len) == 0 &&
				text->data[from + len] == '/') {
			from += len + 1;
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

int ohb_trial_open(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		struct ohb_error *err)
{
	const struct ohb_judge_spec *spec = trial->spec;
	const struct ohb_sandbox_spec sandbox = {
		.role = OHB_ROLE_JUDGE,
		.image = spec->image,
		.name = spec->name,
		.target = spec->target->name,
		.memory_bytes = spec->memory_bytes,
		.cpus = spec->cpus,
	};
	ohb_autostr tar = OHB_STR_INIT;
	unsigned uid, gid;
	size_t i;

	for (i = 0; i < spec->inputs->count; i++)
		ohb_fileset_put(&trial->tree, &spec->inputs->files[i]);
	for (i = 0; outputs && i < outputs->count; i++)
		ohb_fileset_put(&trial->tree, &outputs->files[i]);
	if (ohb_sandbox_open(spec->engine, &sandbox, &trial->sandbox, err) < 0)
		return -1;
	ohb_sandbox_owner(trial->sandbox, &uid, &gid);
	if (ohb_fileset_tar(&trial->tree, uid, gid, &tar, err) < 0)
		return -1;
	return ohb_sandbox_put(trial->sandbox, tar.data, tar.len, err);
}

void ohb_trial_close(struct ohb_trial *trial)
{
	ohb_sandbox_close(trial->sandbox);
	ohb_fileset_release(&trial->tree);
	free(trial->steps);
	free(trial->findings);
}

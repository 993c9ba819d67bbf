#include "validate/steps.h"

#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "text/utf8.h"

static const char step[] = "scope";

/* What is wrong with the thing at a declared path, or NULL. */
static const char *wrong(const struct ohb_file *file)
{
	switch (file->kind) {
	case OHB_TAR_FILE:
		break;
	case OHB_TAR_DIR:
		return "is a directory; write a regular file";
	case OHB_TAR_LINK:
		return "is a symbolic link; write a regular file";
	case OHB_TAR_OTHER:
		return "is not a regular file";
	}
	if (file->mode & (S_ISUID | S_ISGID))
		return "has the set-user-id or set-group-id bit";
	if (!file->data || file->len > OHB_MAX_OUTPUT_FILE)
		return "is larger than 1 MiB";
	if (file->len == 0)
		return "is empty";
	if (memchr(file->data, '\0', file->len) ||
			!ohb_utf8_valid(file->data, file->len))
		return "is not UTF-8 text";
	return NULL;
}

static bool same(const struct ohb_file *a, const struct ohb_file *b)
{
	return a && b && a->kind == b->kind && a->len == b->len && a->data &&
			b->data && memcmp(a->data, b->data, a->len) == 0;
}

void ohb_scope_judge(struct ohb_trial *trial, const struct ohb_fileset *outputs)
{
	const struct ohb_target *target = trial->spec->target;
	size_t i, unchanged = 0, before = trial->nfindings;

	for (i = 0; i < target->noutputs; i++) {
		const char *path = target->outputs[i];
		const struct ohb_file *file = ohb_fileset_find(outputs, path);
		const char *what = file ?
				wrong(file) :
				"was not written; write the test there";

		if (what)
			ohb_trial_add(trial, step, "'%s' %s", path, what)
					->file = path;
		else if (same(file, ohb_fileset_find(trial->previous, path)))
			unchanged++;
	}
	if (unchanged == target->noutputs && trial->nfindings == before)
		ohb_trial_add(trial, step, "'%s' was not changed in this run",
				target->name)
				->file = target->name;
}

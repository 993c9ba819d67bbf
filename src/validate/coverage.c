#include "validate/steps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/coverage.h"

#define MAX_RANGES 20 /* of lines that were not executed, of one source */

/* Executed lines, of so many. */
struct share {
	size_t hit, count;
};

/* "a//./b" is "a/b", without the sandbox's own path. */
static const char *tidy(struct ohb_trial *trial, const char *path)
{
	const char *dir = ohb_sandbox_dir(trial->sandbox);
	const size_t len = strlen(dir);
	ohb_autostr out = OHB_STR_INIT;

	if (ohb_starts(path, dir) && path[len] == '/')
		path += len + 1;
	if (*path == '/')
		ohb_str_addc(&out, '/');
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part && !(part == 1 && *path == '.')) {
			if (out.len && out.data[out.len - 1] != '/')
				ohb_str_addc(&out, '/');
			ohb_str_add(&out, path, part);
		}
		path += part + (path[part] == '/');
	}
	return ohb_arena_strndup(trial->arena, ohb_str_cstr(&out), out.len);
}

static bool ends_with(const char *file, const char *path)
{
	const size_t len = strlen(file), end = strlen(path);

	return len > end && file[len - end - 1] == '/' &&
			strcmp(file + len - end, path) == 0;
}

static size_t count_ending(const struct ohb_fileset *tree, const char *path)
{
	size_t i, n = 0;

	for (i = 0; i < tree->count; i++)
		n += ends_with(tree->files[i].path, path);
	return n;
}

/*
 * The target's source that a report means, or NULL: by its path from the root,
 * by one with a name in front (Go's module), by its path in some folder.  Only
 * where a source may be meant by the last is the whole tree looked at: there
 * may be as many files in the report.
 */
static const char *source_of(struct ohb_trial *trial, const char *name)
{
	const struct ohb_target *target = trial->spec->target;
	const char *path = tidy(trial, name), *end = path;
	const struct ohb_file *file = NULL;
	size_t i;

	if (*path == '/')
		return NULL;
	while (end && !file) {
		file = ohb_fileset_find(&trial->tree, end);
		end = strchr(end, '/');
		end = end ? end + 1 : NULL;
	}
	for (i = 0; i < target->nsources; i++)
		if (file ? strcmp(target->sources[i], file->path) == 0 :
			   ends_with(target->sources[i], path))
			return file || count_ending(&trial->tree, path) == 1 ?
					target->sources[i] :
					NULL;
	return NULL;
}

struct lines {
	struct ohb_coverage_line *items; /* malloc'ed */
	size_t count, cap;
};

static void add_line(struct lines *lines, const char *file, unsigned line,
		unsigned long long hits)
{
	struct ohb_coverage_line *next = ohb_grow(&lines->items, &lines->cap,
			lines->count, sizeof(*next));

	*next = (struct ohb_coverage_line){ file, line, hits };
	lines->count++;
}

/* Where code is only declared: no report has lines of it. */
static bool is_header(const char *path)
{
	static const char *const suffixes[] = { ".h", ".hh", ".hpp", ".hxx",
		".d.ts", ".pyi" };
	size_t i;

	for (i = 0; i < OHB_ARRAY_LEN(suffixes); i++)
		if (ohb_ends(path, suffixes[i]))
			return true;
	return false;
}

/* Whether it may be code: a letter in it, no mark of a comment in front. */
static bool is_code(const char *line, size_t len)
{
	static const char *const marks[] = { "#", "//", "/*", "*", "--" };
	size_t i, at = 0;

	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (i = 0; i < OHB_ARRAY_LEN(marks); i++) {
		const size_t n = strlen(marks[i]);

		if (len - at >= n && memcmp(line + at, marks[i], n) == 0)
			return false;
	}
	while (at < len && !isalnum((unsigned char)line[at]))
		at++;
	return at < len;
}

/* The lines of a source of which the report knows nothing: none is executed. */
static void add_missing(struct ohb_trial *trial, const char *source,
		struct lines *lines, struct ohb_str *missing)
{
	const size_t before = lines->count;
	const struct ohb_file *file = ohb_fileset_find(&trial->tree, source);
	const char *at, *end;
	unsigned number = 0;

	if (!file || !file->data || is_header(source))
		return;
	end = file->data + file->len;
	for (at = file->data; at < end; at++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		number++;
		if (is_code(at, (size_t)(stop - at)))
			add_line(lines, source, number, 0);
		at = stop;
	}
	if (lines->count > before)
		ohb_str_addf(missing, "; the report has nothing of '%s'",
				source);
}

static bool has_source(const struct lines *lines, const char *source)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		if (lines->items[i].file == source)
			return true;
	return false;
}

/* What the report says of the target's sources; NULL: nothing of any.  Those of
 * which it says nothing are told. */
static const struct ohb_coverage *of_sources(struct ohb_trial *trial,
		const struct ohb_coverage *report, struct ohb_str *missing)
{
	const struct ohb_target *target = trial->spec->target;
	struct ohb_coverage *all = ohb_arena_alloc(trial->arena, sizeof(*all));
	const char *name = NULL, *source = NULL;
	struct lines lines = { .items = NULL };
	struct ohb_coverage_line *copy;
	size_t i;

	for (i = 0; i < report->count; i++) {
		if (!name || strcmp(name, report->lines[i].file) != 0) {
			name = report->lines[i].file;
			source = source_of(trial, name);
		}
		if (source)
			add_line(&lines, source, report->lines[i].line,
					report->lines[i].hits);
	}
	if (lines.count == 0)
		return NULL;
	for (i = 0; i < target->nsources; i++)
		if (!has_source(&lines, target->sources[i]))
			add_missing(trial, target->sources[i], &lines, missing);
	copy = ohb_arena_alloc(trial->arena, lines.count * sizeof(*copy));
	memcpy(copy, lines.items, lines.count * sizeof(*copy));
	free(lines.items);
	*all = (struct ohb_coverage){
		.lines = copy,
		.count = ohb_coverage_sort(copy, lines.count),
	};
	return all;
}

static bool is_changed(const struct ohb_judge_spec *spec,
		const struct ohb_coverage_line *line)
{
	size_t i;

	for (i = 0; i < spec->nchanged; i++)
		if (strcmp(spec->changed[i].file, line->file) == 0 &&
				spec->changed[i].first <= line->line &&
				line->line <= spec->changed[i].last)
			return true;
	return false;
}

bool ohb_coverage_tells(const struct ohb_trial *trial, const char *source)
{
	const struct ohb_coverage *all = trial->coverage;
	size_t i;

	for (i = 0; all && i < all->count; i++)
		if (strcmp(all->lines[i].file, source) == 0 &&
				is_changed(trial->spec, &all->lines[i]))
			return true;
	return false;
}

static size_t percent(struct share share)
{
	return share.count ? share.hit * 100 / share.count : 100;
}

static struct share count(const struct ohb_trial *trial, bool changed)
{
	struct share share = { 0, 0 };
	size_t i;

	for (i = 0; i < trial->coverage->count; i++) {
		const struct ohb_coverage_line *line =
				&trial->coverage->lines[i];

		if (changed && !is_changed(trial->spec, line))
			continue;
		share.count++;
		share.hit += line->hits > 0;
	}
	return share;
}

struct ranges {
	struct ohb_str text; /* "3-5, 9" */
	size_t count;
	unsigned begun, last; /* of the present one; begun 0: none */
	unsigned first; /* line of all */
};

static void end_range(struct ranges *ranges)
{
	if (!ranges->begun)
		return;
	if (ranges->count++ < MAX_RANGES) {
		ohb_str_addf(&ranges->text, "%s%u",
				ranges->text.len ? ", " : "", ranges->begun);
		if (ranges->last != ranges->begun)
			ohb_str_addf(&ranges->text, "-%u", ranges->last);
	}
	ranges->begun = 0;
}

static void end_ranges(struct ranges *ranges)
{
	end_range(ranges);
	if (ranges->count > MAX_RANGES)
		ohb_str_addf(&ranges->text, " and %zu more",
				ranges->count - MAX_RANGES);
}

/* Lines that can be executed and are next to each other make one range. */
static void take_line(struct ranges *ranges, unsigned line)
{
	if (!ranges->begun)
		ranges->begun = line;
	if (!ranges->first)
		ranges->first = line;
	ranges->last = line;
}

/* What was not executed of one source, n lines of it. */
static void add_source(struct ohb_trial *trial, const char *step,
		const struct ohb_coverage_line *lines, size_t n, bool changed)
{
	struct ranges ranges = { .text = OHB_STR_INIT };
	struct ohb_finding *finding;
	size_t i;

	for (i = 0; i < n; i++)
		if (lines[i].hits ||
				(changed &&
						!is_changed(trial->spec,
								&lines[i])))
			end_range(&ranges);
		else
			take_line(&ranges, lines[i].line);
	end_ranges(&ranges);
	if (ranges.count) {
		finding = ohb_trial_add(trial, step,
				"no case executes these %slines of '%s': %s",
				changed ? "changed " : "", lines[0].file,
				ranges.text.data);
		finding->name = "not executed";
		finding->file = lines[0].file;
		finding->line = ranges.first;
	}
	ohb_str_release(&ranges.text);
}

/* The lines of one file from the at'th on. */
static size_t count_file(const struct ohb_coverage *all, size_t at)
{
	size_t end = at + 1;

	while (end < all->count && all->lines[end].file == all->lines[at].file)
		end++;
	return end - at;
}

size_t ohb_coverage_hit(const struct ohb_coverage *coverage)
{
	size_t i, n = 0;

	for (i = 0; i < coverage->count; i++)
		n += coverage->lines[i].hits > 0;
	return n;
}

/* Those of one source that only the other version executes. */
static void add_lost(struct ohb_str *text, const struct ohb_coverage *mine,
		const struct ohb_coverage_line *lines, size_t n)
{
	struct ranges ranges = { .text = OHB_STR_INIT };
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ohb_coverage_line *now = ohb_coverage_at(
				mine, lines[i].file, lines[i].line);

		if (lines[i].hits && (!now || !now->hits))
			take_line(&ranges, lines[i].line);
		else
			end_range(&ranges);
	}
	end_ranges(&ranges);
	if (ranges.count)
		ohb_str_addf(text, "%s'%s': %s", text->len ? "; " : "",
				lines[0].file, ranges.text.data);
	ohb_str_release(&ranges.text);
}

const char *ohb_coverage_lost(
		struct ohb_trial *trial, const struct ohb_coverage *other)
{
	const struct ohb_coverage *mine = trial->coverage;
	const size_t was = ohb_coverage_hit(other),
		     now = ohb_coverage_hit(mine);
	ohb_autostr lost = OHB_STR_INIT;
	size_t i, n;

	for (i = 0; now < was && i < other->count; i += n) {
		n = count_file(other, i);
		add_lost(&lost, mine, &other->lines[i], n);
	}
	return lost.len ?
			ohb_arena_printf(trial->arena,
					"%zu lines of the source are executed, %zu by "
					"the version before, without those of %s: ",
					now, was, lost.data) :
			NULL;
}

static void add_uncovered(
		struct ohb_trial *trial, const char *step, bool changed)
{
	const struct ohb_coverage *all = trial->coverage;
	size_t i, n;

	for (i = 0; i < all->count; i += n) {
		n = count_file(all, i);
		add_source(trial, step, &all->lines[i], n, changed);
	}
}

static void judge_share(struct ohb_trial *trial, const char *step,
		struct share share, unsigned min, const char *missing,
		bool changed)
{
	if (share.hit * 100 >= (size_t)min * share.count)
		return;
	ohb_trial_add(trial, step,
			"%zu of %zu %slines of the source are executed (%zu "
			"%%), at least %u %% must be: test what the others "
			"do%s",
			share.hit, share.count, changed ? "changed " : "",
			percent(share), min, missing)
			->name = "too low";
	add_uncovered(trial, step, changed);
}

static void add_nothing(struct ohb_trial *trial, const char *step,
		const struct ohb_coverage *report)
{
	ohb_trial_add(trial, step,
			"no coverage: the report has no line of '%s'%s%s%s",
			trial->spec->target->nsources ?
					trial->spec->target->sources[0] :
					trial->spec->target->name,
			report->count ? "; it has those of '" : ", nor any",
			report->count ? tidy(trial, report->lines[0].file) : "",
			report->count ? "'" : "")
			->name = "no coverage";
}

void ohb_coverage_judge(struct ohb_trial *trial,
		const struct ohb_command *command,
		const struct ohb_coverage *report, struct ohb_step_result *ret)
{
	const struct ohb_step_config *config = command->config;
	ohb_autostr missing = OHB_STR_INIT;
	struct share share, changed;

	trial->coverage = of_sources(trial, report, &missing);
	if (!trial->coverage) {
		add_nothing(trial, command->step, report);
		return;
	}
	share = count(trial, false);
	changed = count(trial, true);
	trial->lines_changed = (unsigned)changed.count;
	trial->covered_changed = (unsigned)changed.hit;
	ret->lines = (unsigned)share.count;
	ret->executed = (unsigned)share.hit;
	ret->note = ohb_arena_printf(trial->arena,
			"%zu %% of %zu lines executed%s", percent(share),
			share.count, ohb_str_cstr(&missing));
	judge_share(trial, command->step, share, config->min,
			ohb_str_cstr(&missing), false);
	if (trial->nfindings == 0 && changed.count)
		judge_share(trial, command->step, changed, config->min_changed,
				ohb_str_cstr(&missing), true);
}

#include "validate/guard.h"

#include <string.h>

#include "base/limits.h"
#include "text/keyshape.h"
#include "text/utf8.h"
#include "validate/exempt.h"
#include "validate/unit.h"

#define MAX_SHOWN 5 /* findings of one rule in one file */
#define MAX_QUOTE 80 /* bytes of code in a finding */

static const char step[] = "guard";

#define RULE(rule, name, level, about, text) \
	{ (name), OHB_GUARD_##level, (text) },
static const struct {
	const char *id;
	enum ohb_guard_level level;
	const char *text;
} rules[] = { OHB_GUARD_RULES(RULE) };
#undef RULE

/* One file on its way. */
struct file {
	struct ohb_trial *trial;
	struct ohb_unit *unit;
	struct ohb_pieces pieces;
	struct ohb_exemptions *exemptions;
	size_t shown[OHB_GUARD_COUNT];
};

enum ohb_guard_level ohb_guard_level(const struct ohb_target *target,
		const char *path, enum ohb_guard_rule rule)
{
	enum ohb_guard_level level = target->module->guard.levels[rule];
	ohb_autostr name = OHB_STR_INIT;
	const char *word;

	if (level != OHB_GUARD_DEFAULT)
		return level;
	ohb_str_addf(&name, "guard %s", rules[rule].id);
	word = ohb_syntax_setting(path, name.data);
	return !word			       ? rules[rule].level :
			!strcmp(word, "off")   ? OHB_GUARD_OFF :
			!strcmp(word, "warn")  ? OHB_GUARD_WARN :
			!strcmp(word, "error") ? OHB_GUARD_ERROR :
						 rules[rule].level;
}

static void tell(struct file *file, const char *of, enum ohb_guard_rule rule,
		unsigned line, const char *front)
{
	struct ohb_trial *trial = file->trial;
	const char *path = file->pieces.file->path;
	struct ohb_exemption exemption;
	struct ohb_finding *finding;
	int exempt = ohb_exemptions_find(
			file->exemptions, rules[rule].id, line, &exemption);

	if (exempt > 0)
		finding = ohb_trial_warn(trial, of,
				"allowed in the file (%.*s): %s%s",
				(int)exemption.len, exemption.reason, front,
				rules[rule].text);
	else if (ohb_guard_level(trial->spec->target, path, rule) ==
			OHB_GUARD_WARN)
		finding = ohb_trial_warn(
				trial, of, "%s%s", front, rules[rule].text);
	else
		finding = ohb_trial_add(trial, of, "%s%s%s", front,
				rules[rule].text,
				exempt < 0 ? " (an 'ohbuild: allow' counts "
					     "when a person wrote it, with a "
					     "reason)" :
					     "");
	finding->name = rules[rule].id;
	finding->file = path;
	finding->line = line;
}

void ohb_guard_report(struct ohb_trial *trial, const char *of,
		const struct ohb_file *file, enum ohb_guard_rule rule,
		unsigned line, const char *front)
{
	struct file it = {
		.trial = trial,
		.pieces = { .file = file },
		.exemptions = ohb_exemptions_new(trial->spec, file),
	};

	tell(&it, of, rule, line, front);
	ohb_exemptions_free(it.exemptions);
}

static void report(struct file *file, enum ohb_guard_rule rule, unsigned line,
		const char *front)
{
	if (ohb_guard_level(file->trial->spec->target, file->pieces.file->path,
			    rule) != OHB_GUARD_OFF &&
			file->shown[rule]++ < MAX_SHOWN)
		tell(file, step, rule, line, front);
}

/* "'assert True': " */
static void report_node(struct file *file, enum ohb_guard_rule rule,
		const struct ohb_syntax_node *node)
{
	const char *text = file->pieces.file->data + node->start;
	size_t len = node->end - node->start, end = 0;
	ohb_autostr front = OHB_STR_INIT;

	while (end < len && text[end] != '\n')
		end++;
	ohb_str_addc(&front, '\'');
	ohb_utf8_line(&front, text, end, MAX_QUOTE);
	ohb_str_adds(&front, end < len ? " …': " : "': ");
	report(file, rule, node->line, front.data);
}

/* An assertion of it stands elsewhere: tcase_add_exit_test(…, name, …) */
static bool asserted_elsewhere(const struct file *file, const char *name)
{
	const struct ohb_piece_list *names =
			&file->pieces.kinds[OHB_PIECE_ASSERTS];
	size_t i;

	for (i = 0; name && i < names->count; i++)
		if (strcmp(names->items[i].name, name) == 0)
			return true;
	return false;
}

static bool is_test(const struct file *file, const struct ohb_piece *test)
{
	const struct ohb_piece_list *others =
			&file->pieces.kinds[OHB_PIECE_NOT_TEST];
	size_t i;

	for (i = 0; i < others->count; i++)
		if (ohb_pieces_within(test->node, others->items[i].node))
			return false;
	return true;
}

/* A name is a word, or a text with its quotes. */
static void add_name(struct ohb_str *front, const char *name)
{
	size_t len = strcspn(name, "\n");

	if (len > 1 && strchr("'\"`", name[0]) && name[len - 1] == name[0]) {
		name++;
		len -= 2;
	}
	ohb_str_adds(front, "test '");
	ohb_utf8_line(front, name, len, MAX_QUOTE);
	ohb_str_adds(front, "' ");
}

/* Returns how many tests there are. */
static size_t judge_tests(struct file *file, const struct ohb_piece_list *tests)
{
	const struct ohb_syntax_node *last = NULL;
	size_t i, n = 0;

	for (i = 0; i < tests->count; i++) {
		const struct ohb_piece *test = &tests->items[i];
		ohb_autostr front = OHB_STR_INIT;

		if (!is_test(file, test))
			continue;
		n++;
		if (ohb_pieces_asserts(&file->pieces, test->node) ||
				asserted_elsewhere(file, test->name) ||
				(last && last->start == test->node->start))
			continue;
		last = test->node;
		if (test->name)
			add_name(&front, test->name);
		else
			ohb_str_adds(&front, "the test ");
		report(file, OHB_RULE_NO_ASSERTION, test->node->line,
				front.data);
	}
	return n;
}

/* A program that asserts nothing is no test. */
static size_t count_mains(const struct file *file)
{
	const struct ohb_piece_list *mains =
			&file->pieces.kinds[OHB_PIECE_MAIN];
	size_t i, n = 0;

	for (i = 0; i < mains->count; i++)
		n += ohb_pieces_asserts(&file->pieces, mains->items[i].node);
	return n;
}

/* "may.exit" allows "is.exit" and "is.exit.soft", "may.exit.soft" only the
 * latter. */
static bool allowed(const struct file *file, const struct ohb_piece *found)
{
	const char *name = found->node->capture + strlen("is.");
	size_t i;

	for (i = 0; i < file->pieces.may.count; i++) {
		const struct ohb_syntax_node *may =
				file->pieces.may.items[i].node;
		const char *rule = may->capture + strlen("may.");

		if (may->start > found->node->start)
			break;
		if (ohb_pieces_within(found->node, may) &&
				ohb_starts(name, rule) &&
				(name[strlen(rule)] == '\0' ||
						name[strlen(rule)] == '.'))
			return true;
	}
	return false;
}

static enum ohb_guard_rule rule_of(const char *capture)
{
	const char *name = capture + strlen("is.");
	size_t len = strcspn(name, "."), i;

	for (i = 0; i < OHB_GUARD_COUNT; i++)
		if (strlen(rules[i].id) == len &&
				memcmp(rules[i].id, name, len) == 0)
			break;
	return (enum ohb_guard_rule)i;
}

static void judge_found(struct file *file)
{
	size_t i;

	for (i = 0; i < file->pieces.found.count; i++) {
		const struct ohb_piece *found = &file->pieces.found.items[i];
		const struct ohb_piece *last = i ? found - 1 : found;
		enum ohb_guard_rule rule = rule_of(found->node->capture);
		const struct ohb_syntax_node *body =
				ohb_pieces_beside(found->match, "swallow.body");

		if (rule == OHB_GUARD_COUNT || allowed(file, found) ||
				(body &&
						!ohb_pieces_asserts(
								&file->pieces,
								body)))
			continue;
		if (i && last->node->line == found->node->line &&
				strcmp(last->node->capture,
						found->node->capture) == 0)
			continue;
		report_node(file, rule, found->node);
	}
}

static void judge_secrets(struct file *file)
{
	const struct ohb_file *of = file->pieces.file;
	size_t at = 0, from = 0, len, i;
	unsigned line = 1;

	while (ohb_keyshape_find(of->data, of->len, &at, &len)) {
		for (i = from; i < at; i++)
			line += of->data[i] == '\n';
		from = at;
		if (ohb_keyshape_is_real(of->data, of->len, at, len))
			report(file, OHB_RULE_SECRET, line, "");
		at += len;
	}
}

static void judge_mocks(struct file *file, const struct ohb_piece_list *mocks)
{
	const struct ohb_syntax_node *last = NULL;
	size_t i;

	for (i = 0; i < mocks->count; i++) {
		const struct ohb_syntax_node *node = mocks->items[i].node;

		if ((last && last->start == node->start) ||
				!ohb_unit_mocked(file->unit, &file->pieces,
						&mocks->items[i]))
			continue;
		report_node(file, OHB_RULE_MOCK_UNIT, node);
		last = node;
	}
}

/* Who wants to hide something may write what cannot be parsed: that is an
 * error, unless the project says otherwise, or it is a person's. */
static void unreadable(struct file *file, const char *why)
{
	const struct ohb_judge_spec *spec = file->trial->spec;
	const enum ohb_guard_level level =
			spec->target->module->guard.levels[OHB_RULE_SYNTAX];
	struct ohb_finding *finding;

	if (level == OHB_GUARD_OFF)
		return;
	finding = level == OHB_GUARD_WARN || spec->standing ?
			ohb_trial_warn(file->trial, step, "not judged: %s",
					why) :
			ohb_trial_add(file->trial, step, "cannot be judged: %s",
					why);
	finding->name = rules[OHB_RULE_SYNTAX].id;
	finding->file = file->pieces.file->path;
}

/* Returns how many tests it has. */
static size_t judge_tree(struct file *file, const struct ohb_syntax_tree *tree)
{
	const unsigned line = ohb_syntax_error(tree);
	size_t ntests;

	ntests = judge_tests(file, &file->pieces.kinds[OHB_PIECE_TEST]);
	if (ntests == 0)
		ntests = count_mains(file);
	judge_found(file);
	judge_mocks(file, &file->pieces.kinds[OHB_PIECE_MOCK]);
	judge_mocks(file, &file->pieces.kinds[OHB_PIECE_MOCK_OBJECT]);
	if (line)
		report(file, OHB_RULE_SYNTAX, line, "");
	return ntests;
}

/* What is known of all files of the target. */
struct verdict {
	const struct ohb_file *first; /* that was judged */
	size_t njudged, ntests;
	struct ohb_unit unit;
	struct ohb_str note;
};

/* An agent's own exemption is refused even where it exempts nothing yet. */
static void judge_exemptions(struct file *file)
{
	const unsigned line = ohb_exemptions_planted(file->exemptions);
	struct ohb_finding *finding;

	if (!line)
		return;
	finding = ohb_trial_add(file->trial, step,
			"an 'ohbuild: allow' is for people to write, and is of "
			"the code that it stood at: take it out, or put that "
			"code back");
	finding->name = "exemption";
	finding->file = file->pieces.file->path;
	finding->line = line;
}

static int judge_file(struct ohb_trial *trial, const struct ohb_file *of,
		struct verdict *verdict, struct ohb_error *err)
{
	struct ohb_arena arena = OHB_ARENA_INIT;
	struct file file = {
		.trial = trial,
		.unit = &verdict->unit,
		.pieces = { .arena = &arena, .file = of },
		.exemptions = ohb_exemptions_new(trial->spec, of),
	};
	ohb_autosyntax struct ohb_syntax_tree *tree = NULL;
	const size_t before = trial->nfindings;
	const char *why = "";
	int result = 0;
	int parsed = ohb_syntax_parse(
			of->path, of->data, of->len, &arena, &tree, &why);

	judge_secrets(&file);
	if (parsed == OHB_SYNTAX_LIMIT)
		unreadable(&file, why);
	else if (parsed != OHB_SYNTAX_OK ||
			!ohb_syntax_has(tree, OHB_QUERY_GUARD))
		ohb_str_addf(&verdict->note, "%snot judged: %s",
				verdict->note.len ? "; " : "",
				parsed ? why : of->path);
	else if (ohb_pieces_read(&file.pieces, tree, err) == 0) {
		verdict->ntests += judge_tree(&file, tree);
		verdict->first = verdict->first ? verdict->first : of;
		verdict->njudged++;
	} else if (err->code == OHB_E_LIMIT) {
		unreadable(&file, err->msg);
	} else {
		result = -1;
	}
	if (trial->nfindings == before)
		judge_exemptions(&file);
	ohb_exemptions_free(file.exemptions);
	ohb_pieces_release(&file.pieces);
	ohb_arena_release(&arena);
	return result;
}

int ohb_guard_judge(struct ohb_trial *trial, const struct ohb_fileset *outputs,
		const char **ret_note, struct ohb_error *err)
{
	struct verdict verdict = {
		.unit = { .spec = trial->spec },
		.note = OHB_STR_INIT,
	};
	int result = 0;
	size_t i;

	for (i = 0; i < outputs->count && result == 0; i++) {
		const struct ohb_file *of = &outputs->files[i];

		if (of->kind == OHB_TAR_FILE && of->data && of->len &&
				of->len <= OHB_MAX_OUTPUT_FILE &&
				ohb_utf8_valid(of->data, of->len))
			result = judge_file(trial, of, &verdict, err);
	}
	if (result == 0 && verdict.njudged && verdict.ntests == 0 &&
			ohb_guard_level(trial->spec->target,
					verdict.first->path,
					OHB_RULE_NO_TEST) != OHB_GUARD_OFF)
		ohb_guard_report(trial, step, verdict.first, OHB_RULE_NO_TEST,
				0, "");
	*ret_note = verdict.note.len ?
			ohb_arena_strdup(trial->arena, verdict.note.data) :
			NULL;
	ohb_unit_release(&verdict.unit);
	ohb_str_release(&verdict.note);
	return result;
}

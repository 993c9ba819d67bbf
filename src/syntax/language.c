#include "syntax/language.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/fs.h"

#define MAX_LANGUAGE_FILE ((size_t)64 << 10)
#define MAX_QUERY_FILE ((size_t)256 << 10)
#define MAX_PARENTS 8

struct ohb_ts ohb_ts;

static struct ohb_library library = OHB_LIBRARY(&ohb_ts, OHB_TS_FUNCTIONS,
		OHB_TREE_SITTER_SONAME, OHB_TREE_SITTER_PACKAGE, NULL);
OHB_LIBRARY_NOTE(OHB_TREE_SITTER_SONAME, "syntax",
		"tests and sources are judged by their code");

/* All languages of this process; made once, then only added to. */
static struct {
	pthread_mutex_t lock;
	pthread_once_t once;
	struct ohb_language *items;
	size_t count, cap;
	char **dirs;
	size_t ndirs, cdirs;
	pthread_once_t digested;
	struct ohb_digest digest;
} all = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.once = PTHREAD_ONCE_INIT,
	.digested = PTHREAD_ONCE_INIT,
};

static struct ohb_language *find(const char *name)
{
	size_t i;

	for (i = 0; i < all.count; i++)
		if (strcmp(all.items[i].name, name) == 0)
			return &all.items[i];
	return NULL;
}

static void add_dir(char *dir)
{
	char **place = ohb_grow(
			&all.dirs, &all.cdirs, all.ndirs, sizeof(*place));

	*place = dir;
	all.ndirs++;
}

/* A list like PATH. */
static void add_dirs(const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ":");

		if (len)
			add_dir(ohb_strndup(list, len));
		list += len + (list[len] == ':');
	}
}

/* Beside the program, as the build leaves it; where it was installed, also if
 * all was moved since. */
static void find_dirs(void)
{
	const char *list = getenv("OHBUILD_LANGUAGES");
	ohb_autofree char *program = realpath("/proc/self/exe", NULL);
	char *slash = program ? strrchr(program, '/') : NULL;

	if (list)
		add_dirs(list);
	if (slash) {
		ohb_autostr beside = OHB_STR_INIT, above = OHB_STR_INIT;

		*slash = '\0';
		ohb_str_addf(&beside, "%s/languages", program);
		add_dir(ohb_str_take(&beside));
		ohb_str_addf(&above, "%s/../" OHB_LANGUAGES_FOLDER, program);
		add_dir(ohb_str_take(&above));
	}
	add_dir(ohb_strdup(OHB_LANGUAGES_DIR));
}

static void add_words(struct ohb_words *to, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " \t");
		char **place;

		if (len) {
			place = ohb_grow(&to->items, &to->cap, to->count++,
					sizeof(*place));
			*place = ohb_strndup(words, len);
		}
		words += len + strspn(words + len, " \t");
	}
}

/* "guard skip warn": all but the last word are the setting's name. */
static void add_setting(struct ohb_language *language, const char *line)
{
	const char *last = strrchr(line, ' ');
	struct ohb_setting *place;

	if (!last)
		return;
	place = ohb_grow(&language->settings, &language->csettings,
			language->nsettings++, sizeof(*place));
	place->name = ohb_strndup(line, (size_t)(last - line));
	place->value = ohb_strdup(last + 1);
}

static void read_line(struct ohb_language *language, char *line)
{
	size_t len = strcspn(line, "#");

	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	line[len] = '\0';
	if (ohb_starts(line, "suffix "))
		add_words(&language->suffixes, line + 7);
	else if (ohb_starts(line, "erase "))
		add_words(&language->erased, line + 6);
	else if (ohb_starts(line, "inherits "))
		language->parent_name = ohb_strdup(line + 9);
	else if (ohb_starts(line, "grammar "))
		language->grammar_name = ohb_strdup(line + 8);
	else
		add_setting(language, line);
}

static void read_language(const char *dir, const char *name)
{
	ohb_autostr path = OHB_STR_INIT, text = OHB_STR_INIT;
	struct ohb_error ignored = OHB_ERROR_INIT;
	struct ohb_language *language;
	char *line, *end;

	if (find(name))
		return;
	ohb_str_addf(&path, "%s/%s/language", dir, name);
	if (ohb_fs_read(AT_FDCWD, path.data, MAX_LANGUAGE_FILE, &text,
			    &ignored) < 0)
		return;
	language = ohb_grow(
			&all.items, &all.cap, all.count++, sizeof(*language));
	language->name = language->grammar_name = ohb_strdup(name);
	language->dir = dir;
	for (line = text.data; line && *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		read_line(language, line);
	}
}

static int read_entry(void *userdata, const char *path, enum ohb_fs_kind kind,
		struct ohb_error *err)
{
	(void)kind;
	(void)err;
	read_language(userdata, path);
	return 0;
}

/* A parent that leads back is none. */
static void find_parents(void)
{
	size_t i, depth;

	for (i = 0; i < all.count; i++)
		if (all.items[i].parent_name)
			all.items[i].parent = find(all.items[i].parent_name);
	for (i = 0; i < all.count; i++) {
		const struct ohb_language *at = &all.items[i];

		for (depth = 0; at && depth < MAX_PARENTS; depth++)
			at = at->parent;
		if (at)
			all.items[i].parent = NULL;
	}
}

static void read_all(void)
{
	size_t i;

	find_dirs();
	for (i = 0; i < all.ndirs; i++) {
		struct ohb_error ignored = OHB_ERROR_INIT;

		/* Most of them are not there. */
		if (ohb_fs_list(AT_FDCWD, all.dirs[i], read_entry, all.dirs[i],
				    &ignored) < 0)
			continue;
	}
	find_parents();
}

struct ohb_language *ohb_language_of(const char *path)
{
	struct ohb_language *best = NULL;
	size_t i, k, longest = 0;

	(void)pthread_once(&all.once, read_all);
	for (i = 0; i < all.count; i++)
		for (k = 0; k < all.items[i].suffixes.count; k++) {
			const char *suffix = all.items[i].suffixes.items[k];

			if (strlen(suffix) <= longest ||
					!ohb_ends(path, suffix))
				continue;
			longest = strlen(suffix);
			best = &all.items[i];
		}
	return best;
}

const char *ohb_syntax_language(const char *path)
{
	const struct ohb_language *language = ohb_language_of(path);

	return language ? language->name : NULL;
}

const char *ohb_syntax_setting(const char *path, const char *name)
{
	const struct ohb_language *language = ohb_language_of(path);
	size_t i;

	for (; language; language = language->parent)
		for (i = 0; i < language->nsettings; i++)
			if (strcmp(language->settings[i].name, name) == 0)
				return language->settings[i].value;
	return NULL;
}

/* The file that a function was loaded from; lives with it. */
static const char *file_of(void *function)
{
	Dl_info info;

	return dladdr(function, &info) ? info.dli_fname : NULL;
}

/* The function of a shared object that gives its grammar. */
static const TSLanguage *load_grammar(const char *file, const char *name,
		const char **ret_loaded, struct ohb_str *why)
{
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	ohb_autostr symbol = OHB_STR_INIT;
	const TSLanguage *(*give)(void) = NULL;
	const TSLanguage *grammar;
	void *function;
	uint32_t version;

	if (!handle)
		return NULL;
	ohb_str_addf(&symbol, "tree_sitter_%s", name);
	function = dlsym(handle, symbol.data);
	if (!function) {
		ohb_str_addf(why, "'%s' has no '%s'", file, symbol.data);
		return NULL;
	}
	memcpy(&give, &function, sizeof(function));
	grammar = give();
	version = ohb_ts.language_version(grammar);
	*ret_loaded = file_of(function);
	if (version >= TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION &&
			version <= TREE_SITTER_LANGUAGE_VERSION)
		return grammar;
	ohb_str_addf(why, "'%s' is of ABI %u, and %s reads %d to %d", file,
			version, OHB_TREE_SITTER_SONAME,
			TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION,
			TREE_SITTER_LANGUAGE_VERSION);
	return NULL;
}

/* With the lock held. */
static void find_grammar(struct ohb_language *language)
{
	struct ohb_error err = OHB_ERROR_INIT;
	ohb_autostr why = OHB_STR_INIT;
	size_t i;

	if (ohb_library_load(&library, &err) < 0) {
		language->no_grammar = ohb_strdup(err.msg);
		return;
	}
	for (i = 0; i <= all.ndirs && !language->grammar; i++) {
		ohb_autostr file = OHB_STR_INIT;

		if (i < all.ndirs)
			ohb_str_addf(&file, "%s/%s.so", all.dirs[i],
					language->grammar_name);
		else
			ohb_str_addf(&file, "libtree-sitter-%s.so",
					language->grammar_name);
		if (i == all.ndirs || access(file.data, R_OK) == 0)
			language->grammar = load_grammar(file.data,
					language->grammar_name,
					&language->grammar_file, &why);
	}
	if (!language->grammar)
		language->no_grammar = ohb_strdup(ohb_str_cstr(&why));
}

const TSLanguage *ohb_language_grammar(
		struct ohb_language *language, const char **ret_why)
{
	const TSLanguage *grammar;

	pthread_mutex_lock(&all.lock);
	if (!language->grammar && !language->no_grammar)
		find_grammar(language);
	grammar = language->grammar;
	*ret_why = language->no_grammar;
	pthread_mutex_unlock(&all.lock);
	return grammar;
}

static const char *const query_files[OHB_QUERIES] = {
	[OHB_QUERY_GUARD] = "guard.scm",
	[OHB_QUERY_MUTATE] = "mutate.scm",
	[OHB_QUERY_LAYOUT] = "layout.scm",
};

/* The parents' text comes first. */
static int read_query(const struct ohb_language *language, const char *file,
		struct ohb_str *out, struct ohb_error *err)
{
	ohb_autostr path = OHB_STR_INIT;

	if (language->parent &&
			read_query(language->parent, file, out, err) < 0)
		return -1;
	ohb_str_addf(&path, "%s/%s/%s", language->dir, language->name, file);
	if (ohb_fs_read(AT_FDCWD, path.data, MAX_QUERY_FILE, out, err) < 0)
		return err->code == OHB_E_MISSING ? 0 : -1;
	ohb_str_addc(out, '\n');
	return 0;
}

/* With the lock held. */
static void find_query(struct ohb_language *language, enum ohb_query query)
{
	ohb_autostr text = OHB_STR_INIT, place = OHB_STR_INIT;
	struct ohb_error err = OHB_ERROR_INIT;

	ohb_str_addf(&place, "%s/%s/%s", language->dir, language->name,
			query_files[query]);
	if (read_query(language, query_files[query], &text, &err) < 0 ||
			(text.len &&
					ohb_compile(language->grammar,
							text.data, text.len,
							place.data,
							&language->queries
									 [query],
							&err) < 0))
		language->no_query[query] = ohb_strdup(err.msg);
}

int ohb_language_query(struct ohb_language *language, enum ohb_query query,
		const struct ohb_compiled **ret, struct ohb_error *err)
{
	int result = 0;

	pthread_mutex_lock(&all.lock);
	if (!language->asked[query])
		find_query(language, query);
	language->asked[query] = true;
	if (language->no_query[query])
		result = ohb_fail(err, OHB_E_SYNTAX, "%s",
				language->no_query[query]);
	else
		*ret = language->queries[query];
	pthread_mutex_unlock(&all.lock);
	return result;
}

void ohb_syntax_survey(struct ohb_str *ret_with, struct ohb_str *ret_without)
{
	size_t i;

	(void)pthread_once(&all.once, read_all);
	for (i = 0; i < all.count; i++) {
		struct ohb_language *language = &all.items[i];
		const char *why;
		struct ohb_str *out = ohb_language_grammar(language, &why) ?
				ret_with :
				ret_without;

		ohb_str_addf(out, "%s%s", out->len ? ", " : "", language->name);
		if (out == ret_without && *why)
			ohb_str_addf(out, " (%s)", why);
	}
}

/* What is in it; of one that is not there, that it is not. */
static void add_file(struct ohb_framed *framed, const char *tag,
		const char *path, size_t max)
{
	ohb_autostr text = OHB_STR_INIT;
	struct ohb_error ignored = OHB_ERROR_INIT;

	if (path && ohb_fs_read(AT_FDCWD, path, max, &text, &ignored) == 0)
		ohb_framed_add(framed, tag, ohb_str_cstr(&text), text.len);
}

static void add_language(
		struct ohb_framed *framed, struct ohb_language *language)
{
	ohb_autostr path = OHB_STR_INIT;
	const char *why;
	size_t i;

	ohb_framed_add(framed, "name", language->name, strlen(language->name));
	ohb_str_addf(&path, "%s/%s/language", language->dir, language->name);
	add_file(framed, "language", path.data, MAX_LANGUAGE_FILE);
	for (i = 0; i < OHB_QUERIES; i++) {
		ohb_str_clear(&path);
		ohb_str_addf(&path, "%s/%s/%s", language->dir, language->name,
				query_files[i]);
		add_file(framed, query_files[i], path.data, MAX_QUERY_FILE);
	}
	if (ohb_language_grammar(language, &why))
		add_file(framed, "grammar", language->grammar_file,
				OHB_MAX_INPUT_FILE);
}

/* A pointer to a function is none to an object, for C. */
static void add_library(struct ohb_framed *framed)
{
	void *function;

	if (!ohb_ts.parser_new)
		return;
	memcpy(&function, &ohb_ts.parser_new, sizeof(function));
	add_file(framed, "library", file_of(function), OHB_MAX_INPUT_FILE);
}

static void make_digest(void)
{
	struct ohb_framed framed;
	size_t i;

	ohb_framed_init(&framed);
	for (i = 0; i < all.count; i++)
		add_language(&framed, &all.items[i]);
	add_library(&framed);
	all.digest = ohb_framed_end(&framed);
}

struct ohb_digest ohb_syntax_digest(void)
{
	(void)pthread_once(&all.once, read_all);
	(void)pthread_once(&all.digested, make_digest);
	return all.digest;
}

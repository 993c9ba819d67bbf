#include "build/history.h"

#include <stdlib.h>
#include <string.h>

#include "build/name.h"
#include "io/git.h"

#define MAX_LOG ((size_t)4 << 20) /* bytes of what git tells of a path */
#define MAX_BLOBS ((size_t)64 << 20) /* bytes of one portion of contents */
#define PORTION 40 /* contents that are asked for at a time */
#define PATIENCE_MS 20000
#define SHORT_ID 10

/*
 * What git tells: \1, id, date, author and subject, each with a NUL behind,
 * a newline (of a merge: a NUL), and for each path ":<mode> <mode> <id> <id> <status>" and the
 * path, each with a NUL; a merge of n parents has n colons, n + 1 modes and
 * ids.
 */
#define FORMAT "--format=tformat:%x01%h%x00%cs%x00%an%x00%s"

struct cursor {
	const char *at, *end;
};

/* The text up to the next NUL; NULL at the end. */
static const char *field(struct cursor *in)
{
	const char *text = in->at;
	const char *nul = text < in->end ?
			memchr(text, '\0', (size_t)(in->end - text)) :
			NULL;

	if (nul)
		in->at = nul + 1;
	return nul ? text : NULL;
}

static bool is_absent(const char *id)
{
	return id[strspn(id, "0")] == '\0';
}

/* ":100644 100755 <id> <id> M" */
static void read_change(char *line, struct ohb_history_entry *entry)
{
	size_t parents = strspn(line, ":"), i, n = 0;
	const char *words[8] = { NULL };
	char *rest = line + parents, *word;

	while (n < OHB_ARRAY_LEN(words) && (word = strsep(&rest, " ")))
		words[n++] = word;
	if (parents > 2 || n < 2 * parents + 2)
		return;
	for (i = 0; i < parents; i++) {
		entry->mode_before[i] = (unsigned)strtoul(words[i], NULL, 8);
		entry->before[i] = words[parents + 1 + i];
		if (is_absent(entry->before[i]))
			entry->before[i] = NULL;
	}
	entry->mode_after = (unsigned)strtoul(words[parents], NULL, 8);
	entry->after = words[2 * parents + 1];
	if (is_absent(entry->after))
		entry->after = NULL;
}

static bool read_entry(struct cursor *in, struct ohb_arena *arena,
		struct ohb_history_entry *entry)
{
	const char **const fields[] = { &entry->commit.id, &entry->commit.date,
		&entry->commit.author, &entry->commit.subject };
	const char *text;
	size_t i;

	*entry = (struct ohb_history_entry){ .after = NULL };
	if (in->at == in->end || *in->at != '\1')
		return false;
	in->at++;
	for (i = 0; i < OHB_ARRAY_LEN(fields); i++) {
		text = field(in);
		if (!text)
			return false;
		*fields[i] = ohb_arena_strdup(arena, text);
	}
	entry->commit.id = ohb_arena_strndup(arena, entry->commit.id,
			strnlen(entry->commit.id, SHORT_ID));
	if (in->at < in->end && (*in->at == '\n' || *in->at == '\0'))
		in->at++;
	while (in->at < in->end && *in->at == ':') {
		text = field(in);
		if (!text || !field(in))
			return false;
		read_change(ohb_arena_strdup(arena, text), entry);
	}
	return true;
}

size_t ohb_history_parse(const char *text, size_t len, struct ohb_arena *arena,
		struct ohb_history_entry *ret, size_t max)
{
	struct cursor in = { text, text + len };
	size_t n = 0;

	while (n < max && read_entry(&in, arena, &ret[n]))
		n++;
	return n;
}

/* One search for what a path was. */
struct search {
	struct ohb_history *history;
	const char *path;
	const struct ohb_digest *before, *after;
	struct ohb_history_entry entries[OHB_HISTORY_COMMITS];
	size_t count;
	struct ohb_history_past *past;
};

/* A content that git keeps, and what it is called. */
struct content {
	enum ohb_fs_kind kind;
	unsigned mode;
	const char *data;
	size_t len;
};

/* By the digest of this machine, or by the one that stands for what the lock
 * file calls it. */
static bool is_content(
		const struct content *content, const struct ohb_digest *digest)
{
	const struct ohb_name name = ohb_name_of(content->kind, content->mode,
			content->data, content->len);
	const struct ohb_digest locked = ohb_name_stand_in(&name.content);

	return ohb_digest_eq(&name.digest, digest) ||
			ohb_digest_eq(&locked, digest);
}

static int run_git(struct search *search, const char *const *args,
		const struct ohb_str *input, size_t max, struct ohb_str *out)
{
	const struct ohb_git_call call = {
		.dirfd = search->history->dirfd,
		.args = args,
		.input = input ? input->data : NULL,
		.input_len = input ? input->len : 0,
		.max_output = max,
		.timeout_ms = PATIENCE_MS,
	};
	struct ohb_error err = OHB_ERROR_INIT;
	struct ohb_git_result result;
	int status;

	if (ohb_git_run(&call, &result, &err) < 0) {
		if (err.code == OHB_E_MISSING)
			search->history->no_git = "git is not installed";
		search->past->missing = err.code == OHB_E_MISSING ?
				search->history->no_git :
				err.code == OHB_E_TIMEOUT ?
				"git took too long to look for it" :
				"git has too much of it";
		return -1;
	}
	status = result.status;
	if (strstr(ohb_str_cstr(&result.err), "not a git repository"))
		search->history->no_git = "there is no git repository";
	ohb_str_add(out, ohb_str_cstr(&result.out), result.out.len);
	ohb_git_result_release(&result);
	return status;
}

/* The commits that touched the path, newest first. */
static int list_commits(struct search *search)
{
	const char *const args[] = { "--literal-pathspecs", "-c",
		"log.showRoot=true", "log", "--no-follow", "-c", "--raw", "-z",
		"--no-abbrev", "--no-renames", "--no-color", "--no-ext-diff",
		"--no-show-signature", "--encoding=UTF-8", FORMAT, "-n200",
		"--", search->path, NULL };
	ohb_autostr out = OHB_STR_INIT;

	_Static_assert(OHB_HISTORY_COMMITS == 200, "-n200");
	if (run_git(search, args, NULL, MAX_LOG, &out) < 0)
		return -1;
	if (search->history->no_git) {
		search->past->missing = search->history->no_git;
		return -1;
	}
	/* A repository without a commit is none that says anything. */
	search->count = ohb_history_parse(ohb_str_cstr(&out), out.len,
			search->history->arena, search->entries,
			OHB_HISTORY_COMMITS);
	return 0;
}

/* Mode 120000 is a link, 160000 a submodule. */
static struct content content_of(const char *data, size_t len, unsigned mode)
{
	return (struct content){
		.kind = (mode & 0170000) == 0120000 ? OHB_FS_LINK : OHB_FS_FILE,
		.mode = mode & 0777,
		.data = data,
		.len = len,
	};
}

/* The next answer of cat-file --batch: "<id> blob <size>\n<bytes>\n"; false
 * when it has not that form. */
static bool next_blob(struct cursor *in, const char **ret, size_t *ret_len)
{
	const char *line = in->at;
	const char *end = line < in->end ?
			memchr(line, '\n', (size_t)(in->end - line)) :
			NULL;
	const char *size;
	unsigned long long len;

	*ret = NULL;
	if (!end)
		return false;
	in->at = end + 1;
	size = memrchr(line, ' ', (size_t)(end - line));
	if (!size || size - line < 5 || memcmp(size - 5, " blob", 5) != 0)
		return true; /* missing */
	if (ohb_parse_u64(size + 1, (size_t)(end - size) - 1,
			    (unsigned long long)(in->end - in->at), &len) < 0)
		return false;
	*ret = in->at;
	*ret_len = (size_t)len;
	in->at += len;
	if (in->at < in->end)
		in->at++;
	return true;
}

static void blame(struct search *search, size_t entry)
{
	struct ohb_history_commit *commit = ohb_arena_alloc(
			search->history->arena, sizeof(*commit));

	*commit = search->entries[entry].commit;
	search->past->commit = commit;
	search->past->later = entry;
}

static void found(
		struct search *search, const struct content *content, size_t at)
{
	struct ohb_history_past *past = search->past;

	past->kind = content->kind;
	past->data = ohb_arena_strndup(
			search->history->arena, content->data, content->len);
	past->len = content->len;
	past->missing = NULL;
	/* What the newest commit left behind is changed on disk only. */
	if (at > 0)
		blame(search, (at - 1) / 2);
}

/*
 * Contents in the order of age: number 0 is what the newest commit left,
 * 2 * i + 1 and 2 * i + 2 what commit i found (the second of a merge).
 */
static const char *id_at(
		const struct search *search, size_t at, unsigned *ret_mode)
{
	const struct ohb_history_entry *entry;

	if (at == 0) {
		*ret_mode = search->entries[0].mode_after;
		return search->entries[0].after;
	}
	entry = &search->entries[(at - 1) / 2];
	*ret_mode = entry->mode_before[(at - 1) % 2];
	return entry->before[(at - 1) % 2];
}

/* Whether content number i, whose bytes are given, is the one. */
static bool look_at(struct search *search, size_t i, const char *data,
		size_t len, unsigned mode)
{
	const struct content content = content_of(data, len, mode);

	if (i == 0)
		search->past->uncommitted =
				!is_content(&content, search->after);
	if (!is_content(&content, search->before))
		return false;
	found(search, &content, i);
	return true;
}

/* Looks at contents from..to; 1 the one is found, 0 not, -1 git failed. */
static int look_through(struct search *search, size_t from, size_t to)
{
	static const char *const args[] = { "cat-file", "--batch", NULL };
	ohb_autostr ids = OHB_STR_INIT;
	ohb_autostr out = OHB_STR_INIT;
	const char *data;
	struct cursor in;
	unsigned mode;
	size_t i, len;

	for (i = from; i < to; i++)
		if (id_at(search, i, &mode))
			ohb_str_addf(&ids, "%s\n", id_at(search, i, &mode));
	if (!ids.len)
		return 0;
	if (run_git(search, args, &ids, MAX_BLOBS, &out) < 0)
		return -1;
	in.at = ohb_str_cstr(&out);
	in.end = in.at + out.len;
	for (i = from; i < to; i++) {
		if (!id_at(search, i, &mode))
			continue;
		if (!next_blob(&in, &data, &len))
			return 0;
		if (data && look_at(search, i, data, len, mode))
			return 1;
	}
	return 0;
}

/* Of a shallow clone the oldest commit seems to have made all files. */
static bool made_it(const struct ohb_history_entry *entry)
{
	return !entry->before[0] && !entry->before[1];
}

static void ask_git(struct search *search)
{
	struct ohb_history_past *past = search->past;
	size_t at, end, all;
	int result = 0;

	if (list_commits(search) < 0)
		return;
	past->missing = "git does not know the content of then";
	if (search->count == 0 || !search->entries[0].after) {
		past->uncommitted = true;
		return;
	}
	all = 2 * search->count + 1;
	for (at = 0; at < all && result == 0; at = end) {
		end = at + PORTION < all ? at + PORTION : all;
		result = look_through(search, at, end);
	}
	if (result == 0 && !past->uncommitted && !made_it(&search->entries[0]))
		blame(search, 0);
}

/* A build keeps what it was given as a blob of that very digest. */
static bool ask_store(struct ohb_history *history,
		const struct ohb_digest *before, struct ohb_history_past *past)
{
	struct ohb_error ignored = OHB_ERROR_INIT;
	ohb_autostr bytes = OHB_STR_INIT;
	const char *data;

	if (ohb_blob_find(history->store, before, &bytes, &ignored) != 1 ||
			!ohb_fs_unframe(bytes.data, bytes.len, &past->kind,
					&data, &past->len))
		return false;
	past->data = ohb_arena_strndup(history->arena, data, past->len);
	past->missing = NULL;
	return true;
}

static struct ohb_history_past *look(struct ohb_history *history,
		const char *path, const struct ohb_digest *before,
		const struct ohb_digest *after)
{
	struct ohb_history_past *past =
			ohb_arena_alloc(history->arena, sizeof(*past));
	ohb_autofree struct search *search = ohb_alloc(sizeof(*search));
	struct ohb_history_past stored = { .kind = OHB_FS_ABSENT };

	*search = (struct search){ .history = history,
		.path = path,
		.before = before,
		.after = after,
		.past = past };
	if (history->no_git)
		past->missing = history->no_git;
	else if (history->asked == OHB_HISTORY_FILES)
		past->missing = "git is asked for no more files in one answer; "
				"name fewer targets";
	else {
		history->asked++;
		ask_git(search);
	}
	if (past->kind != OHB_FS_ABSENT || !ask_store(history, before, &stored))
		return past;
	past->kind = stored.kind;
	past->data = stored.data;
	past->len = stored.len;
	past->missing = NULL;
	return past;
}

const struct ohb_history_past *ohb_history_find(struct ohb_history *history,
		const char *path, const struct ohb_digest *before,
		const struct ohb_digest *after)
{
	char old[OHB_DIGEST_HEX], new[OHB_DIGEST_HEX];
	const char *key = ohb_arena_printf(history->arena, "%s %s %s",
			ohb_digest_hex(before, old), ohb_digest_hex(after, new),
			path);
	struct ohb_history_past *known = ohb_map_get(&history->known, key);

	if (!known) {
		known = look(history, path, before, after);
		(void)ohb_map_add(&history->known, key, known);
	}
	return known;
}

const struct ohb_history_past *ohb_history_bytes(struct ohb_history *history,
		const char *path, const struct ohb_digest *before,
		const struct ohb_digest *after)
{
	struct ohb_history_past *past =
			ohb_arena_alloc(history->arena, sizeof(*past));

	*past = (struct ohb_history_past){ .kind = OHB_FS_ABSENT };
	return ask_store(history, before, past) ?
			past :
			ohb_history_find(history, path, before, after);
}

void ohb_history_release(struct ohb_history *history)
{
	ohb_map_release(&history->known);
}

/* openhands.lock: text out. */
#include "store/lockfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "store/lockwords.h"
#include "text/utf8.h"

const struct ohb_lock_mode ohb_lock_modes[] = {
	{ "absent", OHB_CONTENT_ABSENT },
	{ "text", OHB_CONTENT_TEXT },
	{ "100644", OHB_CONTENT_FILE },
	{ "100755", OHB_CONTENT_PROGRAM },
	{ "120000", OHB_CONTENT_LINK },
};
const size_t ohb_lock_nmodes = OHB_ARRAY_LEN(ohb_lock_modes);

const char *const ohb_lock_origins[] = {
	[OHB_BY_AGENT] = "agent",
	[OHB_BY_PERSON] = "person",
};

const char *const ohb_lock_proofs[] = { "none", "judge" };

/* U+0080 to U+009F */
static bool is_c1(const char *s)
{
	return (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 &&
			(unsigned char)s[1] < 0xa0;
}

static bool is_plain(const char *s)
{
	size_t len = strlen(s), i;

	if (len == 0 || s[0] == ' ' || s[len - 1] == ' ' ||
			!ohb_utf8_valid(s, len))
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f || s[i] == '"' ||
				s[i] == '\\' || is_c1(s + i))
			return false;
	return true;
}

/* As git shows a path: in C's quotes when it has to be. */
static void add_name(struct ohb_str *out, const char *name)
{
	const unsigned char *s = (const unsigned char *)name;

	if (is_plain(name)) {
		ohb_str_adds(out, name);
		return;
	}
	ohb_str_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			ohb_str_addc(out, '\\');
		if (*s < 0x20 || *s >= 0x7f)
			ohb_str_addf(out, "\\%03o", *s);
		else
			ohb_str_addc(out, (char)*s);
	}
	ohb_str_addc(out, '"');
}

static const char *mode_name(unsigned mode)
{
	size_t i;

	for (i = 0; i < ohb_lock_nmodes; i++)
		if (ohb_lock_modes[i].mode == mode)
			return ohb_lock_modes[i].name;
	return "text";
}

static void add_items(struct ohb_str *out, const char *word,
		const struct ohb_lock_item *items, size_t n)
{
	char hex[OHB_SHA256_HEX];
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ohb_content *content = &items[i].content;

		ohb_str_addf(out, "\t%s %s %s ", word, mode_name(content->mode),
				ohb_sha256_hex(&content->sha, hex));
		add_name(out, items[i].name);
		ohb_str_addc(out, '\n');
	}
}

static void add_text(struct ohb_str *out, const char *word, const char *text)
{
	if (!text)
		return;
	ohb_str_addf(out, "\t%s ", word);
	add_name(out, text);
	ohb_str_addc(out, '\n');
}

static void add_record(
		struct ohb_str *out, const struct ohb_lock_record *record)
{
	char time[OHB_TIME_TEXT], hex[OHB_DIGEST_HEX];
	const int64_t cost = record->cost_microusd;

	ohb_str_adds(out, "\ntarget ");
	add_name(out, record->target);
	ohb_str_addc(out, '\n');
	add_items(out, "key", record->parts, record->nparts);
	if (!ohb_digest_is_zero(&record->settings))
		add_text(out, "validate",
				ohb_digest_hex(&record->settings, hex));
	add_items(out, "output", record->outputs, record->noutputs);
	add_text(out, "by", ohb_lock_origins[record->origin]);
	add_text(out, "proof", ohb_lock_proofs[record->judged]);
	add_text(out, "model", record->model);
	add_text(out, "image", record->image);
	if (record->date_ms >= 0)
		add_text(out, "date", ohb_clock_format(record->date_ms, time));
	if (cost >= 0)
		ohb_str_addf(out, "\tcost %" PRId64 ".%06" PRId64 "\n",
				cost / 1000000, cost % 1000000);
}

void ohb_lock_print(const struct ohb_lock *lock, struct ohb_str *out)
{
	size_t i;

	ohb_str_addf(out,
			OHB_LOCK_MAGIC "%d key %u: what every test was made "
				       "of; to be committed; ohbuild writes "
				       "it\n",
			OHB_LOCK_VERSION, lock->key);
	for (i = 0; i < lock->count; i++)
		add_record(out, &lock->records[i]);
	ohb_str_adds(out, "\nend\n");
}

static int by_target(const void *key, const void *record)
{
	const struct ohb_lock_record *b = record;

	return strcmp(key, b->target);
}

const struct ohb_lock_record *ohb_lock_find(
		const struct ohb_lock *lock, const char *target)
{
	return lock->count ?
			bsearch(target, lock->records, lock->count,
					sizeof(*lock->records), by_target) :
			NULL;
}

static bool same_items(const struct ohb_lock_item *a, size_t na,
		const struct ohb_lock_item *b, size_t nb)
{
	size_t i;

	if (na != nb)
		return false;
	for (i = 0; i < na; i++)
		if (strcmp(a[i].name, b[i].name) != 0 ||
				!ohb_content_eq(&a[i].content, &b[i].content))
			return false;
	return true;
}

static bool same_settings(
		const struct ohb_digest *a, const struct ohb_digest *b)
{
	return ohb_digest_is_zero(a) || ohb_digest_is_zero(b) ||
			ohb_digest_eq(a, b);
}

bool ohb_lock_same(const struct ohb_lock_record *a,
		const struct ohb_lock_record *b)
{
	return same_settings(&a->settings, &b->settings) &&
			same_items(a->parts, a->nparts, b->parts, b->nparts) &&
			same_items(a->outputs, a->noutputs, b->outputs,
					b->noutputs);
}

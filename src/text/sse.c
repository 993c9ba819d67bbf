#include "text/sse.h"

#include <string.h>

#include "base/limits.h"

static void dispatch(struct ohb_sse *sse, ohb_sse_fn *fn, void *userdata)
{
	const struct ohb_sse_event event = {
		.name = ohb_str_cstr(&sse->name),
		.data = ohb_str_cstr(&sse->data),
		.len = sse->data.len,
	};

	if (sse->has_data)
		fn(userdata, &event);
	ohb_str_clear(&sse->name);
	ohb_str_clear(&sse->data);
	sse->has_data = false;
}

static int add_data(struct ohb_sse *sse, const char *value, size_t len,
		struct ohb_error *err)
{
	if (sse->data.len + len >= OHB_MAX_JSON_BYTES)
		return ohb_fail(err, OHB_E_LIMIT,
				"an event of the stream is too large");
	if (sse->has_data)
		ohb_str_addc(&sse->data, '\n');
	ohb_str_add(&sse->data, value, len);
	sse->has_data = true;
	return 0;
}

static int end_line(struct ohb_sse *sse, ohb_sse_fn *fn, void *userdata,
		struct ohb_error *err)
{
	const char *line = ohb_str_cstr(&sse->line);
	size_t len = sse->line.len, name_len;
	const char *colon = memchr(line, ':', len), *value;
	int ret = 0;

	if (!len) {
		dispatch(sse, fn, userdata);
		return 0;
	}
	name_len = colon ? (size_t)(colon - line) : len;
	value = colon ? colon + 1 : line + len;
	if (value < line + len && *value == ' ')
		value++;
	len -= (size_t)(value - line);
	if (name_len == 4 && memcmp(line, "data", 4) == 0)
		ret = add_data(sse, value, len, err);
	if (name_len == 5 && memcmp(line, "event", 5) == 0) {
		ohb_str_clear(&sse->name);
		ohb_str_add(&sse->name, value, len);
	}
	ohb_str_clear(&sse->line);
	return ret;
}

static void drop_mark(struct ohb_sse *sse)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (!sse->begun && sse->line.len == 3) {
		sse->begun = true;
		if (memcmp(sse->line.data, mark, 3) == 0)
			ohb_str_clear(&sse->line);
	}
}

/* How much of the piece belongs to the line; the first three bytes may be a
 * mark, and are taken one by one. */
static size_t line_len(const struct ohb_sse *sse, const char *data, size_t len)
{
	size_t n = 0;

	if (!sse->begun)
		len = 1;
	while (n < len && data[n] != '\r' && data[n] != '\n')
		n++;
	return n;
}

int ohb_sse_feed(struct ohb_sse *sse, const char *data, size_t len,
		ohb_sse_fn *fn, void *userdata, struct ohb_error *err)
{
	const char *end = data + len;
	bool second;
	size_t n;

	while (data < end) {
		n = line_len(sse, data, (size_t)(end - data));
		if (sse->line.len + n > OHB_MAX_JSON_BYTES)
			return ohb_fail(err, OHB_E_LIMIT,
					"a line of the stream is too long");
		ohb_str_add(&sse->line, data, n);
		data += n;
		if (n) {
			sse->after_cr = false;
			drop_mark(sse);
			continue;
		}
		/* A line's end, unless it is the LF of CR LF. */
		second = sse->after_cr && *data == '\n';
		sse->after_cr = *data++ == '\r';
		sse->begun = true;
		if (!second && end_line(sse, fn, userdata, err) < 0)
			return -1;
	}
	return 0;
}

void ohb_sse_release(struct ohb_sse *sse)
{
	ohb_str_release(&sse->line);
	ohb_str_release(&sse->name);
	ohb_str_release(&sse->data);
}

void ohb_sse_add(struct ohb_str *out, const char *name, const char *data,
		size_t len)
{
	const char *end;
	size_t n;

	if (*name)
		ohb_str_addf(out, "event: %s\n", name);
	for (;; data += n + 1, len -= n + 1) {
		end = memchr(data, '\n', len);
		n = end ? (size_t)(end - data) : len;
		ohb_str_adds(out, "data: ");
		ohb_str_add(out, data, n);
		ohb_str_addc(out, '\n');
		if (!end)
			break;
	}
	ohb_str_addc(out, '\n');
}

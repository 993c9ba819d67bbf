#include <string.h>

#include "io/process.h"

void ohb_tail_init(struct ohb_tail *tail, size_t max)
{
	*tail = (struct ohb_tail){
		.head = OHB_STR_INIT,
		.ring = OHB_STR_INIT,
		.max = max,
	};
}

/* The first half of what is kept; returns how much was taken. */
static size_t add_head(struct ohb_tail *tail, const char *data, size_t len)
{
	size_t room = tail->max / 2 - tail->head.len;
	size_t n = len < room ? len : room;

	ohb_str_add(&tail->head, data, n);
	return n;
}

void ohb_tail_add(struct ohb_tail *tail, const char *data, size_t len)
{
	const size_t size = tail->max - tail->max / 2;
	size_t n = add_head(tail, data, len);

	tail->total += len;
	data += n;
	len -= n;
	if (len > size) {
		data += len - size;
		len = size;
	}
	while (len > 0) {
		if (tail->ring.len < size) {
			n = size - tail->ring.len;
			n = len < n ? len : n;
			ohb_str_add(&tail->ring, data, n);
		} else {
			n = size - tail->at;
			n = len < n ? len : n;
			memcpy(tail->ring.data + tail->at, data, n);
			tail->at = (tail->at + n) % size;
		}
		data += n;
		len -= n;
	}
}

void ohb_tail_end(struct ohb_tail *tail, struct ohb_str *out)
{
	const uint64_t left_out = tail->total - tail->head.len - tail->ring.len;

	ohb_str_add(out, tail->head.data, tail->head.len);
	if (left_out) {
		if (tail->head.len &&
				tail->head.data[tail->head.len - 1] != '\n')
			ohb_str_addc(out, '\n');
		ohb_str_addf(out, "[… %llu bytes left out …]\n",
				(unsigned long long)left_out);
	}
	if (tail->ring.len) {
		ohb_str_add(out, tail->ring.data + tail->at,
				tail->ring.len - tail->at);
		ohb_str_add(out, tail->ring.data, tail->at);
	}
	ohb_str_release(&tail->head);
	ohb_str_release(&tail->ring);
	ohb_tail_init(tail, tail->max);
}

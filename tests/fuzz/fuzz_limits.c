#include <stddef.h>
#include <stdint.h>

#include "gateway/limits.h"
#include "gateway/retry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The headers of a reply; and all of it as one value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t now_ms = 1764000000000;
	static const int64_t year_ms = (int64_t)367 * 24 * 60 * 60 * 1000;
	struct ohb_http_response reply = OHB_HTTP_RESPONSE_INIT;
	struct ohb_limits limits;
	int64_t reset_ms;

	ohb_str_add(&reply.headers, (const char *)data, size);
	limits = ohb_limits_read(&reply, now_ms);
	if (limits.requests.left < -1 || limits.tokens.left < -1 ||
			limits.requests.reset_ms > year_ms ||
			limits.tokens.reset_ms > year_ms)
		__builtin_trap();
	reset_ms = ohb_limits_parse_reset((const char *)data, size, now_ms);
	if (reset_ms < -1 || reset_ms > year_ms)
		__builtin_trap();
	if (ohb_retry_asked_ms(&reply, now_ms) < -1)
		__builtin_trap();
	ohb_http_response_release(&reply);
	return 0;
}

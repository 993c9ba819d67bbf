#ifndef OHB_GATEWAY_TOKENS_H
#define OHB_GATEWAY_TOKENS_H

/*
 * How many tokens a provider can count at most for a request.
 *
 * A byte-level tokenizer never makes more tokens than there are bytes, since
 * each byte is a token and longer ones only join them; one with fallback to
 * bytes does neither.  Some compose text by NFKC first, which can make it
 * longer: such characters weigh more.  Keys, quotes and brackets of the JSON
 * are counted as well; what a provider puts around a message is less.
 *
 * Bytes are about four times too many.  But when a request goes on with the
 * messages of the one before, the provider has said what those are: then only
 * what is new is counted by its bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

/* The most that documents of providers give for an image. */
#define OHB_TOKENS_IMAGE ((uint64_t)50000)
/* What providers add of their own: above all their text about tools. */
#define OHB_TOKENS_FRAME ((uint64_t)2048)

/* What the last answer of a model told about a conversation; zero at first.
 * One a conversation and model. */
struct ohb_tokens_known {
	struct ohb_digest around, messages;
	size_t len; /* of the messages, without the closing bracket; 0: none */
	uint64_t tokens;
};

struct ohb_tokens {
	uint64_t bound;
	uint64_t max_output; /* of the answer, by the request; 0: not said */
	bool hour; /* it may ask to be cached for an hour, which costs more */
	bool unbounded; /* a sound, film or document: nobody can say */
	struct ohb_tokens_known next; /* but for its tokens */
	bool goes_on; /* with what was known */
};

/* Counts a request body, which is valid JSON; known may be NULL. */
void ohb_tokens_count(const char *body, size_t len,
		const struct ohb_tokens_known *known, struct ohb_tokens *ret);
/* The provider said how many tokens that request had. */
void ohb_tokens_learn(struct ohb_tokens_known *known,
		const struct ohb_tokens *request, uint64_t tokens);

#endif

#include "gateway/flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"

struct ohb_flight {
	struct ohb_flight *next;
	struct ohb_grant *grant; /* until it has landed */
	struct ohb_gateway *gateway;
	struct ohb_str text;
	struct ohb_digest digest; /* of the text */
	struct ohb_request request;
	pthread_t thread; /* of a streamed one */
	unsigned waiting; /* those who still need the answer */
	bool landed;
	bool has_thread;
	struct ohb_answer answer;
};

static void list(struct ohb_flight *flight)
{
	flight->next = flight->grant->flights;
	flight->grant->flights = flight;
}

/* So that a later request of the same words is a new one. */
static void land(struct ohb_flight *flight)
{
	struct ohb_flight **at = &flight->grant->flights;

	while (*at != flight)
		at = &(*at)->next;
	*at = flight->next;
	flight->landed = true;
	pthread_cond_broadcast(&flight->gateway->changed);
}

static void *fly(void *userdata)
{
	struct ohb_flight *flight = userdata;
	struct ohb_grant *grant = flight->grant;

	ohb_forward(grant, &flight->request, &flight->answer);
	pthread_mutex_lock(&flight->gateway->lock);
	land(flight);
	pthread_mutex_unlock(&flight->gateway->lock);
	return NULL;
}

static void *fly_alone(void *userdata)
{
	struct ohb_flight *flight = userdata;
	struct ohb_grant *grant = flight->grant;

	(void)fly(flight);
	ohb_grant_leave(grant);
	return NULL;
}

static struct ohb_flight *find(
		struct ohb_grant *grant, const struct ohb_digest *digest)
{
	struct ohb_flight *flight = grant->flights;

	while (flight && !ohb_digest_eq(&flight->digest, digest))
		flight = flight->next;
	return flight;
}

static void begin(struct ohb_flight *flight, enum ohb_api api)
{
	struct ohb_error err = OHB_ERROR_INIT;

	if (ohb_request_read(api, &flight->text, &flight->request, &err) < 0) {
		ohb_forward_refused(flight->grant, &err, &flight->answer);
		pthread_mutex_lock(&flight->gateway->lock);
		land(flight);
		pthread_mutex_unlock(&flight->gateway->lock);
		return;
	}
	flight->answer.gateway = flight->gateway;
	if (!flight->request.streamed) {
		(void)fly(flight);
		return;
	}
	ohb_grant_stay(flight->grant);
	flight->has_thread = pthread_create(&flight->thread, NULL, fly_alone,
					     flight) == 0;
	/* Then its pieces come all at once. */
	if (!flight->has_thread)
		(void)fly_alone(flight);
}

struct ohb_flight *ohb_flight_take(
		struct ohb_grant *grant, enum ohb_api api, struct ohb_str *text)
{
	struct ohb_digest digest = ohb_digest_of(text->data, text->len);
	pthread_mutex_t *lock = &grant->gateway->lock;
	struct ohb_flight *flight, *fresh = NULL;

	digest.bytes[0] ^= (unsigned char)api;
	pthread_mutex_lock(lock);
	flight = find(grant, &digest);
	if (!flight) {
		flight = fresh = ohb_alloc(sizeof(*flight));
		flight->grant = grant;
		flight->gateway = grant->gateway;
		flight->digest = digest;
		flight->text = *text;
		*text = (struct ohb_str)OHB_STR_INIT;
		list(flight);
	}
	flight->waiting++;
	if (fresh) {
		pthread_mutex_unlock(lock);
		begin(fresh, api);
		pthread_mutex_lock(lock);
	}
	while (!flight->landed && !flight->answer.streamed)
		pthread_cond_wait(&grant->gateway->changed, lock);
	pthread_mutex_unlock(lock);
	return flight;
}

void ohb_flight_leave(struct ohb_flight *flight)
{
	struct ohb_gateway *gateway = flight->gateway;
	bool last;

	pthread_mutex_lock(&gateway->lock);
	/* Who comes now gets a flight of his own if this one has landed. */
	while (flight->waiting == 1 && !flight->landed)
		pthread_cond_wait(&gateway->changed, &gateway->lock);
	last = --flight->waiting == 0;
	pthread_mutex_unlock(&gateway->lock);
	if (!last)
		return;
	if (flight->has_thread)
		pthread_join(flight->thread, NULL);
	ohb_str_release(&flight->text);
	ohb_str_release(&flight->answer.body);
	free(flight);
}

const struct ohb_answer *ohb_flight_answer(const struct ohb_flight *flight)
{
	return &flight->answer;
}

ssize_t ohb_flight_read(
		struct ohb_flight *flight, size_t at, char *ret, size_t max)
{
	struct ohb_gateway *gateway = flight->gateway;
	const struct ohb_answer *answer = &flight->answer;
	ssize_t n;

	pthread_mutex_lock(&gateway->lock);
	while (!flight->landed && at >= answer->body.len)
		pthread_cond_wait(&gateway->changed, &gateway->lock);
	if (at < answer->body.len) {
		n = (ssize_t)(answer->body.len - at < max ?
						answer->body.len - at :
						max);
		memcpy(ret, answer->body.data + at, (size_t)n);
	} else {
		n = answer->broken ? -1 : 0;
	}
	pthread_mutex_unlock(&gateway->lock);
	return n;
}

void ohb_answer_add(struct ohb_answer *answer, const char *data, size_t len)
{
	pthread_mutex_lock(&answer->gateway->lock);
	/* Once: who has seen it looks no more under the lock. */
	if (!answer->streamed) {
		answer->status = 200;
		answer->streamed = true;
	}
	ohb_str_add(&answer->body, data, len);
	pthread_cond_broadcast(&answer->gateway->changed);
	pthread_mutex_unlock(&answer->gateway->lock);
}

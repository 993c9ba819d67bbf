#ifndef OHB_TEXT_JSON_H
#define OHB_TEXT_JSON_H

/*
 * Bounded JSON on top of jansson, which is used directly for building and
 * walking values (<jansson.h>): here is only what every caller would write
 * again.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Parses one value of any type, of at most OHB_MAX_JSON_BYTES and
 * OHB_MAX_JSON_DEPTH.  Of duplicate keys the last counts.  The escape \u0000
 * is read as U+FFFD, so that every string is a C string.  The caller
 * json_decref()s; NULL with err set: OHB_E_SYNTAX with line and column, or
 * OHB_E_LIMIT.
 */
json_t *ohb_json_parse(const char *data, size_t len, struct ohb_error *err);

void ohb_json_freep(json_t **json);
#define ohb_autojson __attribute__((cleanup(ohb_json_freep))) json_t

/* Walks "a.b.0.c"; NULL when a step is missing.  Borrowed. */
json_t *ohb_json_at(json_t *json, const char *path);
const char *ohb_json_text(json_t *json, const char *path); /* or NULL */
/* A real without a fraction counts as an integer. */
int64_t ohb_json_int(json_t *json, const char *path, int64_t otherwise);
double ohb_json_number(json_t *json, const char *path, double otherwise);

/* A string value from any bytes: what is not UTF-8, and NUL, becomes U+FFFD,
 * so that foreign output always has a JSON form.  New reference. */
json_t *ohb_json_bytes(const char *data, size_t len);

/* The same of a C string; null for NULL. */
json_t *ohb_json_string(const char *text);

/* Take value over; the key is UTF-8. */
void ohb_json_set(json_t *object, const char *key, json_t *value);
void ohb_json_append(json_t *array, json_t *value);

/* Appends the compact form; keys keep their order, and numbers every digit:
 * what others sent goes on as it came. */
void ohb_json_add(struct ohb_str *out, const json_t *json);
/* The same with numbers of 12 digits, for what we tell ourselves: 0.08 is not
 * shown as 0.080000000000000002. */
void ohb_json_add_rounded(struct ohb_str *out, const json_t *json);

#endif

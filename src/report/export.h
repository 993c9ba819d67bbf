#ifndef OHB_REPORT_EXPORT_H
#define OHB_REPORT_EXPORT_H

/* The answer of `validate` in the forms that other programs read. */

#include <jansson.h>

#include "base/str.h"

/* JUnit XML, a case for each target. */
void ohb_export_junit(json_t *answer, struct ohb_str *out);

/* SARIF 2.1.0: a result for each finding, and for what an agent said of the
 * source: `suspected-bug`, `blocked`. */
void ohb_export_sarif(json_t *answer, const char *version, struct ohb_str *out);

#endif

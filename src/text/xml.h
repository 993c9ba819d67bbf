#ifndef OHB_TEXT_XML_H
#define OHB_TEXT_XML_H

/* XML that strangers write, element by element: no entities of its own, none
 * from elsewhere, no attributes that its DTD adds. */

#include <stddef.h>

#include "ohbuild/error.h"

/* What to call; a name is as written, attributes are names and values in turn,
 * with NULL behind.  The rest is ohb_xml_parse's own. */
struct ohb_xml {
	void (*on_start)(void *userdata, const char *name,
			const char **attributes);
	void (*on_end)(void *userdata, const char *name);
	void (*on_text)(void *userdata, const char *text, size_t len);
	void *userdata;
	void *parser;
	unsigned depth;
	struct ohb_error why; /* we stopped it ourselves */
};

/* OHB_E_SYNTAX with the line; OHB_E_LIMIT: larger, deeper, or more memory than
 * limits.h says; what ohb_xml_stop was given. */
int ohb_xml_parse(struct ohb_xml *xml, const char *data, size_t len,
		struct ohb_error *err) OHB_MUST_CHECK;
/* In a callback: the text cannot be read, and that is why. */
void ohb_xml_stop(struct ohb_xml *xml, enum ohb_code code, const char *fmt, ...)
		OHB_PRINTF(3, 4);

/* Its value, or NULL. */
const char *ohb_xml_attribute(const char **attributes, const char *name);

#endif

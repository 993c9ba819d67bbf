#include "text/xml.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/limits.h"
#include "base/str.h"

#define CHUNK ((size_t)1 << 20)

/*
 * A few bytes of XML can take many of the parser: names, attributes, tags that
 * are open.  What it asks for on this thread has a limit; expat gives its
 * allocators nothing else to count in.
 */
static _Thread_local size_t used;

union block {
	size_t size;
	max_align_t align;
};

static void *take(union block *old, size_t size)
{
	const size_t before = old ? old->size : 0;
	union block *block;

	if (size > OHB_MAX_XML_MEMORY ||
			used - before > OHB_MAX_XML_MEMORY - size)
		return NULL;
	block = realloc(old, sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	used += size - before;
	return block + 1;
}

static void *xml_malloc(size_t size)
{
	return take(NULL, size);
}

static void *xml_realloc(void *old, size_t size)
{
	return take(old ? (union block *)old - 1 : NULL, size);
}

static void xml_free(void *old)
{
	if (!old)
		return;
	used -= ((union block *)old - 1)->size;
	free((union block *)old - 1);
}

void ohb_xml_stop(struct ohb_xml *xml, enum ohb_code code, const char *fmt, ...)
{
	ohb_autostr why = OHB_STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	ohb_str_addv(&why, fmt, ap);
	va_end(ap);
	/* The first is why; the parser may call once more. */
	if (xml->why.code == OHB_OK)
		(void)ohb_fail(&xml->why, code, "%s", ohb_str_cstr(&why));
	(void)XML_StopParser(xml->parser, XML_FALSE);
}

const char *ohb_xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void XMLCALL on_start(void *userdata, const XML_Char *name,
		const XML_Char **attributes)
{
	struct ohb_xml *xml = userdata;

	if (++xml->depth > OHB_MAX_XML_DEPTH)
		ohb_xml_stop(xml, OHB_E_LIMIT,
				"elements are nested deeper than %u",
				OHB_MAX_XML_DEPTH);
	else
		xml->on_start(xml->userdata, name, attributes);
}

static void XMLCALL on_end(void *userdata, const XML_Char *name)
{
	struct ohb_xml *xml = userdata;

	xml->depth--;
	xml->on_end(xml->userdata, name);
}

static void XMLCALL on_text(void *userdata, const XML_Char *text, int len)
{
	struct ohb_xml *xml = userdata;

	if (len > 0)
		xml->on_text(xml->userdata, text, (size_t)len);
}

/* NOLINTNEXTLINE(readability-function-size): the signature of expat */
static void XMLCALL on_entity(void *userdata, const XML_Char *name,
		int parameter, const XML_Char *value, int len,
		const XML_Char *base, const XML_Char *system,
		const XML_Char *public, const XML_Char *notation)
{
	(void)name;
	(void)parameter;
	(void)value;
	(void)len;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	ohb_xml_stop(userdata, OHB_E_SYNTAX, "it declares an entity");
}

/* One that is given by default is in each element, and so many times as large
 * as the text.
 * NOLINTNEXTLINE(readability-function-size): the signature of expat */
static void XMLCALL on_attribute(void *userdata, const XML_Char *element,
		const XML_Char *name, const XML_Char *type,
		const XML_Char *value, int required)
{
	(void)element;
	(void)name;
	(void)type;
	(void)value;
	(void)required;
	ohb_xml_stop(userdata, OHB_E_SYNTAX, "it declares an attribute");
}

static int fail(const struct ohb_xml *xml, XML_Parser parser,
		struct ohb_error *err)
{
	const enum XML_Error code = XML_GetErrorCode(parser);
	const unsigned long line = XML_GetCurrentLineNumber(parser);

	if (xml->why.code != OHB_OK)
		return ohb_fail(err, xml->why.code, "line %lu: %s", line,
				xml->why.msg);
	if (code == XML_ERROR_NO_MEMORY)
		return ohb_fail(err, OHB_E_LIMIT,
				"line %lu: to read it takes more than %u MiB "
				"of memory",
				line, OHB_MAX_XML_MEMORY >> 20);
	return ohb_fail(err, OHB_E_SYNTAX, "line %lu: %s", line,
			XML_ErrorString(code));
}

/* The parser copies what it is given at once. */
static int feed(XML_Parser parser, const char *data, size_t len)
{
	size_t n;

	for (; len > CHUNK; data += n, len -= n) {
		n = CHUNK;
		if (XML_Parse(parser, data, (int)n, XML_FALSE) != XML_STATUS_OK)
			return -1;
	}
	return XML_Parse(parser, data, (int)len, XML_TRUE) == XML_STATUS_OK ?
			0 :
			-1;
}

int ohb_xml_parse(struct ohb_xml *xml, const char *data, size_t len,
		struct ohb_error *err)
{
	static const XML_Memory_Handling_Suite memory = { xml_malloc,
		xml_realloc, xml_free };
	XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	int result = 0;

	if (!parser)
		return ohb_fail(err, OHB_E_LIMIT, "no memory for the parser");
	xml->parser = parser;
	XML_SetUserData(parser, xml);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetEntityDeclHandler(parser, on_entity);
	XML_SetAttlistDeclHandler(parser, on_attribute);
	if (len > OHB_MAX_REPORT)
		result = ohb_fail(err, OHB_E_LIMIT, "larger than %u bytes",
				OHB_MAX_REPORT);
	else if (feed(parser, data, len) < 0)
		result = fail(xml, parser, err);
	XML_ParserFree(parser);
	return result;
}

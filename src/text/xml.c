#include "text/xml.h"

#include <string.h>

#include <expat.h>

#include "base/limits.h"

void ohb_xml_stop(struct ohb_xml *xml, enum ohb_code code, const char *why)
{
	/* The first is why; the parser may call once more. */
	if (xml->why.code == OHB_OK)
		(void)ohb_fail(&xml->why, code, "%s", why);
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

	xml->on_start(xml->userdata, name, attributes);
}

static void XMLCALL on_end(void *userdata, const XML_Char *name)
{
	struct ohb_xml *xml = userdata;

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

int ohb_xml_parse(struct ohb_xml *xml, const char *data, size_t len,
		struct ohb_error *err)
{
	XML_Parser parser = XML_ParserCreate(NULL);
	int result = 0;

	if (!parser)
		return ohb_fail(err, OHB_E_LIMIT, "no memory for the parser");
	xml->parser = parser;
	XML_SetUserData(parser, xml);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetEntityDeclHandler(parser, on_entity);
	/* OHB_MAX_REPORT is less than an int holds. */
	if (len > OHB_MAX_REPORT)
		result = ohb_fail(err, OHB_E_LIMIT, "larger than %u bytes",
				OHB_MAX_REPORT);
	else if (XML_Parse(parser, data, (int)len, XML_TRUE) != XML_STATUS_OK)
		result = ohb_fail(err,
				xml->why.code == OHB_OK ? OHB_E_SYNTAX :
							  xml->why.code,
				"line %lu: %s",
				XML_GetCurrentLineNumber(parser),
				xml->why.code == OHB_OK ?
						XML_ErrorString(XML_GetErrorCode(
								parser)) :
						xml->why.msg);
	XML_ParserFree(parser);
	return result;
}

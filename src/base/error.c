#include "ohbuild/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ohb_fail(struct ohb_error *err, enum ohb_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int ohb_fail_errno(struct ohb_error *err, int errnum, const char *fmt, ...)
{
	char text[128];
	size_t len;
	va_list ap;

	err->code = errnum == ENOENT ? OHB_E_MISSING : OHB_E_IO;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
			strerror_r(errnum, text, sizeof(text)));
	return -1;
}

int ohb_fail_context(struct ohb_error *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	size_t len;
	va_list ap;

	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", inner);
	return -1;
}

#ifndef OHBUILD_ERROR_H
#define OHBUILD_ERROR_H

/* What went wrong, for every function of ohbuild that can fail. */

#include <stddef.h>

#if defined(__GNUC__)
#	define OHB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#	define OHB_MUST_CHECK __attribute__((warn_unused_result))
#	define OHB_API __attribute__((visibility("default")))
#else
#	define OHB_PRINTF(fmt, args)
#	define OHB_MUST_CHECK
#	define OHB_API
#endif

/*
 * The kind of a failure decides what the program does about it: its exit
 * status, and whether trying again can help.
 */
enum ohb_code {
	OHB_OK,
	OHB_E_IO, /* the file system said no */
	OHB_E_USAGE, /* wrong words on the command line */
	OHB_E_CONFIG, /* openhands.yml, or what it names, is wrong */
	OHB_E_SYNTAX, /* bytes that do not have the form they should */
	OHB_E_LIMIT, /* larger or more than limits.h allows */
	OHB_E_MISSING, /* what was asked for is not there */
	OHB_E_EXISTS, /* what should be made is there already */
	OHB_E_CHANGED, /* an input changed while we worked on it */
	OHB_E_BUSY, /* another ohbuild holds the lock */
	OHB_E_STATE, /* the database is damaged or from a newer version */
	OHB_E_INFRA, /* engine, image, agent-server */
	OHB_E_CONNECT, /* nobody answered at that address */
	OHB_E_TIMEOUT, /* a limit of time passed */
	OHB_E_PROTOCOL, /* the other side answered what it never should */
	OHB_E_CANCELLED, /* the person pressed Ctrl-C */
};

/*
 * Owned by the caller, usually on the stack; needs no release.  Functions
 * that fail put the most general statement in front on the way up:
 * "stage tests/test_a.c: open 'src/a.c': No such file or directory".
 */
struct ohb_error {
	enum ohb_code code;
	char msg[2048]; /* UTF-8, without newline at the end */
};

#define OHB_ERROR_INIT                    \
	{                                 \
		.code = OHB_OK, .msg = "" \
	}

/* Both return -1, so that a caller can fail in one statement. */
int ohb_fail(struct ohb_error *err, enum ohb_code code, const char *fmt, ...)
		OHB_PRINTF(3, 4);
/* Appends ": " and the text of errnum; code is OHB_E_IO, or
 * OHB_E_MISSING for ENOENT. */
int ohb_fail_errno(struct ohb_error *err, int errnum, const char *fmt, ...)
		OHB_PRINTF(3, 4);
/* Puts "<text>: " in front of what is there; returns -1. */
int ohb_fail_context(struct ohb_error *err, const char *fmt, ...)
		OHB_PRINTF(2, 3);

#endif

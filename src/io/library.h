#ifndef OHB_IO_LIBRARY_H
#define OHB_IO_LIBRARY_H

/*
 * Shared libraries that are loaded when they are first needed.  What decides
 * whether a test is out of date needs none of them, and with all that hangs
 * on them they cost the start of the program several times what everything
 * else does.
 *
 * Of such a library there is a list of the functions that are called, in a
 * header of its own (io/curl.h), as a macro that applies another one:
 *
 *	#define OHB_CURL_FUNCTIONS(X) X(curl, easy_init) X(curl, easy_cleanup)
 *	struct ohb_curl { OHB_CURL_FUNCTIONS(OHB_LIBRARY_POINTER) };
 *
 * and in the one file that speaks to it
 *
 *	static struct ohb_curl libcurl;
 *	static struct ohb_library library = OHB_LIBRARY(&libcurl, ...);
 *
 * After ohb_library_load(&library, err), libcurl.easy_init() is
 * curl_easy_init(), with the type that curl's header gives it.  The file name
 * OHB_LIBCURL_SONAME and the package OHB_LIBCURL_PACKAGE come from CMake: they
 * are those of the library whose header was compiled.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ohbuild/error.h>

struct ohb_library {
	const char *soname;
	const char *package; /* of Debian, that has it */
	const char *const *names; /* of the functions; ends with NULL */
	void *pointers; /* a struct of as many pointers, in this order */
	void (*begin)(void); /* called once, behind the load; or NULL */
	pthread_mutex_t lock;
	atomic_bool loaded;
};

#define OHB_LIBRARY_POINTER(prefix, name) __typeof__(prefix##_##name) *name;
#define OHB_LIBRARY_NAME(prefix, name) #prefix "_" #name,

#define OHB_LIBRARY(functions, FUNCTIONS, file, debian, start)              \
	{                                                                   \
		.soname = (file), .package = (debian),                      \
		.names = (const char *const[]){ FUNCTIONS(OHB_LIBRARY_NAME) \
					NULL },                             \
		.pointers = (functions), .begin = (start),                  \
		.lock = PTHREAD_MUTEX_INITIALIZER, .loaded = false,         \
	}

/*
 * Loads the library and finds its functions, unless that was done; it stays
 * for the life of the process.  From any thread.  OHB_E_INFRA when it, or one
 * function, is not there; the next call then tries again.
 */
int ohb_library_load(struct ohb_library *library,
		struct ohb_error *err) OHB_MUST_CHECK;

/*
 * Tells those who package the program what it loads, as the ELF note of
 * https://systemd.io/ELF_DLOPEN_METADATA
 */
#define OHB_LIBRARY_NOTE(file, feature, what)                             \
	_Alignas(uint32_t) static const struct {                          \
		uint32_t name_size, text_size, type;                      \
		char name[4];                                             \
		_Alignas(uint32_t) char text[sizeof(                      \
				OHB_LIBRARY_JSON(file, feature, what))];  \
	} library_note __attribute__((used, section(".note.dlopen"))) = { \
		.name_size = sizeof(library_note.name),                   \
		.text_size = sizeof(library_note.text),                   \
		.type = 0x407c0c0a,                                       \
		.name = "FDO",                                            \
		.text = OHB_LIBRARY_JSON(file, feature, what),            \
	}
#define OHB_LIBRARY_JSON(file, feature, what)                      \
	"[{\"soname\":[\"" file "\"],\"feature\":\"" feature "\"," \
	"\"description\":\"" what "\",\"priority\":\"recommended\"}]"

#endif

# ohb_embed(TARGET FILE SYMBOL) compiles a data file into TARGET as
#
#	extern const char SYMBOL[];
#	extern const size_t SYMBOL_len;
#
# A NUL follows the data and is not counted.  A floor says what it embeds in
# src/<floor>/embed.cmake; a relative FILE is relative to that folder.
#
# The same file, run as a script, does the work at build time.
if(NOT CMAKE_SCRIPT_MODE_FILE)
	function(ohb_embed target file symbol)
		cmake_path(ABSOLUTE_PATH file
			BASE_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}")
		set(out "${PROJECT_BINARY_DIR}/embed/${symbol}.c")
		set(script "${PROJECT_SOURCE_DIR}/src/cmake/OhbEmbed.cmake")
		add_custom_command(OUTPUT "${out}"
			COMMAND "${CMAKE_COMMAND}" "-DFILE=${file}" "-DOUT=${out}"
				-DSYMBOL=${symbol} -P "${script}"
			DEPENDS "${file}" "${script}"
			VERBATIM)
		target_sources(${target} PRIVATE "${out}")
	endfunction()
	return()
endif()

file(READ "${FILE}" bytes HEX)
file(SIZE "${FILE}" size)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX REPLACE "(('....',)('....',)?('....',)?('....',)?('....',)?('....',)?('....',)?('....',)?)"
	"\t\\1\n" bytes "${bytes}")
file(WRITE "${OUT}" "#include <stddef.h>

extern const char ${SYMBOL}[];
extern const size_t ${SYMBOL}_len;

const char ${SYMBOL}[] = {
${bytes}	'\\0'
};
const size_t ${SYMBOL}_len = ${size};
")

# Languages: their data and, with OHB_GRAMMARS, their grammars, in one folder
# beside the program, as they will be where it is installed.
set(languages "${PROJECT_BINARY_DIR}/languages")
set(installed "${CMAKE_INSTALL_LIBDIR}/ohbuild/languages")
target_compile_definitions(ohb_syntax PRIVATE
	OHB_LANGUAGES_DIR="${CMAKE_INSTALL_FULL_LIBDIR}/ohbuild/languages"
	OHB_LANGUAGES_FOLDER="${installed}")

set(here "${CMAKE_CURRENT_LIST_DIR}")
file(GLOB_RECURSE data CONFIGURE_DEPENDS RELATIVE "${here}"
	"${here}/languages/*")
foreach(file IN LISTS data)
	configure_file("${here}/${file}" "${PROJECT_BINARY_DIR}/${file}" COPYONLY)
endforeach()
install(DIRECTORY "${here}/languages/" DESTINATION "${installed}")

if(NOT OHB_GRAMMARS)
	message(STATUS "Grammars: none; sabotage and guard will say 'not judged'")
	return()
endif()
set(packages "")
if(IS_DIRECTORY "${OHB_GRAMMARS}")
	set(packages "${OHB_GRAMMARS}")
endif()
set(stamp "${PROJECT_BINARY_DIR}/grammars.stamp")
add_custom_command(OUTPUT "${stamp}"
	COMMAND "${CMAKE_COMMAND}" -E env "CC=${CMAKE_C_COMPILER}"
		"${here}/grammars.sh" "${languages}" ${packages}
	COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
	DEPENDS "${here}/grammars.sh" "${here}/grammars.txt"
	COMMENT "Grammars (from the cache, or the npm registry)"
	VERBATIM)
add_custom_target(grammars ALL DEPENDS "${stamp}")
install(DIRECTORY "${languages}/" DESTINATION "${installed}"
	FILES_MATCHING PATTERN "*.so")

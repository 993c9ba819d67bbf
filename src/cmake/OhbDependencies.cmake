# What ohbuild needs from the system, found by pkg-config.  All that is missing
# is told at once, with the packages that provide it.
#
# A row: pkg-config module, package of Debian, of Fedora, of Homebrew.
set(OHB_LIBRARIES
	"yaml-0.1       libyaml-dev          libyaml-devel       libyaml"
	"nettle         nettle-dev           nettle-devel        nettle"
	"libxxhash      libxxhash-dev        xxhash-devel        xxhash"
	"sqlite3        libsqlite3-dev       sqlite-devel        sqlite"
	"jansson        libjansson-dev       jansson-devel       jansson"
	"expat          libexpat1-dev        expat-devel         expat")
# Only their headers are used here; the program loads them when it first needs
# them (src/io/library.h).
set(OHB_LOADED_LIBRARIES
	"libcurl        libcurl4-openssl-dev libcurl-devel       curl"
	"libarchive     libarchive-dev       libarchive-devel    libarchive"
	"libmicrohttpd  libmicrohttpd-dev    libmicrohttpd-devel libmicrohttpd"
	"tree-sitter    libtree-sitter-dev   libtree-sitter-devel tree-sitter")
set(OHB_TEST_LIBRARIES
	"check          check                check-devel         check")

find_package(PkgConfig)
if(NOT PkgConfig_FOUND)
	message(FATAL_ERROR "pkg-config was not found; install\n"
		"  Debian    pkg-config\n"
		"  Fedora    pkgconf-pkg-config\n"
		"  Homebrew  pkgconf\n"
		"and configure again")
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

function(ohb_link_library target module)
	target_link_libraries(${target} INTERFACE PkgConfig::${module})
endfunction()

# Gives TARGET the headers of the library, its name in the file system, and the
# package that Debian's policy names after it: OHB_LIBCURL_SONAME
# "libcurl.so.4", OHB_LIBCURL_PACKAGE "libcurl4".
function(ohb_load_library target module)
	list(GET ${module}_LINK_LIBRARIES 0 file)
	execute_process(COMMAND "${CMAKE_READELF}" -d "${file}"
		OUTPUT_VARIABLE dynamic ERROR_QUIET)
	if(NOT dynamic MATCHES "\\(SONAME\\)[^\n]*\\[([^]\n]+)")
		message(FATAL_ERROR "'${CMAKE_READELF} -d ${file}' does not "
			"tell the name of ${module}; it must be installed as "
			"a shared library")
	endif()
	set(soname "${CMAKE_MATCH_1}")
	string(REGEX REPLACE "\\.so\\.([0-9]+).*" "\\1" package "${soname}")
	string(MAKE_C_IDENTIFIER "OHB_${module}" name)
	string(TOUPPER "${name}" name)
	target_include_directories(${target} SYSTEM INTERFACE
		${${module}_INCLUDE_DIRS})
	target_compile_definitions(${target} INTERFACE
		${name}_SONAME="${soname}" ${name}_PACKAGE="${package}")
endfunction()

# Links every library of the rows to TARGET, or with HOW "load" lets it be
# loaded; adds what is missing to the variables ohb_missing_*.
function(ohb_find_libraries how target)
	foreach(row IN LISTS ARGN)
		string(REGEX REPLACE " +" ";" row "${row}")
		list(POP_FRONT row module)
		pkg_check_modules(${module} QUIET IMPORTED_TARGET ${module})
		if(${module}_FOUND)
			cmake_language(CALL ohb_${how}_library ${target}
				${module})
			continue()
		endif()
		list(APPEND ohb_missing ${module})
		foreach(system IN ITEMS Debian Fedora Homebrew)
			list(POP_FRONT row package)
			list(APPEND ohb_missing_${system} ${package})
		endforeach()
	endforeach()
	foreach(name IN ITEMS "" _Debian _Fedora _Homebrew)
		set(ohb_missing${name} ${ohb_missing${name}} PARENT_SCOPE)
	endforeach()
endfunction()

add_library(ohb_libraries INTERFACE)
target_link_libraries(ohb_libraries INTERFACE
	Threads::Threads ${CMAKE_DL_LIBS})
ohb_find_libraries(link ohb_libraries ${OHB_LIBRARIES})
ohb_find_libraries(load ohb_libraries ${OHB_LOADED_LIBRARIES})
if(BUILD_TESTING)
	add_library(ohb_test_libraries INTERFACE)
	ohb_find_libraries(link ohb_test_libraries ${OHB_TEST_LIBRARIES})
endif()

if(ohb_missing)
	list(JOIN ohb_missing " " missing)
	list(JOIN ohb_missing_Debian " " debian)
	list(JOIN ohb_missing_Fedora " " fedora)
	list(JOIN ohb_missing_Homebrew " " homebrew)
	message(FATAL_ERROR "pkg-config does not find: ${missing}\ninstall\n"
		"  Debian    ${debian}\n"
		"  Fedora    ${fedora}\n"
		"  Homebrew  ${homebrew}\n"
		"and configure again")
endif()

# Their names for pkg-config, for those who link the static library.
list(TRANSFORM OHB_LIBRARIES REPLACE " .*" "" OUTPUT_VARIABLE OHB_MODULES)

# Fails on an #include that src/cmake/OhbFloors.cmake does not allow.
#
#	cmake -D ROOT=<project> -P check_floors.cmake
#	cmake -D ROOT=<project> -D SCRATCH=<folder> -P check_floors.cmake
#
# The second form tests this script: each planted violation must be found.
cmake_minimum_required(VERSION 3.25)
include("${ROOT}/src/cmake/OhbFloors.cmake")

# A library belongs to the floors that speak to it.
set(libraries
	"^curl/|^archive(_entry)?\\.h$"               io
	"^(yaml|expat)\\.h$"                          text
	"^nettle/"                                    base
	"^sqlite3\\.h$"                               store
	"^microhttpd\\.h$"                            gateway
	"^tree_sitter/"                               syntax)
# Floors without effects include nothing of the system.
set(pure text plan)
set(effects "^(fcntl|unistd|dirent|poll|pthread|signal|spawn)\\.h$|^(sys|linux)/")
list(APPEND libraries "^sys/types\\.h$" any)

# Sets RET to a reason, or to nothing if FLOOR may include NAME.
function(why_not floor quote name ret)
	set(${ret} "" PARENT_SCOPE)
	if(name MATCHES "^ohbuild/")
		return()
	endif()
	if(quote STREQUAL "<")
		set(rows ${libraries})
		while(rows)
			list(POP_FRONT rows pattern owner)
			if(NOT name MATCHES "${pattern}")
				continue()
			endif()
			if(NOT owner STREQUAL "any" AND NOT owner STREQUAL floor)
				set(${ret} "belongs to src/${owner}" PARENT_SCOPE)
			endif()
			return()
		endwhile()
		if(floor IN_LIST pure AND name MATCHES "${effects}")
			set(${ret} "src/${floor} has no effects" PARENT_SCOPE)
		endif()
		return()
	endif()
	set(allowed ${floor} ${OHB_MAY_${floor}})
	foreach(prefix IN LISTS allowed)
		if(prefix MATCHES "/")
			set(pattern "^${prefix}")
		else()
			set(pattern "^${prefix}/[^/]+$")
		endif()
		if(name MATCHES "${pattern}")
			return()
		endif()
	endforeach()
	list(JOIN allowed " " allowed)
	set(${ret} "allowed here: ohbuild/ ${allowed}" PARENT_SCOPE)
endfunction()

# Sets RET to one line for each violation in SOURCE.
function(check_file floor source ret)
	set(found "")
	file(STRINGS "${source}" lines
		REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
	foreach(line IN LISTS lines)
		string(REGEX MATCH "([<\"])([^>\"]+)" match "${line}")
		why_not(${floor} "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" reason)
		if(reason)
			string(APPEND found "${source}: ${line}: ${reason}\n")
		endif()
	endforeach()
	set(${ret} "${found}" PARENT_SCOPE)
endfunction()

# Sets RET to the violations below ROOT, NFILES to the number of files read.
function(check_tree root ret nfiles)
	set(all "")
	file(GLOB_RECURSE sources RELATIVE "${root}"
		"${root}/src/*.[ch]" "${root}/include/*.h")
	foreach(source IN LISTS sources)
		string(REGEX MATCH "^(src/)?([a-z_]+)" match "${source}")
		set(floor ${CMAKE_MATCH_2})
		if(NOT floor IN_LIST OHB_FLOORS
		   AND NOT floor IN_LIST OHB_PROGRAM_FLOORS
		   AND NOT source MATCHES "^include/")
			string(APPEND all "${source}: is on no floor\n")
		endif()
		check_file(${floor} "${root}/${source}" found)
		string(APPEND all "${found}")
	endforeach()
	list(LENGTH sources count)
	set(${ret} "${all}" PARENT_SCOPE)
	set(${nfiles} ${count} PARENT_SCOPE)
endfunction()

if(NOT SCRATCH)
	check_tree("${ROOT}" violations nfiles)
	if(violations OR nfiles EQUAL 0)
		message(FATAL_ERROR "${nfiles} files\n${violations}")
	endif()
	message(STATUS "${nfiles} files, no include crosses a floor")
	return()
endif()

# File, line of it, the number of violations it is.
set(cases
	src/base/a.c      "#include \"base/b.h\""          0
	src/base/a.c      "#include \"text/b.h\""          1
	src/base/a.c      "#include <ohbuild/error.h>"     0
	src/base/a.c      "  #  include \"io/b.h\""        1
	src/base/a.h      "#include \"a.h\""               1
	src/base/a.h      "#include \"base/../io/b.h\""    1
	src/text/a.c      "#include <unistd.h>"            1
	src/text/a.c      "#include <sys/types.h>"         0
	src/text/a.c      "#include <curl/curl.h>"         1
	src/io/a.c        "#include <curl/curl.h>"         0
	src/io/a.c        "#include <unistd.h>"            0
	src/plan/a.c      "#include \"project/graph.h\""   0
	src/plan/a.c      "#include \"store/store.h\""     1
	src/store/a.c     "#include <sqlite3.h>"           0
	src/build/a.c     "#include <sqlite3.h>"           1
	src/build/a.c     "#include \"agent/b.h\""         0
	src/build/a.c     "#include \"report/b.h\""        1
	src/build/a.c     "#include \"ask/b.h\""           1
	src/ask/a.c       "#include \"build/b.h\""         0
	src/ask/a.c       "#include \"sandbox/b.h\""       1
	src/report/a.c    "#include \"build/b.h\""         1
	src/cli/a.c       "#include \"store/b.h\""         1
	src/cli/a.c       "#include \"report/b.h\""        0
	src/ask/a.c       "#include \"api/b.h\""           1
	src/api/a.c       "#include \"build/b.h\""         0
	src/api/a.c       "#include \"cli/b.h\""           1
	src/a.c           "/* nothing */"                  1
	src/attic/a.c     "/* nothing */"                  1
	include/ohbuild/a.h  "#include \"ohbuild/b.h\""    0
	include/ohbuild/a.h  "#include \"base/b.h\""       1)
while(cases)
	list(POP_FRONT cases name line expected)
	file(REMOVE_RECURSE "${SCRATCH}")
	file(WRITE "${SCRATCH}/${name}" "${line}\n")
	check_tree("${SCRATCH}" violations nfiles)
	string(REGEX MATCHALL "\n" count "${violations}")
	list(LENGTH count count)
	if(NOT count EQUAL expected OR NOT nfiles EQUAL 1)
		message(SEND_ERROR "${name}: ${line}: ${count} violations, "
			"expected ${expected}\n${violations}")
	endif()
endwhile()
file(REMOVE_RECURSE "${SCRATCH}")

# The floors, lowest first, and what each may include beside itself and the
# public headers.  The build, the tests and tests/check_floors.cmake read this
# one table; docs/ARCHITECTURE.md explains it.  An entry with a slash allows
# only the headers whose path starts with it.
set(OHB_FLOORS base text io syntax project store plan sandbox gateway agent validate
	build ask api)

set(OHB_MAY_base "")
set(OHB_MAY_text base)
set(OHB_MAY_io base)
set(OHB_MAY_syntax base text io)
set(OHB_MAY_project base text io)
set(OHB_MAY_store base text io project)
set(OHB_MAY_plan base project)
set(OHB_MAY_sandbox base text io)
set(OHB_MAY_gateway base text io store)
set(OHB_MAY_agent base text io sandbox)
set(OHB_MAY_validate base text io syntax project sandbox)
set(OHB_MAY_build base text io syntax project store plan sandbox gateway agent
	validate)
set(OHB_MAY_ask base text io project store plan agent validate build)
set(OHB_MAY_api base text io syntax project store plan sandbox gateway agent
	validate build ask)

# The program stands on the public headers.
set(OHB_PROGRAM_FLOORS report cli)
set(OHB_MAY_report base text)
set(OHB_MAY_cli base text report)

# The floor and all it stands on, as far as they have sources.
function(ohb_floor_closure floor ret)
	set(todo ${floor})
	set(seen "")
	while(todo)
		list(POP_FRONT todo next)
		string(REGEX REPLACE "/.*" "" next "${next}")
		if(next IN_LIST seen)
			continue()
		endif()
		list(APPEND seen ${next})
		list(APPEND todo ${OHB_MAY_${next}})
	endwhile()
	set(libraries "")
	foreach(next IN LISTS seen)
		if(TARGET ohb_${next})
			list(APPEND libraries ohb_${next})
		endif()
	endforeach()
	set(${ret} ${libraries} PARENT_SCOPE)
endfunction()

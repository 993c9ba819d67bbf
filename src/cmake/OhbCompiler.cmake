# Everything said to the compiler and the linker, as one interface library that
# each target links.  Warnings are the same in every build; hardening belongs
# to optimised builds only, because FORTIFY bypasses the interceptors of the
# sanitizers and zeroed automatics hide reads of uninitialised memory.

include(CheckCCompilerFlag)
include(CheckPIESupported)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
check_pie_supported(LANGUAGES C)

add_library(ohb_compiler INTERFACE)
target_compile_definitions(ohb_compiler INTERFACE _GNU_SOURCE
	$<$<BOOL:${OHB_FAILPOINTS}>:OHB_FAILPOINTS>)
target_compile_options(ohb_compiler INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
	-Wdouble-promotion -Wcast-qual -Wcast-align -Wpointer-arith
	-Wwrite-strings -Wformat=2 -Wnull-dereference -Wstrict-prototypes
	-Wold-style-definition -Wmissing-prototypes -Wredundant-decls
	-Wdeclaration-after-statement -Wimplicit-fallthrough -Wswitch-enum
	-Wundef -Wvla -Walloca -Wunused-macros
	-Werror=implicit -Werror=incompatible-pointer-types
	-Werror=int-conversion -Werror=return-type
	-fno-common -fno-strict-overflow)

# Adds those of the flags that the compiler knows.
function(ohb_try_flags)
	set(CMAKE_REQUIRED_FLAGS -Werror)
	foreach(flag IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
		check_c_compiler_flag("${flag}" ${have})
		if(${have})
			target_compile_options(ohb_compiler INTERFACE "${flag}")
		endif()
	endforeach()
endfunction()

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	ohb_try_flags(-Wduplicated-cond -Wduplicated-branches -Wlogical-op
		-Wjump-misses-init -Wformat-signedness -Wtrampolines
		-Wbidi-chars=any)
else()
	ohb_try_flags(-Wmissing-variable-declarations -Wcomma -Wassign-enum
		-Wextra-semi-stmt -Wconditional-uninitialized)
endif()

if(OHB_WERROR)
	target_compile_options(ohb_compiler INTERFACE -Werror)
endif()

if(OHB_SANITIZE)
	target_compile_options(ohb_compiler INTERFACE
		-fsanitize=${OHB_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(ohb_compiler INTERFACE -fsanitize=${OHB_SANITIZE})
	# for tests that bound the memory
	target_compile_definitions(ohb_compiler INTERFACE OHB_SANITIZED)
elseif(OHB_HARDEN AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
	target_compile_options(ohb_compiler INTERFACE
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
	ohb_try_flags(-fstack-protector-strong -fstack-clash-protection
		-fcf-protection=full -ftrivial-auto-var-init=zero
		-fzero-call-used-regs=used-gpr -fno-delete-null-pointer-checks
		-fstrict-flex-arrays=3)
	target_link_options(ohb_compiler INTERFACE
		-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
		-Wl,--as-needed)
endif()

# What `cmake --install` puts where.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ohbuild")

if(TARGET ohbuild_program)
	install(TARGETS ohbuild_program)
endif()

if(TARGET ohbuild_static)
	install(TARGETS ohbuild_shared ohbuild_static EXPORT ohbuild)
	install(EXPORT ohbuild NAMESPACE ohbuild:: DESTINATION "${package_dir}")
endif()

list(JOIN OHB_MODULES " " OHB_REQUIRES)
list(TRANSFORM CMAKE_DL_LIBS PREPEND " -l" OUTPUT_VARIABLE OHB_DL)
foreach(dir IN ITEMS INCLUDEDIR LIBDIR)
	cmake_path(IS_ABSOLUTE CMAKE_INSTALL_${dir} absolute)
	if(absolute)
		set(OHB_${dir} "${CMAKE_INSTALL_${dir}}")
	else()
		set(OHB_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
	endif()
endforeach()
configure_file(src/cmake/ohbuild.pc.in ohbuild.pc @ONLY)
configure_file(src/cmake/ohbuild-config.cmake.in ohbuild-config.cmake @ONLY)
write_basic_package_version_file(
	"${PROJECT_BINARY_DIR}/ohbuild-config-version.cmake"
	COMPATIBILITY SameMinorVersion)

install(FILES "${PROJECT_BINARY_DIR}/ohbuild-config.cmake"
	"${PROJECT_BINARY_DIR}/ohbuild-config-version.cmake"
	DESTINATION "${package_dir}")
install(FILES "${PROJECT_BINARY_DIR}/ohbuild.pc"
	DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(DIRECTORY include/ohbuild "${PROJECT_BINARY_DIR}/include/ohbuild"
	DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
	FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# Pattern of the sources, folder below the share folder.
set(data
	"docs/man/*.1"       man/man1
	"docs/man/*.5"       man/man5
	"schema/*.json"      ohbuild/schema
	"completions/bash/*" bash-completion/completions
	"completions/zsh/*"  zsh/site-functions
	"completions/fish/*" fish/vendor_completions.d)
while(data)
	list(POP_FRONT data pattern dir)
	file(GLOB files CONFIGURE_DEPENDS ${pattern})
	install(FILES ${files} DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/${dir}")
endwhile()

# `cmake --install` installs the headers, a package for find_package(twolayer) and one for pkg-config.
# They contain no absolute path unless a folder was given as one, so the installed tree can be moved.
# `cmake --build ... --target uninstall` removes the files of the last installation.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME headers)  # tools/ installs programs

set(package_dir ${CMAKE_INSTALL_DATAROOTDIR}/cmake/twolayer)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS twolayer EXPORT twolayer)
install(EXPORT twolayer NAMESPACE twolayer:: FILE twolayer-targets.cmake
        DESTINATION ${package_dir})

# While the major version is 0, each minor version may break compatibility.
write_basic_package_version_file(twolayer-config-version.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES cmake/twolayer-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/twolayer-config-version.cmake
        DESTINATION ${package_dir})

# The path from the folder of twolayer.pc to that of the headers; absolute if either of them is.
set(pkg_config_dir ${CMAKE_INSTALL_DATAROOTDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR} OR IS_ABSOLUTE ${pkg_config_dir})
    set(pkg_config_includes ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
    file(RELATIVE_PATH pkg_config_includes /${pkg_config_dir} /${CMAKE_INSTALL_INCLUDEDIR})
    string(PREPEND pkg_config_includes "\${pcfiledir}/")
endif()
configure_file(cmake/twolayer.pc.in twolayer.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/twolayer.pc
        DESTINATION ${pkg_config_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(PROJECT_IS_TOP_LEVEL)
    add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DBUILD_DIR=${PROJECT_BINARY_DIR}
                                        -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake)
    include(cmake/pack.cmake)
endif()

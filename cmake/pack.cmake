# `cmake --workflow --preset debian` makes a tarball of the sources, and Debian packages of the headers
# and of the programs.
set(CPACK_PACKAGE_NAME twolayer)
set(CPACK_PACKAGE_CONTACT "The twolayer authors")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME twolayer-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "^${PROJECT_SOURCE_DIR}/build/" "/[.]git(/|$)" "/__pycache__/")

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_HEADERS_PACKAGE_NAME libtwolayer-dev)
set(CPACK_DEBIAN_HEADERS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HEADERS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_HEADERS_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4)")
set(CPACK_DEBIAN_HEADERS_PACKAGE_SUGGESTS "nlohmann-json3-dev (>= 3.11)")
set(CPACK_COMPONENT_HEADERS_DESCRIPTION "The headers of a C++20 library: include <twolayer.hpp>.")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME twolayer)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "gnuplot-nox, python3-numpy")
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION
    "twolayer-train learns from a CSV file, twolayer-predict uses what it has learnt.")

include(CPack)

# Installs for PREFIX with the option FOLDERS, into a separate root, and checks that the folder that
# pkg-config names contains the header.
file(REMOVE_RECURSE ${PREFIX} ${PREFIX}.build)
set(ENV{DESTDIR} ${PREFIX}.root)
file(REMOVE_RECURSE $ENV{DESTDIR})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${PREFIX}.build -DCMAKE_CXX_COMPILER=${CXX}
                        -DCMAKE_INSTALL_PREFIX=${PREFIX} -DTWOLAYER_TESTS=OFF -DTWOLAYER_EXAMPLES=OFF
                        ${FOLDERS}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${PREFIX}.build OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE file $ENV{DESTDIR}/twolayer.pc)
execute_process(COMMAND ${PKG_CONFIG} --cflags-only-I ${file} OUTPUT_VARIABLE flags
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "^-I([^ ]+).*" "\\1" folder "${flags}")
if(NOT EXISTS ${folder}/twolayer.hpp AND NOT EXISTS $ENV{DESTDIR}${folder}/twolayer.hpp)
    message(FATAL_ERROR "pkg-config says ${flags}: there is no ${folder}/twolayer.hpp")
endif()

# The README and the pages of docs/ contain these complete examples, the output of PROGRAM, which is
# train_xor, and the numbered lines of the plain formulas. The README finds the library as a project
# that is tested does.
set(text "")
file(GLOB pages ${SOURCE_DIR}/README.md ${SOURCE_DIR}/docs/*.md)
foreach(page IN LISTS pages)
    file(READ ${page} page)
    string(APPEND text "${page}")
endforeach()
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
function(require_shown what shown)
    string(FIND "${text}" "${shown}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "README.md and docs/ lack ${what}:\n${shown}")
    endif()
endfunction()
require_shown("the output of train_xor" "${output}")
foreach(example IN ITEMS train_xor.cpp classifier.cpp curve.cpp from_csv.cpp in_time.cpp onnx/read.py onnx/predict.mjs numpy/read.py
                      python/convert.py)
    file(READ ${SOURCE_DIR}/examples/${example} source)
    string(REGEX REPLACE "^(//|#) SPDX[^\n]*\n(//|#)\n" "" source "${source}")
    require_shown(${example} "${source}")
endforeach()
file(READ ${SOURCE_DIR}/include/twolayer/plain.hpp plain)
foreach(lines IN ITEMS "    const Matrix<Scalar> H = .*[(]4[)]\n" "    const Matrix<Scalar> delta2 = .*[(]9[)]\n")
    if(NOT plain MATCHES "${lines}")
        message(FATAL_ERROR "plain.hpp lacks ${lines}")
    endif()
    string(REPLACE "\n    " "\n" lines "\n${CMAKE_MATCH_0}")  # without the indentation of a function
    require_shown("numbered lines of plain.hpp" "cpp${lines}")
endforeach()

# The tests of consumers build examples/embed by each of these calls.
file(READ ${SOURCE_DIR}/README.md readme)
file(READ ${SOURCE_DIR}/examples/embed/CMakeLists.txt embed)
foreach(call IN ITEMS "find_package(twolayer " "add_subdirectory(" "FetchContent_Declare(twolayer SOURCE_DIR "
                      "FetchContent_MakeAvailable(twolayer)" "target_link_libraries(")
    foreach(file IN ITEMS readme embed)
        string(FIND "${${file}}" "${call}" place)
        if(place EQUAL -1)
            message(FATAL_ERROR "README.md or examples/embed/CMakeLists.txt lacks ${call}")
        endif()
    endforeach()
endforeach()

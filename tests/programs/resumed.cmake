# Runs PROGRAM with ARGUMENTS, once uninterrupted, and once killed at random moments and resumed
# until it ends. The saved models and the printed results must be the same.
set(end "(held out: [^\n]*).*(stopped   .*), [0-9.]+ s\n(.*)$")
function(check_end status output errors)
    if(NOT status STREQUAL 0 OR NOT output MATCHES "${end}")
        message(FATAL_ERROR "status ${status}\n${output}\n${errors}")
    endif()
    string(REGEX REPLACE "saved [^\n]*\n" "" said "${CMAKE_MATCH_1}\n${CMAKE_MATCH_2}\n${CMAKE_MATCH_3}")
    set(said "${said}" PARENT_SCOPE)
endfunction()

execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} --save whole.safetensors
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
check_end("${status}" "${output}" "${errors}")
set(expected "${said}")

set(file killed.checkpoint)
file(REMOVE ${file} resumed.safetensors)
set(kills 0)
set(status timeout)
while(status MATCHES "timeout")
    if(EXISTS ${file})
        set(checkpoint --resume ${file})
    else()
        set(checkpoint --checkpoint ${file})
    endif()
    # The waits grow, so that it ends even on a slow machine.
    math(EXPR seconds "${kills} / 50")
    math(EXPR tenths "${kills} / 5 % 10")
    string(RANDOM LENGTH 2 ALPHABET 0123456789 random)
    execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} --save resumed.safetensors ${checkpoint}
                            --checkpoint-every 1
                    TIMEOUT ${seconds}.${tenths}${random}
                    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    math(EXPR kills "${kills} + 1")
endwhile()
check_end("${status}" "${output}" "${errors}")
math(EXPR kills "${kills} - 1")
message(STATUS "killed ${kills} times")
if(NOT said STREQUAL expected)
    message(FATAL_ERROR "uninterrupted:\n${expected}\nresumed after ${kills} kills:\n${said}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files whole.safetensors resumed.safetensors
                RESULT_VARIABLE status)
if(NOT status STREQUAL 0)
    message(FATAL_ERROR "the models differ after ${kills} kills")
endif()

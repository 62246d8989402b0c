# Runs PROGRAM with ARGUMENTS and compares its status with STATUS, its output with the regular
# expression OUTPUT and its errors with ERRORS.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} RESULT_VARIABLE status OUTPUT_VARIABLE output
                ERROR_VARIABLE errors)
if(NOT status STREQUAL STATUS OR NOT output MATCHES "${OUTPUT}" OR NOT errors MATCHES "${ERRORS}")
    message(FATAL_ERROR "status ${status}, expected ${STATUS}\n--- output, expected ${OUTPUT}\n"
                        "${output}\n--- errors, expected ${ERRORS}\n${errors}")
endif()

execute_process(COMMAND ${PROGRAM} --list-test-names-only OUTPUT_VARIABLE names)
if(NOT names OR names MATCHES "[][;]")
    message(FATAL_ERROR "a test's name holds a bracket or a semicolon:\n${names}")
endif()

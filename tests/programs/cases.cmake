# Reads the tables of command lines by_hand.txt, train.txt and predict.txt; train.txt explains them.

# Sets `text` to the table without comments: blocks, each with an empty line before and after it.
function(read_table path)
    file(READ ${path} text)
    string(REGEX REPLACE "\n#[^\n]*" "" text "\n${text}")
    string(REGEX REPLACE "\\\\\n *" "" text "${text}")  # a backslash continues the line
    string(REGEX REPLACE "\n\n+" "\n\n" text "\n\n${text}\n\n")
    set(text "${text}" PARENT_SCOPE)
endfunction()

# Sets `heading` and `rest` to the first line and the other lines of the first block that starts
# with `start`, and `text` to what follows this block. If none does, heading is empty.
function(read_block start)
    string(FIND "${text}" "\n\n${start}" begin)
    set(heading "")
    if(NOT begin EQUAL -1 AND NOT text STREQUAL "\n\n")
        math(EXPR begin "${begin} + 2")
        string(SUBSTRING "${text}" ${begin} -1 text)
        string(FIND "${text}" "\n\n" end)
        string(SUBSTRING "${text}" 0 ${end} block)
        string(SUBSTRING "${text}" ${end} -1 text)
        string(REGEX MATCH "^([^\n]*)\n(.*)$" block "${block}\n")
        set(heading "${CMAKE_MATCH_1}")
        set(rest "${CMAKE_MATCH_2}")
    endif()
    set(heading "${heading}" PARENT_SCOPE)
    set(rest "${rest}" PARENT_SCOPE)
    set(text "${text}" PARENT_SCOPE)
endfunction()

# Sets `key` and `value` to those of the first line "    key: value" of `rest`, and `rest` to the
# lines after it.
function(read_line)
    if(NOT rest MATCHES "^    ([a-z]+): ([^\n]*)\n(.*)$")
        message(FATAL_ERROR "expected lines \"    key: value\":\n${rest}")
    endif()
    set(key "${CMAKE_MATCH_1}" PARENT_SCOPE)
    set(value "${CMAKE_MATCH_2}" PARENT_SCOPE)
    set(rest "${CMAKE_MATCH_3}" PARENT_SCOPE)
endfunction()

// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace twolayer::test {

/// Whether `function` returns true in a child process, whose limits and user it may change.
template <typename Function>
bool holds_in_child(Function function) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);  // fails if a call hangs
        ::_exit(function() ? 0 : 1);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace twolayer::test

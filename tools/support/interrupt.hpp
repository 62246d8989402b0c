// SPDX-License-Identifier: MIT
// Ctrl-C ends the training, not the program.
#pragma once

#include <csignal>

/// Not 0 after Ctrl-C: the training must end.
inline volatile std::sig_atomic_t interrupted = 0;

/// From now on the first Ctrl-C sets `interrupted`, and a second one ends the program.
inline void catch_interrupt() {
    std::signal(SIGINT, [](int) {
        interrupted = 1;
        std::signal(SIGINT, SIG_DFL);
    });
}

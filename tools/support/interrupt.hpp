// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

/// Not 0 after Ctrl-C: what runs is to come to its end.
inline volatile std::sig_atomic_t interrupted = 0;

/// Lets the first Ctrl-C set `interrupted`, and a second one end the program.
inline void catch_interrupt() {
    std::signal(SIGINT, [](int) {
        interrupted = 1;
        std::signal(SIGINT, SIG_DFL);
    });
}

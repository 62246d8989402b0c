// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <twolayer/files/bytes/read_file.hpp>

/// Runs a program, run(app) with a command line to fill and read, and says what went wrong. Its
/// status: 0 when all went well, 2 for wrong use, 1 for work that failed, which includes that its
/// output could not be written.
template <typename Run>
int status_of(const char* program, Run run) {
    CLI::App app;
    const auto failed = [&](const char* what, int status) {
        std::fprintf(stderr, "%s: %s\n", program, what);
        return status;
    };
    int status = 0;
    try {
        try {
            run(app);
        } catch (const CLI::ParseError& error) {
            status = app.exit(error) == 0 ? 0 : 2;
        }
    } catch (const std::invalid_argument& error) {
        status = failed(error.what(), 2);
    } catch (const std::bad_alloc&) {
        status = failed("there is not enough memory for a network of this size", 1);
    } catch (const std::exception& error) {
        status = failed(error.what(), 1);
    }
    errno = 0;
    const bool is_written =
        bool(std::cout.flush()) && std::fflush(stdout) == 0 && !std::ferror(stdout);
    if (status == 0 && !is_written)
        status = failed(
            ("the standard output cannot be written" + twolayer::detail::reason(errno)).c_str(), 1);
    return status;
}

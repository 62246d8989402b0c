// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

/// Runs a program, run(app) with a command line to fill and read, and says what went wrong. Its
/// status: 0 when all went well, 2 for wrong use, 1 for work that failed.
template <typename Run>
int status_of(const char* program, Run run) {
    CLI::App app;
    try {
        run(app);
        return 0;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "%s: %s\n", program, error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "%s: there is not enough memory for a network of this size\n",
                     program);
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", program, error.what());
        return 1;
    }
}

// SPDX-License-Identifier: MIT
// Runs a program and turns exceptions into messages and an exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <twolayer/base/version.hpp>
#include <twolayer/files/bytes/read_file.hpp>

#include "program_options.hpp"
#include "terminal.hpp"

/// Calls run(app), which fills and parses the command line `app` and does the work; `path`,
/// argv[0], names the program. Returns the exit status: 0 for success, 2 for wrong use, 1 for work
/// that failed, which includes that the output cannot be written.
template <typename Run>
int status_of(const char* path, Run run) {
    program_name = std::filesystem::path(path).filename().string();
    CLI::App app("", program_name);
    app.set_version_flag("--version", program_name + " (twolayer) " + twolayer::library_version());
    app.formatter(std::make_shared<HelpFormatter>());
    app.failure_message([&](const CLI::App*, const CLI::Error& error) {
        return program_name + ": " + error.what() + "\nRun with --help for more information.\n";
    });
    const auto failed = [](const std::string& what, int status) {
        print_message(what);
        return status;
    };
    int status = 0;
    try {
        run(app);
    } catch (const CLI::ParseError& error) {  // and --help, --version
        status = app.exit(error) == 0 ? 0 : 2;
    } catch (const std::invalid_argument& error) {
        status = failed(error.what(), 2);
    } catch (const std::bad_alloc&) {
        status = failed("not enough memory for a network of this size", 1);
    } catch (const std::exception& error) {
        status = failed(error.what(), 1);
    }
    errno = 0;
    const bool is_written =
        bool(std::cout.flush()) && std::fflush(stdout) == 0 && !std::ferror(stdout);
    if (status == 0 && !is_written)
        status =
            failed("the standard output cannot be written" + twolayer::detail::reason(errno), 1);
    return status;
}

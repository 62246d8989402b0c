// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/saved_models.hpp"
#include "train/every_method.hpp"
#include "train/same_report.hpp"

using namespace twolayer;

TEMPLATE_TEST_CASE(
    "checkpoint: a fit killed at any moment ends like an uninterrupted one, bit for bit",
    "[files][checkpoint][not_valgrind]", Adam, LevenbergMarquardt) {
    const test::Task p;
    const test::Folder folder;
    const auto path = folder / "fit.checkpoint";
    TestType method;
    FitOptions options{.epochs = 60,
                       .weight_decay = 1e-5,
                       .validation_fraction = 0.3,
                       .patience = 60,
                       .starts = 3};
    if constexpr (std::same_as<TestType, Adam>)
        options.batch_size = 5;
    const auto run = [&](bool resume) {
        auto net = p.net;
        FitReport report = fit(net, p.X, p.Y, SquaredError{}, {}, method, options,
                               {.path = path, .every_epochs = 1, .resume = resume});
        return std::pair(net, report);
    };
    auto expected = p.net;
    const FitReport whole = fit(expected, p.X, p.Y, SquaredError{}, method, options);
    REQUIRE(whole.starts == 3);

    std::mt19937 generator(1);
    int kills = 0;
    for (bool ended = false; !ended;) {
        const pid_t child = ::fork();
        if (child == 0) {
            run(std::filesystem::exists(path));
            ::_exit(0);
        }
        // The waits grow, so that the fit ends even on a slow machine.
        std::this_thread::sleep_for(
            std::chrono::microseconds(generator() % (10000u + 1000u * unsigned(kills))));
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        ended = WIFEXITED(status);
        if (ended)
            REQUIRE(WEXITSTATUS(status) == 0);
        kills += ended ? 0 : 1;
    }
    // The number of kills is random; it is not checked.
    INFO("killed " << kills << " times");
    const auto [net, report] = run(true);
    test::require_same(report, whole);
    CHECK(test::same_bits(net.weights().theta(), expected.weights().theta()));
}

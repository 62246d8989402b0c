// SPDX-License-Identifier: MIT
#include <chrono>
#include <stop_token>
#include <thread>

#include "catch.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Net = test::Task::Net;

TEST_CASE("time limit: ends a fit after an epoch", "[train][time_limit]") {
    test::Task p;
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
            {.epochs = 1000000, .time_limit = 0.05, .callback = [](const FitProgress&) {
                 std::this_thread::sleep_for(std::chrono::milliseconds(20));
                 return true;
             }});
    CHECK(report.stop_reason == StopReason::time_limit);
    CHECK(report.epochs >= 1);
    CHECK(report.epochs <= 4);
    CHECK(report.seconds >= 0.05);
    CHECK(report.losses.size() == std::size_t(report.epochs));
}

TEST_CASE("time limit: a limit or a stop request ends all starts", "[train][time_limit]") {
    test::Task p;
    FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
                           {.epochs = 5, .time_limit = 1e-9, .starts = 4});
    CHECK(report.stop_reason == StopReason::time_limit);
    CHECK(report.starts == 1);
    std::stop_source source;
    source.request_stop();
    report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
                 {.epochs = 5, .starts = 4, .stop = source.get_token()});
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(report.starts == 1);
    CHECK(report.epochs == 0);
}

TEST_CASE("time limit: holds for each call that resumes a fit", "[train][time_limit]") {
    test::Task p;
    FitState<Net, Adam> state;
    const FitOptions options{.epochs = 1000000, .time_limit = 1e-9};
    for (Index epoch = 1; epoch <= 3; ++epoch)
        CHECK(fit(p.net, p.X, p.Y, SquaredError{}, {}, Adam{}, options, state).epochs == epoch);
}

TEST_CASE("time limit: a stop token ends a fit after an epoch", "[train][time_limit]") {
    test::Task p;
    std::stop_source source;
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, Adam{},
                                 {.epochs = 1000,
                                  .callback =
                                      [&](const FitProgress& at) {
                                          if (at.epoch == 7)
                                              source.request_stop();
                                          return true;
                                      },
                                  .stop = source.get_token()});
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(report.epochs == 7);
}

// SPDX-License-Identifier: MIT
#include "parallel/starts.hpp"

#include <twolayer/data/cross_validate.hpp>
#include <twolayer/optim/gradient_descent.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>

#include <stop_token>
#include <string>

#include "catch.hpp"
#include "parallel/losses.hpp"
#include "support/refusal.hpp"

using namespace twolayer;

namespace {

/// So few samples that their sum has only one part, so threads can only share the starts.
const Task few{{3, 5, 2, true}, 24, false};

}  // namespace

TEST_CASE("starts by several threads: report, weights and state equal those of one thread",
          "[parallel][starts]") {
    const Task task{few.shape, few.N, GENERATE(false, true)};
    const Record expected = restarted_without_openmp(task);
    for (const int threads : {1, 2, 3, 7}) {
        INFO(threads << " threads");
        const Restarts starts = restarted(task, threads);
        REQUIRE(starts.record == expected);
        const FitReport& first = starts.reports[2];
        CHECK(first.starts == 5);
        CHECK(first.stop_reason == StopReason::iteration_limit);
        const FitReport& reached = starts.reports[4];
        CHECK(reached.stop_reason == StopReason::goal_reached);
        CHECK(reached.starts > 1);
        CHECK(reached.starts < 5);
    }
}

TEST_CASE("starts by several threads: two train at the same time", "[parallel][starts]") {
    if (one_thread_alone()) {
        WARN("the environment may refuse a second thread");
        return;
    }
    Problem<double> p(few);
    const FitOptions options{.epochs = 1, .threads = 2, .starts = 2};
    threads_seen.clear();
    CHECK(fit(p.net, p.X, p.Y, Meeting{}, GradientDescent{}, options).starts == 2);
    CHECK(threads_seen.size() == 2);
}

TEST_CASE("folds by several threads: two are computed at the same time", "[parallel]") {
    if (one_thread_alone()) {
        WARN("the environment may refuse a second thread");
        return;
    }
    const Problem<double> p(few);
    threads_seen.clear();
    cross_validate(
        k_folds(few.N, 2, 1), [&](const Split&) { return mean_loss(p.net, p.X, p.Y, Meeting{}); },
        2);
    CHECK(threads_seen.size() == 2);
}

TEST_CASE("starts by several threads: an exception of the loss reaches the caller",
          "[parallel][starts]") {
    Problem<double> p(few);
    p.Y(3, 1) = -1;  // a valid target for an Identity output
    TwoLayerNet<double, Identity> net(few.shape);
    const int threads = GENERATE(1, 2, 7);
    const auto refusal = test::refusal([&] {
        fit(net, p.X, p.Y, Refusing{}, GradientDescent{},
            {.epochs = 3, .threads = threads, .starts = 4});
    });
    CHECK(refusal == std::to_string(-1.0));
}

TEST_CASE("starts by several threads: the callback sees one start after the other",
          "[parallel][starts]") {
    Problem<double> p(few);
    std::vector<Index> starts;
    threads_seen.clear();
    fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{},
        {.epochs = 2, .threads = 3, .starts = 3, .callback = [&](const FitProgress& progress) {
             threads_seen.insert(std::this_thread::get_id());
             starts.push_back(progress.start);
             return true;
         }});
    CHECK(starts == std::vector<Index>{0, 0, 1, 1, 2, 2});
    CHECK(threads_seen == std::set{std::this_thread::get_id()});
}

TEST_CASE("starts by several threads: a stop request ends the fit in the first start",
          "[parallel][starts]") {
    Problem<double> p(few);
    std::stop_source source;
    source.request_stop();
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, GradientDescent{},
            {.epochs = 50, .threads = GENERATE(1, 2, 7), .starts = 20, .stop = source.get_token()});
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(report.starts == 1);
    CHECK(report.epochs == 0);
}

TEST_CASE("starts by several threads: the memory limit covers all of them", "[parallel][starts]") {
    const Index P = 100;
    LevenbergMarquardt method;
    method.memory_limit = 2.9 * LevenbergMarquardt::bytes<double>(P);
    CHECK(method.states_within_limit<double>(P) == 2);
    CHECK(method.states_within_limit<float>(P) == 5);
}

// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/problem.hpp"
#include "support/saved_models.hpp"
#include "train/every_method.hpp"
#include "train/every_way.hpp"
#include "train/same_report.hpp"

using namespace twolayer;

namespace {

/// Compares one run of all epochs with runs that resume from a checkpoint of each of its first 60
/// epochs, and with a run that is stopped every 7 epochs.
template <typename Method>
FitReport check_resumes(const Method& method, const FitOptions& options) {
    using State = FitState<test::Task::Net, Method>;
    const test::Task p;
    const test::Folder folder;
    const CheckpointFile file(folder / "fit.checkpoint", p.net, p.X, p.Y, SquaredError{}, {},
                              method, options);
    std::vector<std::string> bytes;
    State state;
    FitOptions copying = options;
    copying.callback = [&](const FitProgress&) {
        bytes.push_back(file.bytes(state));
        return true;
    };
    auto expected = p.net;
    const FitReport whole = fit(expected, p.X, p.Y, SquaredError{}, {}, method, copying, state);
    REQUIRE(whole.losses.back() < whole.losses.front());
    const auto check_same = [&](const test::Task::Net& net, const FitReport& report) {
        test::require_same(report, whole);
        REQUIRE(test::same_bits(net.weights().theta(), expected.weights().theta()));
    };
    auto net = p.net;
    for (std::size_t epoch = 0; epoch < std::min<std::size_t>(bytes.size(), 60); ++epoch) {
        INFO(Method::name << " after epoch " << epoch + 1);
        net.weights().theta().setConstant(double(epoch));  // the state has its own weights
        State read = file.from_bytes(bytes[epoch]);
        check_same(net, fit(net, p.X, p.Y, SquaredError{}, {}, method, options, read));
    }

    FitOptions stopping = options;
    stopping.callback = [](const FitProgress& progress) { return progress.epoch % 7 != 0; };
    Checkpoints checkpoints{.path = folder / "fit.checkpoint"};
    const auto go_on = [&](const FitOptions& how) {
        const FitReport report = fit(net, p.X, p.Y, SquaredError{}, {}, method, how, checkpoints);
        checkpoints.resume = true;
        return report;
    };
    net = p.net;
    FitReport report = go_on(stopping);
    while (report.stop_reason == StopReason::stopped_by_caller) report = go_on(stopping);
    check_same(net, report);
    check_same(net, go_on(options));  // nothing is left to do
    return whole;
}

template <typename Method>
void check_every_way(const Method& method, const FitOptions& options) {
    test::for_every_way(options, [&](const FitOptions& way) { return check_resumes(method, way); });
}

}  // namespace

TEST_CASE("checkpoint: gradient descent and Adam resume from the file, bit for bit",
          "[files][checkpoint][slow]") {
    check_every_way(GradientDescent{.learning_rate = 1, .momentum = 0.9}, {});
    check_every_way(GradientDescent{.learning_rate = 0.2, .momentum = 0.9, .nesterov = true},
                    {.batch_size = 5});
    check_every_way(Adam{.learning_rate = 0.03}, {.batch_size = 5, .anneal = true});
}

TEMPLATE_TEST_CASE("checkpoint: methods over all samples resume from the file, bit for bit",
                   "[files][checkpoint][slow]", Rprop, Lbfgs, LevenbergMarquardt, NewtonCg,
                   BayesianRegularization) {
    TestType method;
    if constexpr (requires { method.gradient_tolerance; })
        method.gradient_tolerance = 1e-14;
    check_every_way(method, {});
}

TEST_CASE("checkpoint: floats, a fixed shape, classes, weights and validation data",
          "[files][checkpoint]") {
    using Net = TwoLayerNet<float, Softmax, 3, 5, 4>;
    const test::Problem<float, Softmax> p(true, 40);
    const test::Folder folder;
    const auto path = folder / "fit.checkpoint";
    const Matrix<float> X_validation = -p.X, Y_validation = p.Y.colwise().reverse();
    const Validation<float> validation{X_validation, Y_validation, {}};
    const auto run = [&](Net& net, auto X, const FitOptions& options,
                         const Checkpoints& checkpoints) {
        return fit(net, X, p.Y, CrossEntropy{}, p.w, Adam{}, options, checkpoints, validation);
    };
    const FitOptions options{.epochs = 20, .batch_size = 7};
    Net net(p.net), expected(p.net);
    const FitReport whole =
        fit(expected, p.X, p.Y, CrossEntropy{}, p.w, Adam{}, options, validation);

    FitOptions interrupted = options;
    interrupted.callback = [](const FitProgress& progress) { return progress.epoch < 9; };
    CHECK(run(net, p.X, interrupted, {.path = path}).epochs == 9);
    // The layout of the data, the number of threads and the time limit may change.
    const Eigen::Matrix<float, Dynamic, Dynamic, Eigen::RowMajor> rows = p.X;
    FitOptions others = options;
    others.threads = 2;
    others.time_limit = 1e6;
    test::require_same(run(net, rows, others, {.path = path, .resume = true}), whole);
    CHECK(test::same_bits(net.weights().theta(), expected.weights().theta()));
}

TEMPLATE_TEST_CASE("checkpoint: a fit resumed with more epochs equals an uninterrupted one",
                   "[files][checkpoint]", Adam, Lbfgs, LevenbergMarquardt) {
    const test::Task p;
    const test::Folder folder;
    const FitOptions given = GENERATE(FitOptions{}, FitOptions{.validation_fraction = 0.3},
                                      FitOptions{.validation_fraction = 0.3, .starts = 2});
    const auto run = [&](test::Task::Net& net, Index epochs, bool resume, Index stop_after) {
        FitOptions options = given;
        options.epochs = epochs;
        if constexpr (GradientMethod<TestType, double>)
            options.batch_size = 5;
        options.callback = [=](const FitProgress& at) { return at.epoch != stop_after; };
        return fit(net, p.X, p.Y, SquaredError{}, {}, TestType{}, options,
                   Checkpoints{.path = folder / "f", .resume = resume});
    };
    auto expected = p.net, net = p.net;
    const FitReport whole = run(expected, 12, false, -1);
    run(net, 5, false, given.starts ? 3 : -1);  // at its end, or in the first start
    test::require_same(run(net, 12, true, -1), whole);
    CHECK(test::same_bits(net.weights().theta(), expected.weights().theta()));
}

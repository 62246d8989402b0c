// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"
#include "train/every_method.hpp"
#include "train/same_report.hpp"

using namespace twolayer;

TEST_CASE("checkpoint: every number of a state is restored, bit for bit", "[files][checkpoint]") {
    using Limits = std::numeric_limits<double>;
    using State = FitState<test::Task::Net, Lbfgs>;
    test::Task p;
    FitOptions options{.epochs = 9, .validation_fraction = 0.3, .starts = 4};
    State state;
    options.callback = [&](const FitProgress& progress) {
        return progress.start < 2 || progress.epoch < 5;
    };
    fit(p.net, p.X, p.Y, SquaredError{}, {}, Lbfgs{}, options, state);
    REQUIRE(state.start == 2);
    REQUIRE(state.kept);
    // Numbers that are hard to store, all different.
    auto& [current, start, kept, kept_start, evaluations, products, seconds, units] = state;
    current->weights = test::hard_weights(p.net).weights();
    current->monitored_loss = -0.0;
    current->evaluations = 1234567890123;
    current->products = 2345678901234;
    current->history.best = test::hard_weights(p.net).weights();
    current->history.best.theta().reverseInPlace();
    current->history.best_loss = Limits::denorm_min();
    current->history.losses = {1, Limits::infinity(), Limits::max(), -0.0, 0.1};
    current->history.validation_losses = {2, Limits::quiet_NaN(), Limits::lowest(), 0.3, 0.7};
    current->history.best_epoch = 3;
    current->history.stop_reason = StopReason::not_finite;
    current->history.weight_decay = 1.0 / 3;
    current->history.effective_parameters = 5.5;
    current->history.log_evidence = -1e300;
    kept_start = 1;
    evaluations = 98765;
    products = 87654;
    seconds = 0.123456789;

    const CheckpointFile<test::Task::Net, Lbfgs> file("f", p.net, p.X, p.Y, SquaredError{}, {}, {},
                                                      options);
    const std::string bytes = file.bytes(state);
    const State read = file.from_bytes(bytes);
    CHECK(file.bytes(read) == bytes);
    CHECK(read.start == 2);
    CHECK(read.kept_start == 1);
    CHECK(read.evaluations == 98765);
    CHECK(read.products == 87654);
    CHECK(read.seconds == 0.123456789);
    CHECK(read.current->generator == current->generator);
    CHECK(test::same_bits(read.current->weights.theta(), current->weights.theta()));
    CHECK(std::signbit(read.current->monitored_loss));
    CHECK(read.current->evaluations == 1234567890123);
    CHECK(read.current->products == 2345678901234);
    const auto check_same = [](const auto& a, const auto& b) {
        CHECK(test::same_bits(a.best.theta(), b.best.theta()));
        CHECK(a.best_loss == b.best_loss);
        CHECK(a.best_epoch == b.best_epoch);
        const auto view = [](const std::vector<double>& values) {
            return Eigen::Map<const Vector<double>>(values.data(), std::ssize(values));
        };
        CHECK(test::same_bits(view(a.losses), view(b.losses)));
        CHECK(test::same_bits(view(a.validation_losses), view(b.validation_losses)));
        CHECK(a.stop_reason == b.stop_reason);
        CHECK(a.weight_decay == b.weight_decay);
        CHECK(a.effective_parameters == b.effective_parameters);
        CHECK(a.log_evidence == b.log_evidence);
    };
    check_same(read.current->history, current->history);
    check_same(*read.kept, *kept);
}

TEST_CASE("checkpoint: written at an interval of epochs, before the callback, and at the end",
          "[files][checkpoint]") {
    const test::Task p;
    const test::Folder folder;
    const auto path = folder / "fit.checkpoint";
    // The number of epochs in the file after each epoch.
    const auto epochs_in_file = [&](Checkpoints checkpoints) {
        std::filesystem::remove(path);
        checkpoints.path = path;
        FitOptions options{.epochs = 7};
        const auto saved = [&]() -> Index {
            if (!std::filesystem::exists(path))
                return 0;
            const CheckpointFile<test::Task::Net, Adam> file(path, p.net, p.X, p.Y, SquaredError{},
                                                             {}, Adam{}, options);
            return std::ssize(file.load().current->history.losses);
        };
        std::vector<Index> epochs;
        options.callback = [&](const FitProgress&) {
            epochs.push_back(saved());
            return true;
        };
        auto net = p.net;
        fit(net, p.X, p.Y, SquaredError{}, {}, Adam{}, options, checkpoints);
        epochs.push_back(saved());
        return epochs;
    };
    using Epochs = std::vector<Index>;
    const double never = std::numeric_limits<double>::infinity();
    CHECK(epochs_in_file({.path = {}, .every_epochs = 3, .every_seconds = never}) ==
          Epochs{0, 0, 3, 3, 3, 6, 6, 7});
    CHECK(epochs_in_file({.path = {}, .every_seconds = 0}) == Epochs{1, 2, 3, 4, 5, 6, 7, 7});
    CHECK(epochs_in_file({.path = {}, .every_seconds = never}) == Epochs{0, 0, 0, 0, 0, 0, 0, 7});
}

TEST_CASE("checkpoint: a different number of epochs is refused if it would have changed the state",
          "[files][checkpoint]") {
    const test::Task p;
    const test::Folder folder;
    const auto said = [&](FitOptions options, Index then) {
        auto net = p.net;
        const auto go = [&](bool resume) {
            fit(net, p.X, p.Y, SquaredError{}, {}, Adam{}, options,
                Checkpoints{.path = folder / "f", .resume = resume});
        };
        go(false);
        options.epochs = then;
        return test::refusal<std::runtime_error>([&] { go(true); });
    };
    using Catch::Matchers::Contains;
    CHECK_THAT(
        said({.epochs = 6, .anneal = true}, 7),
        Contains("its epochs is \"6\", here it is \"7\", but the rate of each epoch depends") &&
            Contains("start anew, with --method lbfgs (without anneal in C++)"));
    CHECK_THAT(said({.epochs = 6, .starts = 2}, 7), Contains("but 1 of its starts ended"));
    CHECK_THAT(said({.epochs = 6}, 5), Contains("but 6 epochs are done already"));
    CHECK(said({.epochs = 6}, 6) == "nothing refused");
}

TEST_CASE("checkpoint: a failure to write does not end the training", "[files][checkpoint]") {
    const test::Task p;
    const test::Folder folder;
    const auto path = folder / "gone" / "f";
    std::filesystem::create_directory(folder / "gone");
    std::vector<std::string> warnings;
    auto net = p.net, expected = p.net;
    const FitOptions options{.epochs = 7};
    FitOptions breaking = options;
    breaking.callback = [&](const FitProgress& at) {
        if (at.epoch == 3)
            std::filesystem::remove_all(folder / "gone");
        return true;
    };
    const FitReport report =
        fit(net, p.X, p.Y, SquaredError{}, {}, Adam{}, breaking,
            Checkpoints{.path = path, .every_epochs = 1, .warn = [&](const std::string& failure) {
                            warnings.push_back(failure);
                        }});
    test::require_same(report, fit(expected, p.X, p.Y, SquaredError{}, {}, Adam{}, options));
    CHECK(net.weights().theta() == expected.weights().theta());
    CHECK(warnings.size() == 5);  // after epochs 4 to 7, and at the end
    CHECK(report.failed_checkpoints == 5);
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings.front() == "5 checkpoints were not written: " + warnings.back());
    CHECK(warnings.back().find(path.string()) != std::string::npos);
}

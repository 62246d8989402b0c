// SPDX-License-Identifier: MIT
//
// A stop request and a time limit act within an iteration. The tests count tiles, not seconds.
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/train/bayesian_regularization.hpp>
#include <twolayer/train/fit.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/draw.hpp"
#include "train/same_report.hpp"

using namespace twolayer;

namespace {

/// Counts the samples in an output layer, and requests a stop at one of them.
struct Count {
    Index samples = 0;
    Index last = std::numeric_limits<Index>::max();  ///< the sample that requests the stop
    std::stop_source source = {};
    std::chrono::milliseconds pause{0};  ///< waiting time at that sample

    Index followed() const { return samples - last; }
};

Count count;

/// One output, which counts its samples.
struct Counted : Identity {
    template <Real Scalar>
    static void apply(std::span<const Scalar> O, std::span<Scalar> Yhat,
                      std::span<Scalar> one_minus_Yhat) {
        const Index before = count.samples;
        count.samples += std::ssize(O);
        if (before < count.last && count.last <= count.samples) {
            count.source.request_stop();
            std::this_thread::sleep_for(count.pause);
        }
        Identity::apply(O, Yhat, one_minus_Yhat);
    }
};

using Net = TwoLayerNet<double, Counted>;

/// Samples that fill six tiles.
struct Task {
    Matrix<double> X, Y;
    Net net{{.inputs = 2, .hidden = 3, .outputs = 1}};
    Index tile = detail::TileMemory<Net>(net.shape()).tile_rows();
    Index N = 6 * tile;

    Task() {
        std::mt19937 generator(3);
        X = test::draw<double>(generator, N, 2, -1, 1);
        Y = 0.5 + 0.4 * (2 * X.col(0)).array().sin() * X.col(1).array();
        net.randomize(generator);
    }

    template <typename Method>
    FitReport fit(Net& trained, const Method& method, const FitOptions& options,
                  FitState<Net, Method>& state) const {
        return twolayer::fit(trained, X, Y, SquaredError{}, {}, method, options, state);
    }
};

/// Stops a fit at each of many samples. It finishes only the tile, and the report, which takes
/// three sums. The weights are those of the last complete epoch, and the fit resumes like an
/// uninterrupted one.
template <typename Method>
void check_stops(const Method& method, FitOptions options) {
    const Task task;
    const Index report_samples = (options.validation_fraction > 0 ? 2 : 3) * task.N;
    std::vector<Vector<double>> after;  // theta after each epoch
    FitOptions recorded = options;
    Net whole = task.net;
    recorded.callback = [&](const FitProgress&) {
        after.push_back(whole.weights().theta());
        return true;
    };
    after.push_back(whole.weights().theta());
    FitState<Net, Method> uninterrupted;
    count = {};
    const FitReport expected = task.fit(whole, method, recorded, uninterrupted);
    const Index all = count.samples - report_samples;
    REQUIRE(expected.epochs == *options.epochs);

    Index within = 0;  // number of stops within an epoch
    for (Index n = 1; n <= all - task.N; n += task.tile / 2 + 7) {
        INFO(Method::name << " is stopped at sample " << n << " of " << all);
        count = {.last = n};
        options.stop = count.source.get_token();
        Net net = task.net;
        FitState<Net, Method> state;
        const FitReport report = task.fit(net, method, options, state);
        CHECK(report.stop_reason == StopReason::stopped_by_caller);
        CHECK(count.followed() <= task.tile + report_samples);
        REQUIRE(report.epochs < expected.epochs);
        REQUIRE(std::ranges::equal(report.losses,
                                   std::span(expected.losses).first(std::size_t(report.epochs))));
        CHECK(report.validation_losses.size() ==
              (options.validation_fraction > 0 ? report.losses.size() : 0));
        CHECK(net.weights().theta() == after[std::size_t(report.best_epoch)]);
        CHECK(is_finite(report.final_loss));

        options.stop = {};
        test::require_same(task.fit(net, method, options, state), expected);
        REQUIRE(net.weights().theta() == whole.weights().theta());
        within += n % task.N != 0;
    }
    CHECK(within > 10);
}

}  // namespace

TEST_CASE("interruption: a stop ends an iteration at the next tile, and the fit can resume",
          "[train][interruption]") {
    const FitOptions options{.epochs = 3};
    check_stops(Adam{.learning_rate = 0.05}, options);
    check_stops(Lbfgs{}, options);
    check_stops(NewtonCg{.max_cg_iterations = 4}, options);
    check_stops(LevenbergMarquardt{}, options);
}

TEST_CASE("interruption: within mini-batches and within the validation", "[train][interruption]") {
    check_stops(Adam{.learning_rate = 0.05}, {.epochs = 3, .batch_size = 100});
    check_stops(Adam{.learning_rate = 0.05},
                {.epochs = 3, .batch_size = 100, .validation_fraction = 0.5});
    check_stops(LevenbergMarquardt{}, {.epochs = 3, .validation_fraction = 0.5});
}

TEST_CASE("interruption: an interrupted step of Bayesian regularization leaves no trace",
          "[train][interruption]") {
    struct Looks final : detail::Watch {
        mutable int left;

        explicit Looks(int most) : left(most) {}
        void look(bool) const override {
            if (left-- == 0)
                throw detail::Interrupted{StopReason::time_limit};
        }
    };
    using Objective = detail::NetworkObjective<Net>;
    using State = BayesianRegularization::State<double>;
    const Task task;
    const BayesianRegularization method;
    const auto functions =
        detail::LossFunctions<Net>::of<SquaredError, SquaredError, GradientDescent>();
    const Objective objective(task.net, functions, detail::samples_for(task.net, task.X, task.Y),
                              0);
    const auto step = [&](State& state, Vector<double>& theta, Objective& f) {
        return state.step(method, f, theta);
    };
    const auto finish = [&](State state, Vector<double> theta, Objective f) {
        std::vector<double> losses;
        for (int t = 0; t < 3; ++t) {
            step(state, theta, f);
            losses.push_back(double(state.iterate().loss));
            losses.push_back(state.iterate().monitored);
        }
        losses.insert(losses.end(), {f.weight_decay(), state.effective_parameters()});
        losses.insert(losses.end(), theta.begin(), theta.end());
        return losses;
    };
    State state(method, task.net.weights().size());
    Vector<double> theta = task.net.weights().theta();
    Objective f = objective;
    int most = 0;
    for (int k = 0; k < 4; ++k) {
        const auto expected = finish(state, theta, f);
        for (int looks = 0;; ++looks) {
            State copy = state;
            Vector<double> at = theta;
            Objective interrupted = f;
            const Looks watch(looks);
            if (!detail::watched(interrupted, &watch, [&] { step(copy, at, interrupted); }))
                break;
            INFO("step " << k << ", interrupted after " << looks << " looks");
            REQUIRE(at == theta);
            REQUIRE(finish(copy, at, interrupted) == expected);
            most = std::max(most, looks);
        }
        step(state, theta, f);
    }
    // The last checks for a stop are at each column of the inverse.
    CHECK(most > 12 + task.net.weights().size());
}

TEST_CASE("interruption: the time limit ends an iteration after eight tiles at most",
          "[train][interruption]") {
    const Task task;
    Net net = task.net;
    FitState<Net, NewtonCg> state;
    // An iteration with one product has two sums of six tiles, and the first iteration has one
    // more. So the second iteration ends with the 30th tile.
    count = {.last = 20 * task.tile, .pause = std::chrono::milliseconds(30)};
    const FitReport report =
        task.fit(net, NewtonCg{.max_cg_iterations = 1}, {.epochs = 3, .time_limit = 0.02}, state);
    CHECK(report.stop_reason == StopReason::time_limit);
    CHECK(report.epochs <= 1);
    CHECK(count.followed() <= 8 * task.tile + 3 * task.N);
}

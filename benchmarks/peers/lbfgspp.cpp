// SPDX-License-Identifier: MIT
//
// LBFGSpp with the gradient and the initial weights of whole_batch.hpp.

#include <LBFGS.h>

#include <concepts>
#include <exception>
#include <limits>

#include "../peer.hpp"
#include "whole_batch.hpp"

namespace benchmark {

namespace {

struct Ended {};

/// Its line searches throw if they find no step. It is then restarted as long as the value falls.
template <typename Solver, typename F>
void minimize(Solver& solver, F& f, Eigen::VectorXd& theta) {
    double before, value = std::numeric_limits<double>::infinity();
    do {
        before = value;
        try {
            solver.minimize(f, theta, value);
        } catch (const std::exception&) {
        }
    } while (value < before);
}

template <template <typename> typename LineSearch>
Training training(const Task& task, bool log_loss) {
    return [&task, log_loss](std::uint64_t seed) {
        const Stopwatch watch;
        WholeBatch batch(task, log_loss);
        LBFGSpp::LBFGSParam<double> settings;
        settings.epsilon = settings.epsilon_rel = 0;  // only the level ends it
        if (std::same_as<LineSearch<double>, LBFGSpp::LineSearchNocedalWright<double>>)
            settings.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
        LBFGSpp::LBFGSSolver<double, LineSearch> solver(settings);
        Eigen::VectorXd theta = batch.first_weights(seed);
        auto f = [&](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
            const double value = batch(at, gradient);
            // Negated, so that it also ends at NaN.
            if (!(batch.squared_error() > task.level && watch.seconds() <= task.limit_seconds))
                throw Ended{};
            return value;
        };
        try {
            minimize(solver, f, theta);
        } catch (const Ended&) {
        }
        const double seconds = watch.seconds();
        return Outcome{seconds, batch.predict(theta)};
    };
}

template <template <typename> typename LineSearch>
Method method(const char* name, bool log_loss) {
    return {name, log_loss ? "log-loss" : "squared error",
            [log_loss](const Task& task) { return training<LineSearch>(task, log_loss); }};
}

}  // namespace

Program lbfgspp_peer() {
    using LBFGSpp::LineSearchBacktracking, LBFGSpp::LineSearchNocedalWright;
    return {"LBFGSpp",
            BENCHMARK_LBFGSPP,
            {method<LineSearchBacktracking>("L-BFGS backtracking", false),
             method<LineSearchBacktracking>("L-BFGS backtracking", true),
             method<LineSearchNocedalWright>("L-BFGS Nocedal-Wright", false),
             method<LineSearchNocedalWright>("L-BFGS Nocedal-Wright", true)}};
}

}  // namespace benchmark

// SPDX-License-Identifier: MIT
// Levenberg-Marquardt that chooses the weight decay by Bayesian regularization.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace twolayer {

/// Levenberg-Marquardt that chooses the weight decay automatically, from the evidence of the data.
///
/// With E_D = sum_n w_n |R_n|^2 and E_W = |W1|^2 + |W2|^2 it minimizes beta E_D + alpha E_W, which
/// is L + decay/2 E_W for decay = alpha / (beta sum w). After each step, with A the Gauss-Newton
/// matrix of this sum and n = K sum w, it sets
///
///     gamma = P_decayed - decay trace(decayed block of A^-1)     effective number of parameters
///     alpha = gamma / (2 E_W)       beta = (n - gamma) / (2 E_D)
///
/// The noise that beta describes is limited to the deviation of the targets from their mean, since
/// there is nothing more to explain.
///
/// MacKay 1992, "Bayesian interpolation"; Foresee and Hagan 1997, "Gauss-Newton approximation to
/// Bayesian learning". The biases are not decayed and do not count in gamma.
struct BayesianRegularization {
    LevenbergMarquardt minimizer = {};
    double tolerance = 1e-3;  ///< converged if the relative change of the decay is below this

    static constexpr std::string_view name = "Bayesian regularization";
    static constexpr bool squared_error_only = true;

    /// Throws std::invalid_argument for a setting out of its range.
    void validate() const {
        minimizer.validate();
        detail::check_positive("tolerance", tolerance);
    }

    /// As LevenbergMarquardt::states_within_limit().
    template <Real Scalar>
    Index states_within_limit(Index size) const {
        return minimizer.template states_within_limit<Scalar>(size);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        minimizer.for_each_setting(visit);
        visit("tolerance", tolerance);
    }

    template <Real Scalar>
    class State {
    public:
        /// Throws as LevenbergMarquardt::check_memory().
        State(const BayesianRegularization& settings, Index size)
            : minimizer_(settings.minimizer, size), next_(Vector<Scalar>::Zero(size)) {}

        Iterate<Scalar> iterate() const { return minimizer_.iterate(); }

        /// gamma, after the first step.
        double effective_parameters() const { return gamma_; }

        /// ln of the evidence at theta, where a step ended: of the probability density of the
        /// targets if only alpha is known about the weights,
        ///
        ///     -beta E_D - alpha E_W + 1/2 (P_decayed ln decay - ln det(decayed block of A))
        ///                           + n/2 ln(beta / pi)
        ///
        /// The biases are taken as they are. Returns -unbounded if that block is not positive
        /// definite, and after an interrupted step.
        template <typename F>
        double log_evidence(const F& f, ConstTheta<Scalar> theta) {
            const auto log_determinant =
                interrupted_ ? std::nullopt : minimizer_.log_determinant(f);
            if (!log_determinant)
                return -unbounded;
            const auto [count, squares] = decayed(f, theta);
            const double n = f.observations(), s = noise(gamma_, double(iterate().loss), n);
            return -double(iterate().value) / s +
                   (count * std::log(decay_) - *log_determinant -
                    n * std::log(2 * std::numbers::pi * s * double(f.samples().total))) /
                       2;
        }

        /// One step of theta, and of the decay of f; converged if neither changes any more.
        template <typename F>
        std::optional<StopReason> step(const BayesianRegularization& settings, F&& f,
                                       Theta<Scalar> theta) {
            const ConstTheta<Scalar> after(next_);
            if (!interrupted_) {
                next_ = theta;
                if (iterate().evaluations == 0)
                    decay_ = first_decay(f, after);
                f.set_weight_decay(decay_);
                reason_ = minimizer_.step(settings.minimizer, f, next_);
                if (reason_ == StopReason::not_finite)
                    return reason_;
            }
            f.set_weight_decay(decay_);
            const double before = decay_;
            interrupted_ = true;  // stays true if the next line throws
            estimate(f, after);
            interrupted_ = false;
            theta = next_;
            if (reason_ && std::abs(decay_ - before) <= settings.tolerance * before)
                return StopReason::converged;
            return std::nullopt;
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("minimizer", self.minimizer_);
            archive("decay", self.decay_);
            archive("gamma", self.gamma_);
            archive("spread", self.spread_);
            archive("next", self.next_);
            archive("reason", self.reason_);
            archive("interrupted", self.interrupted_);
        }

    private:
        /// As if the data determined half of the weights.
        template <typename F>
        double first_decay(F& f, ConstTheta<Scalar> theta) {
            f.set_weight_decay(0);
            spread_ = detail::loss_of_mean(f.samples());
            const auto [count, squares] = decayed(f, theta);
            const double half = (std::min)(count, f.observations()) / 2;
            return weight_decay(half, double(f(theta).loss), squares, f.observations());
        }

        /// The number of decayed weights, and the sum of their squares.
        template <typename F>
        static std::pair<double, double> decayed(const F& f, ConstTheta<Scalar> theta) {
            double count = 0, squares = 0;
            f.for_decayed([&](Index i) {
                ++count;
                squares += double(theta(i)) * double(theta(i));
            });
            return {count, squares};
        }

        /// 1 / (2 beta sum w)
        double noise(double gamma, double loss, double n) const {
            return (std::max)(2 * (std::min)(spread_, loss) / (std::max)(n - gamma, 1e-3 * n),
                              1e-300);
        }

        /// alpha / (beta sum w), limited so that A and theta stay finite.
        double weight_decay(double gamma, double loss, double squares, double n) const {
            const double ratio = gamma * noise(gamma, loss, n) / (std::max)(squares, 1e-300);
            return std::clamp(ratio, 1e-12, 1e6);
        }

        template <typename F>
        void estimate(F& f, ConstTheta<Scalar> theta) {
            const auto [count, squares] = decayed(f, theta);
            const auto inverse = minimizer_.inverse_diagonal(f);
            if (!inverse)
                return;
            double trace = 0;
            f.for_decayed([&](Index i) { trace += double((*inverse)(i)); });
            gamma_ = std::clamp(count - decay_ * trace, 0.0, count);
            const double after =
                weight_decay(gamma_, double(iterate().loss), squares, f.observations());
            minimizer_.add_decay(Scalar(after - decay_), f, theta);
            decay_ = after;
            f.set_weight_decay(decay_);
        }

        LevenbergMarquardt::State<Scalar> minimizer_;
        double decay_ = 0;
        double gamma_ = 0;
        double spread_ = 0;
        Vector<Scalar> next_;               ///< theta after the last step of the minimizer
        std::optional<StopReason> reason_;  ///< of that step
        bool interrupted_ = false;          ///< after that step, while the decay was estimated
    };
};

}  // namespace twolayer

// SPDX-License-Identifier: MIT
// The Levenberg-Marquardt minimizer of a mean of squares.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/cholesky.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <algorithm>
#include <optional>

namespace twolayer {

/// Levenberg-Marquardt for a mean of squares: the step d that solves
///
///     (A + mu I) d = -g
///
/// with g the gradient and A the Gauss-Newton matrix. After each step, mu is adapted to the gain
/// ratio: the actual decrease divided by the decrease that A and g predict. A step that leads
/// uphill is tried again with a larger mu, which costs one factorization and one value; A is
/// reused.
///
/// Levenberg 1944, "A method for the solution of certain non-linear problems in least squares";
/// Marquardt 1963, "An algorithm for least-squares estimation of nonlinear parameters"; damping
/// after Nielsen 1999, "Damping parameter in Marquardt's method".
struct LevenbergMarquardt {
    double damping = 1e-2;  ///< the first mu, as a fraction of the largest diagonal entry of A
    /// Converged if no entry of the gradient exceeds this, for X and Y of order 1. In other units,
    /// fit() first divides the gradient by the orders of magnitude of X and Y.
    double gradient_tolerance = 1e-10;
    double memory_limit = 2.0 * (1 << 30);  ///< maximum bytes of a fit; a larger fit is rejected

    static constexpr std::string_view name = "Levenberg-Marquardt";
    static constexpr bool squared_error_only = true;

    /// Maximum number of bytes that a fit of `size` weights takes in addition to its tiles: three P
    /// x P matrices.
    template <Real Scalar>
    static double bytes(Index size) {
        return 3.0 * double(size) * double(size) * double(sizeof(Scalar));
    }

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        detail::check_positive("damping", damping);
        detail::check_positive("gradient_tolerance", gradient_tolerance);
        detail::check_positive("memory_limit", memory_limit);
    }

    /// Throws std::invalid_argument if a fit of `size` weights takes more than the limit.
    template <Real Scalar>
    void check_memory(Index size) const {
        if (bytes<Scalar>(size) > memory_limit)
            fail("Levenberg-Marquardt takes ", bytes<Scalar>(size), " bytes for ", size,
                 " weights, memory_limit is ", memory_limit,
                 ": raise it, or use Lbfgs or NewtonCg");
    }

    /// The number of starts with `size` weights that fit into the limit at the same time.
    template <Real Scalar>
    Index states_within_limit(Index size) const {
        return Index((std::min)(memory_limit / bytes<Scalar>(size), 1e6));
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("damping", damping);
        visit("gradient_tolerance", gradient_tolerance);
    }

    /// Allocates two P x P matrices and three vectors on construction.
    template <Real Scalar>
    class State {
    public:
        /// Throws as check_memory().
        State(const LevenbergMarquardt& settings, Index size)
            : A_((settings.check_memory<Scalar>(size), size), size),
              factor_(size, size),
              gradient_(size),
              direction_(size),
              trial_(size) {}

        Iterate<Scalar> iterate() const { return iterate_; }

        /// Moves theta one step to a lower value; returns a reason to stop if it finds none. The
        /// first call also evaluates f at theta. theta is never left at a higher value.
        ///
        /// Converged also means that no trial step is predicted to lower the value by more than
        /// rounding hides (ftol of More, Garbow and Hillstrom 1980, "User guide for MINPACK-1", at
        /// its minimum). Not finite also means that A overflows.
        template <LeastSquaresObjective<Scalar> F>
        std::optional<StopReason> step(const LevenbergMarquardt& settings, F&& f,
                                       Theta<Scalar> theta) {
            const detail::Rollback undo(iterate_, mu_, anew_);
            if (iterate_.evaluations == 0) {
                if (!evaluate(f, theta))
                    return StopReason::not_finite;
                begin_anew(settings);
            }
            if (detail::is_small(f, gradient_, iterate_, settings.gradient_tolerance))
                return StopReason::converged;
            Scalar promise(-1);  // the largest of those that failed
            auto reason = search(f, theta, promise);
            if (reason == StopReason::no_further_progress && !anew_) {
                begin_anew(settings);
                reason = search(f, theta, promise);
            }
            if (reason != StopReason::no_further_progress)
                return reason;
            begin_anew(settings);  // for a step after f has changed
            if (Scalar(0) <= promise && promise <= Scalar(10) * detail::rounding(f, iterate_))
                return StopReason::converged;
            return detail::without_a_step(f, gradient_, iterate_);
        }

        /// The diagonal of A^-1 at theta, P values in a vector owned by the state. A singular A,
        /// such as that of a unit whose weights have all decayed, is replaced by A + ridge I with
        /// the smallest ridge that is sufficient despite rounding; null if there is none.
        template <typename F = int>
        const Vector<Scalar>* inverse_diagonal(const F& f = {}) {
            const Scalar largest = largest_in_A();
            Scalar ridge = Eigen::NumTraits<Scalar>::epsilon() * largest;
            while (ridge < largest && !detail::factorize(A_, ridge, factor_, f))
                ridge *= Scalar(10);
            if (!(ridge < largest))
                return nullptr;
            detail::take_inverse_diagonal(factor_, direction_, trial_, f);
            return &direction_;
        }

        /// ln det of the block of A at theta that belongs to the weights that f decays; nothing if
        /// that block is not positive definite.
        template <typename F>
        std::optional<double> log_determinant(const F& f) {
            factor_.setIdentity();
            f.for_decayed([&](Index j) {
                f.for_decayed([&](Index i) {
                    if (j <= i)
                        factor_(i, j) = A_(i, j);
                });
            });
            if (!detail::factorize(factor_, f))
                return std::nullopt;
            return 2 * factor_.diagonal().template cast<double>().array().log().sum();
        }

        /// Adds change/2 sum_i theta_i^2, over the indices i that f decays, to the minimized
        /// function: to its value, gradient and A at theta.
        template <typename F>
        void add_decay(const Scalar& change, const F& f, ConstTheta<Scalar> theta) {
            f.for_decayed([&](Index i) {
                iterate_.value += change / Scalar(2) * theta(i) * theta(i);
                gradient_(i) += change * theta(i);
                A_(i, i) += change;
            });
            iterate_.gradient_norm = gradient_.cwiseAbs().maxCoeff();
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("iterate", self.iterate_);
            archive("gradient", self.gradient_);
            archive("mu", self.mu_);
            archive("anew", self.anew_);
            archive("A", self.A_.template triangularView<Eigen::Lower>());
        }

    private:
        /// Computes value, gradient and A at `at`; returns false, with gradient and A unchanged, if
        /// one of them is not finite. Works in direction and factor, so that f may throw.
        template <typename F>
        bool evaluate(F& f, ConstTheta<Scalar> at) {
            const Value<Scalar> value = f(at, Theta<Scalar>(direction_), factor_);
            const bool first = ++iterate_.evaluations == 1;
            // No entry of A, which is positive semidefinite, is larger than those of its diagonal.
            const bool finite = all_finite(factor_.diagonal());
            if ((!finite && !first) || !iterate_.take(value, direction_) || !finite)
                return false;
            gradient_.swap(direction_);
            A_.swap(factor_);
            return true;
        }

        Scalar largest_in_A() const { return A_.diagonal().maxCoeff(); }

        /// Resets the damping to its value before the first step.
        void begin_anew(const LevenbergMarquardt& settings) {
            mu_ = static_cast<Scalar>(settings.damping) * largest_in_A();
            anew_ = true;
        }

        /// Raises mu until a step leads downhill, takes it and returns nothing; otherwise returns
        /// the reason to stop.
        template <typename F>
        std::optional<StopReason> search(F& f, Theta<Scalar> theta, Scalar& promise) {
            for (Scalar raise(2); is_finite(mu_); mu_ *= raise, raise *= Scalar(2)) {
                if (!set_direction(f))
                    continue;
                trial_ = theta + direction_;
                if (trial_ == theta)
                    break;
                // F(theta) - F(theta + d) for the quadratic of g and A
                const Scalar predicted = direction_.dot(mu_ * direction_ - gradient_) / Scalar(2);
                promise = (std::max)(promise, predicted);
                const Scalar value = Value<Scalar>(f(ConstTheta<Scalar>(trial_))).total();
                ++iterate_.evaluations;
                if (!is_finite(value) || !(value < iterate_.value))
                    continue;
                const Scalar gain = (iterate_.value - value) / predicted;
                if (!evaluate(f, trial_))
                    return StopReason::not_finite;
                theta = trial_;
                lower_damping(gain);
                anew_ = false;
                return std::nullopt;
            }
            return StopReason::no_further_progress;
        }

        /// direction = -(A + mu I)^-1 g; returns false if that matrix is not positive definite.
        template <typename F>
        bool set_direction(const F& f) {
            if (!detail::factorize(A_, mu_, factor_, f))
                return false;
            auto factor = factor_.template triangularView<Eigen::Lower>();
            direction_ = -gradient_;
            factor.solveInPlace(direction_);
            factor.transpose().solveInPlace(direction_);
            return all_finite(direction_);
        }

        /// mu <- mu max(1/3, 1 - (2 gain - 1)^3), not below what rounding hides.
        void lower_damping(const Scalar& gain) {
            const Scalar t = Scalar(2) * gain - Scalar(1);
            const Scalar least = Eigen::NumTraits<Scalar>::epsilon() * largest_in_A();
            mu_ = (std::max)(least, mu_ * (std::max)(Scalar(1) / Scalar(3), Scalar(1) - t * t * t));
        }

        Matrix<Scalar> A_, factor_;
        Vector<Scalar> gradient_, direction_, trial_;
        Scalar mu_{0};
        bool anew_ = false;  ///< no step has been taken with this damping
        Iterate<Scalar> iterate_;
    };
};

}  // namespace twolayer

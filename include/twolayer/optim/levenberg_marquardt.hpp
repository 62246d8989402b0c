// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/optim/cholesky.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/rollback.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <algorithm>
#include <optional>

namespace twolayer {

/// Levenberg-Marquardt for a mean of squares: the step d that solves
///
///     (A + mu I) d = -g
///
/// with g the gradient and A the Gauss-Newton matrix. The damping mu follows the gain ratio of each
/// step, its decrease over the one that A and g predict. A step that leads upwards is tried again
/// with more damping, which costs a factorization and a value but not another A.
///
/// Levenberg 1944, "A method for the solution of certain non-linear problems in least squares";
/// Marquardt 1963, "An algorithm for least-squares estimation of nonlinear parameters"; damping
/// after Nielsen 1999, "Damping parameter in Marquardt's method".
struct LevenbergMarquardt {
    double damping = 1e-2;  ///< the first mu, as a share of the largest diagonal entry of A
    double gradient_tolerance = 1e-10;      ///< converged when no entry of g is larger
    double memory_limit = 2.0 * (1 << 30);  ///< bytes of a fit; more than this is refused

    static constexpr std::string_view name = "Levenberg-Marquardt";
    static constexpr bool squared_error_only = true;

    /// The most bytes that a fit of `size` weights takes beside its tiles: three P x P matrices.
    template <Real Scalar>
    static double bytes(Index size) {
        return 3.0 * double(size) * double(size) * double(sizeof(Scalar));
    }

    /// Throws std::invalid_argument for a setting out of its range.
    void validate() const {
        detail::check_positive("damping", damping);
        detail::check_positive("gradient_tolerance", gradient_tolerance);
        detail::check_positive("memory_limit", memory_limit);
    }

    /// Throws std::invalid_argument where a fit of so many weights takes more than the limit.
    template <Real Scalar>
    void check_memory(Index size) const {
        if (bytes<Scalar>(size) > memory_limit)
            fail("Levenberg-Marquardt takes ", bytes<Scalar>(size), " bytes for ", size,
                 " weights, memory_limit is ", memory_limit,
                 ": raise it, or use Lbfgs or NewtonCg");
    }

    /// How many starts of so many weights may be under way at the same time within the limit.
    template <Real Scalar>
    Index states_within_limit(Index size) const {
        return Index((std::min)(memory_limit / bytes<Scalar>(size), 1e6));
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("damping", damping);
        visit("gradient_tolerance", gradient_tolerance);
    }

    /// Allocates two P x P matrices and three vectors when it is made.
    template <SizedReal Scalar>
    class State {
    public:
        /// Throws as check_memory().
        State(const LevenbergMarquardt& settings, Index size)
            : A_((settings.check_memory<Scalar>(size), size), size),
              factor_(size, size),
              gradient_(size),
              direction_(size),
              trial_(size) {}

        const Standing<Scalar>& standing() const { return standing_; }

        /// One step of theta to a lower value; a reason to stop where there is none. The first call
        /// evaluates f at theta as well. theta is never left at a higher value.
        template <LeastSquaresObjective<Scalar> F>
        std::optional<StopReason> step(const LevenbergMarquardt& settings, F&& f,
                                       Theta<Scalar> theta) {
            const detail::Rollback undo(standing_, mu_, raise_);
            if (standing_.evaluations == 0) {
                if (!evaluate(f, theta))
                    return StopReason::not_finite;
                mu_ = static_cast<Scalar>(settings.damping) * A_.diagonal().maxCoeff();
            }
            if (standing_.gradient_norm <= static_cast<Scalar>(settings.gradient_tolerance))
                return StopReason::converged;
            for (;; raise_damping()) {
                if (!is_finite(mu_))
                    return StopReason::no_further_progress;
                if (!set_direction(f))
                    continue;
                trial_ = theta + direction_;
                if (trial_ == theta)
                    return StopReason::no_further_progress;
                const Value<Scalar> trial = f(ConstTheta<Scalar>(trial_.data(), trial_.size()));
                const Scalar value = trial.total();
                ++standing_.evaluations;
                if (!is_finite(value) || !(value < standing_.value))
                    continue;
                // F(theta) - F(theta + d) for the quadratic of g and A
                const Scalar predicted = direction_.dot(mu_ * direction_ - gradient_) / Scalar(2);
                const Scalar gain = (standing_.value - value) / predicted;
                if (!evaluate(f, trial_))
                    return StopReason::not_finite;
                theta = trial_;
                lower_damping(gain);
                return std::nullopt;
            }
        }

        /// The diagonal of A^-1 at theta, P values in a vector of the state's. A singular A, as
        /// that of a unit whose weights have all decayed, is taken as A + ridge I with the least
        /// ridge that rounding lets through; nothing where there is none.
        template <typename F = int>
        const Vector<Scalar>* inverse_diagonal(const F& f = {}) {
            const Scalar largest = A_.diagonal().maxCoeff();
            Scalar ridge = Eigen::NumTraits<Scalar>::epsilon() * largest;
            for (; ridge < largest && !factorize(ridge, f); ridge *= Scalar(10))
                ;
            if (!(ridge < largest))
                return nullptr;
            // A^-1 = V^T V with V = L^-1, which takes the place of L column by column from the
            // last.
            for (Index j = factor_.cols() - 1; j >= 0; --j) {
                detail::look(f);
                const Index below = factor_.rows() - 1 - j;
                const Scalar v = Scalar(1) / factor_(j, j);
                auto column = trial_.head(below);
                column.noalias() = factor_.bottomRightCorner(below, below)
                                       .template triangularView<Eigen::Lower>() *
                                   factor_.col(j).tail(below);
                factor_(j, j) = v;
                factor_.col(j).tail(below) = -v * column;
            }
            for (Index j = 0; j < factor_.cols(); ++j)
                direction_(j) = factor_.col(j).tail(factor_.rows() - j).squaredNorm();
            return &direction_;
        }

        /// ln det of the block of A at theta that f decays; nothing where that is not positive
        /// definite.
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

        /// Adds change/2 sum_i theta_i^2, over the places i that f decays, to the function that is
        /// minimized: to its value, gradient and A at theta.
        template <typename F>
        void add_decay(const Scalar& change, const F& f, ConstTheta<Scalar> theta) {
            f.for_decayed([&](Index i) {
                standing_.value += change / Scalar(2) * theta(i) * theta(i);
                gradient_(i) += change * theta(i);
                A_(i, i) += change;
            });
            standing_.gradient_norm = gradient_.cwiseAbs().maxCoeff();
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            // raise_ is 2 again after every step that moved theta.
            archive(self.standing_, self.gradient_, self.mu_);
            for (Index j = 0; j < self.A_.cols(); ++j)
                archive(self.A_.col(j).tail(self.A_.rows() - j));
        }

    private:
        /// Takes over value, gradient and A at `at`; false, with gradient and A unchanged, where
        /// value or gradient is not finite. Uses direction and factor, so that f may throw.
        template <typename F, typename Point>
        bool evaluate(F& f, const Point& at) {
            const Value<Scalar> value =
                f(ConstTheta<Scalar>(at.data(), at.size()),
                  Theta<Scalar>(direction_.data(), direction_.size()), factor_);
            ++standing_.evaluations;
            const bool first = standing_.evaluations == 1;
            if (!(first ? standing_.begin(value, direction_) : standing_.take(value, direction_)))
                return false;
            gradient_.swap(direction_);
            A_.swap(factor_);
            return true;
        }

        /// The lower triangle of factor becomes L with L L^T = A + shift I; false where that matrix
        /// is not positive definite.
        template <typename F>
        bool factorize(const Scalar& shift, const F& f) {
            factor_.template triangularView<Eigen::Lower>() = A_;
            factor_.diagonal().array() += shift;
            return detail::factorize(factor_, f);
        }

        /// direction = -(A + mu I)^-1 g; false where that matrix is not positive definite.
        template <typename F>
        bool set_direction(const F& f) {
            if (!factorize(mu_, f))
                return false;
            direction_ = -gradient_;
            factor_.template triangularView<Eigen::Lower>().solveInPlace(direction_);
            factor_.transpose().template triangularView<Eigen::Upper>().solveInPlace(direction_);
            return all_finite(direction_);
        }

        void raise_damping() {
            mu_ *= raise_;
            raise_ *= Scalar(2);
        }

        /// mu <- mu max(1/3, 1 - (2 gain - 1)^3), not below what rounding hides.
        void lower_damping(const Scalar& gain) {
            const Scalar t = Scalar(2) * gain - Scalar(1);
            const Scalar least = Eigen::NumTraits<Scalar>::epsilon() * A_.diagonal().maxCoeff();
            mu_ = (std::max)(least, mu_ * (std::max)(Scalar(1) / Scalar(3), Scalar(1) - t * t * t));
            raise_ = Scalar(2);
        }

        Matrix<Scalar> A_, factor_;
        Vector<Scalar> gradient_, direction_, trial_;
        Scalar mu_{0};
        Scalar raise_{2};
        Standing<Scalar> standing_;
    };
};

}  // namespace twolayer

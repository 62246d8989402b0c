// SPDX-License-Identifier: MIT
// The L-BFGS minimizer.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/optim/line_search.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace twolayer {

/// Limited-memory BFGS: the direction -H g, with H the inverse Hessian estimated from the last
/// `memory` steps s = change of theta and changes y of the gradient, and a step along it that
/// satisfies the strong Wolfe conditions, or the approximate ones if rounding hides the values.
///
/// Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization"; two-loop
/// recursion of Nocedal 1980, "Updating quasi-Newton matrices with limited storage"; approximate
/// Wolfe conditions of Hager and Zhang 2005, see StrongWolfe.
struct Lbfgs {
    Index memory = 30;  ///< number of pairs (s, y) that are kept
    /// Converged if no entry of the gradient is larger, for X and Y of order 1. In other units, a
    /// fit divides by their orders of magnitude first.
    double gradient_tolerance = 1e-6;

    static constexpr std::string_view name = "L-BFGS";

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        if (memory < 1)
            fail("memory is ", memory, ", it must be at least 1");
        detail::check_positive("gradient_tolerance", gradient_tolerance);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("memory", memory);
        visit("gradient_tolerance", gradient_tolerance);
    }

    /// Allocates 2 memory + 4 vectors on construction, and nothing later. A copy continues as the
    /// original does, bit for bit.
    template <Real Scalar>
    class State {
    public:
        State(const Lbfgs& settings, Index size)
            : S_(size, settings.memory),
              Y_(size, settings.memory),
              rho_(settings.memory),
              alpha_(settings.memory),
              gradient_(size),
              direction_(size),
              trial_(size),
              trial_gradient_(size) {}

        Iterate<Scalar> iterate() const { return iterate_; }

        /// Moves theta one step to a lower value, or to one that rounding cannot distinguish from
        /// the lowest so far; returns a reason to stop if it finds none. The first call also
        /// evaluates f at theta. theta is never left higher than that.
        ///
        /// Converged also means that the quadratic model that H belongs to promises no more than
        /// rounding hides, and that the steps no longer lower the gradient.
        template <Objective<Scalar> F>
        std::optional<StopReason> step(const Lbfgs& settings, F&& f, Theta<Scalar> theta) {
            const detail::Rollback undo(iterate_, pairs_);
            if (iterate_.evaluations == 0) {
                if (!iterate_.take(iterate_.evaluate(f, theta, gradient_), gradient_))
                    return StopReason::not_finite;
                lowest_ = iterate_.value;
                min_norm_ = iterate_.gradient_norm;
            }
            if (detail::is_small(f, gradient_, iterate_, settings.gradient_tolerance) ||
                idle_ == max_idle)
                return StopReason::converged;
            // Ten times, since large weights cancel in the outputs.
            const Scalar rounding = Scalar(10) * detail::rounding(f, iterate_);
            if (search(f, theta, rounding))
                return std::nullopt;
            if (pairs_ > 0) {
                if (promise_ <= rounding)
                    return StopReason::converged;
                pairs_ = 0;  // once more, along the gradient itself
                if (search(f, theta, rounding))
                    return std::nullopt;
            }
            return detail::without_a_step(f, gradient_, iterate_);
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("iterate", self.iterate_);
            archive("gradient", self.gradient_);
            archive("lowest", self.lowest_);
            archive("min_norm", self.min_norm_);
            archive("pairs", self.pairs_);
            archive("newest", self.newest_);
            archive("idle", self.idle_);
            // The ring is filled from its first column on.
            if (self.pairs_ > self.S_.cols() || (self.pairs_ > 0 && self.newest_ >= self.pairs_))
                fail("pair ", self.newest_, " is the newest of ", self.pairs_, ", the memory is ",
                     self.S_.cols());
            archive("S", self.S_.leftCols(self.pairs_));
            archive("Y", self.Y_.leftCols(self.pairs_));
            archive("rho", self.rho_.head(self.pairs_));
        }

    private:
        /// direction = -H g, of length 1 without pairs. The pairs form a ring: the pair from i
        /// steps ago is i columns back.
        void set_direction() {
            const Index ring = S_.cols();
            const auto column = [&](Index age) { return (newest_ + ring - age) % ring; };
            direction_ = -gradient_;
            for (Index age = 0; age < pairs_; ++age) {
                const Index c = column(age);
                alpha_(c) = rho_(c) * S_.col(c).dot(direction_);
                direction_ -= alpha_(c) * Y_.col(c);
            }
            if (pairs_ == 0)
                direction_ /= detail::length(gradient_);
            else
                direction_ /= rho_(newest_) * Y_.col(newest_).squaredNorm();
            for (Index age = pairs_ - 1; age >= 0; --age) {
                const Index c = column(age);
                direction_ += (alpha_(c) - rho_(c) * Y_.col(c).dot(direction_)) * S_.col(c);
            }
        }

        /// Moves theta along the direction; returns false if it finds nothing better.
        template <typename F>
        bool search(F& f, Theta<Scalar> theta, const Scalar& rounding) {
            set_direction();
            const Scalar slope = gradient_.dot(direction_);
            if (!(slope < Scalar(0)))
                return false;
            promise_ = -slope / Scalar(2);
            const Scalar first = pairs_ > 0 ? Scalar(1) : first_length(theta);

            // trial_ holds the point of the last evaluation, which usually is the lowest.
            Scalar at(0);
            Value<Scalar> value(Scalar(0));
            const auto phi = [&](const Scalar& step) {
                trial_ = theta + step * direction_;
                at = step;
                value = iterate_.evaluate(f, trial_, trial_gradient_);
                return std::pair(value.total(), Scalar(trial_gradient_.dot(direction_)));
            };
            const Scalar hidden =
                (std::max)(Scalar(0), Scalar(rounding - (iterate_.value - lowest_)));
            const auto found = detail::line_search<Scalar>(
                phi, {Scalar(0), iterate_.value, slope}, first,
                {.rounding = static_cast<double>(hidden)}, pairs_ > 0 ? 25 : 100);
            if (found.step == Scalar(0))
                return false;
            if (found.step != at)
                phi(found.step);
            remember(theta);
            theta = trial_;
            std::swap(gradient_, trial_gradient_);
            iterate_.take(value, gradient_);
            lowest_ = (std::min)(lowest_, iterate_.value);
            const bool smaller = iterate_.gradient_norm < min_norm_;
            if (smaller)
                min_norm_ = iterate_.gradient_norm;
            idle_ = smaller || rounding < promise_ ? 0 : idle_ + 1;
            return true;
        }

        /// For the first step, a quarter of the length of theta: no curvature is known yet.
        Scalar first_length(const Theta<Scalar>& theta) const {
            const Scalar size = detail::length(theta);
            return Scalar(0) < size ? Scalar(size / Scalar(4))
                                    : (std::min)(Scalar(1), detail::length(gradient_));
        }

        /// Stores s and y, unless the curvature s . y is lost in rounding.
        void remember(const Theta<Scalar>& theta) {
            direction_ = trial_ - theta;
            const auto y = trial_gradient_ - gradient_;
            const Scalar sy = direction_.dot(y);
            const Scalar sizes = detail::length(direction_) * detail::length(y);
            if (!(Eigen::NumTraits<Scalar>::epsilon() * sizes < sy))
                return;
            newest_ = pairs_ == 0 ? 0 : (newest_ + 1) % S_.cols();
            pairs_ = (std::min)(pairs_ + 1, S_.cols());
            S_.col(newest_) = direction_;
            Y_.col(newest_) = y;
            rho_(newest_) = Scalar(1) / sy;
        }

        /// Number of steps within rounding that may fail to lower the gradient, before it counts as
        /// rounding itself.
        static constexpr Index max_idle = 30;

        Matrix<Scalar> S_, Y_;
        Vector<Scalar> rho_, alpha_;
        Index newest_ = 0;
        Index pairs_ = 0;
        Vector<Scalar> gradient_, direction_, trial_, trial_gradient_;
        Scalar lowest_{0};    ///< value so far
        Scalar min_norm_{0};  ///< largest entry of the smallest gradient so far
        Index idle_ = 0;      ///< steps in a row within rounding without a smaller gradient
        Scalar promise_{0};   ///< decrease of the quadratic model, for the last step tried
        Iterate<Scalar> iterate_;
    };
};

}  // namespace twolayer

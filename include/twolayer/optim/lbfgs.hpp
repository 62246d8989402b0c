// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/types.hpp>
#include <twolayer/optim/line_search.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/optim/rollback.hpp>
#include <twolayer/optim/stop_reason.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace twolayer {

/// Limited-memory BFGS: the direction -H g, with H the inverse Hessian that the last `memory` steps
/// s = change of theta and changes y of the gradient suggest, and a step along it that meets the
/// strong Wolfe conditions.
///
/// Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization"; two-loop
/// recursion of Nocedal 1980, "Updating quasi-Newton matrices with limited storage".
struct Lbfgs {
    Index memory = 30;                 ///< pairs (s, y) that are kept
    double gradient_tolerance = 1e-6;  ///< converged when no entry of the gradient is larger

    static constexpr std::string_view name = "L-BFGS";

    /// Throws std::invalid_argument for a setting out of its range.
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

    /// Allocates 2 memory + 4 vectors when it is made, and nothing later. A copy goes on as the
    /// original does, bit for bit.
    template <SizedReal Scalar>
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

        const Standing<Scalar>& standing() const { return standing_; }

        /// One step of theta to a lower value; a reason to stop where there is none. The first call
        /// evaluates f at theta as well. theta is never left at a higher value.
        template <Objective<Scalar> F>
        std::optional<StopReason> step(const Lbfgs& settings, F&& f, Theta<Scalar> theta) {
            const detail::Rollback undo(standing_, pairs_);
            if (standing_.evaluations == 0) {
                const Value<Scalar> value =
                    f(ConstTheta<Scalar>(theta.data(), theta.size()), map(gradient_));
                if (!standing_.begin(value, gradient_))
                    return StopReason::not_finite;
            }
            const auto tolerance = static_cast<Scalar>(settings.gradient_tolerance);
            if (standing_.gradient_norm <= tolerance)
                return StopReason::converged;
            if (search(f, theta))
                return std::nullopt;
            if (pairs_ == 0)
                return StopReason::no_further_progress;
            pairs_ = 0;  // once more, along the gradient itself
            return search(f, theta) ? std::nullopt : std::optional(StopReason::no_further_progress);
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive(self.standing_, self.gradient_, self.pairs_, self.newest_);
            // The ring is filled from its first column on.
            if (self.pairs_ > self.S_.cols() || (self.pairs_ > 0 && self.newest_ >= self.pairs_))
                fail("pair ", self.newest_, " is the newest of ", self.pairs_, ", the memory is ",
                     self.S_.cols());
            for (Index c = 0; c < self.pairs_; ++c)
                archive(self.S_.col(c), self.Y_.col(c), self.rho_(c));
        }

    private:
        static Theta<Scalar> map(Vector<Scalar>& v) { return {v.data(), v.size()}; }

        /// direction = -H g. The pairs stand in a ring, the one i steps ago i columns back.
        void set_direction() {
            const Index ring = S_.cols();
            const auto column = [&](Index age) { return (newest_ + ring - age) % ring; };
            direction_ = -gradient_;
            for (Index age = 0; age < pairs_; ++age) {
                const Index c = column(age);
                alpha_(c) = rho_(c) * S_.col(c).dot(direction_);
                direction_ -= alpha_(c) * Y_.col(c);
            }
            if (pairs_ > 0)
                direction_ /= rho_(newest_) * Y_.col(newest_).squaredNorm();
            for (Index age = pairs_ - 1; age >= 0; --age) {
                const Index c = column(age);
                direction_ += (alpha_(c) - rho_(c) * Y_.col(c).dot(direction_)) * S_.col(c);
            }
        }

        /// Moves theta along the direction; false where no lower value is found.
        template <typename F>
        bool search(F& f, Theta<Scalar> theta) {
            set_direction();
            const Scalar slope = gradient_.dot(direction_);
            if (!(slope < Scalar(0)))
                return false;
            const Scalar first = pairs_ > 0 ? Scalar(1) : Scalar(1) / gradient_.norm();

            // The point of the last evaluation stays in trial_, so the lowest is mostly there.
            Scalar at(0);
            Value<Scalar> value(Scalar(0));
            const auto phi = [&](const Scalar& step) {
                trial_ = theta + step * direction_;
                at = step;
                value = f(ConstTheta<Scalar>(trial_.data(), trial_.size()), map(trial_gradient_));
                return std::pair(value.total(), Scalar(trial_gradient_.dot(direction_)));
            };
            const auto found = detail::line_search<Scalar>(phi, {Scalar(0), standing_.value, slope},
                                                           (std::min)(first, Scalar(1)));
            standing_.evaluations += found.evaluations;
            if (!(found.point.value < standing_.value))
                return false;
            if (found.point.step != at) {
                phi(found.point.step);
                ++standing_.evaluations;
            }
            remember(theta);
            theta = trial_;
            std::swap(gradient_, trial_gradient_);
            standing_.take(value, gradient_);
            return true;
        }

        /// Keeps s and y, unless the curvature s . y is lost in rounding.
        void remember(const Theta<Scalar>& theta) {
            direction_ = trial_ - theta;
            const auto y = trial_gradient_ - gradient_;
            const Scalar sy = direction_.dot(y);
            if (!(Eigen::NumTraits<Scalar>::epsilon() * y.squaredNorm() < sy))
                return;
            newest_ = pairs_ == 0 ? 0 : (newest_ + 1) % S_.cols();
            pairs_ = (std::min)(pairs_ + 1, S_.cols());
            S_.col(newest_) = direction_;
            Y_.col(newest_) = y;
            rho_(newest_) = Scalar(1) / sy;
        }

        Matrix<Scalar> S_, Y_;
        Vector<Scalar> rho_, alpha_;
        Index newest_ = 0;
        Index pairs_ = 0;
        Vector<Scalar> gradient_, direction_, trial_, trial_gradient_;
        Standing<Scalar> standing_;
    };
};

}  // namespace twolayer

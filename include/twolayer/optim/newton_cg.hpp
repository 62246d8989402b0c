// SPDX-License-Identifier: MIT
// A truncated Newton minimizer that uses conjugate gradients within a trust region.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/loss.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace twolayer {

/// Truncated Newton within a trust region. Conjugate gradients, which need only products with the
/// curvature B, minimize the quadratic model
///
///     m(p) = g^T p + 1/2 p^T B p,   |p| <= radius
///
/// until its gradient is small relative to g or they reach the boundary. A direction of curvature
/// that is not positive is followed to the boundary. The radius follows how well the model predicts
/// f. The default B is the Hessian: if residuals remain, the Gauss-Newton matrix takes several
/// times as many products.
///
/// Steihaug 1983, "The conjugate gradient method and trust regions in large scale optimization";
/// radius: Nocedal and Wright 2006, "Numerical optimization", algorithm 4.1; forcing term:
/// Eisenstat and Walker 1996, "Choosing the forcing terms in an inexact Newton method", choice 2.
struct NewtonCg {
    Curvature curvature = Curvature::hessian;
    Index max_cg_iterations = 100;  ///< for one step, each a product with a vector
    /// Converged if no entry of the gradient is larger, for X and Y of order 1. In other units, a
    /// fit divides by their orders of magnitude first.
    double gradient_tolerance = 1e-6;

    static constexpr std::string_view name = "Newton-CG";
    static constexpr bool multiplies_by_curvature = true;

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        if (max_cg_iterations < 1)
            fail("max_cg_iterations is ", max_cg_iterations, ", it must be at least 1");
        detail::check_positive("gradient_tolerance", gradient_tolerance);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("curvature", int(curvature));
        visit("max_cg_iterations", max_cg_iterations);
        visit("gradient_tolerance", gradient_tolerance);
    }

    /// Allocates 7 vectors on construction, and nothing later. A copy continues as the original
    /// does, bit for bit.
    template <Real Scalar>
    class State {
    public:
        State(const NewtonCg&, Index size)
            : gradient_(size),
              trial_(size),
              trial_gradient_(size),
              p_(size),
              residual_(size),
              direction_(size),
              product_(size) {}

        Iterate<Scalar> iterate() const { return iterate_; }

        /// Moves theta one step to a lower value, or to an equal one with a smaller gradient;
        /// returns a reason to stop if it finds none. The first call also evaluates f at theta. A
        /// value that is not finite means that the step is too long. theta is never left at a
        /// higher value.
        ///
        /// Converged also means that the minimum of the model promises no more than rounding hides.
        template <CurvedObjective<Scalar> F>
        std::optional<StopReason> step(const NewtonCg& settings, F&& f, Theta<Scalar> theta) {
            const detail::Rollback undo(iterate_, radius_, forcing_, anew_);
            if (iterate_.evaluations == 0) {
                if (!iterate_.take(iterate_.evaluate(f, theta, gradient_), gradient_))
                    return StopReason::not_finite;
                begin_anew(theta);
            }
            if (detail::is_small(f, gradient_, iterate_, settings.gradient_tolerance))
                return StopReason::converged;
            auto reason = search(settings, f, theta);
            if (reason == StopReason::no_further_progress && !anew_) {
                begin_anew(theta);
                reason = search(settings, f, theta);
            }
            return reason == StopReason::no_further_progress
                       ? detail::without_a_step(f, gradient_, iterate_)
                       : reason;
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("iterate", self.iterate_);
            archive("gradient", self.gradient_);
            archive("radius", self.radius_);
            archive("forcing", self.forcing_);
        }

    private:
        /// The length that steps are compared with.
        static Scalar scale(const Theta<Scalar>& theta) {
            return (std::max)(Scalar(1), detail::length(theta));
        }

        /// Resets radius and forcing term to their values before the first step.
        void begin_anew(const Theta<Scalar>& theta) {
            radius_ = scale(theta);
            forcing_ = static_cast<Scalar>(0.5);
            anew_ = true;
        }

        /// Shortens the radius until a step succeeds. Before the first trial, lengthens it while
        /// rounding hides what the model promises within it.
        template <typename F>
        std::optional<StopReason> search(const NewtonCg& settings, F& f, Theta<Scalar> theta) {
            const Scalar least = Eigen::NumTraits<Scalar>::epsilon() * scale(theta);
            const Scalar rounding = detail::rounding(f, iterate_);
            for (bool tried = false; least < radius_ && is_finite(radius_);) {
                const Scalar fall = minimize_model(settings, f, theta);
                if (!is_finite(fall))
                    return StopReason::not_finite;
                const bool hidden = !(rounding < fall);
                if (hidden && at_boundary_) {
                    if (tried)
                        break;  // a shorter step promises even less
                    radius_ *= Scalar(4);
                    continue;
                }
                if (try_step(f, theta, fall, rounding))
                    return std::nullopt;
                tried = true;
                if (hidden)
                    return StopReason::converged;
            }
            return StopReason::no_further_progress;
        }

        /// Sets p and returns the decrease of the model, -m(p), which is not finite if a product is
        /// not. Everything is divided by the largest entry of g, so that no square overflows.
        template <typename F>
        Scalar minimize_model(const NewtonCg& settings, F& f, const Theta<Scalar>& theta) {
            const Scalar unit = gradient_.cwiseAbs().maxCoeff();
            p_.setZero();
            residual_ = gradient_ / unit;
            direction_ = -residual_;
            Scalar rr = residual_.squaredNorm(), fall(0);
            const Scalar enough = forcing_ * forcing_ * rr;
            at_boundary_ = false;
            for (Index k = 0; k < settings.max_cg_iterations && enough < rr; ++k) {
                f.product(settings.curvature, ConstTheta<Scalar>(theta),
                          ConstTheta<Scalar>(direction_), Theta<Scalar>(product_));
                ++iterate_.products;
                const Scalar dBd = direction_.dot(product_);
                const Scalar longest = length_to_boundary(radius_ / unit);
                at_boundary_ = !(rr < longest * dBd);
                const Scalar length = at_boundary_ ? longest : Scalar(rr / dBd);
                p_ += length * direction_;
                fall += length * (rr - length * dBd / Scalar(2));
                if (at_boundary_)
                    break;
                residual_ += length * product_;
                const Scalar before = std::exchange(rr, Scalar(residual_.squaredNorm()));
                direction_ = rr / before * direction_ - residual_;
            }
            p_ *= unit;
            return unit * (unit * fall);
        }

        /// The tau > 0 with |p + tau direction| = radius. p . direction is never negative, so this
        /// form of the root loses no digits.
        Scalar length_to_boundary(const Scalar& radius) const {
            using std::sqrt;
            const Scalar length = direction_.norm(), share = detail::length(p_) / radius;
            const Scalar along = p_.dot(direction_) / length;
            const Scalar left =
                (std::max)(Scalar(0), Scalar((Scalar(1) - share) * (Scalar(1) + share)));
            const Scalar inside = radius * Scalar(sqrt(left));
            const Scalar diagonal = detail::length(Vector<Scalar, 2>(along, inside));
            return inside / length * (inside / (along + diagonal));
        }

        /// Moves theta by p if that lowers f, and sets the radius of the next model. The rounding
        /// is added to both decreases, so that it does not decide their ratio (Conn, Gould and
        /// Toint 2000, "Trust-region methods", section 17.4.2).
        template <typename F>
        bool try_step(F& f, Theta<Scalar> theta, const Scalar& fall, const Scalar& rounding) {
            trial_ = theta + p_;
            const Value<Scalar> trial = iterate_.evaluate(f, trial_, trial_gradient_);
            const Scalar value = trial.total();
            const Scalar norm = trial_gradient_.cwiseAbs().maxCoeff();
            const bool lower = value < iterate_.value ||
                               (value == iterate_.value && norm < iterate_.gradient_norm);
            if (!lower || !is_finite(value) || !all_finite(trial_gradient_)) {
                radius_ = detail::length(p_) / Scalar(4);
                return false;
            }
            const Scalar ratio = (iterate_.value - value + rounding) / (fall + rounding);
            if (ratio < static_cast<Scalar>(0.25))
                radius_ = detail::length(p_) / Scalar(4);
            else if (static_cast<Scalar>(0.75) < ratio && at_boundary_)
                radius_ = Scalar(2) * radius_;
            // The faster g falls, the more accurately the next model is minimized.
            const Scalar kept = detail::length(trial_gradient_) / detail::length(gradient_);
            forcing_ = (std::min)(static_cast<Scalar>(0.5), static_cast<Scalar>(0.9) * kept * kept);
            anew_ = false;
            theta = trial_;
            std::swap(gradient_, trial_gradient_);
            iterate_.take(trial, gradient_);
            return true;
        }

        Vector<Scalar> gradient_, trial_, trial_gradient_;
        Vector<Scalar> p_, residual_, direction_, product_;
        bool at_boundary_ = false;
        bool anew_ = false;  ///< no step has been taken with this radius and forcing
        Scalar radius_{0};
        Scalar forcing_ = static_cast<Scalar>(0.5);  ///< gradient of the model, relative to g
        Iterate<Scalar> iterate_;
    };
};

}  // namespace twolayer

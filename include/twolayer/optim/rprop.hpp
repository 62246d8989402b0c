// SPDX-License-Identifier: MIT
// The Rprop optimizer.
#pragma once

#include <twolayer/kernels/buffer.hpp>
#include <twolayer/optim/method.hpp>

#include <algorithm>

namespace twolayer {

/// Resilient propagation uses only the signs of the gradient g. Every entry of theta has its own
/// step, which grows while the sign stays the same and shrinks when it turns:
///
///     same sign:     step <- min(increase step, max_step)
///     sign turned:   step <- max(decrease step, min_step)        g <- 0, for this entry
///     theta <- theta - sign(g) step
///
/// Igel and Huesken 2000, "Improving the Rprop learning algorithm", the iRprop- of section 3.
struct Rprop {
    double increase = 1.2;         ///< at least 1
    double decrease = 0.5;         ///< below 1
    double initial_step = 0.0125;  ///< of every entry
    double min_step = 1e-9;
    double max_step = 50;

    static constexpr std::string_view name = "Rprop";

    /// The signs of the gradients of mini-batches turn by chance, and the steps shrink to nothing.
    static constexpr bool full_batch_only = true;

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        if (!(is_finite(increase) && 1 <= increase))
            fail("increase is ", increase, ", it must be at least 1 and finite");
        if (!(is_finite(decrease) && 0 < decrease && decrease < 1))
            fail("decrease is ", decrease, ", it must be above 0 and below 1");
        detail::check_positive("initial_step", initial_step);
        detail::check_positive("min_step", min_step);
        detail::check_positive("max_step", max_step);
        if (max_step < min_step)
            fail("max_step is ", max_step, ", it must be at least min_step, ", min_step);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("increase", increase);
        visit("decrease", decrease);
        visit("initial_step", initial_step);
        visit("min_step", min_step);
        visit("max_step", max_step);
    }

    template <Real Scalar, Index Capacity = Dynamic>
    class State {
    public:
        explicit State(Index size) : steps_(size), last_(size) {}

        void step(const Rprop& settings, Theta<Scalar> theta, ConstTheta<Scalar> gradient) {
            const auto grow = static_cast<Scalar>(settings.increase);
            const auto shrink = static_cast<Scalar>(settings.decrease);
            const auto least = static_cast<Scalar>(settings.min_step);
            const auto most = static_cast<Scalar>(settings.max_step);
            Scalar *const steps = steps_.data(), *const last = last_.data();
            if (!begun_)
                std::fill_n(steps, theta.size(), static_cast<Scalar>(settings.initial_step));
            begun_ = true;
            for (Index i = 0; i < theta.size(); ++i) {
                // Not the sign of a product: that of two small entries would be zero.
                const Scalar g = gradient(i);
                const bool up = Scalar(0) < g, down = g < Scalar(0);
                const bool was_up = Scalar(0) < last[i], was_down = last[i] < Scalar(0);
                last[i] = g;
                if ((up && was_up) || (down && was_down)) {
                    steps[i] = (std::min)(Scalar(grow * steps[i]), most);
                } else if ((up && was_down) || (down && was_up)) {
                    steps[i] = (std::max)(Scalar(shrink * steps[i]), least);
                    last[i] = Scalar(0);
                    continue;
                }
                // Neither up nor down means zero, or NaN, which must not be lost.
                theta(i) -= up ? steps[i] : down ? Scalar(-steps[i]) : g;
            }
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("steps", self.steps_);
            archive("last_gradient", self.last_);
            archive("begun", self.begun_);
        }

    private:
        detail::Buffer<Scalar, Capacity> steps_;
        detail::Buffer<Scalar, Capacity> last_;  ///< the last gradient, zero where it turned
        bool begun_ = false;
    };
};

}  // namespace twolayer

// SPDX-License-Identifier: MIT
// Gradient descent with momentum.
#pragma once

#include <twolayer/kernels/buffer.hpp>
#include <twolayer/optim/method.hpp>

namespace twolayer {

/// Gradient descent, with momentum mu, rate eta and g the gradient:
///
///     v <- mu v - eta g      theta <- theta + v
///     v <- mu v - eta g      theta <- theta + mu v - eta g      with nesterov
///
/// Polyak 1964, "Some methods of speeding up the convergence of iteration methods"; Nesterov 1983,
/// in the form of Sutskever et al. 2013, "On the importance of initialization and momentum in deep
/// learning", equations 3 and 4, with theta the point at which its gradient is taken.
struct GradientDescent {
    double learning_rate = 0.1;
    double momentum = 0;  ///< 0 <= mu < 1
    bool nesterov = false;

    static constexpr std::string_view name = "gradient descent";

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        detail::check_positive("learning_rate", learning_rate);
        detail::check_setting("momentum", momentum, 0, 1);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("learning_rate", learning_rate);
        visit("momentum", momentum);
        visit("nesterov", nesterov);
    }

    template <Real Scalar, Index Capacity = Dynamic>
    class State {
    public:
        explicit State(Index size) : velocity_(size) {}

        void step(const GradientDescent& settings, Theta<Scalar> theta,
                  ConstTheta<Scalar> gradient) {
            const auto eta = static_cast<Scalar>(settings.learning_rate);
            const auto mu = static_cast<Scalar>(settings.momentum);
            Scalar *const v = velocity_.data(), *const t = theta.data();
            const Scalar* const g = gradient.data();
            for (Index i = 0; i < theta.size(); ++i) {
                const Scalar push = eta * g[i];
                v[i] = mu * v[i] - push;
                t[i] += settings.nesterov ? Scalar(mu * v[i] - push) : v[i];
            }
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("velocity", self.velocity_);
        }

    private:
        detail::Buffer<Scalar, Capacity> velocity_;
    };
};

}  // namespace twolayer

// SPDX-License-Identifier: MIT
// The Adam optimizer.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/kernels/buffer.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/optim/method.hpp>

#include <algorithm>
#include <cmath>

namespace twolayer {

/// Adam, with g the gradient and t the step number:
///
///     m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
///     theta <- theta - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Kingma and Ba 2015, "Adam: A method for stochastic optimization", algorithm 1.
struct Adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9;    ///< 0 <= beta1 < 1
    double beta2 = 0.999;  ///< 0 <= beta2 < 1
    double epsilon = 1e-8;

    static constexpr std::string_view name = "Adam";

    /// Throws std::invalid_argument for a setting out of range.
    void validate() const {
        detail::check_positive("learning_rate", learning_rate);
        detail::check_setting("beta1", beta1, 0, 1);
        detail::check_setting("beta2", beta2, 0, 1);
        detail::check_positive("epsilon", epsilon);
    }

    template <typename Visit>
    void for_each_setting(Visit visit) const {
        visit("learning_rate", learning_rate);
        visit("beta1", beta1);
        visit("beta2", beta2);
        visit("epsilon", epsilon);
    }

    template <Real Scalar, Index Capacity = Dynamic>
    class State {
    public:
        explicit State(Index size) : m_(size), v_(size) {}

        void step(const Adam& settings, Theta<Scalar> theta, ConstTheta<Scalar> gradient) {
            beta1_power_ *= settings.beta1;
            beta2_power_ *= settings.beta2;
            const auto b1 = static_cast<Scalar>(settings.beta1);
            const auto b2 = static_cast<Scalar>(settings.beta2);
            const auto eps = static_cast<Scalar>(settings.epsilon);
            const auto eta = static_cast<Scalar>(settings.learning_rate / (1 - beta1_power_));
            const auto scale = static_cast<Scalar>(1 / std::sqrt(1 - beta2_power_));
            // One pass, some entries at a time, so that their square roots are vectorized.
            constexpr auto most = Index(kernels::terms_at_a_time);
            Eigen::Array<Scalar, int(most), 1> root;
            root.setZero();
            for (Index first = 0; first < theta.size(); first += most) {
                const Index count = (std::min)(most, theta.size() - first);
                Scalar *const m = m_.data() + first, *const v = v_.data() + first;
                Scalar* const t = theta.data() + first;
                const Scalar* const g = gradient.data() + first;
                for (Index i = 0; i < count; ++i) {
                    m[i] = b1 * m[i] + (Scalar(1) - b1) * g[i];
                    v[i] = b2 * v[i] + (Scalar(1) - b2) * g[i] * g[i];
                    root(i) = v[i];
                }
                root = root.sqrt();
                for (Index i = 0; i < count; ++i) t[i] -= eta * m[i] / (root(i) * scale + eps);
            }
        }

        template <typename Self, typename Archive>
        static void serialize(Self& self, Archive& archive) {
            archive("m", self.m_);
            archive("v", self.v_);
            archive("beta1_power", self.beta1_power_);
            archive("beta2_power", self.beta2_power_);
        }

    private:
        detail::Buffer<Scalar, Capacity> m_;
        detail::Buffer<Scalar, Capacity> v_;
        double beta1_power_ = 1;
        double beta2_power_ = 1;
    };
};

}  // namespace twolayer

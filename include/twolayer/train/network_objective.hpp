// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/curvature.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/tile_sum.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/second_order/gauss_newton.hpp>
#include <twolayer/second_order/hessian_vector_product.hpp>
#include <twolayer/train/loss_of_mean.hpp>

#include <concepts>
#include <optional>

namespace twolayer::detail {

/// The weighted sums of two losses over the same samples.
template <Real Scalar>
struct LossPair {
    Accumulator<Scalar> loss{0}, target{0};

    friend LossPair operator+(const LossPair& a, const LossPair& b) {
        return {a.loss + b.loss, a.target + b.target};
    }
};

/// What training minimizes, as a function of theta:
///
///     f(theta) = L + decay/2 (|W1|^2 + |W2|^2)
///
/// with its gradient, and its curvature as a matrix or times a vector. Beside L another loss, the
/// target, is kept for the point that was evaluated last. Workspaces are made when they are first
/// needed.
template <typename Loss, typename Target, Network Net>
class NetworkObjective {
    using Scalar = typename Net::Scalar;
    using Output = typename Net::Output;
    using Weights = typename Net::Weights;

public:
    /// Losses, gradients and products are computed by up to so many threads, with the same bits as
    /// by one.
    NetworkObjective(const Net& net, const Samples<Scalar>& samples, double decay, int threads = 1)
        : samples_(samples),
          total_(total_weight(samples.X.rows, samples.weights)),
          decay_(decay),
          net_(net),
          gradient_(net.shape()),
          workspace_(Workspace<Net>::for_one_call(net.shape(), samples.X.rows)) {
        workspace_.use_threads(threads);
    }

    /// Weights of the network's shape.
    const Weights& weights() const { return net_.weights(); }
    const Samples<Scalar>& samples() const { return samples_; }
    const Accumulator<Scalar>& total() const { return total_; }

    /// Free between evaluations.
    Workspace<Net>& workspace() { return workspace_; }

    /// n, the numbers that the loss compares, by their weights:  K sum_n w_n
    double observations() const {
        return static_cast<double>(total_) * double(net_.shape().outputs);
    }

    /// The squared error of the targets' mean.
    double loss_of_mean() const {
        return detail::loss_of_mean(samples_, static_cast<double>(total_));
    }

    double decay() const { return decay_; }
    void set_decay(double decay) { decay_ = decay; }

    /// The target's loss at the point of the last evaluation.
    double target() const { return target_; }
    void set_target(double target) { target_ = target; }

    /// The target's loss at theta.
    double target_at(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return static_cast<double>(mean_loss<Target>(net_, samples_, total_, workspace_));
    }

    /// L over other samples, whose weights add up to `total`.
    double loss_over(const Samples<Scalar>& samples, const Accumulator<Scalar>& total,
                     const Weights& weights) {
        net_.weights() = weights;
        return static_cast<double>(mean_loss<Loss>(net_, samples, total, workspace_));
    }

    Scalar operator()(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return with_penalty(mean_loss<Loss>(net_, samples_, total_, workspace_));
    }

    Scalar operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
        net_.weights().theta() = theta;
        const Scalar L = (*this)(samples_, total_, net_.weights(), gradient_);
        gradient = gradient_.theta();
        return with_penalty(L);
    }

    /// L over some of the samples, the weighted sum divided by `total`; the gradient is that of L
    /// and the penalty.
    Scalar operator()(const Samples<Scalar>& batch, const Accumulator<Scalar>& total,
                      const Weights& weights, Weights& gradient) {
        const auto add = [&](const auto& rows, const auto& tile, const auto& part) {
            add_gradient<Loss, Output>(rows, tile, total, part);
            const auto L = weighted_loss<Loss, Output>(tile);
            if constexpr (std::same_as<Loss, Target>)
                return LossPair<Scalar>{L, L};
            else
                return LossPair<Scalar>{L, weighted_loss<Target, Output>(tile)};
        };
        TileSum sum(weights, batch, workspace_, add, workspace_.threads());
        const LossPair<Scalar> losses = sum(&gradient);
        add_decay(weights, gradient);
        target_ = static_cast<double>(losses.target / total);
        return static_cast<Scalar>(losses.loss / total);
    }

    /// A, P x P, gets the lower triangle of the Gauss-Newton matrix of f.
    Scalar operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient,
                      Matrix<Scalar>& A) requires std::same_as<Loss, SquaredError> {
        if (!gauss_newton_)
            gauss_newton_.emplace(net_.shape());
        net_.weights().theta() = theta;
        const Scalar L = (*gauss_newton_)(net_, samples_, total_, workspace_, gradient_, A);
        add_decay(net_.weights(), gradient_);
        for_decayed([&](Index i) { A(i, i) += static_cast<Scalar>(decay_); });
        gradient = gradient_.theta();
        target_ = static_cast<double>(L);
        return with_penalty(L);
    }

    /// product = (curvature of f at theta) v
    void product(Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
                 Theta<Scalar> product) {
        if (!curvature_) {
            curvature_.emplace(net_.shape()).use_threads(workspace_.threads());
            direction_.emplace(net_.shape());
        }
        net_.weights().theta() = theta;
        direction_->theta() = v;
        if (curvature == Curvature::hessian)
            curvature_product<Curvature::hessian, Loss>(net_, samples_, total_, *direction_,
                                                        *curvature_, gradient_);
        else
            curvature_product<Curvature::gauss_newton, Loss>(net_, samples_, total_, *direction_,
                                                             *curvature_, gradient_);
        product = gradient_.theta();
        for_decayed([&](Index i) { product(i) += static_cast<Scalar>(decay_) * v(i); });
    }

    /// decay/2 (|W1|^2 + |W2|^2)
    double penalty(const Weights& weights) const {
        return decay_ / 2 *
               (static_cast<double>(weights.W1().squaredNorm()) +
                static_cast<double>(weights.W2().squaredNorm()));
    }

    /// Calls use(i) for the place in theta of each weight that is no bias.
    template <typename Use>
    void for_decayed(Use use) const {
        const Weights& w = net_.weights();
        const Index W2 = w.W1().size() + w.b1().size();
        for (Index i = 0; i < w.W1().size(); ++i) use(i);
        for (Index i = 0; i < w.W2().size(); ++i) use(W2 + i);
    }

private:
    Scalar with_penalty(const Scalar& L) const {
        return decay_ == 0 ? L : L + static_cast<Scalar>(penalty(net_.weights()));
    }

    void add_decay(const Weights& weights, Weights& gradient) const {
        if (decay_ == 0)
            return;
        const auto theta = weights.theta();
        auto entries = gradient.theta();
        for_decayed([&](Index i) { entries(i) += static_cast<Scalar>(decay_) * theta(i); });
    }

    Samples<Scalar> samples_;
    Accumulator<Scalar> total_;
    double decay_;
    double target_ = 0;
    Net net_;
    Weights gradient_;
    Workspace<Net> workspace_;
    std::optional<GaussNewtonSum<Net>> gauss_newton_;
    std::optional<CurvatureWorkspace<Net>> curvature_;
    std::optional<Weights> direction_;
};

}  // namespace twolayer::detail

// SPDX-License-Identifier: MIT
// The objective that training minimizes, loss and weight decay, as a function of the weights.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/curvature_workspace.hpp>
#include <twolayer/network/gauss_newton.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/policies/curvature.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>
#include <twolayer/train/run/loss_functions.hpp>
#include <twolayer/train/run/loss_of_mean.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <optional>

namespace twolayer::detail {

/// What training minimizes, as a function of theta:
///
///     f(theta) = L + weight_decay/2 (|W1|^2 + |W2|^2)
///
/// as a Value of both terms, with its gradient, and its curvature as a matrix or times a vector. A
/// second loss, the target, is stored for the point that was evaluated last. Workspaces are created
/// when first needed. `curved`: whether products with the curvature are needed.
template <Network Net, bool curved>
class NetworkObjective {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;

public:
    /// `threads` is the maximum number of threads for losses, gradients and products; the bits do
    /// not depend on it.
    NetworkObjective(const Net& net, const LossFunctions<Net>& functions,
                     const Samples<Scalar>& samples, double weight_decay, int threads = 1)
        : functions_(functions),
          samples_(samples),
          total_(total_weight(samples.X.rows, samples.weights)),
          decay_(weight_decay),
          net_(net),
          gradient_(net.shape()),
          workspace_(Workspace<Net>::for_one_call(net.shape(), samples.X.rows)) {
        workspace_.use_threads(threads);
    }

    /// Weights of the network's shape.
    const Weights& weights() const { return net_.weights(); }
    const Samples<Scalar>& samples() const { return samples_; }
    const Accumulator<Scalar>& total() const { return total_; }

    /// May be used between evaluations.
    Workspace<Net>& workspace() { return workspace_; }

    /// Watches evaluations and products: see Workspace::set_watch().
    void set_watch(const Watch* watch) { workspace_.set_watch(watch); }

    /// Checks the watch, between parts of long work that evaluates nothing.
    void look() const { workspace_.look(); }

    /// n, the weighted number of values that the loss compares:  K sum_n w_n
    double observations() const {
        return static_cast<double>(total_) * double(net_.shape().outputs);
    }

    /// The squared error of the targets' mean.
    double loss_of_mean() const {
        return detail::loss_of_mean(samples_, static_cast<double>(total_));
    }

    double weight_decay() const { return decay_; }
    void set_weight_decay(double weight_decay) { decay_ = weight_decay; }

    /// The target's loss at the point of the last evaluation.
    double target() const { return target_; }
    void set_target(double target) { target_ = target; }

    /// The target's loss at theta.
    double target_at(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return static_cast<double>(functions_.means(net_, samples_, total_, workspace_).target);
    }

    /// Both losses over different samples, whose weights add up to `total`.
    LossPair<Scalar> losses_over(const Samples<Scalar>& samples, const Accumulator<Scalar>& total,
                                 const Weights& weights) {
        net_.weights() = weights;
        return functions_.means(net_, samples, total, workspace_);
    }

    /// A loss in the caller's units: that of the target if targets are standardized.
    double in_units(double loss, double target) const {
        return samples_.Y_scaling.factor != nullptr ? target : loss;
    }

    /// The largest absolute entry of a gradient, in the task's units.
    double size(const Vector<Scalar>& gradient) {
        gradient_.theta() = gradient;
        return units().size(gradient_);
    }

    /// How large this size may be because of rounding alone.
    double rounding_of_size(const Standing<Scalar>& at) {
        return units().rounding_of_size(double(at.loss), 4 * epsilon());
    }

    /// The accuracy of a difference of two losses near `at`, apart from their relative rounding.
    Scalar rounding(const Standing<Scalar>& at) {
        return functions_.squares
                   ? static_cast<Scalar>(units().rounding(double(at.loss), 10 * epsilon()))
                   : Scalar(0);
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return with_penalty(
            static_cast<Scalar>(functions_.means(net_, samples_, total_, workspace_).loss));
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
        net_.weights().theta() = theta;
        const Scalar L = (*this)(samples_, total_, net_.weights(), gradient_);
        gradient = gradient_.theta();
        return with_penalty(L);
    }

    /// L over some of the samples: the weighted sum divided by `total`. The gradient is that of L
    /// and the penalty.
    Scalar operator()(const Samples<Scalar>& batch, const Accumulator<Scalar>& total,
                      const Weights& weights, Weights& gradient) {
        const LossPair<Scalar> losses =
            functions_.gradient(weights, batch, total, workspace_, gradient);
        add_decay(weights, gradient);
        target_ = static_cast<double>(losses.target / total);
        return static_cast<Scalar>(losses.loss / total);
    }

    /// Stores the lower triangle of the Gauss-Newton matrix of f in A, P x P: for the squared
    /// error.
    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) {
        if (!gauss_newton_)
            gauss_newton_.emplace(net_.shape());
        net_.weights().theta() = theta;
        const auto losses = (*gauss_newton_)(net_, samples_, total_, workspace_, gradient_, A);
        add_decay(net_.weights(), gradient_);
        for_decayed([&](Index i) { A(i, i) += static_cast<Scalar>(decay_); });
        gradient = gradient_.theta();
        target_ = static_cast<double>(losses.target);
        return with_penalty(static_cast<Scalar>(losses.loss));
    }

    /// product = (curvature of f at theta) v
    void product(Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
                 Theta<Scalar> product)
    requires curved
    {
        if (!curvature_) {
            curvature_.emplace(net_.shape()).use_threads(workspace_.threads());
            direction_.emplace(net_.shape());
        }
        curvature_->gradient().set_watch(workspace_.watch());
        net_.weights().theta() = theta;
        direction_->theta() = v;
        const auto multiply =
            curvature == Curvature::hessian ? functions_.hessian : functions_.gauss_newton;
        multiply(net_, samples_, total_, *direction_, *curvature_, gradient_);
        product = gradient_.theta();
        for_decayed([&](Index i) { product(i) += static_cast<Scalar>(decay_) * v(i); });
    }

    /// Calls use(i) with the index in theta of each weight that is not a bias.
    template <typename Use>
    void for_decayed(Use use) const {
        const Weights& w = net_.weights();
        const Index W2 = w.W1().size() + w.b1().size();
        for (Index i = 0; i < w.W1().size(); ++i) use(i);
        for (Index i = 0; i < w.W2().size(); ++i) use(W2 + i);
    }

private:
    static double epsilon() { return double(Eigen::NumTraits<Scalar>::epsilon()); }

    /// Computed when first needed.
    const Units& units() {
        if (!units_)
            units_ = Units::of(net_, samples_, workspace_);
        return *units_;
    }

    Value<Scalar> with_penalty(const Scalar& L) const {
        if (decay_ == 0)
            return L;
        const Weights& w = net_.weights();
        return {L, static_cast<Scalar>(decay_ / 2 *
                                       (static_cast<double>(w.W1().squaredNorm()) +
                                        static_cast<double>(w.W2().squaredNorm())))};
    }

    void add_decay(const Weights& weights, Weights& gradient) const {
        if (decay_ == 0)
            return;
        const auto theta = weights.theta();
        auto entries = gradient.theta();
        for_decayed([&](Index i) { entries(i) += static_cast<Scalar>(decay_) * theta(i); });
    }

    LossFunctions<Net> functions_;
    Samples<Scalar> samples_;
    Accumulator<Scalar> total_;
    double decay_;
    double target_ = 0;
    Net net_;
    Weights gradient_;
    Workspace<Net> workspace_;
    std::optional<Units> units_;
    std::optional<GaussNewtonSum<Net>> gauss_newton_;
    std::optional<CurvatureWorkspace<Net>> curvature_;
    std::optional<Weights> direction_;
};

}  // namespace twolayer::detail

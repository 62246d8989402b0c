// SPDX-License-Identifier: MIT
// The objective that training minimizes, loss and weight decay, as a function of the weights.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/gauss_newton.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/loss_pair.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/tile_sum.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/train/run/checked_samples.hpp>
#include <twolayer/train/run/units.hpp>

#include <concepts>
#include <optional>
#include <string_view>

namespace twolayer::detail {

/// The loss that training minimizes, with the one that it monitors, as pointers to functions: all
/// code of training is compiled once for all losses.
template <Network Net>
struct LossFunctions {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Total = Accumulator<Scalar>;

    using Sums = LossPair<Scalar>(const Weights&, const Samples<Scalar>&, const Total&,
                                  TileMemory<Net>&, Weights* gradient);
    using Product = void(const Net&, const Samples<Scalar>&, const Total&, const Weights&,
                         TileMemory<Net>&, CurvatureMemory<Net>&, Weights&);

    std::string_view name;            ///< of the loss
    bool squares;                     ///< whether it is the squared error
    Sums* sums;                       ///< of both losses, with the loss's gradient if not null
    Product* hessian = nullptr;       ///< times a vector, if needed; this and the next
    Product* gauss_newton = nullptr;  ///< as curvature_product()

    template <typename Loss, typename Monitored, bool curved>
    static LossFunctions of() {
        LossFunctions functions{.name = Loss::name,
                                .squares = std::same_as<Loss, SquaredError>,
                                .sums = sums_of<Loss, Monitored>};
        if constexpr (curved) {
            functions.hessian = curvature_product<Curvature::hessian, Loss, Net>;
            functions.gauss_newton = curvature_product<Curvature::gauss_newton, Loss, Net>;
        }
        return functions;
    }

private:
    template <typename Loss, typename Monitored>
    static LossPair<Scalar> sums_of(const Weights& weights, const Samples<Scalar>& samples,
                                    const Total& total, TileMemory<Net>& memory,
                                    Weights* gradient) {
        using Output = typename Net::Output;
        const auto add = [&](const auto& rows, const auto& tile, const auto& part, int) {
            if (gradient != nullptr)
                add_gradient<Loss, Output>(rows, tile, total, part);
            return weighted_losses<Loss, Monitored, Output>(samples, tile);
        };
        return sum_over_tiles(weights, samples, memory, gradient, {.threads = memory.threads()},
                              add);
    }
};

/// What training minimizes, as a function of theta:
///
///     f(theta) = L + weight_decay/2 (|W1|^2 + |W2|^2)
///
/// as a Value of both terms and of the monitored loss, with its gradient, and its curvature as a
/// matrix or times a vector. Workspaces are created when first needed. `curved`: whether products
/// with the curvature are needed.
template <Network Net, bool curved>
class NetworkObjective {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;

public:
    /// `threads` is the maximum number of threads for losses, gradients and products; the bits do
    /// not depend on it.
    NetworkObjective(const Net& net, const LossFunctions<Net>& functions,
                     const CheckedSamples<Scalar>& samples, double weight_decay, int threads = 1)
        : functions_(functions),
          samples_(samples),
          decay_(weight_decay),
          net_(net),
          gradient_(net.shape()),
          workspace_(TileMemory<Net>::for_one_call(net.shape(), samples.X.rows)) {
        workspace_.use_threads(threads);
    }

    const CheckedSamples<Scalar>& samples() const { return samples_; }
    const Accumulator<Scalar>& total() const { return samples_.total; }

    /// May be used between evaluations.
    TileMemory<Net>& workspace() { return workspace_; }

    /// Watches evaluations and products: see TileMemory::set_watch().
    void set_watch(const Watch* watch) { workspace_.set_watch(watch); }

    /// Checks the watch, between parts of long work that evaluates nothing.
    void look() const { workspace_.look(); }

    /// n, the weighted number of values that the loss compares:  K sum_n w_n
    double observations() const {
        return static_cast<double>(total()) * double(net_.shape().outputs);
    }

    /// The squared error of the targets' mean.
    double loss_of_mean() const { return detail::loss_of_mean(samples_); }

    double weight_decay() const { return decay_; }
    void set_weight_decay(double weight_decay) { decay_ = weight_decay; }

    /// Both losses over different samples, whose weights add up to `total`, and the gradient of the
    /// loss and its penalty if it is not null.
    LossPair<Scalar> losses_over(const Samples<Scalar>& samples, const Accumulator<Scalar>& total,
                                 const Weights& weights, Weights* gradient = nullptr) {
        const auto sums = functions_.sums(weights, samples, total, workspace_, gradient);
        if (gradient != nullptr && decay_ != 0) {
            const auto w = weights.theta();
            auto g = gradient->theta();
            for_decayed([&](Index i) { g(i) += static_cast<Scalar>(decay_) * w(i); });
        }
        return sums / total;
    }

    /// A loss in the caller's units: the monitored one if targets are standardized.
    double in_units(double loss, double monitored) const {
        return samples_.Y_scaling.factor != nullptr ? monitored : loss;
    }

    /// The largest absolute entry of a gradient, in the task's units.
    double size(const Vector<Scalar>& gradient) {
        gradient_.theta() = gradient;
        return units().size(gradient_);
    }

    /// How large this size may be because of rounding alone.
    double rounding_of_size(const Iterate<Scalar>& at) {
        return units().rounding_of_size(double(at.loss), 4 * epsilon());
    }

    /// The accuracy of a difference of two losses near `at`, apart from their relative rounding.
    Scalar rounding(const Iterate<Scalar>& at) {
        return functions_.squares
                   ? static_cast<Scalar>(units().rounding(double(at.loss), 10 * epsilon()))
                   : Scalar(0);
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return with_penalty(losses_over(samples_, total(), net_.weights()));
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
        net_.weights().theta() = theta;
        const auto losses = losses_over(samples_, total(), net_.weights(), &gradient_);
        gradient = gradient_.theta();
        return with_penalty(losses);
    }

    /// Stores the lower triangle of the Gauss-Newton matrix of f in A, P x P: for the squared
    /// error.
    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) {
        if (!gauss_newton_)
            gauss_newton_.emplace(net_.shape());
        net_.weights().theta() = theta;
        const auto losses = (*gauss_newton_)(net_, samples_, total(), workspace_, gradient_, A);
        gradient = gradient_.theta();
        if (decay_ != 0)
            for_decayed([&](Index i) {
                gradient(i) += static_cast<Scalar>(decay_) * theta(i);
                A(i, i) += static_cast<Scalar>(decay_);
            });
        return with_penalty(losses);
    }

    /// product = (curvature of f at theta) v
    void product(Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
                 Theta<Scalar> product)
    requires curved
    {
        if (!curvature_) {
            curvature_.emplace(workspace_);
            direction_.emplace(net_.shape());
        }
        net_.weights().theta() = theta;
        direction_->theta() = v;
        const auto multiply =
            curvature == Curvature::hessian ? functions_.hessian : functions_.gauss_newton;
        multiply(net_, samples_, total(), *direction_, workspace_, *curvature_, gradient_);
        product = gradient_.theta();
        for_decayed([&](Index i) { product(i) += static_cast<Scalar>(decay_) * v(i); });
    }

    /// Calls use(i) with the index in theta of each weight that decays: all but the biases.
    template <typename Use>
    void for_decayed(Use use) const {
        const auto& [D, M, K, biases] = net_.shape();
        const Index W2 = D * M + (biases ? M : 0);
        for (Index i = 0; i < D * M; ++i) use(i);
        for (Index i = W2; i < W2 + M * K; ++i) use(i);
    }

private:
    static double epsilon() { return double(Eigen::NumTraits<Scalar>::epsilon()); }

    /// Computed when first needed.
    const Units& units() {
        if (!units_)
            units_ = Units::of(net_, samples_, workspace_);
        return *units_;
    }

    Value<Scalar> with_penalty(const LossPair<Scalar>& losses) const {
        const Weights& w = net_.weights();
        const double squares = decay_ == 0 ? 0
                                           : static_cast<double>(w.W1().squaredNorm()) +
                                                 static_cast<double>(w.W2().squaredNorm());
        return {static_cast<Scalar>(losses.loss), static_cast<Scalar>(decay_ / 2 * squares),
                static_cast<double>(losses.monitored)};
    }

    LossFunctions<Net> functions_;
    CheckedSamples<Scalar> samples_;
    double decay_;
    Net net_;
    Weights gradient_;
    TileMemory<Net> workspace_;
    std::optional<Units> units_;
    std::optional<GaussNewtonSum<Net>> gauss_newton_;
    std::optional<CurvatureMemory<Net>> curvature_;
    std::optional<Weights> direction_;
};

}  // namespace twolayer::detail

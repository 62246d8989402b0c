// SPDX-License-Identifier: MIT
// The objective that training minimizes, loss and weight decay, as a function of the weights.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/forward.hpp>
#include <twolayer/network/gauss_newton.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/loss_pair.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/minimizer.hpp>
#include <twolayer/tiles/tile.hpp>
#include <twolayer/tiles/workspace.hpp>
#include <twolayer/train/run/training_data.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

namespace twolayer::detail {

/// The loss that training minimizes, with the one that it monitors, as pointers to functions: all
/// code of training is compiled once for all losses.
template <Network Net>
struct LossFunctions {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using AddTile = LossPair<Scalar>(const CheckedSamples<Scalar>&, const Tile<Scalar>&,
                                     const PackedWeights<const Scalar>& weights,
                                     const PackedWeights<Scalar>& gradient);
    using Product = void(const Net&, const Samples<Scalar>&, const Accumulator<Scalar>&,
                         const Weights&, TileMemory<Net>&, TileMemory<Net>&, Weights&);

    std::string_view name;                  ///< of the loss
    bool squares, cross_entropy;            ///< whether it is this one
    AddTile* add_tile;                      ///< sums both; adds a gradient unless that is empty
    std::array<Product*, 2> products = {};  ///< with each Curvature, if needed

    /// For training by a method.
    template <typename Loss, typename Monitored, typename Method>
    static LossFunctions of() {
        static_assert(
            std::same_as<Loss, SquaredError> || !requires { Method::squared_error_only; },
            "LevenbergMarquardt and BayesianRegularization minimize the squared error: for "
            "CrossEntropy use NewtonCg");
        LossFunctions functions{Loss::name, std::same_as<Loss, SquaredError>,
                                std::same_as<Loss, CrossEntropy>, add_tile_of<Loss, Monitored>};
        if constexpr (multiplies_by_curvature<Method>)
            functions.products = {curvature_product<Curvature::hessian, Loss, Net>,
                                  curvature_product<Curvature::gauss_newton, Loss, Net>};
        return functions;
    }

private:
    template <typename Loss, typename Monitored>
    static LossPair<Scalar> add_tile_of(const CheckedSamples<Scalar>& samples,
                                        const Tile<Scalar>& tile,
                                        const PackedWeights<const Scalar>& weights,
                                        const PackedWeights<Scalar>& gradient) {
        if (!gradient.entries().empty())
            add_gradient<Loss, typename Net::Output>(weights, tile, samples.total, gradient);
        return weighted_losses<Loss, Monitored, typename Net::Output>(samples, tile);
    }
};

/// What training minimizes, as a function of theta:
///
///     f(theta) = L + weight_decay/2 (|W1|^2 + |W2|^2)
///
/// as a Value of both terms and of the monitored loss, with its gradient, and its curvature as a
/// matrix or times a vector. Magnitudes and workspaces are computed when first needed.
template <Network Net>
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
          gradient_(net.shape(), Unset{}),
          direction_(net.shape(), Unset{}),
          workspace_(TileMemory<Net>::for_one_call(net.shape(), samples.X.rows)) {
        workspace_.use_threads(threads);
    }

    const CheckedSamples<Scalar>& samples() const { return samples_; }

    /// May be used between evaluations. Its watch watches evaluations and products.
    TileMemory<Net>& workspace() { return workspace_; }

    /// Checks the watch, between parts of long work that evaluates nothing.
    void look() const { workspace_.look(); }

    /// n, the weighted number of values that the loss compares:  K sum_n w_n
    double observations() const {
        return static_cast<double>(samples_.total) * double(net_.shape().outputs);
    }

    double weight_decay() const { return decay_; }
    void set_weight_decay(double weight_decay) { decay_ = weight_decay; }

    /// Both losses over different samples, and the gradient of the loss and its penalty if it is
    /// not null.
    LossPair<Scalar> losses_over(const CheckedSamples<Scalar>& samples, const Weights& weights,
                                 Weights* gradient = nullptr) {
        const auto add = [&](const auto& rows, const auto& tile, const auto& part, int) {
            return functions_.add_tile(samples, tile, rows, part);
        };
        const SumOptions options{.threads = workspace_.threads()};
        const auto losses =
            sum_over_tiles(weights, samples, workspace_, gradient, options, add) / samples.total;
        if (gradient != nullptr)
            add_decay(gradient->theta(), weights.theta());
        return losses;
    }

    /// A loss in the caller's units: the monitored one if targets are standardized.
    double in_units(double loss, double monitored) const {
        return samples_.Y_scaling.factor != nullptr ? monitored : loss;
    }

    /// The largest absolute entry of a gradient, with weights and loss in units of their
    /// magnitudes.
    double size(const Vector<Scalar>& gradient) {
        const auto largest = [](const auto& A) {
            return double(A.template lpNorm<Eigen::Infinity>());
        };
        const Magnitudes& unit = magnitudes();
        gradient_.theta() = gradient;
        const Weights& g = gradient_;
        double hidden = largest(g.b1());
        for (Index d = 0; d < unit.inputs.size(); ++d)
            hidden = (std::max)(hidden, largest(g.W1().row(d)) / unit.inputs(d));
        return (std::max)({hidden / unit.targets, largest(g.W2()), largest(g.b2())}) / unit.targets;
    }

    /// How large this size may be because of rounding alone: the gradient is the mean of products
    /// with a residual, whose size is sqrt(2 L).
    double rounding_of_size(const Iterate<Scalar>& at) {
        const Magnitudes& unit = magnitudes();
        return 4 * epsilon * (unit.largest + residual(at)) / unit.targets;
    }

    /// The accuracy of a difference of two losses near `at`, apart from their relative rounding:
    /// that of residuals, whose terms are as large as the targets.
    Scalar rounding(const Iterate<Scalar>& at) {
        if (!functions_.squares)
            return Scalar(0);
        return static_cast<Scalar>(10 * epsilon * magnitudes().largest * residual(at));
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta) {
        net_.weights().theta() = theta;
        return with_penalty(losses_over(samples_, net_.weights()));
    }

    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
        net_.weights().theta() = theta;
        const auto losses = losses_over(samples_, net_.weights(), &gradient_);
        gradient = gradient_.theta();
        return with_penalty(losses);
    }

    /// Stores the lower triangle of the Gauss-Newton matrix of f in A, P x P: for the squared
    /// error.
    Value<Scalar> operator()(ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) {
        if (!gauss_newton_)
            gauss_newton_.emplace(net_.shape());
        net_.weights().theta() = theta;
        const auto losses =
            (*gauss_newton_)(net_, samples_, samples_.total, workspace_, gradient_, A);
        add_decay(gradient_.theta(), theta);
        for_decayed([&](Index i) { A(i, i) += static_cast<Scalar>(decay_); });
        gradient = gradient_.theta();
        return with_penalty(losses);
    }

    /// product = (curvature of f at theta) v, if the functions have products
    void product(Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
                 Theta<Scalar> product) {
        if (!curvature_)
            curvature_.emplace(workspace_.without_sums());
        net_.weights().theta() = theta;
        direction_.theta() = v;
        functions_.products[std::size_t(curvature)](net_, samples_, samples_.total, direction_,
                                                    workspace_, *curvature_, gradient_);
        add_decay(gradient_.theta(), v);
        product = gradient_.theta();
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
    static constexpr double epsilon = double(std::numeric_limits<Scalar>::epsilon());

    static double residual(const Iterate<Scalar>& at) {
        return std::sqrt(2 * (std::max)(double(at.loss), 0.0));
    }

    const Magnitudes& magnitudes() {
        if (!magnitudes_)
            magnitudes_ = Magnitudes::of<typename Net::Output>(samples_, [&] { look(); });
        return *magnitudes_;
    }

    /// derivative += weight_decay v, for the weights that decay
    void add_decay(auto&& derivative, const auto& v) const {
        if (decay_ != 0)
            for_decayed([&](Index i) { derivative(i) += static_cast<Scalar>(decay_) * v(i); });
    }

    Value<Scalar> with_penalty(const LossPair<Scalar>& losses) const {
        const Weights& w = net_.weights();
        const double squares =
            decay_ == 0 ? 0 : double(w.W1().squaredNorm()) + double(w.W2().squaredNorm());
        return {Scalar(losses.loss), Scalar(decay_ / 2 * squares), double(losses.monitored)};
    }

    LossFunctions<Net> functions_;
    CheckedSamples<Scalar> samples_;
    double decay_;
    Net net_;
    Weights gradient_, direction_;
    TileMemory<Net> workspace_;
    std::optional<Magnitudes> magnitudes_;
    std::optional<GaussNewtonSum<Net>> gauss_newton_;
    std::optional<TileMemory<Net>> curvature_;
};

}  // namespace twolayer::detail

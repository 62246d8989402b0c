// SPDX-License-Identifier: MIT
// The functions that training needs from a loss, as pointers.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/loss_pair.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/network/tile_sum.hpp>
#include <twolayer/policies/curvature.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/tiles/workspace.hpp>

#include <concepts>
#include <string_view>

namespace twolayer::detail {

/// What training needs from a loss and from a second loss, the target. These are pointers, so that
/// all training code is compiled once for all losses.
template <Network Net>
struct LossFunctions {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    using Data = Samples<Scalar>;
    using Total = Accumulator<Scalar>;

    using Means = LossPair<Scalar>(const Net&, const Data&, const Total&, Workspace<Net>&);
    using Gradient = LossPair<Scalar>(const Weights&, const Data&, const Total&, Workspace<Net>&,
                                      Weights&);
    using Product = void(const Net&, const Data&, const Total&, const Weights&,
                         CurvatureWorkspace<Net>&, Weights&);

    std::string_view name;            ///< of the loss
    bool squares;                     ///< whether it is the squared error
    Means* means;                     ///< of both losses
    Gradient* gradient;               ///< of the loss, with the sums of both
    Product* hessian = nullptr;       ///< times a vector, if needed; this and the next
    Product* gauss_newton = nullptr;  ///< as curvature_product()

    template <typename Loss, typename Target, bool curved>
    static LossFunctions of() {
        LossFunctions functions{.name = Loss::name,
                                .squares = std::same_as<Loss, SquaredError>,
                                .means = mean_losses<Loss, Target>,
                                .gradient = sums_and_gradient<Loss, Target>};
        if constexpr (curved) {
            functions.hessian = curvature_product<Curvature::hessian, Loss, Net>;
            functions.gauss_newton = curvature_product<Curvature::gauss_newton, Loss, Net>;
        }
        return functions;
    }

private:
    template <typename Loss, typename Target>
    static LossPair<Scalar> mean_losses(const Net& net, const Data& samples, const Total& total,
                                        Workspace<Net>& workspace) {
        const auto add = [&](const auto&, const auto& tile, const auto&) {
            return weighted_losses<Loss, Target, typename Net::Output>(samples, tile);
        };
        TileSum sum(net.weights(), samples, workspace, add, workspace.threads());
        return sum(nullptr) / total;
    }

    template <typename Loss, typename Target>
    static LossPair<Scalar> sums_and_gradient(const Weights& weights, const Data& samples,
                                              const Total& total, Workspace<Net>& workspace,
                                              Weights& gradient) {
        using Output = typename Net::Output;
        const auto add = [&](const auto& rows, const auto& tile, const auto& part) {
            add_gradient<Loss, Output>(rows, tile, total, part);
            return weighted_losses<Loss, Target, Output>(samples, tile);
        };
        TileSum sum(weights, samples, workspace, add, workspace.threads());
        return sum(&gradient);
    }
};

}  // namespace twolayer::detail

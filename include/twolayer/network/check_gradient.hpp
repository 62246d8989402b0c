// SPDX-License-Identifier: MIT
// Checks gradients against central differences of the loss.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/kernels/copy.hpp>
#include <twolayer/kernels/vectors.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/network.hpp>
#include <twolayer/policies/weights.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace twolayer {

/// The result of check_gradient().
template <Real Scalar>
struct GradientCheck {
    /// One weight: its position and both sides of the comparison.
    struct Entry {
        std::string_view layer;  ///< "W1", "b1", "W2" or "b2"
        Index row = 0;
        Index column = 0;
        Scalar closed_form{0};
        Scalar numeric{0};
        Scalar allowed{0};  ///< the difference that rounding and truncation can explain
    };

    Scalar loss{0};
    /// max_i |closed_i - numeric_i| / max(|closed_i|, |numeric_i|, r), r the root mean square of
    /// the gradient
    Scalar largest_relative_error{0};
    /// |closed - numeric| / max(|closed|, |numeric|), Euclidean norms
    Scalar normwise_relative_error{0};
    Entry worst;          ///< the weight that exceeds, or comes closest to, what is allowed
    bool passed = false;  ///< every entry within what is allowed, and the gradient well above it
};

namespace detail {

/// dL/dtheta_i by central differences, D(h) = (L(theta_i + h) - L(theta_i - h)) / 2h, and a bound
/// on its error.
///
/// h = eps^(1/3) max(1, |theta_i|) balances truncation, h^2, and rounding, eps / h. D(2h) - D(h) is
/// three times the truncation error of D(h), which is subtracted (Richardson 1911). The bound is
/// |D(2h) - D(h)| plus the rounding of four losses.
template <typename Loss, Real Scalar>
std::pair<Scalar, Scalar> difference_quotient(const Loss& L, Scalar& theta_i) {
    using std::abs, std::exp, std::log1p;
    const Scalar eps = Eigen::NumTraits<Scalar>::epsilon(), centre = theta_i;
    const Scalar scale = (std::max)(Scalar(1), Scalar(abs(centre)));
    const Scalar h = scale * exp(log1p(eps - Scalar(1)) / Scalar(3));

    Scalar largest_loss(1);
    const auto quotient = [&](const Scalar& step) {
        TWOLAYER_IN_THIS_ORDER
        Scalar above = centre + step, below = centre - step;
        kernels::round_to_type(above);
        kernels::round_to_type(below);
        theta_i = above;
        const Scalar L_above = L();
        theta_i = below;
        const Scalar L_below = L();
        theta_i = centre;
        largest_loss = (std::max)(largest_loss, L_above);
        return Scalar((L_above - L_below) / (above - below));
    };
    const Scalar D_h = quotient(h), gap = quotient(h + h) - D_h;
    return {D_h - gap / Scalar(3), abs(gap) + Scalar(16) * eps * largest_loss / h};
}

}  // namespace detail

/// Compares a gradient, for example one derived by hand, with central differences of the loss. For
/// float the differences are computed in double, so the check is as sharp as the gradient. Throws
/// as mean_loss(), and if the gradient's shape differs from the network's.
///
/// Does not pass if the gradient is about zero, because then agreement proves nothing.
template <Network Net, LossOf<Net> Loss>
GradientCheck<ScalarOf<Net>> check_gradient(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                            Loss, VectorFor<Net> sample_weights,
                                            const WeightsOf<Net>& gradient) {
    using Scalar = ScalarOf<Net>;
    using Wide = Accumulator<Scalar>;
    using std::abs, std::sqrt;
    detail::check_same("gradient", gradient.shape(), net.shape());

    // The same network and samples in the scalar of the differences.
    auto wide = net.template cast<Wide>();
    Matrix<Scalar> X_copy(X.rows, X.cols), Y_copy(Y.rows, Y.cols);
    copy<Scalar>(X, X_copy);
    copy<Scalar>(Y, Y_copy);
    const Matrix<Wide> X_wide = X_copy.template cast<Wide>(), Y_wide = Y_copy.template cast<Wide>();
    Vector<Wide> w_wide(sample_weights.size);
    for (Index n = 0; n < sample_weights.size; ++n) w_wide(n) = Wide(sample_weights(n));
    const auto L = [&] { return mean_loss(wide, X_wide, Y_wide, Loss{}, w_wide); };

    GradientCheck<Scalar> report;
    report.loss = Scalar(L());
    const auto closed = gradient.theta();
    Scalar largest(0);
    for (const Scalar& entry : closed)
        if (is_finite(entry))
            largest = (std::max)(largest, Scalar(abs(entry)));
    const Scalar rounding =
        Scalar(16) * Eigen::NumTraits<Scalar>::epsilon() * (Scalar(1) + abs(report.loss) + largest);

    WeightsOf<Net> numeric(net.shape());
    Scalar squared_uncertainty(0), worst_ratio(-1);
    const auto compare = [&](std::string_view layer, auto theta, auto from, auto to) {
        for (Index j = 0; j < theta.cols(); ++j)
            for (Index i = 0; i < theta.rows(); ++i) {
                const auto [value, uncertainty] = detail::difference_quotient(L, theta(i, j));
                to(i, j) = Scalar(value);
                const Scalar allowed = Scalar(uncertainty) + rounding;
                const Scalar ratio = abs(from(i, j) - to(i, j)) / allowed;
                squared_uncertainty += allowed * allowed;
                // The first entry that is not finite stays the worst.
                if (is_finite(worst_ratio) && !(is_finite(ratio) && ratio < worst_ratio)) {
                    worst_ratio = ratio;
                    report.worst = {layer, i, j, from(i, j), to(i, j), allowed};
                }
            }
    };
    compare("W1", wide.weights().W1(), gradient.W1(), numeric.W1());
    compare("b1", wide.weights().b1(), gradient.b1(), numeric.b1());
    compare("W2", wide.weights().W2(), gradient.W2(), numeric.W2());
    compare("b2", wide.weights().b2(), gradient.b2(), numeric.b2());

    const auto norm = [](const auto& v) { return Scalar(sqrt(Scalar(v.squaredNorm()))); };
    const Scalar size = (std::max)(norm(closed), norm(numeric.theta()));
    if (size == Scalar(0))
        return report;
    const Scalar typical = size / sqrt(Scalar(double(closed.size())));
    for (Index i = 0; i < closed.size(); ++i) {
        const Scalar a = closed(i), b = numeric.theta()(i);
        const Scalar error = abs(a - b) / (std::max)({Scalar(abs(a)), Scalar(abs(b)), typical});
        if (is_finite(report.largest_relative_error) &&
            !(is_finite(error) && error < report.largest_relative_error))
            report.largest_relative_error = error;
    }
    report.normwise_relative_error = norm(closed - numeric.theta()) / size;
    const Scalar meaningful = Scalar(10) * sqrt(squared_uncertainty);
    report.passed = is_finite(worst_ratio) && !(Scalar(1) < worst_ratio) && meaningful < size;
    return report;
}

/// Compares the closed-form gradient of the loss with central differences, to check the derivation.
/// Computes 4 P losses; throws as mean_loss().
template <Network Net, LossOf<Net> Loss = SquaredError>
GradientCheck<ScalarOf<Net>> check_gradient(const Net& net, MatrixFor<Net> X, MatrixFor<Net> Y,
                                            Loss policy = {}, VectorFor<Net> sample_weights = {}) {
    const auto closed = loss_and_gradient(net, X, Y, policy, sample_weights);
    return check_gradient(net, X, Y, policy, sample_weights, closed.gradient);
}

}  // namespace twolayer

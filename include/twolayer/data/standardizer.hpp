// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/finite.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/core/shape.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>

#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

namespace twolayer {

/// Column means and deviations: transform() takes every column to mean zero and deviation one.
///
/// A deviation is sqrt(sum_n w_n (x_n - mean)^2 / sum_n w_n), and one for a constant column, which
/// becomes zero. Sums run over float in double.
template <Real Scalar>
class Standardizer {
public:
    /// Changes nothing: means zero, deviations one. Throws std::invalid_argument for a number of
    /// columns below 1 or too large.
    explicit Standardizer(Index columns)
        : mean_(Row::Zero(checked_width(columns))), deviation_(Row::Ones(columns)) {}

    /// From what mean() and deviation() gave, 1 x D each. Throws std::invalid_argument for other
    /// lengths, for a number that is not finite, and for a deviation that is not positive.
    Standardizer(const VectorArg<Scalar>& mean, const VectorArg<Scalar>& deviation)
        : mean_(checked_width(mean.size)), deviation_(mean.size) {
        if (mean.size != deviation.size)
            fail("there are ", mean.size, " means and ", deviation.size, " deviations");
        for (Index d = 0; d < columns(); ++d) {
            if (!is_finite<Scalar>(mean(d)) || !is_finite<Scalar>(deviation(d)) ||
                !(Scalar(0) < deviation(d)))
                fail("column ", d, " has the mean ", mean(d), " and the deviation ", deviation(d),
                     ", both must be finite, and the deviation positive");
            mean_(d) = mean(d);
            deviation_(d) = deviation(d);
        }
    }

    /// Learns from X, N x D, and sample weights >= 0 (none for all ones); messages call X `name`.
    /// Throws std::invalid_argument for no samples or columns and for an entry that is not finite;
    /// then nothing changes.
    static Standardizer fit(const MatrixArg<Scalar>& X,
                            const VectorArg<Scalar>& sample_weights = {},
                            std::string_view name = "X") {
        const auto total = detail::total_weight<Scalar>(X.rows, sample_weights);
        check_finite(name, X, sample_weights);
        Standardizer result(X.cols);
        for (Index d = 0; d < X.cols; ++d)
            std::tie(result.mean_(d), result.deviation_(d)) =
                moments(X, d, sample_weights, total, name);
        return result;
    }

    Index columns() const { return mean_.size(); }
    const auto& mean() const& { return mean_; }  ///< 1 x D
    auto mean() const&& { return mean_; }
    const auto& deviation() const& { return deviation_; }  ///< 1 x D, all positive
    auto deviation() const&& { return deviation_; }

    /// (X - 1 mean) ./ (1 deviation), N x D. Throws std::invalid_argument for another number of
    /// columns.
    Matrix<Scalar> transform(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return (x - mean_(d)) / deviation_(d); });
    }

    /// X .* (1 deviation) + 1 mean: what transform() came from. Throws as transform().
    Matrix<Scalar> inverse(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return x * deviation_(d) + mean_(d); });
    }

    /// A network with biases that gives for X what `net` gives for transform(X):
    ///
    ///     W1 <- diag(1 / deviation) W1      b1 <- b1 - (mean ./ deviation) W1
    ///
    /// up to rounding of eps (1 + |mean| / deviation) in H. Throws std::invalid_argument where the
    /// network has another number of inputs.
    template <Network Net>
    Net fold_into(const Net& net) const {
        static_assert(std::same_as<typename Net::Scalar, Scalar>,
                      "the network must have the scalar type of the scaling");
        Shape shape = net.shape();
        check_columns(shape.inputs);
        shape.biases = true;
        Net folded(shape);
        const auto& from = net.weights();
        auto& to = folded.weights();
        to.W2() = from.W2();
        if (net.shape().biases) {
            to.b1() = from.b1();
            to.b2() = from.b2();
        }
        for (Index m = 0; m < shape.hidden; ++m) {
            Accumulator<Scalar> shift(0);
            for (Index d = 0; d < shape.inputs; ++d) {
                shift += Accumulator<Scalar>(mean_(d)) / deviation_(d) * from.W1()(d, m);
                to.W1()(d, m) = from.W1()(d, m) / deviation_(d);
            }
            to.b1()(m) = static_cast<Scalar>(to.b1()(m) - shift);
        }
        return folded;
    }

private:
    using Row = Eigen::Matrix<Scalar, 1, Dynamic, Eigen::RowMajor>;

    static Index checked_width(Index columns) {
        if (columns < 1)
            fail("a scaling of ", columns,
                 " columns was requested, expected at least 1: pass a "
                 "matrix with columns, or their number");
        detail::check_size("a scaling", 1, columns);
        return columns;
    }

    /// Mean and deviation of column d. Distances are taken from the first value that counts, so
    /// that a constant is seen exactly, and scaled by the largest of them before they are squared,
    /// so that neither 1e-200 nor 1e200 leaves the range of the type.
    static std::pair<Scalar, Scalar> moments(const MatrixView<const Scalar>& X, Index d,
                                             const VectorView<const Scalar>& weights,
                                             const Accumulator<Scalar>& total,
                                             std::string_view name) {
        using Sum = Accumulator<Scalar>;
        Index start = 0;
        while (!weights.empty() && weights(start) == Scalar(0)) ++start;
        const Sum first(X(start, d));
        const auto for_samples = [&](auto use) {
            for (Index n = start; n < X.rows; ++n)
                if (weights.empty() || Scalar(0) < weights(n))
                    use((weights.empty() ? Sum(1) : Sum(weights(n))) / total, X(n, d) - first);
        };

        Sum mean(0), largest(0), variance(0);
        for_samples([&](const Sum& share, const Sum& distance) {
            const Sum size = distance < Sum(0) ? Sum(-distance) : distance;
            largest = largest < size ? size : largest;
            mean += share * distance;
        });
        if (largest == Sum(0))
            return {X(start, d), Scalar(1)};
        for_samples([&](const Sum& share, const Sum& distance) {
            const Sum scaled = (distance - mean) / largest;
            variance += share * scaled * scaled;
        });
        using std::sqrt;
        const Scalar centre = static_cast<Scalar>(first + mean);
        const Scalar deviation = static_cast<Scalar>(largest * Sum(sqrt(variance)));
        if (!is_finite(centre) || !is_finite(deviation))
            fail("column ", d, " of ", name, " spreads too far for its scalar type");
        // What differs by rounding alone is a constant.
        const Scalar size = centre < Scalar(0) ? Scalar(-centre) : centre;
        const Scalar rounding = Scalar(4) * Eigen::NumTraits<Scalar>::epsilon() * size;
        return {centre, rounding < deviation ? deviation : Scalar(1)};
    }

    template <typename Function>
    Matrix<Scalar> map(const MatrixView<const Scalar>& X, Function f) const {
        check_columns(X.cols);
        Matrix<Scalar> result(X.rows, X.cols);
        for (Index d = 0; d < X.cols; ++d)
            for (Index n = 0; n < X.rows; ++n) result(n, d) = f(X(n, d), d);
        return result;
    }

    void check_columns(Index given) const {
        if (given != columns())
            fail("there are ", given, " columns, the scaling was learnt from ", columns());
    }

    Row mean_;
    Row deviation_;
};

}  // namespace twolayer

// SPDX-License-Identifier: MIT
// Means and deviations of columns, and scaling to mean zero and deviation one, and back.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer {

namespace detail {

/// Adds the warning "columns 0, 2 of X: text", with the first ten columns by number; none if there
/// are no columns.
inline void warn_of_columns(std::vector<std::string>& warnings, std::string_view name,
                            const std::vector<Index>& columns, const char* text) {
    if (columns.empty())
        return;
    std::string numbers;
    for (std::size_t i = 0; i < columns.size() && i < 10; ++i)
        numbers += message(i > 0 ? ", " : "", columns[i]);
    if (columns.size() > 10)
        numbers += message(" and ", columns.size() - 10, " more");
    warnings.push_back(
        message(columns.size() > 1 ? "columns " : "column ", numbers, " of ", name, text));
}

/// Calls use(d, mean, deviation, constant) for each column d. Columns whose values differ only by
/// rounding are constant. Throws as total_weight(), and for a column that spreads too far.
///
/// Distances are measured from the first value that counts, so that a constant is detected exactly.
/// They are divided by the largest before they are squared, so that neither 1e-200 nor 1e200 leaves
/// the range of the type. Several columns are processed at a time, since they share the cache lines
/// of a row.
template <Real Scalar, typename Use>
void column_moments(std::string_view name, const MatrixView<const Scalar>& X,
                    const VectorView<const Scalar>& weights, Use use) {
    using Sum = Accumulator<Scalar>;
    using std::sqrt;
    struct Column {
        Sum first, mean, largest, variance;
    };
    std::array<Column, 8> several;
    const Sum total = total_weight<Scalar>(X.rows, weights);
    Index start = 0;
    while (weight_of(weights, start) == Scalar(0)) ++start;
    for (Index begin = 0; begin < X.cols; begin += std::ssize(several)) {
        const auto count = (std::min)(several.size(), std::size_t(X.cols - begin));
        const std::span<Column> columns(several.data(), count);
        for (std::size_t j = 0; j < count; ++j)
            columns[j] = {Sum(X(start, begin + Index(j))), Sum(0), Sum(0), Sum(0)};
        const auto for_samples = [&](auto add) {
            for (Index n = start; n < X.rows; ++n) {
                const Scalar weight = weight_of(weights, n);
                if (!(Scalar(0) < weight))
                    continue;
                const Sum fraction = Sum(weight) / total;
                for (std::size_t j = 0; j < count; ++j)
                    add(columns[j], fraction, X(n, begin + Index(j)) - columns[j].first);
            }
        };
        for_samples([](Column& c, const Sum& fraction, const Sum& distance) {
            const Sum size = distance < Sum(0) ? Sum(-distance) : distance;
            c.largest = c.largest < size ? size : c.largest;
            c.mean += fraction * distance;
        });
        for_samples([](Column& c, const Sum& fraction, const Sum& distance) {
            if (c.largest == Sum(0))
                return;
            const Sum scaled = (distance - c.mean) / c.largest;
            c.variance += fraction * scaled * scaled;
        });
        for (std::size_t j = 0; j < count; ++j) {
            const auto& [first, mean, largest, variance] = columns[j];
            const Scalar center = static_cast<Scalar>(first + mean);
            const Scalar deviation = static_cast<Scalar>(largest * Sum(sqrt(variance)));
            const Index d = begin + Index(j);
            if (!is_finite(center) || !is_finite(deviation))
                fail("column ", d, " of ", name, " spreads too far for its scalar type");
            const Scalar size = center < Scalar(0) ? Scalar(-center) : center;
            const Scalar rounding = Scalar(4) * Eigen::NumTraits<Scalar>::epsilon() * size;
            use(d, center, deviation, !(rounding < deviation));
        }
    }
}

}  // namespace detail

/// Column means and deviations: transform() scales every column to mean zero and deviation one.
///
/// A deviation is sqrt(sum_n w_n (x_n - mean)^2 / sum_n w_n), or one for a constant column, which
/// becomes zero. Sums over float are computed in double.
template <Real Scalar>
class Standardizer {
public:
    /// Changes nothing: means zero, deviations one. Throws std::invalid_argument for a number of
    /// columns below 1 or too large.
    explicit Standardizer(Index columns)
        : mean_(Row::Zero(checked_width(columns))), deviation_(Row::Ones(columns)) {}

    /// From what mean() and deviation() returned, 1 x D each. Throws std::invalid_argument for
    /// different lengths, for a number that is not finite, and for a deviation that is not
    /// positive.
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
        detail::total_weight<Scalar>(X.rows, sample_weights);
        check_finite(name, X, sample_weights);
        Standardizer result(X.cols);
        detail::column_moments<Scalar>(
            name, X, sample_weights,
            [&](Index d, const Scalar& mean, const Scalar& deviation, bool constant) {
                result.mean_(d) = mean;
                result.deviation_(d) = constant ? Scalar(1) : deviation;
            });
        return result;
    }

    Index columns() const { return mean_.size(); }
    const auto& mean() const& { return mean_; }  ///< 1 x D
    auto mean() const&& { return mean_; }
    const auto& deviation() const& { return deviation_; }  ///< 1 x D, all positive
    auto deviation() const&& { return deviation_; }

    /// (X - 1 mean) ./ (1 deviation), N x D. Throws std::invalid_argument for a wrong number of
    /// columns.
    Matrix<Scalar> transform(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return (x - mean_(d)) / deviation_(d); });
    }

    /// X .* (1 deviation) + 1 mean: the inverse of transform(). Throws as transform().
    Matrix<Scalar> inverse(const MatrixArg<Scalar>& X) const {
        return map(X, [this](const Scalar& x, Index d) { return x * deviation_(d) + mean_(d); });
    }

    /// A network with biases that returns for X what `net` returns for transform(X):
    ///
    ///     W1 <- diag(1 / deviation) W1      b1 <- b1 - (mean ./ deviation) W1
    ///
    /// up to rounding of eps (1 + |mean| / deviation) in H. Training that continues from such
    /// weights in raw units is slow if the units are far from one: train before folding, or with
    /// FitOptions::standardize. Throws std::invalid_argument if the network has a different number
    /// of inputs.
    template <typename Net>
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
                 " columns was requested, expected at least 1: pass a matrix with columns, or "
                 "their number");
        detail::check_size("a scaling", 1, columns);
        return columns;
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

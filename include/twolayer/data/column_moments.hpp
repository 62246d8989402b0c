// SPDX-License-Identifier: MIT
// Means and deviations of the columns of a matrix, and warnings about some of them.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/base/view.hpp>
#include <twolayer/policies/samples.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twolayer::detail {

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
                const Sum share = Sum(weight) / total;
                for (std::size_t j = 0; j < count; ++j)
                    add(columns[j], share, X(n, begin + Index(j)) - columns[j].first);
            }
        };
        for_samples([](Column& c, const Sum& share, const Sum& distance) {
            const Sum size = distance < Sum(0) ? Sum(-distance) : distance;
            c.largest = c.largest < size ? size : c.largest;
            c.mean += share * distance;
        });
        for_samples([](Column& c, const Sum& share, const Sum& distance) {
            if (c.largest == Sum(0))
                return;
            const Sum scaled = (distance - c.mean) / c.largest;
            c.variance += share * scaled * scaled;
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

}  // namespace twolayer::detail

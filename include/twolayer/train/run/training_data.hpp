// SPDX-License-Identifier: MIT
// The training and validation samples of a fit: checked, split and weighed.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/policies/shape.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/run/units.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>
#include <vector>

namespace twolayer::detail {

/// Samples that were checked, with what the check found. A row of weight zero counts as removed.
template <std::floating_point Scalar>
struct CheckedSamples : Samples<Scalar> {
    Accumulator<Scalar> total{0};           ///< of the weights
    Index counted = 0;                      ///< rows with a positive weight
    bool classes = true;                    ///< whether every target of these rows is 0 or 1
    std::optional<Index> sum_not_one = {};  ///< the first row of Y whose sum is not one
};

/// Throws std::invalid_argument for samples that cannot be used to train or validate a network: as
/// checked_total_weight(), for an entry that is not finite, and for a target that the output cannot
/// reach, outside [0, 1] for Sigmoid and Softmax.
template <typename Output, std::floating_point Scalar>
CheckedSamples<Scalar> check_samples(const Shape& shape, const Samples<Scalar>& given,
                                     const SampleNames& names = {}) {
    const Scalar slack = std::sqrt(Eigen::NumTraits<Scalar>::epsilon());
    CheckedSamples<Scalar> samples{given};
    samples.total = checked_total_weight(shape, given, names);
    const auto &X = given.X, &Y = given.Y;
    const auto require_finite = [&](std::string_view name, const Scalar& value, Index n,
                                    Index column) {
        if (!is_finite(value))
            fail(names.prefix, name, " is ", value, " in row ", n, ", column ", column,
                 ", every entry must be finite");
    };
    for (Index n = 0; n < X.rows; ++n) {
        if (samples.weight(n) == Scalar(0))
            continue;
        ++samples.counted;
        for (Index d = 0; d < X.cols; ++d) require_finite("X", X(n, d), n, d);
        Scalar sum(0);
        for (Index k = 0; k < Y.cols; ++k) {
            const Scalar& y = Y(n, k);
            require_finite("Y", y, n, k);
            if (!std::same_as<Output, Identity> && !(0 <= y && y <= 1))
                fail(names.prefix, "Y is ", y, " in row ", n, ", column ", k,
                     ", this output only takes values from 0 to 1");
            samples.classes = samples.classes && (y == Scalar(0) || y == Scalar(1));
            sum += y;
        }
        if (!samples.sum_not_one && !(std::abs(sum - 1) <= slack))
            samples.sum_not_one = n;
    }
    return samples;
}

/// For the cross-entropy of a Softmax: throws std::invalid_argument unless the sum of every row of
/// targets is one.
template <typename Output, std::floating_point Scalar>
void check_sums(bool cross_entropy, const CheckedSamples<Scalar>& samples,
                const SampleNames& names = {}) {
    if (!std::same_as<Output, Softmax> || !cross_entropy || !samples.sum_not_one)
        return;
    Scalar sum(0);
    for (Index k = 0; k < samples.Y.cols; ++k) sum += samples.Y(*samples.sum_not_one, k);
    fail("row ", *samples.sum_not_one, " of ", names.prefix, "Y has the sum ", sum,
         ", the probabilities of the classes have the sum 1");
}

/// The squared error of the best constants, half the variance of the targets. A network has to be
/// better.
template <std::floating_point Scalar>
double loss_of_mean(const CheckedSamples<Scalar>& samples) {
    const auto total = static_cast<double>(samples.total);
    const auto mean = [&](auto value) {
        double sum = 0;
        for (Index n = 0; n < samples.Y.rows; ++n)
            if (const auto w = static_cast<double>(samples.weight(n)); w > 0)
                sum += w * value(n);
        return sum / total;
    };
    double variance = 0;
    for (Index k = 0; k < samples.Y.cols; ++k) {
        const auto y = [&](Index n) { return entry(samples.Y, samples.Y_scaling, n, k); };
        const double center = mean(y);
        variance += mean([&](Index n) { return (y(n) - center) * (y(n) - center); });
    }
    return variance / 2;
}

/// Multiplies each of the N weights by the factor of its sample's class, class_of(n), which is
/// below `classes`. If `balanced`, the factors give every class the same total weight. Throws
/// std::invalid_argument for a wrong number of factors and if no weight is left.
template <typename Weights, typename ClassOf>
void weigh_classes(Weights& weights, std::vector<double> factors, bool balanced, Index classes,
                   ClassOf class_of) {
    using Weight = typename Weights::value_type;
    if (balanced) {
        std::vector<double> totals(static_cast<std::size_t>(classes), 0);
        for (Index n = 0; n < std::ssize(weights); ++n)
            totals[static_cast<std::size_t>(class_of(n))] += double(weights[std::size_t(n)]);
        for (const double total : totals) factors.push_back(total > 0 ? 1 / total : 0);
    }
    if (std::ssize(factors) != classes)
        fail("there are ", factors.size(), " class_weights for ", classes, " classes");
    Weight sum(0);
    for (Index n = 0; n < std::ssize(weights); ++n)
        sum += weights[std::size_t(n)] *= Weight(factors[static_cast<std::size_t>(class_of(n))]);
    if (!(Weight(0) < sum))
        fail("class_weights leave no sample to train on");
}

/// The training and validation samples: the same rows with different sample weights, since a row of
/// weight zero counts as removed.
template <std::floating_point Scalar>
class TrainingData {
public:
    /// `validation` has no rows if the caller gave no validation data. Throws std::invalid_argument
    /// for options that do not match the samples.
    TrainingData(const CheckedSamples<Scalar>& given, const CheckedSamples<Scalar>& validation,
                 const FitOptions& options)
        : training_(given), validation_(validation) {
        const bool by_class = !options.class_weights.empty() || options.balanced;
        if (!by_class && options.validation_fraction == 0)
            return;
        if (by_class && !given.classes)
            fail(options.balanced ? "balanced" : "class_weights",
                 " is for classes, whose targets are 0 and 1");
        for (Index n = 0; n < given.X.rows; ++n) weights_.push_back(given.weight(n));
        if (options.validation_fraction > 0) {
            if (validation.X.rows > 0)
                fail("validation_fraction is ", options.validation_fraction,
                     ", but there are validation data as well: give one of the two");
            hold_out(options, given.classes);
            validation_ = weighted(given, validation_weights_);
        }
        if (by_class)
            weigh_classes(weights_, options.class_weights, options.balanced,
                          given.Y.cols == 1 ? 2 : given.Y.cols,
                          [&](Index n) { return class_of(given.Y, n); });
        training_ = weighted(given, weights_);
    }

    /// From now on all rows are in these units.
    void work_in(const FitUnits<Scalar>& units) {
        units_ = units;
        if (!units_.standardized())
            return;
        units_.scale(training_);
        units_.scale(validation_);
    }

    const FitUnits<Scalar>& units() const { return units_; }
    const CheckedSamples<Scalar>& training() const { return training_; }
    const CheckedSamples<Scalar>& validation() const { return validation_; }
    bool validated() const { return validation_.X.rows > 0; }

private:
    /// The same rows with other weights, at least one of them positive.
    static CheckedSamples<Scalar> weighted(CheckedSamples<Scalar> samples,
                                           const std::vector<Scalar>& weights) {
        samples.weights = {weights.data(), Index(weights.size()), 1};
        samples.total = total_weight(samples.X.rows, samples.weights);
        samples.counted =
            Index(std::ranges::count_if(weights, [](Scalar w) { return Scalar(0) < w; }));
        return samples;
    }

    /// Moves a fraction of the rows that count from training to validation, by their weights. The
    /// seed draws them, class by class if there are classes.
    void hold_out(const FitOptions& options, bool classes) {
        std::vector<Index> rows, labels;
        for (Index n = 0; n < std::ssize(weights_); ++n)
            if (weights_[std::size_t(n)] > Scalar(0)) {
                rows.push_back(n);
                labels.push_back(classes ? class_of(training_.Y, n) : 0);
            }
        const Index held_out = fraction_of(std::ssize(rows), options.validation_fraction);
        if (held_out < 1 || held_out >= std::ssize(rows))
            fail("validation_fraction is ", options.validation_fraction, " of ", rows.size(),
                 " samples, which leaves nothing on one side");
        validation_weights_.assign(weights_.size(), Scalar(0));
        const Split split = train_test_split(labels, options.validation_fraction, options.seed);
        for (const Index i : split.test) {
            const auto row = std::size_t(rows[std::size_t(i)]);
            std::swap(weights_[row], validation_weights_[row]);
        }
    }

    CheckedSamples<Scalar> training_, validation_;
    std::vector<Scalar> weights_, validation_weights_;
    FitUnits<Scalar> units_;
};

}  // namespace twolayer::detail

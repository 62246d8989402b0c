// SPDX-License-Identifier: MIT
// The training and validation samples of a fit.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/class_weights.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/policies/samples.hpp>
#include <twolayer/train/fit_options.hpp>
#include <twolayer/train/run/checked_samples.hpp>
#include <twolayer/train/run/fit_units.hpp>

#include <algorithm>
#include <concepts>
#include <vector>

namespace twolayer::detail {

/// The class of a row of targets: its largest entry, the first if several are equal; for a single
/// target, 1 if it is above 1/2.
template <Real Scalar>
Index class_of(const MatrixView<const Scalar>& Y, Index n) {
    if (Y.cols == 1)
        return Scalar(0.5) < Y(n, 0) ? 1 : 0;
    Index best = 0;
    for (Index k = 1; k < Y.cols; ++k)
        if (Y(n, best) < Y(n, k))
            best = k;
    return best;
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
    /// The same rows with other weights, of which at least one is positive.
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

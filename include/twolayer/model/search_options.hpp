// SPDX-License-Identifier: MIT
// The options of fit_classifier() and fit_regressor(), and when their search ends.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/standard_library.hpp>
#include <twolayer/base/stopwatch.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/metric_arguments.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace twolayer {

namespace detail {

/// The group of each row, from labels of any type.
struct GroupsArg {
    std::vector<ClassIndex> numbers;

    GroupsArg() = default;

    template <Labels Range>
    requires(!Text<Range>)
    GroupsArg(const Range& groups) : numbers(number_labels(groups).indexes) {}
};

}  // namespace detail

/// The argument of the callback, after each fold of a trial and each epoch of the last training.
struct SearchProgress {
    Index trial;   ///< 1, 2, ...; 0 in the last training, on all samples
    Index hidden;  ///< M
    double weight_decay;
    Index step;   ///< the folds of the trial so far, or the epochs of the last training
    Index steps;  ///< at most
    double loss;  ///< the mean over these folds, or the training loss
};

/// How fit_classifier() and fit_regressor() search; every option may be left out.
struct ModelSearchOptions {
    std::uint64_t seed = 1;  ///< of the folds and of all first weights
    /// The folds for comparing sizes and decays. If left out: 5, or one for each sample or group if
    /// fewer.
    std::optional<Index> folds = {};
    int threads = 1;  ///< maximum number; the result does not depend on it
    /// One for each sample, at least 0; all ones if empty. They weigh the training and the
    /// comparison; a row of weight zero counts as removed.
    detail::SampleWeights sample_weights = {};
    /// Of a classifier: factors on the sample weights, one for each class in ascending order of the
    /// labels.
    std::vector<double> class_weights = {};
    bool balanced = false;  ///< class weights that give every class the same total weight
    /// The group of each sample, such as the patient: a label of any type. All samples of a group
    /// lie in the same fold, or on the same side of validation_rows.
    detail::GroupsArg groups = {};
    /// The samples to compare sizes and decays on, instead of folds: rows of X, such as the last in
    /// time. The last training is on all samples, these included.
    std::vector<Index> validation_rows = {};
    /// Time limit in seconds of wall-clock time. The search takes at most 0.6 of it. If it ends
    /// early, the last training starts from the weights of the best trial so far.
    double time_limit = unbounded;
    /// Returns false to end the search and the training. The model is then the best so far.
    std::function<bool(const SearchProgress&)> callback = {};
    detail::StopToken stop = {};  ///< ends the search and the training as the callback does

    /// Throws std::invalid_argument for an option that is out of range or does not fit the number
    /// of samples.
    void validate(Index samples) const {
        kernels::check_threads(threads);
        if (samples < 2)
            fail("the number of samples is ", samples,
                 ", expected at least 2: one to train on and one to test on");
        if (is_nan(time_limit) || !(0 < time_limit))
            fail("time_limit is ", time_limit, ", it must be positive, in seconds");
        if (const Index given = std::ssize(groups.numbers); given != 0 && given != samples)
            fail("there are ", given, " groups for ", samples,
                 " samples, expected one for each: pass a label for each row");
        if (folds && !validation_rows.empty())
            fail("folds is ", *folds, ", but there are validation_rows as well: give one of them");
        for (const Index row : validation_rows)
            if (row < 0 || row >= samples)
                fail("validation_rows holds ", row, ", X has the rows 0 to ", samples - 1);
    }
};

namespace detail {

/// Reports the progress of a search and ends it early.
class SearchControl {
public:
    explicit SearchControl(const ModelSearchOptions& options) : options_(options) {}

    double seconds() const { return watch_.seconds(); }

    /// Whether the search has to end.
    bool over() const { return cancelled() || seconds() >= search_limit(); }

    /// The options of a training that ends with the search, or of the last one.
    FitOptions fit_options(double weight_decay, bool last) const {
        const double limit = last ? options_.time_limit : search_limit();
        return {.time_limit = (std::max)(limit - seconds(), (std::numeric_limits<double>::min)()),
                .seed = options_.seed,
                .weight_decay = weight_decay,
                .stop = options_.stop};
    }

    /// Calls the callback; returns false if it ended the search.
    bool report(const SearchProgress& progress) {
        cancelled_ = cancelled_ || (options_.callback && !options_.callback(progress));
        return !cancelled_;
    }

    const ModelSearchOptions& options() const { return options_; }

private:
    bool cancelled() const { return cancelled_ || options_.stop.stop_requested(); }
    double search_limit() const { return 0.6 * options_.time_limit; }

    const ModelSearchOptions& options_;
    Stopwatch watch_;
    bool cancelled_ = false;
};

}  // namespace detail

}  // namespace twolayer

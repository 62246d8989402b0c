// SPDX-License-Identifier: MIT
// Compares sizes and decays of a network by their losses on held-out folds.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/train/fit_automatic.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Trains a network by the method that fit() chooses for the loss, in the units of X and Y.
template <typename Loss, Network Net>
FitReport fit_scaled(Net& net, const Samples<typename Net::Scalar>& samples, double weight_decay,
                     std::uint64_t seed, double gradient_tolerance, FitOptions options) {
    options.seed = seed;
    options.weight_decay = weight_decay;
    return fit_by_choice<Loss, Loss>(net, check_samples<typename Net::Output>(net.shape(), samples),
                                     options, {}, gradient_tolerance);
}

/// Sizes and decays that race over folds: each is trained on all rows but a fold's and tested on
/// the fold, one fold after the other, until it has clearly lost against the best so far.
template <Network Net, typename Loss>
class FoldRace {
    using Scalar = typename Net::Scalar;
    using Rows = Matrix<Scalar>;

public:
    /// Above this many bytes folds do not copy their rows, but give all others the weight zero.
    static constexpr double max_copied_bytes = 64 << 20;

    /// X and Y, scaled, are those of all samples that the splits refer to.
    FoldRace(Rows X, Rows Y, const std::vector<Split>& splits, std::uint64_t seed, int threads,
             double max_bytes = max_copied_bytes)
        : X_(std::move(X)), Y_(std::move(Y)), seed_(seed), threads_(threads) {
        const bool copies = double(X_.size() + Y_.size()) * sizeof(Scalar) <= max_bytes;
        for (const Split& split : splits) {
            held_out_ += double(split.test.size());
            folds_.push_back({side(split.train, copies), side(split.test, copies)});
        }
    }

    /// The mean loss over all held-out samples. Once the first folds show that it will not come
    /// near `lowest`, that of the best so far, it is estimated from them.
    double loss(Index hidden, double weight_decay, double lowest) {
        // A few rows say nothing about a trial, but if it loses on this many, it can stop.
        constexpr Index enough_rows = 30;
        // Results are used in the order of the folds, so the number of threads affects only how
        // many folds are trained in vain.
        const auto at_once = kernels::parallel ? std::size_t(threads_) : 1;
        std::vector<double> losses(folds_.size());
        double sum = 0, best_sum = 0;
        Index tested = 0;
        for (std::size_t f = 0; f < folds_.size(); ++f) {
            if (f % at_once == 0)
                kernels::for_each_part(
                    Index((std::min)(at_once, folds_.size() - f)), threads_, [&](Index i, int) {
                        const std::size_t next = f + std::size_t(i);
                        losses[next] = fold_loss(folds_[next], hidden, weight_decay);
                    });
            sum += losses[f];
            if (f < best_losses_.size()) {
                best_sum += best_losses_[f];
                tested += folds_[f].test.count;
                if (tested >= enough_rows && sum > 1.15 * best_sum)
                    return sum / best_sum * lowest;
            }
        }
        if (sum < lowest)
            best_losses_ = losses;
        return sum;
    }

private:
    /// The rows of one side of a split: copies, or weights of one for them and of zero for others.
    struct Side {
        Index count;
        Rows X, Y;
        std::vector<Scalar> weights;
    };

    struct Fold {
        Side train, test;
    };

    Side side(const std::vector<Index>& rows, bool copies) const {
        if (copies)
            return {Index(rows.size()), select_rows(X_, rows), select_rows(Y_, rows), {}};
        Side side{Index(rows.size()), {}, {}, std::vector<Scalar>(std::size_t(X_.rows()))};
        for (const Index row : rows) side.weights[std::size_t(row)] = Scalar(1);
        return side;
    }

    Samples<Scalar> samples(const Side& side) const {
        if (side.weights.empty())
            return {side.X, side.Y, {}};
        return {X_, Y_, {side.weights.data(), X_.rows(), 1}};
    }

    /// The share of a fold in the loss.
    double fold_loss(const Fold& fold, Index hidden, double weight_decay) const {
        Net net({.inputs = X_.cols(), .hidden = hidden, .outputs = Y_.cols()});
        fit_scaled<Loss>(net, samples(fold.train), weight_decay, seed_, 1e-3, {.epochs = 100});
        const Samples<Scalar> test = samples(fold.test);
        return double(mean_loss(net, test.X, test.Y, Loss{}, test.weights)) *
               double(fold.test.count) / held_out_;
    }

    Rows X_, Y_;
    std::uint64_t seed_;
    int threads_;
    std::vector<Fold> folds_;
    double held_out_ = 0;  ///< samples, in all folds
    std::vector<double> best_losses_;
};

}  // namespace twolayer::detail

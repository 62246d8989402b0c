// SPDX-License-Identifier: MIT
// Compares sizes and decays of a network by their losses on held-out folds.
#pragma once

#include <twolayer/base/types.hpp>
#include <twolayer/data/split.hpp>
#include <twolayer/kernels/parallel.hpp>
#include <twolayer/model/search_options.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/train/fit_automatic.hpp>
#include <twolayer/train/run/training_data.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Trains a network by the method that fit() chooses for the loss, in the units of X and Y.
template <typename Loss, Network Net>
FitReport fit_scaled(Net& net, const Samples<typename Net::Scalar>& samples, double weight_decay,
                     std::uint64_t seed, std::optional<double> gradient_tolerance,
                     FitOptions options) {
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

public:
    /// Above this many bytes folds do not copy their rows, but give all others the weight zero.
    static constexpr double max_copied_bytes = 64 << 20;

    /// X, Y and the sample weights (none for all ones) of all samples that the splits refer to,
    /// scaled.
    FoldRace(Matrix<Scalar> X, Matrix<Scalar> Y, std::vector<Scalar> weights,
             const std::vector<Split>& splits, SearchControl& control,
             double max_bytes = max_copied_bytes)
        : all_{Index(X.rows()), std::move(X), std::move(Y), std::move(weights)}, control_(control) {
        const bool copies = double(all_.X.size() + all_.Y.size()) * sizeof(Scalar) <= max_bytes;
        for (const Split& split : splits)
            folds_.push_back({side(split.train, copies), side(split.test, copies)});
        for (const Fold& fold : folds_) held_out_ += fold.test.total();
    }

    /// The mean loss over all held-out samples; none if the search ends before. Once the first
    /// folds show that it will not come near `lowest`, that of the best so far, it is estimated
    /// from them.
    std::optional<double> loss(Index hidden, double weight_decay, double lowest) {
        // A few rows say nothing about a trial, but if it loses on this many, it can stop.
        constexpr Index enough_rows = 30;
        // Results are used in the order of the folds, so the number of threads affects only how
        // many folds are trained in vain.
        const int threads = control_.options().threads;
        const auto at_once = kernels::parallel ? std::size_t(threads) : 1;
        std::vector<double> losses(folds_.size());
        std::vector<Net> nets(folds_.size(), Net(shape(1)));
        double sum = 0, best_sum = 0, weight = 0;
        Index tested = 0;
        ++trial_;
        for (std::size_t f = 0; f < folds_.size(); ++f) {
            if (f % at_once == 0)
                kernels::for_each_part(
                    Index((std::min)(at_once, folds_.size() - f)), threads, [&](Index i, int) {
                        const std::size_t next = f + std::size_t(i);
                        nets[next] = Net(shape(hidden));
                        losses[next] = fold_loss(folds_[next], weight_decay, nets[next]);
                    });
            if (trial_ == 1 && f == 0)
                best_net_ = nets[f];
            if (control_.over())
                return std::nullopt;
            sum += losses[f];
            weight += folds_[f].test.total() / held_out_;
            if (!control_.report(
                    {trial_, hidden, weight_decay, Index(f) + 1, std::ssize(folds_), sum / weight}))
                return std::nullopt;
            if (f < best_losses_.size()) {
                best_sum += best_losses_[f];
                tested += folds_[f].test.count;
                if (tested >= enough_rows && sum > 1.15 * best_sum)
                    return sum / best_sum * lowest;
            }
        }
        if (sum < lowest) {
            best_losses_ = losses;
            best_net_ = nets.front();
        }
        return sum;
    }

    /// The network of the best trial so far, trained on all rows but those of the first fold. It
    /// may be unfinished if the first trial is.
    const std::optional<Net>& best_net() const { return best_net_; }

private:
    /// The rows of one side of a split: copies, or weights of zero for all others.
    struct Side {
        Index count;
        Matrix<Scalar> X, Y;
        std::vector<Scalar> weights;

        double total() const {
            return weights.empty() ? double(count)
                                   : std::accumulate(weights.begin(), weights.end(), 0.0);
        }
    };

    struct Fold {
        Side train, test;
    };

    Shape shape(Index hidden) const {
        return {.inputs = all_.X.cols(), .hidden = hidden, .outputs = all_.Y.cols()};
    }

    Side side(const std::vector<Index>& rows, bool copies) const {
        const auto& w = all_.weights;
        if (copies)
            return {std::ssize(rows), select_rows(all_.X, rows), select_rows(all_.Y, rows),
                    w.empty() ? w : select_rows(w, rows)};
        Side side{std::ssize(rows), {}, {}, std::vector<Scalar>(std::size_t(all_.count))};
        for (const Index row : rows)
            side.weights[std::size_t(row)] = w.empty() ? Scalar(1) : w[std::size_t(row)];
        return side;
    }

    Samples<Scalar> samples(const Side& side) const {
        const Side& rows = side.X.rows() > 0 ? side : all_;
        return {rows.X, rows.Y, {side.weights.data(), std::ssize(side.weights), 1}};
    }

    /// The share of a fold in the loss.
    double fold_loss(const Fold& fold, double weight_decay, Net& net) const {
        FitOptions options = control_.limits(false);
        options.epochs = 100;
        fit_scaled<Loss>(net, samples(fold.train), weight_decay, control_.options().seed, 1e-3,
                         options);
        const Samples<Scalar> test = samples(fold.test);
        return double(mean_loss(net, test.X, test.Y, Loss{}, test.weights)) * fold.test.total() /
               held_out_;
    }

    Side all_;
    SearchControl& control_;
    std::vector<Fold> folds_;
    double held_out_ = 0;  ///< the weight of the held-out samples, in all folds
    Index trial_ = 0;
    std::vector<double> best_losses_;
    std::optional<Net> best_net_;
};

}  // namespace twolayer::detail

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
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace twolayer::detail {

/// Trains a network by the method that fit() chooses for the loss, in the units of X and Y.
template <typename Loss, Network Net>
FitReport fit_scaled(Net& net, const Samples<typename Net::Scalar>& samples,
                     const FitOptions& options, std::optional<double> gradient_tolerance = {}) {
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
             const std::vector<Split>& folds, SearchControl& control,
             double max_bytes = max_copied_bytes)
        : copies_(double(X.size() + Y.size()) * sizeof(Scalar) <= max_bytes),
          X_(std::move(X)),
          Y_(std::move(Y)),
          weights_(std::move(weights)),
          folds_(folds),
          control_(control) {
        for (const Split& fold : folds_) held_out_ += weight(fold.test);
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
        double sum = 0, best_sum = 0, fraction = 0;
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
            fraction += weight(folds_[f].test) / held_out_;
            if (!control_.report({trial_, hidden, weight_decay, Index(f) + 1, std::ssize(folds_),
                                  sum / fraction}))
                return std::nullopt;
            if (f < best_losses_.size()) {
                best_sum += best_losses_[f];
                tested += std::ssize(folds_[f].test);
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
    Shape shape(Index hidden) const {
        return {.inputs = X_.cols(), .hidden = hidden, .outputs = Y_.cols()};
    }

    double weight(const std::vector<Index>& rows) const {
        double sum = 0;
        for (const Index row : rows)
            sum += weights_.empty() ? 1 : double(weights_[std::size_t(row)]);
        return sum;
    }

    /// Calls use(samples) with a copy of these rows, or with weights of zero for all others.
    template <typename Use>
    void with_rows(const std::vector<Index>& rows, Use use) const {
        Matrix<Scalar> X, Y;
        std::vector<Scalar> w;
        if (copies_) {
            X = select_rows(X_, rows);
            Y = select_rows(Y_, rows);
            w = weights_.empty() ? weights_ : select_rows(weights_, rows);
        } else {
            w.assign(std::size_t(X_.rows()), Scalar(0));
            for (const Index row : rows)
                w[std::size_t(row)] = weights_.empty() ? Scalar(1) : weights_[std::size_t(row)];
        }
        use(Samples<Scalar>{copies_ ? X : X_, copies_ ? Y : Y_, {w.data(), std::ssize(w), 1}});
    }

    /// What a fold adds to the loss.
    double fold_loss(const Split& fold, double weight_decay, Net& net) const {
        FitOptions options = control_.fit_options(weight_decay, false);
        options.epochs = 100;
        double loss = 0;
        with_rows(fold.train, [&](const Samples<Scalar>& samples) {
            fit_scaled<Loss>(net, samples, options, 1e-3);
        });
        with_rows(fold.test, [&](const Samples<Scalar>& samples) {
            loss = double(mean_loss(net, samples.X, samples.Y, Loss{}, samples.weights));
        });
        return loss * weight(fold.test) / held_out_;
    }

    const bool copies_;
    const Matrix<Scalar> X_, Y_;
    const std::vector<Scalar> weights_;
    const std::vector<Split>& folds_;
    SearchControl& control_;
    double held_out_ = 0;  ///< the weight of the held-out samples, in all folds
    Index trial_ = 0;
    std::vector<double> best_losses_;
    std::optional<Net> best_net_;
};

}  // namespace twolayer::detail

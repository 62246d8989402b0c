// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/finite.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/random.hpp>
#include <twolayer/core/samples.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/train/check_targets.hpp>
#include <twolayer/train/fit_options.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <numbers>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace twolayer {

/// A network that fit() can train: of float, double or long double.
template <typename T>
concept TrainableNetwork = Network<T> && std::floating_point<typename T::Scalar>;

namespace detail {

/// The training samples of positive weight, in batches.
///
/// One batch of all is taken as it lies. Smaller ones are drawn in a new order each epoch, and
/// their mean is over batch rows times the mean weight of all, so that each has its share of the
/// epoch's gradient.
template <std::floating_point Scalar>
class Batches {
public:
    Batches(const Samples<Scalar>& all, Index size, std::uint64_t seed)
        : all_(all), generator_(seed), total_(total_weight(all.X.rows, all.weights)) {
        for (Index n = 0; n < all.X.rows; ++n)
            if (all.weight(n) > 0)
                rows_.push_back(n);
        size_ = std::min(size, Index(rows_.size()));
    }

    Index size() const { return size_; }

    /// Calls use(samples, total, share) for each batch of one epoch: the total by which its
    /// weighted sum is divided, and its share of the epoch's samples.
    template <typename Use>
    void for_each(Use use) {
        const auto count = Index(rows_.size());
        if (size_ == count)
            return use(all_, total_, 1.0);
        shuffle(rows_, generator_);
        for (Index first = 0; first < count; first += size_) {
            const Index last = std::min(count, first + size_);
            Samples<Scalar> batch = all_;
            batch.rows = std::span(rows_).subspan(std::size_t(first), std::size_t(last - first));
            const double share = double(last - first) / double(count);
            use(batch, total_ * Accumulator<Scalar>(share), share);
        }
    }

private:
    Samples<Scalar> all_;
    std::mt19937_64 generator_;
    Accumulator<Scalar> total_;
    std::vector<Index> rows_;
    Index size_ = 0;
};

/// Adds the gradient of decay/2 (|W1|^2 + |W2|^2).
template <typename Weights>
void add_decay(const typename Weights::Scalar& decay, const Weights& weights, Weights& gradient) {
    if (decay == 0)
        return;
    gradient.W1() += decay * weights.W1();
    gradient.W2() += decay * weights.W2();
}

/// From 1 at progress 0 to 0 at progress 1.
inline double half_cosine(double progress) {
    return 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace detail

/// Trains the network in place on X, N x D, and Y, N x K, with sample weights (N values >= 0, none
/// for all ones), starting from its present weights.
///
/// Throws std::invalid_argument, before anything is changed, for shapes that do not fit, for no
/// samples, for entries of X and Y that are not finite (rows of weight zero excepted), for targets
/// that the output cannot reach, for bad sample weights and for settings out of their range. When
/// the loss or a weight becomes NaN or infinite the network keeps the last weights whose loss was
/// finite.
template <TrainableNetwork Net, LossFor<typename Net::Output, typename Net::Scalar> Loss,
          GradientMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixArg<typename Net::Scalar>& X,
              const MatrixArg<typename Net::Scalar>& Y, Loss,
              const VectorArg<typename Net::Scalar>& sample_weights, const Method& method,
              const FitOptions& options = {}) {
    using Scalar = typename Net::Scalar;
    using Weights = typename Net::Weights;
    const auto begin = std::chrono::steady_clock::now();

    const Samples<Scalar> samples{X, Y, sample_weights};
    const auto total = detail::checked_total_weight(net.shape(), samples);
    check_finite<Scalar>("X", X, sample_weights);
    check_finite<Scalar>("Y", Y, sample_weights);
    detail::check_targets<typename Net::Output, Loss>(samples);
    method.check();
    options.check();

    typename Method::template State<Scalar, Weights::capacity> state(net.weights().size());
    detail::Batches<Scalar> batches(samples, options.batch, options.seed);
    Workspace<Net> workspace(net.shape());
    Weights gradient(net.shape()), begin_of_epoch = net.weights(), one_before = begin_of_epoch;
    FitReport report;
    report.method = Method::name;
    while (report.epochs < options.epochs) {
        Method now = method;
        if (options.anneal)
            now.rate *= detail::half_cosine(double(report.epochs) / double(options.epochs));
        double loss = 0;
        batches.for_each([&](const auto& batch, const auto& batch_total, double share) {
            loss += share * double(detail::mean_loss_and_gradient<Loss>(net, batch, batch_total,
                                                                        workspace, gradient));
            detail::add_decay(Scalar(options.decay), std::as_const(net).weights(), gradient);
            state.step(now, net.weights().theta(), std::as_const(gradient).theta());
        });
        if (!is_finite(loss) || !net.weights().theta().allFinite()) {
            net.weights() = begin_of_epoch;
            if (!is_finite(detail::mean_loss<Loss>(net, samples, total, workspace)))
                net.weights() = one_before;
            report.stop_reason = StopReason::not_finite;
            break;
        }
        one_before = std::exchange(begin_of_epoch, net.weights());
        ++report.epochs;
        report.losses.push_back(loss);
        if (options.callback && !options.callback({.epoch = report.epochs, .loss = loss})) {
            report.stop_reason = StopReason::stopped_by_caller;
            break;
        }
    }
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report;
}

template <TrainableNetwork Net, LossFor<typename Net::Output, typename Net::Scalar> Loss,
          GradientMethod<typename Net::Scalar> Method>
FitReport fit(Net& net, const MatrixArg<typename Net::Scalar>& X,
              const MatrixArg<typename Net::Scalar>& Y, Loss loss, const Method& method,
              const FitOptions& options = {}) {
    return fit(net, X, Y, loss, {}, method, options);
}

}  // namespace twolayer

// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "../peer.hpp"

namespace benchmark {

/// The loss and its gradient, written directly in Eigen, on all samples at once.
class WholeBatch {
public:
    WholeBatch(const Task& task, bool log_loss)
        : X_(task.X),
          Y_(task.Y),
          D_(task.X.cols()),
          M_(task.hidden),
          K_(task.Y.cols()),
          log_loss_(log_loss) {}

    Eigen::Index size() const { return (D_ + 1) * M_ + (M_ + 1) * K_; }

    /// Uniform weights with the bound of Glorot and Bengio 2010, and zero biases.
    Eigen::VectorXd first_weights(std::uint64_t seed) const {
        std::mt19937_64 generator(seed);
        std::uniform_real_distribution<double> uniform(-1, 1);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(size());
        const auto draw = [&](Eigen::Index first, Eigen::Index in, Eigen::Index out) {
            for (double& w : theta.segment(first, in * out))
                w = std::sqrt(6.0 / double(in + out)) * uniform(generator);
        };
        draw(0, D_, M_);
        draw((D_ + 1) * M_, M_, K_);
        return theta;
    }

    /// The loss to minimize, with its gradient. Also stores Yhat and the squared error.
    double operator()(const Eigen::VectorXd& theta, Eigen::VectorXd& gradient) {
        forward(theta);
        const double N = double(X_.rows());
        delta2_ = Yhat_ - Y_;
        squared_error_ = delta2_.squaredNorm() / (2 * N);
        double value = squared_error_;
        if (log_loss_) {
            // softplus(o) - y o, which is finite even if yhat rounds to 0 or 1.
            const auto o = O_.array();
            value = (o.max(0.0) + (-o.abs()).exp().log1p() - Y_.array() * o).sum() / N;
        } else {
            delta2_.array() *= Yhat_.array() * (1 - Yhat_.array());
        }
        delta2_ /= N;

        const double* weights = theta.data();
        const ConstWindow W2(weights + (D_ + 1) * M_, M_, K_);
        delta1_.noalias() = delta2_ * W2.transpose();
        delta1_.array() *= Z_.array() * (1 - Z_.array());

        gradient.resize(size());
        double* g = gradient.data();
        Window(g, D_, M_).noalias() = X_.transpose() * delta1_;
        Window(g + D_ * M_, 1, M_) = delta1_.colwise().sum();
        Window(g + (D_ + 1) * M_, M_, K_).noalias() = Z_.transpose() * delta2_;
        Window(g + (D_ + 1) * M_ + M_ * K_, 1, K_) = delta2_.colwise().sum();
        return value;
    }

    double squared_error() const { return squared_error_; }

    const Eigen::MatrixXd& predict(const Eigen::VectorXd& theta) {
        forward(theta);
        return Yhat_;
    }

private:
    using Window = Eigen::Map<Eigen::MatrixXd>;
    using ConstWindow = Eigen::Map<const Eigen::MatrixXd>;

    void forward(const Eigen::VectorXd& theta) {
        const double* weights = theta.data();
        const ConstWindow W1(weights, D_, M_), W2(weights + (D_ + 1) * M_, M_, K_);
        const Eigen::Map<const Eigen::RowVectorXd> b1(weights + D_ * M_, M_);
        const Eigen::Map<const Eigen::RowVectorXd> b2(weights + (D_ + 1) * M_ + M_ * K_, K_);
        Z_.noalias() = X_ * W1;
        Z_.rowwise() += b1;
        Z_ = (1 + (-Z_.array()).exp()).inverse();
        O_.noalias() = Z_ * W2;
        O_.rowwise() += b2;
        Yhat_ = (1 + (-O_.array()).exp()).inverse();
    }

    const Eigen::MatrixXd &X_, &Y_;
    Eigen::Index D_, M_, K_;
    bool log_loss_;
    double squared_error_ = 0;
    Eigen::MatrixXd Z_, O_, Yhat_, delta1_, delta2_;
};

}  // namespace benchmark

// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>

namespace benchmark {

using Eigen::Index;

/// N samples, D inputs, M hidden units, K outputs.
struct Size {
    const char* name;
    Index N, D, M, K;

    /// Floating-point operations of a gradient's five products:  X W1 and X^T delta1 take 2 N D M
    /// each, Z W2, delta2 W2^T and Z^T delta2 take 2 N M K each.
    double gradient_flops() const { return double(N * M) * double(4 * D + 6 * K); }

    /// The bytes of X and Y, which every gradient has to read.
    double data_bytes(std::size_t scalar) const { return double(N * (D + K)) * double(scalar); }
};

inline constexpr std::array<Size, 8> gradient_sizes{{{"xor", 4, 2, 2, 1},
                                                     {"iris", 150, 4, 8, 3},
                                                     {"cancer", 569, 30, 16, 1},
                                                     {"digits", 1797, 64, 32, 10},
                                                     {"mnist-batch", 256, 784, 128, 10},
                                                     {"mnist", 30000, 784, 128, 10},
                                                     {"tall", 200000, 8, 16, 1},
                                                     {"wide", 2048, 1024, 1024, 1024}}};

/// A network with biases and sigmoid outputs, and samples for it. The numbers are random: the times
/// do not depend on them.
template <typename Scalar>
struct Problem {
    using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;

    Size size;
    Matrix X;   ///< N x D, in [-1, 1]
    Matrix Y;   ///< N x K, in [0, 1]
    Matrix W1;  ///< D x M
    Row b1;     ///< 1 x M
    Matrix W2;  ///< M x K
    Row b2;     ///< 1 x K

    explicit Problem(const Size& s) : size(s) {
        std::uint32_t state = 1;  // better generators take longer than some of the gradients
        const auto number = [&] {
            state = state * 1664525 + 1013904223;
            return Scalar(state >> 8) / Scalar(1 << 23) - Scalar(1);
        };
        const auto draw = [&](Index rows, Index cols, Scalar bound) {
            return Matrix::NullaryExpr(rows, cols, [&] { return bound * number(); }).eval();
        };
        const auto [name, N, D, M, K] = size;
        X = draw(N, D, 1);
        Y = (draw(N, K, 1).array() + 1) / 2;
        W1 = draw(D, M, Scalar(2) / std::sqrt(Scalar(D)));
        b1 = draw(1, M, 1);
        W2 = draw(M, K, Scalar(2) / std::sqrt(Scalar(M)));
        b2 = draw(1, K, 1);
    }
};

/// A row-major copy, which most programs require.
template <typename Matrix>
auto by_rows(const Matrix& A) {
    return Eigen::Matrix<typename Matrix::Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>(
        A);
}

/// Prevents the compiler from removing writes to `data` and from assuming its contents afterwards.
inline void consume(const void* data) {
    asm volatile("" : : "g"(data) : "memory");
}

}  // namespace benchmark

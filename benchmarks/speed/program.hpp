// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "problem.hpp"

/// The interface of the programs in benchmarks that measure single calls.
namespace benchmark {

/// Makes `count` calls, one after the other, and returns a number that proves they were correct:
/// for gradients the loss  L = 1/(2N) sum (Yhat - Y)^2,  for predictions the sum of the outputs for
/// the last input.
using Calls = std::function<double(std::int64_t count)>;

/// Calls on this problem, with this number of threads. The problem outlives them. Empty if the
/// program does not support the scalar type or the shape.
template <typename Scalar>
using Prepare = std::function<Calls(const Problem<Scalar>&, int threads)>;

struct SpeedProgram {
    std::string name;
    std::string version;
    Prepare<float> float_calls = {};
    Prepare<double> double_calls = {};
    bool proves = true;    ///< false if its weights are not those of the problem
    bool threads = false;  ///< whether it can use several threads

    template <typename Scalar>
    const Prepare<Scalar>& calls() const {
        if constexpr (std::is_same_v<Scalar, float>)
            return float_calls;
        else
            return double_calls;
    }
};

std::vector<SpeedProgram> our_gradients();
SpeedProgram eigen_gradients();
SpeedProgram alglib_gradients();
SpeedProgram fann_gradients();
SpeedProgram opencv_gradients();
SpeedProgram torch_gradients();

/// Predictions for one row of X after the other, starting again after the last.
std::vector<SpeedProgram> our_predictions();
SpeedProgram eigen_predictions();
SpeedProgram alglib_predictions();
SpeedProgram fann_predictions();
SpeedProgram opencv_predictions();
SpeedProgram torch_predictions();
std::vector<SpeedProgram> rtneural_eigen_predictions();
std::vector<SpeedProgram> rtneural_xsimd_predictions();

/// All programs that were built in. Prints the names of the others.
std::vector<SpeedProgram> gradient_programs();
std::vector<SpeedProgram> prediction_programs();

}  // namespace benchmark

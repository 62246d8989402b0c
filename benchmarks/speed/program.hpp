// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "problem.hpp"

/// What the measured programs have in common, where the time of a single call is asked for.
namespace benchmark {

/// Makes so many calls, one after the other, and returns what proves that they were made rightly:
/// for gradients the loss  L = 1/(2N) sum (Yhat - Y)^2,  for predictions the sum of the outputs for
/// the input that was the last one.
using Calls = std::function<double(std::int64_t count)>;

/// Calls on this problem, which outlives them, by so many threads. None where the program does not
/// have the scalar type.
template <typename Scalar>
using Prepare = std::function<Calls(const Problem<Scalar>&, int threads)>;

struct SpeedProgram {
    std::string name;
    std::string version;
    Prepare<float> float_calls = {};
    Prepare<double> double_calls = {};
    bool proves = true;    ///< false: it has other weights than the problem's
    bool threads = false;  ///< whether it can use several

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

/// Predictions for one row of X after the other, beginning again after the last.
std::vector<SpeedProgram> our_predictions();
SpeedProgram eigen_predictions();
SpeedProgram alglib_predictions();
SpeedProgram fann_predictions();
SpeedProgram opencv_predictions();
SpeedProgram torch_predictions();
std::vector<SpeedProgram> rtneural_eigen_predictions();
std::vector<SpeedProgram> rtneural_xsimd_predictions();

/// Every program that was built in; tells on stdout which were not.
std::vector<SpeedProgram> gradient_programs();
std::vector<SpeedProgram> prediction_programs();

}  // namespace benchmark

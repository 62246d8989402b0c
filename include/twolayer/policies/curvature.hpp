// SPDX-License-Identifier: MIT
// The choice between the Hessian and its Gauss-Newton part.
#pragma once

namespace twolayer {

/// Which matrix stands for the curvature of a function.
enum class Curvature {
    hessian,       ///< its second derivatives
    gauss_newton,  ///< the part of them that is positive semidefinite: for the loss of a network
                   ///< without the second derivatives of Yhat (SquaredError) or O (CrossEntropy)
};

}  // namespace twolayer

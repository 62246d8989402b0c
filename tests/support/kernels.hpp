// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/product.hpp>

namespace twolayer::kernels {

// Eigen's products take most of the time it takes to compile a test: test_product.cpp has them for
// all.
extern template void add_product<float>(MatrixView<float>, MatrixView<const float>,
                                        MatrixView<const float>);
extern template void add_product<double>(MatrixView<double>, MatrixView<const double>,
                                         MatrixView<const double>);

}  // namespace twolayer::kernels

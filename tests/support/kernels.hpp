// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/kernels/product.hpp>

namespace twolayer::kernels {

// The products are the same for all tests: test_product.cpp has them.
extern template void multiply<float>(MatrixView<float>, MatrixView<const float>,
                                     MatrixView<const float>, MatrixView<const float>, bool);
extern template void multiply<double>(MatrixView<double>, MatrixView<const double>,
                                      MatrixView<const double>, MatrixView<const double>, bool);

}  // namespace twolayer::kernels

// SPDX-License-Identifier: MIT
//
// A number type of 50 decimal digits, the reference for results in float and double.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

namespace twolayer::test {

using Fifty = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>,
                                            boost::multiprecision::et_off>;

}  // namespace twolayer::test

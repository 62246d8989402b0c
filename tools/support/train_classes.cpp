// SPDX-License-Identifier: MIT
#include "train_and_test.hpp"

using namespace twolayer;

template Training train_and_test<Softmax, CrossEntropy>(const TrainOptions&, const TrainData&, Side,
                                                        Side, Console&);
template Training train_and_test<Softmax, SquaredError>(const TrainOptions&, const TrainData&, Side,
                                                        Side, Console&);

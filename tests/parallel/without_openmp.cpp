// SPDX-License-Identifier: MIT
#include "parallel/starts.hpp"

#ifdef _OPENMP
#error "this unit is to be compiled without OpenMP"
#endif

template <typename Scalar, int... Sizes>
std::vector<Scalar> sums_without_openmp(const Task& task) {
    return Problem<Scalar, Sizes...>(task).sums(1);
}

template std::vector<float> sums_without_openmp<float>(const Task&);
template std::vector<double> sums_without_openmp<double>(const Task&);
template std::vector<float> sums_without_openmp<float, 3, 5, 2>(const Task&);
template std::vector<double> sums_without_openmp<double, 3, 5, 2>(const Task&);

std::vector<double> fitted_without_openmp(const Task& task) {
    return Problem<double>(task).fitted(7);
}

Record restarted_without_openmp(const Task& task) {
    return restarted(task, 7).record;
}

// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/kernels/target.hpp>
#include <twolayer/core/types.hpp>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace twolayer::kernels {

inline namespace TWOLAYER_TARGET {

/// Calls use(part, thread) once for each part, where OpenMP is there by up to `threads` threads
/// side by side, which are numbered from 0.
template <typename Use>
void for_each_part(Index parts, int threads, Use use) {
#if defined(_OPENMP)
    if (threads > 1 && parts > 1) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (Index part = 0; part < parts; ++part) use(part, omp_get_thread_num());
        return;
    }
#endif
    static_cast<void>(threads);
    for (Index part = 0; part < parts; ++part) use(part, 0);
}

}  // namespace TWOLAYER_TARGET

}  // namespace twolayer::kernels

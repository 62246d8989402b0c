// SPDX-License-Identifier: MIT
#pragma once

#include <omp.h>
#include <twolayer/policies/loss.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

std::mutex mutex;
std::condition_variable another_came;
std::set<std::thread::id> threads_seen;

/// Whether the environment may refuse a second thread.
bool one_thread_alone() {
    return omp_get_thread_limit() < 2 || omp_get_dynamic();
}

/// A loss that waits until a second thread evaluates it or its curvature.
struct Meeting : twolayer::SquaredError {
    template <typename Output, twolayer::Real Scalar>
    static twolayer::Accumulator<Scalar> value(const twolayer::OutputSample<Scalar>& s) {
        meet();
        return SquaredError::value<Output>(s);
    }

    template <typename Output, twolayer::Curvature curvature_of, twolayer::Real Scalar>
    static void curvature(const twolayer::OutputSample<Scalar>& s, std::span<const Scalar> RYhat,
                          std::span<Scalar> RdO) {
        meet();
        SquaredError::curvature<Output, curvature_of>(s, RYhat, RdO);
    }

    static void meet() {
        std::unique_lock lock(mutex);
        threads_seen.insert(std::this_thread::get_id());
        another_came.notify_all();
        another_came.wait_for(lock, std::chrono::seconds(5),
                              [] { return threads_seen.size() > 1; });
    }
};

/// A loss that throws for a negative target y, with y as the message: at once for y <= -2, else
/// after a delay.
struct Refusing : twolayer::SquaredError {
    template <typename Output, twolayer::Real Scalar>
    static twolayer::Accumulator<Scalar> value(const twolayer::OutputSample<Scalar>& s) {
        for (const Scalar y : s.Y)
            if (y < 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(y > -2 ? 50 : 0));
                throw std::runtime_error(std::to_string(y));
            }
        return SquaredError::value<Output>(s);
    }
};

}  // namespace

// SPDX-License-Identifier: MIT
// Undoes what a step has changed if the function that it minimizes throws.
#pragma once

#include <exception>
#include <tuple>

namespace twolayer::detail {

/// Restores the current values of the variables if an exception leaves the scope.
template <typename... T>
class Rollback {
public:
    explicit Rollback(T&... variables)
        : variables_(variables...),
          before_(variables...),
          exceptions_(std::uncaught_exceptions()) {}
    Rollback(const Rollback&) = delete;
    Rollback& operator=(const Rollback&) = delete;

    ~Rollback() {
        if (std::uncaught_exceptions() > exceptions_)
            variables_ = std::move(before_);
    }

private:
    std::tuple<T&...> variables_;
    std::tuple<T...> before_;
    int exceptions_;
};

}  // namespace twolayer::detail

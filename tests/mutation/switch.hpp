// SPDX-License-Identifier: MIT
#pragma once

// Included before a header whose tokens are replaced by switches: one program contains all mutants,
// and the environment variable MUTANT turns on one. `a + b` becomes `a + At<7>{} + b`.

#include <array>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace mutation {

inline int active = [] {
    const char* const number = std::getenv("MUTANT");
    return number == nullptr ? 0 : std::atoi(number);
}();

/// The switches that were executed. Those that only the compiler evaluates cannot be turned on.
struct Met {
    std::array<bool, 10000> is_met{};

    ~Met() {
        const char* const path = std::getenv("MUTANTS_MET");
        std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "w");
        if (file == nullptr)
            return;
        for (std::size_t i = 0; i < is_met.size(); ++i)
            if (is_met[i])
                std::fprintf(file, "%zu\n", i);
        std::fclose(file);
    }
};
inline Met met;

template <int Number>
constexpr bool on() {
    if (Number < 0 || std::is_constant_evaluated())  // below 0 if the change is excluded
        return false;
    met.is_met[std::size_t(Number)] = true;
    return active == Number;
}

template <int... Numbers>
struct At {};

/// a, the operand before the second operator.
template <typename A, int... Numbers>
struct Left {
    A&& a;
    constexpr A&& get() const { return static_cast<A&&>(a); }
};

/// b, the operand after the first operator.
template <typename B, int... Numbers>
struct Right {
    B&& b;
};

// The part before the second operator.
#define SWITCH_LEFT(op)                                                \
    template <typename A, int... Numbers>                              \
    constexpr Left<A, Numbers...> operator op(A&& a, At<Numbers...>) { \
        return {static_cast<A&&>(a)};                                  \
    }

// `op` or, if its number is on, `other`: both have the same type, or Eigen evaluates them to one.
#define SWITCH(op, other)                                                                        \
    SWITCH_LEFT(op)                                                                              \
    template <typename A, typename B, int Number>                                                \
    constexpr decltype(auto) operator op(Left<A, Number> left, B&& b) {                          \
        if constexpr (requires {                                                                 \
                          requires std::same_as<decltype(left.get() op static_cast<B&&>(b)),     \
                                                decltype(left.get() other static_cast<B&&>(b))>; \
                      }) {                                                                       \
            if (on<Number>())                                                                    \
                return left.get() other static_cast<B&&>(b);                                     \
            return left.get() op static_cast<B&&>(b);                                            \
        } else if constexpr (requires { (left.get() other b).eval(); }) {                        \
            if (on<Number>())                                                                    \
                return (left.get() other b).eval();                                              \
            return (left.get() op b).eval();                                                     \
        } else {                                                                                 \
            return left.get() op static_cast<B&&>(b);                                            \
        }                                                                                        \
    }

// A comparison of numbers or vectors, and two alternatives, which a number type need not support.
#define SWITCH_COMPARISON(op, other, opposite)                                                  \
    SWITCH_LEFT(op)                                                                             \
    template <typename A, typename B, int First, int Second>                                    \
    constexpr auto operator op(Left<A, First, Second> left, B&& b)->decltype(left.get() op b) { \
        if constexpr (requires { left.get() other b; })                                         \
            if (on<First>())                                                                    \
                return left.get() other b;                                                      \
        if constexpr (requires { left.get() opposite b; })                                      \
            if (on<Second>())                                                                   \
                return left.get() opposite b;                                                   \
        return left.get() op b;                                                                 \
    }

// An assignment evaluates its right side first.
#define SWITCH_ASSIGNMENT(op, other)                                      \
    template <typename B, int Number>                                     \
    constexpr Right<B, Number> operator op(At<Number>, B&& b) {           \
        return {static_cast<B&&>(b)};                                     \
    }                                                                     \
    template <typename A, typename B, int Number>                         \
    constexpr decltype(auto) operator op(A&& a, Right<B, Number> right) { \
        if constexpr (requires { a other static_cast<B&&>(right.b); })    \
            if (on<Number>())                                             \
                return a other static_cast<B&&>(right.b);                 \
        return a op static_cast<B&&>(right.b);                            \
    }

SWITCH(+, -)
SWITCH(-, +)
SWITCH(*, /)
SWITCH(/, *)
SWITCH(%, *)
SWITCH_ASSIGNMENT(+=, -=)
SWITCH_ASSIGNMENT(-=, +=)
SWITCH_ASSIGNMENT(*=, /=)
SWITCH_ASSIGNMENT(/=, *=)
SWITCH(==, !=)
SWITCH(!=, ==)
SWITCH(<<, >>)
SWITCH(>>, <<)
SWITCH(&, |)
SWITCH(|, &)
SWITCH_COMPARISON(<, <=, >=)
SWITCH_COMPARISON(<=, <, >)
SWITCH_COMPARISON(>, >=, <=)
SWITCH_COMPARISON(>=, >, <)

}  // namespace mutation

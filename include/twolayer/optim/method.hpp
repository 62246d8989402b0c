// SPDX-License-Identifier: MIT
// The interface of methods that use only the gradient, and checks of settings.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>

#include <concepts>
#include <string_view>

namespace twolayer {

namespace detail {

/// A vector whose entries lie in one piece: not a row of a matrix, and not a matrix.
template <typename V>
concept InOnePiece = !requires { V::IsVectorAtCompileTime; } ||
                     (bool(V::IsVectorAtCompileTime) && V::InnerStrideAtCompileTime == 1);

}  // namespace detail

/// A writable view of a vector with one entry per weight, such as `weights.theta()`.
template <Real Scalar>
struct Theta : Eigen::Map<Vector<Scalar>> {
    using Map = Eigen::Map<Vector<Scalar>>;
    using Map::operator=;

    Theta(Scalar* data, Index size) : Map(data, size) {}
    Theta(const Map& theta) : Map(theta) {}
    template <typename V>
    requires detail::InOnePiece<V> && requires(V& v) {
        { v.data() } -> std::same_as<Scalar*>;
    }
    Theta(V& v) : Map(v.data(), v.size()) {}
};

/// A read-only vector of weight space. Unlike Eigen::Ref it never holds a copy, and so needs no
/// heap.
template <Real Scalar>
struct ConstTheta : Eigen::Map<const Vector<Scalar>> {
    using Map = Eigen::Map<const Vector<Scalar>>;

    ConstTheta(const Scalar* data, Index size) : Map(data, size) {}
    template <typename V>
    requires detail::InOnePiece<V> && requires(const V& v) {
        { v.data() } -> std::convertible_to<const Scalar*>;
    }
    ConstTheta(const V& v) : Map(v.data(), v.size()) {}
};

/// A method that uses only the gradient: settings, and a State that holds what it remembers between
/// steps. The state of a vector of at most Capacity entries uses no heap.
///
///     Adam::State<double> state(theta.size());
///     state.step(Adam{.learning_rate = 1e-2}, theta, gradient);       theta <- theta + the step
///
/// A method that can resume from a file has State::serialize(state, archive), which calls
/// archive(name, part) for everything that it remembers, to write or to read it, and
/// for_each_setting(visit), which calls visit(name, value) for each setting that affects a step.
template <typename T, typename Scalar>
concept GradientMethod =
    requires(const T& settings, typename T::template State<Scalar, Dynamic>& state,
             Theta<Scalar> theta, ConstTheta<Scalar> gradient) {
        { T::name } -> std::convertible_to<std::string_view>;
        settings.validate();
        state.step(settings, theta, gradient);
    };

namespace detail {

/// Throws std::invalid_argument unless least <= value < limit, naming the setting.
inline void check_setting(std::string_view name, double value, double least, double limit) {
    if (!(is_finite(value) && least <= value && value < limit))
        fail(name, " is ", value, ", it must be at least ", least, " and below ", limit);
}

/// Throws std::invalid_argument unless the value is positive and finite, naming the setting.
inline void check_positive(std::string_view name, double value) {
    if (!(is_finite(value) && 0 < value))
        fail(name, " is ", value, ", it must be positive and finite");
}

}  // namespace detail

}  // namespace twolayer

// SPDX-License-Identifier: MIT
// The interface of minimizers, which evaluate the function themselves, and what they share.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>
#include <twolayer/optim/method.hpp>
#include <twolayer/policies/loss.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <exception>
#include <string_view>
#include <tuple>

namespace twolayer {

/// Why a minimization ended.
enum class StopReason {
    converged,            ///< the gradient is as small as required, or as rounding lets it become:
                          ///< what is left to gain is lost in the last digits of the value
    goal_reached,         ///< the value is as low as required
    no_further_progress,  ///< no lower value was found although more was promised; or no lower
                          ///< validation loss for as long as the options allow
    iteration_limit,      ///< all iterations or epochs done
    time_limit,           ///< the time limit was reached
    stopped_by_caller,    ///< the callback or the stop token requested it
    not_finite,           ///< the loss, a derivative or a weight became NaN or infinite
};

/// The reason in words.
constexpr std::string_view describe(StopReason reason) {
    constexpr std::array<std::string_view, 7> texts{
        "converged",  "goal reached",      "no further progress", "iteration limit",
        "time limit", "stopped by caller", "not finite"};
    return texts[std::size_t(reason)];
}

/// The value of a function to minimize: a loss and its penalty, 0 for a function without one. They
/// are stored separately: in their sum, a large penalty would take digits of the loss. A function
/// may report another loss at the same point, which is followed but not minimized.
template <Real Scalar>
struct Value {
    Scalar loss, penalty;
    double monitored;

    Value(const Scalar& L, const Scalar& added = Scalar(0), double other = unbounded)
        : loss(L), penalty(added), monitored(other) {}

    Scalar total() const { return loss + penalty; }
};

/// A function to minimize: f(theta, gradient) returns its value and writes the gradient.
template <typename F, typename Scalar>
concept Objective = requires(F&& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
    { f(theta, gradient) } -> std::convertible_to<Value<Scalar>>;
};

/// A function that also multiplies a vector v by its curvature B at theta: product = B v.
template <typename F, typename Scalar>
concept CurvedObjective =
    Objective<F, Scalar> &&
    requires(F&& f, Curvature curvature, ConstTheta<Scalar> theta, ConstTheta<Scalar> v,
             Theta<Scalar> product) { f.product(curvature, theta, v, product); };

/// A function that is a mean of squares: f(theta) is its value alone, and f(theta, gradient, A)
/// also writes the lower triangle of its Gauss-Newton matrix A, P x P.
template <typename F, typename Scalar>
concept LeastSquaresObjective =
    requires(F&& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient, Matrix<Scalar>& A) {
        { f(theta) } -> std::convertible_to<Value<Scalar>>;
        { f(theta, gradient, A) } -> std::convertible_to<Value<Scalar>>;
    };

/// The state of a minimization at its current theta.
template <Real Scalar>
struct Iterate {
    Scalar value{0};               ///< f(theta), loss and penalty
    Scalar loss{0};                ///< the loss alone
    double monitored = unbounded;  ///< the loss that is followed, if f reports one
    Scalar gradient_norm{0};       ///< largest absolute entry of the gradient
    Index evaluations = 0;         ///< of f, with its gradient or alone, so far
    Index products = 0;            ///< of its curvature and a vector, so far

    template <typename Self, typename Archive>
    static void serialize(Self& self, Archive& archive) {
        archive("value", self.value);
        archive("loss", self.loss);
        archive("monitored", self.monitored);
        archive("gradient_norm", self.gradient_norm);
        archive("evaluations", self.evaluations);
        archive("products", self.products);
    }

    /// Evaluates f. Here vectors become the views that f may expect.
    template <typename F>
    Value<Scalar> evaluate(F& f, ConstTheta<Scalar> theta, Theta<Scalar> gradient) {
        ++evaluations;
        return f(theta, gradient);
    }

    /// Sets a value, which was counted as an evaluation, and its gradient. If they are not finite,
    /// returns false and sets at most the value, if it is the first.
    bool take(const Value<Scalar>& f, const Vector<Scalar>& gradient) {
        const bool finite = is_finite(f.total()) && all_finite(gradient);
        if (!finite && evaluations > 1)
            return false;
        value = f.total();
        loss = f.loss;
        monitored = f.monitored;
        if (finite)
            gradient_norm = gradient.cwiseAbs().maxCoeff();
        return finite;
    }
};

/// A method that evaluates a function wherever it needs to: settings, and a State that holds all it
/// remembers. A copy of the state continues as the original does, bit for bit. step(settings, f,
/// theta) moves theta to a lower value or returns a reason to stop. If f throws, theta is as
/// before, and the state continues as if the step had not begun. iterate() holds the losses of the
/// Value at theta. A method that calls f.product() declares
/// `static constexpr bool multiplies_by_curvature = true`. It may have serialize() and
/// for_each_setting(), as a GradientMethod may.
template <typename T, typename Scalar>
concept Minimizer = std::constructible_from<typename T::template State<Scalar>, const T&, Index> &&
                    requires(const T& settings, const typename T::template State<Scalar>& state) {
                        { T::name } -> std::convertible_to<std::string_view>;
                        settings.validate();
                        { state.iterate() } -> std::convertible_to<Iterate<Scalar>>;
                    };

namespace detail {

/// Whether the gradient is small enough: no entry exceeds the tolerance, in the function's own
/// units if it has any.
template <typename F, Real Scalar>
bool is_small(F& f, const Vector<Scalar>& gradient, const Iterate<Scalar>& at, double tolerance) {
    if constexpr (requires { f.size(gradient); })
        return f.size(gradient) <= tolerance;
    else
        return at.gradient_norm <= static_cast<Scalar>(tolerance);
}

/// Why no step was found from a point whose model cannot say whether it is the solution: converged
/// if the gradient may be nothing but rounding (gtol of More, Garbow and Hillstrom 1980, "User
/// guide for MINPACK-1", at its minimum).
template <typename F, Real Scalar>
StopReason without_a_step(F& f, const Vector<Scalar>& gradient, const Iterate<Scalar>& at) {
    if constexpr (requires { f.rounding_of_size(at); })
        if (f.size(gradient) <= f.rounding_of_size(at))
            return StopReason::converged;
    return StopReason::no_further_progress;
}

/// How accurately a difference of two values of f can be known.
template <typename F, Real Scalar>
Scalar rounding(F& f, const Iterate<Scalar>& at) {
    using std::abs;
    const Scalar of_value = Scalar(10) * Eigen::NumTraits<Scalar>::epsilon() * abs(at.value);
    if constexpr (requires { f.rounding(at); })
        return of_value + f.rounding(at);
    else
        return of_value;
}

/// |v|, even if its square overflows.
template <typename Derived>
typename Derived::Scalar length(const Eigen::MatrixBase<Derived>& v) {
    using Scalar = typename Derived::Scalar;
    const Scalar largest = v.cwiseAbs().maxCoeff();
    return Scalar(0) < largest && is_finite(largest) ? Scalar(largest * (v / largest).norm())
                                                     : largest;
}

template <typename Method>
inline constexpr bool multiplies_by_curvature =
    requires { requires Method::multiplies_by_curvature; };

/// Restores the current values of the variables if an exception leaves the scope.
template <typename... T>
class Rollback {
public:
    explicit Rollback(T&... variables) : variables_(variables...), before_(variables...) {}
    Rollback(const Rollback&) = delete;
    Rollback& operator=(const Rollback&) = delete;

    ~Rollback() {
        if (std::uncaught_exceptions() > exceptions_)
            variables_ = std::move(before_);
    }

private:
    std::tuple<T&...> variables_;
    std::tuple<T...> before_;
    int exceptions_ = std::uncaught_exceptions();
};

}  // namespace detail

}  // namespace twolayer

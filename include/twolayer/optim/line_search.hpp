// SPDX-License-Identifier: MIT
// A line search for the Wolfe conditions.
#pragma once

#include <twolayer/base/finite.hpp>
#include <twolayer/base/types.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace twolayer::detail {

/// A point on the line theta + step d: the value of f there and its slope along d.
template <Real Scalar>
struct LinePoint {
    Scalar step;
    Scalar value;
    Scalar slope;
};

/// The next trial step of More and Thuente 1994, "Line search algorithms with guaranteed sufficient
/// decrease", section 4, from `best`, the end of the interval with the lowest value, its other end,
/// and the trial point. `inside` says whether the interval contains a minimizer.
template <Real Scalar>
Scalar trial_step(const LinePoint<Scalar>& best, const LinePoint<Scalar>& other,
                  const LinePoint<Scalar>& trial, bool inside, const Scalar& least,
                  const Scalar& most) {
    using std::abs, std::sqrt;
    const Scalar length = trial.step - best.step;
    // The cubic through both values and slopes, in the form that does not overflow. A cubic that
    // does not turn has no minimizer.
    bool turns = false;
    const auto cubic = [&](const LinePoint<Scalar>& a, const LinePoint<Scalar>& b) {
        const Scalar theta =
            Scalar(3) * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope;
        const Scalar s =
            (std::max)({Scalar(abs(theta)), Scalar(abs(a.slope)), Scalar(abs(b.slope))});
        const Scalar under = (theta / s) * (theta / s) - (a.slope / s) * (b.slope / s);
        const Scalar gamma = s * Scalar(sqrt((std::max)(Scalar(0), under)));
        turns = Scalar(0) < gamma;
        const Scalar sign = b.step < a.step ? Scalar(-1) : Scalar(1);
        const Scalar q = sign * gamma;
        const Scalar share = (q - a.slope + theta) / (Scalar(2) * q - a.slope + b.slope);
        return Scalar(a.step + share * (b.step - a.step));
    };
    const auto secant = [&] {
        return Scalar(trial.step +
                      trial.slope / (trial.slope - best.slope) * (best.step - trial.step));
    };

    if (best.value < trial.value) {  // case 1: higher, so a minimizer lies between
        const Scalar c = cubic(best, trial);
        const Scalar quadratic =
            best.step +
            best.slope / ((best.value - trial.value) / length + best.slope) / Scalar(2) * length;
        return abs(c - best.step) < abs(quadratic - best.step) ? c : (c + quadratic) / Scalar(2);
    }
    if (trial.slope * best.slope < Scalar(0)) {  // case 2: lower, and the slope has turned
        const Scalar c = cubic(trial, best), s = secant();
        return abs(c - trial.step) < abs(s - trial.step) ? s : c;
    }
    if (abs(trial.slope) <= abs(best.slope)) {  // case 3: lower, the slope falls
        const Scalar s = secant();
        Scalar c = cubic(trial, best);
        const bool beyond = turns && (c - trial.step) * length > Scalar(0) && is_finite(c);
        if (!beyond)
            c = length > Scalar(0) ? most : least;
        if (!inside)
            return std::clamp(abs(c - trial.step) > abs(s - trial.step) ? c : s, least, most);
        const Scalar next = abs(c - trial.step) < abs(s - trial.step) ? c : s;
        const Scalar limit = trial.step + Scalar(0.66) * (other.step - trial.step);
        return length > Scalar(0) ? (std::min)(limit, next) : (std::max)(limit, next);
    }
    // case 4: lower, and the slope does not fall
    return inside ? cubic(trial, other) : (length > Scalar(0) ? most : least);
}

/// The strong Wolfe conditions on a step along a line:
///
///     phi(step) <= phi(0) + decrease step phi'(0)      |phi'(step)| <= curvature |phi'(0)|
struct StrongWolfe {
    double decrease = 1e-4;
    double curvature = 0.9;
    /// How much higher than the start a step may end if only its slopes are good, since the values
    /// are not known more accurately: the approximate Wolfe conditions of Hager and Zhang 2005, "A
    /// new conjugate gradient method with guaranteed descent and an efficient line search", SIAM J.
    /// Optim. 16(1), equation (4.1) and condition T2,
    ///
    ///     curvature phi'(0) <= phi'(step) <= (2 decrease - 1) phi'(0)
    ///
    /// which equal the ones above if phi is quadratic. With 0, only the ones above count.
    double rounding = 0;
};

/// Finds a step along a line that satisfies the conditions (More and Thuente 1994). phi(step)
/// returns value and slope; the slope at 0 must be negative. A value that is not finite means that
/// the step is too long. After `max_evaluations`, or if rounding leaves nothing to gain, returns
/// the lowest point that was evaluated: step 0 if none is lower than the start.
template <Real Scalar, typename Phi>
LinePoint<Scalar> line_search(Phi phi, const LinePoint<Scalar>& start, Scalar step,
                              const StrongWolfe& conditions = {}, int max_evaluations = 25) {
    using std::abs;
    const auto decrease = static_cast<Scalar>(conditions.decrease);
    const auto curvature = static_cast<Scalar>(conditions.curvature);
    const auto rounding = static_cast<Scalar>(conditions.rounding);
    const Scalar eps = Eigen::NumTraits<Scalar>::epsilon();
    LinePoint<Scalar> best = start, other = start, lowest = start;
    bool inside = false, first_stage = true;
    Scalar too_long = static_cast<Scalar>(1e20), least(0), most = Scalar(5) * step;
    Scalar width = too_long, width_before = Scalar(2) * width;

    for (int evaluations = 0; evaluations < max_evaluations; ++evaluations) {
        LinePoint<Scalar> trial{step, Scalar(0), Scalar(0)};
        std::tie(trial.value, trial.slope) = phi(step);
        if (!is_finite(trial.value) || !is_finite(trial.slope)) {
            too_long = step;
            step = best.step + (step - best.step) / Scalar(10);
            continue;
        }
        if (trial.value < lowest.value)
            lowest = trial;
        const Scalar bound = start.value + decrease * step * start.slope;
        if (trial.value <= bound && abs(trial.slope) <= -curvature * start.slope)
            return trial;
        if (Scalar(0) < rounding && abs(trial.value - start.value) <= rounding &&
            curvature * start.slope <= trial.slope &&
            trial.slope <= (Scalar(2) * decrease - Scalar(1)) * start.slope)
            return trial;
        if (inside && abs(other.step - best.step) <= eps * (std::max)(best.step, other.step))
            break;
        if (first_stage && trial.value <= bound && trial.slope >= Scalar(0))
            first_stage = false;

        // In the first stage, while only the decrease is missing, the line of sufficient decrease
        // is subtracted from the function.
        const bool modified = first_stage && trial.value <= best.value && bound < trial.value;
        const auto shifted = [&](LinePoint<Scalar> p) {
            if (modified) {
                p.value -= decrease * p.step * start.slope;
                p.slope -= decrease * start.slope;
            }
            return p;
        };
        const LinePoint<Scalar> b = shifted(best), o = shifted(other), t = shifted(trial);
        const bool higher = b.value < t.value, turned = t.slope * b.slope < Scalar(0);
        Scalar next = trial_step(b, o, t, inside, least, most);
        if (turned && !higher)
            other = best;
        (higher ? other : best) = trial;
        inside = inside || higher || turned;
        if (inside) {
            if (abs(other.step - best.step) >= Scalar(0.66) * width_before)
                next = best.step + (other.step - best.step) / Scalar(2);
            width_before = width;
            width = abs(other.step - best.step);
            least = (std::min)(best.step, other.step);
            most = (std::max)(best.step, other.step);
        } else {
            least = next + Scalar(1.1) * (next - best.step);
            most = next + Scalar(4) * (next - best.step);
        }
        if (!(next < too_long))
            next = (best.step + too_long) / Scalar(2);
        if (!is_finite(next) || next == step || (inside && (next <= least || most <= next)))
            next = (best.step + other.step) / Scalar(2);
        if (!(Scalar(0) < next))
            break;
        step = next;
    }
    return lowest;
}

}  // namespace twolayer::detail

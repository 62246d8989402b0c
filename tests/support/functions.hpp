// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/optim/method.hpp>

#include <functional>
#include <string>

namespace twolayer::test {

/// A function with one minimum of value zero, its gradient, and where the literature starts from.
template <typename Scalar>
struct Function {
    std::string name;
    Vector<Scalar> start;
    std::function<Scalar(ConstTheta<Scalar>, Theta<Scalar>)> f;
};

/// Rosenbrock 1960: a curved valley.
template <typename Scalar>
Function<Scalar> rosenbrock() {
    return {"Rosenbrock", Vector<Scalar>{{Scalar(-1.2), 1}},
            [](ConstTheta<Scalar> x, Theta<Scalar> g) {
                const Scalar a = 1 - x(0), b = x(1) - x(0) * x(0);
                g << -2 * a - 400 * x(0) * b, 200 * b;
                return a * a + 100 * b * b;
            }};
}

/// Beale 1958, least at (3, 1/2).
template <typename Scalar>
Function<Scalar> beale() {
    return {"Beale", Vector<Scalar>{{1, 1}}, [](ConstTheta<Scalar> x, Theta<Scalar> g) {
                const Scalar c[] = {Scalar(1.5), Scalar(2.25), Scalar(2.625)};
                Scalar f = 0, power = 1;
                g.setZero();
                for (int i = 0; i < 3; ++i) {
                    const Scalar slope = Scalar(i + 1) * power;
                    power *= x(1);
                    const Scalar r = c[i] - x(0) * (1 - power);
                    f += r * r;
                    g(0) -= 2 * r * (1 - power);
                    g(1) += 2 * r * x(0) * slope;
                }
                return f;
            }};
}

/// Wood, in Colville 1968: two coupled valleys in four dimensions.
template <typename Scalar>
Function<Scalar> wood() {
    return {"Wood", Vector<Scalar>{{-3, -1, -3, -1}}, [](ConstTheta<Scalar> x, Theta<Scalar> g) {
                const Scalar a = x(1) - x(0) * x(0), b = 1 - x(0);
                const Scalar c = x(3) - x(2) * x(2), d = 1 - x(2);
                const Scalar e = x(1) + x(3) - 2, h = x(1) - x(3);
                g << -400 * x(0) * a - 2 * b, 200 * a + 20 * e + h / 5, -360 * x(2) * c - 2 * d,
                    180 * c + 20 * e - h / 5;
                return 100 * a * a + b * b + 90 * c * c + d * d + 10 * e * e + h * h / 10;
            }};
}

/// A quadratic of ten dimensions whose curvatures go from 1 to 10^4.
template <typename Scalar>
Function<Scalar> ill_conditioned() {
    return {"ill-conditioned quadratic", Vector<Scalar>::Ones(10),
            [](ConstTheta<Scalar> x, Theta<Scalar> g) {
                Scalar curvature = 1, f = 0;
                for (Index i = 0; i < x.size(); ++i, curvature *= Scalar(2.7825594)) {
                    g(i) = curvature * x(i);
                    f += g(i) * x(i) / 2;
                }
                return f;
            }};
}

/// The battery on which every minimizer is tested.
template <typename Scalar, typename Use>
void for_each_function(Use use) {
    use(rosenbrock<Scalar>());
    use(beale<Scalar>());
    use(wood<Scalar>());
    use(ill_conditioned<Scalar>());
}

}  // namespace twolayer::test

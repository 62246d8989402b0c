// SPDX-License-Identifier: MIT
//
// Fit a curve through noisy measurements, in the units they come in: dollars over years.

#include <cmath>
#include <cstdio>
#include <random>
#include <twolayer.hpp>

using namespace twolayer;

int main() {
    std::mt19937_64 generator(1);
    const auto price = [](double year) { return 40 + 15 * std::sin((year - 1990) / 5); };
    Vector<double> years(120), dollars(120);
    for (Index n = 0; n < 120; ++n) {
        years(n) = 1990 + 0.25 * double(n);
        dollars(n) = price(years(n)) + 2 * uniform(generator) - 1;
    }

    TwoLayerNet<double, Identity> net({.inputs = 1, .hidden = 4, .outputs = 1});
    fit(net, years, dollars);

    const Vector<double> asked{{1995, 2003, 2011, 2019}}, fitted = net.predict(asked);
    bool good = true;
    for (Index i = 0; i < 4; ++i) {
        std::printf("%.0f: %.1f dollars, truly %.1f\n", asked(i), fitted(i), price(asked(i)));
        good = good && std::abs(fitted(i) - price(asked(i))) < 1;
    }
    return good ? 0 : 1;
}

// SPDX-License-Identifier: MIT
// The C99 program that export_c() writes, piece by piece.
#pragma once

// Marks that begin with $ are replaced: $name by the prefix of all names, $real by the type of
// numbers, $exp by its exponential.

#include <string_view>

namespace twolayer::detail {

inline constexpr std::string_view c_introduction = R"(/*
 * A network with one hidden layer, written by twolayer $version:
 *
 *     H = x W1$plus_b1    Z = sigma(H)    O = Z W2$plus_b2    yhat = $output
 *
 * ISO C99; of the C library it takes $exp alone. Numbers are hexadecimal, so that none is rounded.
 * With $SELF_TEST defined, this file is a program whose status is 0 where the stored samples
 * are predicted as they should be; with $NO_MAIN as well, it has $name_self_test() for a
 * program of yours.
 */
#include <math.h>

enum { $name_inputs = $D, $name_hidden = $M, $name_outputs = $K };

/* Writes the prediction for the raw inputs x. Many threads may call it at the same time. */
void $name_predict(const $real x[$name_inputs], $real yhat[$name_outputs]);
)";

inline constexpr std::string_view c_prediction = R"(
/* sigma(h) = 1 / (1 + e^-h), which neither overflows nor loses the digits of what is small. */
static $real $name_sigma($real h)
{
    const $real e = $exp(h < 0 ? h : -h);
    return (h < 0 ? e : 1) / (1 + e);
}

void $name_predict(const $real x[$name_inputs], $real yhat[$name_outputs])
{
    $real h[$name_hidden];
    for (int d = 0; d < $name_inputs; ++d) {
        const $real x_d = $scaled_x;
        for (int m = 0; m < $name_hidden; ++m)
            h[m] = (d == 0 ? $b1 : h[m]) + x_d * $name_W1[d][m];
    }
    for (int m = 0; m < $name_hidden; ++m) {
        const $real z_m = $name_sigma(h[m]);
        for (int k = 0; k < $name_outputs; ++k)
            yhat[k] = (m == 0 ? $b2 : yhat[k]) + z_m * $name_W2[m][k];
    }
)";

inline constexpr std::string_view c_sigmoid = R"(
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] = $name_sigma(yhat[k]);
)";

inline constexpr std::string_view c_softmax = R"(
    $real highest = yhat[0], sum = 0;
    for (int k = 1; k < $name_outputs; ++k)
        highest = yhat[k] > highest ? yhat[k] : highest;
    for (int k = 0; k < $name_outputs; ++k) {
        yhat[k] = $exp(yhat[k] - highest);
        sum += yhat[k];
    }
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] /= sum;
)";

inline constexpr std::string_view c_target_scaling = R"(
    for (int k = 0; k < $name_outputs; ++k)
        yhat[k] = yhat[k] * $name_target_deviation[k] + $name_target_mean[k];
)";

inline constexpr std::string_view c_bound = R"(
/* How far rounding may take a prediction:  4 (D + M + 8) eps times
 *
 *     1 + |b2_k| + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4
 *
 * for scaled x, in the units of O; the largest of these for a softmax.
 */
)";

inline constexpr std::string_view c_self_test = R"(
/* How many predictions of the stored samples are not what they should be. */
int $name_self_test(void);
int $name_self_test(void)
{
    int wrong = 0;
    for (int n = 0; n < $N; ++n) {
        $real yhat[$name_outputs];
        $name_predict($name_sample_x[n], yhat);
        for (int k = 0; k < $name_outputs; ++k) {
            const $real error = yhat[k] - $name_sample_yhat[n][k];
            wrong += !((error < 0 ? -error : error) <= $name_sample_bound[n][k]);
        }
    }
    return wrong;
}

#ifndef $NO_MAIN
int main(void)
{
    return $name_self_test() != 0;
}
#endif
)";

}  // namespace twolayer::detail

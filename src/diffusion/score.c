/* score.c - the exact score of a noised data set.
 *
 * Noising n points to timestep t makes of them a mixture of n Gaussians, with means sqrt(alpha_bar_t) x_i and variance
 * s^2 = 1 - alpha_bar_t. Its score is
 *
 *   grad log p_t(x) = sum_i w_i (sqrt(alpha_bar_t) x_i - x) / s^2,   w_i ~ exp(-|x - sqrt(alpha_bar_t) x_i|^2 / 2 s^2)
 *
 * and -s times it is the noise that a perfect network would predict (Song et al. 2021). */
#include "base/error.h"
#include "base/math.h"

#include <math.h>

nb_status nb_exact_score(const nb_schedule *s, int t, size_t n, const double *data, size_t m, const double *x,
                         double *out, nb_error *err)
{
    const int T = nb_schedule_T(s);
    if (t < 0 || t >= T) return nb_fail(err, NB_ERR_ARGUMENT, "t = %d: timesteps are 0 to %d", t, T - 1);
    if (n < 1) return nb_fail(err, NB_ERR_ARGUMENT, "the score of no points: it takes at least 1");
    const double alpha_bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[t];
    const double signal = sqrt(alpha_bar), variance = 1.0 - alpha_bar;
    for (size_t j = 0; j < m; j++) {
        const double px = x[2 * j], py = x[2 * j + 1];
        double nearest = HUGE_VAL; /* taken off every exponent: the largest weight is 1 and none overflows */
        for (size_t i = 0; i < n; i++) {
            const double dx = signal * data[2 * i] - px, dy = signal * data[2 * i + 1] - py;
            nearest = fmin(nearest, dx * dx + dy * dy);
        }
        double total = 0.0, sum_x = 0.0, sum_y = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double dx = signal * data[2 * i] - px, dy = signal * data[2 * i + 1] - py;
            const double w = nb_exp((nearest - dx * dx - dy * dy) / (2.0 * variance));
            total += w;
            sum_x += w * dx;
            sum_y += w * dy;
        }
        out[2 * j] = sum_x / total / variance;
        out[2 * j + 1] = sum_y / total / variance;
    }
    return NB_OK;
}

/* math.h - exp, log, sin, cos and acos with the same bits on every machine.
 *
 * glibc, musl and the browsers' libraries differ in the last bit. These use only +, -, *, / in a fixed order
 * (no fused multiply-add), so they agree with themselves everywhere, and are within 1 ulp of the true value where
 * nothing else is said: of 2e7 values each, exp errs by 0.94 at most, log by 0.85, sin and cos by 0.79, acos by 1.18.
 */
#ifndef NB_BASE_MATH_H
#define NB_BASE_MATH_H

#include "base/platform.h"

#include <stdint.h>
#include <string.h>

#define NB_PI 3.14159265358979323846

double nb_exp(double x);
double nb_log(double x); /* x > 0 and normal */
double nb_sin(double x); /* |x| <= 1e5, as is cos */
double nb_cos(double x);
double nb_acos(double x); /* |x| <= 1; within 1.5 ulp */
double nb_tanh(double x); /* within 2e-15 of its size */
double nb_erf(double x);  /* likewise */
void nb_sincos(double x, double *sin_x, double *cos_x);

/* ---- exp in loops ---------------------------------------------------------------------------------------------- */

#define NB_LN2_HI 6.93147180369123816490e-01
#define NB_LN2_LO 1.90821492927058770002e-10

/* exp(x - k ln 2), k being a whole number near x / ln 2: fdlibm's polynomial. */
static inline double nb_exp_of_rest(double x, double k)
{
    const double hi = x - k * NB_LN2_HI, lo = k * NB_LN2_LO, r = hi - lo, rr = r * r;
    const double c =
        r - rr * (1.66666666666666019037e-01 +
                  rr * (-2.77777777770155933842e-03 +
                        rr * (6.61375632143793436117e-05 +
                              rr * (-1.65339022054652515390e-06 + rr * 4.13813679705723846039e-08))));
    return 1.0 + (r * c / (2.0 - c) - lo + hi);
}

/* exp, within 1 ulp, for |x| <= 708; beyond, as of 708 or -708, which for a float is infinity or 0. No branch and no whole
 * numbers, so that compilers make vectors of it. */
static inline double nb_exp_in_loops(double x)
{
    const double below = x > 708.0 ? 708.0 : x, v = below < -708.0 ? -708.0 : below;
    const double rounds = 0x1.8p52, shifted = v * 1.44269504088896338700 + rounds; /* k, in the last bits */
    uint64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + (UINT64_C(1023) << 52);
    memcpy(&power, &bits, sizeof power);
    return nb_exp_of_rest(v, shifted - rounds) * power;
}

#endif

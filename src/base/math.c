/* math.c - exp, log, sin, cos and acos with the same bits on every machine.
 *
 * Method and coefficients: fdlibm (Sun Microsystems, 1993, freely usable): argument reduction by a two-part
 * constant, then a minimax polynomial on the reduced interval. */
#include "base/math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    const uint64_t bits = (uint64_t)(1023 + k) << 52;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

double nb_exp(double x)
{
    if (x != x) return x;
    if (x > 709.78) return HUGE_VAL;
    if (x < -745.2) return 0.0;
    const int k = (int)(x * 1.44269504088896338700 + (x < 0 ? -0.5 : 0.5));
    const double y = nb_exp_of_rest(x, k);
    if (k == 0) return y;
    /* Two factors: k = 1024 and the subnormal results need both. */
    return y * power_of_two(k / 2) * power_of_two(k - k / 2);
}

double nb_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* x = 2^k (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2). */
    uint32_t high = (uint32_t)(bits >> 32);
    high += 0x3ff00000 - 0x3fe6a09e;
    const int k = (int)(high >> 20) - 0x3ff;
    high = (high & 0x000fffff) + 0x3fe6a09e;
    bits = (uint64_t)high << 32 | (bits & 0xffffffff);
    memcpy(&x, &bits, sizeof x);
    const double f = x - 1.0, half_ff = 0.5 * f * f, s = f / (2.0 + f), z = s * s, w = z * z;
    const double even =
        w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd =
        z * (6.666666666666735130e-01 +
             w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return s * (half_ff + (even + odd)) + k * NB_LN2_LO - half_ff + f + k * NB_LN2_HI;
}

/* x = n pi/2 + (*r + *tail), |*r| <= pi/4. Returns n mod 4. */
static int reduce(double x, double *r, double *tail)
{
    const int n = (int)(x * 6.36619772367581382433e-01 + (x < 0 ? -0.5 : 0.5));
    const double a = x - n * 1.57079632673412561417e+00, w1 = n * 6.07710050630396597660e-11;
    const double b = a - w1, lost = (a - b) - w1;
    const double w2 = n * 2.02226624879595063154e-21 - lost;
    *r = b - w2;
    *tail = (b - *r) - w2;
    return n & 3;
}

static double sin_kernel(double x, double tail)
{
    const double z = x * x, w = z * z, v = z * x;
    const double r = 8.33333333332248946124e-03 +
                     z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06) +
                     z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
    return x - ((z * (0.5 * tail - v * r) - tail) + v * 1.66666666666666324348e-01);
}

static double cos_kernel(double x, double tail)
{
    const double z = x * x, w = z * z;
    const double r = z * (4.16666666666666019037e-02 +
                          z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)) +
                     w * w *
                         (-2.75573143513906633035e-07 +
                          z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
    const double half_z = 0.5 * z, one_minus = 1.0 - half_z;
    return one_minus + (((1.0 - one_minus) - half_z) + (z * r - x * tail));
}

void nb_sincos(double x, double *sin_x, double *cos_x)
{
    double r, tail;
    const int quadrant = reduce(x, &r, &tail);
    const double s = sin_kernel(r, tail), c = cos_kernel(r, tail);
    const double sines[4] = {s, c, -s, -c};
    *sin_x = sines[quadrant];
    *cos_x = sines[(quadrant + 1) & 3];
}

double nb_sin(double x)
{
    double s, c;
    nb_sincos(x, &s, &c);
    return s;
}

double nb_cos(double x)
{
    double s, c;
    nb_sincos(x, &s, &c);
    return c;
}

/* (asin(s) - s) / s for z = s^2 <= 1/4. */
static double asin_ratio(double z)
{
    const double p =
        z * (1.66666666666666657415e-01 +
             z * (-3.25565818622400915405e-01 +
                  z * (2.01212532134862925881e-01 +
                       z * (-4.00555345006794114027e-02 +
                            z * (7.91534994289814532176e-04 + z * 3.47933107596021167570e-05)))));
    const double q = 1.0 + z * (-2.40339491173441421878e+00 +
                                z * (2.02094576023350569471e+00 +
                                     z * (-6.88283971605453293030e-01 + z * 7.70381505559019352791e-02)));
    return p / q;
}

/* Near 1 and -1 by the half angle: acos(x) = 2 asin(sqrt((1 - x) / 2)). */
double nb_acos(double x)
{
    if (fabs(x) < 0.5) return NB_PI / 2.0 - (x + x * asin_ratio(x * x));
    const double z = (1.0 - fabs(x)) / 2.0, s = sqrt(z), angle = 2.0 * (s + s * asin_ratio(z));
    return x > 0.0 ? angle : NB_PI - angle;
}

double nb_tanh(double x)
{
    const double size = x < 0.0 ? -x : x;
    if (size < 1e-3) { /* 1 - 1 would leave little */
        const double square = x * x;
        return x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
    }
    const double rest = 2.0 / (nb_exp(2.0 * size) + 1.0);
    return x < 0.0 ? rest - 1.0 : 1.0 - rest;
}

/* 2 / sqrt(pi) exp(-x^2) times the sum of 2^n x^(2n + 1) / (1 3 5 ... (2n + 1)), all of one sign: Abramowitz and Stegun 7.1.6. */
double nb_erf(double x)
{
    const double size = x < 0.0 ? -x : x;
    if (size > 6.0) return x < 0.0 ? -1.0 : 1.0;
    if (!(size <= 6.0)) return x; /* NaN */
    double term = size, sum = size;
    for (int n = 1; term > 1e-17 * sum; n++) {
        term *= 2.0 * size * size / (double)(2 * n + 1);
        sum += term;
    }
    const double value = 1.12837916709551257390 * nb_exp(-size * size) * sum;
    return x < 0.0 ? -value : value;
}

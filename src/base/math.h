/* math.h - exp, log, sin, cos and acos with the same bits on every machine.
 *
 * glibc, musl and the browsers' libraries differ in the last bit. These use only +, -, *, / in a fixed order
 * (no fused multiply-add), so they agree with themselves everywhere, and are within 1 ulp of the true value where
 * nothing else is said: of 2e7 values each, exp errs by 0.94 at most, log by 0.85, sin and cos by 0.79, acos by 1.18.
 */
#ifndef NB_BASE_MATH_H
#define NB_BASE_MATH_H

#include "base/platform.h"

#define NB_PI 3.14159265358979323846

double nb_exp(double x);
double nb_log(double x); /* x > 0 and normal */
double nb_sin(double x); /* |x| <= 1e5, as is cos */
double nb_cos(double x);
double nb_acos(double x); /* |x| <= 1; within 1.5 ulp */
double nb_tanh(double x); /* within 2e-15 of its size */
double nb_erf(double x);  /* likewise */
void nb_sincos(double x, double *sin_x, double *cos_x);

#endif

/* gelu.c - y = x Phi(x), Phi being the normal distribution's (Hendrycks and Gimpel 2016), by erf as PyTorch's default.
 *
 *   dx = dy (Phi(x) + x phi(x)) */
#include "base/math.h"
#include "nn/layers.h"
#include "nn/pointwise.h"

static double normal(double x) { return 0.5 * (1.0 + nb_erf(x * 0.70710678118654752440)); }

static double f(double x) { return x * normal(x); }
static double slope(double x)
{
    return normal(x) + x * 0.39894228040143267794 * nb_exp_in_loops(-0.5 * x * x);
}

NB_POINTWISE(nb_gelu_layer, "GELU");

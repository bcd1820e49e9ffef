/* softplus.c - y = log(1 + exp x), and x itself above 20, as PyTorch has it;  dx = dy / (1 + exp(-x)). */
#include "base/math.h"
#include "nn/layers.h"
#include "nn/pointwise.h"

static double f(double x)
{
    if (x > 20.0) return x;
    return x > 0.0 ? x + nb_log(1.0 + nb_exp(-x)) : nb_log(1.0 + nb_exp(x));
}

static double slope(double x) { return x > 20.0 ? 1.0 : 1.0 / (1.0 + nb_exp(-x)); }

NB_POINTWISE(nb_softplus_layer, "Softplus");

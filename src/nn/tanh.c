/* tanh.c - y = tanh x;  dx = dy (1 - y^2). */
#include "base/math.h"
#include "nn/layers.h"
#include "nn/pointwise.h"

static double f(double x) { return nb_tanh(x); }

static double slope(double x)
{
    const double y = nb_tanh(x);
    return 1.0 - y * y;
}

NB_POINTWISE(nb_tanh_layer, "Tanh");

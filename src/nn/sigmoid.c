/* sigmoid.c - y = 1 / (1 + exp(-x));  dx = dy y (1 - y). */
#include "base/math.h"
#include "nn/layers.h"
#include "nn/pointwise.h"

static double f(double x) { return 1.0 / (1.0 + nb_exp_in_loops(-x)); }
static double slope(double x) { return f(x) * f(-x); }

NB_POINTWISE(nb_sigmoid_layer, "Sigmoid");

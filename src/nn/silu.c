/* silu.c - y = x s(x), s(x) = 1 / (1 + exp(-x)) (Elfwing et al. 2017; also known as swish).
 *
 *   dx = dy s (1 + x (1 - s)) */
#include "base/math.h"
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t n = x.width * nb_padded(x.channels), lines = a->rows * x.height;
    for (size_t i = 0; i < lines; i++) {
        const float *p = x.data + i / x.height * x.sample + i % x.height * x.row;
        float *q = y.data + i / x.height * y.sample + i % x.height * y.row;
        for (size_t k = 0; k < n; k++) q[k] = (float)((double)p[k] / (1.0 + nb_exp(-(double)p[k])));
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    if (dx.data == NULL) return;
    const size_t n = x.width * nb_padded(x.channels), lines = a->rows * x.height;
    for (size_t i = 0; i < lines; i++) {
        const float *p = x.data + i / x.height * x.sample + i % x.height * x.row;
        const float *q = dy.data + i / x.height * dy.sample + i % x.height * dy.row;
        float *d = dx.data + i / x.height * dx.sample + i % x.height * dx.row;
        for (size_t k = 0; k < n; k++) {
            const double v = (double)p[k], s = 1.0 / (1.0 + nb_exp(-v));
            const float g = (float)((double)q[k] * (s * (1.0 + v * (1.0 - s))));
            d[k] = a->add[0] ? d[k] + g : g;
        }
    }
}

const nb_layer_kind nb_silu_layer = {
    .name = "SiLU",
    .python = "F.silu({0})",
    .takes_text = "anything",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .reads_in = 1,
    .whole_rows = true,
};

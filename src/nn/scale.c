/* scale.c - y = factor x. */
#include "nn/layers.h"

#include <math.h>

/* to = from factor, or to += */
static void multiply(const nb_layer_args *a, nb_tensor from, nb_tensor to, bool add)
{
    const float factor = (float)a->settings[0];
    const size_t n = nb_padded(to.channels);
    for (size_t i = 0; i < a->rows * to.height * to.width; i++) {
        const float *p = nb_pixel(from, i);
        float *q = nb_pixel(to, i);
        for (size_t c = 0; c < n; c++) q[c] = add ? q[c] + factor * p[c] : factor * p[c];
    }
}

static void forward(const nb_layer_args *a) { multiply(a, a->in[0], a->out, false); }

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) multiply(a, a->d_out, a->d_in[0], a->add[0]);
}

const nb_layer_kind nb_scale_layer = {
    .name = "scale",
    .python = "{0} * {factor}",
    .takes_text = "any value",
    .settings = {{"factor", -1e6, 1e6, NAN, true, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .whole_rows = true,
    .many_images = true,
};

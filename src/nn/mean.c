/* mean.c - y = the mean over all tokens, or over the length of a series, of each channel: a vector.
 *
 *   dx = dy / count, for each of them */
#include "nn/layers.h"

#include <math.h>

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const float part = 1.0F / (float)x.width;
    for (size_t s = 0; s < a->rows; s++) {
        float *to = y.data + s * y.sample;
        a->kernels->sum_rows(x.width, x.channels, x.data + s * x.sample, x.pixel, false, to);
        for (size_t c = 0; c < x.channels; c++) to[c] *= part;
        for (size_t c = x.channels; c < nb_padded(x.channels); c++) to[c] = 0.0F;
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    const size_t n = nb_padded(dx.channels);
    const float part = 1.0F / (float)dx.width;
    for (size_t i = 0; i < a->rows * dx.width; i++) {
        const float *d = dy.data + i / dx.width * dy.sample;
        float *to = nb_pixel(dx, i);
        for (size_t c = 0; c < n; c++) to[c] = a->add[0] ? to[c] + d[c] * part : d[c] * part;
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const bool fits = in.axes == (s->settings[0] == 1.0 ? NB_TOKENS : NB_SERIES);
    return fits ? (nb_shape){1, 1, in.channels, NB_FEATURES} : (nb_shape){0};
}

const nb_layer_kind nb_mean_layer = {
    .name = "mean",
    .python = "{0}.mean({dim})",
    .takes_text = "(tokens, features) for 1, (channels, length) for 2",
    .settings = {{"dim", 1, 2, NAN, false, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
};

/* parameter.c - a parameter of the network itself, the same for every sample: learned positions, a token that stands for no
 * class. It begins at 0. */
#include "nn/layers.h"

#include <math.h>

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    for (size_t i = 0; i < a->rows * y.width; i++)
        memcpy(nb_pixel(y, i), a->weight.data + i % y.width * a->weight.stride,
               nb_padded(y.channels) * sizeof(float));
}

/* Sample after sample. */
static void gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t stride = a->weight.stride;
    if (!a->accumulate) memset(a->d_weight + a->first * stride, 0, a->count * stride * sizeof(float));
    for (size_t s = 0; s < a->rows; s++) {
        for (size_t i = a->first; i < a->first + a->count; i++) {
            const float *d = nb_pixel(dy, s * dy.width + i);
            for (size_t c = 0; c < dy.channels; c++) a->d_weight[i * stride + c] += d[c];
        }
    }
}

enum { FIRST, SECOND };

static nb_weight weight(const double *s)
{
    const bool tokens = s[SECOND] > 0.0;
    return (nb_weight){.kind = NB_PARAM_VALUE,
                       .taps = 1,
                       .in = tokens ? (size_t)s[FIRST] : 1,
                       .out = (size_t)s[tokens ? SECOND : FIRST],
                       .rank = tokens ? 2 : 1};
}

static nb_shape shape(const nb_layer_spec *s)
{
    return (nb_shape){1, s->weight_in, s->weight_out, s->settings[SECOND] > 0.0 ? NB_TOKENS : NB_FEATURES};
}

const nb_layer_kind nb_parameter_layer = {
    .name = "Parameter",
    .python_module = "nn.Parameter(torch.zeros({size_1}{, size_2}))",
    .takes_text = "nothing",
    .settings = {{"size_1", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"size_2", 0, NB_MOST_FEATURES, 0, false, NULL}},
    .weight = weight,
    .forward = forward,
    .gradient = gradient,
    .shape = shape,
};

/* embedding.c - y = row `label` of a table; its gradient goes back to that row. */
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    for (size_t s = 0; s < a->rows; s++)
        memcpy(a->out.data + s * a->out.sample, a->weight.data + (size_t)a->labels[s] * a->weight.stride,
               a->out.channels * sizeof(float));
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t stride = a->weight.stride;
    if (!a->accumulate) memset(a->d_weight + a->first * stride, 0, a->count * stride * sizeof(float));
    for (size_t s = 0; s < a->rows; s++) {
        const size_t label = (size_t)a->labels[s];
        if (label < a->first || label >= a->first + a->count) continue;
        float *row = a->d_weight + label * stride;
        for (size_t c = 0; c < dy.channels; c++) row[c] += dy.data[s * dy.sample + c];
    }
}

/* No input but the labels. */
static nb_shape shape(const nb_layer_spec *s) { return (nb_shape){1, 1, s->weight_out}; }

const nb_layer_kind nb_embedding_layer = {
    .name = "embedding",
    .inputs = 0,
    .forward = forward,
    .gradient = gradient,
    .shape = shape,
};
